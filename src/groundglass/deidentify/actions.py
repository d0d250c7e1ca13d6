"""What can be done with one attribute, and why it is done (PS3.15 E.3, table E.1-1a)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Action(StrEnum):
    """What happens to one data element.

    The standard's codes are decided to one of these for the object at hand: X/Z/D, for example, becomes ``REMOVE``,
    ``EMPTY`` or ``DUMMY`` by the type that the IOD gives the attribute.
    """

    KEEP = "keep"
    """Unchanged; of a sequence, every item is entered (K)."""
    REMOVE = "remove"
    """Taken out (X)."""
    EMPTY = "empty"
    """Left without a value (Z)."""
    DUMMY = "dummy"
    """Another value of the same kind (D)."""
    UID = "uid"
    """Another UID, the same one all over the project (U)."""
    DATE = "date"
    """Moved by the days of the patient (C of the modified dates)."""
    TEXT = "text"
    """Words cleaned (C), by the rule that the decision names."""
    GRAPHICS = "graphics"
    """Overlay, annotation: cleaned by the pixel rules (C)."""
    PSEUDONYM = "pseudonym"
    """Patient's name and ID: the name that the project gives."""
    AGE = "age"
    """Kept, but ages above the profile's limit become the limit."""


TextRule = Literal["words", "technical", "meaning", "defined", "plain"]
"""How a text is cleaned.

words
    Free text: only words of the vocabulary, measures and short numbers stay.
technical
    Maker, model, software, kernel: stays unless it holds an identifier, a date, or words that look like a person.
meaning
    CodeMeaning: stays if a known code table has it, else cleaned as ``words``.
defined
    CS and other short terms: stays if its form is that of a term and it holds no identifier or date.
plain
    Only known identifiers, dates, phones and addresses are taken out.
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an attribute of one object.

    Attributes
    ----------
    action : Action
        What is done.
    code : str
        Code of the standard's table that led to it (``X/Z``, ``U``, ``C``), empty where none did.
    rule : str
        Where it comes from: ``E.1-1``, ``E.3.4-1`` (tables), ``option`` (column of an option), ``beyond`` (our
        additions), ``profile`` (override of the profile), ``private``, ``unknown`` (no attribute of the dictionary),
        ``vr`` (by VR alone), ``kept`` (nothing asks for a change).
    text : TextRule or None
        With ``TEXT`` and with ``KEEP`` of text: the rule that cleans it; None for none.
    """

    action: Action
    code: str
    rule: str
    text: TextRule | None = None
