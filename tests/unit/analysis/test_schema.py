"""A result.json is read as it was written, and nothing else is taken for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from groundglass.analysis.result import SCHEMA_NAME, Message, Result, SoftwareSection, StudySection
from groundglass.analysis.schema import from_json, to_json
from groundglass.errors import InputError

RESULT = Result(
    schema=SCHEMA_NAME,
    status="refused",
    refusal=Message("NO_STUDY", "nothing there"),
    acquisition_datetime=None,
    study=StudySection("1.2.3", None, None, 4, None),
    acquisition=None,
    lungs=None,
    lesions=None,
    involvement=None,
    slices=(),
    probability_of_pathology=0.5,
    grade=None,
    routing=None,
    severity=None,
    comparison=None,
    dose=None,
    warnings=(Message("a", "a warning"),),
    software=SoftwareSection("groundglass", "0", (), {"rules": "r", "flag": True, "n": 3, "share": 0.5, "none": None}),
    seconds={"reading": 1.0},
    intended_use="For research use only, not for diagnosis.",
)


def read(change: Callable[[dict[str, Any]], None]) -> Result:
    """Read the result after a change to its JSON."""
    raw = json.loads(to_json(RESULT))
    change(raw)
    return from_json(json.dumps(raw), "result.json")


def test_what_was_written_is_read_back() -> None:
    assert from_json(to_json(RESULT), "result.json") == RESULT
    assert read(lambda raw: raw.update(probability_of_pathology=1)).probability_of_pathology == 1.0


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "newer schema": (lambda raw: raw.update(schema="groundglass/analysis/2"), "OTHER_RESULT_SCHEMA", "analysis/2"),
    "no schema": (lambda raw: raw.pop("schema"), "BAD_RESULT", "schema"),
    "unknown field": (lambda raw: raw.update(patient="x"), "BAD_RESULT", "patient: unknown field"),
    "unknown field inside": (lambda raw: raw["study"].update(extra=1), "BAD_RESULT", r"study\.extra: unknown"),
    "unknown field in a list": (lambda raw: raw["warnings"][0].update(n=1), "BAD_RESULT", r"warnings\.0\.n: unknown"),
    "missing field": (lambda raw: raw.pop("dose"), "BAD_RESULT", "dose"),
    "missing field with a default": (lambda raw: raw["software"].pop("models"), "BAD_RESULT", r"software\.models"),
    "number as text": (lambda raw: raw["study"].update(slices="4"), "BAD_RESULT", r"study\.slices"),
    "truth for a number": (lambda raw: raw.update(probability_of_pathology=True), "BAD_RESULT", "probability"),
    "other status": (lambda raw: raw.update(status="fine"), "BAD_RESULT", "status"),
    "a value that is not finite": (
        lambda raw: raw.update(probability_of_pathology=float("nan")),
        "BAD_RESULT",
        "not finite",
    ),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_what_does_not_keep_to_the_schema_is_refused_with_the_field(name: str) -> None:
    change, code, said = CHANGES[name]
    with pytest.raises(InputError, match=said) as caught:
        read(change)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00", '{"schema": 1}', "[" * 100_000, "DICM"])
def test_text_that_is_no_result_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        from_json(text, "result.json")
    assert caught.value.code in {"BAD_RESULT", "OTHER_RESULT_SCHEMA"}
