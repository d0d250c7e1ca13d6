"""Content items by our names for codes (PS3.3 C.17.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from highdicom.sr import (
    CodeContentItem,
    CodedConcept,
    ContainerContentItem,
    ContentItem,
    ContentSequence,
    NumContentItem,
    Scoord3DContentItem,
    TextContentItem,
    UIDRefContentItem,
)

from groundglass.codes import code

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Relation = Literal["CONTAINS", "HAS PROPERTIES", "HAS CONCEPT MOD", "HAS OBS CONTEXT", "INFERRED FROM"]


def concept(name: str) -> CodedConcept:
    """Return a code by our name for it."""
    entry = code(name)
    return CodedConcept(entry.value, entry.scheme, entry.meaning)


def text(name: str, value: str, relation: Relation = "CONTAINS") -> TextContentItem:
    """Return a TEXT item."""
    return TextContentItem(concept(name), value, relation)


def coded(name: str, value: str, relation: Relation = "CONTAINS") -> CodeContentItem:
    """Return a CODE item; name and value by our names."""
    return CodeContentItem(concept(name), concept(value), relation)


def number(name: str, value: float, unit: str, relation: Relation = "CONTAINS") -> NumContentItem:
    """Return a NUM item; whole numbers are written without a decimal point."""
    item = NumContentItem(concept(name), float(value), concept(unit), relationship_type=relation)
    as_shown(item, value)
    return item


def as_shown(item: Dataset, value: float) -> None:
    """Write a number as it is shown, without the second, binary copy of it that highdicom adds (PS3.3 C.18.1)."""
    measured = item.MeasuredValueSequence[0]
    measured.NumericValue = f"{value:.10g}"
    if "FloatingPointValue" in measured:
        del measured.FloatingPointValue


def uid(name: str, value: str, relation: Relation = "CONTAINS") -> UIDRefContentItem:
    """Return a UIDREF item."""
    return UIDRefContentItem(concept(name), value, relation)


def container(name: str, items: Iterable[ContentItem], relation: Relation = "CONTAINS") -> ContainerContentItem:
    """Return a CONTAINER with its items."""
    item = ContainerContentItem(concept(name), is_content_continuous=False, relationship_type=relation)
    item.ContentSequence = ContentSequence(list(items))
    return item


def point(name: str, centre_mm: Sequence[float], frame_of_reference_uid: str) -> Scoord3DContentItem:
    """Return a point in space, LPS mm, to a hundredth of a millimetre."""
    place = np.round(np.asarray([centre_mm], dtype=np.float64), 2) + 0.0
    return Scoord3DContentItem(concept(name), "POINT", place, frame_of_reference_uid, relationship_type="CONTAINS")


def with_children(item: ContentItem, children: Iterable[ContentItem]) -> ContentItem:
    """Add items below an item; an empty list adds nothing."""
    found = list(children)
    if found:
        item.ContentSequence = ContentSequence(found)
    return item
