"""How far any number of readers agree, some reads missing: Krippendorff's alpha of ordered categories."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundglass.evaluation.by_patient import by_patient
from groundglass.evaluation.intervals import Estimate, refused


def krippendorff_alpha(
    reads: Sequence[Sequence[object]], categories: Sequence[object], patients: Sequence[object]
) -> Estimate:
    """Return Krippendorff's alpha for ordered categories, with an interval from drawing patients.

    Parameters
    ----------
    reads : sequence of sequence
        The categories that readers gave to each case, in any number and order; cases with fewer than two do not count.
    categories : sequence
        All categories in their order.
    patients : sequence
        Whose case each is.

    Returns
    -------
    Estimate
        Undefined where every read is the same category: there is nothing to agree about. ``n`` counts patients.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if lengths differ or a read is no category.

    References
    ----------
    Krippendorff, Content Analysis, 3rd edition, 2013, chapter 12 (coincidences; ordinal difference).
    """
    if len(reads) != len(patients):
        raise refused(f"{len(reads)} cases and {len(patients)} patients cannot be paired", "alpha")
    places = {category: place for place, category in enumerate(categories)}
    counts = np.zeros((len(reads), len(categories)), dtype=np.float64)
    for case, given in enumerate(reads):
        for category in given:
            if category not in places:
                raise refused("a read is none of the categories", "alpha")
            counts[case, places[category]] += 1
    kept = [int(case) for case in np.flatnonzero(counts.sum(axis=1) >= 2)]
    counts = counts[kept]
    return by_patient(lambda drawn: _alpha(counts[drawn]), [patients[case] for case in kept])


def _alpha(counts: NDArray[np.float64]) -> float | None:
    """Return alpha of (case, category) counts of reads, each case with two or more."""
    reads = counts.sum(axis=1)
    weights = 1 / (reads - 1)
    coincidences = (counts * weights[:, None]).T @ counts - np.diag((counts * weights[:, None]).sum(axis=0))
    often = coincidences.sum(axis=1)
    total = often.sum()
    # the ordinal difference: all reads from one category to the other, each end by half
    upto = np.cumsum(often)
    between = np.abs(np.subtract.outer(upto - often / 2, upto - often / 2))
    distance = between**2
    expected = float((np.outer(often, often) * distance).sum()) / (total - 1) if total > 1 else 0.0
    if expected <= 0:
        return None
    return 1 - float((coincidences * distance).sum()) / expected
