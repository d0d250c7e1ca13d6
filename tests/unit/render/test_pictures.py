"""The pictures: right is right, millimetres are millimetres, nothing is written over the lungs."""

from __future__ import annotations

import io

import numpy as np
import pytest
from made_chest import CARINA, LEFT_LUNG, RIGHT_LUNG, SHAPE, SPACING_MM, made_chest
from numpy.typing import NDArray
from PIL import Image

from groundglass.phrases import LANGUAGES, say_notice
from groundglass.render import Picture, RenderOptions, canvas, gallery, pictures
from groundglass.render.canvas import MARGIN_BOTTOM_PX, MARGIN_LEFT_PX, MARGIN_RIGHT_PX, MARGIN_TOP_PX, Marks
from groundglass.render.picture import BOX_COLOUR, CONSOLIDATION_COLOUR, GROUND_GLASS_COLOUR, MARK_COLOUR, Rgb
from groundglass.volume import Geometry, LabelVolume, Volume

RIGHT_LESION = ((RIGHT_LUNG[0], RIGHT_LUNG[1], RIGHT_LUNG[2]), 25.0, 1)
LEFT_LESION = ((LEFT_LUNG[0], LEFT_LUNG[1], LEFT_LUNG[2]), 25.0, 1)
BACK_HIGH_LESION = ((RIGHT_LUNG[0] + 14, RIGHT_LUNG[1] + 12, RIGHT_LUNG[2]), 18.0, 1)


def decoded(picture: Picture) -> NDArray[np.int16]:
    image = Image.open(io.BytesIO(picture.png))
    assert image.mode == "RGB"
    assert image.size == (picture.width, picture.height)
    return np.asarray(image, dtype=np.int16)


def inner(picture: Picture) -> NDArray[np.int16]:
    """The anatomical part, without the frame."""
    return decoded(picture)[MARGIN_TOP_PX:-MARGIN_BOTTOM_PX, MARGIN_LEFT_PX:-MARGIN_RIGHT_PX]


def centre_of(image: NDArray[np.int16], colour: tuple[int, int, int], within: int = 12) -> tuple[float, float]:
    """Row and column, as shares of height and width, of the pixels of a colour."""
    rows, columns = np.nonzero((np.abs(image - np.array(colour)) <= within).all(axis=2))
    assert rows.size, f"no pixel of colour {colour}"
    return float(rows.mean() / image.shape[0]), float(columns.mean() / image.shape[1])


def of_kind(made: tuple[Picture, ...], kind: str) -> list[Picture]:
    return [picture for picture in made if picture.kind == kind]


@pytest.fixture(scope="module")
def right_only() -> tuple[Picture, ...]:
    return pictures(made_chest((RIGHT_LESION,)))


@pytest.fixture(scope="module")
def back_high() -> tuple[Picture, ...]:
    return pictures(made_chest((BACK_HIGH_LESION,)))


@pytest.fixture(scope="module")
def clear() -> tuple[Picture, ...]:
    return pictures(made_chest())


def test_a_lesion_of_the_right_lung_has_its_red_rectangle_at_the_left_of_the_screen(
    right_only: tuple[Picture, ...],
) -> None:
    for picture in of_kind(right_only, "key_slice"):
        assert centre_of(inner(picture), BOX_COLOUR)[1] < 0.45


def test_a_lesion_of_the_left_lung_has_its_red_rectangle_at_the_right_of_the_screen() -> None:
    made = pictures(made_chest((LEFT_LESION,)))
    for picture in of_kind(made, "key_slice"):
        assert centre_of(inner(picture), BOX_COLOUR)[1] > 0.55


def test_the_coronal_view_has_the_head_up_and_the_right_lung_at_the_left(back_high: tuple[Picture, ...]) -> None:
    row, column = centre_of(inner(of_kind(back_high, "coronal")[0]), GROUND_GLASS_COLOUR)
    assert row < 0.45
    assert column < 0.45


def test_the_sagittal_view_has_the_head_up_and_the_back_at_the_right(back_high: tuple[Picture, ...]) -> None:
    row, column = centre_of(inner(of_kind(back_high, "sagittal")[0]), GROUND_GLASS_COLOUR)
    assert row < 0.45
    assert column > 0.55


def test_the_view_from_the_back_is_the_mirror_of_the_view_from_the_front(right_only: tuple[Picture, ...]) -> None:
    image = decoded(of_kind(right_only, "lungs_3d")[0])
    half, middle = image.shape[0] // 2, image.shape[1] // 2
    red = (image[..., 0] > 1.4 * image[..., 1]) & (image[..., 0] > 90)
    front, back = red[:half, :middle], red[:half, middle:]
    assert np.nonzero(front)[1].mean() < 0.5 * front.shape[1]
    assert np.nonzero(back)[1].mean() > 0.5 * back.shape[1]


def test_a_lesion_of_the_right_lung_is_absent_from_the_view_of_the_left(right_only: tuple[Picture, ...]) -> None:
    image = decoded(of_kind(right_only, "lungs_3d")[0])
    half, middle = image.shape[0] // 2, image.shape[1] // 2
    red = (image[..., 0] > 1.4 * image[..., 1]) & (image[..., 0] > 90)
    assert red[half:, :middle].any()
    assert not red[half:, middle:].any()


def test_pixels_are_square_in_millimetres(clear: tuple[Picture, ...]) -> None:
    # The frame cuts at 32 mm around the lungs, in whole voxels: one voxel of play.
    tall_mm, deep_mm, wide_mm = (np.array(inner_size) for inner_size in _field_mm())
    height, width = inner(of_kind(clear, "coronal")[0]).shape[:2]
    assert height / width == pytest.approx(tall_mm / wide_mm, rel=0.01)
    height, width = inner(of_kind(clear, "sagittal")[0]).shape[:2]
    assert height / width == pytest.approx(tall_mm / deep_mm, rel=0.01)
    height, width = inner(of_kind(clear, "key_slice")[0]).shape[:2]
    assert height / width == pytest.approx(deep_mm / wide_mm, rel=0.01)


def _field_mm() -> tuple[float, float, float]:
    lungs = made_chest().lungs.array > 0
    sizes = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        filled = np.flatnonzero(lungs.any(axis=others))
        margin = round(32 / SPACING_MM[axis])
        low, high = max(0, filled[0] - margin), min(SHAPE[axis], filled[-1] + 1 + margin)
        sizes.append((high - low) * SPACING_MM[axis])
    return sizes[0], sizes[1], sizes[2]


@pytest.mark.parametrize("kind", ["key_slice", "coronal", "sagittal", "mip", "minip"])
def test_the_scale_bar_is_as_long_as_it_says(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Rgb, Marks, Rgb]] = []
    framed = canvas.framed

    def watched(image: Rgb, marks: Marks) -> Rgb:
        out = framed(image, marks)
        seen.append((image, marks, out))
        return out

    monkeypatch.setattr(canvas, "framed", watched)
    made = pictures(made_chest())
    wanted = of_kind(made, kind)[0]
    image, marks, out = next(s for s in seen if s[2].shape[:2] == (wanted.height, wanted.width))
    assert marks.mm_per_px is not None
    length_cm, length_px = canvas.scale_bar(marks.mm_per_px, int(image.shape[1] * 0.42))
    assert length_px * marks.mm_per_px == pytest.approx(10 * length_cm, abs=marks.mm_per_px)
    line = (out[out.shape[0] - 34] == MARK_COLOUR).all(axis=1)
    assert np.count_nonzero(line[: 12 + length_px + 4]) == pytest.approx(length_px, abs=3)


def test_nothing_is_written_over_the_anatomy() -> None:
    image = np.random.default_rng(1).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    marks = Marks("R", "L", "A", "P", "T", "D", "W", "F", 1.5, legend=True, boxes=True)
    out = canvas.framed(image, marks)
    assert np.array_equal(out[MARGIN_TOP_PX:-MARGIN_BOTTOM_PX, MARGIN_LEFT_PX:-MARGIN_RIGHT_PX], image)


def test_sides_that_are_not_known_are_marked_with_question_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Marks] = []
    framed = canvas.framed

    def watched(image: Rgb, marks: Marks) -> Rgb:
        seen.append(marks)
        return framed(image, marks)

    monkeypatch.setattr(canvas, "framed", watched)
    made = pictures(made_chest((RIGHT_LESION,), sided=False))
    across = [m for m in seen if not m.title.startswith("SAGITTAL")]
    assert {(m.left, m.right) for m in across} == {("?", "?")}
    assert of_kind(made, "sagittal")[0].caption.code == "picture_sagittal_unknown"
    assert not any(side in m.title.split() for m in seen for side in ("R", "L"))


def test_every_picture_carries_the_research_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Marks] = []
    framed = canvas.framed

    def watched(image: Rgb, marks: Marks) -> Rgb:
        seen.append(marks)
        return framed(image, marks)

    monkeypatch.setattr(canvas, "framed", watched)
    made = pictures(made_chest())
    worded = [m for m in seen if m != m.wordless()]
    # a wordless one is no file: it gets its words, the mark among them, where it becomes a DICOM image
    assert len(seen) - len(worded) == sum(bool(picture.wordless) for picture in made if picture.kind == "mip")
    assert worded
    assert all("RESEARCH USE ONLY" in m.footer for m in worded)


def test_a_wordless_picture_keeps_side_letters_and_scale_alone() -> None:
    for picture in pictures(made_chest()):
        if picture.kind in ("mip", "lungs_3d"):
            assert Image.open(io.BytesIO(picture.wordless)).size == (picture.width, picture.height)
            assert picture.wordless != picture.png
        else:
            assert picture.wordless == b""


def test_every_caption_is_said_in_both_languages(right_only: tuple[Picture, ...], clear: tuple[Picture, ...]) -> None:
    for picture in (*right_only, *clear):
        for language in LANGUAGES:
            assert "{" not in say_notice(picture.caption, language)


def test_ground_glass_and_consolidation_have_different_outlines() -> None:
    made = pictures(made_chest((RIGHT_LESION, (LEFT_LUNG, 25.0, 2))))
    image = inner(of_kind(made, "key_slice")[0])
    assert centre_of(image, GROUND_GLASS_COLOUR)[1] != pytest.approx(
        centre_of(image, CONSOLIDATION_COLOUR, within=6)[1], abs=0.1
    )


def test_a_chest_without_lesions_shows_arch_carina_and_diaphragm(clear: tuple[Picture, ...]) -> None:
    shown = of_kind(clear, "key_slice")
    assert [p.caption.code for p in shown] == ["picture_level_arch", "picture_level_carina", "picture_level_diaphragm"]
    assert shown[1].slice_index == CARINA


def test_key_slices_lie_apart_and_hold_the_most_involved() -> None:
    reading = made_chest(((RIGHT_LUNG, 60.0, 1),))
    options = RenderOptions(key_slices=6, key_slice_gap_mm=12.0)
    made = of_kind(pictures(reading, options=options), "key_slice")
    indices = [p.slice_index for p in made if p.slice_index is not None]
    assert len(indices) == 6
    assert min(abs(a - b) for a in indices for b in indices if a != b) * SPACING_MM[0] >= 12.0
    areas = (reading.lesions.array > 0).sum(axis=(1, 2))
    assert areas[indices].max() == areas.max()
    assert indices == sorted(indices, reverse=True)


def test_without_lungs_one_plain_slice_is_shown() -> None:
    made = pictures(made_chest(lung=False))
    assert [p.kind for p in made] == ["key_slice"]


@pytest.mark.parametrize("shape", [(2, 5, 7), (3, 40, 4), (1, 30, 30)])
def test_volumes_of_a_few_voxels_are_drawn_too(shape: tuple[int, int, int]) -> None:
    affine = np.array([[0, 0, 2.0, 0], [0, 2.0, 0, 0], [5.0, 0, 0, 0], [0, 0, 0, 1]])
    geometry = Geometry(shape, affine)
    hu = np.full(shape, -32768, np.int16)
    hu[:, ::2] = 32767
    lungs = np.ones(shape, np.uint8)
    lesions = np.zeros(shape, np.uint8)
    lesions[0, 0, 0] = 2
    whole = made_chest()
    tiny = type(whole)(
        volume=Volume(hu, geometry),
        lungs=LabelVolume(lungs, geometry),
        airways=LabelVolume(np.zeros(shape, np.uint8), geometry),
        lesions=LabelVolume(lesions, geometry),
        verdict=whole.verdict,
        lungs_figures=None,
        lesions_figures=None,
        involvement=None,
        slices=(),
        severity=None,
        notices=(),
        models=(),
        seconds={},
    )
    made = pictures(tiny)
    assert {"key_slice", "coronal", "sagittal", "mip", "minip", "lungs_3d"} == {p.kind for p in made}
    assert all(decoded(p).size for p in made)


def test_one_lung_alone_is_drawn() -> None:
    reading = made_chest()
    only = LabelVolume(np.where(reading.lungs.array == 1, 1, 0).astype(np.uint8), reading.lungs.geometry)
    left_out = type(reading)(
        reading.volume,
        only,
        reading.airways,
        reading.lesions,
        reading.verdict,
        None,
        None,
        None,
        reading.slices,
        None,
        (),
        (),
        {},
    )
    assert len(gallery.pictures(left_out)) == 8


def test_the_same_reading_gives_the_same_bytes(right_only: tuple[Picture, ...]) -> None:
    again = pictures(made_chest((RIGHT_LESION,)))
    assert [p.png for p in again] == [p.png for p in right_only]
    assert len({p.name for p in again}) == len(again)
