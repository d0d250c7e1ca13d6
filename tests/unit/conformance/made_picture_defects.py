"""Made cases of pictures, marks and geometry; they join those of :mod:`made_defects`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from made_defects import as_it_is, case, changed
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.sequence import Sequence as DicomSequence
from vendor import RED, Result, Study, coded, field_of, image_item, made_result, named, report, segmentation

# --- pictures


def _cropped(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    rows, columns = pixels.shape[:2]
    return np.ascontiguousarray(pixels[rows // 5 : -rows // 5, columns // 5 : -columns // 5])


@case("G1")
def cropped_frames(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, change=_cropped)


@case("G1")
def cropped_and_enlarged_frames(study: Study, folder: Path) -> None:
    def change(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(Image.fromarray(_cropped(pixels)).resize(pixels.shape[1::-1]))

    changed(study, folder, as_it_is, change=change)


@case("G2")
def inverted_contrast(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, change=lambda p: 255 - p)


@case("G2")
def a_soft_tissue_window(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, window=(-160, 240))


@case("G2")
def a_window_of_bone_alone(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, window=(250, 350))


@case("G2")
def flat_pictures(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, change=lambda p: (p // 32 + 100).astype(np.uint8))


@case("G2")
def black_pictures(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in result.pictures:
            each.PixelData = bytes(len(each.PixelData))

    changed(study, folder, change)


@case("G2")
def saturated_lungs(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, window=(-720, -690))


@case("G3")
def slices_left_out(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, slices=[n for n in range(len(study.slices)) if n % 6 != 3])


@case("G3")
def frames_left_out(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, "multiframe", slices=[n for n in range(len(study.slices)) if n % 9 != 4])


@case("G4")
def a_part_of_the_original_series(study: Study, folder: Path) -> None:
    made_result(study).write(folder)
    for path in sorted(study.folder.rglob("*.dcm"))[: len(study.slices) // 2]:
        shutil.copy(path, folder / f"copy-{path.name}")


@case("G5")
def an_original_with_drawn_pixels(study: Study, folder: Path) -> None:
    def spoil(d: Dataset) -> None:
        pixels = d.pixel_array.copy()
        pixels[40:60, 40:60] = pixels.max()
        d.PixelData = pixels.tobytes()

    _with_copies(study, folder, spoil)


@case("G5")
def an_original_with_another_description(study: Study, folder: Path) -> None:
    _with_copies(study, folder, lambda d: setattr(d, "SeriesDescription", "processed"))


@case("G5")
def pictures_in_the_series_of_the_original(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        result.pictures[3].SeriesInstanceUID = study.slices[0].SeriesInstanceUID

    changed(study, folder, change, "derived")


def _with_copies(study: Study, folder: Path, spoil: Callable[[Dataset], None]) -> None:
    made_result(study).write(folder)
    for number, each in enumerate(study.slices):
        copy = deepcopy(each)
        if number == 5:
            spoil(copy)
        copy.save_as(folder / f"copy-{number:04d}.dcm")


@case("G1")
def one_picture_blacked_out(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        each = result.pictures[12]
        pixels = np.frombuffer(each.PixelData, np.uint8).reshape(each.Rows, each.Columns, 3).copy()
        pixels[:, : each.Columns // 2] = 0
        each.PixelData = pixels.tobytes()

    changed(study, folder, change)


@case("G1")
def one_picture_cropped(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        each = result.pictures[12]
        pixels = np.frombuffer(each.PixelData, np.uint8).reshape(each.Rows, each.Columns, 3)
        pixels = _cropped(pixels)
        each.Rows, each.Columns = pixels.shape[:2]
        each.PixelData = pixels.tobytes()

    changed(study, folder, change)


@case("S1")
def one_picture_mirrored(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        each = result.pictures[12]
        pixels = np.frombuffer(each.PixelData, np.uint8).reshape(each.Rows, each.Columns, 3)
        each.PixelData = np.ascontiguousarray(pixels[:, ::-1]).tobytes()

    changed(study, folder, change)


@case("G2")
def overexposed_pictures(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, change=lambda p: np.clip(p.astype(int) * 4, 0, 255).astype(np.uint8))


@case("O2")
def pictures_that_break_off(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in result.pictures:
            stream = next(generate_frames(each.PixelData, number_of_frames=1))
            each.PixelData = encapsulate([stream[: len(stream) // 2]])
            each["PixelData"].VR = "OB"

    changed(study, folder, change, "jpeg")


# --- marks


def _at(rows: tuple[float, float], columns: tuple[float, float], *, fill: bool = False) -> Callable[..., None]:
    """Return a painter of a red rectangle at parts of the picture."""

    def paint(pen: ImageDraw.ImageDraw, n: int, scale: float) -> None:
        width, height = pen.im.size
        corners = [(columns[0] * width, rows[0] * height), (columns[1] * width, rows[1] * height)]
        if n % 4 == 1:
            pen.rectangle(corners, outline=RED, fill=RED if fill else None)

    return paint


@case("D1")
def a_rectangle_in_the_air(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, paint=_at((0.80, 0.99), (0.02, 0.2)))


@case("D1")
def a_filled_mark_in_the_air(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, paint=_at((0.80, 0.97), (0.02, 0.2), fill=True))


@case("D1")
def a_rectangle_on_the_spine(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, "upscaled", paint=_at((0.74, 0.86), (0.46, 0.55)))


@case("D1")
def a_grey_rectangle_in_the_air(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, "grey", paint=_at((0.80, 0.97), (0.02, 0.2), fill=True))


@case("D1")
def a_mark_outside_in_a_derived_ct(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, "derived", paint=_at((0.80, 0.97), (0.02, 0.2), fill=True))


@case("D1")
def a_mark_outside_in_frames(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, "multiframe", paint=_at((0.80, 0.99), (0.02, 0.2)))


@case("D1", profile="default")
def a_segment_in_the_abdomen_wall(study: Study, folder: Path) -> None:
    mask = np.zeros(study.hu.shape, dtype=bool)
    rows, columns = study.hu.shape[1:]
    mask[8:20, round(0.74 * rows) : round(0.86 * rows), round(0.46 * columns) : round(0.55 * columns)] = True
    result = made_result(study, "seg")
    result.others = [segmentation(study, mask)]
    result.report = report(study, result.others)
    result.write(folder)


@case("D1", profile="default")
def one_stray_piece_of_a_segment(study: Study, folder: Path) -> None:
    mask = study.lesions > 0
    mask[8:16, 2:12, 2:12] = True
    result = made_result(study, "seg")
    result.others = [segmentation(study, mask)]
    result.report = report(study, result.others)
    result.write(folder)


@case("D1")
def a_contour_of_the_report_in_the_air(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        item, image = Dataset(), image_item(study.slices[10].SOPClassUID, study.slices[10].SOPInstanceUID)
        item.RelationshipType, item.ValueType, item.GraphicType = "CONTAINS", "SCOORD", "POLYLINE"
        item.GraphicData = [2.0, 100.0, 20.0, 100.0, 20.0, 120.0, 2.0, 120.0, 2.0, 100.0]
        image.RelationshipType = "SELECTED FROM"
        item.ContentSequence = DicomSequence([image])
        assert result.report is not None
        result.report.ContentSequence.append(item)

    changed(study, folder, change)


@case("D2")
def another_body_part(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in result.pictures:
            each.BodyPartExamined = "HEAD"

    changed(study, folder, change)


@case("D2")
def another_region_in_the_report(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        field_of(result.report, "Anatomical region").TextValue = "Органы брюшной полости"  # type: ignore[arg-type]  # made before

    changed(study, folder, change)


@case("D2", profile="default")
def only_a_liver(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        segment = result.others[0].SegmentSequence[0]
        segment.SegmentLabel = "Liver"
        segment.SegmentedPropertyTypeCodeSequence = DicomSequence([coded("10200004", "SCT", "Liver")])

    changed(study, folder, change, "seg")


# --- geometry


@case("S1")
def mirrored_pictures(study: Study, folder: Path) -> None:
    changed(study, folder, as_it_is, change=lambda p: np.ascontiguousarray(p[:, ::-1]))


@case("S1", profile="default")
def a_segmentation_upside_down(study: Study, folder: Path) -> None:
    _turned(study, folder, (study.lesions > 0)[:, ::-1])


@case("S1", profile="default")
def a_segmentation_left_for_right(study: Study, folder: Path) -> None:
    _turned(study, folder, (study.lesions > 0)[:, :, ::-1])


@case("S1", profile="default")
def a_segmentation_head_for_feet(study: Study, folder: Path) -> None:
    _turned(study, folder, (study.lesions > 0)[::-1])


@case("S1", profile="default")
def a_right_lung_on_the_left(study: Study, folder: Path) -> None:
    _turned(study, folder, study.lungs == 2, label="Right lung")


def _turned(study: Study, folder: Path, mask: np.ndarray[Any, Any], **changes: Any) -> None:
    result = made_result(study, "seg")
    result.others = [segmentation(study, np.ascontiguousarray(mask), **changes)]
    result.report = report(study, result.others)
    result.write(folder)


@case("S2", profile="default")
def a_segmentation_displaced(study: Study, folder: Path) -> None:
    _turned(study, folder, study.lesions > 0, shift_mm=(0.0, 0.0, 12.0))


@case("S2")
def a_derived_ct_displaced(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in result.pictures:
            each.ImagePositionPatient = [float(x) + 7.0 for x in each.ImagePositionPatient]

    changed(study, folder, change, "derived")


def with_place(study: Study, result: Result, *, right_mm: float = 0.0, zoom: float = 1.0) -> None:
    """State on every picture where it lies, its spacing as a rounded decimal string."""
    for n, each in enumerate(result.pictures):
        source = study.slices[n]
        each.ImagePositionPatient = [float(source.ImagePositionPatient[0]) + right_mm, *source.ImagePositionPatient[1:]]
        each.ImageOrientationPatient = source.ImageOrientationPatient
        spacing = float(source.PixelSpacing[0]) * study.hu.shape[2] / each.Columns * zoom
        each.PixelSpacing = [f"{spacing:.6g}"] * 2
        each.FrameOfReferenceUID = source.FrameOfReferenceUID


@case("S2")
def pictures_displaced_within_their_plane(study: Study, folder: Path) -> None:
    changed(study, folder, lambda result: with_place(study, result, right_mm=25.0))


@case("S2")
def enlarged_pictures_displaced(study: Study, folder: Path) -> None:
    changed(study, folder, lambda result: with_place(study, result, right_mm=25.0), "upscaled")


@case("S2")
def pictures_of_another_scale_than_they_state(study: Study, folder: Path) -> None:
    changed(study, folder, lambda result: with_place(study, result, zoom=0.4))


@case("S3")
def frames_named_in_reverse_order(study: Study, folder: Path) -> None:
    changed(study, folder, lambda result: name_frames_at_the_top(study, result, backwards=True), "multiframe")


def name_frames_at_the_top(study: Study, result: Result, *, backwards: bool = False) -> None:
    """Name the slice of every frame in one sequence of the whole object, in order of the frames."""
    picture = result.pictures[0]
    del picture.PerFrameFunctionalGroupsSequence, picture.SharedFunctionalGroupsSequence
    order = range(len(study.slices))
    picture.SourceImageSequence = DicomSequence([named(study, n) for n in (reversed(order) if backwards else order)])


@case("S3")
def pictures_in_reverse_order(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        last = len(study.slices) - 1
        for n, each in enumerate(result.pictures):
            each.SourceImageSequence = DicomSequence([named(study, last - n)])

    changed(study, folder, change)
