"""Whatever is handed in: no crash, nothing but valid dates, no known name left."""

from __future__ import annotations

import re
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from groundglass.deidentify.actions import TextRule
from groundglass.deidentify.dates import cleaned_time, kept_age, moved_date, moved_datetime
from groundglass.deidentify.text import Cleaner, Identifiers, reads_as_date

KNOWN = Identifiers.gather(
    [("name", "Quillfeather^Aldous=Зимородков^Аристарх=欧阳^晓峰"), ("id", "77120034"), ("date", "19570312")]
)
CLEANER = Cleaner(KNOWN)
RULES: tuple[TextRule, ...] = ("words", "technical", "meaning", "defined", "plain")
DAYS = st.integers(min_value=1, max_value=3650)
DATES = st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31))
SECRETS = st.sampled_from(
    ["Quillfeather", "QUILLFEATHER", "Зимородков", "ЗИМОРОДКОВУ", "欧阳晓峰", "77120034", "12.03.1957"]
)
AROUND = st.sampled_from(["", " ", "^", "_", ", ", "-", "CHEST ", " 1.25 ", "\u200b", "(", ")", "胸部", " мм ", "\n"])


def written(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def read(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


@given(DATES, DATES, DAYS)
def test_days_between_two_dates_stay(one: date, two: date, days: int) -> None:
    first, second = moved_date(written(one), days), moved_date(written(two), days)
    assert first is not None
    assert second is not None
    assert read(second) - read(first) == two - one
    assert one - read(first) == timedelta(days=days)


@given(DATES, DAYS, st.times(), st.sampled_from(["", "+0300", "-1200", "+1400"]))
def test_a_datetime_moves_with_its_date_and_keeps_its_time(day: date, days: int, time: object, zone: str) -> None:
    clock = re.sub(r"[:]", "", str(time))
    moved = moved_datetime(written(day) + clock + zone, days)
    assert moved == f"{moved_date(written(day), days)}{clock}{zone}"


@given(st.text(max_size=30) | st.from_regex(r"[0-9.:+\-]{1,26}", fullmatch=True), st.integers())
def test_only_valid_values_come_out(text: str, days: int) -> None:
    da, dt, tm, age = moved_date(text, days), moved_datetime(text, days), cleaned_time(text), kept_age(text, 89)
    assert da is None or written(read(da)) == da
    assert dt is None or re.fullmatch(r"[0-9]{4,14}(\.[0-9]{1,6})?([+-][0-9]{4})?", dt)
    assert tm is None or re.fullmatch(r"[0-9]{2}([0-9]{2}([0-9]{2}(\.[0-9]{1,6})?)?)?", tm)
    assert age is None or re.fullmatch(r"[0-9]{3}[DWMY]", age)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.sampled_from(RULES))
def test_no_text_breaks_the_cleaner_and_no_unseen_character_is_left(text: str, rule: TextRule) -> None:
    cleaned = CLEANER.clean(text, rule)
    assert not re.search(r"[\x00-\x08\x0b\x0e-\x1f\u200b-\u200f\u202a-\u202e\ue000-\uf8ff]", cleaned.text.strip("\0"))
    assert isinstance(reads_as_date(text), bool)
    assert isinstance(KNOWN.holds(text), bool)


@settings(max_examples=200, deadline=None)
@given(st.lists(AROUND, max_size=3), SECRETS, st.lists(AROUND, max_size=3), st.sampled_from(RULES))
def test_a_known_identifier_never_stays(before: list[str], secret: str, after: list[str], rule: TextRule) -> None:
    text = "".join(before) + secret + "".join(after)
    assert KNOWN.holds(text)
    assert not KNOWN.holds(CLEANER.clean(text, rule).text)


@settings(max_examples=200, deadline=None)
@given(DATES, st.sampled_from(["%Y%m%d", "%d.%m.%Y", "%Y-%m-%d", "%m/%d/%Y", "%d %B %Y", "%B %d, %Y", "%Y年%m月%d日"]))
def test_every_date_is_read_and_goes_by_every_rule(day: date, form: str) -> None:
    text = day.strftime(form)
    assert reads_as_date(text)
    for rule in RULES:
        assert CLEANER.clean(text, rule).text == ""
