"""One data set without identity: every element at every depth is decided by the rules, and nothing is left undecided."""

from __future__ import annotations

import struct
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydicom import config as pydicom_config
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import UID_dictionary

from groundglass.deidentify import dates
from groundglass.deidentify.actions import Action, Decision
from groundglass.deidentify.keys import Keys
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.table import Rules
from groundglass.deidentify.text import Cleaner, Identifiers, numeric_suspicious, reads_as_date

_TEXT_VRS = frozenset("AE CS LO LT SH ST UC UR UT".split())
"""Text that a person may have typed; PN, UI, dates and numbers have rules of their own."""
_DATE_VRS = frozenset({"DA", "DT", "TM"})
_NUMBER_VRS = frozenset({"DS", "IS"})
_BINARY_SIZES: Mapping[str, int] = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "FD": 8, "SV": 8, "UV": 8, "AT": 4}
"""Bytes of one value (PS3.5 table 6.2-1)."""
_WORDY_BYTES = 6
"""Shortest run of bytes in a numeric element that is looked at as text: a name of three letters stored as US, padded."""
_NUMBER_BYTES = frozenset(b"0123456789+-.eE\\ \0")
_BYTES_VRS = frozenset("OB OD OF OL OV OW UN".split())
_MULTI_LINE_VRS = frozenset({"LT", "ST", "UT", "UR"})
"""One value each: a backslash is a character of theirs (PS3.5 section 6.2)."""
_MAX_DEPTH = 32
"""Sequences within sequences; deeper ones are taken out. The deepest object in use has 6, SR trees up to some 20."""

_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, NotImplementedError, struct.error)
"""What pydicom raises on values that break their VR."""
CHARACTER_SETS = frozenset(
    "ISO_IR 100,ISO_IR 101,ISO_IR 109,ISO_IR 110,ISO_IR 144,ISO_IR 127,ISO_IR 126,ISO_IR 138,ISO_IR 148,ISO_IR 203,"
    "ISO_IR 166,ISO_IR 192,GB18030,GBK".split(",")
)
"""Single values of SpecificCharacterSet of which ASCII is a part (PS3.3 C.12.1.1.2)."""

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
        self._texts: dict[tuple[int, str, bytes], str | None] = {}
        self._uids: dict[str, str] = {}

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
            _settle_characters(dataset)
        return changes

    def uid(self, uid: str) -> str:
        """Return the UID that stands for another one in this project."""
        known = self._uids.get(uid)
        if known is None:
            known = self._uids[uid] = uid if "retain-uids" in self.profile.options else self._keys.uid(uid)
        return known

    # ------------------------------------------------------------------ walking

    def _walk(self, dataset: Dataset, sop_class: str, path: tuple[str, ...], changes: Changes) -> None:
        creators = _creators(dataset) if self._private else {}
        for item in list(dataset.elements()):
            tag = int(item.tag)
            vr = _vr_of(item)
            if tag & 0x00010000:
                decision = self._private_decision(tag, vr, sop_class, path, creators)
            else:
                decision = self._rules.decide(tag, vr, sop_class=sop_class, path=path)
            try:
                changed = self._apply(dataset, item, tag, vr, decision, sop_class, path, changes)
            except _UNREADABLE:
                # a value that its own VR cannot hold: what cannot be read cannot be cleaned
                changes.reasons["unreadable"] += 1
                if item.tag in dataset:
                    del dataset[item.tag]
                changed = True
            changes.counts[path, tag, str(decision.action), decision.code, decision.rule, changed] += 1
        if creators:
            _drop_empty_blocks(dataset, creators)

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
        item: DataElement | RawDataElement,
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
            return self._kept(dataset, item, tag, vr, decision, changes)
        if action is Action.EMPTY:
            return _set(dataset, item, vr, Sequence() if vr == "SQ" else None)
        if action is Action.UID:
            return self._uid_element(dataset, item, vr)
        if action is Action.DATE:
            return self._date(dataset, item, vr, changes)
        if action is Action.PSEUDONYM:
            return _set(dataset, item, vr, self.pseudonym)
        if action is Action.AGE:
            value = _first(dataset, item)
            kept = dates.kept_age(value, self.profile.oldest_years)
            if kept == value:
                return False
            return _set(dataset, item, vr, kept)
        return self._dummy(dataset, item, tag, vr, sop_class, path, changes)

    def _enter(
        self, dataset: Dataset, item: DataElement | RawDataElement, sop_class: str, path: tuple[str, ...], changes: Changes
    ) -> bool:
        value = dataset[item.tag].value
        if not isinstance(value, Sequence) or len(path) >= _MAX_DEPTH:
            changes.reasons["unreadable"] += 1
            del dataset[item.tag]
            return True
        inner = (*path, _name(int(item.tag)))
        for each in value:
            self._walk(each, sop_class, inner, changes)
        if dataset[item.tag].VR != "SQ":
            _set(dataset, item, "SQ", value)
        return False

    # ------------------------------------------------------------------ values

    def _kept(
        self,
        dataset: Dataset,
        item: DataElement | RawDataElement,
        tag: int,
        vr: str,
        decision: Decision,
        changes: Changes,
    ) -> bool:
        """Leave a value, but for what it must not hold."""
        raw = _raw(item)
        if vr in _NUMBER_VRS:
            if raw is None:
                raw = str(dataset[item.tag].value or "").encode("ascii", "replace")
            if (raw and not _NUMBER_BYTES.issuperset(raw)) or numeric_suspicious(raw, self._identifiers):
                changes.reasons["number"] += 1
                return _set(dataset, item, vr, None)
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
            return self._kept_uid(dataset, item, changes)
        if vr in _BINARY_SIZES:
            return self._number(dataset, item, tag, vr, raw, changes)
        return False

    def _text(
        self,
        dataset: Dataset,
        item: DataElement | RawDataElement,
        tag: int,
        vr: str,
        decision: Decision,
        raw: bytes | None,
        changes: Changes,
    ) -> bool:
        rule = decision.text or ("words" if vr in ("PN", "LT", "ST", "UT") else "plain")
        key = None
        if raw is not None and raw.isascii() and 0x1B not in raw:
            key = (tag, rule, raw)
            if key in self._texts:
                known = self._texts[key]
                if known is not None:
                    changes.reasons["text"] += 1
                    return _set(dataset, item, vr, _split(known, vr))
                return False
        text = _as_text(dataset[item.tag].value)
        parts = [text] if vr in _MULTI_LINE_VRS else text.split("\\")
        keyword = _name(tag)
        cleaned = [self._cleaner.clean(part, rule, keyword=keyword, vr=vr) for part in parts]
        after = "\\".join(part.text for part in cleaned)
        for part in cleaned:
            changes.reasons.update(f"text:{reason}" for reason in part.removed)
        changed = after.strip(" \0") != text.strip(" \0")
        if key is not None:
            self._texts[key] = after if changed else None
        if changed:
            changes.reasons["text"] += 1
            return _set(dataset, item, vr, _split(after, vr))
        return False

    def _uid_element(self, dataset: Dataset, item: DataElement | RawDataElement, vr: str) -> bool:
        value = _as_text(dataset[item.tag].value)
        parts = [part.strip(" \0") for part in value.split("\\")]
        after = [self.uid(part) if part else "" for part in parts]
        return _set(dataset, item, "UI" if vr in ("UI", "UN") else vr, _joined(after)) if after != parts else False

    def _kept_uid(self, dataset: Dataset, item: DataElement | RawDataElement, changes: Changes) -> bool:
        """Leave UIDs that the standard registers; any other one could name an object, a person or a place."""
        parts = [part.strip(" \0") for part in _as_text(dataset[item.tag].value).split("\\")]
        after = [part if not part or part in UID_dictionary or _registered(part) else self.uid(part) for part in parts]
        if after == parts:
            return False
        changes.reasons["uid"] += 1
        return _set(dataset, item, "UI", _joined(after))

    def _date(self, dataset: Dataset, item: DataElement | RawDataElement, vr: str, changes: Changes) -> bool:
        days = self._days
        if vr == "TM":
            return self._each(dataset, item, vr, dates.cleaned_time, changes, reason="time")
        if days is None or vr not in _DATE_VRS:
            return _set(dataset, item, vr, None)
        move = dates.moved_date if vr == "DA" else dates.moved_datetime
        return self._each(dataset, item, vr, lambda value: move(value, days), changes, reason="date")

    def _each(
        self,
        dataset: Dataset,
        item: DataElement | RawDataElement,
        vr: str,
        function: Callable[[str], str | None],
        changes: Changes,
        *,
        reason: str,
    ) -> bool:
        text = _as_text(dataset[item.tag].value)
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
        return _set(dataset, item, vr, _joined(after))

    def _number(
        self,
        dataset: Dataset,
        item: DataElement | RawDataElement,
        tag: int,
        vr: str,
        raw: bytes | None,
        changes: Changes,
    ) -> bool:
        """Take out bytes that are no numbers: words stored as numbers, or more of them than the attribute has."""
        if raw is None or len(raw) < _WORDY_BYTES:
            return False
        if len(raw) % _BINARY_SIZES[vr] or _spells(raw) or self._identifiers.holds(raw.decode("latin_1")):
            changes.reasons["bytes"] += 1
            return _set(dataset, item, vr, None)
        return False

    def _dummy(
        self,
        dataset: Dataset,
        item: DataElement | RawDataElement,
        tag: int,
        vr: str,
        sop_class: str,
        path: tuple[str, ...],
        changes: Changes,
    ) -> bool:
        """Put a value of the same kind that says nothing (D)."""
        if vr == "SQ":
            return self._dummy_sequence(dataset, item, path, changes)
        if vr in ("DA", "DT") and self._days is not None:
            moved = self._date(dataset, item, vr, changes)
            if _as_text(dataset[item.tag].value).strip(" \0"):
                return moved
        if vr == "UI":
            return self._uid_element(dataset, item, vr)
        return _set(dataset, item, vr, self.pseudonym if vr == "PN" else _dummies().get(vr, b"\0\0"))

    def _dummy_sequence(
        self, dataset: Dataset, item: DataElement | RawDataElement, path: tuple[str, ...], changes: Changes
    ) -> bool:
        """Keep the form of a sequence with every value of it a dummy."""
        value = dataset[item.tag].value
        if not isinstance(value, Sequence) or len(path) >= _MAX_DEPTH:
            del dataset[item.tag]
            return True
        for each in value:
            for inner in list(each.elements()):
                tag, vr = int(inner.tag), _vr_of(inner)
                if tag & 0x00010000 or vr in ("OB", "OW", "OD", "OF", "OL", "OV", "UN"):
                    del each[inner.tag]
                elif vr in ("US", "SS", "UL", "SL", "FL", "FD", "AT", "SV", "UV"):
                    del each[inner.tag]
                else:
                    self._dummy(each, inner, tag, vr, "", (*path, _name(int(item.tag))), changes)
        return True


def pseudonym(keys: Keys, patient: str) -> str:
    """Return the name that the project gives to a patient."""
    return "GG" + keys.name("patient", patient, 10)


@contextmanager
def tolerant() -> Iterator[None]:
    """Let pydicom take values that break the rules of their VR; they are judged here, one by one."""
    settings = pydicom_config.settings
    reading, writing = settings.reading_validation_mode, settings.writing_validation_mode
    settings.reading_validation_mode = settings.writing_validation_mode = pydicom_config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        settings.reading_validation_mode, settings.writing_validation_mode = reading, writing


def _vr_of(item: DataElement | RawDataElement) -> str:
    """Return the VR by which an element is judged: the dictionary's where the file has none or UN."""
    vr = item.VR
    tag = int(item.tag)
    if not vr or vr == "UN":
        if tag & 0x00010000:
            return str(vr or "UN")
        return _dictionary_vr(tag) or "UN"
    return _first_of(str(vr))


@lru_cache(maxsize=8192)
def _dictionary_vr(tag: int) -> str:
    try:
        return _first_of(dictionary_VR(tag))
    except KeyError:
        return ""


def _first_of(vr: str) -> str:
    """Return one VR of an ambiguous one (``US or SS``)."""
    return vr[:2]


@lru_cache(maxsize=8192)
def _name(tag: int) -> str:
    return keyword_for_tag(tag) or f"{tag:08X}"


def _raw(item: DataElement | RawDataElement) -> bytes | None:
    if isinstance(item, RawDataElement):
        return item.value or b""
    return item.value if isinstance(item.value, bytes) else None


def _as_text(value: Any) -> str:
    """Return the value of a text element with backslashes between several values."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin_1")
    if isinstance(value, (list, tuple)) or (hasattr(value, "__iter__") and not isinstance(value, str) and not hasattr(value, "components")):
        return "\\".join(_as_text(each) for each in value)
    return str(value)


def _first(dataset: Dataset, item: DataElement | RawDataElement) -> str:
    return _as_text(dataset[item.tag].value).split("\\")[0].strip(" \0")


def _joined(parts: list[str]) -> str | list[str]:
    if not any(parts):
        return ""
    return parts if len(parts) > 1 else parts[0]


def _split(text: str, vr: str) -> str | list[str]:
    return text if vr in _MULTI_LINE_VRS else _joined(text.split("\\"))


def _set(dataset: Dataset, item: DataElement | RawDataElement, vr: str, value: Any) -> bool:
    """Put a value under the element's tag; the VR is the one it was judged by."""
    dataset[item.tag] = DataElement(Tag(item.tag), vr, value, validation_mode=pydicom_config.IGNORE)
    return True


def _registered(uid: str) -> bool:
    """Tell a UID that the standard gives out (PS3.5 section 9.2); no instance may have one."""
    parts = uid.split(".")
    return uid.startswith("1.2.840.10008.") and all(part.isdigit() and len(part) <= 8 for part in parts) and not any(
        reads_as_date(part) for part in parts
    )


def _spells(raw: bytes) -> bool:
    """Tell bytes that are text and no numbers, in one or two bytes a letter."""
    for data in (raw.rstrip(b" \0"), raw.rstrip(b"\0")[0::2], raw[1::2]):
        if len(data) < _WORDY_BYTES // 2 or (data is not raw and not any(data)):
            continue
        try:
            text = data.decode("ascii")
        except UnicodeDecodeError:
            continue
        letters = sum(character.isalnum() for character in text)
        if len(text) >= _WORDY_BYTES and text.isprintable() and letters >= 0.8 * len(text):
            return True
    return False


def _creators(dataset: Dataset) -> dict[tuple[int, int], str]:
    """Return the private creators of one data set by group and block (PS3.5 section 7.8)."""
    found: dict[tuple[int, int], str] = {}
    for item in dataset.elements():
        tag = int(item.tag)
        if tag & 0x00010000 and 0x10 <= (tag & 0xFFFF) <= 0xFF:
            value = item.value
            text = value.decode("latin_1") if isinstance(value, bytes) else str(value or "")
            found[tag >> 16, tag & 0xFF] = text.strip(" \0")
    return found


def _drop_empty_blocks(dataset: Dataset, creators: Mapping[tuple[int, int], str]) -> None:
    tags = [int(tag) for tag in dataset.keys()]
    full = {(tag >> 16, (tag & 0xFFFF) >> 8) for tag in tags if tag & 0x00010000 and (tag & 0xFFFF) > 0xFF}
    for group, block in creators:
        if (group, block) not in full and Tag(group, block) in dataset:
            del dataset[group, block]


def _settle_characters(dataset: Dataset) -> None:
    """State the one character set in which all text that is left is written."""
    plain = True
    pending = [dataset]
    while pending:
        here = pending.pop()
        for item in here.elements():
            if isinstance(item, RawDataElement):
                continue
            if isinstance(item.value, Sequence):
                for each in item.value:
                    if "SpecificCharacterSet" in each:
                        del each.SpecificCharacterSet
                    pending.append(each)
            elif item.VR not in _BYTES_VRS and not _as_text(item.value).isascii():
                plain = False
    if not plain:
        dataset.SpecificCharacterSet = "ISO_IR 192"
    elif "SpecificCharacterSet" in dataset and _as_text(dataset.SpecificCharacterSet).strip() not in CHARACTER_SETS:
        del dataset.SpecificCharacterSet


def _dummies() -> Mapping[str, Any]:
    """Return values that say nothing, by VR (PS3.15 E.1.1: D)."""
    return _DUMMIES


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
