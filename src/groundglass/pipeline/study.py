"""A study as it is handed in: found, its series chosen, and read into a volume when asked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundglass.analysis.reading import Gravity
from groundglass.dicom.header import Acquisition, Identity
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.stacks import STEP_RANGE_MM
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice

if TYPE_CHECKING:
    from groundglass.dicom.series import SeriesEntry, StudyEntry
    from groundglass.nifti import LoadedNifti
    from groundglass.volume import Volume

NO_STUDY = declare("NO_STUDY", "Nothing that could be read as a CT study was found.")
SEVERAL_STUDIES = declare("SEVERAL_STUDIES", "One study is wanted, and the path holds several.")
PATH_NOT_FOUND = declare("PATH_NOT_FOUND", "A path that was given does not exist or may not be read.")

NIFTI_SUFFIXES = (".nii", ".nii.gz", ".hdr", ".hdr.gz")

OUR_MASKS = ("lungs.nii.gz", "lesions.nii.gz", "lobes.nii.gz")

_GRAVITY: dict[str, Gravity] = {
    # PS3.3 C.7.3.1.1.2: the third letter on tells which side of the patient is down
    "S": "back",
    "P": "front",
    "DR": "right",
    "DL": "left",
}


@dataclass(frozen=True, slots=True)
class Study:
    """One study, found but not yet read.

    Attributes
    ----------
    study_id : str
        Our id, safe to show: ``study-`` and eight hexadecimal digits.
    entry : StudyEntry or None
        Its DICOM series; None for NIfTI.
    nifti : Path or None
        The NIfTI file; None for DICOM.
    refusal : InputError or None
        Why nothing of it can be graded.
    notices : tuple of Notice
        What was noticed on the way.
    """

    study_id: str
    entry: StudyEntry | None = None
    nifti: Path | None = None
    refusal: InputError | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedChest:
    """One series read into memory, DICOM or NIfTI alike.

    Attributes
    ----------
    volume : Volume
        HU, (slice, row, column) as the series has them.
    sop_uids : tuple of str or None
        SOP Instance UID of each slice; empty for NIfTI.
    gravity : str
        Side of the patient that is down.
    exact_hu : bool
        False where a NIfTI holds approximate or clipped HU.
    nifti : LoadedNifti or None
        The NIfTI source, whose shape and affine the masks keep.
    entry : SeriesEntry or None
        The DICOM series, to which objects refer.
    """

    volume: Volume
    sop_uids: tuple[str | None, ...]
    study_uid: str | None
    series_uid: str | None
    identity: Identity
    acquisition: Acquisition | None
    notices: tuple[Notice, ...]
    gravity: Gravity
    exact_hu: bool
    nifti: LoadedNifti | None = None
    entry: SeriesEntry | None = None


def open_study(path: str | Path) -> Study:
    """Find the one study at a path.

    Parameters
    ----------
    path : str or Path
        Folder or zip of DICOM, one DICOM file, or a NIfTI volume.

    Returns
    -------
    Study
        Found, its series chosen, not yet read.

    Raises
    ------
    InputError
        ``PATH_NOT_FOUND``, ``NO_STUDY`` or ``SEVERAL_STUDIES``; or what the archive reader refuses by name.
    """
    studies = open_studies([Path(path)])
    if len(studies) > 1:
        raise InputError(
            SEVERAL_STUDIES,
            what=f"{len(studies)} studies were found",
            where="the path given",
            todo="use open_studies, or the command line, which does them all",
        )
    return studies[0]


def open_studies(paths: Sequence[Path]) -> tuple[Study, ...]:
    """Find every study at the paths; each DICOM study once, each NIfTI file as a study of its own.

    Parameters
    ----------
    paths : sequence of Path
        Folders or zips of DICOM, DICOM files, NIfTI volumes.

    Returns
    -------
    tuple of Study
        In the order found; a study that cannot be graded is among them with its refusal.

    Raises
    ------
    InputError
        ``PATH_NOT_FOUND``; ``NO_STUDY`` if nothing was found; or what the archive reader refuses by name.
    """
    require_paths(paths)
    nifti = [path for path in paths if is_nifti(path)]
    others = [path for path in paths if not is_nifti(path)]
    studies = [_nifti_study(path) for path in nifti]
    if others:
        studies += _dicom_studies(others)
    if not studies:
        raise InputError(
            NO_STUDY,
            what="no DICOM image and no NIfTI volume was found",
            where="the paths given",
            todo="give a folder or zip of DICOM, a DICOM file, or a .nii.gz volume",
        )
    return tuple(studies)


def require_paths(paths: Sequence[Path]) -> None:
    """Refuse paths that lead nowhere.

    Raises
    ------
    InputError
        ``PATH_NOT_FOUND`` with the number of the first.
    """
    for number, path in enumerate(paths, 1):
        # Not Path.exists: that raises for a name too long or a folder that may not be searched.
        if not os.path.exists(path):  # noqa: PTH110
            raise InputError(
                PATH_NOT_FOUND,
                what="there is no such file or folder, or it may not be looked at",
                where=f"path {number}",
                todo="check the spelling",
            )


def _dicom_studies(paths: list[Path]) -> list[Study]:
    """Find the DICOM studies; where there is no DICOM at all, the NIfTI volumes of the folders."""
    from groundglass.dicom.series import scan

    try:
        found = scan(paths)
    except InputError as error:
        nifti = [path for folder in paths for path in _nifti_files(folder)] if error.code == "NO_DICOM" else []
        if not nifti:
            raise
        return [_nifti_study(path) for path in nifti]
    return [Study(entry.study_id, entry=entry, refusal=entry.refusal, notices=found.notices) for entry in found.studies]


def load_dicom(entry: SeriesEntry) -> LoadedChest:
    """Read one DICOM series.

    Raises
    ------
    InputError
        As :func:`groundglass.dicom.series.load`.
    """
    from groundglass.dicom.series import load

    loaded = load(entry)
    return LoadedChest(
        volume=loaded.volume,
        sop_uids=loaded.sop_uids,
        study_uid=loaded.study_uid,
        series_uid=loaded.series_uid,
        identity=loaded.identity,
        acquisition=loaded.acquisition,
        notices=loaded.notices,
        gravity=gravity_of(loaded.acquisition.patient_position),
        exact_hu=True,
        entry=entry,
    )


def load_nifti(path: Path) -> LoadedChest:
    """Read one NIfTI volume.

    Raises
    ------
    InputError
        As :func:`groundglass.nifti.read`.
    """
    from groundglass import nifti

    loaded = nifti.read(path, limits=ReadingLimits(widest_side_mm=STEP_RANGE_MM[1]))
    return LoadedChest(
        volume=loaded.volume,
        sop_uids=(),
        study_uid=None,
        series_uid=None,
        identity=Identity(),
        acquisition=None,
        notices=loaded.notices,
        gravity="unknown",
        exact_hu=loaded.hu_exact,
        nifti=loaded,
    )


def gravity_of(patient_position: str | None) -> Gravity:
    """Return the side that is down for a PatientPosition such as HFS (PS3.3 C.7.3.1.1.2)."""
    return _GRAVITY.get((patient_position or "").strip().upper()[2:], "unknown")


def is_nifti(path: Path) -> bool:
    """Tell whether the name is that of a NIfTI volume."""
    return path.name.lower().endswith(NIFTI_SUFFIXES) and os.path.isfile(path)  # noqa: PTH113 - raises for no name


def _nifti_files(folder: Path) -> list[Path]:
    """Return the NIfTI volumes of a folder; the masks of an earlier reading that lies in it are none."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.rglob("*") if is_nifti(path) and not _is_our_mask(path))


def _is_our_mask(path: Path) -> bool:
    return path.parent.name == "masks" and path.name in OUR_MASKS and (path.parents[1] / "result.json").is_file()


def _nifti_study(path: Path) -> Study:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise InputError(
            PATH_NOT_FOUND,
            what=f"the file cannot be read: {error.strerror}",
            where="a NIfTI path",
            todo="check its rights",
        ) from error
    return Study(f"study-{digest.hexdigest()[:8]}", nifti=path)
