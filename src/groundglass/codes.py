"""Coded concepts: what a number or a region is called in the terms of SNOMED CT, DCM, LOINC and UCUM.

Every code says where it was read. What has no code in those gets one of ours (scheme ``99GROUNDGLASS``).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Scheme = Literal["SCT", "DCM", "LN", "UCUM", "RADLEX", "RFC5646", "99GROUNDGLASS"]

PRIVATE_SCHEME: Final = "99GROUNDGLASS"
PRIVATE_SCHEME_UID: Final = "2.25.150488586654064292767129027208712321694"
"""Names our coding scheme in CodingSchemeIdentificationSequence (PS3.3 C.12.1.1.5); drawn once from a random UUID."""
PRIVATE_SCHEME_NAME: Final = "groundglass result codes"


@dataclass(frozen=True, slots=True)
class Code:
    """One coded concept (PS3.3 section 8.8).

    Attributes
    ----------
    value : str
        Code value.
    scheme : str
        Coding scheme designator (PS3.16 section 8).
    meaning : str
        Words of the code, English, at most 64 characters.
    source : str
        Where the code was read.
    """

    value: str
    scheme: Scheme
    meaning: str
    source: str


_KEY = "PS3.16 TID 2010 and CID 7010"
_OBSERVER = "PS3.16 TID 1002 and 1004"
_ANATOMY = "PS3.16 CID 4030 CT and MR anatomy imaged; PS3.16 annex L"
_SEGMENT = "PS3.16 CID 7150 and 7151, segmented property categories and types"
_ZONE = "PS3.16 CID 6124 and 6126, as in pydicom 3.0's concept dictionary"
_SIDE = "PS3.16 CID 244 Laterality"
_MEASURE = "PS3.16 CID 7461 to 7469 and annex D, as used in TID 1411 and 1419"
_UNIT = "UCUM; PS3.16 CID 7181 and 7460"
_OURS = "no standard code found; defined here"


def _ours(value: str, meaning: str) -> Code:
    return Code(value, PRIVATE_SCHEME, meaning, _OURS)


CODES: Final = MappingProxyType(
    {
        # documents
        "diagnostic_imaging_report": Code("18748-4", "LN", "Diagnostic imaging study", "LOINC; PS3.16 CID 7001"),
        "of_interest": Code("113000", "DCM", "Of Interest", _KEY),
        "rejected_for_quality": Code("113001", "DCM", "Rejected for Quality Reasons", _KEY),
        "other_failure": Code("111220", "DCM", "Other failure", "PS3.16 CID 7011"),
        "document_title_modifier": Code("113011", "DCM", "Document Title Modifier", _KEY),
        "key_object_description": Code("113012", "DCM", "Key Object Description", _KEY),
        "language": Code("121049", "DCM", "Language of Content Item and Descendants", "PS3.16 TID 1204"),
        "language_en": Code("en", "RFC5646", "English", "PS3.16 CID 5000"),
        "language_ru": Code("ru", "RFC5646", "Russian", "PS3.16 CID 5000"),
        "observer_type": Code("121005", "DCM", "Observer Type", _OBSERVER),
        "device": Code("121007", "DCM", "Device", "PS3.16 CID 270"),
        "device_observer_uid": Code("121012", "DCM", "Device Observer UID", _OBSERVER),
        "device_observer_name": Code("121013", "DCM", "Device Observer Name", _OBSERVER),
        # where
        "chest": Code("816094009", "SCT", "Chest", _ANATOMY),
        "lung": Code("39607008", "SCT", "Lung", _ANATOMY),
        "right": Code("24028007", "SCT", "Right", _SIDE),
        "left": Code("7771000", "SCT", "Left", _SIDE),
        "both": Code("51440002", "SCT", "Bilateral", _SIDE),
        "upper_zone": Code("281392002", "SCT", "Upper zone of lung", _ZONE),
        "middle_zone": Code("281393007", "SCT", "Middle zone of lung", _ZONE),
        "lower_zone": Code("281394001", "SCT", "Lower zone of lung", _ZONE),
        # segments
        "anatomical_structure": Code("91723000", "SCT", "Anatomical Structure", _SEGMENT),
        "abnormal_structure": Code("49755003", "SCT", "Morphologically Abnormal Structure", _SEGMENT),
        "ground_glass": _ours("ground-glass", "Ground-glass opacity"),
        "consolidation": _ours("consolidation", "Consolidation of lung"),
        # units
        "ml": Code("ml", "UCUM", "milliliter", _UNIT),
        "percent": Code("%", "UCUM", "Percent", _UNIT),
        "hu": Code("[hnsf'U]", "UCUM", "Hounsfield unit", _UNIT),
        "one": Code("1", "UCUM", "no units", _UNIT),
        "mm": Code("mm", "UCUM", "millimeter", _UNIT),
        # measured
        "volume": Code("118565006", "SCT", "Volume", _MEASURE),
        "mean": Code("373098007", "SCT", "Mean", "PS3.16 CID 3488 Min/max/mean"),
    }
)
"""Every code by our name for it."""


def code(name: str) -> Code:
    """Return a code by our name for it.

    Raises
    ------
    KeyError
        If the table has none of that name.
    """
    return CODES[name]
