"""Which numbers of the lesion masks of a set are lesions, and of which kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.formats.label_names import meanings
from groundglass.datasets.formats.labelled import CONSOLIDATION, GROUND_GLASS, UNKNOWN_KIND
from groundglass.datasets.layouts.contract import mask_labels
from groundglass.datasets.layouts.lesion_names import marks_lesions
from groundglass.datasets.members import Inventory
from groundglass.errors import InputError
from groundglass.phrases import Notice

TABLE_BYTES_AT_MOST = 16 * 1024 * 1024
"""Of nnU-Net's ``dataset.json``; one that lists ten thousand cases has two megabytes."""
_OUR_KINDS = {"ground_glass": GROUND_GLASS, "consolidation": CONSOLIDATION}
_NNUNET_TABLE = "dataset.json"


@dataclass(frozen=True, slots=True)
class LesionLabels:
    """What the numbers of lesion masks stand for.

    Attributes
    ----------
    table : mapping of int to int
        Number to 1 ground glass, 2 consolidation, 3 lesion of unknown kind, 0 no lesion.
    others : int
        What every other number but 0 stands for.
    """

    table: Mapping[int, int]
    others: int

    @property
    def told_apart(self) -> bool:
        """Whether ground glass and consolidation are told apart."""
        return {GROUND_GLASS, CONSOLIDATION} <= set(self.table.values())

    def kinds(self, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return (slice, row, column) uint8 with kinds in place of the numbers of a mask."""
        look = np.full(256, self.others, np.uint8)
        look[0] = 0
        for number, kind in self.table.items():
            if 0 < number < 256:
                look[number] = kind
        return look[mask]


ANY_NUMBER = LesionLabels({}, UNKNOWN_KIND)
"""A mask of which nobody says more than that it outlines lesions."""


def lesion_labels_of(inventory: Inventory) -> tuple[LesionLabels | None, Notice | None]:
    """Return what the numbers of the lesion masks of a set stand for.

    Parameters
    ----------
    inventory : Inventory
        A set of ours says it in its card, one of nnU-Net in its table; in any other one every number is a lesion.

    Returns
    -------
    labels : LesionLabels or None
        None where the table names labels that are no lesions for all that is known: nothing is measured then.
    notice : Notice or None
        Why.
    """
    if inventory.own:
        stored = mask_labels(inventory.about)
        if set(stored.values()) & set(_OUR_KINDS):
            return LesionLabels({n: _OUR_KINDS.get(name, UNKNOWN_KIND) for n, name in stored.items()}, 0), None
        return ANY_NUMBER, None
    if inventory.layout != "nnunet":
        return ANY_NUMBER, None
    if not marks_lesions(inventory):
        return None, None
    try:
        found = meanings(_numbers(inventory), where=_NNUNET_TABLE)
    except InputError as refusal:
        return None, Notice("describe_labels_unknown", {"reason": refusal.code})
    return LesionLabels({n: m.label if m.mask == "lesions" else 0 for n, m in found.items()}, 0), None


def _numbers(inventory: Inventory) -> dict[str, tuple[int, ...]]:
    """Return the numbers under each name of nnU-Net's table, in its first and its second form."""
    path = inventory.folder / _NNUNET_TABLE
    try:
        if not path.is_file():  # a pipe would be waited for
            return {}
        with path.open("rb") as stream:
            stored: Any = json.loads(stream.read(TABLE_BYTES_AT_MOST))
    except (OSError, ValueError, RecursionError):
        return {}  # the reader of the layout has told it; meanings refuses an empty table
    labels = stored.get("labels") if isinstance(stored, dict) else None
    found: dict[str, tuple[int, ...]] = {}
    for key, value in labels.items() if isinstance(labels, dict) else ():
        if isinstance(value, str) and str(key).isdecimal() and len(str(key)) <= 3:
            found[value] = (*found.get(value, ()), int(key))
        elif isinstance(value, int) and not isinstance(value, bool):
            found[str(key)] = (value,)
        elif isinstance(value, list):
            found[str(key)] = tuple(n for n in value if isinstance(n, int) and not isinstance(n, bool))
    return found
