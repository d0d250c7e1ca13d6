"""Whether a probability means what it says: reliability bins, calibration error, Brier score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundglass.evaluation.intervals import Estimate, labels, numbers, refused, wilson


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Cases of like probability.

    Attributes
    ----------
    low, high : float
        Probabilities of the bin; the upper end belongs to the next bin, but for the last.
    mean_probability : float
        Mean of what was said.
    observed : Estimate
        Share of diseased with its Wilson interval, ``n`` cases.
    """

    low: float
    high: float
    mean_probability: float
    observed: Estimate


def reliability(truth: ArrayLike, probabilities: ArrayLike, *, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Return the filled bins of equal width, rising.

    Parameters
    ----------
    truth : (case,) 0/1 or bool
        1 diseased.
    probabilities : (case,) float
        0..1.
    bins : int
        Number of bins from 0 to 1.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not labels and probabilities of the same cases.
    """
    true, probability = _checked(truth, probabilities)
    if bins < 1:
        raise refused(f"{bins} bins cannot be made", "bins")
    places = np.minimum((probability * bins).astype(np.intp), bins - 1)
    filled = []
    for place in np.unique(places):
        inside = places == place
        filled.append(
            ReliabilityBin(
                low=float(place / bins),
                high=float((place + 1) / bins),
                mean_probability=float(probability[inside].mean()),
                observed=wilson(int(np.count_nonzero(true[inside])), int(np.count_nonzero(inside))),
            )
        )
    return tuple(filled)


def calibration_error(truth: ArrayLike, probabilities: ArrayLike, *, bins: int = 10) -> float | None:
    """Return the expected calibration error: the gap of every bin, weighted by its cases; None without cases.

    Parameters
    ----------
    truth : (case,) 0/1 or bool
        1 diseased.
    probabilities : (case,) float
        0..1.
    bins : int
        Number of bins from 0 to 1.

    Raises
    ------
    InputError
        As :func:`reliability`.

    References
    ----------
    Naeini et al., AAAI 2015, 2901-2907.
    """
    filled = reliability(truth, probabilities, bins=bins)
    total = sum(row.observed.n for row in filled)
    if total == 0:
        return None
    gaps = [row.observed.n * abs((row.observed.value or 0.0) - row.mean_probability) for row in filled]
    return sum(gaps) / total


def brier_score(truth: ArrayLike, probabilities: ArrayLike) -> float | None:
    """Return the mean squared distance of probability and truth; None without cases.

    Parameters
    ----------
    truth : (case,) 0/1 or bool
        1 diseased.
    probabilities : (case,) float
        0..1.

    Raises
    ------
    InputError
        As :func:`reliability`.
    """
    true, probability = _checked(truth, probabilities)
    return float(np.mean((probability - true) ** 2)) if true.size else None


def _checked(truth: ArrayLike, probabilities: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    true, probability = labels(truth), numbers(probabilities, "probabilities")
    if true.size != probability.size:
        raise refused(f"{true.size} truths and {probability.size} probabilities cannot be paired", "truth")
    if ((probability < 0) | (probability > 1)).any():
        raise refused("a probability lies outside 0..1", "probabilities")
    return true, probability
