"""Pictures of lobes: only of what is sure, with how sure it is, and nothing drawn along the lung's own border."""

from __future__ import annotations

import io

import numpy as np
import pytest
from made_chest import SHAPE, made_chest
from numpy.typing import NDArray
from PIL import Image

from groundglass.analysis.lobes import FissureEvidence, FissureName, Lobes, Surface
from groundglass.errors import InputError
from groundglass.phrases import LANGUAGES, say_notice
from groundglass.render.lobes import FISSURE_COLOUR, draw_fissures, lobe_pictures
from groundglass.volume import LabelVolume


def lobes(right: float, level: float, left: float) -> tuple[Lobes, LabelVolume]:
    """Return lobes divided at row 42 (oblique) and slice 30 (horizontal), as sure as told."""
    reading = made_chest()
    lungs = reading.lungs.array
    slices, rows, _ = np.indices(SHAPE, sparse=True)
    upper = np.where(slices >= 30, 1, 2)
    labels = np.where(lungs == 1, np.where(rows < 42, upper, 3), np.where(lungs == 2, np.where(rows < 42, 4, 5), 0))
    nowhere = Surface(np.zeros((1, 1, 3), np.float32), np.zeros((1, 1), bool))
    names: tuple[FissureName, ...] = ("right oblique", "right horizontal", "left oblique")
    fissures = {
        name: FissureEvidence(sure, 0.5, nowhere) for name, sure in zip(names, (right, level, left), strict=True)
    }
    array = labels.astype(np.uint8)
    return Lobes(array, fissures), LabelVolume(array, reading.volume.geometry)


def blue(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray((np.abs(rgb.astype(int) - np.array(FISSURE_COLOUR)) < 60).all(axis=2))


def test_each_sure_lung_gets_a_picture_that_says_how_sure_it_is() -> None:
    sure, full = lobes(0.91, 0.84, 0.87)
    right, left = lobe_pictures(made_chest(), full, sure)
    assert (right.name, right.kind, left.name) == ("lobes-right", "lobes", "lobes-left")
    for language in LANGUAGES:
        assert "91" in say_notice(right.caption, language)
        assert "84" in say_notice(right.caption, language)
        assert "87" in say_notice(left.caption, language)
    for picture in (right, left):
        assert blue(np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGB"))).sum() > 200


def test_an_unsure_lung_gets_no_picture() -> None:
    sure, full = lobes(0.3, 0.9, 0.9)
    assert [picture.name for picture in lobe_pictures(made_chest(), full, sure)] == ["lobes-left"]
    sure, full = lobes(0.3, 0.9, 0.3)
    assert lobe_pictures(made_chest(), full, sure) == ()


def test_an_unsure_horizontal_fissure_is_said_to_be_unseen() -> None:
    sure, full = lobes(0.9, 0.3, 0.3)
    (picture,) = lobe_pictures(made_chest(), full, sure)
    assert picture.caption.code == "picture_lobes_right_oblique"


def test_lines_run_between_lobes_and_not_along_the_lung() -> None:
    labels = np.zeros((80, 60), np.uint8)
    labels[10:70, 10:50] = 4
    labels[40:70, 10:50] = 5
    rgb = np.zeros((320, 240, 3), np.uint8)
    draw_fissures(rgb, labels, (2.0, 2.0))
    drawn = np.argwhere(blue(rgb))
    assert len(drawn) > 150
    assert np.abs(drawn[:, 0] - 160).max() < 6
    assert drawn[:, 1].min() >= 36
    assert drawn[:, 1].max() <= 204


def test_lobes_on_another_grid_are_refused() -> None:
    sure, full = lobes(0.9, 0.9, 0.9)
    part = full.crop((slice(0, 10), slice(None), slice(None)))
    with pytest.raises(InputError):
        lobe_pictures(made_chest(), part, sure)
