"""Profiles from TOML files: strict, so that a slip of the pen never weakens what is done (:func:`load_profile`)."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args, get_type_hints

from groundglass.codes import code
from groundglass.deidentify.profile import Option, PixelRules, Profile
from groundglass.deidentify.profile_file import (
    ProfileFile,
    known_keys,
    number_of,
    shown,
    string,
    strings,
    table_of,
    text_of,
    unreadable,
    wrong,
)
from groundglass.deidentify.profile_overrides import (
    PROFILE_ATTRIBUTE,
    PROFILE_CONFLICT,
    overrides_of,
    private_of,
)
from groundglass.deidentify.table.rows import attributes, beyond
from groundglass.errors import InputError, declare

PROFILE_OPTION = declare(
    "PROFILE_OPTION", "A de-identification profile asks for an option that is not known or not offered."
)
LARGEST_DAYS = 36_500
"""A hundred years; a date moved further back is no longer a date of this world (and PS3.5 DA begins in year 0001)."""
SMALLEST_DAYS = 1
"""A shift of no day is none."""
OLDEST_YEARS = (18, 120)
"""Limits of the limit: above 89 the age itself identifies in the US rule (45 CFR 164.514(b)(2)(i)(C)); ages that no
one reached are no limit, and below 18 the grade of adults would be lost."""
_NOT_OFFERED = {
    "retain-full-dates": "use retain-modified-dates: dates keep their distances from each other",
    "retain-institution-identity": "keep a list of what came from where beside the key of the project",
    "clean-recognizable-visual-features": "groundglass has no tool that removes a face; leave out head scans",
}
"""Options of PS3.15 E.3 that are not offered, and what to do instead."""
_METHODS: dict[str, str] = {
    "clean-pixel-data": "deid_pixels",
    "clean-graphics": "deid_graphics",
    "clean-structured-content": "deid_structured",
    "clean-descriptors": "deid_descriptors",
    "retain-modified-dates": "deid_modified_dates",
    "retain-patient-characteristics": "deid_patient",
    "retain-device-identity": "deid_device",
    "retain-uids": "deid_uids",
    "retain-safe-private": "deid_safe_private",
}
"""Option to the name of its code (PS3.16 CID 7050)."""


def load_profile(path: Path | None) -> Profile:
    """Read a profile.

    Parameters
    ----------
    path : Path, optional
        A TOML file; None: the default profile. A key that the file leaves out has the value of ``default.toml``.

    Returns
    -------
    Profile
        Checked: every key, tag and value is known, and nothing is weakened by accident.

    Raises
    ------
    InputError
        ``PROFILE_UNREADABLE``, ``PROFILE_KEY``, ``PROFILE_VALUE``, ``PROFILE_OPTION``, ``PROFILE_ATTRIBUTE``,
        ``PROFILE_CONFLICT``, ``PROFILE_WEAKENS``.
    """
    default = tomllib.loads((files(__package__) / "default.toml").read_text(encoding="utf-8"))
    if path is None:
        return _profile(default, default, ProfileFile("default.toml", ""))
    text = text_of(path)
    file = ProfileFile(path.name, text)
    try:
        given = tomllib.loads(text)
    except RecursionError:
        raise unreadable(file.name, "it is nested too deeply") from None
    except ValueError as error:
        raise unreadable(file.name, f"it is no TOML file ({error})") from None
    return _profile(given, default, file)


def _profile(given: Mapping[str, Any], default: Mapping[str, Any], file: ProfileFile) -> Profile:
    known_keys(given, "", file)
    tables = {name: table_of(given, name, file) for name in ("patient", "device", "dates", "pixels")}
    options = _options(given.get("options", default["options"]), file)
    patient = _keywords(tables["patient"].get("keep", default["patient"]["keep"]), "patient", _patient_choices(), file)
    device = _keywords(tables["device"].get("keep", default["device"]["keep"]), "device", _device_choices(), file)
    private = private_of(given, file)
    _agree(tables, options, patient, device, private, file)
    smallest = number_of(tables, default, "dates", "smallest_days", (SMALLEST_DAYS, LARGEST_DAYS), file)
    largest = number_of(tables, default, "dates", "largest_days", (SMALLEST_DAYS, LARGEST_DAYS), file)
    if smallest > largest:
        raise InputError(
            PROFILE_CONFLICT,
            what=f"smallest_days {smallest} is above largest_days {largest}",
            where=file.where("dates", "smallest_days"),
            todo="give the smaller number first (a missing key has its default)",
        )
    profile = Profile(
        name=string(given.get("name", default["name"]), "", "name", file),
        options=options,
        patient=patient if "retain-patient-characteristics" in options else (),
        device=device if "retain-device-identity" in options else (),
        days=(smallest, largest),
        oldest_years=number_of(tables, default, "patient", "oldest_years", OLDEST_YEARS, file),
        words=frozenset(word.casefold() for word in strings(given.get("words", default["words"]), "", "words", file)),
        private=private,
        pixels=_pixels(tables["pixels"], default["pixels"], file),
    )
    overrides, reasons = overrides_of(given, profile, file)
    return replace(profile, overrides=overrides, reasons=reasons) if overrides else profile


def _options(value: object, file: ProfileFile) -> frozenset[Option]:
    known: tuple[Option, ...] = get_args(Option)
    by_name = {str(option): option for option in known}
    found = set()
    for name in strings(value, "", "options", file):
        where = file.where("", "options")
        if name in _NOT_OFFERED:
            todo = _NOT_OFFERED[name]
            raise InputError(PROFILE_OPTION, what=f"the option {name} is not offered", where=where, todo=todo)
        if name not in by_name:
            todo = f"use of {', '.join(known)}"
            raise InputError(PROFILE_OPTION, what=f"{shown(name)} is no option", where=where, todo=todo)
        found.add(by_name[name])
    return frozenset(found)


def _patient_choices() -> frozenset[str]:
    ours = {entry.keyword for entry in beyond().values() if entry.action == "characteristic"}
    return frozenset(row.keyword for row in attributes().values() if row.retain_patient) | ours


def _device_choices() -> frozenset[str]:
    return frozenset(row.keyword for row in attributes().values() if row.retain_device)


def _keywords(value: object, section: str, choices: frozenset[str], file: ProfileFile) -> tuple[str, ...]:
    found = strings(value, section, "keep", file)
    for keyword in found:
        if keyword == "all" and len(found) > 1:
            raise InputError(
                PROFILE_CONFLICT,
                what='"all" stands beside other names',
                where=file.where(section, "keep"),
                todo='write ["all"], or the names without it',
            )
        if keyword != "all" and keyword not in choices:
            raise InputError(
                PROFILE_ATTRIBUTE,
                what=f"{shown(keyword)} is no attribute that this option keeps",
                where=file.where(section, "keep"),
                todo=f"use of {', '.join(sorted(choices))}",
            )
    return found


def _agree(
    tables: Mapping[str, Mapping[str, Any]],
    options: frozenset[Option],
    patient: Sequence[str],
    device: Sequence[str],
    private: Collection[object],
    file: ProfileFile,
) -> None:
    """Say where a part of the file has no effect, or an option nothing to work on."""
    needs: tuple[tuple[bool, Option, str, str], ...] = (
        (bool(tables["patient"].get("keep")), "retain-patient-characteristics", "patient", "keep"),
        (bool(tables["device"].get("keep")), "retain-device-identity", "device", "keep"),
        (bool(tables["dates"]), "retain-modified-dates", "dates", ""),
        (bool(private), "retain-safe-private", "private", ""),
    )
    for there, option, section, key in needs:
        if there and option not in options:
            raise InputError(
                PROFILE_CONFLICT,
                what=f"[{section}] is given, but {option} is not among the options",
                where=file.where(section, key),
                todo=f"add {option} to options, or leave [{section}] out",
            )
    for option, kept, section in (
        ("retain-patient-characteristics", patient, "patient"),
        ("retain-device-identity", device, "device"),
    ):
        if option in options and not kept:
            raise InputError(
                PROFILE_CONFLICT,
                what=f"{option} is among the options, but keep of [{section}] names nothing",
                where=file.where("", "options"),
                todo=f"name attributes in keep of [{section}], or leave {option} out",
            )


def _pixels(table: Mapping[str, Any], default: Mapping[str, Any], file: ProfileFile) -> PixelRules:
    choices = {key: get_args(hint) for key, hint in get_type_hints(PixelRules).items()}
    values: dict[str, Any] = {}
    for key, allowed in choices.items():
        value = string(table.get(key, default[key]), "pixels", key, file)
        if value not in allowed:
            raise wrong(value, "a choice", file.where("pixels", key), f"use one of {', '.join(allowed)}")
        values[key] = value
    return PixelRules(**values)


def method_codes(profile: Profile) -> tuple[tuple[str, str, str], ...]:
    """Return the items of DeidentificationMethodCodeSequence: value, scheme, meaning (PS3.16 CID 7050).

    Parameters
    ----------
    profile : Profile
        The options in force. Clean pixel data is only said where the text reader looks at images.
    """
    unsaid = {"clean-pixel-data"} if profile.pixels.read == "none" else set()
    names = ["deid_basic"]
    names += [name for option, name in _METHODS.items() if option in profile.options and option not in unsaid]
    return tuple((code(name).value, code(name).scheme, code(name).meaning) for name in names)
