"""What was read in pictures of OUT, held against what is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from groundglass.deidentify.verify.apart import Done, Job, Read
from groundglass.deidentify.verify.dates import readings
from groundglass.deidentify.verify.findings import Finding
from groundglass.deidentify.verify.known import Known, Needle, Patient
from groundglass.deidentify.verify.letters import SURE, Line, Matcher, Readers, reads_as
from groundglass.deidentify.verify.search import Search
from groundglass.deidentify.verify.spelling import has_ideographs

_SHORT = 6
"""Up to that length what a program reads in noise equals some number or name by chance; it must be sure of it."""
_SHORT_SURE = 0.6
"""Confidence from which a short identifier, read letter for letter, counts; misread ones need that of other words."""
PICTURE_KINDS = frozenset({"png", "jpeg", "tiff", "bmp", "gif", "pdf", "jp2", "j2k"})
"""Files that are no DICOM and are looked at as pictures."""


class SourceWriting:
    """Takes up what stands written in pictures of IN, names that no header has.

    Parameters
    ----------
    known : Known
        Not settled yet.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._left = 0
        self.patients: dict[str, str] = {}

    def seen(self, said: Iterable[tuple[Job, Read | Done]]) -> Iterator[Finding]:
        """Take up lines; return a finding for each file that could not be decoded.

        Parameters
        ----------
        said : iterable of tuple of (Job, Read or Done)
            Of the process that looks.
        """
        for job, what in said:
            if isinstance(what, Done):
                self._left += what.left
                if what.unread:
                    yield Finding("W06", job.label, what.unread)
                continue
            for line in what.lines:
                self._take(line, self.patients.get(job.label, ""))

    def _take(self, line: Line, patient: str) -> None:
        kind = reads_as(line)
        if not kind:
            return
        self._known.add_pixels(line.text, surely=kind != "text")
        for meaning in readings(line.text) if kind == "date" else ():
            self._known.patients.setdefault(patient, Patient()).dates.update(meaning[:1])

    def remarks(self) -> Iterator[Finding]:
        """Return what is to be said once: that not all was read."""
        if self._left:
            yield Finding("M05", "IN", str(self._left))


class Pictures:
    """Turns what was read into findings.

    Parameters
    ----------
    search : Search
        For what was read exactly.
    known : Known
        For what was misread.
    """

    def __init__(self, search: Search, known: Known) -> None:
        self._search = search
        self._matcher = Matcher(known)

    def findings(self, read: Read, label: str) -> Iterator[Finding]:
        """Return what is known, what reads as an identifier, and that there is writing.

        Parameters
        ----------
        read : Read
            A picture.
        label : str
            How findings call the file.
        """
        if read.bits:
            yield Finding("W03", label, read.place)
            return
        told: set[str] = set()
        place = read.place.replace(" frame ", " @frame ")
        joined = Line(" ".join(dict.fromkeys(line.text for line in read.lines)), 0.0)
        unknown: list[tuple[str, Line]] = []
        for line in [*read.lines, joined]:
            seen = self._search.in_texts([line.text])
            needles = [h.needle for h in seen.hits if h.needle.kind != "text" and _sure(h.needle, line, _SHORT_SURE)]
            for needle in needles or [n for n in self._matcher.found(line) if _sure(n, line, SURE)]:
                if needle.value not in told:
                    told.add(needle.value)
                    code = "L11" if needle.kind == "planted" else "L08"
                    if needle.kind == "pixels" and reads_as(Line(needle.value, 1.0)) == "text":
                        code = "W02"  # words of the machine, as far as anybody can tell
                    code = "W07" if needle.kind == "beside" else code
                    yield Finding(code, label, place, needle.kind, needle.value, "pixels")
            for meaning in seen.dates:
                if meaning[0] not in told:
                    told.add(meaning[0])
                    yield Finding("L08", label, place, "date", meaning[0], "pixels")
            if line is not joined and not needles and not seen.dates and (kind := reads_as(line)):
                unknown.append((kind, line))
        for kind, line in unknown:
            code = "W02" if kind == "text" else "L09"
            if line.text not in told:
                told.add(line.text)
                yield Finding(code, label, place, kind, line.text, "pixels")


def _sure(needle: Needle, line: Line, least: float) -> bool:
    """Return whether a line is what it seems to be: long, or read with some certainty."""
    size = len(needle.text) * (2 if has_ideographs(needle.text) else 1)
    return size > _SHORT or line.confidence >= least


def remarks(read_frames: int) -> Iterator[Finding]:
    """Return what is to be said once: which reader was missing when one was needed."""
    if read_frames and not Readers().tesseract:
        yield Finding("M04", "", "tesseract")
