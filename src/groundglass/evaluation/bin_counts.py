"""Reliability of very many probabilities, such as those of voxels: counts by bin, which add up over patients."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundglass.evaluation.intervals import refused

BINS = 10
"""Bins of equal width from 0 to 1: enough to see a bend, few enough to be filled."""


@dataclass(frozen=True, slots=True)
class BinCounts:
    """Probabilities sorted into bins of equal width from 0 to 1.

    Attributes
    ----------
    n : tuple of int
        Probabilities in each bin.
    sum_probability : tuple of float
        Their sum.
    positive : tuple of int
        How many of them belong to something diseased.
    """

    n: tuple[int, ...]
    sum_probability: tuple[float, ...]
    positive: tuple[int, ...]


def count_bins(truth: ArrayLike, probabilities: ArrayLike, *, bins: int = BINS) -> BinCounts:
    """Sort probabilities into bins.

    Parameters
    ----------
    truth : array of 0/1 or bool
        1 diseased; any shape.
    probabilities : array of float, the same shape
        0..1; an upper end belongs to the next bin, but for the last.
    bins : int
        Number of bins.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if the shapes differ, a probability lies outside 0..1, or there are no bins.
    """
    true = np.asarray(truth).ravel().astype(bool)
    probability = np.asarray(probabilities).ravel()
    if true.size != probability.size:
        raise refused(f"{true.size} truths and {probability.size} probabilities cannot be paired", "truth")
    if bins < 1:
        raise refused(f"{bins} bins cannot be made", "bins")
    if probability.size and not (probability.min() >= 0 and probability.max() <= 1):
        raise refused("a probability lies outside 0..1", "probabilities")
    places = np.minimum((probability * bins).astype(np.intp), bins - 1)
    n = np.bincount(places, minlength=bins)
    total = np.bincount(places, weights=probability, minlength=bins)
    positive = np.bincount(places[true], minlength=bins)
    return BinCounts(
        n=tuple(int(count) for count in n),
        sum_probability=tuple(float(value) for value in total),
        positive=tuple(int(count) for count in positive),
    )


def add_counts(counts: Iterable[BinCounts]) -> BinCounts | None:
    """Return the counts of all together; None without any.

    Parameters
    ----------
    counts : iterable of BinCounts
        All with the same number of bins.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if the numbers of bins differ.
    """
    rows = list(counts)
    if not rows:
        return None
    if len({len(row.n) for row in rows}) > 1:
        raise refused("the numbers of bins differ", "counts")
    n, total, positive = (
        np.sum([getattr(row, name) for row in rows], axis=0) for name in ("n", "sum_probability", "positive")
    )
    return BinCounts(
        n=tuple(int(count) for count in n),
        sum_probability=tuple(float(value) for value in total),
        positive=tuple(int(count) for count in positive),
    )


def calibration_error_of(n: ArrayLike, sum_probability: ArrayLike, positive: ArrayLike) -> float | None:
    """Return the expected calibration error from counts: the gap of every bin, weighted by what it holds.

    Parameters
    ----------
    n, sum_probability, positive : (bin,)
        As in :class:`BinCounts`.

    References
    ----------
    Naeini et al., AAAI 2015, 2901-2907.
    """
    count: NDArray[np.float64] = np.asarray(n, dtype=np.float64)
    gaps = np.abs(np.asarray(sum_probability, dtype=np.float64) - np.asarray(positive, dtype=np.float64))
    return float(gaps.sum() / count.sum()) if count.sum() > 0 else None
