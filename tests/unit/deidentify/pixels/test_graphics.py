import numpy as np
import pytest
from numpy.typing import NDArray
from pictured_objects import inked, object_of, written
from pydicom.dataset import Dataset

from groundglass.deidentify.pixels import clean_annotations, clean_overlays


def _overlay(plane: NDArray[np.bool_]) -> Dataset:
    ds = object_of(np.zeros((64, 64), np.int16))
    bits = np.packbits(plane, bitorder="little").tobytes()
    ds.add_new(0x60020010, "US", plane.shape[0])
    ds.add_new(0x60020011, "US", plane.shape[1])
    ds.add_new(0x60020022, "LO", "Plane of one reader")
    ds.add_new(0x60023000, "OW", bits + b"\0" * (len(bits) % 2))
    return ds


@pytest.mark.parametrize("turns", [0, 1])
def test_an_overlay_with_text_is_taken_out(turns: int) -> None:
    ds = _overlay(np.rot90(written((200, 200), "Ostrander K", 90, 20), turns))
    assert clean_overlays(ds) == ("overlay-text",)
    assert not [element for element in ds if element.tag >> 16 == 0x6002]


@pytest.mark.parametrize("size", [10, 14, 16, 20, 28, 40])
@pytest.mark.parametrize("text", ["Петрова Анна", "ВОРОНЦОВ К.Л.", "陈建国 1958", "K 7 M"])
@pytest.mark.parametrize("turns", [0, 1])
def test_an_overlay_with_text_of_any_script_is_taken_out(text: str, size: int, turns: int) -> None:
    ds = _overlay(np.rot90(inked((512, 512), text, 300, 40, size), turns))
    assert clean_overlays(ds) == ("overlay-text",)


def test_an_overlay_with_outlines_and_a_region_stays() -> None:
    rows, columns = np.mgrid[:256, :256]
    away = np.hypot(rows - 120, columns - 90)
    plane = (np.abs(away - 60) < 1) | (np.hypot(rows - 150, columns - 210) < 25)
    plane[30:32, 10:240] = True
    assert clean_overlays(_overlay(plane)) == ()


def test_an_overlay_with_an_outline_stays_without_its_padding() -> None:
    plane = np.zeros((100, 99), bool)
    plane[30, 20:70] = plane[70, 20:70] = plane[30:71, 20] = plane[30:71, 70] = True
    ds = _overlay(plane)
    assert clean_overlays(ds) == ()
    kept = ds[0x60023000].value
    ds[0x60023000].value = kept + b"KIM "
    assert clean_overlays(ds) == ("overlay-padding",)
    assert ds[0x60023000].value == kept


def test_an_overlay_inside_of_the_pixels_and_curves_are_taken_out() -> None:
    ds = object_of(np.zeros((64, 64), np.int16))
    ds.add_new(0x60000102, "US", 14)
    ds.add_new(0x50002500, "LO", "Ostrander")
    ds.add_new(0x50003000, "OW", b"\0\0")
    assert clean_overlays(ds) == ("curves", "overlay-in-pixels")
    assert not [element for element in ds if element.tag >> 16 in (0x5000, 0x6000)]


def test_a_damaged_overlay_is_taken_out() -> None:
    ds = _overlay(np.ones((64, 64), bool))
    ds[0x60023000].value = b"\1\2"
    assert clean_overlays(ds) == ("overlay-damaged",)
    assert 0x60023000 not in ds


def _annotation(*, graphics: bool, text: bool) -> Dataset:
    item = Dataset()
    item.GraphicLayer = "LAYER1"
    if graphics:
        graphic = Dataset()
        graphic.GraphicData, graphic.GraphicType = [1.0, 1.0, 5.0, 5.0], "POLYLINE"
        item.GraphicObjectSequence = [graphic]
    if text:
        words = Dataset()
        words.UnformattedTextValue = "Ostrander, Kim"
        item.TextObjectSequence = [words]
    return item


def test_text_leaves_annotations_and_graphics_stay() -> None:
    ds = Dataset()
    ds.GraphicAnnotationSequence = [_annotation(graphics=True, text=True), _annotation(graphics=False, text=True)]
    assert clean_annotations(ds) == ("annotation-text",)
    assert len(ds.GraphicAnnotationSequence) == 1
    assert "TextObjectSequence" not in ds.GraphicAnnotationSequence[0]
    assert ds.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicType == "POLYLINE"
    assert clean_annotations(ds) == ()


def test_annotations_of_text_alone_leave_no_empty_sequence() -> None:
    ds = Dataset()
    ds.GraphicAnnotationSequence = [_annotation(graphics=False, text=True)]
    assert clean_annotations(ds) == ("annotation-text",)
    assert "GraphicAnnotationSequence" not in ds


def test_labels_of_compound_graphics_go() -> None:
    tick, compound, item, ds = Dataset(), Dataset(), Dataset(), Dataset()
    tick.TickPosition, tick.TickLabel = 0.5, "Kim"
    compound.CompoundGraphicType, compound.MajorTicksSequence = "RULER", [tick]
    item.GraphicLayer, item.CompoundGraphicSequence = "LAYER1", [compound]
    ds.GraphicAnnotationSequence = [item]
    assert clean_annotations(ds) == ("annotation-text",)
    assert "TickLabel" not in tick
    assert ds.GraphicAnnotationSequence[0].CompoundGraphicSequence
