"""What is known of a patient is found in every dress, and nothing trivial sets it off."""

from __future__ import annotations

import pickle
import time

import pytest

from groundglass.deidentify.text import Identifiers, numeric_suspicious

KNOWN = Identifiers.gather(
    [
        ("name", "Zimorodkov^Aristarkh^Fedotovich=Зимородков^Аристарх^Федотович=欧阳^晓峰"),
        ("name", "Müllersdorfer^Jörg^^Dr."),
        ("id", "00471203"),
        ("id", "QX-0417"),
        ("accession", "ACC20884413"),
        ("date", "19570312"),
        ("institution", "City Hospital No 7 Gnatsville"),
        ("address", "ул. Берёзовая, д. 15, Заозёрск, 163000"),
        ("phone", "+7 (916) 555-01-23"),
        ("other", "zimorodok@mail.example"),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "ZIMORODKOV",
        "zimorodkov_a",
        "Zimorodkow",
        "Zimorodkoff",
        "ЗИМОРОДКОВ",
        "Зимородкову А.Ф.",
        "Зимородковым",
        "З и м о р о д к о в",
        "Зимopoдкoв",
        "Зимо\u200bрод\u00adков",
        "Aristarh Z.",
        "Aristarkh",
        "Çèìîðîäêîâ",
        "ChestZimorodkov2020",
        "欧阳晓峰",
        "欧阳 晓峰 胸部",
        "MUELLERSDORFER",
        "Mullersdorfer",
        "Joerg",
        "471203",
        "0000471203",
        "A471203-2",
        "47 12 03",
        "qx0417",
        "QX 0417",
        "acc 20884413",
        "20884413",
        "19570312",
        "12.03.1957",
        "03/12/57",
        "12 March 1957",
        "12 марта 1957 г.",
        "1957年3月12日",
        "Gnatsville",
        "GNATSVILLE CT 2",
        "Берёзовая",
        "Berezovaya",
        "Заозерск",
        "163000",
        "9165550123",
        "8 916 555 01 23",
        "555-01-23",
        "zimorodok mail example",
    ],
)
def test_it_is_found(text: str) -> None:
    assert KNOWN.holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CHEST",
        "Thorax 1.0 B70f",
        "City Hospital",
        "7",
        "15",
        "0417",
        "1957",
        "GE MEDICAL SYSTEMS",
        "DR",
        "胸部平扫",
        "512\\512",
        "0.748046875",
        "ISO_IR 192",
        "1.2.840.10008.5.1.4.1.1.2",
        "ORIGINAL\\PRIMARY\\AXIAL",
        "ОГК 1.0 легочное окно",
    ],
)
def test_it_is_not_found_where_it_is_not(text: str) -> None:
    assert not KNOWN.holds(text)


def test_a_name_that_is_a_word_of_protocols_does_not_empty_every_header_but_goes_with_its_neighbour() -> None:
    known = Identifiers.gather([("name", "Lung^Brackenbury"), ("id", "1"), ("id", "CHEST"), ("name", "Li^Na")])
    assert not known.holds("LUNG 1.25")
    assert not known.holds("CHEST")
    assert not known.holds("1")
    assert not known.holds("Na 140")
    assert known.holds("Lung Brackenbury")
    assert known.holds("Li Na")
    assert known.holds("LINA")


def test_a_name_of_three_letters_counts_as_a_whole_value() -> None:
    known = Identifiers.gather([("name", "Kim^Odile")])
    assert known.holds("KIM")
    assert known.holds("Kim O.")
    assert not known.holds("kim 1.0")


def test_placeholders_are_no_names() -> None:
    assert not Identifiers.gather([("name", "ANONYMOUS^PATIENT"), ("id", "TEST"), ("institution", "Hospital")])


def test_identifiers_of_two_gatherings_join_and_travel() -> None:
    one = Identifiers.gather([("name", "Quillfeather")])
    two = Identifiers.gather([("id", "884412")])
    both = one | two
    assert both.holds("quillfeather")
    assert both.holds("884412")
    assert pickle.loads(pickle.dumps(both)) == both
    assert hash(both) == hash(two | one)


def test_it_never_shows_what_it_knows() -> None:
    assert "zimorodkov" not in repr(KNOWN).lower()


@pytest.mark.parametrize(
    ("value", "suspicious"),
    [
        (b"471203", True),
        ("471203.0 ", True),
        (b"1\\2\\471203", True),
        ("20200317", True),
        ("19570312.0", True),
        ("0.748\\0.748", False),
        ("-120.5", False),
        ("1024", False),
        ("120000", False),
        ("100000.5", False),
        ("ZIMORODKOV", True),
        ("", False),
    ],
)
def test_a_number_is_suspicious_if_it_is_an_id_or_a_date(value: bytes | str, suspicious: bool) -> None:
    assert numeric_suspicious(value, KNOWN) is suspicious


def test_repeated_values_cost_next_to_nothing() -> None:
    KNOWN.holds("Thorax 1.0 B70f")
    start = time.perf_counter()
    for _ in range(10_000):
        KNOWN.holds("Thorax 1.0 B70f")
    # 0.1 us each on the machine of record; the limit leaves room for a busy one
    assert time.perf_counter() - start < 0.1
