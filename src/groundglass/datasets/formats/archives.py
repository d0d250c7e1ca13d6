"""Volumes in numpy archives, one ``NAME.npz`` a CT: coronacases, Radiopaedia, LCTSC and what looks like them.

An archive holds ``hu_code`` (HU = code x 8 - 1024) or ``grey`` (a lung window, HU = grey x 5.88 - 1350, clipped), and
``lung`` or ``lesion``, all (slice, row, column) uint8, patient left on the right of the picture. Neither spacing nor
direction of the slices is stored: the spacing of the set is assumed, the direction is told from the anatomy.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.formats.direction import slice_direction
from groundglass.datasets.formats.labelled import (
    SIDE_UNKNOWN,
    UNKNOWN_KIND,
    FolderReader,
    LabelledCt,
    damaged,
    lesion_labels,
    lung_labels,
    no_member,
    voxels_sha256,
)
from groundglass.dicom.limits import ReadingLimits
from groundglass.volume import Geometry, Volume

LAYOUT = "archives"
ONE_SCAN = {"radiopaedia_2": "radiopaedia_2_3", "radiopaedia_3": "radiopaedia_2_3"}
"""Patient of the volumes that are one scan in thick and in thin slices: slice k of the first is slice 3.6 k + 1.3 of
the second, likeness of their fingerprints 1.00. Names as the public set has them."""
CODE_HU, CODE_OFFSET_HU = 8, -1024
"""HU a step of ``hu_code``, and at 0: eight bits then reach from air to 1016 HU."""
GREY_HU, GREY_OFFSET_HU = 5.88, -1350.0
"""HU a step of ``grey``, and at 0: the lung window -1350..150 HU in eight bits."""
FIELD_MM: Mapping[str, float] = MappingProxyType({"coronacases": 371.0, "radiopaedia": 368.0, "lctsc": 500.0})
"""Assumed field of view: 0.72 mm pixels of 512, usual for a chest; the full 500 mm of a planning CT, whose bodies fill
only two thirds of the picture."""
USUAL_FIELD_MM = 370.0
"""Assumed for sets not named above: 0.72 mm pixels of 512."""
SCAN_HEIGHT_MM = 300.0
"""Assumed height of a whole chest CT with no lungs drawn."""
LUNG_HEIGHT_MM = 240.0
"""Assumed height of drawn lungs, apex to lowest recess."""
KNOWN_STEP_MM: Mapping[str, float] = MappingProxyType({"lctsc": 9.0})
"""Distance between slices where the set tells it: every third 3 mm slice."""
LICENCES: Mapping[str, str] = MappingProxyType(
    {
        "coronacases": "CC BY-NC-SA 4.0, as far as known",
        "radiopaedia": "CC BY-NC-SA 3.0, as far as known",
        "lctsc": "CC BY 3.0",
    }
)
"""Licence of each set; where its publishers differ, the stricter."""
_KEYS = ("hu_code", "grey", "lung", "lesion")


def recognises(folder: Path) -> bool:
    """Tell whether a folder holds archives."""
    return any(folder.glob("*.npz"))


def names(folder: Path) -> tuple[str, ...]:
    """Return the names of the archives without their ending, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.npz")))


def read(folder: Path, name: str) -> LabelledCt:
    """Read one archive.

    Parameters
    ----------
    folder : Path
        With ``NAME.npz``.
    name : str
        ``coronacases_001``; what stands before the last underscore is the source.

    Returns
    -------
    LabelledCt
        ``exact_hu`` and ``spacing_known`` are False; the voxels are hashed as stored.

    Raises
    ------
    InputError
        ``SET_NO_MEMBER``, ``SET_MEMBER_DAMAGED``.
    """
    path = folder / f"{name}.npz"
    if name not in names(folder):
        raise no_member(name, LAYOUT)
    stored = _arrays(path)
    code = stored.get("hu_code", stored.get("grey"))
    if code is None:
        raise damaged("it holds neither hu_code nor grey", path.name)
    if code.ndim != 3 or min(code.shape) < 1 or code.dtype != np.uint8:
        raise damaged(f"its picture is {code.dtype} of shape {code.shape}, not uint8 of three axes", path.name)
    for key in ("lung", "lesion"):
        mask = stored.get(key)
        if mask is not None and (mask.shape != code.shape or mask.dtype.kind not in "bui"):
            raise damaged(f"{key} is {mask.dtype} of shape {mask.shape}, the picture is {code.shape}", path.name)
    hu = (
        code.astype(np.int16) * CODE_HU + CODE_OFFSET_HU
        if "hu_code" in stored
        else np.rint(np.arange(256) * GREY_HU + GREY_OFFSET_HU).astype(np.int16)[code]
    )
    lungs = stored["lung"] > 0 if "lung" in stored else None
    lesions = _kinds(stored["lesion"]) if "lesion" in stored else None
    source = name.rpartition("_")[0] or "npz"
    geometry = _geometry(hu.shape, source, lungs)
    upside_down = slice_direction(hu, lungs) == "head to feet"
    if lungs is not None and lesions is not None:
        lungs = lungs | (lesions > 0)
    order = slice(None, None, -1 if upside_down else 1)
    side = None if lungs is None else np.where(lungs, SIDE_UNKNOWN, 0).astype(np.uint8)
    return LabelledCt(
        name=name,
        patient=ONE_SCAN.get(name, name),
        source=source,
        volume=Volume(np.ascontiguousarray(hu[order]), geometry),
        lungs=None if side is None else lung_labels(np.ascontiguousarray(side[order]), geometry),
        lesions=None if lesions is None else lesion_labels(np.ascontiguousarray(lesions[order]), geometry),
        exact_hu=False,
        spacing_known=False,
        voxels_sha256=voxels_sha256(code),
        licence=LICENCES.get(source, ""),
    )


READER = FolderReader(LAYOUT, recognises, names, read)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays that matter, none larger than a volume may be."""
    limit = ReadingLimits().max_volume_bytes
    try:
        with zipfile.ZipFile(path) as archive:
            found = {}
            for key in _KEYS:
                try:
                    entry = archive.getinfo(f"{key}.npy")
                except KeyError:
                    continue
                if entry.file_size > limit:
                    raise damaged(f"{key} is larger than {limit} bytes", path.name)
                found[key] = np.lib.format.read_array(io.BytesIO(archive.read(entry)), allow_pickle=False)
            return found
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as reason:
        raise damaged("it is no readable numpy archive", path.name) from reason


def _geometry(shape: tuple[int, ...], source: str, lungs: NDArray[np.bool_] | None) -> Geometry:
    """Return the assumed grid: slices feet to head, patient left on the right of the picture."""
    slices, rows, columns = shape
    step_mm = KNOWN_STEP_MM.get(source)
    if step_mm is None and lungs is not None and lungs.any():
        step_mm = LUNG_HEIGHT_MM / (int(np.ptp(np.flatnonzero(lungs.any(axis=(1, 2))))) + 1)
    pixel_mm = FIELD_MM.get(source, USUAL_FIELD_MM) / columns
    affine = np.eye(4)
    affine[:3, :3] = [[0, 0, pixel_mm], [0, pixel_mm, 0], [step_mm or SCAN_HEIGHT_MM / slices, 0, 0]]
    return Geometry((slices, rows, columns), affine)


def _kinds(stored: NDArray[Any]) -> NDArray[np.uint8]:
    """Return kinds of lesion: 1 and 2 hold only on slices that have both, elsewhere one stands for either."""
    drawn = stored > 0
    both = (stored == 1).any(axis=(1, 2)) & (stored == 2).any(axis=(1, 2))
    known = both[:, None, None] & (stored <= 2)
    return np.where(known, stored, np.where(drawn, UNKNOWN_KIND, 0)).astype(np.uint8)
