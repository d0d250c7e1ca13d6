"""Parts of a profile that name single attributes: overrides, further safe private ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydicom.datadict import tag_for_keyword

from groundglass.deidentify.actions import Action
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.profile_file import ProfileFile, entries_of, shown, string, wrong
from groundglass.deidentify.table.lookup import keyword_of, vr_of
from groundglass.deidentify.table.rows import attributes, fixed
from groundglass.deidentify.table.rules import Rules
from groundglass.errors import InputError, declare

PROFILE_ATTRIBUTE = declare(
    "PROFILE_ATTRIBUTE", "A de-identification profile names an attribute that is not known or may not be kept."
)
PROFILE_CONFLICT = declare("PROFILE_CONFLICT", "Two parts of a de-identification profile contradict each other.")
PROFILE_WEAKENS = declare(
    "PROFILE_WEAKENS", "A de-identification profile weakens the table without allow = true and a reason."
)

_LEFT = {
    Action.REMOVE: 0,
    Action.EMPTY: 0,
    Action.DUMMY: 0,
    Action.PSEUDONYM: 0,
    Action.UID: 0,
    Action.AGE: 1,
    Action.DATE: 1,
    Action.TEXT: 1,
    Action.GRAPHICS: 1,
    Action.KEEP: 2,
}
"""How much of a value an action leaves: 0 nothing, 1 a part, 2 all."""
_BY_VR = {
    Action.UID: frozenset({"UI"}),
    Action.DATE: frozenset({"DA", "DT"}),
    Action.TEXT: frozenset({"LO", "SH", "ST", "LT", "UC", "UT", "CS"}),
}
"""Value representations for which an action means anything."""
_CHOICES = (Action.KEEP, Action.REMOVE, Action.EMPTY, Action.DUMMY, Action.UID, Action.DATE, Action.TEXT)
LONGEST_CREATOR = 64
"""Letters of a private creator, a long string (PS3.5 section 6.2)."""
_NO_PRIVATE_GROUPS = frozenset({0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF})
"""Odd groups that are not for private attributes (PS3.5 section 7.8)."""
_FIGURES = frozenset("0123456789abcdefABCDEF")
_CT = "1.2.840.10008.5.1.4.1.1.2"


def private_of(given: Mapping[str, Any], file: ProfileFile) -> frozenset[tuple[str, int, int]]:
    """Return the safe private attributes that the profile adds."""
    found: set[tuple[str, int, int]] = set()
    for number, entry in enumerate(entries_of(given, "private", ("creator", "group", "element"), file)):
        creator = string(entry["creator"], "private", "creator", file, number)
        if creator != creator.strip() or len(creator) > LONGEST_CREATOR or not creator.isascii() or "\\" in creator:
            where = file.where("private", "creator", number)
            todo = f"give at most {LONGEST_CREATOR} ASCII characters without a backslash (PS3.5 section 7.8.1)"
            raise wrong(creator, "a private creator", where, todo)
        group = _hexadecimal(entry["group"], "group", 4, file, number)
        element = _hexadecimal(entry["element"], "element", 2, file, number)
        if group % 2 == 0 or group in _NO_PRIVATE_GROUPS:
            where = file.where("private", "group", number)
            raise wrong(entry["group"], "a private group", where, "give an odd group above 0008")
        if (creator, group, element) in found:
            where = file.where("private", "", number)
            raise InputError(
                PROFILE_CONFLICT, what="the same private attribute stands twice", where=where, todo="name it once"
            )
        found.add((creator, group, element))
    return frozenset(found)


def _hexadecimal(value: object, key: str, length: int, file: ProfileFile, number: int) -> int:
    where = file.where("private", key, number)
    todo = f'give {length} hexadecimal figures between quotation marks, such as "{"0019" if length == 4 else "23"}"'
    if not isinstance(value, str) or len(value) != length or any(c not in _FIGURES for c in value):
        raise wrong(value, f"a number of {length} hexadecimal figures", where, todo)
    return int(value, 16)


def overrides_of(
    given: Mapping[str, Any], profile: Profile, file: ProfileFile
) -> tuple[dict[int, Action], dict[int, str]]:
    """Return the actions that the profile chooses itself, by tag, and the reasons that it gives."""
    found: dict[int, Action] = {}
    reasons: dict[int, str] = {}
    rules = Rules(profile)
    names = {str(action): action for action in _CHOICES}
    for number, entry in enumerate(entries_of(given, "override", ("attribute", "action"), file)):
        tag, keyword, vr = _attribute(entry["attribute"], file, number)
        name = string(entry["action"], "override", "action", file, number)
        where = file.where("override", "action", number)
        if name not in names:
            raise wrong(name, "an action", where, f"use one of {', '.join(names)}")
        action = names[name]
        if tag in found:
            where = file.where("override", "attribute", number)
            raise InputError(PROFILE_CONFLICT, what=f"{keyword} stands twice", where=where, todo="give it one action")
        if action in _BY_VR and vr not in _BY_VR[action]:
            raise wrong(name, f"an action for {keyword} ({vr})", where, "use remove, empty or dummy")
        if "allow" in entry and not isinstance(entry["allow"], bool):
            raise wrong(entry["allow"], "true or false", file.where("override", "allow", number), "write true")
        _not_weaker(entry, tag, action, rules.decide(tag, vr, sop_class=_CT).action, file, number)
        found[tag] = action
        if "reason" in entry:
            reasons[tag] = string(entry["reason"], "override", "reason", file, number)
    return found, reasons


def _attribute(value: object, file: ProfileFile, number: int) -> tuple[int, str, str]:
    """Return tag, keyword and value representation of a keyword or a tag in figures."""
    where = file.where("override", "attribute", number)
    text = string(value, "override", "attribute", file, number).strip()
    figures = text.strip("()").replace(",", "")
    tag = int(figures, 16) if len(figures) == 8 and set(figures) <= _FIGURES else tag_for_keyword(text)
    by_keyword = {row.keyword: row for row in attributes().values() if row.tag.isalnum() and "X" not in row.tag}
    if tag is None and text in by_keyword and by_keyword[text].tag != "PRIVATE":
        tag = int(by_keyword[text].tag, 16)
    if tag is not None and tag >> 16 & 1:
        todo = "private attributes go; what is safe can be named in [[private]] with retain-safe-private"
        raise InputError(PROFILE_ATTRIBUTE, what=f"{shown(text)} is a private attribute", where=where, todo=todo)
    keyword = "" if tag is None else keyword_of(tag)
    if tag is None or not keyword:
        todo = "give a keyword of PS3.6 such as ProtocolName, or a tag such as 0018,1030"
        raise InputError(PROFILE_ATTRIBUTE, what=f"{shown(text)} is no attribute", where=where, todo=todo)
    if fixed().get(keyword) == "unchangeable" or tag >> 16 in (0x0000, 0x0002, 0x0004):
        todo = "leave it out: the object would be unreadable, or its record of de-identification wrong"
        raise InputError(PROFILE_ATTRIBUTE, what=f"the action of {keyword} cannot be changed", where=where, todo=todo)
    return int(tag), keyword, vr_of(int(tag))


def _not_weaker(
    entry: Mapping[str, Any], tag: int, action: Action, usual: Action, file: ProfileFile, number: int
) -> None:
    keyword = keyword_of(tag)
    if (fixed().get(keyword) == "never kept" or vr_of(tag) == "PN") and action not in (
        Action.REMOVE,
        Action.EMPTY,
        Action.DUMMY,
        usual,
    ):
        raise InputError(
            PROFILE_ATTRIBUTE,
            what=f"{keyword} may never be kept",
            where=file.where("override", "attribute", number),
            todo="leave it out; the list of pseudonyms beside the project's key leads back to the patient",
        )
    if _LEFT[action] <= _LEFT[usual]:
        return
    if entry.get("allow") is not True or "reason" not in entry:
        raise InputError(
            PROFILE_WEAKENS,
            what=f"{action} of {keyword} keeps more than the table ({usual})",
            where=file.where("override", "action", number),
            todo="leave it out, or give allow = true and a reason",
        )
