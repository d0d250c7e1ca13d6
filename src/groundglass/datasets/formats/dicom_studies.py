"""DICOM studies, one folder each, with what readers said of their slices in ``NAME.labels.json`` beside the folder.

``{"infected": [0, 1, ...], "order": "head to feet"}``: one number a slice of the series that is graded. ``order`` that
begins with or holds ``feet to head`` turns it round; nothing said means head to feet, the order of the readers.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.reading import Gravity
from groundglass.datasets.formats.labelled import (
    FolderReader,
    LabelledCt,
    damaged,
    no_member,
    straightened,
    voxels_sha256,
)
from groundglass.dicom.series import load, scan
from groundglass.pipeline.study import gravity_of
from groundglass.volume import Volume

LAYOUT = "dicom"
LABELS_BYTES_AT_MOST = 4 * 1024 * 1024
"""A label file of thousands of slices is far smaller."""
PROBED_FILES = 64
"""Files of a folder that are looked at before it is said to hold no DICOM."""
COVID_CT_MD_NAME = re.compile(r"^(P|cap|normal)\d{3}$")
"""Names of COVID-CT-MD: patients with COVID-19, with other pneumonia, and normals."""


def recognises(folder: Path) -> bool:
    """Tell whether a folder holds folders of DICOM files, or is one."""
    return bool(names(folder))


def names(folder: Path) -> tuple[str, ...]:
    """Return the names of the folders that hold DICOM files, sorted; its own where the files lie in it."""
    if _holds_dicom(folder, deep=False):
        return (folder.name,)
    return tuple(child.name for child in _folders(folder) if _holds_dicom(child))


def read(folder: Path, name: str) -> LabelledCt:
    """Read the series of a study that would be graded.

    Raises
    ------
    InputError
        ``SET_NO_MEMBER``, ``SET_MEMBER_DAMAGED``, ``GRID_MISMATCH``; what scanning and loading a series raise.
    """
    if name not in names(folder):
        raise no_member(name, LAYOUT)
    home = folder if _holds_dicom(folder, deep=False) else folder / name
    volume, gravity = read_lying(home, where=name)
    labels = _labels(home.with_name(f"{name}.labels.json"))
    of_covid_ct_md = COVID_CT_MD_NAME.match(name) is not None
    infected = None if labels is None else _infected(labels, f"{name}.labels.json")
    if labels is None and of_covid_ct_md and name.startswith("normal"):
        infected = np.zeros(len(volume.array), bool)
    patient = labels.get("patient") if labels else None
    grade = labels.get("grade") if labels else None
    return LabelledCt(
        name=name,
        patient=patient if isinstance(patient, str) else name,
        source="covid-ct-md" if of_covid_ct_md else "dicom",
        volume=volume,
        lungs=None,
        lesions=None,
        exact_hu=True,
        spacing_known=True,
        voxels_sha256=voxels_sha256(volume.array),
        infected_slices=infected,
        grade=grade if isinstance(grade, str) else None,
        licence="CC BY 4.0, as far as known" if of_covid_ct_md else "",
        gravity=gravity,
    )


READER = FolderReader(LAYOUT, recognises, names, read)


def read_series(folder: Path, *, where: str) -> Volume:
    """Return the series to grade of the one study in a folder, straightened.

    Parameters
    ----------
    folder : Path
        With DICOM files.
    where : str
        Names the study in errors.

    Raises
    ------
    InputError
        ``SET_MEMBER_DAMAGED`` with more than one study; the refusal of the study; what loading raises.
    """
    return read_lying(folder, where=where)[0]


def read_lying(folder: Path, *, where: str) -> tuple[Volume, Gravity]:
    """Return what :func:`read_series` returns, and towards which side of the patient gravity pulled.

    Raises
    ------
    InputError
        As :func:`read_series`.
    """
    studies = scan([folder]).studies
    if len(studies) != 1:
        raise damaged(f"it holds {len(studies)} studies", where, "give each study a folder of its own")
    if studies[0].chosen is None:
        raise studies[0].refusal or damaged("no series can be graded", where)
    loaded = load(studies[0].chosen)
    return straightened(loaded.volume), gravity_of(loaded.acquisition.patient_position)


def _folders(folder: Path) -> list[Path]:
    return sorted(child for child in folder.iterdir() if child.is_dir()) if folder.is_dir() else []


def _holds_dicom(folder: Path, *, deep: bool = True) -> bool:
    """Tell by the ending or the first bytes of the first files."""
    files = (path for path in (folder.rglob("*") if deep else folder.glob("*")) if path.is_file())
    for _, path in zip(range(PROBED_FILES), files, strict=False):
        if path.suffix.lower() == ".dcm":
            return True
        try:
            with path.open("rb") as stream:
                if stream.read(132)[128:] == b"DICM":
                    return True
        except OSError:
            continue  # another file may be readable; the member itself reports it
    return False


def _labels(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream:
            found = json.loads(stream.read(LABELS_BYTES_AT_MOST))
    except (OSError, ValueError, RecursionError) as reason:
        raise damaged("it is no readable JSON", path.name) from reason
    if not isinstance(found, dict):
        raise damaged("it is no JSON object", path.name, "give the labels as documented")
    return found


def _infected(labels: dict[str, Any], where: str) -> NDArray[np.bool_] | None:
    found = labels.get("infected")
    if found is None:
        return None
    if not isinstance(found, list) or any(value not in (0, 1) for value in found):
        raise damaged("infected is no list of 0 and 1", where, "give one number for each slice")
    infected = np.array(found, dtype=bool)
    return infected if "feet to head" in str(labels.get("order", "")).lower() else infected[::-1].copy()
