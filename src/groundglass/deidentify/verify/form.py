"""Checks of form: what a de-identified object must say of itself, and what it should not have (PS3.15 E.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from groundglass.deidentify.verify.elements import Parsed
from groundglass.deidentify.verify.findings import Finding

_TAKEN_OUT: dict[int, str] = {
    0x00080081: "InstitutionAddress",
    0x00081040: "InstitutionalDepartmentName",
    0x00100032: "PatientBirthTime",
    0x00102180: "Occupation",
    0x00400275: "RequestAttributesSequence",
    0x04000561: "OriginalAttributesSequence",
    0x04000500: "EncryptedAttributesSequence",
    0xFFFAFFFA: "DigitalSignaturesSequence",
    0x00880200: "IconImageSequence",
    0x00400555: "AcquisitionContextSequence",
}
"""Attributes of table E.1-1 that the Basic Profile takes out or empties in every object, with no option that keeps them
by default."""
_IDENTITY: dict[int, str] = {
    0x00101000: "OtherPatientIDs",
    0x00101001: "OtherPatientNames",
    0x00101002: "OtherPatientIDsSequence",
    0x00101040: "PatientAddress",
    0x00101060: "PatientMotherBirthName",
    0x00102154: "PatientTelephoneNumbers",
    0x00102160: "EthnicGroup",
    0x00102161: "EthnicGroupCodeSequence",
    0x00102162: "EthnicGroups",
    0x001021F0: "PatientReligiousPreference",
    0x00380300: "CurrentPatientLocation",
}
"""Attributes of table E.1-1 that say who somebody is; ethnic groups too, which 113108 would keep."""
_SAFE_PRIVATE = "113111"
"""Retain Safe Private Option (PS3.16 CID 7050)."""
_DOCUMENTS = frozenset({"1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2", "1.2.840.10008.5.1.4.1.1.66"})
"""Encapsulated PDF, encapsulated CDA, raw data (PS3.4 B.5)."""
_TAG_LENGTH = len("(gggg,eeee)")
"""Characters of a tag in a path."""
OLDEST_YEARS = 89
"""Ages above that are named one by one in few lists (45 CFR 164.514(b)(2)(i)(C))."""


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """PatientName and PatientID of an object, as OUT has them."""

    name: str
    identifier: str


def form_findings(parsed: Parsed, file: str) -> Iterator[Finding]:
    """Return what is wrong with the form of one object.

    Parameters
    ----------
    parsed : Parsed
        The object.
    file : str
        How findings call it.
    """
    main = {e.tag: e for e in parsed.elements if "/" not in e.path}
    text = {tag: e.value.decode("latin-1").strip(" \0") for tag, e in main.items() if len(e.value) < 4096}
    if 0x00080016 not in main and 0x00041130 not in main and 0x00041220 not in main and 0x00080018 not in main:
        return  # no composite object: nothing to ask for
    directory = text.get(0x00020002) == "1.2.840.10008.1.3.10"
    if not directory:
        yield from _says(parsed, text, file)
    for place, _, data in parsed.zones:
        if place == "preamble" and data.strip(b"\0") and data[:4] not in (b"II*\0", b"MM\0*"):
            yield Finding("F04", file, "preamble")
    above = {e.path[:_TAG_LENGTH] for e in parsed.elements if "/" in e.path}
    for tag, keyword in _TAKEN_OUT.items():
        held = main.get(tag)
        if (held is not None and held.value.strip(b"\0 ")) or _name(tag) in above:
            yield Finding("F08", file, _name(tag), keyword)
    for tag, keyword in _IDENTITY.items():
        if text.get(tag, "").casefold() not in {"", *_PLACEHOLDERS} or _name(tag) in above:
            yield Finding("F15", file, _name(tag), keyword)
    for tag in (0x00020100, 0x00020102):
        if tag in main:
            yield Finding("F11", file, _name(tag), "private information")
    document = main.get(0x00420011)
    if text.get(0x00080016, "") in _DOCUMENTS or (document is not None and document.value.strip(b"\0 ")):
        yield Finding("F10", file, "(0008,0016)")
    age = re.fullmatch(r"(\d{3})Y", text.get(0x00101010, ""))
    if age and int(age[1]) > OLDEST_YEARS:
        yield Finding("F09", file, "(0010,1010)", "age", text[0x00101010])
    yield from _blocks(parsed, file)
    yield from _persons(parsed, text, file)


def _says(parsed: Parsed, text: dict[int, str], file: str) -> Iterator[Finding]:
    if text.get(0x00120062) != "YES":
        yield Finding("F01", file, "(0012,0062)")
    codes = any(e.path.startswith("(0012,0064)[") for e in parsed.elements)
    if not text.get(0x00120063) and not codes:
        yield Finding("F02", file, "(0012,0063)", "method")
    elif not codes:
        yield Finding("F02", file, "(0012,0064)", "codes")
    if text.get(0x00280303) not in ("MODIFIED", "REMOVED", "UNMODIFIED"):
        yield Finding("F03", file, "(0028,0303)")


def _blocks(parsed: Parsed, file: str) -> Iterator[Finding]:
    safe = any(
        e.tag == 0x00080100 and e.path.startswith("(0012,0064)[") and e.value.strip(b" \0") == _SAFE_PRIVATE.encode()
        for e in parsed.elements
    )
    creators = sorted({e.creator for e in parsed.elements if e.private and e.tag & 0xFFFF > 0xFF})
    for creator in creators:
        yield Finding("W09" if safe else "F05", file, "private block", creator[:24] or "no creator")
    if any(0x5000 <= e.tag >> 16 <= 0x501E and not e.private for e in parsed.elements):
        yield Finding("F07", file, "(50xx)", "curve")
    for e in parsed.elements:
        if 0x6000 <= e.tag >> 16 <= 0x601E and not e.private and e.tag & 0xFFFF in (0x3000, 0x0022, 0x1500, 0x4000):
            yield Finding("F07", file, "(60xx)", "overlay")
            break


def _persons(parsed: Parsed, text: dict[int, str], file: str) -> Iterator[Finding]:
    """A person name other than the pseudonym, which is that of the patient."""
    own = text.get(0x00100010, "")
    alike = own == text.get(0x00100020) or re.search(r"\d", own) or _PSEUDONYM.fullmatch(own)
    if not alike and own.casefold() not in {"", *_PLACEHOLDERS}:
        yield Finding("F06", file, "(0010,0010)", "person name", own)
    allowed = {text.get(0x00100010, ""), text.get(0x00100020, ""), ""}
    for e in parsed.elements:
        if e.vr == "PN" and e.tag != 0x00100010:
            name = e.value.decode("utf-8", "replace").strip(" \0")
            if name not in allowed and re.search(r"[^\W\d_]{2,}", name) and name.casefold() not in _PLACEHOLDERS:
                yield Finding("F06", file, e.path, "person name", name)


_PSEUDONYM = re.compile(r"GG[A-Z2-9]{6,}")
"""Pseudonyms of a project."""
_PLACEHOLDERS = frozenset({"anonymous", "anonymized", "removed", "none", "unknown", "pseudonym", "dummy", "empty"})
"""What programs put where a name must stand."""


def _name(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
