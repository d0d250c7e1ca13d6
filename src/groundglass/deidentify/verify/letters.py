"""Writing in pictures read by programs, and held against what is known although they misread."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.deidentify.verify.attributes import vocabulary
from groundglass.deidentify.verify.dates import readings
from groundglass.deidentify.verify.known import Known, Needle
from groundglass.deidentify.verify.spelling import has_ideographs, plain, tight, words

SURE = 0.8
"""Confidence from which a reading by itself, unknown to the source, is believed; noise and vessels stay below."""
_WRONG_SHARE = 0.2
"""Wrong letters that still count as the same identifier, as a share of its length."""
_FUZZY_AT_LEAST = 5
"""Letters or figures of an identifier that may be misread; shorter ones must be read exactly."""
_IDEOGRAPHS_AT_LEAST = 3
"""Characters of a Chinese name of which one may be misread."""
_WINDOWS_OF_THE_SLOWER = 2
"""Windows that tesseract reads too: the whole range and the brightest alone."""
_TOOL_SECONDS = 60
"""A picture that takes longer to read is left to the other reader."""
_TALL_PIXELS = 40
"""Rows below which a picture is one line of writing, and is enlarged fourfold."""
_KEPT_AT_MOST = 2000
"""Pictures whose text is remembered, so that a capture that stands in IN and OUT is read once."""
_ENLARGED_AT_MOST = 1600
"""Longer side of an enlarged picture."""


def _table() -> dict[int, str]:
    """Figures and letters that programs take for one another, each row by its first."""
    rows = (
        "o0оqdöóøθ",
        "l1i|!їіíļłı/\\",
        "s5ѕ$š",
        "b8вßьъ",
        "z2žз3э",
        "g69бğ",
        "aа4äáâàåαд",
        "eеёéèêєë",
        "kкķ",
        "mм",
        "hнnпл",
        "pр",
        "cсçć(",
        "tт7+",
        "uиüйцúv",
        "yуўγ",
        "xхж",
        "rгя",
        "wшщω",
    )
    return {ord(c): row[0] for row in rows for c in row}


_FOLD = _table()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of writing that was read."""

    text: str
    confidence: float


class Readers:
    """The programs that read: RapidOCR always, tesseract where it is on the path."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], list[Line]] = {}

    @cached_property
    def tesseract(self) -> str | None:
        """The program, with languages it has; None where there is none."""
        return shutil.which("tesseract")

    @cached_property
    def _languages(self) -> str:
        done = subprocess.run(
            [self.tesseract or "tesseract", "--list-langs"], capture_output=True, timeout=_TOOL_SECONDS, check=False
        )
        have = set(done.stdout.decode("utf-8", "replace").split())
        return "+".join(n for n in ("eng", "rus", "chi_sim") if n in have) or "eng"

    @cached_property
    def _engine(self) -> Any:  # the library has no types
        import cv2
        from rapidocr import RapidOCR

        cv2.setNumThreads(1)  # its threads do not survive in the copy of a process
        return RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,  # it turns writing that stands on its head; the quick look finds none
                "Det.limit_type": "max",
                "Det.limit_side_len": _ENLARGED_AT_MOST,
                "EngineConfig.onnxruntime.intra_op_num_threads": 2,
            }
        )

    def read(self, values: NDArray[np.generic], alive: Callable[[], None]) -> list[Line]:
        """Return what stands in a picture, by every reader, in each window until one shows writing.

        Parameters
        ----------
        values : array
            (rows, columns), any range.
        alive : callable
            Called after each reading.
        """
        key = (values.shape, values.dtype.str, hashlib.blake2b(values.tobytes(), digest_size=16).digest())
        if key not in self._kept:
            if len(self._kept) >= _KEPT_AT_MOST:
                self._kept.clear()
            self._kept[key] = self._read(values, alive)
        return self._kept[key]

    def _read(self, values: NDArray[np.generic], alive: Callable[[], None]) -> list[Line]:
        lines: list[Line] = []
        for number, shown in enumerate(windows(values)):
            large = _enlarged(shown)
            lines += self._rapid(large)
            alive()
            if self.tesseract and number < _WINDOWS_OF_THE_SLOWER:
                lines += self._tesseract(large)
                alive()
            if any(line.confidence >= SURE and len(tight(line.text)) >= _FUZZY_AT_LEAST for line in lines):
                break
        return lines

    def _rapid(self, picture: NDArray[np.uint8]) -> list[Line]:
        out = self._engine(np.repeat(picture[..., None], 3, axis=2))
        texts, scores = getattr(out, "txts", None) or (), getattr(out, "scores", None) or ()
        return [Line(str(t), float(s)) for t, s in zip(texts, scores, strict=False)]

    def _tesseract(self, picture: NDArray[np.uint8]) -> list[Line]:
        from PIL import Image

        buffer = io.BytesIO()
        dark = 255 - picture if float(np.median(picture)) < 128 else picture  # it wants dark on light
        Image.fromarray(np.pad(dark, 12, mode="edge")).save(buffer, "PNG")
        command = [str(self.tesseract), "stdin", "stdout", "-l", self._languages, "--psm", "11", "tsv"]
        try:
            done = subprocess.run(
                command,
                input=buffer.getvalue(),
                capture_output=True,
                timeout=_TOOL_SECONDS,
                check=False,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            )
        except (OSError, subprocess.TimeoutExpired):
            return []
        rows = [row.split("\t") for row in done.stdout.decode("utf-8", "replace").splitlines()[1:]]
        by_line: dict[tuple[str, ...], list[tuple[str, float]]] = {}
        for row in rows:
            if len(row) >= 12 and row[11].strip():
                by_line.setdefault(tuple(row[1:5]), []).append((row[11], float(row[10]) / 100))
        return [
            Line(" ".join(w for w, _ in each), min(sum(c for _, c in each) / len(each), 1.0))
            for each in by_line.values()
        ]


def _enlarged(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    from PIL import Image

    factor = 4 if picture.shape[0] <= _TALL_PIXELS else 3 if max(picture.shape) <= 256 else 2
    factor = max(1, min(factor, _ENLARGED_AT_MOST // max(picture.shape)))
    if factor == 1:
        return picture
    size = (picture.shape[1] * factor, picture.shape[0] * factor)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def windows(values: NDArray[np.generic]) -> list[NDArray[np.uint8]]:
    """Return a part of a picture as people may look at it: whole range, usual range, the brightest alone, both halves.

    Parameters
    ----------
    values : array
        (rows, columns).
    """
    numbers = values.astype(np.float64)
    low, high = float(numbers.min()), float(numbers.max())
    if high <= low:
        return []
    p2, p98 = (float(v) for v in np.percentile(numbers, (2, 98)))
    middle = float(np.median(numbers))
    limits = [(low, high), (low + 0.75 * (high - low), high)]
    if p98 > p2 and (p98 - p2) < 0.6 * (high - low):
        limits.append((p2, p98))
    if middle - low > 0.5 * (high - low):
        limits.append((low, low + 0.4 * (high - low)))
    shown = []
    for bottom, top in limits:
        scaled = np.clip((numbers - bottom) / max(top - bottom, 1e-9), 0, 1) * 255
        shown.append(scaled.astype(np.uint8))
    return shown


def folded(text: str) -> str:
    """Return a text with letters and figures that look alike made equal.

    Parameters
    ----------
    text : str
        Any text.
    """
    return tight(plain(text).translate(_FOLD))


class Matcher:
    """Holds lines against the identifiers of the source, allowing for misread letters.

    Parameters
    ----------
    known : Known
        Settled.
    """

    def __init__(self, known: Known) -> None:
        self._forms: dict[str, Needle] = {}
        for form in sorted(known.needles):
            needle = known.needles[form]
            if needle.kind in ("text", "private", "comment", "file", "device", "uid", "beside"):
                continue
            alike = folded(form)
            least = _FUZZY_AT_LEAST if needle.whole else _FUZZY_AT_LEAST + 1
            if len(alike) >= (_IDEOGRAPHS_AT_LEAST if has_ideographs(form) else least) and len(set(alike)) >= 3:
                self._forms.setdefault(alike, needle)
        self._pieces: dict[str, set[str]] = {}
        for form in self._forms:
            for at in range(len(form) - 1):
                self._pieces.setdefault(form[at : at + 2], set()).add(form)

    def found(self, line: Line) -> list[Needle]:
        """Return identifiers that a line may be.

        Parameters
        ----------
        line : Line
            As read.
        """
        text = folded(line.text)
        if len(text) < _IDEOGRAPHS_AT_LEAST:
            return []
        shared: dict[str, int] = {}
        for piece in {text[at : at + 2] for at in range(len(text) - 1)}:
            for form in self._pieces.get(piece, ()):
                shared[form] = shared.get(form, 0) + 1
        out: list[Needle] = []
        for form in sorted(shared):
            allowed = 1 if has_ideographs(form) else int(len(form) * _WRONG_SHARE)
            needed = len({form[i : i + 2] for i in range(len(form) - 1)}) - 2 * allowed - 1
            if shared[form] >= needed and _distance(form, text) <= allowed:
                out.append(self._forms[form])
        return out


def _distance(form: str, text: str) -> int:
    """Return the fewest edits that turn some part of the text into the form (Sellers 1980)."""
    row = [0] * (len(text) + 1)
    for number, letter in enumerate(form, 1):
        previous, row = row, [number] + [0] * len(text)
        for at, other in enumerate(text, 1):
            row[at] = min(previous[at] + 1, row[at - 1] + 1, previous[at - 1] + (letter != other))
    return min(row)


_FIGURES = re.compile(r"(?<![\d.,])\d{6,}(?![\d.,]\d)")
_NUMBER_WORD = re.compile(r"\b(?=\w*\d)(?=\w*[^\W\d_])\w{6,}\b|\b\d{3,}[-/]\d{2,}\b")


_RULED = frozenset("一丨二三口")
"""What the rules and cells of a table are read as; a name has another sign beside them."""


def reads_as(line: Line) -> str:
    """Return what a line reads as, of which the source knows nothing: date, number, name, text, or nothing.

    Parameters
    ----------
    line : Line
        As read.
    """
    if line.confidence < SURE:
        return ""
    text = line.text
    for meaning in readings(text):
        if any(1900 <= int(day[:4]) <= 2100 for day in meaning):
            return "date"
    if _FIGURES.search(text) or _NUMBER_WORD.search(text):
        return "number"
    letters = [w for w in words(text) if not w.isdigit()]
    strange = [w for w in letters if len(w) >= 4 and w not in vocabulary()]
    capitals = re.findall(r"\b[A-ZА-ЯЁ][\w'-]{2,}", text)
    if (len(strange) >= 2 and len(capitals) >= 2) or re.search(r"\w\^\w|(?:Mr|Mrs|Dr|Prof)\.? ?[A-Z]", text):
        return "name"
    if has_ideographs(text) and len(tight(plain(text))) >= 2 and not set(tight(plain(text))) <= _RULED:
        return "name" if len(tight(plain(text))) <= 4 else "text"
    return "text" if sum(len(w) for w in letters) >= 4 else ""
