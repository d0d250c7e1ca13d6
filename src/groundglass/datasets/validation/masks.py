"""Checks of one mask: whole numbers on the voxels of its picture, in the body, in the lungs, the right way round."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass import nifti
from groundglass.datasets.findings import Finding
from groundglass.datasets.formats.labelled import GRID_TOLERANCE_VOXELS, straightened_labels
from groundglass.datasets.validation.fitting import (
    DOUBTFUL_BELOW,
    LEAST_FIT,
    MIRRORED_BELOW,
    SHIFTED_BELOW,
    Fit,
    fit_of,
)
from groundglass.datasets.validation.pictures import Picture, Value, header_findings
from groundglass.datasets.validation.places import Places
from groundglass.datasets.validation.tasks import Part
from groundglass.errors import InputError
from groundglass.volume import Geometry, LabelVolume, Volume

FULL_SHARE = 0.5
"""Share of all voxels that no lung and no lesion reaches: lungs are a fifth of a picture."""
OUTSIDE_BODY_SHARE = 0.1
"""Share of a mask in the air around the patient; 25 drawn masks at hand: none."""
OUTSIDE_ROOM_SHARE = 0.3
"""Share of a lesion mask outside the room of the lungs; 12 drawn lesion masks at hand: 0.026 at most."""
LUNGS_SEEN_SHARE = 0.5
"""Share of the air seen in the lungs that a lung mask must hold; 11 drawn ones at hand: 0.98 and more. A mask of one
lung holds half."""
MIDDLE, MIDDLE_SHARE = 0.3, 0.5
"""Share of a lesion mask in the middle third between the lungs. 12 drawn masks 0.24 at most, 26 of phantoms 0.18;
tissue of the mediastinum 0.76 and more."""
NOT_NEAR_SHARE = 0.5
"""Share of such a mask away from aerated lung: drawn masks reach 0.72 where lobes are solid, but at the side."""
HEART_MIDDLE, HEART_MIDDLE_SHARE, HEART_NOT_NEAR_SHARE, HEART_SOFT_SHARE = 0.4, 0.4, 0.7, 0.8
"""A mask of the heart: further to the side, further from lung, and all soft tissue. Drawn masks: 0.41, 0.72 and 0.56 at
most, each in another."""
SOFT_ABOVE_HU, BONE_ABOVE_HU, AIRWAY_BELOW_HU = -100, 200, -930
"""Muscle, blood and solid lung; bone; the air of trachea and bronchi."""
BONE_SHARE = 0.5
"""Share of bone from which a mask marks bones: drawn lesion masks hold next to none."""
AIRWAY_SHARE = 0.4
"""Share of pure air in a mask between the lungs from which it marks airways: drawn masks 0.01 at most, a trachea 0.59
and more."""
LUNG_RIM_MM = 12.0
"""Outlines of lungs and lesions are drawn by different people."""
TINY_VOXELS = 3
"""Masks up to this size mark nothing that was seen."""
DOUBTFUL_FIT, UNLIKE_BELOW, UNLIKE_VOXELS = 0.1, 0.02, 1000
"""Fit of the best place for a doubt; fit, and size, of a mask whose rim follows nothing. Drawn masks fit 0.06."""
MIRRORED_AT_LEAST, MIRRORED_GAIN = 0.7, 0.25
"""A lesion mask is mirrored where a mirror image of it lies on tissue denser than healthy lung by such a share, and by
so much more than itself. 12 drawn masks lie on it by 0.80 and more, and no mirror image of theirs by more."""
HEALTHY_BELOW_HU, SOLID_ABOVE_HU = -780, 150
"""Coarse means below are healthy lung, above bone or calcium: no lesion."""
SPECKS_AT_LEAST, SPECKS_SHARE = 200, 0.2
"""So many regions of at most two voxels, with such a share of the mask, no hand has drawn."""
SPECK_VOXELS = 2
"""Largest speck."""
OWN_NUMBERS = (1, 2, 3)
"""Numbers of our masks: lesions 1 ground glass, 2 consolidation, 3 either; lungs 1 right, 2 left, 3 either."""
_MIRRORS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("head_feet", (0,)),
    ("front_back", (1,)),
    ("left_right", (2,)),
    ("half_turn", (1, 2)),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mask:
    """A mask after its checks.

    Attributes
    ----------
    findings : tuple of Finding
        What is wrong with it.
    facts : mapping
        What was measured.
    array : (slice, row, column) uint8 or None
        Straightened; None where it does not lie on its picture.
    geometry : Geometry or None
        Straightened.
    sha256 : str
        Equal for equal masks, however stored; "" for an empty one.
    """

    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    array: NDArray[np.uint8] | None = None
    geometry: Geometry | None = None
    sha256: str = ""


def look_at_mask(
    path: Path,
    name: str,
    study_id: str,
    *,
    numbers: Mapping[int, Part] | None,
    part: Part,
    picture: Picture | None,
    may_be_empty: bool,
    lungs: NDArray[np.bool_] | None = None,
) -> Mask:
    """Read and check one mask.

    Parameters
    ----------
    path : Path
        Of the file.
    name : str
        Its path in the set.
    study_id : str
        Of the study.
    numbers : mapping or None
        What the set calls each number; None: any number is ``part``.
    part : {"lesions", "lungs"}
        What is wanted of it.
    picture : Picture or None
        What it lies on, None where there is none.
    may_be_empty : bool
        The set says that there is nothing to mark.
    lungs : (slice, row, column) bool or None
        Published lung mask of the same study, straightened.
    """

    def finding(code: str, **values: Value) -> Finding:
        return Finding(code, study_id, {"file": name, "part": part, **values})

    try:
        stored = nifti.read_stored(path, label=name)
    except InputError as error:
        return Mask(findings=(finding("MASK_DAMAGED", how=error.code.lower()),))
    found = [finding(code, **values) for code, values in header_findings(stored.header.notices, "MASK")]
    low, high = int(stored.array.min()), int(stored.array.max())
    if stored.non_finite or stored.fractions or low < 0 or high > 255:
        found.append(finding("MASK_NOT_LABELS", low=low, high=high))
        return Mask(findings=tuple(found))
    labels = straightened_labels(LabelVolume(stored.array.astype(np.uint8), stored.header.geometry))
    array, geometry = labels.array, labels.geometry
    present = np.flatnonzero(np.bincount(array.ravel(), minlength=256))
    facts: dict[str, Any] = {
        "shape": list(geometry.shape),
        "spacing_mm": [round(side, 4) for side in geometry.spacing_mm],
        "orientation": "".join(stored.header.geometry.axis_codes[::-1]),
        "labels": [int(n) for n in present if n],
    }
    strange = [int(n) for n in present if n and numbers is not None and int(n) not in numbers]
    if strange:
        found.append(finding("MASK_LABEL_UNKNOWN", labels=", ".join(map(str, strange[:8]))))
    wanted = np.zeros(256, bool)
    wanted[[n for n in range(1, 256) if numbers is None or numbers.get(n) == part]] = True
    marked = wanted[array]
    count = int(np.count_nonzero(marked))
    facts["volume_ml"] = round(count * geometry.voxel_ml, 3)
    if count == 0:
        if not may_be_empty and not array.any():  # what marks something else is not empty
            found.append(finding("MASK_EMPTY"))
        return Mask(findings=tuple(found), facts=facts, array=array, geometry=geometry)
    digest = _digest(marked)
    if count > FULL_SHARE * marked.size:
        found.append(finding("MASK_FULL", percent=round(100 * count / marked.size)))
    if part == "lesions":
        found += _specks(marked, finding)
        if count <= TINY_VOXELS:
            found.append(finding("MASK_TINY", count=count))
    if picture is None or picture.geometry is None:
        return Mask(findings=tuple(found), facts=facts, array=array, geometry=geometry, sha256=digest)
    off = _off_mm(geometry, picture.geometry)
    if off is None or off > GRID_TOLERANCE_VOXELS * min(picture.geometry.spacing_mm):
        how = "shapes" if off is None else "places"
        told = f"{off:.2f} mm" if off is not None else _shapes(geometry, picture.geometry)
        found.append(finding("MASK_GRID", how=how, mm=told))
        return Mask(findings=tuple(found), facts=facts, sha256=digest)
    if picture.places is not None and picture.volume is not None and count <= FULL_SHARE * marked.size:
        found += _placed(picture.places, picture.volume, marked, part, finding, facts, lungs)
    return Mask(findings=tuple(found), facts=facts, array=array, geometry=geometry, sha256=digest)


def _placed(
    places: Places,
    volume: Volume,
    marked: NDArray[np.bool_],
    part: Part,
    finding: Any,
    facts: dict[str, Any],
    lungs: NDArray[np.bool_] | None,
) -> list[Finding]:
    """Return what is wrong with the place of a mask."""
    cells = places.counted(marked)
    whole = int(cells.sum())
    if whole == 0:
        return []
    # In a blank slice nothing is known of the body.
    outside_body = float(cells[~places.body & places.body.any(axis=(1, 2), keepdims=True)].sum()) / whole
    facts["outside_body_percent"] = round(100 * outside_body, 1)
    away = outside_body > OUTSIDE_BODY_SHARE
    found = [finding("MASK_OUTSIDE_BODY", percent=round(100 * outside_body))] if away else []
    if not places.lungs.any():
        return found
    if part == "lungs":
        seen = float((cells > 0)[places.lungs].mean())
        facts["air_in_mask_percent"] = round(100 * seen, 1)
        return [*found, finding("LUNG_MASK_OFF", percent=round(100 * seen))] if seen < LUNGS_SEEN_SHARE else found
    if part != "lesions":
        return found
    bone = float(np.mean(volume.array[marked] > BONE_ABOVE_HU))
    if bone > BONE_SHARE:
        return [finding("MASK_OUTSIDE_LUNG", percent=round(100 * bone))]
    outside = _outside(places, volume, marked, cells, lungs)
    facts["outside_lung_percent"] = round(100 * outside, 1)
    if outside > OUTSIDE_ROOM_SHARE and not away:
        found.append(finding("MASK_OUTSIDE_LUNG", percent=round(100 * outside)))
    fit = fit_of(volume.array, marked)
    fitting = _fitting(fit, volume.geometry, int(np.count_nonzero(marked)), finding)
    if fit is not None:
        facts["fit"] = round(fit.own, 3)
    if not any(each.code == "MASK_MIRRORED" for each in fitting):
        # Of a mask whose rim tells nothing; one found here is not shifted beside that.
        fitting = _mirrored(places, cells, finding, facts, rimless=fit is None or fit.own < LEAST_FIT) or fitting
    if found:
        # What lies elsewhere altogether need not be told to fit nowhere, or better beside itself.
        fitting = [each for each in fitting if each.code == "MASK_MIRRORED"]
    return found + fitting


def _outside(
    places: Places,
    volume: Volume,
    marked: NDArray[np.bool_],
    cells: NDArray[np.int32],
    lungs: NDArray[np.bool_] | None,
) -> float:
    """Return which share of a lesion mask lies outside the lungs, at least."""
    whole = int(cells.sum())
    shares = [float(cells[~places.room].sum()) / whole]
    not_near = float(cells[~places.near].sum()) / whole
    middle, wider = (float(cells[:, :, places.middle_share < share].sum()) / whole for share in (MIDDLE, HEART_MIDDLE))
    hu = volume.array[marked]
    between = middle > MIDDLE_SHARE and not_near > NOT_NEAR_SHARE
    heart = wider > HEART_MIDDLE_SHARE and not_near > HEART_NOT_NEAR_SHARE
    if between or (heart and float(np.mean(hu > SOFT_ABOVE_HU)) > HEART_SOFT_SHARE):
        shares.append(not_near)
    airway = float(np.mean(hu < AIRWAY_BELOW_HU))
    if middle > MIDDLE_SHARE and airway > AIRWAY_SHARE:
        shares.append(airway)
    if lungs is not None and lungs.shape == marked.shape and lungs.any():
        drawn = places.counted(lungs) > 0
        slice_mm, row_mm, column_mm = volume.geometry.spacing_mm
        cell_mm = (slice_mm, row_mm * places.steps[0], column_mm * places.steps[1])
        reach = tuple(2 * max(1, round(LUNG_RIM_MM / side)) + 1 for side in cell_mm)
        shares.append(float(cells[~ndimage.maximum_filter(drawn, size=reach)].sum()) / whole)
    return max(shares)


def _fitting(fit: Fit | None, geometry: Geometry, voxels: int, finding: Any) -> list[Finding]:
    """Return whether a mask fits better elsewhere or mirrored."""
    if fit is None:
        return []
    if fit.mirrored >= max(LEAST_FIT, fit.best) and fit.own < MIRRORED_BELOW * fit.mirrored:
        values = {"how": fit.how, "percent": _hundredths(fit.own), "mirrored_percent": _hundredths(fit.mirrored)}
        return [finding("MASK_MIRRORED", **values)]
    slices, rows, columns = fit.shift
    mm = float(np.linalg.norm(np.array(fit.shift) * geometry.spacing_mm))
    moved = {"slices": slices, "rows": rows, "columns": columns, "mm": round(mm, 1)}
    if fit.best >= LEAST_FIT and fit.own < SHIFTED_BELOW * fit.best:
        return [finding("MASK_SHIFTED", **moved)]
    if fit.best >= DOUBTFUL_FIT and fit.own < DOUBTFUL_BELOW * fit.best:
        return [finding("MASK_SHIFTED_MAYBE", **moved)]
    if fit.own < UNLIKE_BELOW and voxels >= UNLIKE_VOXELS:
        return [finding("MASK_UNLIKE")]
    return []


def _hundredths(share: float) -> int:
    return max(0, round(100 * share))


def _mirrored(
    places: Places, cells: NDArray[np.int32], finding: Any, facts: dict[str, Any], *, rimless: bool
) -> list[Finding]:
    """Tell a mirror image by how much of it lies on dense lung, for masks whose rim tells nothing."""
    whole = int(cells.sum())
    like = places.room & (places.mean_hu > HEALTHY_BELOW_HU) & (places.mean_hu < SOLID_ABOVE_HU)
    own = float(cells[like].sum()) / whole
    facts["on_dense_lung_percent"] = round(100 * own, 1)
    if not rimless or own >= 1 - MIRRORED_GAIN:
        return []
    gains = {how: float(np.flip(cells, axes)[like].sum()) / whole for how, axes in _MIRRORS}
    best = max(gains, key=lambda how: gains[how])
    if gains[best] < max(MIRRORED_AT_LEAST, own + MIRRORED_GAIN):
        return []
    values = {"how": best, "percent": round(100 * own), "mirrored_percent": round(100 * gains[best])}
    return [finding("MASK_MIRRORED", **values)]


def _shapes(first: Geometry, second: Geometry) -> str:
    return " / ".join(" x ".join(map(str, each.shape)) for each in (first, second))


def _specks(marked: NDArray[np.bool_], finding: Any) -> list[Finding]:
    pieces = cc3d.connected_components(marked.astype(np.uint8), connectivity=26)
    sizes = np.bincount(pieces.ravel())[1:]
    small = sizes[sizes <= SPECK_VOXELS]
    if small.size >= SPECKS_AT_LEAST and small.sum() >= SPECKS_SHARE * sizes.sum():
        return [finding("MASK_SPECKS", count=int(small.size))]
    return []


def _off_mm(first: Geometry, second: Geometry) -> float | None:
    if first.shape != second.shape:
        return None
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in first.shape], indexing="ij")).reshape(3, -1).T
    return float(np.abs(first.to_mm(corners) - second.to_mm(corners)).max())


def _digest(marked: NDArray[np.bool_]) -> str:
    return hashlib.sha256(f"{marked.shape}".encode() + np.packbits(marked).tobytes()).hexdigest()
