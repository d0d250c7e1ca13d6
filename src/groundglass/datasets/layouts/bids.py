"""A layout after BIDS. BIDS has no CT (yet), so this follows its rules of names and tables, and says so.

::

    dataset_description.json  participants.tsv .json  .bidsignore
    sub-BBBB/ct/sub-BBBB_ct.nii.gz .json
    derivatives/masks/dataset_description.json
    derivatives/masks/sub-BBBB/ct/sub-BBBB_desc-lesion_mask.nii.gz  sub-BBBB_desc-lungs_mask.nii.gz
    derivatives/analysis/sub-BBBB/ct/sub-BBBB_result.json

A ``sub-`` is a study; the column ``patient_id`` says which of them are of one person.

Gorgolewski K. et al., Scientific Data 3:160044 (2016); BIDS specification 1.9.0, bids-specification.readthedocs.io.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from groundglass.datasets.layouts.contract import FileKind, has_mask, mask_labels
from groundglass.datasets.layouts.own_tables import json_bytes, own_tables, tsv_bytes
from groundglass.datasets.members import STUDY_FIELDS, About, Member, cells
from groundglass.version import __version__

BIDS_VERSION = "1.9.0"
UNKNOWN = "n/a"
"""What BIDS writes into an empty cell (specification 1.9.0, tabular files)."""
_BIDS_NAMES = {"age_years": "age"}
_NOT_IN_TABLE = {"study_file", "mask_file", "lungs_file"}
_NOTE = (
    "BIDS 1.9.0 does not cover CT. Names and tables follow its rules; pictures lie in folders ct with the suffix _ct, "
    "which .bidsignore names."
)
_IGNORED = (
    "**/ct/**",
    "studies.csv",
    "splits.csv",
    "dataset.json",
    "card.json",
    "croissant.json",
    "funnel.json",
    "statistics.json",
    "statistics/**",
    "README_*",
    "CHANGELOG.md",
    "SHA256SUMS",
)
# BIDS fact of a sidecar, and the attribute of the member it is
SIDECAR = (
    ("Manufacturer", "manufacturer"),
    ("ManufacturersModelName", "model"),
    ("ConvolutionKernel", "kernel"),
    ("KVP", "kvp"),
    ("ContrastMedium", "contrast"),
    ("SliceThickness", "slice_thickness_mm"),
    ("SpacingBetweenSlices", "spacing_slice_mm"),
)


class BidsLayout:
    """:class:`groundglass.datasets.layouts.contract.Layout` after BIDS."""

    name = "bids"
    manifest = "dataset.json"

    def place(self, member: Member, kind: FileKind) -> PurePosixPath:
        """Return where a file of a study lies, relative to the set."""
        subject = subject_of(member.study_id)
        masks = f"derivatives/masks/{subject}/ct/{subject}_desc-"
        return PurePosixPath(
            {
                "study": f"{subject}/ct/{subject}_ct.nii.gz",
                "mask": f"{masks}lesion_mask.nii.gz",
                "lungs": f"{masks}lungs_mask.nii.gz",
                "result": f"derivatives/analysis/{subject}/ct/{subject}_result.json",
            }[kind]
        )

    def tables(self, members: Sequence[Member], about: About) -> dict[str, bytes]:
        """Return path and content of every table of the layout."""
        found = {
            "dataset_description.json": json_bytes(_description(about)),
            "participants.tsv": tsv_bytes(_participants(members)),
            "participants.json": json_bytes(_columns(members)),
            ".bidsignore": ("\n".join(_IGNORED) + "\n").encode(),
            **own_tables(members, about, self.name, self.manifest),
        }
        for member in members:
            study = PurePosixPath(member.study_file) if member.study_file else self.place(member, "study")
            sidecar = str(study).removesuffix(".gz").removesuffix(".nii") + ".json"
            found[sidecar] = json_bytes(_facts(member))
        if any(has_mask(member) or member.lungs_file for member in members):
            found["derivatives/masks/dataset_description.json"] = json_bytes(_masks_description(about))
        return found


def subject_of(study_id: str) -> str:
    """Return the folder of a study: ``sub-0001`` of ``study_0001``; other characters than letters and figures go.

    Two names that differ in other characters alone would meet, so they are then written as ``x5f`` of their number.
    """
    plain = study_id.removeprefix("study_")
    return "sub-" + re.sub(r"[^A-Za-z0-9]", lambda found: f"x{ord(found.group()):x}", plain)


def _description(about: About) -> dict[str, Any]:
    texts = {
        "License": about.licence,
        "Authors": list(about.authors),
        "HowToAcknowledge": about.citation,
        "DatasetDOI": about.doi,
        "ReferencesAndLinks": [about.url] if about.url else [],
    }
    return {
        "Name": about.title.get("en") or about.name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "DatasetVersion": about.version,
        **{name: text for name, text in texts.items() if text},
        "GeneratedBy": [{"Name": "groundglass", "Version": __version__, "Description": _NOTE}],
    }


def _masks_description(about: About) -> dict[str, Any]:
    return {
        "Name": f"{about.title.get('en') or about.name}: masks",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        **({"License": about.licence} if about.licence else {}),
        "GeneratedBy": [{"Name": "groundglass", "Version": __version__, "Description": _NOTE}],
        "LesionLabels": {str(number): name for number, name in mask_labels(about).items()},
    }


def _participants(members: Sequence[Member]) -> list[list[str]]:
    extra = sorted({name for member in members for name in member.extra})
    fields = [field.name for field in STUDY_FIELDS if field.name not in _NOT_IN_TABLE] + extra
    rows = [["participant_id", *(_BIDS_NAMES.get(name, name) for name in fields)]]
    for member in members:
        row = cells(member)
        rows.append([subject_of(member.study_id), *(row.get(name, "") or UNKNOWN for name in fields)])
    return rows


def _columns(members: Sequence[Member]) -> dict[str, Any]:
    extra = sorted({name for member in members for name in member.extra})
    said: dict[str, dict[str, Any]] = {
        _BIDS_NAMES.get(field.name, field.name): {"Description": field.en}
        for field in STUDY_FIELDS
        if field.name not in _NOT_IN_TABLE
    }
    said["sex"]["Levels"] = {"M": "male", "F": "female", "O": "other"}
    said["age"]["Units"] = "year"
    return {"participant_id": {"Description": "study; see patient_id"}, **said, **{name: {} for name in extra}}


def _facts(member: Member) -> dict[str, Any]:
    facts = {name: getattr(member, attribute) for name, attribute in SIDECAR}
    return {"Modality": "CT", **{name: value for name, value in facts.items() if value is not None}}
