"""Every picture of OUT is looked at; where it may hold writing, it is read, and held against what is known."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from groundglass.deidentify.verify.elements import Element, Parsed
from groundglass.deidentify.verify.findings import Finding
from groundglass.deidentify.verify.frames import Frame, UndecodableError, frames, overlays, pictures_of, unused_bits
from groundglass.deidentify.verify.known import Known
from groundglass.deidentify.verify.letters import Line, Matcher, Readers, reads_as
from groundglass.deidentify.verify.looking import Box, suspicious
from groundglass.deidentify.verify.search import Search

_READ_ALWAYS = 20
"""Frames of captures, colour pictures and other 8-bit pictures of one object that are read whole, suspicious or not."""
_SAME_PLACE = 4
"""How often writing at one place of one shape of picture is read slice after slice; later only every tenth time."""
_PAGES_AT_MOST = 30
"""Pages of a document that are turned into pictures."""
_PAGE_DPI = 150
"""Dots an inch of such a page: print of 6 points is 12 pixels high."""
_TOOL_SECONDS = 60


class Pictures:
    """Looks at every frame.

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
        self._readers = Readers()
        self._places: dict[tuple[object, ...], int] = defaultdict(int)
        self._read = False

    def look(self, parsed: Parsed, label: str) -> tuple[list[Finding], int, int, str]:
        """Look at the pictures of one object.

        Parameters
        ----------
        parsed : Parsed
            The object.
        label : str
            How findings call the file.

        Returns
        -------
        tuple
            Findings, frames looked at, frames read, and why some could not be decoded.
        """
        findings: list[Finding] = []
        count, read, unread = 0, 0, ""
        for path, attributes, held in pictures_of(parsed):
            if not isinstance(held, Element) and path.rpartition("/")[2][:11] != "(7FE0,0010)":
                continue  # fragments of something that is no picture: searched as bytes
            first: Frame | None = None
            try:
                for number, frame in enumerate(frames(parsed, path, attributes, held)):
                    first = first or frame
                    count += 1
                    whole = not frame.original and number < _READ_ALWAYS
                    read += self._frame(frame, label, findings, whole=whole)
                    if isinstance(held, Element) and frame.colour is None:
                        for plane in unused_bits(attributes, frame):
                            findings.append(Finding("W03", label, plane.place))
                            read += self._frame(plane, label, findings, whole=number < _READ_ALWAYS)
            except UndecodableError as error:
                unread = f"{path}: {error}"
        for plane in overlays(parsed):
            count += 1
            read += self._frame(plane, label, findings, whole=True)
        return findings, count, read, unread

    def look_at_file(self, data: bytes, kind: str, label: str) -> tuple[list[Finding], int, int, str]:
        """Look at a picture or document that is no DICOM object.

        Parameters
        ----------
        data : bytes
            The file.
        kind : str
            As its first bytes say.
        label : str
            How findings call it.

        Returns
        -------
        tuple
            As :meth:`look`.
        """
        findings: list[Finding] = []
        count = read = 0
        unread = ""
        try:
            for number, values in enumerate(_pages(data, kind)):
                count += 1
                frame = Frame(f"picture {number + 1}", values)
                read += self._frame(frame, label, findings, whole=number < _PAGES_AT_MOST)
        except UndecodableError as error:
            unread = str(error)
        return findings, count, read, unread

    def remarks(self) -> Iterator[Finding]:
        """Return what is to be said once: which reader was missing when one was needed."""
        if self._read and not self._readers.tesseract:
            yield Finding("M04", "", "tesseract")

    def _frame(self, frame: Frame, label: str, findings: list[Finding], *, whole: bool) -> int:
        values = frame.values if frame.values.dtype.kind in "iub" else np.nan_to_num(frame.values)
        if values.ndim != 2 or not values.size:
            return 0
        boxes = [Box(0, values.shape[0], 0, values.shape[1])] if whole else suspicious(values)
        read = 0
        for box in boxes:
            key = (values.shape, box)
            self._places[key] += 1
            if not whole and self._places[key] > _SAME_PLACE and self._places[key] % 10:
                continue
            part = values[box.top : box.bottom, box.left : box.right]
            read = 1
            self._say(self._lines(part), frame, label, findings)
        return read

    def _lines(self, part: NDArray[np.generic]) -> list[Line]:
        self._read = True
        return self._readers.read(part)

    def _say(self, lines: list[Line], frame: Frame, label: str, findings: list[Finding]) -> None:
        """Turn lines into findings: what is known, what reads as an identifier, and that there is writing."""
        told: set[str] = set()
        place = frame.place.replace(" frame ", " @frame ")
        joined = Line(" ".join(dict.fromkeys(line.text for line in lines)), 1.0)
        unknown: list[tuple[str, Line]] = []
        for line in [*lines, joined]:
            seen = self._search.in_texts([line.text])
            needles = [hit.needle for hit in seen.hits if hit.needle.kind != "text"]
            for needle in needles or self._matcher.found(line):
                if needle.value not in told:
                    told.add(needle.value)
                    code = "L11" if needle.kind == "planted" else "L08"
                    findings.append(Finding(code, label, place, needle.kind, needle.value, "pixels"))
            for meaning in seen.dates:
                if meaning[0] not in told:
                    told.add(meaning[0])
                    findings.append(Finding("L08", label, place, "date", meaning[0], "pixels"))
            if line is not joined and not needles and not seen.dates and (kind := reads_as(line)):
                unknown.append((kind, line))
        for kind, line in unknown:
            code = "W02" if kind == "text" else "L09"
            if line.text not in told:
                told.add(line.text)
                findings.append(Finding(code, label, place, kind, line.text, "pixels"))


def _pages(data: bytes, kind: str) -> Iterator[NDArray[np.generic]]:
    """Return pictures of a file, as grey values."""
    if kind == "pdf":
        program = shutil.which("pdftoppm")
        if program is None:
            raise UndecodableError("no program that renders documents (pdftoppm)")
        command = [program, "-gray", "-r", str(_PAGE_DPI), "-l", str(_PAGES_AT_MOST), "-", "-"]
        try:
            done = subprocess.run(command, input=data, capture_output=True, timeout=_TOOL_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UndecodableError("the document cannot be rendered") from error
        yield from _portable(done.stdout)
        return
    if kind in ("jp2", "j2k"):
        import imagecodecs

        try:
            values = np.asarray(imagecodecs.jpeg2k_decode(data))
        except Exception as error:  # the decoder raises errors of its own kind
            raise UndecodableError("the picture cannot be decoded") from error
        yield values.max(axis=2) if values.ndim == 3 else values
        return
    from PIL import Image, ImageSequence

    try:
        with Image.open(io.BytesIO(data)) as picture:
            for number, page in enumerate(ImageSequence.Iterator(picture)):
                if number >= _PAGES_AT_MOST:
                    return
                yield np.asarray(page.convert("I" if page.mode.startswith("I") else "L"))
    except Exception as error:  # Pillow raises whatever its plug-ins raise
        raise UndecodableError("the picture cannot be decoded") from error


def _portable(data: bytes) -> Iterator[NDArray[np.generic]]:
    """Take a row of portable grey maps (P5) apart."""
    at = 0
    while data[at : at + 2] == b"P5":
        fields = data[at : at + 64].split(maxsplit=4)
        if len(fields) < 4:
            return
        wide, tall = int(fields[1]), int(fields[2])
        start = data.index(fields[3], data.index(fields[2], at + 3) + len(fields[2])) + len(fields[3]) + 1
        yield np.frombuffer(data[start : start + wide * tall], np.uint8).reshape(tall, wide)
        at = start + wide * tall
