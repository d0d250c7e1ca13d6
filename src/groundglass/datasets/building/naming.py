"""Names of studies and patients in a set: by the key, the same in every version, and no hint of who or when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from groundglass.datasets.members import Inventory, Member
from groundglass.deidentify.keys import Keys

_NUMBER = re.compile(r"^study_(\d{4,})$")
_KEY_LENGTH = 12
_LAST_GRADE = "CT-9"
"""Studies without a grade come behind all others."""


def study_key(keys: Keys, name: str, study: str) -> str:
    """Return the name that a study has in all versions of a set, and in no other set.

    Parameters
    ----------
    keys : Keys
        Of the project.
    name : str
        Of the set.
    study : str
        Its StudyInstanceUID.
    """
    return "S" + keys.name("dataset-study", f"{name}\0{study}", _KEY_LENGTH)


def patient_id(keys: Keys, name: str, patient: str) -> str:
    """Return the name that a patient has in all versions of a set, and nowhere else, not in DICOM of the project."""
    return "P" + keys.name("dataset-patient", f"{name}\0{patient}", _KEY_LENGTH)


def numbered(members: Iterable[Member], previous: Inventory | None = None) -> tuple[Member, ...]:
    """Give every study its ``study_id``, in the order of the set.

    A study of the version before keeps its number; a withdrawn one's number is never given again. New ones follow in
    the order of grade, then with lesion mask before without, then of the keyed name: with no version before, the
    studies of MosMedData get their published numbers.

    Parameters
    ----------
    members : iterable of Member
        With ``study_key``; ``study_id`` is not looked at.
    previous : Inventory, optional
        The version before.
    """
    kept = {each.study_key: each.study_id for each in previous.members if each.study_key} if previous else {}
    taken = [int(found[1]) for name in _all_names(previous) if (found := _NUMBER.match(name))]
    following = max(taken, default=0)
    done = []
    for member in sorted(members, key=_order):
        name = kept.get(member.study_key or "")
        if name is None:
            following += 1
            name = f"study_{following:04d}"
        done.append(replace(member, study_id=name))
    return tuple(sorted(done, key=lambda member: _sorting(member.study_id)))


def sites(organisations: Mapping[str, str], keys: Keys, name: str, previous: Inventory | None) -> dict[str, str]:
    """Return the numbered name of the site of each study.

    Parameters
    ----------
    organisations : mapping of str to str
        By ``study_key``; "" is unknown and gets none.
    keys, name
        As :func:`study_key`: numbers follow the keyed names, not the alphabet.
    previous : Inventory, optional
        Sites of its studies keep their numbers.
    """
    folded = {key: " ".join(text.casefold().split()) for key, text in organisations.items()}
    known: dict[str, str] = {}
    for member in previous.members if previous else ():
        if member.site and folded.get(member.study_key or ""):
            known.setdefault(folded[member.study_key or ""], member.site)
    taken = {member.site for member in previous.members if member.site} if previous else set()
    number = max((int(text.rpartition("-")[2]) for text in taken if text.rpartition("-")[2].isdecimal()), default=0)
    new = {text for text in folded.values() if text} - known.keys()
    for text in sorted(new, key=lambda each: keys.digest("site", f"{name}\0{each}")):
        number += 1
        known[text] = f"site-{number}"
    return {key: known[text] for key, text in folded.items() if text}


def _all_names(previous: Inventory | None) -> Sequence[str]:
    """Return every name given so far: of the version before, and of those withdrawn before it."""
    if previous is None:
        return ()
    return [*(each.study_id for each in previous.members), *previous.about.withdrawn]


def _order(member: Member) -> tuple[str, bool, str]:
    return member.grade or _LAST_GRADE, member.lesion_ml is None, member.study_key or ""


def _sorting(name: str) -> tuple[int, str]:
    return len(name), name
