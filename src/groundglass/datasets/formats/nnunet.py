"""nnU-Net raw data: ``dataset.json``, ``imagesTr/NAME_0000.nii.gz``, ``labelsTr/NAME.nii.gz``.

Both forms of ``dataset.json`` are read: the first (``modality``, ``labels`` by number, ``training`` as a list of files)
and the second (``channel_names``, ``labels`` by name, regions as lists, ``file_ending``).

Isensee F. et al., nnU-Net, Nature Methods 18, 203-211 (2021); its documentation of the data set format.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from groundglass.datasets.formats.label_names import Meaning, meanings
from groundglass.datasets.formats.labelled import (
    FolderReader,
    LabelledCt,
    damaged,
    lesion_labels,
    lung_labels,
    no_image,
    no_member,
    voxels_sha256,
)
from groundglass.datasets.formats.nifti_pairs import (
    FILE_ENDINGS,
    read_mask,
    read_picture,
    unknown_labels,
    with_lesions,
)

LAYOUT = "nnunet"
TABLE_FILE = "dataset.json"
TABLE_BYTES_AT_MOST = 16 * 1024 * 1024
"""A table that lists ten thousand cases has two megabytes."""
_CHANNEL = "_0000"


@dataclass(frozen=True, slots=True)
class _Table:
    """What ``dataset.json`` says."""

    ending: str
    numbers: dict[int, Meaning]
    listed: tuple[str, ...]
    licence: str


def recognises(folder: Path) -> bool:
    """Tell whether a folder holds the table and pictures."""
    return (folder / TABLE_FILE).is_file() and (folder / "imagesTr").is_dir()


def names(folder: Path) -> tuple[str, ...]:
    """Return the names of the training cases, of those listed without picture too, sorted.

    Raises
    ------
    InputError
        ``SET_MEMBER_DAMAGED``, ``SET_LABELS_UNKNOWN``.
    """
    table = _table(folder)
    ending = f"{_CHANNEL}{table.ending}"
    found = {path.name[: -len(ending)] for path in (folder / "imagesTr").glob(f"*{ending}")}
    return tuple(sorted(found | set(table.listed)))


def read(folder: Path, name: str) -> LabelledCt:
    """Read a training case.

    Raises
    ------
    InputError
        ``SET_NO_MEMBER``, ``SET_IMAGE_MISSING``, ``SET_MEMBER_DAMAGED``, ``SET_LABELS_UNKNOWN``, ``GRID_MISMATCH``;
        what NIfTI raises.
    """
    table = _table(folder)
    if name not in names(folder):
        raise no_member(name, LAYOUT)
    picture = folder / "imagesTr" / f"{name}{_CHANNEL}{table.ending}"
    label_path = folder / "labelsTr" / f"{name}{table.ending}"
    if not picture.is_file():
        raise no_image(name, picture.name)
    if not label_path.is_file():
        raise damaged("its labels are not there", f"labelsTr of {name}")
    volume, exact = read_picture(picture)
    stored = read_mask(label_path, volume.geometry)
    present = np.flatnonzero(np.bincount(stored.ravel(), minlength=256))
    strange = np.array([n for n in present if int(n) not in table.numbers])
    if strange.size:
        raise unknown_labels(strange, label_path.name, f"name them in {TABLE_FILE}")
    masks = {}
    for mask in ("lungs", "lesions"):
        if any(meaning.mask == mask for meaning in table.numbers.values()):
            lookup = np.zeros(256, np.uint8)
            for number, meaning in table.numbers.items():
                lookup[number] = meaning.label if meaning.mask == mask else 0
            masks[mask] = lookup[stored]
    lesions = masks.get("lesions")
    lungs = with_lesions(masks.get("lungs"), lesions)
    return LabelledCt(
        name=name,
        patient=name,
        source="nnunet",
        volume=volume,
        lungs=None if lungs is None else lung_labels(lungs, volume.geometry),
        lesions=None if lesions is None else lesion_labels(lesions, volume.geometry),
        exact_hu=exact,
        spacing_known=True,
        voxels_sha256=voxels_sha256(volume.array),
        licence=table.licence,
    )


READER = FolderReader(LAYOUT, recognises, names, read)


def _table(folder: Path) -> _Table:
    path = folder / TABLE_FILE
    try:
        with path.open("rb") as stream:
            stored = json.loads(stream.read(TABLE_BYTES_AT_MOST))
    except (OSError, ValueError, RecursionError) as reason:
        raise damaged("it is no readable JSON", TABLE_FILE) from reason
    if not isinstance(stored, dict) or not isinstance(stored.get("labels"), dict):
        raise damaged("it has no labels", TABLE_FILE)
    channels = stored.get("channel_names", stored.get("modality", {}))
    first = str(channels.get("0", "CT")) if isinstance(channels, dict) else "CT"
    if "ct" not in first.lower():
        raise damaged(f"its first channel is {first!r}, not CT", TABLE_FILE, "choose a set of CT")
    ending = stored.get("file_ending", FILE_ENDINGS[0])
    if ending not in FILE_ENDINGS:
        raise damaged(f"its files end in {ending!r}", TABLE_FILE, f"convert them to {FILE_ENDINGS[0]}")
    numbers = meanings(_numbers(stored["labels"]), where=TABLE_FILE)
    listed = tuple(_case(entry, ending) for entry in stored.get("training", []) if "training" in stored)
    return _Table(ending, numbers, tuple(name for name in listed if name), str(stored.get("licence", "")))


def _numbers(labels: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return numbers by name, whichever way round they are stored."""
    found: dict[str, tuple[int, ...]] = {}
    for key, value in labels.items():
        if key.strip().isdecimal() and isinstance(value, str):
            found[value] = (*found.get(value, ()), int(key))
        elif isinstance(value, int) and not isinstance(value, bool):
            found[key] = (value,)
        elif isinstance(value, list) and all(isinstance(n, int) for n in value):
            found[key] = tuple(value)
        else:
            raise damaged(f"the label {key!r} is neither a number nor a name", TABLE_FILE)
    if any(not 0 <= n <= 255 for numbers in found.values() for n in numbers):
        raise damaged("a label is not 0 to 255", TABLE_FILE)
    return found


def _case(entry: Any, ending: str) -> str:
    """Return the name of a case of the list of the first form, "" if it names none."""
    image = entry.get("image") if isinstance(entry, dict) else entry
    if not isinstance(image, str):
        return ""
    return PurePosixPath(image).name.removesuffix(ending).removesuffix(_CHANNEL)
