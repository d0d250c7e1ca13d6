"""Structured reports of any maker as a flat list of items (PS3.3 C.17.3), and who or what they say they are from."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from groundglass.conformance.objects import Equipment, ResultObject, stated
from groundglass.dicom.elements import Element
from groundglass.dicom.values import Values

_MAX_ITEMS = 100_000
"""Content items read of one report; a list of 1,000 nodules with 30 items each has less."""


@dataclass(frozen=True, slots=True)
class ContentItem:
    """One content item.

    Attributes
    ----------
    number : tuple of int
        Its place in the tree, 1-based, the root is (1,).
    code, scheme, concept : str
        Concept name; empty where it has none.
    value_type : str
        TEXT, CODE, NUM, IMAGE, ...
    text : str
        Its value in words: text, meaning of the code, number with unit, date, UID.
    value_code : str
        CodeValue of a CODE item.
    sop_uid : str
        Of IMAGE, COMPOSITE and WAVEFORM items.
    graphic : str
        POINT, POLYLINE, CIRCLE, ... of SCOORD and SCOORD3D.
    points : tuple of float
        GraphicData: (column, row) pairs of the image, or mm triples.
    points_to : tuple of int
        ReferencedContentItemIdentifier; empty for an item by value.
    frame_of_reference_uid : str
        Of SCOORD3D.
    """

    number: tuple[int, ...]
    code: str = ""
    scheme: str = ""
    concept: str = ""
    value_type: str = ""
    text: str = ""
    value_code: str = ""
    sop_uid: str = ""
    frame: int | None = None
    graphic: str = ""
    points: tuple[float, ...] = ()
    points_to: tuple[int, ...] = ()
    frame_of_reference_uid: str = ""


def content_of(found: ResultObject) -> tuple[ContentItem, ...]:
    """Return every content item of a report in reading order; a damaged one has what could be read of it.

    Parameters
    ----------
    found : ResultObject
        A report.
    """
    root = _item(found, found.values.data, (1,))
    return (root, *_below(found))


def _below(found: ResultObject) -> Iterator[ContentItem]:
    pending: list[tuple[tuple[int, ...], dict[int, Element]]] = []

    def push(parent: tuple[int, ...], items: tuple[dict[int, Element], ...]) -> None:
        pending.extend(reversed([((*parent, n), item) for n, item in enumerate(items, 1)]))

    push((1,), found.values.items(0x0040A730))
    for _ in range(_MAX_ITEMS):
        if not pending:
            return
        number, data = pending.pop()
        yield _item(found, data, number)
        element = data.get(0x0040A730)
        if element is not None:
            push(number, element.items)


def _item(found: ResultObject, data: Mapping[int, Element], number: tuple[int, ...]) -> ContentItem:
    little = found.instance.layout.little
    v = Values(data, little=little, problems={})
    name = v.item(0x0040A043)
    value_type = v.text(0x0040A040).upper()
    text, value_code, sop_uid, frame = "", "", "", None
    if 0x0040A168 in data:
        text, value_code = found.words(0x00080104, v.item(0x0040A168)), v.item(0x0040A168).text(0x00080100)
    elif 0x0040A300 in data:
        measured = v.item(0x0040A300)
        text = f"{measured.text(0x0040A30A)} {measured.item(0x004008EA).text(0x00080100)}".strip()
    else:
        tags = (0x0040A160, 0x0040A120, 0x0040A121, 0x0040A122, 0x0040A124)
        text = next((words for tag in tags if (words := found.words(tag, v))), "")
        if not text and 0x0040A123 in data:
            text = "a person"  # PN values are a patient's or a reader's name, and stay where they are
    if value_type in ("IMAGE", "COMPOSITE", "WAVEFORM"):
        named = v.item(0x00081199)
        sop_uid, frame = named.text(0x00081155), named.integer(0x00081160, "ReferencedFrameNumber")
    return ContentItem(
        number=number,
        code=name.text(0x00080100),
        scheme=name.text(0x00080102),
        concept=found.words(0x00080104, name),
        value_type=value_type,
        text=text,
        value_code=value_code,
        sop_uid=sop_uid,
        frame=frame,
        graphic=v.text(0x00700023).upper(),
        points=_floats(data, little),
        points_to=v.longs(0x0040DB73),
        frame_of_reference_uid=v.text(0x30060024),
    )


def _floats(data: Mapping[int, Element], little: bool) -> tuple[float, ...]:
    element = data.get(0x00700022)
    if element is None or len(element.value) % 4 or len(element.value) > 4_000_000:
        return ()
    return struct.unpack(f"{'<' if little else '>'}{len(element.value) // 4}f", element.value)


_NAME = re.compile(
    r"(service|software|algorithm|product|application|ai|system|device observer|model)[\w ]*\b(name|title|model)|"
    r"(наименование|название)[\w\s-]*(сервис|программ|алгоритм|по\b|ии|систем|продукт|модел)|^(ии-?)?сервис$|^service$",
    re.IGNORECASE,
)
_VERSION = re.compile(r"version|верси[яи]", re.IGNORECASE)
_NAME_CODES = frozenset({"121013", "121015", "111001"})
"""DCM Device Observer Name, Device Observer Model Name, Algorithm Name (PS3.16 TID 1004, TID 4019)."""
_VERSION_CODES = frozenset({"111003"})
"""DCM Algorithm Version (PS3.16 TID 4019)."""
_INLINE = re.compile(
    r"(?:service|software|algorithm|program|сервис\w*|программ\w*|алгоритм\w*)[^:\n]{0,40}:\s*(?P<name>[^\n;,]{2,64})",
    re.IGNORECASE,
)
_INLINE_VERSION = re.compile(r"\b(?:version|ver\.?|v\.?|верси[яи])\s*:?\s*(?P<version>\d[\w.+-]*)", re.IGNORECASE)


def stated_in_content(items: tuple[ContentItem, ...]) -> Equipment:
    """Return the service name and version that a report's content gives.

    Parameters
    ----------
    items : tuple of ContentItem
        The report.
    """
    name = version = ""
    for item in items:
        if item.value_type not in ("TEXT", "CODE", "UIDREF", "NUM"):
            continue
        if item.code in _VERSION_CODES or _VERSION.search(item.concept):
            version = version or stated(item.text)
        elif item.code in _NAME_CODES or _NAME.search(item.concept):
            name = name or stated(item.text)
    if not version:
        found = (_INLINE_VERSION.search(i.text) for i in items if i.value_type == "TEXT")
        version = next((hit["version"] for hit in found if hit), "")
    if not name:
        hits = (_INLINE.search(i.text) for i in items if i.value_type == "TEXT")
        name = next((words for hit in hits if hit and (words := stated(hit["name"]))), "")
    return Equipment(name, version, "", "report")


def by_reference_loop(items: tuple[ContentItem, ...]) -> tuple[int, ...] | None:
    """Return the place of an item that points to itself or to an item it lies within (PS3.3 C.17.3.2.5), or None.

    Longer circles need two such items; every one of them is followed from item to item.

    Parameters
    ----------
    items : tuple of ContentItem
        The report.
    """
    links = {item.number: item.points_to for item in items if item.points_to}
    for start in links:
        seen, here = {start}, start
        while (target := links.get(here)) is not None:
            if target == here[: len(target)] or target in seen:
                return start
            seen.add(target)
            here = target
    return None
