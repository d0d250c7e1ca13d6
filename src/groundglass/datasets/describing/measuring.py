"""What files tell of a data set where its tables do not: grids from headers, volumes from masks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cc3d as _cc3d
import numpy as np

from groundglass import nifti
from groundglass.analysis.morphology import bounding_box
from groundglass.datasets.describing.labels import LesionLabels, lesion_labels_of
from groundglass.datasets.formats.labelled import CONSOLIDATION, GROUND_GLASS
from groundglass.datasets.members import Inventory, Member
from groundglass.errors import InputError
from groundglass.nifti.heads import read_header
from groundglass.phrases import Notice
from groundglass.volume import Geometry, LabelVolume, axial_axes

cc3d: Any = _cc3d
OnProgress = Callable[[int, int], None]

_GRID = ("slices", "spacing_slice_mm", "spacing_row_mm", "spacing_column_mm")
_OUTSIDE, _MISSING = "outside", "missing"
"""Why a file is not read that no reader of files was asked about."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Members with what their files tell.

    Attributes
    ----------
    members : tuple of Member
        In their order; what could not be measured stays unknown.
    notices : tuple of Notice
        How many files could not be read and why, by their error codes.
    pictures_read, masks_read : int
        Headers of pictures, and masks, that were read.
    pictures_missing : int
        Pictures that tables name and that are not there.
    """

    members: tuple[Member, ...]
    notices: tuple[Notice, ...]
    pictures_read: int
    masks_read: int
    pictures_missing: int


@dataclass(slots=True)
class _Outcome:
    """One study after its files were asked."""

    member: Member
    picture: str = ""
    masks: int = 0
    refusals: tuple[str, ...] = ()


def measured(
    inventory: Inventory, *, again: bool = False, threads: int = 2, on_progress: OnProgress | None = None
) -> Measured:
    """Fill what the tables of a set leave unknown from its NIfTI files.

    Of pictures the headers alone are read: number of slices and spacing; where a picture is not there, its mask has
    the same grid. Of masks all voxels: volumes and connected regions. With masks of lungs, their volume and the
    involvement.

    Parameters
    ----------
    inventory : Inventory
        Of the set.
    again : bool
        Measure what tables tell too, and take what was measured.
    threads : int
        Files read at once.
    on_progress : callable, optional
        Called with studies done and of all.

    Returns
    -------
    Measured
        Never fails for what is inside: a damaged file leaves its study unknown and is counted.
    """
    labels, label_notice = lesion_labels_of(inventory)
    top = inventory.folder.resolve()
    done: list[_Outcome] = []
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for outcome in pool.map(lambda member: _study(member, inventory.folder, top, labels, again), inventory.members):
            done.append(outcome)
            if on_progress is not None:
                on_progress(len(done), len(inventory.members))
    reasons = Counter(code for outcome in done for code in outcome.refusals)
    notices = [label_notice] if label_notice is not None else []
    notices += [
        Notice("describe_files_not_measured", {"count": count, "reason": code})
        for code, count in sorted(reasons.items())
    ]
    return Measured(
        tuple(outcome.member for outcome in done),
        tuple(notices),
        sum(outcome.picture == "read" for outcome in done),
        sum(outcome.masks for outcome in done),
        sum(outcome.picture == _MISSING for outcome in done),
    )


def _study(member: Member, folder: Path, top: Path, labels: LesionLabels | None, again: bool) -> _Outcome:
    outcome = _Outcome(member)
    refusals: list[str] = []
    found: dict[str, Any] = {}
    lesions = lungs = None
    if again or any(getattr(member, name) is None for name in _GRID):
        path, outcome.picture = _inside(folder, top, member.study_file)
        if path is not None:
            try:
                found |= _grid(read_header(path, label="picture").geometry)
                outcome.picture = "read"
            except InputError as refusal:
                outcome.picture = "refused"
                refusals.append(refusal.code)
    if member.mask_file and (again or _unmeasured(member)):
        lesions = _labels(member.mask_file, folder, top, refusals)
        if lesions is not None:
            outcome.masks += 1
            found |= _of_lesions(lesions, labels)
            if outcome.picture == _MISSING and not found.keys() & set(_GRID):
                found |= _grid(lesions.geometry)
    if member.lungs_file and (again or member.lungs_ml is None):
        lungs = _labels(member.lungs_file, folder, top, refusals)
        if lungs is not None:
            outcome.masks += 1
            found |= _of_lungs(lungs, lesions, labels)
    if outcome.picture == _OUTSIDE:
        refusals.append("FILE_OUTSIDE")
    kept = {name: value for name, value in found.items() if again or getattr(member, name) is None}
    outcome.member = replace(member, **kept)
    outcome.refusals = tuple(refusals)
    return outcome


def _unmeasured(member: Member) -> bool:
    return member.lesion_ml is None or member.lesions is None or member.slices is None


def _inside(folder: Path, top: Path, name: str | None) -> tuple[Path | None, str]:
    """Return the path of a file of the set, or None and why not."""
    if not name:
        return None, _MISSING
    try:
        path = (folder / name.lstrip("/")).resolve()
        if top not in path.parents:
            return None, _OUTSIDE
        return (path, "") if path.is_file() else (None, _MISSING)
    except (OSError, ValueError, RuntimeError):  # a name that no file system takes, a link to itself
        return None, _MISSING


def _labels(name: str, folder: Path, top: Path, refusals: list[str]) -> LabelVolume | None:
    path, why = _inside(folder, top, name)
    if path is None:
        refusals.append("FILE_OUTSIDE" if why == _OUTSIDE else "MASK_MISSING")
        return None
    try:
        return nifti.read_labels(path, label="mask")
    except InputError as refusal:
        refusals.append(refusal.code)
        return None


def _grid(geometry: Geometry) -> dict[str, Any]:
    """Return the numbers of a grid, its axes as an axial picture has them."""
    axes = axial_axes(geometry)[0] if geometry.sided else (0, 1, 2)
    spacing = [round(geometry.spacing_mm[axis], 6) for axis in axes]
    return {
        "slices": geometry.shape[axes[0]],
        "spacing_slice_mm": spacing[0],
        "spacing_row_mm": spacing[1],
        "spacing_column_mm": spacing[2],
    }


def _of_lesions(mask: LabelVolume, labels: LesionLabels | None) -> dict[str, Any]:
    """Return volumes and regions; nothing where nobody says which numbers of a mask are lesions."""
    if labels is None:
        return {}
    kinds = labels.kinds(mask.array)
    box = bounding_box(kinds > 0)
    found: dict[str, Any] = {"lesion_ml": 0.0, "lesions": 0}
    if box is not None:
        inside = np.ascontiguousarray(kinds[box])
        counts = np.bincount(inside.reshape(-1), minlength=4)
        voxel_ml = mask.geometry.voxel_ml
        found["lesion_ml"] = round(float(counts[1:].sum() * voxel_ml), 3)
        found["lesions"] = int(cc3d.connected_components(inside > 0, connectivity=26).max(initial=0))
        if labels.told_apart:
            found["ground_glass_ml"] = round(float(counts[GROUND_GLASS] * voxel_ml), 3)
            found["consolidation_ml"] = round(float(counts[CONSOLIDATION] * voxel_ml), 3)
    elif labels.told_apart:
        found |= {"ground_glass_ml": 0.0, "consolidation_ml": 0.0}
    return found


def _of_lungs(lungs: LabelVolume, lesions: LabelVolume | None, labels: LesionLabels | None) -> dict[str, Any]:
    voxels = int(np.count_nonzero(lungs.array))
    found: dict[str, Any] = {"lungs_ml": round(voxels * lungs.geometry.voxel_ml, 3)}
    if voxels and lesions is not None and labels is not None and lungs.geometry.same_grid(lesions.geometry):
        inside = np.count_nonzero((labels.kinds(lesions.array) > 0) & (lungs.array > 0))
        found["involvement_percent"] = round(100.0 * inside / voxels, 4)
    return found
