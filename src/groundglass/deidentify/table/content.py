"""Content items of structured reports by their concept name (PS3.15 E.3.4, table E.3.4-1).

The attributes of an item have rules of their own; this table says in addition which items go whole, because the concept
itself is an identifier that no look at the words would find (a subject ID of five figures, a station's AE title).
"""

from __future__ import annotations

from functools import cache

from groundglass.deidentify.actions import Action, Decision
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.table.rows import ContentRow, content

_CHARACTERISTICS = {("DCM", "121032"): "PatientSex"}
"""Concepts that stand for a characteristic of the patient. Subject Age (121033) is not one of them: the limit of ages
cannot be put on a number with any unit, and the header has the age."""
_REFERENCES = frozenset({"UIDREF", "IMAGE", "COMPOSITE", "WAVEFORM"})
"""Value types whose values are UIDs, which are replaced by their own rule."""


@cache
def _by_code() -> dict[tuple[str, str], tuple[ContentRow, ...]]:
    found: dict[tuple[str, str], tuple[ContentRow, ...]] = {}
    for row in content():
        key = (row.scheme, row.code)
        found[key] = (*found.get(key, ()), row)
    return found


def content_decision(profile: Profile, scheme: str, code: str, value_type: str) -> Decision | None:
    """Decide what is done with a content item.

    Parameters
    ----------
    profile : Profile
        The options in force.
    scheme, code : str
        Coding scheme designator and code value of the concept name.
    value_type : str
        ValueType of the item.

    Returns
    -------
    Decision or None
        ``REMOVE``: the item goes with all below it. ``DUMMY``: its value is replaced by another of the same kind. Every
        other action: the item is entered, and the rules of its attributes clean it. None: the table does not have the
        concept with this value type.
    """
    for row in _by_code().get((scheme, code), ()):
        if row.value_type in ("", value_type):
            return _decided(profile, row)
    return None


def _decided(profile: Profile, row: ContentRow) -> Decision:
    options = profile.options
    if row.modified_dates and "retain-modified-dates" in options:
        return Decision(Action.DATE, "C", "option")
    if row.retain_uids and "retain-uids" in options:
        return Decision(Action.KEEP, "K", "option")
    if row.retain_device and "retain-device-identity" in options and "all" in profile.device:
        return Decision(Action.TEXT, "K", "option", "technical")
    keyword = _CHARACTERISTICS.get((row.scheme, row.code))
    if row.retain_patient and keyword and "retain-patient-characteristics" in options:
        kept = "all" in profile.patient or keyword in profile.patient
        return Decision(Action.KEEP, "K", "option") if kept else Decision(Action.REMOVE, row.basic, "E.3.4-1")
    if row.clean_descriptors and "clean-descriptors" in options:
        return Decision(Action.TEXT, "C", "option", "words")
    if row.basic == "X":
        return Decision(Action.REMOVE, "X", "E.3.4-1")
    if row.value_type in _REFERENCES:
        return Decision(Action.UID, row.basic, "E.3.4-1")
    return Decision(Action.DUMMY, row.basic, "E.3.4-1")
