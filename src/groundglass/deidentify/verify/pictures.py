"""What was read in pictures of OUT, held against what is known."""

from __future__ import annotations

from collections.abc import Iterator

from groundglass.deidentify.verify.apart import Read
from groundglass.deidentify.verify.findings import Finding
from groundglass.deidentify.verify.known import Known
from groundglass.deidentify.verify.letters import Line, Matcher, Readers, reads_as
from groundglass.deidentify.verify.search import Search


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
        joined = Line(" ".join(dict.fromkeys(line.text for line in read.lines)), 1.0)
        unknown: list[tuple[str, Line]] = []
        for line in [*read.lines, joined]:
            seen = self._search.in_texts([line.text])
            needles = [hit.needle for hit in seen.hits if hit.needle.kind != "text"]
            for needle in needles or self._matcher.found(line):
                if needle.value not in told:
                    told.add(needle.value)
                    code = "L11" if needle.kind == "planted" else "L08"
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


def remarks(read_frames: int) -> Iterator[Finding]:
    """Return what is to be said once: which reader was missing when one was needed."""
    if read_frames and not Readers().tesseract:
        yield Finding("M04", "", "tesseract")
