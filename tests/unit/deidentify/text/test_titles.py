"""Names that are ordinary words, towns, rooms and high ages go where they stand as such."""

from __future__ import annotations

import pytest

from groundglass.deidentify.text import Cleaner, Identifiers
from groundglass.deidentify.text.meanings import is_known_meaning

NOBODY = Cleaner(Identifiers.gather([]))
SURNAMES = (
    "Long",
    "Small",
    "Head",
    "Hand",
    "Foot",
    "Heart",
    "Cross",
    "Field",
    "Bone",
    "Short",
    "Day",
    "Stone",
    "Best",
    "Page",
    "Case",
    "Low",
    "High",
    "Ray",
    "Gross",
    "Kern",
    "Price",
    "White",
    "Black",
    "Brown",
    "Young",
    "Grey",
    "Stern",
    "Angle",
    "May",
    "March",
    "Rose",
    "Will",
    "Mark",
    "Hill",
    "Wood",
    "Bell",
    "King",
    "Good",
    "Weiss",
    "Lang",
    "Kurz",
    "Klein",
)


@pytest.mark.parametrize(
    "form",
    [
        "Dr. {} called",
        "dr. {} said",
        "CHEST DR {}",
        "Prof. Dr. med. {} 5 mm",
        "Prof. {}^X chest",
        "chest, referred by {}",
        "seen by {}; nodule",
        "Mr. B. {}",
        "Mrs. {}-Day",
        "Herr {} chest",
        "M. {}",
        "Mme {}",
        "Sr. {}",
        "operator {}",
        "reported by: {}",
        "read by {} 1.25",
        "for patient {}",
        "Dear {}, the lung",
        "Name: {}",
        "Patient: {}",
        "д-р {}",
        "проф. {} грудь",
        "г-жа {}",
        "врач {}",
    ],
)
def test_a_title_marks_a_name_whatever_the_vocabulary_says(form: str) -> None:
    for surname in SURNAMES:
        for word in (surname, surname.upper()):
            text = form.format(word)
            assert word.casefold() not in NOBODY.clean(text, "words").text.casefold().split(), text
            assert word.casefold() not in NOBODY.clean(text, "plain").text.casefold().split(), text


@pytest.mark.parametrize("surname", ["Long", "Small", "Kern", "Price", "Gross"])
def test_surnames_that_are_words_go_at_the_end_of_a_phrase_and_before_a_caret(surname: str) -> None:
    assert NOBODY.clean(f"CT thorax for {surname}", "words").text == "CT thorax for"
    assert NOBODY.clean(f"{surname}^Grey chest", "words").text == "chest"


@pytest.mark.parametrize(
    "text",
    [
        "Head First Supine",
        "Chest^High Resolution",
        "Thorax^01_ThorRoutine (Adult)",
        "Head^Neck",
        "Patient Protocol",
        "Patient: Supine",
        "Patient position: HFS",
        "Series name: Lung",
        "Physician Name",
        "Operator Console",
        "MR Brain",
        "MS Lung 5",
        "Angle from Low to High",
        "for Biopsy",
        "in Right upper lobe",
        "Slab 10/20",
        "Thin Slab MIP 10/5",
        "Window 12/40 mm",
        "age 45",
        "95 mm",
        "95 HU",
        "phase 95",
        "100 mA",
        "table 12",
        "room temperature",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert NOBODY.clean(text, "words").text == text
    assert NOBODY.clean(text, "meaning").text == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("seen in Berlin", "berlin"),
        ("CT BERLIN", "berlin"),
        ("seen in Reading", "reading"),
        ("Room417", "417"),
        ("room 417", "417"),
        ("bed 12, chest", "12"),
        ("палата 12", "12"),
        ("12/47", "47"),
        ("chest 07/19", "19"),
        ("94 y/o f", "94"),
        ("aged 95", "95"),
        ("Age: 095Y", "95"),
        ("95-year-old woman", "95"),
        ("95 лет", "95"),
        ("95-летняя женщина", "95"),
        ("96 Jahre alt", "96"),
        ("96岁", "96"),
        ("94F", "94"),
        ("102/M", "102"),
    ],
)
def test_towns_rooms_months_of_a_year_and_high_ages_go(text: str, secret: str) -> None:
    assert secret not in NOBODY.clean(text, "words").text.casefold()


@pytest.mark.parametrize("value", ["0", "1", "12", "123", "A1", "CT1", "0001", "00"])
@pytest.mark.parametrize("kind", ["id", "accession", "phone", "address", "institution"])
def test_short_ids_are_no_sign(kind: str, value: str) -> None:
    known = Identifiers.gather([(kind, value)])
    assert not known.holds(value)
    assert not known.has_number(value)
    assert known.places(value, weak=True) == []


@pytest.mark.parametrize("meaning", ["events", "Head", "English (United States)", "Constant Angle Acquisition", "Gray"])
def test_a_public_meaning_stays_though_the_patient_is_called_like_it(meaning: str) -> None:
    called = Cleaner(Identifiers.gather([("name", f"{meaning}^Ada")]))
    assert NOBODY.clean(meaning, "meaning").text == meaning
    assert not is_known_meaning(meaning) or called.clean(meaning, "meaning").text == meaning


def test_a_program_named_by_its_repository_keeps_its_name_and_loses_the_address() -> None:
    assert NOBODY.clean("https://code.example.org/quillfeather/dcmqi.git", "technical").text == "dcmqi.git"
    assert NOBODY.clean("https://code.example.org/quillfeather/tannhofer.git", "technical").text == ""
