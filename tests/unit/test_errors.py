"""Errors: one tree, stable codes, one closing line."""

from __future__ import annotations

import pickle

import pytest

from groundglass.errors import ERROR_CODES, InputError, InternalError, UnavailableError, UsageError, declare


def test_the_closing_line_names_code_what_where_and_what_to_do() -> None:
    error = InputError("GRID_MISMATCH", what="shapes differ", where="lungs.nii.gz", todo="resample one")
    assert error.line() == "error GRID_MISMATCH: shapes differ, lungs.nii.gz, resample one"


def test_a_line_break_in_a_value_cannot_forge_a_second_line() -> None:
    error = InputError("GRID_MISMATCH", what="a\nerror FAKE: b", where="c\r\nd", todo="e")
    assert "\n" not in error.line()
    assert "\r" not in error.line()


@pytest.mark.parametrize(
    ("kind", "code"), [(UsageError, 2), (InputError, 3), (UnavailableError, 4), (InternalError, 1)]
)
def test_each_kind_has_its_exit_code(kind: type[InputError], code: int) -> None:
    assert kind.exit_code == code


def test_an_error_keeps_its_fields_across_a_process_boundary() -> None:
    error = InputError("GRID_MISMATCH", what="shapes differ", where="here", todo="resample", slices=3)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is InputError
    assert (again.code, again.what, again.where, again.todo) == (error.code, "shapes differ", "here", "resample")
    assert dict(again.details) == {"slices": 3}


def test_a_code_cannot_get_a_second_meaning() -> None:
    assert "GRID_MISMATCH" in ERROR_CODES
    with pytest.raises(ValueError, match="declared twice"):
        declare("GRID_MISMATCH", "something else")
