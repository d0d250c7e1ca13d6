"""Right results in layouts of their own are left in peace, and what lies just beyond a limit is still found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_defects import with_message
from made_picture_defects import name_frames_at_the_top, with_place
from PIL import Image, ImageDraw
from scipy import ndimage
from vendor import RED, Painter, Result, Study, made_result, made_study, named, segmentation

from groundglass.conformance.checking import CheckedResult, check_result, check_with
from groundglass.conformance.marks import find_marks
from groundglass.conformance.source import BODY, FIELD, LUNG, Source, open_source
from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import InputError


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return made_study(tmp_path_factory.mktemp("study") / "phantom")


@pytest.fixture(scope="module")
def source(study: Study) -> Source:
    return open_source(study.folder, (), ReadingLimits())


def codes_of(result: Result, source: Source, folder: Path, profile: str = "default") -> set[str]:
    return codes(check_with(lambda _: source, result.write(folder), profile, ReadingLimits()))


def codes(found: CheckedResult) -> set[str]:
    return {finding.code for finding in found.findings} - {"E1", "N3"}


def test_frames_named_at_the_top_of_their_object_keep_their_order(study: Study, source: Source, tmp_path: Path) -> None:
    result = made_result(study, "multiframe")
    name_frames_at_the_top(study, result)
    assert codes_of(result, source, tmp_path) == set()


@pytest.mark.parametrize("dialect", ["rgb", "upscaled", "downscaled"])
def test_pictures_that_state_their_place_rightly_are_not_displaced(
    study: Study, source: Source, dialect: str, tmp_path: Path
) -> None:
    result = made_result(study, dialect)
    with_place(study, result)
    assert codes_of(result, source, tmp_path) == set()


def in_a_panel(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    large = np.asarray(Image.fromarray(pixels).resize((pixels.shape[1] * 3, pixels.shape[0] * 3)))
    out = np.zeros((large.shape[0] + 120, large.shape[1] + 300, 3), np.uint8)
    out[60:-60, : large.shape[1]] = large
    out[80:140, large.shape[1] + 50 : large.shape[1] + 150] = (30, 90, 220)
    return out


def test_slices_within_a_larger_panel_are_laid_where_they_lie(study: Study, source: Source, tmp_path: Path) -> None:
    assert codes_of(made_result(study, change=in_a_panel), source, tmp_path) == set()


def test_dark_grey_rectangles_lost_over_tissue_of_their_grey_stay_rectangles(
    study: Study, source: Source, tmp_path: Path
) -> None:
    def without_colour(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(Image.fromarray(pixels).convert("L").convert("RGB"))  # red becomes grey 76

    result = made_result(study, change=without_colour)
    assert codes_of(result, source, tmp_path) == set()


@pytest.mark.parametrize(("sides", "broken"), [("top left", True), ("top", False), ("top bottom", False)])
def test_two_sides_that_meet_are_a_rectangle_with_gaps(sides: str, broken: bool) -> None:
    drawn = np.zeros((200, 200), dtype=bool)
    drawn[60:62, 80:120] = "top" in sides
    drawn[60:100, 80:82] |= "left" in sides
    drawn[98:100, 80:120] |= "bottom" in sides
    marks = find_marks(np.zeros_like(drawn), drawn, np.where(drawn, 76, 0).astype(np.uint8))
    assert [(mark.broken, bool(mark.inside.all())) for mark in marks] == ([(True, True)] if broken else [])


def spots(source: Source, *, on: int, beside_lung: bool) -> Painter:
    """Return a painter of small filled squares in the lungs of every slice, and one within the body outside them."""

    def paint(pen: ImageDraw.ImageDraw, n: int, scale: float) -> None:
        lung = source.zones[n] & LUNG > 0
        depth = ndimage.distance_transform_edt(lung)
        squares = []
        for _ in range(6):
            row, column = (int(n) for n in np.unravel_index(int(depth.argmax()), depth.shape))
            if depth[row, column] < 5:
                break
            squares.append((row, column))
            depth[max(0, row - 8) : row + 9, max(0, column - 8) : column + 9] = 0
        if n == on:
            squares.append(_place_outside(source, n, beside_lung=beside_lung))
        for row, column in squares:
            pen.rectangle([(column - 2, row - 2), (column + 2, row + 2)], fill=RED)

    return paint


def _place_outside(source: Source, n: int, *, beside_lung: bool) -> tuple[int, int]:
    """Return a pixel of the body off the lungs' margin: as near to lung as that goes, or as far from it as there is."""
    zones = source.zones
    far = ndimage.distance_transform_edt(zones & LUNG == 0, sampling=source.geometry.spacing_mm)[n]
    free = ndimage.uniform_filter((zones[n] & FIELD > 0).astype(float), 5) < 0.05
    deep = free & (ndimage.distance_transform_edt(zones[n] & BODY > 0) > 4)
    wanted = np.where(deep, far if beside_lung else -far, np.inf)
    row, column = np.unravel_index(int(wanted.argmin()), wanted.shape)
    return int(row), int(column)


@pytest.mark.parametrize(("beside_lung", "severity"), [(True, "warning"), (False, "error")])
def test_one_mark_of_many_beside_the_lungs_warns_and_one_far_off_is_a_defect(
    study: Study, source: Source, tmp_path: Path, beside_lung: bool, severity: str
) -> None:
    result = made_result(study, "rgb", paint=spots(source, on=14, beside_lung=beside_lung))
    found = check_with(lambda _: source, result.write(tmp_path), "default", ReadingLimits())
    outside = [finding for finding in found.findings if finding.code == "D1"]
    assert [(f.severity, f.evidence["marks"]) for f in outside] == [(severity, 1)]
    assert found.clean == (severity == "warning")


def test_marks_beside_the_lungs_are_a_defect_where_they_are_more_than_a_few(
    study: Study, source: Source, tmp_path: Path
) -> None:
    def paint(pen: ImageDraw.ImageDraw, n: int, scale: float) -> None:
        if n in (12, 14, 16, 18, 20):
            row, column = _place_outside(source, n, beside_lung=True)
            pen.rectangle([(column - 2, row - 2), (column + 2, row + 2)], fill=RED)

    assert codes_of(made_result(study, "rgb", paint=paint), source, tmp_path) == {"D1"}


def test_no_picture_is_asked_for_of_a_slice_that_is_not_there(tmp_path: Path) -> None:
    whole = made_study(tmp_path / "study")
    gap = next(n for n in range(10, 30) if (whole.lesions[n] > 0).sum() > 60)
    for path in sorted(whole.folder.rglob("*.dcm")):
        if whole.slices[gap].SOPInstanceUID.encode() in path.read_bytes()[:4096]:
            path.unlink()
    rest = [n for n in range(len(whole.slices)) if n != gap]
    result = made_result(whole, "rgb", slices=rest)
    mask = segmentation(whole)
    for group in mask.PerFrameFunctionalGroupsSequence:
        group.DerivationImageSequence[0].SourceImageSequence[0] = named(whole, rest[0])
        del group.DerivationImageSequence
    mask.ReferencedSeriesSequence[0].ReferencedInstanceSequence = [named(whole, n) for n in rest]
    result.others.append(mask)
    found = check_result(whole.folder, result.write(tmp_path / "result"))
    assert "G3" not in codes(found)


@pytest.mark.parametrize(
    "said",
    [
        {"error": {"category": "Body part error"}, "pathologyFlag": None, "norma": None, "confidenceLevel": None},
        {"error": {"category": "Body part error"}, "pathologyFlag": True, "norma": False},
        {"confidenceLevel": None},
    ],
    ids=["neither, and why", "found in a part", "no probability"],
)
def test_a_message_that_says_why_it_says_nothing_is_no_defect(
    study: Study, source: Source, tmp_path: Path, said: dict[str, Any]
) -> None:
    with_message(study, tmp_path, **said)
    assert codes(check_with(lambda _: source, tmp_path, "moscow", ReadingLimits())) == set()


def missing_result(folder: Path) -> tuple[Path, Path]:
    return folder, folder / "nothing"


def missing_study(folder: Path) -> tuple[Path, Path]:
    return folder / "nothing", folder


@pytest.mark.parametrize(("paths", "name"), [(missing_study, "STUDY"), (missing_result, "RESULT")])
def test_an_error_names_the_argument_it_is_about(
    tmp_path: Path, paths: Callable[[Path], tuple[Path, Path]], name: str
) -> None:
    with pytest.raises(InputError) as raised:
        check_result(*paths(tmp_path))
    assert raised.value.where.startswith(name)
