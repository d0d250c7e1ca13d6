"""Figures go back to the grid of the series; refused studies have none."""

from __future__ import annotations

import json
from itertools import permutations, product

import jsonschema
import numpy as np
import pytest

from groundglass.analysis.schema import from_json, json_schema, published_schema, to_json
from groundglass.errors import InputError
from groundglass.phrases import Notice
from groundglass.pipeline.assemble import native_box, once, refused_result, told_uid
from groundglass.pipeline.study import Study, gravity_of
from groundglass.volume import Geometry, axial_axes

ORIENTATIONS = [(axes, flips) for axes in permutations(range(3)) for flips in product((False, True), repeat=3)]


@pytest.mark.parametrize(("axes", "flips"), ORIENTATIONS)
def test_a_box_of_the_canonical_grid_surrounds_the_same_voxels_of_the_series(
    axes: tuple[int, int, int], flips: tuple[bool, bool, bool]
) -> None:
    canonical = Geometry((5, 7, 9), np.array([[0, 0, 2.0, 0], [0, 3.0, 0, 0], [4.0, 0, 0, 0], [0, 0, 0, 1]]))
    series = canonical.reoriented(axes, flips)
    marked = np.zeros(canonical.shape, bool)
    box = ((1, 2, 3), (3, 5, 8))
    marked[1:3, 2:5, 3:8] = True
    a, b, c = (slice(None, None, -1) if flip else slice(None) for flip in flips)
    in_series = marked.transpose(axes)[a, b, c]
    low, high = native_box(series, box)
    found = np.zeros(series.shape, bool)
    found[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = True
    assert np.array_equal(found, in_series)
    assert series.reoriented(*axial_axes(series)).same_grid(canonical)


def test_a_refused_result_keeps_the_schema_and_has_no_figures() -> None:
    error = InputError("NO_STUDY", what="nothing", where="here", todo="look elsewhere")
    result = refused_result(Study("study-00000000", refusal=error), error, [], {}, "research")
    text = to_json(result)
    jsonschema.validate(json.loads(text), json_schema())
    assert from_json(text, "test") == result
    assert result.status == "refused"
    assert result.refusal is not None
    assert result.refusal.code == "NO_STUDY"
    assert (result.lungs, result.lesions, result.involvement, result.routing, result.grade) == (None,) * 5
    assert result.intended_use


def test_the_published_schema_is_that_of_the_types() -> None:
    assert published_schema() == json_schema()


def test_a_result_that_breaks_the_schema_is_refused_with_the_field() -> None:
    with pytest.raises(InputError, match="status") as caught:
        from_json('{"schema": "groundglass/analysis/1", "status": "fine"}', "result.json")
    assert caught.value.code == "BAD_RESULT"


@pytest.mark.parametrize(
    ("position", "down"),
    [("HFS", "back"), ("FFS", "back"), ("HFP", "front"), ("FFP", "front"), ("HFDR", "right"), ("FFDL", "left")],
)
def test_gravity_follows_the_patient_position(position: str, down: str) -> None:
    assert gravity_of(position) == down


@pytest.mark.parametrize("position", [None, "", "HF", "SITTING", "??"])
def test_gravity_is_unknown_without_a_position(position: str | None) -> None:
    assert gravity_of(position) == "unknown"


def test_notices_are_said_once_in_order() -> None:
    first, second = Notice("a", {"x": 1}), Notice("b")
    assert once([first, second, Notice("a", {"x": 1})]) == [first, second]


@pytest.mark.parametrize(
    ("uid", "told"),
    [
        ("1.2.840.1", "1.2.840.1"),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        ("IVANOV^IVAN", None),
        ("1" * 65, None),
        ("", None),
        (None, None),
    ],
)
def test_text_in_place_of_a_uid_is_not_passed_on(uid: str | None, told: str | None) -> None:
    assert told_uid(uid) == told
