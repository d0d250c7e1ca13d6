"""Tables of CTs whose truth is known to the voxel: phantoms, and lesions put into real chests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.assessment.groups import groups, true_and_found
from groundglass.datasets.assessment.record import CtRecord
from groundglass.datasets.assessment.table import Cell, Figure, Table, shown, table_of
from groundglass.evaluation.by_patient import mean_by_patient, median_by_patient, share_by_patient

PHANTOM_POINTS = 1.0
"""Error of the percentage that is wanted on phantoms, points: their truth has no reader's error in it."""
SYNTHETIC_POINTS = 3.0
"""Error of the percentage that is allowed for lesions put into a real chest, points; or
:data:`SYNTHETIC_SHARE`, whichever is more."""
SYNTHETIC_SHARE = 0.15
"""The same as a share of the truth: above 20 % a fixed number of points would ask more than readers can tell."""

Records = Sequence[CtRecord]


def phantom_table(records: Records) -> Table | None:
    """Return the table of phantoms; None without any.

    Parameters
    ----------
    records : sequence of CtRecord
        Of phantoms; those that were not read count as off.
    """
    rows: list[tuple[Cell, ...]] = []
    for group in groups([row for row in records if row.drawn_percent is not None]):
        read = [row for row in group.records if row.found_percent is not None]
        if not read:
            rows.append((group.label, len(group.records), *[None] * 7))
            continue
        drawn, found = true_and_found(read)
        whose = [row.patient for row in read]
        within = int(np.count_nonzero(np.abs(found - drawn) <= PHANTOM_POINTS))
        total = len(group.records)
        right = [row.grade_found is not None and row.grade_found == row.grade_drawn for row in read]
        safe = [ok or row.grade_stable is False for ok, row in zip(right, read, strict=True)]
        widths = [row.interval[1] - row.interval[0] for row in read if row.interval is not None]
        rows.append(
            (
                group.label,
                total,
                shown(mean_by_patient(found - drawn, whose), 1),
                Figure(median_by_patient(np.abs(found - drawn), whose), 1),
                f"{np.abs(found - drawn).max():.1f}",
                f"{within} of {total}",
                f"{sum(bool(row.covered) for row in read)} of {total}",
                Figure(median_by_patient(widths, [row.patient for row in read if row.interval]), 1),
                f"{sum(safe)} of {total} (right: {sum(right)})",
            )
        )
    return table_of(
        "phantoms",
        "Phantoms: error of the percentage",
        (
            "CTs",
            "n",
            "mean ± SD",
            "median absolute",
            "largest",
            f"within {PHANTOM_POINTS:g} point",
            "interval holds the truth",
            "its median width",
            "grade right, or marked unstable",
        ),
        rows,
        "Measured minus true, percentage points. Phantoms show that the measuring is right, not that real lesions "
        "are found.",
    )


def synthetic_table(records: Records) -> Table | None:
    """Return the table of lesions put into real chests; None without any.

    Parameters
    ----------
    records : sequence of CtRecord
        Of such CTs.
    """
    rows: list[tuple[Cell, ...]] = []
    for group in groups([row for row in records if row.drawn_percent is not None]):
        read = [row for row in group.records if row.found_percent is not None]
        if not read:
            rows.append((group.label, len(group.records), *[None] * 5))
            continue
        drawn, found = true_and_found(read)
        whose = [row.patient for row in read]
        # counted over all: a chest that was not read is off
        good = [int(ok) for ok in np.abs(found - drawn) <= allowed_points(drawn)] + [0] * (
            len(group.records) - len(read)
        )
        everyone = [*whose, *(row.patient for row in group.records if row.found_percent is None)]
        rows.append(
            (
                group.label,
                len(group.records),
                shown(mean_by_patient(found - drawn, whose), 1),
                f"{np.abs(found - drawn).max():.1f}",
                f"{sum(good)} of {len(good)}",
                Figure(share_by_patient(good, np.ones(len(good)), everyone), 2),
                f"{sum(bool(row.covered) for row in read)} of {len(group.records)}",
            )
        )
    return table_of(
        "synthetic",
        "Lesions of known extent put into real chests",
        (
            "CTs",
            "n",
            "error, mean ± SD",
            "largest",
            f"within {SYNTHETIC_POINTS:g} points or {100 * SYNTHETIC_SHARE:g} % of the truth",
            "share",
            "interval holds the truth",
        ),
        rows,
        "Measured minus true, percentage points.",
    )


def allowed_points(true_percent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the percentage of lesions put into a chest may be off.

    Parameters
    ----------
    true_percent : (row,) float64
        The truth.
    """
    return np.asarray(np.maximum(SYNTHETIC_POINTS, SYNTHETIC_SHARE * true_percent))
