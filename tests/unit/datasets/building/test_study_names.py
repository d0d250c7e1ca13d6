"""Names of studies, patients and sites in a set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from groundglass.datasets.building.naming import numbered, patient_id, sites, study_key
from groundglass.datasets.members import About, Inventory, Member
from groundglass.deidentify.keys import Keys

KEYS, OTHER = Keys(b"k" * 32), Keys(b"o" * 32)


def member(key: str, grade: str | None = "CT-1", masked: bool = False, study_id: str = "") -> Member:
    return Member(study_id=study_id, study_key=key, grade=grade, lesion_ml=1.0 if masked else None)


def version(*members: Member, withdrawn: tuple[str, ...] = ()) -> Inventory:
    return Inventory(Path("set"), "mosmed", members, About(withdrawn=withdrawn))


def test_the_same_study_has_one_name_in_all_versions_of_a_set_and_another_in_another_set() -> None:
    assert study_key(KEYS, "set", "1.2.3") == study_key(KEYS, "set", "1.2.3")
    assert (
        len({study_key(KEYS, "set", "1.2.3"), study_key(KEYS, "other", "1.2.3"), study_key(OTHER, "set", "1.2.3")}) == 3
    )
    assert patient_id(KEYS, "set", "1.2.3") != study_key(KEYS, "set", "1.2.3")


def test_numbers_follow_grade_then_mask_then_the_keyed_name() -> None:
    given = [
        member("d", "CT-1"),
        member("c", "CT-1", True),
        member("b", "CT-0"),
        member("a", "CT-1"),
        member("e", None),
    ]
    assert [(each.study_id, each.study_key) for each in numbered(given)] == [
        ("study_0001", "b"),
        ("study_0002", "c"),
        ("study_0003", "a"),
        ("study_0004", "d"),
        ("study_0005", "e"),
    ]


def test_numbers_do_not_depend_on_the_order_in_which_studies_come() -> None:
    given = [member(letter) for letter in "abcdef"]
    assert numbered(given) == numbered(list(reversed(given)))


def test_a_study_of_the_version_before_keeps_its_number_whatever_its_grade_is_now() -> None:
    first = numbered([member("a", "CT-0"), member("b", "CT-1")])
    second = numbered([member("a", "CT-3"), member("b", "CT-1"), member("c", "CT-0")], version(*first))
    assert {each.study_key: each.study_id for each in second} == {
        "a": "study_0001",
        "b": "study_0002",
        "c": "study_0003",
    }


def test_the_number_of_a_withdrawn_study_is_never_given_again() -> None:
    first = numbered([member(letter) for letter in "abc"])
    gone = version(*first[:2], withdrawn=("study_0003",))
    assert numbered([member("a"), member("x")], gone)[1].study_id == "study_0004"
    assert numbered([member("a"), member("x")], version(*first))[1].study_id == "study_0004"


def test_sets_of_more_than_9999_studies_stay_in_order() -> None:
    names = [each.study_id for each in numbered([member(f"{n:05d}") for n in range(10_001)])]
    assert names[9_998:] == ["study_9999", "study_10000", "study_10001"]


def test_sites_are_numbered_by_the_key_and_not_by_the_alphabet() -> None:
    organisations = {"s1": "Alpha Clinic", "s2": "Beta Clinic", "s3": "Gamma Clinic", "s4": "  alpha  CLINIC", "s5": ""}
    found = sites(organisations, KEYS, "set", None)
    assert found["s1"] == found["s4"]
    assert "s5" not in found
    assert set(found.values()) == {"site-1", "site-2", "site-3"}
    orders = {
        tuple(sites(organisations, Keys(bytes([n]) * 32), "set", None)[s] for s in ("s1", "s2", "s3"))
        for n in range(30)
    }
    assert len(orders) > 3


def test_sites_of_the_version_before_keep_their_numbers() -> None:
    before = version(replace(member("s1", study_id="study_0001"), site="site-2"))
    found = sites({"s1": "Alpha Clinic", "s2": "Beta Clinic", "s3": "Alpha Clinic"}, KEYS, "set", before)
    assert found == {"s1": "site-2", "s2": "site-3", "s3": "site-2"}
