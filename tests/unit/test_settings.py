"""Settings come from one table and are checked."""

from __future__ import annotations

import dataclasses

import pytest

from groundglass.errors import UsageError
from groundglass.settings import SETTINGS, Settings, load_settings


def test_the_table_and_the_settings_agree() -> None:
    fields = {field.name: field.default for field in dataclasses.fields(Settings)}
    assert fields == {name: default for name, default, _ in SETTINGS}


def test_a_setting_is_read_from_the_environment() -> None:
    assert load_settings({"GROUNDGLASS_STUDY_TIMEOUT_S": "12.5"}).study_timeout_s == 12.5


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("GROUNDGLASS_STUDY_TIMEOUT", "1"),
        ("GROUNDGLASS_STUDY_TIMEOUT_S", "soon"),
        ("GROUNDGLASS_STUDY_TIMEOUT_S", "-1"),
        ("GROUNDGLASS_STUDY_TIMEOUT_S", "nan"),
        ("GROUNDGLASS_INTENDED_USE", "diagnosis"),
    ],
)
def test_an_unknown_name_or_unusable_value_is_an_error_that_names_it(key: str, value: str) -> None:
    with pytest.raises(UsageError, match=key) as caught:
        load_settings({key: value})
    assert caught.value.code == "BAD_SETTING"


def test_variables_of_others_are_left_alone() -> None:
    assert load_settings({"PATH": "/bin", "GROUNDGLASS_TEST_DATA": "x"}) == Settings()
