"""What follows from a project's key."""

from __future__ import annotations

import re
import uuid

from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from groundglass.deidentify.keys import Keys

OURS, THEIRS = Keys(b"\x01" * 32), Keys(b"\x02" * 32)


@given(st.text())
def test_a_uid_is_valid_the_same_each_time_and_another_one_in_another_project(uid: str) -> None:
    made = OURS.uid(uid)
    assert UID(made).is_valid
    assert len(made) <= 64
    assert OURS.uid(uid) == made != THEIRS.uid(uid)


@given(st.text())
def test_the_integer_of_a_uid_is_a_uuid_of_version_8(uid: str) -> None:
    number = uuid.UUID(int=int(OURS.uid(uid).removeprefix("2.25.")))
    assert number.version == 8
    assert number.variant == uuid.RFC_4122


@given(st.text(), st.integers(1, 32))
def test_a_name_holds_capital_letters_and_figures_that_nobody_confuses(value: str, length: int) -> None:
    assert re.fullmatch(rf"[A-HJ-NP-Z2-9]{{{length}}}", OURS.name("file", value, length))


@given(st.text(), st.integers(1, 400), st.integers(0, 4000))
def test_days_lie_within_their_limits_and_depend_on_the_patient_alone(patient: str, low: int, width: int) -> None:
    days = OURS.days(patient, low, low + width)
    assert low <= days <= low + width
    assert OURS.days(patient, low, low + width) == days


def test_kinds_do_not_share_their_names() -> None:
    assert OURS.name("study", "1.2.3") != OURS.name("series", "1.2.3")
    assert OURS.digest("ab", "c") != OURS.digest("a", "bc")


def test_the_secret_is_not_printed() -> None:
    assert "x01" not in repr(OURS)
