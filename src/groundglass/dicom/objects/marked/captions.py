"""The words on each picture of the marked series."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from groundglass.dicom.objects.making import MANUFACTURER
from groundglass.phrases import say, say_notice
from groundglass.render.marked import Words, caption_characters
from groundglass.render.marked_text import wrapped
from groundglass.render.picture import Rgb

if TYPE_CHECKING:
    from groundglass.dicom.objects.findings import Drawing, Findings
    from groundglass.dicom.objects.making import Making
    from groundglass.dicom.objects.marked.choice import Slice
    from groundglass.dicom.objects.origin import Origin

OBLIQUE = 0.34
"""Cosine from which a second letter names an edge: more than 20 degrees off the first."""
_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))


@dataclass(frozen=True, slots=True)
class Captions:
    """What is written on the pictures of one result."""

    origin: Origin
    findings: Findings
    making: Making

    def of(self, one: Slice) -> Words:
        """Return the words on one slice."""
        language = self.making.language
        geometry = self.origin.geometry
        slices = geometry.shape[0]
        # counted from the feet, as everywhere in the results
        place = slices - one.index if geometry.axis_codes[0] == "F" else one.index + 1
        number = one.image.frame if one.image.frame is not None else one.image.instance_number
        kind = "marked_frame" if one.image.frame is not None else "marked_image"
        where = [say("marked_slice", language, slice=place, slices=slices)]
        where += [] if number is None else [say(kind, language, number=number)]
        where.append(say("marked_position", language, mm=self._number(self.position_mm(one.index), sign=True)))
        left, right = self.edges()
        return Words(
            top_left=self._service(),
            top_right=tuple(where),
            bottom_left=tuple(self._measured(one)),
            bottom_right=tuple(self._use()),
            left=left,
            right=right,
        )

    def widest(self, slices: list[Slice]) -> Words:
        """Return, block by block, as many lines as any slice has, each as long as the longest."""
        all_of_them = [self.of(one) for one in slices]

        def block(name: str) -> tuple[str, ...]:
            blocks = [getattr(words, name) for words in all_of_them]
            lines = max((len(lines) for lines in blocks), default=0)
            return tuple(
                max((lines[n] for lines in blocks if n < len(lines)), key=len, default="") for n in range(lines)
            )

        left, right = self.edges()
        return Words(block("top_left"), block("top_right"), block("bottom_left"), block("bottom_right"), left, right)

    def of_drawing(self, drawing: Drawing, width_px: int) -> list[str]:
        """Return the lines below a drawing."""
        characters = caption_characters(width_px)
        lines = [say_notice(drawing.caption, self.making.language)]
        overall = self._overall()
        lines.append(", ".join(overall))
        lines.append(" · ".join((*self._service(), *self._use())))
        return [part for line in lines for part in wrapped(line, characters)]

    def edges(self) -> tuple[str, str]:
        """Return the patient directions at the left and right edge of the pictures; empty where they are unknown."""
        geometry = self.origin.geometry
        if not geometry.sided:
            return "", ""
        along = geometry.cosines[:, 2]
        return direction(-along), direction(along)

    def position_mm(self, index: int) -> float:
        """Return where a slice lies along the patient axis that it cuts: its centre, LPS mm."""
        geometry = self.origin.geometry
        axis = int(np.argmax(np.abs(geometry.cosines[:, 0])))
        middle = np.array([index, (geometry.shape[1] - 1) / 2, (geometry.shape[2] - 1) / 2])
        return float(geometry.to_mm(middle)[axis])

    def _service(self) -> tuple[str, ...]:
        return f"{MANUFACTURER} {self.making.version}", self.making.made.strftime("%Y-%m-%d %H:%M:%S")

    def _use(self) -> list[str]:
        return say(f"marked_use_{self.making.intended_use}", self.making.language).split("\n")

    def _measured(self, one: Slice) -> list[str]:
        overall = self._overall()
        if not self.findings.lesions.array[one.index].any():
            found = self.findings.result.lesions is not None and self.findings.result.lesions.total_volume_ml > 0
            return [*([say("marked_no_finding_here", self.making.language)] if found else []), *overall]
        percent = self._percent(100 * one.lesion / one.lung) if one.lung else "–"
        return [say("marked_this_slice", self.making.language, percent=percent), *overall]

    def _overall(self) -> list[str]:
        language, result = self.making.language, self.findings.result
        lines = []
        if result.lesions is None or not result.lesions.total_volume_ml > 0:
            lines.append(say("marked_no_finding", language))
        elif result.grade is not None and result.grade.value == "CT-0":
            lines += [say("marked_no_finding", language), say("marked_below", language)]
        if result.status == "partial":
            lines.append(say("marked_part", language))
        share = result.involvement
        if share is not None:
            low, high = (self._percent(value) for value in share.interval)
            lines.append(say("marked_lungs", language, percent=self._percent(share.percent), low=low, high=high))
        if result.grade is not None and result.grade.value is not None:
            value = result.grade.value
            grade = value.replace("CT", "КТ") if language == "ru" else value
            lines.append(say("marked_grade", language, grade=grade))
        return lines

    def _percent(self, value: float) -> str:
        # what was found is never written as nothing
        if 0 < value < 0.005:
            return f"<{self._number(0.01, digits=2)}"
        return self._number(value, digits=2 if 0 < value < 1 else 1)

    def _number(self, value: float, *, digits: int = 1, sign: bool = False) -> str:
        text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
        if float(text) == 0:
            text = text.lstrip("+-")
        return text.replace(".", ",") if self.making.language == "ru" else text


def direction(vector: NDArray[np.float64]) -> str:
    """Return the patient direction of a vector as letters, the nearest first (PS3.3 C.7.6.1.1.1).

    Parameters
    ----------
    vector : (3,) float64
        Unit vector, LPS.
    """
    order = np.argsort(-np.abs(vector), kind="stable")
    letters = [_LETTERS[axis][0 if vector[axis] > 0 else 1] for axis in order if abs(vector[axis]) > OBLIQUE]
    return "".join(letters)


def opened(png: bytes) -> Rgb:
    """Return (row, column, 3) uint8 pixels of a drawing."""
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB"))
