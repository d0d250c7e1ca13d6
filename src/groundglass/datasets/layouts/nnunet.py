"""nnU-Net raw data, second form: pictures with labels to train on, pictures without to predict.

::

    dataset.json                         nnU-Net's own; ours is groundglass.json
    imagesTr/study_BBBB_0000.nii.gz      labelsTr/study_BBBB.nii.gz       studies with a mask, outside the test part
    imagesTs/study_BBBB_0000.nii.gz      labelsTs/study_BBBB.nii.gz       the test part; and studies without mask
    splits_final.json                    copy it to nnUNet_preprocessed/DatasetXXX_NAME
    lungsTr, lungsTs, results            nnU-Net does not look at them

nnU-Net trains on every picture in ``imagesTr`` and wants a label for each, so a study without mask lies in ``imagesTs``
whatever its part: it can be predicted, and is not lost.

Isensee F. et al., nnU-Net, Nature Methods 18, 203-211 (2021); dataset_format.md of its documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from groundglass.datasets.layouts.contract import FileKind, has_mask, is_test, mask_labels
from groundglass.datasets.layouts.own_tables import json_bytes, own_tables
from groundglass.datasets.members import About, Member
from groundglass.version import __version__

ENDING = ".nii.gz"
SPLITS_FINAL = "splits_final.json"
DATASET_FILE = "dataset.json"


class NnunetLayout:
    """:class:`groundglass.datasets.layouts.contract.Layout` of nnU-Net."""

    name = "nnunet"
    manifest = "groundglass.json"

    def place(self, member: Member, kind: FileKind) -> PurePosixPath:
        """Return where a file of a study lies, relative to the set."""
        name, part = member.study_id, "Tr" if is_training(member) else "Ts"
        return PurePosixPath(
            {
                "study": f"images{part}/{name}_0000{ENDING}",
                "mask": f"labels{part}/{name}{ENDING}",
                "lungs": f"lungs{part}/{name}{ENDING}",
                "result": f"results/{name}.json",
            }[kind]
        )

    def tables(self, members: Sequence[Member], about: About) -> dict[str, bytes]:
        """Return path and content of every table of the layout."""
        training = [member for member in members if is_training(member)]
        content: dict[str, Any] = {
            "channel_names": {"0": "CT"},
            "labels": labels_of(about),
            "numTraining": len(training),
            "numTest": len(members) - len(training),
            "file_ending": ENDING,
            "name": about.name,
            "description": about.title.get("en", ""),
            "reference": about.doi or about.url or about.citation,
            "licence": about.licence,
            "release": about.version,
            "converted_by": f"groundglass {__version__}",
        }
        found = {DATASET_FILE: json_bytes(content), **own_tables(members, about, self.name, self.manifest)}
        splits = splits_final(training)
        if splits:
            found[SPLITS_FINAL] = json_bytes_of_list(splits)
        return found


def is_training(member: Member) -> bool:
    """Tell whether nnU-Net may train on a study: it has a mask and is not of the test part."""
    return has_mask(member) and not is_test(member)


def labels_of(about: About) -> dict[str, int]:
    """Return the labels as nnU-Net wants them: consecutive numbers from 0, a number that no name has filled in."""
    named = mask_labels(about)
    names: dict[str, int] = {"background": 0}
    for number in range(1, max(named) + 1):
        name = named.get(number, f"label_{number}")
        names[name if name not in names else f"{name}_{number}"] = number
    return names


def splits_final(training: Sequence[Member]) -> list[dict[str, list[str]]]:
    """Return the folds of ``splits_final.json``: one a fold; one in all where there are training and validation.

    Parameters
    ----------
    training : sequence of Member
        Studies that lie in ``imagesTr``.

    Returns
    -------
    list of dict
        Names of studies under ``train`` and ``val``; empty where there is nothing to choose.
    """
    parts = sorted({member.split for member in training if member.split}, key=_order)
    folds = [part for part in parts if part.startswith("fold-")]
    held = folds or [part for part in parts if part.lower().startswith("val")]
    if not held:
        return []
    groups = [[part] for part in held] if folds else [held]
    return [
        {
            "train": sorted(member.study_id for member in training if member.split not in group),
            "val": sorted(member.study_id for member in training if member.split in group),
        }
        for group in groups
    ]


def json_bytes_of_list(splits: list[dict[str, list[str]]]) -> bytes:
    """Return the folds as the JSON that nnU-Net reads."""
    inside = json_bytes({"splits": splits}).decode()
    start, end = inside.index("["), inside.rindex("]")
    return (inside[start : end + 1] + "\n").encode()


def _order(part: str) -> tuple[str, int]:
    head, _, number = part.rpartition("-")
    return (head, int(number)) if number.isdecimal() else (part, 0)
