"""Clinical data: strict reading, errors that name the slip."""

from __future__ import annotations

import json
import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundglass.analysis.clinical import CLINICAL_FIELDS, Clinical, parse_clinical
from groundglass.errors import InputError

WHOLE: dict[str, object] = {
    "temperature_c": 38.7,
    "respiratory_rate_per_min": 24,
    "spo2_percent": 94,
    "pao2_fio2_mmhg": 280,
    "typical_clinical_picture": True,
    "epidemiological_history": False,
    "respiratory_impairment": True,
    "respiratory_failure": False,
    "shock": False,
    "organ_failure": False,
    "in_hospital": True,
    "pregnant": False,
    "age_years": 61,
}


def test_table_of_fields_and_the_class_have_the_same_fields() -> None:
    assert [row.name for row in CLINICAL_FIELDS] == [row.name for row in fields(Clinical)] == list(WHOLE)
    assert all(row.help and row.source for row in CLINICAL_FIELDS)


def test_every_field_is_read() -> None:
    clinical = Clinical.from_mapping(WHOLE)
    assert {name: getattr(clinical, name) for name in WHOLE} == WHOLE
    assert clinical.given == tuple(WHOLE)


def test_field_that_is_null_or_left_out_is_not_given() -> None:
    clinical = parse_clinical('{"temperature_c": null, "shock": false}', "file.json")
    assert clinical.temperature_c is None
    assert clinical.given == ("shock",)
    assert Clinical.from_mapping({}) == Clinical()


def test_byte_order_mark_is_let_pass() -> None:
    assert parse_clinical('\ufeff{"spo2_percent": 97}', "file.json").spo2_percent == 97


@pytest.mark.parametrize(
    ("values", "code", "said"),
    [
        ({"temperature_c": 98.6}, "CLINICAL_IMPLAUSIBLE", "Fahrenheit"),
        ({"temperature_c": 3.87}, "CLINICAL_IMPLAUSIBLE", "25 to 44"),
        ({"spo2_percent": 0.95}, "CLINICAL_IMPLAUSIBLE", "fraction"),
        ({"spo2_percent": 101}, "CLINICAL_IMPLAUSIBLE", "30 to 100"),
        ({"pao2_fio2_mmhg": 38}, "CLINICAL_IMPLAUSIBLE", "kPa"),
        ({"pao2_fio2_mmhg": 3.8}, "CLINICAL_IMPLAUSIBLE", "as percent"),
        ({"pao2_fio2_mmhg": 55, "spo2_percent": 98}, "CLINICAL_IMPLAUSIBLE", "kPa"),
        ({"respiratory_rate_per_min": 0.3}, "CLINICAL_IMPLAUSIBLE", "per second"),
        ({"respiratory_rate_per_min": 240}, "CLINICAL_IMPLAUSIBLE", "4 to 90"),
        ({"age_years": 1961}, "CLINICAL_IMPLAUSIBLE", "year of birth"),
        ({"age_years": -1}, "CLINICAL_IMPLAUSIBLE", "0 to 125"),
        ({"age_years": 10**400}, "CLINICAL_IMPLAUSIBLE", "ten digits"),
        ({"temperature_c": math.nan}, "CLINICAL_IMPLAUSIBLE", "nan"),
        ({"temperature_c": math.inf}, "CLINICAL_IMPLAUSIBLE", "inf"),
        ({"temperature_c": "38.7"}, "CLINICAL_WRONG_TYPE", "holds a text"),
        ({"temperature_c": True}, "CLINICAL_WRONG_TYPE", "holds true or false"),
        ({"temperature_c": [38.7]}, "CLINICAL_WRONG_TYPE", "holds a list"),
        ({"shock": "yes"}, "CLINICAL_WRONG_TYPE", "true or false"),
        ({"shock": "false"}, "CLINICAL_WRONG_TYPE", "quotation marks"),
        ({"shock": 0}, "CLINICAL_WRONG_TYPE", "holds a number"),
        ({"temperature": 38.7}, "CLINICAL_UNKNOWN_FIELD", "did you mean temperature_c"),
        ({"SpO2_percent": 95}, "CLINICAL_UNKNOWN_FIELD", "did you mean spo2_percent"),
        ({"pao2_fio2_kpa": 40}, "CLINICAL_UNKNOWN_FIELD", "did you mean pao2_fio2_mmhg"),
        ({"zzz": 1}, "CLINICAL_UNKNOWN_FIELD", "the fields are temperature_c"),
    ],
)
def test_wrong_value_is_refused_with_its_field_and_a_hint(values: dict[str, object], code: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        Clinical.from_mapping(values, "option --clinical")
    assert caught.value.code == code
    assert said in str(caught.value)
    assert "option --clinical" in str(caught.value)


def test_class_itself_is_as_strict_as_a_file() -> None:
    with pytest.raises(InputError, match="Fahrenheit"):
        Clinical(temperature_c=98.6)


def test_stray_field_that_may_name_a_person_is_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        Clinical.from_mapping({"shock": False, "ZZMARKER^PATIENT": "x"})
    assert "ZZMARKER" not in str(caught.value)
    assert "at place 2" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON at line 1"),
        ("{", "not JSON"),
        ("[1]", "holds a list"),
        ("38.7", "holds a number"),
        ("null", "holds null"),
        ('{"temperature_c": NaN}', "NaN is not a number"),
        ('{"temperature_c": -Infinity}', "-Infinity is not a number"),
        ('{"shock": true, "shock": false}', "'shock' stands there twice"),
        ('{"ZZMARKER": 1, "ZZMARKER": 2}', "a field stands there twice"),
        ("[" * 30_000, "too deeply"),
        ('{"age_years": ' + "9" * 5_000 + "}", "too long"),
        (" " * 70_000, "65536 are accepted"),
    ],
)
def test_text_that_is_no_object_of_fields_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_clinical(text, "clinical.json")
    assert caught.value.code == "CLINICAL_UNREADABLE"
    assert said in caught.value.what
    assert caught.value.where == "clinical.json"


def test_number_beyond_floats_is_refused_by_its_field() -> None:
    with pytest.raises(InputError, match="temperature_c is inf"):
        parse_clinical('{"temperature_c": 1e400}', "clinical.json")


@given(
    st.dictionaries(
        st.sampled_from([*WHOLE, "other"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers()),
        max_size=6,
    )
)
def test_any_object_gives_clinical_data_or_one_of_our_errors(values: dict[str, object]) -> None:
    clinical, code = _outcome(json.dumps(values))
    if clinical is None:
        assert code.startswith("CLINICAL_")
    else:
        assert set(clinical.given) == {name for name, value in values.items() if value is not None}


@given(st.text(max_size=60))
def test_any_text_gives_clinical_data_or_one_of_our_errors(text: str) -> None:
    clinical, code = _outcome(text)
    assert clinical is not None or code.startswith("CLINICAL_")


def _outcome(text: str) -> tuple[Clinical | None, str]:
    try:
        return parse_clinical(text, "file.json"), ""
    except InputError as error:
        return None, error.code
