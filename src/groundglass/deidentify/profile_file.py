"""One profile file: its text, its places for messages, and its values checked for kind and range."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from groundglass.errors import InputError, declare

PROFILE_UNREADABLE = declare("PROFILE_UNREADABLE", "A de-identification profile cannot be read, or is no TOML file.")
PROFILE_KEY = declare("PROFILE_KEY", "A de-identification profile has a key that is not known or not complete.")
PROFILE_VALUE = declare("PROFILE_VALUE", "A value of a de-identification profile is of the wrong kind or out of range.")
LARGEST_PROFILE_BYTES = 262_144
"""A profile of every attribute of the table by hand has some 60 KiB; four times that is no profile."""
MOST_ENTRIES = 10_000
"""Entries of one list; the whole dictionary has some 5,100 attributes."""

LONGEST_STRING = 256
"""Letters of one string of a profile; four times the 64 of a long string of DICOM (PS3.5 section 6.2)."""
_SECTIONS: dict[str, tuple[str, ...]] = {
    "": ("name", "options", "words", "patient", "device", "dates", "pixels", "private", "override"),
    "patient": ("keep", "oldest_years"),
    "device": ("keep",),
    "dates": ("smallest_days", "largest_days"),
    "pixels": ("captures", "images", "read", "documents"),
    "private": ("creator", "group", "element"),
    "override": ("attribute", "action", "allow", "reason"),
}
_LINES_OF_TABLE = {"private": "[[private]]", "override": "[[override]]"}


class ProfileFile:
    """What is being read, for the messages."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines = text.splitlines()

    def where(self, section: str, key: str = "", number: int = 0) -> str:
        """Name the place: file, line where it is found, key."""
        shown = f"{section}.{key}" if section and key else section or key
        line = self._line(section, key, number)
        return f"{self.name}{f' line {line}' if line else ''}{f', {shown}' if shown else ''}"

    def _line(self, section: str, key: str, number: int) -> int:
        found = self._found
        places = (section, number, key), (section, number, ""), ("", 0, f"{section}.{key}"), ("", 0, section)
        return next((found[place] for place in places if place in found), 0)

    @cached_property
    def _found(self) -> dict[tuple[str, int, str], int]:
        """First line of every (section, number of its table, key); the root is the section without a name."""
        found: dict[tuple[str, int, str], int] = {}
        seen: Counter[str] = Counter()
        current, count = "", 0
        for index, line in enumerate(self._lines, start=1):
            bare = line.split("#")[0].strip()
            if bare.startswith("[") and "=" not in bare:
                current = bare.strip("[] \t").strip("\"'")
                count = seen[current]
                seen[current] += 1
                found.setdefault((current, count, ""), index)
                continue
            name, equals, _ = bare.partition("=")
            if equals:
                found.setdefault((current, count if current else 0, name.strip().strip("\"'")), index)
        return found


def unreadable(name: str, why: str) -> InputError:
    """Return the error for a file that cannot be read at all."""
    return InputError(
        PROFILE_UNREADABLE,
        what=f"the profile cannot be read: {why}",
        where=name,
        todo="give a TOML file as the docs say",
    )


def text_of(path: Path) -> str:
    """Return the text of a file."""
    name = path.name.replace("\0", "?") or str(path)
    try:
        if not path.is_file():
            path.stat()
            raise unreadable(name, "it is no file")
        with path.open("rb") as stream:
            data = stream.read(LARGEST_PROFILE_BYTES + 1)
    except OSError as error:
        raise unreadable(name, (error.strerror or "it cannot be opened").lower()) from None
    except ValueError:
        raise unreadable(name, "its name holds a byte that no name may have") from None
    if len(data) > LARGEST_PROFILE_BYTES:
        raise unreadable(name, f"it is larger than {LARGEST_PROFILE_BYTES} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable(name, "it is not text in UTF-8") from None


def shown(value: object) -> str:
    """Return a value short enough for a message."""
    text = str(value) if not isinstance(value, int) or abs(value) < 10**12 else "a huge number"
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def wrong(value: object, wanted: str, where: str, todo: str) -> InputError:
    """Return the error for one value."""
    kind = {bool: "true/false", int: "a number", float: "a fraction", str: "a string", list: "a list", dict: "a table"}
    what = shown(value) if isinstance(value, (str, int, float)) else kind.get(type(value), "a date or time")
    return InputError(PROFILE_VALUE, what=f"{what} is not {wanted}", where=where, todo=todo)


def known_keys(table: Mapping[str, Any], section: str, file: ProfileFile, number: int = 0) -> None:
    """Refuse keys that the section does not have."""
    for key in table:
        if key not in _SECTIONS[section]:
            raise InputError(
                PROFILE_KEY,
                what=f"{shown(key)} is no key of a profile",
                where=file.where(section, key, number),
                todo=f"use one of {', '.join(_SECTIONS[section])}",
            )


def table_of(given: Mapping[str, Any], name: str, file: ProfileFile) -> Mapping[str, Any]:
    """Return a section, empty where the file does not have it."""
    table = given.get(name, {})
    if not isinstance(table, dict):
        raise wrong(table, "a table", file.where("", name), f"write [{name}] and its keys below")
    known_keys(table, name, file)
    return table


def string(value: object, section: str, key: str, file: ProfileFile, number: int = 0) -> str:
    """Return a value that is one printable line."""
    where = file.where(section, key, number)
    if not isinstance(value, str):
        raise wrong(value, "a string", where, "write it between quotation marks")
    if not value.strip() or len(value) > LONGEST_STRING or not value.isprintable():
        raise wrong(value, "a line of words", where, f"give 1 to {LONGEST_STRING} printable characters")
    return value


def strings(value: object, section: str, key: str, file: ProfileFile) -> tuple[str, ...]:
    """Return a value that is a list of such lines, each once."""
    where = file.where(section, key)
    if not isinstance(value, list):
        raise wrong(value, "a list", where, 'write it as ["one", "two"]')
    if len(value) > MOST_ENTRIES:
        raise wrong("a list that long", "a list of this file", where, f"give at most {MOST_ENTRIES} entries")
    found = tuple(string(entry, section, key, file) for entry in value)
    twice = [entry for entry, count in Counter(found).items() if count > 1]
    if twice:
        raise wrong(twice[0], "named once", where, "name it once")
    return found


def number_of(
    tables: Mapping[str, Mapping[str, Any]],
    default: Mapping[str, Any],
    section: str,
    key: str,
    limits: tuple[int, int],
    file: ProfileFile,
) -> int:
    """Return a whole number within limits."""
    value = tables[section].get(key, default[section][key])
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(value, "a whole number", file.where(section, key), "write a number without quotation marks")
    if not limits[0] <= value <= limits[1]:
        todo = f"give a number from {limits[0]} to {limits[1]}"
        raise wrong(value, "in range", file.where(section, key), todo)
    return value


def entries_of(
    given: Mapping[str, Any], name: str, needed: tuple[str, ...], file: ProfileFile
) -> list[Mapping[str, Any]]:
    """Return the tables of a list of tables, each with the keys that it needs."""
    entries = given.get(name, [])
    header = _LINES_OF_TABLE[name]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise wrong(entries, "a list of tables", file.where(name), f"write {header} and the keys below")
    if len(entries) > MOST_ENTRIES:
        raise wrong("a list that long", "a list of this file", file.where(name), f"give at most {MOST_ENTRIES}")
    for number, entry in enumerate(entries):
        known_keys(entry, name, file, number)
        for key in needed:
            if key not in entry:
                raise InputError(
                    PROFILE_KEY,
                    what=f"{header} has no {key}",
                    where=file.where(name, "", number),
                    todo=f"give {', '.join(needed)}",
                )
    return entries
