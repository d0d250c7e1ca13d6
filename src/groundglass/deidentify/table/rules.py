"""The decision for one attribute: overrides of the profile, table E.1-1 with the options, our additions, the VR.

In this order (PS3.15 sections E.1.1 and E.3): a sequence that is removed goes whole; one that is kept is entered, and
every attribute in it is decided by itself. A sequence of which a dummy is asked is entered too, since each leaf has a
rule of its own; a code sequence gets ``DUMMY`` and is replaced whole, because the code itself identifies.
"""

from __future__ import annotations

from dataclasses import dataclass

from groundglass.deidentify.actions import Action, Decision, TextRule
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.table.content import content_decision
from groundglass.deidentify.table.lookup import beyond_entry, dictionary_vr, keyword_of, table_row
from groundglass.deidentify.table.rows import Beyond, Row, beyond, safe_private
from groundglass.deidentify.table.types import type_in_iod

TEXT_VRS = frozenset({"LO", "SH", "ST", "LT", "UC", "UT"})
NUMBER_VRS = frozenset({"DS", "IS", "US", "SS", "UL", "SL", "FL", "FD", "UV", "SV", "AT"})
BYTE_VRS = frozenset({"OB", "OW", "OD", "OF", "OL", "OV", "UN"})
DATE_VRS = frozenset({"DA", "DT", "TM"})

_BEFORE_TABLE = frozenset({"pseudonym", "characteristic"})
"""Actions of ours that stand in front of the table: they choose within what it allows, or are stricter."""
_FOLLOWS = {"PatientBodyMassIndex": ("PatientSize", "PatientWeight"), "PatientSizeCodeSequence": ("PatientSize",)}
"""Characteristics that can be reckoned from others, and so are kept with them."""
_TEXT_RULES: dict[str, TextRule] = {
    "words": "words",
    "technical": "technical",
    "meaning": "meaning",
    "defined": "defined",
    "plain": "plain",
}
_OVERRIDDEN: dict[Action, TextRule] = {Action.TEXT: "words", Action.KEEP: "plain"}
"""Even a text that the profile keeps loses the known identifiers."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision in words, for the plan.

    Attributes
    ----------
    tag : int
        The attribute.
    keyword : str
        Its keyword, empty for one that no dictionary has.
    decision : Decision
        What is done.
    reason : str
        Why, in English.
    """

    tag: int
    keyword: str
    decision: Decision
    reason: str


class Rules:
    """Decides what is done with an attribute under one profile.

    Parameters
    ----------
    profile : Profile
        The options in force.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._simple: dict[tuple[int, str], Decision] = {}
        self._placed: dict[tuple[int, str, str, str], Decision] = {}
        self._private: dict[tuple[int, str, str | None], Decision] = {}
        self._content: dict[tuple[str, str, str], Decision | None] = {}
        self._safe = (
            frozenset(safe_private()) | profile.private if "retain-safe-private" in profile.options else frozenset()
        )

    def __getstate__(self) -> Profile:
        """Only the profile travels to another process."""
        return self.profile

    def __setstate__(self, profile: Profile) -> None:
        self.__init__(profile)  # type: ignore[misc]  # the state is what the constructor takes

    def decide(
        self, tag: int, vr: str, *, sop_class: str, path: tuple[str, ...] = (), creator: str | None = None
    ) -> Decision:
        """Decide what is done with an attribute.

        Parameters
        ----------
        tag : int
            Tag of the attribute.
        vr : str
            Value representation that it has in the file.
        sop_class : str
            SOP class of the object.
        path : tuple of str
            Keywords of the enclosing sequences, from the root.
        creator : str, optional
            Private creator of an attribute of an odd group; of a creator element, its own value.

        Returns
        -------
        Decision
            Cached.
        """
        if tag & 0x10000:
            private = (tag, vr, creator)
            known = self._private.get(private)
            if known is None:
                known = self._private[private] = self._decide_private(tag, vr, creator)
            return known
        known = self._simple.get((tag, vr))
        if known is not None:
            return known
        parent = path[-1] if path else ""
        place = (tag, vr, sop_class, parent)
        known = self._placed.get(place)
        if known is None:
            known, depends = self._decide(tag, vr, sop_class, path)
            if depends:
                self._placed[place] = known
            else:
                self._simple[tag, vr] = known
        return known

    def explain(
        self, tag: int, vr: str, *, sop_class: str, path: tuple[str, ...] = (), creator: str | None = None
    ) -> Explanation:
        """Decide, and say why.

        Parameters
        ----------
        tag, vr, sop_class, path, creator
            As in :meth:`decide`.

        Returns
        -------
        Explanation
            The decision and its reason.
        """
        decision = self.decide(tag, vr, sop_class=sop_class, path=path, creator=creator)
        return Explanation(tag, keyword_of(tag), decision, self._reason(tag, vr, decision))

    def content_item(self, scheme: str, code: str, value_type: str) -> Decision | None:
        """Decide what is done with a content item of a structured report (PS3.15 table E.3.4-1).

        Parameters
        ----------
        scheme, code : str
            Coding scheme designator and code value of its concept name.
        value_type : str
            ValueType of the item.

        Returns
        -------
        Decision or None
            ``REMOVE``: the item goes with all below it. ``DUMMY``: its value is replaced by another of the same kind.
            Every other action, and None (not in the table): the item is entered and its attributes are cleaned by
            their own rules.
        """
        place = (scheme, code, value_type)
        if place not in self._content:
            self._content[place] = content_decision(self.profile, *place)
        return self._content[place]

    def _reason(self, tag: int, vr: str, decision: Decision) -> str:
        rule = decision.rule
        if rule == "E.1-1":
            return f"PS3.15 table E.1-1: {decision.code}"
        if rule == "option":
            return f"PS3.15 table E.1-1: {decision.code} by an option of the profile"
        if rule in ("beyond", "kept"):
            entry = beyond_entry(tag)
            return entry.reason if entry else "nothing asks for a change"
        if rule == "vr":
            found = beyond().get(f"VR {vr}")
            return found.reason if found else "no known value representation"
        return {
            "profile": "the profile says so",
            "private": "private; kept only if it is on the list of safe ones and the profile asks for those",
            "unknown": "no attribute of the standard's dictionary",
        }[rule]

    def _decide_private(self, tag: int, vr: str, creator: str | None) -> Decision:
        override = self.profile.overrides.get(tag)
        if override is not None:
            return Decision(override, "", "profile", _text_of(vr, override))
        if creator is None or not self._safe:
            return Decision(Action.REMOVE, "X", "private")
        name, group, element = creator.strip(" \0"), tag >> 16, tag & 0xFFFF
        if 0x10 <= element <= 0xFF:
            kept = any(entry[0] == name and entry[1] == group for entry in self._safe)
            return Decision(Action.TEXT, "C", "private", "plain") if kept else Decision(Action.REMOVE, "X", "private")
        if element < 0x1000 or (name, group, element & 0xFF) not in self._safe:
            return Decision(Action.REMOVE, "X", "private")
        listed = safe_private().get((name, group, element & 0xFF))
        vr = listed.vr if vr == "UN" and listed is not None else vr
        if vr in TEXT_VRS or vr == "CS":
            return Decision(Action.TEXT, "C", "private", "technical")
        if vr in NUMBER_VRS or vr in BYTE_VRS or vr == "SQ":
            return Decision(Action.KEEP, "C", "private")
        by_vr = self._by_vr(vr)
        return Decision(by_vr.action, "C", "private", by_vr.text)

    def _decide(self, tag: int, vr: str, sop_class: str, path: tuple[str, ...]) -> tuple[Decision, bool]:
        """Return the decision, and whether it holds for this place only."""
        override = self.profile.overrides.get(tag)
        keyword, vr = keyword_of(tag), vr.partition(" ")[0]
        if override is not None:
            return Decision(override, "", "profile", _text_of(vr, override)), False
        if tag & 0xFFFF == 0 and tag != 0xFFFEE000:
            return Decision(Action.REMOVE, "", "beyond"), False
        entry, row = beyond_entry(tag), table_row(tag)
        known = dictionary_vr(tag)
        if row is None and entry is None and known is None:
            return Decision(Action.REMOVE, "", "unknown"), False
        if not known:
            known = row.vr if row is not None and row.vr else vr
        allowed = known.split(" or ")
        real = vr if vr in allowed else allowed[0]
        depends = False
        if entry is not None and entry.action in _BEFORE_TABLE:
            decision = self._of_ours(entry, keyword, real)
        elif row is not None:
            decision, depends = self._of_table(row, entry, real, sop_class, path)
        elif entry is not None:
            decision = self._of_ours(entry, keyword, real)
        else:
            decision = self._by_vr(real)
        return self._fit(decision, vr, real), depends

    def _fit(self, decision: Decision, vr: str, real: str) -> Decision:
        """Make a decision stricter if the file gives the attribute another value representation than the standard."""
        if vr in (real, "UN") or decision.action in (Action.REMOVE, Action.EMPTY):
            return decision
        if real == "SQ" or vr == "SQ":
            return Decision(Action.REMOVE, decision.code, "vr")
        if vr in NUMBER_VRS and real in NUMBER_VRS and decision.action is Action.KEEP:
            return decision
        if vr in BYTE_VRS and real in BYTE_VRS:
            return decision
        if vr in TEXT_VRS | {"CS"} and real in TEXT_VRS | {"CS"}:
            return decision
        by_vr = self._by_vr(vr)
        if decision.action in (Action.KEEP, Action.TEXT, Action.DATE, Action.AGE):
            return Decision(by_vr.action, decision.code, "vr", by_vr.text)
        return decision

    def _by_vr(self, vr: str) -> Decision:
        entry = beyond().get(f"VR {vr}")
        if entry is None:
            return Decision(Action.REMOVE, "", "vr")
        if vr in DATE_VRS and "retain-modified-dates" not in self.profile.options:
            return Decision(Action.EMPTY, "", "vr")
        if vr == "UI" and "retain-uids" in self.profile.options:
            return Decision(Action.KEEP, "", "vr")
        return Decision(Action(entry.action), "", "vr", _TEXT_RULES.get(entry.text))

    def _of_ours(self, entry: Beyond, keyword: str, vr: str) -> Decision:
        if entry.action == "characteristic":
            return self._characteristic(keyword, vr)
        action = Action(entry.action)
        if action is Action.UID and "retain-uids" in self.profile.options:
            return Decision(Action.KEEP, "K", "option")
        return Decision(action, "", "kept" if action is Action.KEEP else "beyond", _TEXT_RULES.get(entry.text))

    def _characteristic(self, keyword: str, vr: str) -> Decision:
        kept = self.profile.patient if "retain-patient-characteristics" in self.profile.options else ()
        if "all" in kept or keyword in kept or (keyword in _FOLLOWS and set(_FOLLOWS[keyword]) <= set(kept)):
            return self._kept(vr, "C" if vr in TEXT_VRS else "K")
        return Decision(Action.REMOVE, "", "beyond")

    def _of_table(
        self, row: Row, entry: Beyond | None, vr: str, sop_class: str, path: tuple[str, ...]
    ) -> tuple[Decision, bool]:
        chosen = self._by_option(row, entry, vr)
        if chosen is not None:
            return chosen, False
        action = {"X": Action.REMOVE, "Z": Action.EMPTY, "D": Action.DUMMY, "U": Action.UID}.get(row.basic)
        if action is not None:
            return Decision(_entered(action, row.keyword, vr), row.basic, "E.1-1"), False
        kind = type_in_iod(row.keyword, sop_class, path)
        return Decision(_entered(_compound(row.basic, kind), row.keyword, vr), row.basic, "E.1-1"), True

    def _by_option(self, row: Row, entry: Beyond | None, vr: str) -> Decision | None:
        """Return what the options say to an attribute of the table, None where they say nothing."""
        options = self.profile.options
        if row.modified_dates and vr in DATE_VRS:
            if "retain-modified-dates" not in options:
                return None
            return Decision(Action.KEEP if vr == "TM" else Action.DATE, "C", "option")
        if row.modified_dates and vr not in BYTE_VRS and "retain-modified-dates" in options:
            return Decision(Action.TEXT, "C", "option", "defined")
        if row.retain_uids and "retain-uids" in options:
            return Decision(Action.KEEP, "K", "option")
        if row.retain_patient:
            kept = self.profile.patient if "retain-patient-characteristics" in options else ()
            return self._kept(vr, row.retain_patient) if "all" in kept or row.keyword in kept else None
        if row.retain_device and "retain-device-identity" in options:
            kept = self.profile.device
            if "all" in kept or row.keyword in kept:
                return self._kept(vr, row.retain_device)
        if row.clean_graphics and "clean-graphics" in options:
            if entry is not None:
                return Decision(Action(entry.action), "C", "option")
            return Decision(Action.KEEP, "C", "option")
        if row.clean_structured_content and "clean-structured-content" in options:
            return Decision(Action.KEEP, "C", "option")
        if row.clean_descriptors and "clean-descriptors" in options:
            return _cleaned(vr)
        return None

    def _kept(self, vr: str, code: str) -> Decision:
        if vr in TEXT_VRS:
            return Decision(Action.TEXT, code, "option", "words" if code == "C" else "technical")
        if vr == "AE":
            return Decision(Action.TEXT, code, "option", "technical")
        if vr == "AS":
            return Decision(Action.AGE, code, "option")
        if vr in DATE_VRS:
            by_vr = self._by_vr(vr)
            return Decision(by_vr.action, code, "option")
        return Decision(Action.KEEP, code, "option", "defined" if vr == "CS" else None)


def _cleaned(vr: str) -> Decision | None:
    if vr == "SQ":
        return Decision(Action.KEEP, "C", "option")
    if vr in TEXT_VRS:
        return Decision(Action.TEXT, "C", "option", "words")
    if vr == "CS":
        return Decision(Action.TEXT, "C", "option", "defined")
    return None


def _compound(code: str, kind: str | None) -> Action:
    """Choose among the actions of a combined code by the type in the IOD (PS3.15 table E.1-1a).

    Of a SOP class that is not known, the choice is the one that every reader can live with: a dummy where one is
    allowed, else an empty value.
    """
    codes = code.split("/")
    if "U*" in codes:
        # Z may be a value too that identifies nobody (table E.1-1a): with other UIDs the references go on to work
        return Action.REMOVE if kind == "3" else Action.KEEP
    if kind in ("3", ""):
        return Action.REMOVE if "X" in codes else Action.EMPTY
    if kind in ("2", "2C") and "Z" in codes:
        return Action.EMPTY
    return Action.DUMMY if "D" in codes else Action.EMPTY


def _entered(action: Action, keyword: str, vr: str) -> Action:
    if vr == "SQ" and action is Action.DUMMY and not keyword.endswith("CodeSequence"):
        return Action.KEEP
    return Action.UID if vr == "UI" and action is Action.DUMMY else action


def _text_of(vr: str, action: Action) -> TextRule | None:
    if vr not in TEXT_VRS and vr != "CS":
        return None
    return _OVERRIDDEN.get(action)
