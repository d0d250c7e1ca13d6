"""What PS3.6 and our tables say of a tag, repeating groups included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydicom.datadict import get_entry

from groundglass.deidentify.table.rows import Beyond, Row, attributes, beyond

_T = TypeVar("_T")


def dictionary_vr(tag: int) -> str | None:
    """Return the value representations of PS3.6 (and its repeating groups), None for what it does not have."""
    young = attributes().get(f"{tag:08X}")
    if young is not None and young.vr:
        return young.vr
    try:
        return str(get_entry(tag)[0])
    except KeyError:
        return None


def vr_of(tag: int) -> str:
    """Return the (first) value representation of an attribute, ``UN`` for one that no dictionary has."""
    return (dictionary_vr(tag) or "UN").partition(" ")[0]


def keyword_of(tag: int) -> str:
    """Return the keyword of an attribute, empty for one that no dictionary has."""
    row = table_row(tag)
    if row is not None:
        return row.keyword
    try:
        return str(get_entry(tag)[4])
    except KeyError:
        return ""


def table_row(tag: int) -> Row | None:
    """Return the row of table E.1-1 for an attribute, None where it has none."""
    return _of_tag(attributes(), tag)


def beyond_entry(tag: int) -> Beyond | None:
    """Return our addition for an attribute, None where there is none."""
    return _of_tag(beyond(), tag)


def _of_tag(table: Mapping[str, _T], tag: int) -> _T | None:
    """Look a tag up, then the repeating groups that it may belong to (PS3.5 section 7.6)."""
    text = f"{tag:08X}"
    for key in (text, f"{text[:2]}XX{text[4:]}", f"{text[:2]}XXXXXX", f"XXXX{text[4:]}"):
        if key in table and (key == text or text[:2] in ("50", "60") or key.startswith("XXXX")):
            return table[key]
    return None
