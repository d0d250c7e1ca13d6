"""Dates moved by whole days, times that are times, ages that are ages: nothing else comes out (PS3.5 table 6.2-1).

Every function takes what was found in an element and returns a valid value, or None where there is none: the caller
empties the element then. A name written into a DA element can therefore not pass.

A date is moved *back*: ``days`` is how many days earlier the result lies (``Keys.days``).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

_PADDING: Final = " \0\t\r\n"
_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})|([0-9]{4})[.\-/]([0-9]{2})[.\-/]([0-9]{2})")
_DATETIME: Final = re.compile(
    r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?)?))?)?)?([+-][0-9]{4})?"
)
_TIME: Final = re.compile(r"([0-9]{2})(?::?([0-9]{2})(?::?([0-9]{2})(?:\.([0-9]{1,9}))?)?)?")
_AGE: Final = re.compile(r"([0-9]{1,3})([DWMYdwmy])")

DAYS_OF_A_YEAR: Final = 365.25
"""Mean year of the Julian calendar; an age of 999 days or weeks need not be known better."""

_PER_YEAR: Final = {"D": DAYS_OF_A_YEAR, "W": DAYS_OF_A_YEAR / 7, "M": 12.0, "Y": 1.0}
_MIDDLE_MONTH: Final = 7
_MIDDLE_DAY: Final = 15
_CACHED: Final = 4096


@lru_cache(maxsize=_CACHED)
def moved_date(da: str, days: int) -> str | None:
    """Return a date that lies ``days`` days earlier.

    Parameters
    ----------
    da : str
        One value of a DA element; the form of ACR-NEMA (``1999.03.17``), with other separators too, is read.
    days : int
        How many days earlier; a negative number moves forward.

    Returns
    -------
    str or None
        ``YYYYMMDD``; None for a range, no date, or a result before the year 1 or after 9999.

    References
    ----------
    PS3.5 table 6.2-1 (DA); PS3.15 E.3.6.
    """
    found = _DATE.fullmatch(da.strip(_PADDING))
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part)
    moved = _back(year, month, day, days)
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}" if moved else None


@lru_cache(maxsize=_CACHED)
def moved_datetime(dt: str, days: int) -> str | None:
    """Return a date and time that lies ``days`` days earlier, in the precision that it had.

    The time of day, its fraction and the zone stay as they are. A value that names only a year or a year and month
    cannot be moved by days: the middle of it is moved (15 July, the 15th) and cut to the same precision again, so that
    it is up to a year or a month off against the patient's other dates.

    Parameters
    ----------
    dt : str
        One value of a DT element; a date as :func:`moved_date` reads it is taken as well.
    days : int
        How many days earlier; a negative number moves forward.

    Returns
    -------
    str or None
        A valid DT; None for anything that is none, and for a zone outside -1200 to +1400.

    References
    ----------
    PS3.5 table 6.2-1 (DT).
    """
    text = dt.strip(_PADDING)
    found = _DATETIME.fullmatch(text)
    if found is None:
        return moved_date(text, days)
    year, month, day, time, zone = found.groups()
    if (time and _clock(time[:2], time[2:4], time[4:6]) is None) or (zone and not _is_zone(zone)):
        return None
    moved = _back(int(year), int(month or _MIDDLE_MONTH), int(day or _MIDDLE_DAY), days)
    if moved is None:
        return None
    parts = f"{moved.year:04d}", f"{moved.month:02d}" if month else "", f"{moved.day:02d}" if day else ""
    return "".join(parts) + (time or "") + (zone or "")


@lru_cache(maxsize=_CACHED)
def cleaned_time(tm: str) -> str | None:
    """Return a time of day as it was, or None where the value is no time.

    Parameters
    ----------
    tm : str
        One value of a TM element; colons of ACR-NEMA are taken out, a fraction is cut to six figures.

    Returns
    -------
    str or None
        ``HH``, ``HHMM``, ``HHMMSS`` or ``HHMMSS.F``; None for a range or anything else.

    References
    ----------
    PS3.5 table 6.2-1 (TM).
    """
    found = _TIME.fullmatch(tm.strip(_PADDING))
    if found is None:
        return None
    hours, minutes, seconds, fraction = (part or "" for part in found.groups())
    clock = _clock(hours, minutes, seconds)
    if clock is None:
        return None
    return f"{clock}.{fraction[:6]}" if fraction else clock


def kept_age(value: str, oldest_years: int) -> str | None:
    """Return an age, or the limit where it lies above.

    Parameters
    ----------
    value : str
        One value of an AS element (``039Y``); missing leading zeros and small letters are mended.
    oldest_years : int
        Ages above become this one; days, weeks and months are compared as well.

    Returns
    -------
    str or None
        A valid AS; None for anything else.

    References
    ----------
    PS3.5 table 6.2-1 (AS); 45 CFR 164.514(b)(2)(i)(C), ages over 89.
    """
    found = _AGE.fullmatch(value.strip(_PADDING))
    if found is None:
        return None
    number, unit = int(found[1]), found[2].upper()
    if number / _PER_YEAR[unit] > oldest_years:
        return f"{oldest_years:03d}Y"
    return f"{number:03d}{unit}"


def _back(year: int, month: int, day: int, days: int) -> date | None:
    try:
        return date(year, month, day) - timedelta(days=days)
    except (ValueError, OverflowError):
        return None


def _clock(hours: str, minutes: str, seconds: str) -> str | None:
    """Return the digits if they are a time of day; second 60 is a leap second."""
    if int(hours) > 23 or int(minutes or 0) > 59 or int(seconds or 0) > 60:
        return None
    return hours + minutes + seconds


def _is_zone(zone: str) -> bool:
    minutes = int(zone[1:3]) * 60 + int(zone[3:5])
    if int(zone[3:5]) > 59 or zone == "-0000":
        return False
    return minutes <= (12 if zone[0] == "-" else 14) * 60
