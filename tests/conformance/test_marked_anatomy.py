"""Marks lie on the right anatomy: the written objects are read with bare pydicom, sharing nothing with the writer."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK
from made_objects import SHAPE, MadeStudy, axial_affine, made_making, made_study
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from groundglass.dicom.objects.marked import marked_series
from groundglass.dicom.objects.origin import SourceImage
from groundglass.render.marked import Sheet
from groundglass.render.marked_text import lettering
from groundglass.volume import Geometry

Axes = tuple[int, int, int]
Flips = tuple[bool, bool, bool]
TURNS: list[tuple[Axes, Flips]] = [
    ((a, b, c), (x, y, z))
    for a, b, c in permutations((0, 1, 2))
    for x, y, z in product((False, True), repeat=3)
]  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> MadeStudy:
    return made_study(tmp_path_factory.mktemp("anatomy") / "series")


def turned(study: MadeStudy, axes: Axes, flips: Flips) -> MadeStudy:
    """Return the same chest stored in another order of axes."""
    findings = study.findings
    volume = findings.volume.reoriented(axes, flips)
    images = tuple(
        SourceImage("1.2.840.10008.5.1.4.1.1.2", f"2.25.{1000 + n}", study.origin.series_uid, None, n + 1)
        for n in range(volume.geometry.shape[0])
    )
    return replace(
        study,
        origin=replace(study.origin, images=images, geometry=volume.geometry),
        findings=replace(
            findings,
            volume=volume,
            lungs=findings.lungs.reoriented(axes, flips),
            lesions=findings.lesions.reoriented(axes, flips),
        ),
    )


def written(study: MadeStudy) -> list[Dataset]:
    """Return the objects as they come back from disk."""
    out: list[Dataset] = []
    for data in marked_series(study.origin, study.findings, made_making()):
        buffer = io.BytesIO()
        data.save_as(buffer, enforce_file_format=True)
        out.append(dcmread(io.BytesIO(buffer.getvalue())))
    return out


def to_mm(data: Dataset, rows: Any, columns: Any) -> NDArray[np.float64]:
    """Return where pixels lie (PS3.3 equation C.7.6.2.1-1), LPS mm, (n, 3)."""
    place = np.array(data.ImagePositionPatient, float)
    orientation = np.array(data.ImageOrientationPatient, float)
    spacing = np.array(data.PixelSpacing, float)
    rows, columns = np.atleast_1d(rows), np.atleast_1d(columns)
    return np.asarray(
        place + np.outer(columns * spacing[1], orientation[:3]) + np.outer(rows * spacing[0], orientation[3:])
    )


def marks(data: Dataset) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and columns of everything red."""
    pixels = data.pixel_array.astype(int)
    rows, columns = np.nonzero((pixels[..., 0] > 200) & (pixels[..., 1] < 100) & (pixels[..., 2] < 100))
    return rows, columns


def require_marks_on_lesions(study: MadeStudy) -> None:
    """Check each picture: its red encloses the lesion of its slice in space, by little; its letters are right."""
    lesions, geometry = study.findings.lesions, study.origin.geometry
    at = {image.sop_uid: n for n, image in enumerate(study.origin.images) if image and image.frame is None}
    objects = written(study)
    assert letters_of(objects[0]) == expected_letters(objects[0])
    for data in objects:
        item = data.SourceImageSequence[0]
        frame = item.get("ReferencedFrameNumber")
        index = int(frame) - 1 if frame else at[item.ReferencedSOPInstanceUID]
        voxels = np.argwhere(lesions.array[index] > 0)
        lesion_mm = np.concatenate(
            [
                geometry.to_mm(np.column_stack([np.full(len(voxels), index), voxels + half]))
                for half in ((-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5))
            ]
        )
        rows, columns = marks(data)
        assert rows.size
        corners = to_mm(data, [rows.min(), rows.min(), rows.max(), rows.max()],
                        [columns.min(), columns.max(), columns.min(), columns.max()])  # fmt: skip
        orientation = np.array(data.ImageOrientationPatient, float)
        normal = np.cross(orientation[:3], orientation[3:])
        plane = (corners - lesion_mm[0]) @ normal
        assert np.abs(plane).max() < 0.01, "another plane"
        for direction in (orientation[:3], orientation[3:]):
            box, lesion = corners @ direction, lesion_mm @ direction
            assert box.min() <= lesion.min() + 0.01
            assert box.max() >= lesion.max() - 0.01
            # margin of 4 mm, or one voxel where those are larger, and a line
            slack = 4.0 + max(geometry.spacing_mm) + 2 * max(float(n) for n in data.PixelSpacing)
            assert box.min() >= lesion.min() - slack
            assert box.max() <= lesion.max() + slack


def letters_of(data: Dataset) -> tuple[str, str]:
    """Read the side letters in the upper corners."""
    pixels = data.pixel_array[..., 0]
    size = 2 * 8 * max(1, data.Columns * 8 // 512) // 8
    return _read(pixels, size, left=True), _read(pixels, size, left=False)


def _read(pixels: NDArray[np.uint8], size: int, *, left: bool) -> str:
    pad = 4 * (size // 2) // 8
    found, best = "", 25.0
    for letter in "RLAPHF":
        glyph = lettering([letter], size, bold=True)
        start = pad if left else pixels.shape[1] - pad - glyph.shape[1]
        part = pixels[: glyph.shape[0], start : start + glyph.shape[1]]
        ink = glyph > 200
        rim = np.zeros_like(ink)
        rim[1:-1, 1:-1] = (glyph[1:-1, 1:-1] == 0) & ((glyph[:-2, 1:-1] > 200) | (glyph[1:-1, :-2] > 200))
        off = np.abs(part[ink].astype(float) - 210).mean() + part[rim].astype(float).mean()
        if off < best:
            found, best = letter, off
    return found


def expected_letters(data: Dataset) -> tuple[str, str]:
    along = np.array(data.ImageOrientationPatient[:3], float)
    axis = int(np.argmax(np.abs(along)))
    towards, away = (("L", "R"), ("P", "A"), ("H", "F"))[axis]
    return (away, towards) if along[axis] > 0 else (towards, away)


@pytest.mark.parametrize(("axes", "flips"), TURNS, ids=str)
def test_marks_lie_on_the_lesion_in_every_order_of_storage(study: MadeStudy, axes: Axes, flips: Flips) -> None:
    require_marks_on_lesions(turned(study, axes, flips))


def test_the_patients_right_is_named_on_the_side_of_the_larger_lung(study: MadeStudy) -> None:
    # the made chest has its lesion in the right lung alone
    for axes, flips in (((0, 1, 2), (False, False, False)), ((0, 1, 2), (False, False, True))):
        data = written(turned(study, axes, flips))[0]
        _, columns = marks(data)
        on_the_left = columns.mean() < data.Columns / 2
        assert letters_of(data)[0 if on_the_left else 1] == "R"


def oblique(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], degrees: float) -> Geometry:
    affine = axial_affine(spacing_mm)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    affine[:3, :3] = np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ affine[:3, :3]
    return Geometry(shape, affine, None)


@pytest.mark.parametrize(
    ("shape", "spacing_mm", "degrees"),
    [
        (SHAPE, (8.0, 4.0, 3.5), 12.0),
        ((10, 64, 64), (8.0, 5.0, 5.0), 0.0),
        ((6, 1024, 1024), (16.0, 0.3, 0.3), 0.0),
        ((6, 512, 300), (12.0, 0.6, 1.1), 0.0),
        ((6, 200, 400), (12.0, 1.2, 0.8), 8.0),
        ((8, 512, 512), (10.0, 0.7, 0.7), 0.0),
    ],
    ids=str,
)
def test_marks_lie_on_the_lesion_on_any_grid(
    shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], degrees: float, tmp_path: Path
) -> None:
    study = made_study(tmp_path / "series", geometry=oblique(shape, spacing_mm, degrees))
    require_marks_on_lesions(study)


def test_marks_lie_on_the_lesion_of_a_multi_frame_source(tmp_path: Path) -> None:
    require_marks_on_lesions(made_study(tmp_path / "series", multiframe=True))


def test_no_letters_stand_where_the_sides_are_unknown(study: MadeStudy) -> None:
    geometry = study.origin.geometry
    unsided = Geometry(geometry.shape, geometry.affine, geometry.frame_of_reference_uid, sided=False)
    data = written(replace(study, origin=replace(study.origin, geometry=unsided)))[0]
    assert letters_of(data) == ("", "")


def test_every_pixel_of_the_picture_is_the_source_where_nothing_is_drawn(tmp_path: Path) -> None:
    study = made_study(tmp_path / "series", geometry=oblique((6, 512, 512), (16.0, 0.7, 0.7), 0.0))
    data = written(study)[0]
    pixels = data.pixel_array.astype(float)
    source = next(n for n, image in enumerate(study.origin.images)
                  if image and image.sop_uid == data.SourceImageSequence[0].ReferencedSOPInstanceUID)  # fmt: skip
    expected = np.clip((study.findings.volume.array[source].astype(float) + 1350) * 255 / 1500, 0, 255)
    alike = np.abs(pixels - expected[..., None]).max(axis=-1) <= 1
    assert alike.mean() > 0.93
    assert alike[100:412].mean() > 0.98


def test_another_decoder_sees_the_same_picture(study: MadeStudy, tmp_path: Path) -> None:
    for data in written(study):
        data.save_as(tmp_path / "picture.dcm")
        seen = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(tmp_path / "picture.dcm")))
        assert np.array_equal(seen.reshape(data.pixel_array.shape), data.pixel_array)


def test_the_layout_says_where_its_first_pixel_lies() -> None:
    strips = Sheet((100, 100), (200, 200), 30, 20, 10, 8)
    assert strips.shape == (250, 220)
    assert strips.first == (0.5 * 0.5 - 0.5 - 15, 0.5 * 0.5 - 0.5 - 5)
