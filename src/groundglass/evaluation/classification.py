"""Telling diseased from healthy: ROC curve and area, sensitivity and its kin, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from groundglass.evaluation.intervals import LEVEL, Estimate, labels, normal, numbers, refused, wilson, z_value


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of a two-class decision, and the figures made from them, each a share with its Wilson interval."""

    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int

    @property
    def n(self) -> int:
        """Number of cases."""
        return self.true_positive + self.false_positive + self.true_negative + self.false_negative

    @property
    def sensitivity(self) -> Estimate:
        """Share of the diseased that were called so."""
        return wilson(self.true_positive, self.true_positive + self.false_negative)

    @property
    def specificity(self) -> Estimate:
        """Share of the healthy that were called so."""
        return wilson(self.true_negative, self.true_negative + self.false_positive)

    @property
    def positive_predictive_value(self) -> Estimate:
        """Share of those called diseased that are."""
        return wilson(self.true_positive, self.true_positive + self.false_positive)

    @property
    def negative_predictive_value(self) -> Estimate:
        """Share of those called healthy that are."""
        return wilson(self.true_negative, self.true_negative + self.false_negative)

    @property
    def accuracy(self) -> Estimate:
        """Share of right calls."""
        return wilson(self.true_positive + self.true_negative, self.n)


def confusion(truth: ArrayLike, called: ArrayLike) -> Confusion:
    """Count right and wrong calls.

    Parameters
    ----------
    truth, called : (case,) 0/1 or bool
        1 diseased.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not labels of the same cases.
    """
    true, said = labels(truth), labels(called, "called")
    if true.size != said.size:
        raise refused(f"{true.size} truths and {said.size} calls cannot be paired", "truth and called")
    return Confusion(
        true_positive=int(np.count_nonzero(true & said)),
        false_positive=int(np.count_nonzero(~true & said)),
        true_negative=int(np.count_nonzero(~true & ~said)),
        false_negative=int(np.count_nonzero(true & ~said)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class RocCurve:
    """The ROC curve: one point a distinct score, from nothing called to everything called.

    Attributes
    ----------
    threshold : (point,) float64
        A case is called diseased if its score is at least this; the first is infinite.
    sensitivity, specificity : (point,) float64
        0..1.
    """

    threshold: NDArray[np.float64]
    sensitivity: NDArray[np.float64]
    specificity: NDArray[np.float64]

    def youden(self) -> float:
        """Return the threshold where sensitivity + specificity is largest, the most specific of equals."""
        total = np.round(self.sensitivity + self.specificity, 12)  # equal sums must not differ by rounding
        return float(self.threshold[int(np.argmax(total))])

    def at_sensitivity(self, least: float) -> float:
        """Return the highest threshold whose sensitivity is at least ``least``."""
        return float(self.threshold[int(np.argmax(self.sensitivity >= least - 1e-12))])


def roc_curve(truth: ArrayLike, scores: ArrayLike) -> RocCurve:
    """Return the ROC curve.

    Parameters
    ----------
    truth : (case,) 0/1 or bool
        1 diseased.
    scores : (case,) float
        Higher means more likely diseased.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not labels and numbers of the same cases, or one class is missing.
    """
    true, score = _checked(truth, scores)
    if not 0 < np.count_nonzero(true) < true.size:
        raise refused("a ROC curve needs diseased and healthy cases", "truth")
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.diff(score[order], append=-np.inf))
    hits, alarms = np.cumsum(true[order])[last], np.cumsum(~true[order])[last]
    return RocCurve(
        threshold=np.concatenate([[np.inf], score[order][last]]),
        sensitivity=np.concatenate([[0.0], hits / hits[-1]]),
        specificity=np.concatenate([[1.0], 1 - alarms / alarms[-1]]),
    )


def roc_auc(
    truth: ArrayLike, scores: ArrayLike, *, patients: Sequence[object] | None = None, level: float = LEVEL
) -> Estimate:
    """Return the area under the ROC curve with its DeLong interval.

    Parameters
    ----------
    truth : (case,) 0/1 or bool
        1 diseased.
    scores : (case,) float
        Higher means more likely diseased; equal scores count half.
    patients : sequence or None
        Whose case each is, where cases such as slices are not independent; the interval is then Obuchowski's. For the
        slices of a single patient, give stretches of neighbouring slices.
    level : float
        Level of the interval, 0..1.

    Returns
    -------
    Estimate
        Undefined without cases of both classes. Where DeLong's variance is zero or undefined (perfect separation, one
        case in a class), the interval is Newcombe's, which stays honest there; ``method`` says which.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not labels and numbers of the same cases.

    References
    ----------
    DeLong et al., Biometrics 1988;44:837-845; Sun and Xu, IEEE Signal Process Lett 2014;21:1389-1393; Obuchowski,
    Biometrics 1997;53:567-578; Newcombe, Stat Med 2006;25:559-573, method 5.
    """
    true, score = _checked(truth, scores)
    diseased = int(np.count_nonzero(true))
    healthy = true.size - diseased
    if diseased == 0 or healthy == 0:
        return Estimate(None, None, None, true.size, "delong", level)
    of_diseased, of_healthy = _placements(true, score)
    area = float(of_diseased.mean())
    method = "delong"
    variance = _variance(of_diseased, of_healthy)
    if patients is not None:
        method = "obuchowski, by patient"
        variance = _clustered_variance(true, of_diseased - area, of_healthy - area, patients)
    if variance is None or variance <= 0:
        low, high = _newcombe(area, diseased, healthy, level)
        return Estimate(area, low, high, true.size, "newcombe", level)
    return normal(area, math.sqrt(variance), n=true.size, method=method, bounds=(0.0, 1.0), level=level)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two figures of the same cases, with its interval and two-sided p value."""

    estimate: Estimate
    p_value: float | None


def roc_auc_difference(truth: ArrayLike, one: ArrayLike, other: ArrayLike, *, level: float = LEVEL) -> Difference:
    """Return AUC of ``one`` minus AUC of ``other`` on the same cases, by DeLong's paired test.

    Parameters
    ----------
    truth : (case,) 0/1 or bool
        1 diseased.
    one, other : (case,) float
        Scores; higher means more likely diseased.
    level : float
        Level of the interval, 0..1.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not labels and numbers of the same cases.

    References
    ----------
    DeLong et al., Biometrics 1988;44:837-845.
    """
    true, first = _checked(truth, one)
    _, second = _checked(truth, other)
    if not 0 < np.count_nonzero(true) < true.size:
        return Difference(Estimate(None, None, None, true.size, "delong, paired", level), None)
    (diseased_1, healthy_1), (diseased_2, healthy_2) = _placements(true, first), _placements(true, second)
    value = float(diseased_1.mean() - diseased_2.mean())
    variance = _variance(diseased_1 - diseased_2, healthy_1 - healthy_2)
    if variance is None or variance <= 0:
        return Difference(Estimate(value, None, None, true.size, "delong, paired", level), None)
    error = math.sqrt(variance)
    p_value = math.erfc(abs(value) / error / math.sqrt(2))
    bounded = normal(value, error, n=true.size, method="delong, paired", bounds=(-1.0, 1.0), level=level)
    return Difference(bounded, p_value)


def average_precision(truth: ArrayLike, scores: ArrayLike) -> float | None:
    """Return the area under the precision-recall curve, summed by steps; None without diseased cases.

    Parameters
    ----------
    truth : (case,) 0/1 or bool
        1 diseased.
    scores : (case,) float
        Higher means more likely diseased.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not labels and numbers of the same cases.
    """
    true, score = _checked(truth, scores)
    if not true.any():
        return None
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.diff(score[order], append=-np.inf))
    hits = np.cumsum(true[order])[last]
    gained = np.diff(hits, prepend=0) / hits[-1]
    return float((gained * hits / (last + 1)).sum())


def _checked(truth: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    true, score = labels(truth), numbers(scores, "scores")
    if true.size != score.size:
        raise refused(f"{true.size} truths and {score.size} scores cannot be paired", "truth and scores")
    return true, score


def _placements(true: NDArray[np.bool_], score: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each diseased case the share of healthy below it, for each healthy the share of diseased above it."""
    ranks = rankdata(score)
    healthy, diseased = int(np.count_nonzero(~true)), int(np.count_nonzero(true))
    of_diseased = (ranks[true] - rankdata(score[true])) / healthy
    of_healthy = 1 - (ranks[~true] - rankdata(score[~true])) / diseased
    return of_diseased, of_healthy


def _variance(of_diseased: NDArray[np.float64], of_healthy: NDArray[np.float64]) -> float | None:
    if of_diseased.size < 2 or of_healthy.size < 2:
        return None
    return float(of_diseased.var(ddof=1) / of_diseased.size + of_healthy.var(ddof=1) / of_healthy.size)


def _clustered_variance(
    true: NDArray[np.bool_],
    of_diseased: NDArray[np.float64],
    of_healthy: NDArray[np.float64],
    patients: Sequence[object],
) -> float | None:
    """Return Obuchowski's variance of the area, from placements less the area."""
    if len(patients) != true.size:
        raise refused(f"{true.size} cases and {len(patients)} patients cannot be paired", "patients")
    numbered: dict[object, int] = {}
    place = np.array([numbered.setdefault(patient, len(numbered)) for patient in patients], dtype=np.intp)
    count = len(numbered)
    diseased = np.bincount(place[true], of_diseased, count)
    healthy = np.bincount(place[~true], of_healthy, count)
    with_diseased, with_healthy = np.unique(place[true]).size, np.unique(place[~true]).size
    if with_diseased < 2 or with_healthy < 2:
        return None
    m, n = of_diseased.size, of_healthy.size
    return float(
        with_diseased / (with_diseased - 1) * (diseased @ diseased) / m**2
        + with_healthy / (with_healthy - 1) * (healthy @ healthy) / n**2
        + 2 * count / (count - 1) * (diseased @ healthy) / (m * n)
    )


def _newcombe(area: float, diseased: int, healthy: int, level: float) -> tuple[float, float]:
    """Return the areas whose own standard error, times z, reaches just to the one observed."""
    z = z_value(level)
    weight = (diseased + healthy) / 2 - 1

    def out_of_reach(guess: float) -> bool:
        spread = guess * (1 - guess) * (1 + weight * (1 - guess) / (2 - guess) + weight * guess / (1 + guess))
        return (area - guess) ** 2 > z * z * spread / (diseased * healthy)

    return _border(0.0, area, out_of_reach), _border(1.0, area, out_of_reach)


def _border(outside: float, inside: float, out_of_reach: Callable[[float], bool]) -> float:
    """Halve the stretch between a value out of reach and one within until the border is found."""
    if not out_of_reach(outside):
        return outside
    for _ in range(60):
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if out_of_reach(middle) else (outside, middle)
    return (outside + inside) / 2
