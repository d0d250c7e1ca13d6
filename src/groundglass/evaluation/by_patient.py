"""Means, medians, shares and ratios over patients: whoever has two CTs counts once, and is drawn as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundglass.evaluation.intervals import Estimate, bootstrap, numbers, refused, wilson

LEAST_PATIENTS = 3
"""Fewer give no interval: two patients have three distinct draws, and their spread says next to nothing."""
NO_INTERVAL = "too few patients for an interval"

Statistic = Callable[[NDArray[np.intp]], float | None]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over patients.

    Attributes
    ----------
    estimate : Estimate
        The mean; ``n`` counts patients.
    sd : float or None
        Standard deviation of the patients, n - 1 in the denominator; None for one patient.
    """

    estimate: Estimate
    sd: float | None


def by_patient(statistic: Statistic, patients: Sequence[object]) -> Estimate:
    """Return a figure with an interval from drawing patients, without interval where there are too few of them.

    Parameters
    ----------
    statistic : callable
        Takes the indices of the rows to use, (n,) intp, and gives the figure, or None where it is undefined.
    patients : sequence
        Whose row each is.
    """
    count = len(set(patients))
    if count == 0:
        return Estimate(None, None, None, 0, NO_INTERVAL)
    if count < LEAST_PATIENTS:
        return Estimate(statistic(np.arange(len(patients), dtype=np.intp)), None, None, count, NO_INTERVAL)
    return bootstrap(statistic, patients)


def mean_by_patient(values: ArrayLike, patients: Sequence[object]) -> Mean:
    """Return the mean over patients, each patient's own mean first.

    Parameters
    ----------
    values : (row,) float
        A figure a CT.
    patients : sequence
        Whose CT each is.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not numbers, one a patient's name.
    """
    own = _own_means(values, patients)
    estimate = by_patient(lambda index: float(own[index].mean()), range(own.size))
    return Mean(estimate, float(own.std(ddof=1)) if own.size > 1 else None)


def median_by_patient(values: ArrayLike, patients: Sequence[object]) -> Estimate:
    """Return the median over patients, each patient's own mean first.

    Parameters
    ----------
    values : (row,) float
        A figure a CT.
    patients : sequence
        Whose CT each is.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` as :func:`mean_by_patient`.
    """
    own = _own_means(values, patients)
    return by_patient(lambda index: float(np.median(own[index])), range(own.size))


def ratio_by_patient(parts: ArrayLike, wholes: ArrayLike, patients: Sequence[object]) -> Estimate:
    """Return the sum of the parts over the sum of the wholes, such as a pooled Dice or findings a CT.

    Parameters
    ----------
    parts, wholes : (row,) float
        Two counts a CT.
    patients : sequence
        Whose CT each is.

    Returns
    -------
    Estimate
        Undefined where the wholes sum to 0.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if lengths differ or something is no number.
    """
    part, whole = numbers(parts, "parts"), numbers(wholes, "wholes")
    if not part.size == whole.size == len(patients):
        raise refused(f"{part.size} parts, {whole.size} wholes and {len(patients)} patients cannot be paired", "ratio")

    def ratio(index: NDArray[np.intp]) -> float | None:
        total = float(whole[index].sum())
        return float(part[index].sum()) / total if total > 0 else None

    return by_patient(ratio, patients)


def share_by_patient(hits: ArrayLike, totals: ArrayLike, patients: Sequence[object]) -> Estimate:
    """Return a share of things of which each patient has several, such as lesions found of lesions drawn.

    Parameters
    ----------
    hits, totals : (row,) int
        Two counts a CT.
    patients : sequence
        Whose CT each is.

    Returns
    -------
    Estimate
        ``n`` counts the things. At 0 or 1 drawing patients would give an interval of no width: there it is Wilson's, of
        the patients that have any.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` as :func:`ratio_by_patient`.
    """
    having = [k for k, total in enumerate(numbers(totals, "totals")) if total > 0]
    hit, total = (numbers(counts, name) for counts, name in ((hits, "hits"), (totals, "totals")))
    if not having:
        return Estimate(None, None, None, 0, NO_INTERVAL)
    whose = [patients[k] for k in having]
    drawn = ratio_by_patient(hit[having], total[having], whose)
    low, high, method = drawn.low, drawn.high, drawn.method
    if drawn.value in (0.0, 1.0) or (len(whose) == len(set(whose)) and (total[having] == 1).all()):
        count = len(set(whose))
        cases = wilson(round((drawn.value or 0.0) * count), count)
        low, high, method = cases.low, cases.high, "wilson, of patients"
    return Estimate(drawn.value, low, high, int(total.sum()), method)


def _own_means(values: ArrayLike, patients: Sequence[object]) -> NDArray[np.float64]:
    figures = numbers(values, "values")
    if figures.size != len(patients):
        raise refused(f"{figures.size} values and {len(patients)} patients cannot be paired", "values")
    places: dict[object, int] = {}
    of = np.array([places.setdefault(patient, len(places)) for patient in patients], dtype=np.intp)
    if not places:
        return figures
    return np.asarray(np.bincount(of, figures) / np.bincount(of))
