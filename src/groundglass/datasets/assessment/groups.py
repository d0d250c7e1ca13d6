"""Which records make which row of a table, and figures that several tables share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.assessment.record import CtRecord

DISEASED_PERCENT = 0.1
"""Least drawn percentage for a Dice and for its percentage to be counted as one of disease: below it a Dice hangs on a
few voxels. It is the most that a normal lung may show, too."""
SEEN = "seen in training"

Records = Sequence[CtRecord]


@dataclass(frozen=True, slots=True)
class Group:
    """Records that one row of a table is made from."""

    label: str
    records: tuple[CtRecord, ...]


def groups(records: Records) -> tuple[Group, ...]:
    """Part records into the rows of a table: each source, all, and apart from them those seen in training.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world, those that the table can use.

    Returns
    -------
    tuple of Group
        Where design was tuned on a fold, also all without that fold, and that fold.
    """
    found: list[Group] = []
    for part, suffix in (
        ([row for row in records if not row.seen_in_training], ""),
        ([row for row in records if row.seen_in_training], f", {SEEN}"),
    ):
        sources = sorted({row.source for row in part})
        if len(sources) > 1:
            found += [Group(source + suffix, tuple(row for row in part if row.source == source)) for source in sources]
        if part:
            found.append(Group((sources[0] if len(sources) == 1 else "all") + suffix, tuple(part)))
        tuned = tuple(row for row in part if row.tuned_on)
        if tuned and len(tuned) < len(part):
            found.append(Group("all but the fold tuned on" + suffix, tuple(row for row in part if not row.tuned_on)))
            found.append(Group("the fold tuned on" + suffix, tuned))
    return tuple(found)


def wholes(records: Records) -> tuple[Group, ...]:
    """Part records only into those never seen and those seen in training.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    unseen = tuple(row for row in records if not row.seen_in_training)
    seen = tuple(row for row in records if row.seen_in_training)
    return tuple(Group(label, part) for label, part in (("all", unseen), (f"all, {SEEN}", seen)) if part)


def diseased(records: Records) -> list[CtRecord]:
    """Return the CTs whose drawn lesions are large enough for a Dice."""
    return [row for row in records if row.lesion_voxels is not None and (row.drawn_percent or 0) >= DISEASED_PERCENT]


def true_and_found(records: Records) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (row,) true and (row,) measured percentages of records that have both."""
    both = [(row.drawn_percent, row.found_percent) for row in records]
    pairs = [(a, b) for a, b in both if a is not None and b is not None]
    array = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return array[:, 0], array[:, 1]
