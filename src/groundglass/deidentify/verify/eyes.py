"""What runs in the process of its own: every picture is decoded, and read where it may hold writing."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray

from groundglass.deidentify.verify.apart import Done, Job, Read
from groundglass.deidentify.verify.elements import Element, Fragment, parse
from groundglass.deidentify.verify.frames import Frame, UndecodableError, frames, overlays, pictures_of, unused_bits
from groundglass.deidentify.verify.letters import Line, Readers
from groundglass.deidentify.verify.looking import Box, suspicious

_READ_ALWAYS = 20
"""Frames of captures, colour pictures and other 8-bit pictures of one object that are read whole, suspicious or not."""
_SAME_PLACE = 4
"""How often writing at one place of one shape of picture is read slice after slice; later only every tenth time."""
_PAGES_AT_MOST = 30
"""Pages of a document that are turned into pictures."""
_PAGE_DPI = 150
"""Dots an inch of such a page: print of 6 points is 12 pixels high."""
_TOOL_SECONDS = 60
SOURCE_READ_AT_MOST = 100
"""Parts of IN's pictures that are read for words to look for; at two seconds each it takes no more than minutes."""
_SOURCE_LOOKED_AT_MOST = 3000
"""Slices of IN that are looked at: some ten series; captures and overlays are always."""


def serve(connection: Connection) -> None:
    """Look at files until the caller is gone.

    Parameters
    ----------
    connection : Connection
        Gives lists of jobs, takes what was seen.
    """
    readers = Readers()
    eyes: dict[bool, Eyes] = {}
    blank: dict[bytes, int] = {}
    while True:
        try:
            jobs: list[Job] = connection.recv()
            for job in jobs:
                if job.source not in eyes:
                    eyes[job.source] = Eyes(readers, connection.send, blank, source=job.source)
                connection.send(eyes[job.source].look(job))
        except (EOFError, OSError):
            return


class Eyes:
    """Looks at the files of IN or of OUT, one after the other.

    Parameters
    ----------
    readers : Readers
        The programs that read.
    tell : callable
        Takes what was read, and ``None`` as a sign of life.
    blank : dict of bytes to int
        Filled: pixels without writing by their hash, with their number of frames; those of OUT are mostly those of IN.
    source : bool
        The files are those of IN: of them a bounded number is read.
    """

    def __init__(
        self, readers: Readers, tell: Callable[[Read | None], None], blank: dict[bytes, int], *, source: bool
    ) -> None:
        self._blank = blank
        self._marked = self._skipped = 0
        self._readers = readers
        self._tell = tell
        self._source = source
        self._places: dict[tuple[object, ...], int] = defaultdict(int)
        self._looked = self._parts = self._left = 0

    def look(self, job: Job) -> Done:
        """Look at every picture of a file.

        Parameters
        ----------
        job : Job
            The file.
        """
        count = read = 0
        unread = ""
        self._left = self._skipped = 0
        try:
            for frame, whole, bits in self._other(job) if job.kind else self._object(job):
                count += not bits
                if bits:
                    self._marked += 1
                    self._tell(Read(frame.place, (), bits=True))
                read += self._frame(frame, whole=whole)
        except UndecodableError as error:
            unread = str(error)
        except OSError:
            raise  # the caller is gone
        except Exception as error:  # whatever a damaged picture brings about: the file counts as not read
            unread = f"could not be read ({type(error).__name__})"
        return Done(count + self._skipped, read, self._left, unread)

    def _object(self, job: Job) -> Iterator[tuple[Frame, bool, bool]]:
        """Return frames of an object, whether to read them in any case, and whether they are bits out of use."""
        parsed = parse(job.data)
        unread = ""
        for path, attributes, held in pictures_of(parsed):
            if not isinstance(held, Element) and path.rpartition("/")[2][:11] != "(7FE0,0010)":
                continue  # fragments of something that is no picture: searched as bytes
            key = _hash(parsed.syntax, attributes, held)
            if key in self._blank:
                self._skipped += self._blank[key]
                continue
            before, number = self._marked, -1
            try:
                for number, frame in enumerate(frames(parsed, path, attributes, held)):
                    whole = not frame.original and number < _READ_ALWAYS
                    yield frame, whole, False
                    if isinstance(held, Element) and frame.colour is None:
                        for plane in unused_bits(attributes, frame):
                            yield plane, number < _READ_ALWAYS, True
                if self._marked == before:
                    self._blank[key] = number + 1
            except UndecodableError as error:
                unread = f"{path}: {error}"
        for plane in overlays(parsed):
            yield plane, True, False
        if unread:
            raise UndecodableError(unread)

    def _other(self, job: Job) -> Iterator[tuple[Frame, bool, bool]]:
        for number, values in enumerate(_pages(job.data, job.kind)):
            yield Frame(f"picture {number + 1}", values), number < _PAGES_AT_MOST, False

    def _frame(self, frame: Frame, *, whole: bool) -> int:
        self._tell(None)
        values = frame.values if frame.values.dtype.kind in "iub" else np.nan_to_num(frame.values)
        if values.ndim != 2 or not values.size:
            return 0
        if not whole:
            self._looked += 1
            if self._source and self._looked > _SOURCE_LOOKED_AT_MOST:
                self._marked += 1
                self._left += 1
                return 0
        boxes = [Box(0, values.shape[0], 0, values.shape[1])] if whole else suspicious(values)
        read = 0
        self._marked += bool(boxes)
        for box in boxes:
            key = (values.shape, box)
            self._places[key] += 1
            if not whole and self._places[key] > _SAME_PLACE and self._places[key] % 10:
                continue
            self._parts += 1
            if self._source and self._parts > SOURCE_READ_AT_MOST:
                self._left += 1
                continue
            read = 1
            lines = self._lines(np.ascontiguousarray(values[box.top : box.bottom, box.left : box.right]))
            self._tell(Read(frame.place, tuple(lines)))
        return read

    def _lines(self, part: NDArray[np.generic]) -> list[Line]:
        return self._readers.read(part, lambda: self._tell(None))


def _hash(syntax: str, attributes: dict[int, Element], held: Element | list[Fragment]) -> bytes:
    """Return what two pixel data share that are decoded to the same pictures."""
    native = isinstance(held, Element)
    digest = hashlib.blake2b(b"native" if native else syntax.encode(), digest_size=16)
    for tag in sorted(attributes):
        if 0x00280002 <= tag <= 0x00280103 or tag == 0x00080016:  # how pixels are laid out, and of what they are
            element = attributes[tag]
            digest.update(f"{tag:08x} {element.big} {len(element.value)} ".encode() + element.value)
    for part in [held] if isinstance(held, Element) else held:
        number = part.number if isinstance(part, Fragment) else 0
        value = part.data if isinstance(part, Fragment) else part.value
        digest.update(f"{part.tag:08x} {'/' in part.path} {number} {len(value)} ".encode())
        digest.update(value)
    return digest.digest()


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
