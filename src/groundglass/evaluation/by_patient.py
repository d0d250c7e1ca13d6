"""Means, medians, shares and ratios over patients: whoever has two CTs counts once, and is drawn as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from groundglass.evaluation.agreement import spearman
from groundglass.evaluation.bin_counts import calibration_error_of
from groundglass.evaluation.intervals import LEVEL, Estimate, bootstrap, numbers, pairs, refused, wilson

LEAST_PATIENTS = 3
"""Fewer give no interval: two patients have three distinct draws, and their spread says next to nothing."""
DRAWS = 2000
"""Draws of patients: the ends of an interval then hardly change with the seed."""
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
    return bootstrap(statistic, patients, samples=DRAWS)


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
    value = float(own.mean()) if own.size else None
    estimate = _with_interval(value, own.size, lambda drawn: own[drawn].mean(axis=1))
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
    value = float(np.median(own)) if own.size else None
    return _with_interval(value, own.size, lambda drawn: np.median(own[drawn], axis=1))


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

    of, count = _places(patients)
    parts_of, wholes_of = np.bincount(of, part, count), np.bincount(of, whole, count)
    total = float(whole.sum())

    def ratios(drawn: NDArray[np.intp]) -> NDArray[np.float64]:
        below = wholes_of[drawn].sum(axis=1)
        return np.asarray(parts_of[drawn].sum(axis=1) / np.where(below > 0, below, np.nan))

    return _with_interval(float(part.sum()) / total if total > 0 else None, count, ratios)


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


def spearman_by_patient(one: ArrayLike, other: ArrayLike, patients: Sequence[object]) -> Estimate:
    """Return Spearman's rank correlation of two measurements with an interval from drawing patients.

    Parameters
    ----------
    one, other : (row,) float
        Two figures a CT.
    patients : sequence
        Whose CT each is.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if lengths differ or something is no number.
    """
    a, b = pairs(one, other, ("one", "other"))
    if a.size != len(patients):
        raise refused(f"{a.size} values and {len(patients)} patients cannot be paired", "spearman")
    if len(set(patients)) < len(patients):
        return by_patient(lambda index: spearman(a[index], b[index]).value, patients)
    value = spearman(a, b).value

    def correlations(drawn: NDArray[np.intp]) -> NDArray[np.float64]:
        ranks = [rankdata(figures[drawn], axis=1) for figures in (a, b)]
        x, y = (rank - rank.mean(axis=1, keepdims=True) for rank in ranks)
        scale = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
        return np.asarray((x * y).sum(axis=1) / np.where(scale > 0, scale, np.nan))

    return _with_interval(value, a.size, correlations)


def calibration_error_by_patient(
    n: ArrayLike, sum_probability: ArrayLike, positive: ArrayLike, patients: Sequence[object]
) -> Estimate:
    """Return the expected calibration error of all together with an interval from drawing patients.

    Parameters
    ----------
    n, sum_probability, positive : (row, bin) float
        Counts a CT, as in :class:`groundglass.evaluation.bin_counts.BinCounts`.
    patients : sequence
        Whose CT each is.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not as many rows as patients.
    """
    tables = [np.asarray(table, dtype=np.float64) for table in (n, sum_probability, positive)]
    if any(len(table) != len(patients) for table in tables):
        raise refused(f"{len(tables[0])} rows and {len(patients)} patients cannot be paired", "calibration error")
    of, count = _places(patients)
    own = [np.zeros((count, table.shape[-1])) for table in tables]
    for table, sums in zip(tables, own, strict=True):
        np.add.at(sums, of, table)

    def errors(drawn: NDArray[np.intp]) -> NDArray[np.float64]:
        often = np.apply_along_axis(np.bincount, 1, drawn, minlength=count).astype(np.float64)
        counts, said, seen = (often @ sums for sums in own)
        return np.asarray(np.abs(said - seen).sum(axis=1) / np.maximum(counts.sum(axis=1), 1))

    value = calibration_error_of(*(sums.sum(axis=0) for sums in own)) if count else None
    return _with_interval(value, count, errors)


def _own_means(values: ArrayLike, patients: Sequence[object]) -> NDArray[np.float64]:
    figures = numbers(values, "values")
    if figures.size != len(patients):
        raise refused(f"{figures.size} values and {len(patients)} patients cannot be paired", "values")
    of, count = _places(patients)
    return np.asarray(np.bincount(of, figures, count) / np.bincount(of, minlength=count)) if count else figures


def _places(patients: Sequence[object]) -> tuple[NDArray[np.intp], int]:
    """Return the number of each row's patient, and how many patients there are."""
    numbered: dict[object, int] = {}
    of = np.array([numbered.setdefault(patient, len(numbered)) for patient in patients], dtype=np.intp)
    return of, len(numbered)


def _with_interval(
    value: float | None, count: int, statistic: Callable[[NDArray[np.intp]], NDArray[np.float64]]
) -> Estimate:
    """Return what :func:`by_patient` returns, all draws at once: (draw, patient) in, (draw,) out."""
    if value is None or count < LEAST_PATIENTS:
        return Estimate(value, None, None, count, NO_INTERVAL)
    figures = statistic(_draws(count))
    figures = figures[np.isfinite(figures)]
    if figures.size * 2 < DRAWS:
        return Estimate(value, None, None, count, NO_INTERVAL)
    low, high = np.quantile(figures, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high), count, "bootstrap by patient, percentile")


@lru_cache(maxsize=8)
def _draws(count: int) -> NDArray[np.intp]:
    """Return (draw, patient) the draws that :func:`groundglass.evaluation.intervals.bootstrap` makes."""
    drawn = np.random.default_rng(0).integers(0, count, (DRAWS, count))
    drawn.setflags(write=False)
    return np.asarray(drawn, dtype=np.intp)
