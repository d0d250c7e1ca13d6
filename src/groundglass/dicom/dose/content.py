"""The content tree of a structured report (PS3.3 C.17.3) as plain values, from the raw elements of our own walker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from groundglass.dicom.elements import Element
from groundglass.dicom.values import decoded

CONTENT = 0x0040A730
_CONCEPT_NAME = 0x0040A043
_CONCEPT_CODE = 0x0040A168
_MEASURED = 0x0040A300
_NUMERIC = 0x0040A30A
_FLOATING = 0x0040A161
_UNITS = 0x004008EA
_TEXT = 0x0040A160
_UID = 0x0040A124
_DATETIME = 0x0040A120
_CODE_VALUES = (0x00080100, 0x00080119, 0x00080120)
_SCHEME = 0x00080102
_MEANING = 0x00080104

Data = Mapping[int, Element]


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded entry (PS3.3 8.8); what it lacks is empty."""

    value: str
    scheme: str
    meaning: str


NOTHING = Coded("", "", "")


@dataclass(frozen=True, slots=True)
class Number:
    """A measured value as it stands in the file, with its unit."""

    raw: Element
    unit: Coded


@dataclass(frozen=True, slots=True)
class Node:
    """One content item with everything it may hold; ``number`` is None where it has no measured value."""

    name: Coded
    code: Coded
    text: str
    uid: str
    when: str
    number: Number | None
    children: tuple[Node, ...] = ()

    def below(self, *, without: Callable[[Node], bool] | None = None) -> Iterator[Node]:
        """Yield every node below this one in order, but not those for which ``without`` is true, nor theirs."""
        pending = list(reversed(self.children))
        while pending:
            node = pending.pop()
            if without is not None and without(node):
                continue
            yield node
            pending.extend(reversed(node.children))


def read_tree(data: Data, character_sets: tuple[str, ...]) -> Node:
    """Return the root content item.

    Parameters
    ----------
    data : mapping of int to Element
        Data set of the object, or one item of its content sequence.
    character_sets : tuple of str
        SpecificCharacterSet of the object.
    """
    content = data.get(CONTENT)
    # The walker has bounded the nesting, so this recursion ends.
    children = tuple(read_tree(item, character_sets) for item in content.items) if content is not None else ()
    return Node(
        name=coded(data, _CONCEPT_NAME, character_sets),
        code=coded(data, _CONCEPT_CODE, character_sets),
        text=text_of(data, _TEXT, character_sets),
        uid=text_of(data, _UID, ()),
        when=text_of(data, _DATETIME, ()),
        number=_number(data, character_sets),
        children=children,
    )


def coded(data: Data, tag: int, character_sets: tuple[str, ...]) -> Coded:
    """Return the first coded entry of a sequence that says anything; empty where there is none."""
    element = data.get(tag)
    for item in element.items if element is not None else ():
        value = next(filter(None, (text_of(item, code, ()) for code in _CODE_VALUES)), "")
        meaning = text_of(item, _MEANING, character_sets)
        if value or meaning:
            return Coded(value, text_of(item, _SCHEME, ()), meaning)
    return NOTHING


def text_of(data: Data, tag: int, character_sets: tuple[str, ...]) -> str:
    """Return the text of an element, trimmed; empty where it is absent."""
    element = data.get(tag)
    if element is None or element.items:
        return ""
    return decoded(element.value, character_sets).strip(" \0\t\r\n")


def _number(data: Data, character_sets: tuple[str, ...]) -> Number | None:
    measured = data.get(_MEASURED)
    for item in measured.items if measured is not None else ():
        raw = next((item[tag] for tag in (_NUMERIC, _FLOATING) if tag in item and item[tag].value.strip(b" \0")), None)
        if raw is not None:
            return Number(raw, coded(item, _UNITS, character_sets))
    return None
