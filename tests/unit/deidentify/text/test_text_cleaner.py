"""Each rule takes out what it should and no more."""

from __future__ import annotations

import pickle
import time

import pytest

from groundglass.deidentify.actions import TextRule
from groundglass.deidentify.text import Cleaned, Cleaner, Identifiers

NOBODY = Cleaner(Identifiers.gather([]))
KNOWN = Cleaner(
    Identifiers.gather([("name", "Brackenbury^Odile"), ("name", "Stone^Ada"), ("id", "884412"), ("date", "19570312")])
)


@pytest.mark.parametrize(
    ("rule", "text", "after"),
    [
        ("words", "Brackenbury O. CHEST 2.0", "CHEST 2.0"),
        ("words", "CHEST (Brackenbury) 2.0", "CHEST 2.0"),
        ("words", "Stone protocol", "protocol"),
        ("words", "lung_Tannhofer_5mm", "lung 5mm"),
        ("words", "QX-0417 thorax", "thorax"),
        ("words", "Ward 4, chest", "4, chest"),
        ("words", "no effusion\r\nXqwerty\r\nlung", "no effusion\nlung"),
        ("words", "Chest 1957 male", "Chest male"),
        ("technical", "SIEMENS IVANOV", "SIEMENS"),
        ("technical", "City Hospital 7", ""),
        ("technical", "B30s", "B30s"),
        ("technical", "syngo CT 2012B 884412", "syngo CT 2012B"),
        ("technical", "VG80B 20190413", "VG80B"),
        ("meaning", "Ground glass opacity", "Ground glass opacity"),
        ("meaning", "Basic Application Confidentiality Profile", "Basic Application Confidentiality Profile"),
        ("meaning", "Thorax of Tannhofer", "Thorax of"),
        ("defined", "CHEST", "CHEST"),
        ("defined", "BRACKENBURY", ""),
        ("defined", "20190413", ""),
        ("defined", "TANNHOFER", ""),
        ("defined", "ЛЁГКИЕ", ""),
        ("plain", "Seen by Brackenbury, O. on 12.03.1957; lung clear", "Seen by on ; lung clear"),
        ("plain", "Some other free words 120 kV", "Some other free words 120 kV"),
        ("plain", "call +7 916 555-01-23 or a@b.example", "call or"),
        ("plain", "Иванова Т.П. описала лёгкие", "описала лёгкие"),
        ("plain", "card AB1234567", "card"),
    ],
)
def test_rule(rule: TextRule, text: str, after: str) -> None:
    assert KNOWN.clean(text, rule).text == after


def test_a_person_name_leaves_nothing() -> None:
    assert NOBODY.clean("Lung^CT", "words", vr="PN") == Cleaned("", ("name",))


def test_what_nobody_sees_goes_first() -> None:
    cleaned = NOBODY.clean("CH\x00EST\u202e 1.25\x1b$B", "words")
    assert cleaned == Cleaned("CHEST 1.25", ("unseen",))


def test_a_clean_text_comes_back_as_it_was() -> None:
    text = "ThorRoutine  2.0\r\n D40s "
    assert NOBODY.clean(text, "words") == Cleaned(text, ())


def test_reasons_never_hold_the_words() -> None:
    cleaned = KNOWN.clean("Dr. Tannhofer, 884412, 13.04.2019, a@b.example, Brackenbury", "words")
    assert cleaned.text == ""
    assert set(cleaned.removed) <= {"name", "id", "identifier", "date", "email", "unknown-word", "number"}


def test_words_of_the_profile_stay() -> None:
    assert NOBODY.clean("Kryptonit chest", "words").text == "chest"
    assert (
        Cleaner(Identifiers.gather([]), words=frozenset({"Kryptonit"})).clean("KRYPTONIT chest", "words").removed == ()
    )


@pytest.mark.parametrize(
    ("keyword", "term", "other"),
    [
        ("PhotometricInterpretation", "MONOCHROME2", "XQWERTY"),
        ("PatientPosition", "HFS", "19770720"),
        ("PatientOrientation", "AL", "DESADISET"),
        ("MappingResource", "DCMR", "99CITYHOSPITAL"),
        ("ContextIdentifier", "6201", "VUDIPETEN"),
        ("ValueType", "NUM", "DORUSESUN"),
        ("RelationshipType", "HAS OBS CONTEXT", "SIRIVELOS"),
        ("LossyImageCompressionMethod", "ISO_10918_1", "Dr. Fukuvirik"),
        ("Modality", "CT", "BRACKENBURY"),
    ],
)
def test_structure_of_the_object_is_a_term_of_the_standard(keyword: str, term: str, other: str) -> None:
    assert NOBODY.clean(term, "defined", keyword=keyword).text == term
    assert NOBODY.clean(other, "defined", keyword=keyword).text == ""


def test_open_terms_are_words_of_the_vocabulary() -> None:
    assert NOBODY.clean("XQWERTY", "defined", keyword="BodyPartExamined").text == ""


def test_a_cleaner_travels_to_workers() -> None:
    again = pickle.loads(pickle.dumps(KNOWN))
    assert again.clean("Brackenbury chest", "words") == KNOWN.clean("Brackenbury chest", "words")


@pytest.mark.parametrize(
    "piece", ["a.", "1-", "王", "胸部", "Aa-", "www.", "Иванов ", "Mar 1 ", "12.03.1957 ", "A. ", "/a", "1 ", "(", "é"]
)
def test_no_text_is_so_odd_that_it_takes_long(piece: str) -> None:
    start = time.perf_counter()
    for rule in ("words", "plain"):
        KNOWN.clean(piece * (3000 // len(piece)), "words" if rule == "words" else "plain")
    # below 0.3 s each; what grows with the square of the length took minutes
    assert time.perf_counter() - start < 3
