"""One data set without identity: every element at every depth is decided by the rules, none is left undecided."""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from groundglass.deidentify import dates
from groundglass.deidentify.actions import Action, Decision
from groundglass.deidentify.encoding import one
from groundglass.deidentify.keys import Keys
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.table import Rules
from groundglass.deidentify.table.types import type_in_iod
from groundglass.deidentify.text import Cleaner, Identifiers, numeric_suspicious
from groundglass.deidentify.values import (
    MULTI_LINE_VRS,
    WORDY_BYTES,
    as_text,
    creators_of,
    drop_empty_blocks,
    first_text,
    in_dictionary,
    is_date_number,
    is_text,
    joined,
    name_of_tag,
    put,
    raw_of,
    settle_characters,
    spells,
    split_text,
    tolerant,
    vr_of,
)

_TEXT_VRS = frozenset({"AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"})
"""Text that a person may have typed; PN, UI, dates and numbers have rules of their own."""
_DATE_VRS = frozenset({"DA", "DT", "TM"})
_NUMBER_VRS = frozenset({"DS", "IS"})
_BINARY_SIZES: Mapping[str, int] = {
    "US": 2,
    "SS": 2,
    "UL": 4,
    "SL": 4,
    "FL": 4,
    "FD": 8,
    "SV": 8,
    "UV": 8,
    "AT": 4,
    "OF": 4,
    "OL": 4,
    "OD": 8,
    "OV": 8,
}
"""Bytes of one value (PS3.5 table 6.2-1)."""
_BYTE_VRS = frozenset({"OB", "OW", "UN"})
_PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_WORDY_BYTES_AT_MOST = 4096
"""Longer values of numbers are arrays of measures (a waveform, float pixels); no table lets one in that holds text."""
_LONG_NUMBER = re.compile(rb"(?<![\d.])\d{7,}")
"""Seven figures before the point: no measure of CT in its unit, but the length of a hospital's numbers."""
_LONG_NUMBERS: Mapping[str, int] = {"ExposureInuAs": 7, "XRayTubeCurrentInuA": 7, "ActualFrameDuration": 7}
"""Numbers that do grow so long (PS3.3 C.8): microamperes, milliseconds, and how many figures they have at most."""
_NUMBER_BYTES = frozenset(b"0123456789+-.eE\\ \0")
_MEMO_BYTES = 512
"""Longest value whose treatment is remembered; longer ones are seldom the same in two files."""
_ROUND = re.compile(rb"[1-9]\d{0,3}0{3,}")
"""A long number of few figures and many noughts is a rounded measure: becquerels, counts."""
_DUMMIES: Mapping[str, Any] = {
    "AE": "REMOVED",
    "AS": "000D",
    "CS": "REMOVED",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "DS": "0",
    "IS": "0",
    "LO": "REMOVED",
    "LT": "REMOVED",
    "SH": "REMOVED",
    "ST": "REMOVED",
    "UC": "REMOVED",
    "UT": "REMOVED",
    "UR": "urn:removed",
    "US": 0,
    "SS": 0,
    "UL": 0,
    "SL": 0,
    "SV": 0,
    "UV": 0,
    "FL": 0.0,
    "FD": 0.0,
    "AT": 0,
}
"""Values that say nothing, by VR (PS3.15 E.1.1: D)."""
_CODE_VALUES = frozenset({"CodeValue", "LongCodeValue"})
_ALWAYS_NEEDED = {
    "CodingSchemeDesignator": "99GROUNDGLASS",
    "CodeMeaning": "removed",
    "TextValue": "removed",
    "Modality": "OT",
}
"""Type 1 wherever they stand (PS3.3 tables 8.8-1, C.17-5, C.7-5a)."""
_CODE_KEYWORDS = ("CodingSchemeDesignator", "CodeValue")
_NO_DUMMY_VRS = frozenset({"OB", "OW", "OD", "OF", "OL", "OV", "UN", *_BINARY_SIZES})
_MAX_DEPTH = 32
"""Sequences within sequences; deeper ones are taken out. The deepest object in use has 6, SR trees up to some 20."""

_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, NotImplementedError, struct.error)
"""What pydicom raises on values that break their VR."""

Item = DataElement | RawDataElement
Key = tuple[tuple[str, ...], int, str, str, str, bool]
"""Path, tag, action, code, rule, and whether the value became another."""


@dataclass(slots=True)
class Changes:
    """What was done to one object.

    Attributes
    ----------
    counts : Counter
        How often each decision was taken; never a value.
    reasons : Counter
        Why words were taken out, and what was unreadable.
    """

    counts: Counter[Key] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Memo:
    """What was done with one value of one attribute at the root of an object."""

    element: Item | None
    changed: bool
    counts: tuple[tuple[Key, int], ...]
    reasons: tuple[tuple[str, int], ...]

    def repeat(self, dataset: Dataset, item: RawDataElement, changes: Changes) -> None:
        """Do the same again."""
        if self.element is None:
            del dataset[item.tag]
        elif self.changed:
            dataset[item.tag] = self.element
        for key, count in self.counts:
            changes.counts[key] += count
        for reason, count in self.reasons:
            changes.reasons[reason] += count


class Engine:
    """Applies one profile to the objects of one patient.

    Parameters
    ----------
    profile : Profile
        Options in force.
    rules : Rules
        The decisions of that profile.
    keys : Keys
        Of the project.
    patient : str
        Key of the patient, as the source names him; only its keyed hash leaves.
    identifiers : Identifiers
        What is known of the patient from all his headers.
    cleaner : Cleaner, optional
        For these identifiers; made where missing.

    Attributes
    ----------
    pseudonym : str
        The patient's name in the project.
    shared : dict of (int, bool) to bytes
        Encoded elements that many objects share, by ``id`` and whether the VR is implicit, for
        :func:`groundglass.deidentify.encoding.encoded`.
    """

    def __init__(
        self,
        profile: Profile,
        rules: Rules,
        keys: Keys,
        patient: str,
        identifiers: Identifiers,
        cleaner: Cleaner | None = None,
    ) -> None:
        self.profile = profile
        self._rules = rules
        self._keys = keys
        self._identifiers = identifiers
        self._cleaner = cleaner or Cleaner(identifiers, words=profile.words)
        self.pseudonym = pseudonym(keys, patient)
        self._days = keys.days(patient, *profile.days) if "retain-modified-dates" in profile.options else None
        self._private = "retain-safe-private" in profile.options
        self._place: tuple[str, tuple[str, ...]] = ("", ())
        self._texts: dict[tuple[object, ...], str | None] = {}
        self._uids: dict[str, str] = {}
        self._memos: dict[str, dict[tuple[object, ...], _Memo]] = {}
        self.shared: dict[tuple[int, bool], bytes] = {}

    def clean(self, dataset: Dataset) -> Changes:
        """Clean a data set in place, all items of all sequences too.

        Parameters
        ----------
        dataset : Dataset
            As read; the pixels were dealt with before.

        Returns
        -------
        Changes
            Counts of decisions.
        """
        changes = Changes()
        sop_class = str(dataset.get("SOPClassUID", "") or "")
        with tolerant():
            self._walk(dataset, sop_class, (), changes)
            settle_characters(dataset)
        return changes

    def uid(self, uid: str) -> str:
        """Return the UID that stands for another one in this project."""
        known = self._uids.get(uid)
        if known is None:
            known = self._uids[uid] = uid if "retain-uids" in self.profile.options else self._keys.uid(uid)
        return known

    # ------------------------------------------------------------------ walking

    def _walk(self, dataset: Dataset, sop_class: str, path: tuple[str, ...], changes: Changes) -> None:
        creators = creators_of(dataset) if self._private else {}
        memos = None if path else self._memos.setdefault(sop_class, {})
        for item in list(dataset.values()):
            tag = int(item.tag)
            memo_key = None
            if memos is not None and not tag & 0x00010000 and isinstance(item, RawDataElement):
                raw = item.value
                if (
                    raw is not None
                    and len(raw) <= _MEMO_BYTES
                    and item.VR != "SQ"
                    and raw.isascii()
                    and 0x1B not in raw
                ):
                    memo_key = (tag, item.VR, raw, item.is_implicit_VR, item.is_little_endian)
                    memo = memos.get(memo_key)
                    if memo is not None:
                        memo.repeat(dataset, item, changes)
                        continue
            vr = vr_of(item)
            if tag & 0x00010000:
                decision = self._private_decision(tag, vr, sop_class, path, creators)
            else:
                decision = self._rules.decide(tag, vr, sop_class=sop_class, path=path)
            here = Changes()
            try:
                changed = self._apply(dataset, item, tag, vr, decision, sop_class, path, here)
            except _UNREADABLE:
                # a value that its own VR cannot hold: what cannot be read cannot be cleaned
                here.reasons["unreadable"] += 1
                if item.tag in dataset:
                    del dataset[item.tag]
                changed = True
            here.counts[path, tag, str(decision.action), decision.code, decision.rule, changed] += 1
            changes.counts.update(here.counts)
            changes.reasons.update(here.reasons)
            if memos is not None and memo_key is not None and vr != "SQ":
                memos[memo_key] = self._memo(dataset, item, changed, here)
        if creators:
            drop_empty_blocks(dataset, creators)

    def _memo(self, dataset: Dataset, item: Item, changed: bool, here: Changes) -> _Memo:
        """Keep what was done with a value, for the thousands of files that have the same one."""
        source = item if isinstance(item, RawDataElement) else None
        if item.tag not in dataset:
            element: Item | None = None
        elif changed:
            element = dataset.get_item(item.tag)
            if source is not None and source.is_little_endian:
                self.shared[id(element), source.is_implicit_VR] = one(element, implicit=source.is_implicit_VR)
        else:
            element = item
            dataset[item.tag] = item
        return _Memo(element, changed, tuple(here.counts.items()), tuple(here.reasons.items()))

    def _private_decision(
        self, tag: int, vr: str, sop_class: str, path: tuple[str, ...], creators: Mapping[tuple[int, int], str]
    ) -> Decision:
        group, element = tag >> 16, tag & 0xFFFF
        block = element if element <= 0xFF else element >> 8
        creator = creators.get((group, block))
        return self._rules.decide(tag, vr, sop_class=sop_class, path=path, creator=creator)

    def _apply(
        self,
        dataset: Dataset,
        item: Item,
        tag: int,
        vr: str,
        decision: Decision,
        sop_class: str,
        path: tuple[str, ...],
        changes: Changes,
    ) -> bool:
        action = decision.action
        if action is Action.REMOVE:
            del dataset[item.tag]
            return True
        if action is Action.KEEP or action is Action.GRAPHICS or action is Action.TEXT:
            if vr == "SQ":
                return self._enter(dataset, item, sop_class, path, changes)
            self._place = (sop_class, path)
            return self._kept(dataset, item, tag, vr, decision, changes)
        if action is Action.EMPTY:
            return put(dataset, item, vr, Sequence() if vr == "SQ" else None)
        if action is Action.UID:
            return self._uid_element(dataset, item, vr)
        if action is Action.DATE:
            return self._date(dataset, item, vr, changes)
        if action is Action.PSEUDONYM:
            return put(dataset, item, vr, self.pseudonym)
        if action is Action.AGE:
            value = first_text(dataset, item)
            kept = dates.kept_age(value, self.profile.oldest_years)
            if kept == value:
                return False
            return put(dataset, item, vr, kept)
        return self._dummy(dataset, item, vr, path, changes)

    def _enter(
        self,
        dataset: Dataset,
        item: Item,
        sop_class: str,
        path: tuple[str, ...],
        changes: Changes,
    ) -> bool:
        value = dataset[item.tag].value
        if not isinstance(value, Sequence) or len(path) >= _MAX_DEPTH:
            changes.reasons["unreadable"] += 1
            del dataset[item.tag]
            return True
        inner = (*path, name_of_tag(int(item.tag)))
        if inner[-1] == "ContentSequence":
            self._content(value, changes)
        for each in value:
            self._walk(each, sop_class, inner, changes)
        if dataset[item.tag].VR != "SQ":
            put(dataset, item, "SQ", value)
        return False

    def _content(self, items: Sequence, changes: Changes) -> None:
        """Take out content items that name somebody by what they are about, and blank others (PS3.15 table E.3.4-1)."""
        for number in reversed(range(len(items))):
            item = items[number]
            names = item.get("ConceptNameCodeSequence")
            if not names:
                continue
            scheme, code = (str(names[0].get(keyword, "") or "").strip() for keyword in _CODE_KEYWORDS)
            decision = self._rules.content_item(scheme, code, str(item.get("ValueType", "") or "").strip())
            if decision is None:
                continue
            if decision.action is Action.REMOVE:
                del items[number]
            elif decision.action is Action.DUMMY and "TextValue" in item:
                item.TextValue = _DUMMIES["UT"]
            else:
                continue
            changes.reasons["content item"] += 1

    # ------------------------------------------------------------------ values

    def _kept(
        self,
        dataset: Dataset,
        item: Item,
        tag: int,
        vr: str,
        decision: Decision,
        changes: Changes,
    ) -> bool:
        """Leave a value, but for what it must not hold."""
        raw = raw_of(item)
        if vr in _NUMBER_VRS:
            if raw is None:
                raw = as_text(dataset[item.tag].value).encode("ascii", "replace")
            if _is_long(tag, raw) or not _NUMBER_BYTES.issuperset(raw) or numeric_suspicious(raw, self._identifiers):
                changes.reasons["number"] += 1
                return put(dataset, item, vr, None)
            return False
        if vr in _TEXT_VRS or vr == "PN" or vr == "AS":
            return self._text(dataset, item, tag, vr, decision, raw, changes)
        if vr in _DATE_VRS:
            if vr == "TM":
                return self._each(dataset, item, vr, dates.cleaned_time, changes, reason="time")
            # kept by a rule of the profile only; a date must still be one
            check = dates.moved_date if vr == "DA" else dates.moved_datetime
            return self._each(dataset, item, vr, lambda value: check(value, 0), changes, reason="date")
        if vr == "UI":
            # an option that retains a UID retains it; elsewhere only what the standard registers may stay
            return False if decision.code == "K" else self._kept_uid(dataset, item, changes)
        if vr in _BYTE_VRS and tag not in _PIXEL_TAGS and raw and len(raw) <= _WORDY_BYTES_AT_MOST and is_text(raw):
            changes.reasons["bytes"] += 1
            return put(dataset, item, vr, None)
        if vr in _BINARY_SIZES:
            return self._number(dataset, item, vr, raw, changes)
        return False

    def _text(
        self,
        dataset: Dataset,
        item: Item,
        tag: int,
        vr: str,
        decision: Decision,
        raw: bytes | None,
        changes: Changes,
    ) -> bool:
        rule = decision.text or ("words" if vr in ("PN", "LT", "ST", "UT") else "plain")
        key = None
        if raw is not None and raw.isascii() and 0x1B not in raw:
            key = (tag, rule, raw, self._place)
            if key in self._texts:
                known = self._texts[key]
                if known is not None:
                    changes.reasons["text"] += 1
                    return put(dataset, item, vr, split_text(known, vr))
                return False
        text = as_text(dataset[item.tag].value)
        parts = [text] if vr in MULTI_LINE_VRS else text.split("\\")
        keyword = name_of_tag(tag)
        cleaned = [self._cleaner.clean(part, rule, keyword=keyword, vr=vr) for part in parts]
        after = "\\".join(part.text for part in cleaned)
        if text.strip(" \0\\") and not after.strip(" \0\\"):
            after = self._instead(keyword, text, vr)
        for part in cleaned:
            changes.reasons.update(f"text:{reason}" for reason in part.removed)
        changed = after.strip(" \0") != text.strip(" \0")
        if key is not None:
            self._texts[key] = after if changed else None
        if changed:
            changes.reasons["text"] += 1
            return put(dataset, item, vr, split_text(after, vr))
        return False

    def _instead(self, keyword: str, text: str, vr: str) -> str:
        """Return what stands for a value of which nothing may stay, where an object without one is none.

        A code that no public scheme has becomes another one, the same all over the project, so that what it stands for
        can still be told apart.
        """
        if keyword in _CODE_VALUES:
            return "GG" + self._keys.name("code", text.strip(), 8)
        if keyword in _ALWAYS_NEEDED:
            return _ALWAYS_NEEDED[keyword]
        return str(_DUMMIES.get(vr, "")) if type_in_iod(keyword, *self._place) == "1" else ""

    def _uid_element(self, dataset: Dataset, item: Item, vr: str) -> bool:
        value = as_text(dataset[item.tag].value)
        parts = [part.strip(" \0") for part in value.split("\\")]
        after = [part if not part or in_dictionary(part) else self.uid(part) for part in parts]
        return put(dataset, item, "UI" if vr in ("UI", "UN") else vr, joined(after)) if after != parts else False

    def _kept_uid(self, dataset: Dataset, item: Item, changes: Changes) -> bool:
        """Leave UIDs that the standard registers; any other one could name an object, a person or a place."""
        parts = [part.strip(" \0") for part in as_text(dataset[item.tag].value).split("\\")]
        after = [part if not part or in_dictionary(part) else self.uid(part) for part in parts]
        if after == parts:
            return False
        changes.reasons["uid"] += 1
        return put(dataset, item, "UI", joined(after))

    def _date(self, dataset: Dataset, item: Item, vr: str, changes: Changes) -> bool:
        days = self._days
        if vr == "TM":
            return self._each(dataset, item, vr, dates.cleaned_time, changes, reason="time")
        if days is None or vr not in _DATE_VRS:
            return put(dataset, item, vr, None)
        move = dates.moved_date if vr == "DA" else dates.moved_datetime
        return self._each(dataset, item, vr, lambda value: move(value, days), changes, reason="date")

    def _each(
        self,
        dataset: Dataset,
        item: Item,
        vr: str,
        function: Callable[[str], str | None],
        changes: Changes,
        *,
        reason: str,
    ) -> bool:
        text = as_text(dataset[item.tag].value)
        parts = text.split("\\")
        after: list[str] = []
        for part in parts:
            bare = part.strip(" \0")
            value = function(bare) if bare else ""
            if value is None:
                changes.reasons[f"no {reason}"] += 1
            after.append(value or "")
        if after == [part.strip(" \0") for part in parts]:
            return False
        return put(dataset, item, vr, joined(after))

    def _number(self, dataset: Dataset, item: Item, vr: str, raw: bytes | None, changes: Changes) -> bool:
        """Take out bytes that are no numbers: words stored as numbers, or more of them than the attribute has."""
        if raw is not None and is_date_number(raw, vr):
            changes.reasons["date"] += 1
            return put(dataset, item, vr, None)
        if raw is None or not WORDY_BYTES <= len(raw) <= _WORDY_BYTES_AT_MOST:
            return False
        if len(raw) % _BINARY_SIZES[vr] or spells(raw, vr) or self._identifiers.holds(raw.decode("latin_1")):
            changes.reasons["bytes"] += 1
            return put(dataset, item, vr, None)
        return False

    def _dummy(self, dataset: Dataset, item: Item, vr: str, path: tuple[str, ...], changes: Changes) -> bool:
        """Put a value of the same kind that says nothing (D)."""
        if vr == "SQ":
            return self._dummy_sequence(dataset, item, path, changes)
        if vr in ("DA", "DT") and self._days is not None:
            moved = self._date(dataset, item, vr, changes)
            if as_text(dataset[item.tag].value).strip(" \0"):
                return moved
        if vr == "UI":
            return self._uid_element(dataset, item, vr)
        return put(dataset, item, vr, self.pseudonym if vr == "PN" else _DUMMIES.get(vr, b"\0\0"))

    def _dummy_sequence(self, dataset: Dataset, item: Item, path: tuple[str, ...], changes: Changes) -> bool:
        """Keep the form of a sequence with every value of it a dummy."""
        value = dataset[item.tag].value
        if not isinstance(value, Sequence) or len(path) >= _MAX_DEPTH:
            del dataset[item.tag]
            return True
        for each in value:
            for inner in list(each.values()):
                tag, vr = int(inner.tag), vr_of(inner)
                if tag & 0x00010000 or vr in _NO_DUMMY_VRS:
                    del each[inner.tag]
                else:
                    self._dummy(each, inner, vr, (*path, name_of_tag(int(item.tag))), changes)
        return True


def _is_long(tag: int, raw: bytes) -> bool:
    """Tell a number that is none of a measure but of a person or a thing."""
    found = _LONG_NUMBER.search(raw)
    if not found or _ROUND.fullmatch(found.group()):
        return False
    return len(found.group()) > _LONG_NUMBERS.get(name_of_tag(tag), 0)


def pseudonym(keys: Keys, patient: str) -> str:
    """Return the name that the project gives to a patient."""
    return "GG" + keys.name("patient", patient, 10)
