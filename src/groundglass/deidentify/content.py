"""Content items of structured reports by what they are about (PS3.15 E.3.4, table E.3.4-1)."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydicom.dataset import Dataset

from groundglass.deidentify.profile import Profile
from groundglass.deidentify.table.rows import ContentRow, content

_OF_PATIENT = {("DCM", "121032"): "PatientSex", ("DCM", "121033"): "PatientAge"}
"""Items that say what an attribute of the patient says."""
_BY_LEAF = frozenset({"UIDREF", "DATE", "TIME", "DATETIME", "IMAGE", "COMPOSITE", "WAVEFORM"})
"""Value types whose attributes are decided by their own rules: UIDs are replaced and dates moved, all over the project,
so that references and order stay."""


def asked_of(item: Dataset, profile: Profile) -> Literal["remove", "dummy", "leaves"]:
    """Decide what is done with one content item.

    Parameters
    ----------
    item : Dataset
        An item of ContentSequence.
    profile : Profile
        Options.

    Returns
    -------
    {"remove", "dummy", "leaves"}
        The whole item goes; its text becomes a dummy; or its attributes are decided one by one.
    """
    names = item.get("ConceptNameCodeSequence")
    if not names:
        return "leaves"
    scheme = str(names[0].get("CodingSchemeDesignator", "") or "").strip()
    code = str(names[0].get("CodeValue", "") or "").strip()
    row = _rows().get((scheme, code))
    if row is None or row.value_type in _BY_LEAF:
        return "leaves"
    if row.clean_descriptors and "clean-descriptors" in profile.options:
        return "leaves"
    if row.retain_device and "retain-device-identity" in profile.options and "all" in profile.device:
        return "leaves"
    if row.retain_patient and "retain-patient-characteristics" in profile.options:
        wanted = _OF_PATIENT.get((scheme, code), "")
        return "leaves" if "all" in profile.patient or wanted in profile.patient else "remove"
    return "dummy" if "D" in row.basic.split("/") and row.value_type != "PNAME" else _pname(row)


def _pname(row: ContentRow) -> Literal["remove", "leaves"]:
    # a name is replaced by the rule of PersonName where the standard wants the item to stay
    return "leaves" if "D" in row.basic.split("/") else "remove"


@cache
def _rows() -> dict[tuple[str, str], ContentRow]:
    return {(row.scheme, row.code): row for row in content()}
