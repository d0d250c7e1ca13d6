"""How far two readers, or a reader and a measurement, agree: kappa, correlation, ICC, Bland-Altman."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f as f_distribution
from scipy.stats import rankdata
from scipy.stats import t as t_distribution

from groundglass.evaluation.intervals import LEVEL, Estimate, normal, numbers, pairs, refused, z_value

Weights = Literal["none", "linear", "quadratic"]


def contingency(one: Sequence[object], other: Sequence[object], categories: Sequence[object]) -> NDArray[np.int64]:
    """Count how often each pair of categories was given.

    Parameters
    ----------
    one, other : sequence
        A category a case.
    categories : sequence
        All categories, in their order.

    Returns
    -------
    (category of one, category of other) int64

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if lengths differ or a value is no category.
    """
    if len(one) != len(other):
        raise refused(f"{len(one)} and {len(other)} values cannot be paired", "the two readers")
    places = {category: place for place, category in enumerate(categories)}
    if len(places) != len(categories):
        raise refused("a category stands there twice", "categories")
    table = np.zeros((len(places), len(places)), dtype=np.int64)
    for a, b in zip(one, other, strict=True):
        if a not in places or b not in places:
            raise refused("a value is none of the categories", "the two readers")
        table[places[a], places[b]] += 1
    return table


def kappa(
    one: Sequence[object],
    other: Sequence[object],
    categories: Sequence[object],
    *,
    weights: Weights = "quadratic",
    level: float = LEVEL,
) -> Estimate:
    """Return Cohen's kappa, weighted by the distance of the categories, with its large-sample interval.

    Parameters
    ----------
    one, other : sequence
        A category a case.
    categories : sequence
        All categories in their order; grades that nobody gave count for the weights all the same.
    weights : {"none", "linear", "quadratic"}
        What a disagreement costs.
    level : float
        Level of the interval, 0..1.

    Returns
    -------
    Estimate
        Undefined where chance alone gives full agreement (both gave one and the same category throughout).

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` as :func:`contingency`.

    References
    ----------
    Cohen, Psychol Bull 1968;70:213-220; Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323-327.
    """
    table = contingency(one, other, categories)
    n = int(table.sum())
    method = f"kappa, weights {weights}, large sample"
    if n == 0:
        return Estimate(None, None, None, 0, method, level)
    share = table / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    agreement = _agreement_weights(len(table), weights)
    observed = float((agreement * share).sum())
    expected = float((agreement * np.outer(rows, columns)).sum())
    if 1 - expected < 1e-12:
        return Estimate(None, None, None, n, method, level)
    value = (observed - expected) / (1 - expected)
    mean_weight = (agreement @ columns)[:, None] + (rows @ agreement)[None, :]
    spread = (share * (agreement - mean_weight * (1 - value)) ** 2).sum() - (value - expected * (1 - value)) ** 2
    error = math.sqrt(max(0.0, float(spread)) / n) / (1 - expected)
    return normal(value, error, n=n, method=method, bounds=(-1.0, 1.0), level=level)


def pearson(one: ArrayLike, other: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """Return Pearson's correlation with Fisher's interval; undefined where one of the two does not vary.

    Parameters
    ----------
    one, other : (case,) float
        Two measurements of the same cases.
    level : float
        Level of the interval, 0..1.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not two rows of numbers of the same length.
    """
    a, b = pairs(one, other, ("one", "other"))
    return _correlation(a, b, 1.0, "pearson, fisher", level)


def spearman(one: ArrayLike, other: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """Return Spearman's rank correlation with the interval of Bonett and Wright.

    Parameters
    ----------
    one, other : (case,) float
        Two measurements of the same cases.
    level : float
        Level of the interval, 0..1.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not two rows of numbers of the same length.

    References
    ----------
    Bonett and Wright, Psychometrika 2000;65:23-28.
    """
    a, b = pairs(one, other, ("one", "other"))
    ranks_a, ranks_b = rankdata(a), rankdata(b)
    value = _correlation_value(ranks_a, ranks_b)
    widening = 1.0 if value is None else 1 + value * value / 2
    return _correlation(ranks_a, ranks_b, widening, "spearman, bonett-wright", level)


def icc(ratings: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """Return the intraclass correlation for absolute agreement of single ratings, two-way random: ICC(A,1) or ICC(2,1).

    Parameters
    ----------
    ratings : (case, reader) float
        At least two cases and two readers, nothing missing.
    level : float
        Level of the interval, 0..1.

    Returns
    -------
    Estimate
        Undefined where no rating differs from any other.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not such a table of finite numbers.

    References
    ----------
    Shrout and Fleiss, Psychol Bull 1979;86:420-428; McGraw and Wong, Psychol Methods 1996;1:30-46, table 7.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise refused("a table of at least two cases and two readers is wanted", "ratings")
    numbers(table.ravel(), "ratings")
    n, k = table.shape
    mean = table.mean()
    between = k * float(((table.mean(axis=1) - mean) ** 2).sum()) / (n - 1)
    readers = n * float(((table.mean(axis=0) - mean) ** 2).sum()) / (k - 1)
    total = float(((table - mean) ** 2).sum())
    rest = max(0.0, total - between * (n - 1) - readers * (k - 1)) / ((n - 1) * (k - 1))
    spread = between + (k - 1) * rest + k * (readers - rest) / n
    method = "icc(2,1), mcgraw-wong"
    if total <= 1e-12 * max(1.0, mean * mean) or spread <= 0:
        return Estimate(None, None, None, n, method, level)
    value = (between - rest) / spread
    if rest <= 1e-12 * total:
        # Without residual the F ratios are infinite; only a shift between readers, if any, keeps the value from 1.
        return Estimate(value, None, None, n, method, level)
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    freedom = (a * readers + b * rest) ** 2 / ((a * readers) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1)))
    share = (1 + level) / 2
    upper_f = float(f_distribution.ppf(share, n - 1, freedom))
    lower_f = float(f_distribution.ppf(share, freedom, n - 1))
    common = k * readers + (k * n - k - n) * rest
    low = n * (between - upper_f * rest) / (upper_f * common + n * between)
    high = n * (lower_f * between - rest) / (common + n * lower_f * between)
    return Estimate(value, max(-1.0, low), min(1.0, high), n, method, level)


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """Differences of two measurements of the same cases, one minus other.

    Attributes
    ----------
    bias : Estimate
        Mean difference.
    lower_limit, upper_limit : Estimate
        Limits of agreement: 95 % of the differences are expected between them.
    slope : float or None
        Change of the difference for one unit of the mean of both: not 0 where the error grows with the size.
    """

    bias: Estimate
    lower_limit: Estimate
    upper_limit: Estimate
    slope: float | None


def bland_altman(one: ArrayLike, other: ArrayLike, *, level: float = LEVEL) -> BlandAltman:
    """Return bias and limits of agreement with their intervals.

    Parameters
    ----------
    one, other : (case,) float
        Two measurements of the same cases.
    level : float
        Level of the interval, 0..1.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not two rows of numbers of the same length, at least three.

    References
    ----------
    Bland and Altman, Lancet 1986;327:307-310; Stat Methods Med Res 1999;8:135-160.
    """
    a, b = pairs(one, other, ("one", "other"))
    n = a.size
    if n < 3:
        raise refused(f"{n} cases are too few for limits of agreement", "one and other")
    difference, mean = a - b, (a + b) / 2
    bias, deviation = float(difference.mean()), float(difference.std(ddof=1))
    t = float(t_distribution.ppf((1 + level) / 2, n - 1))
    reach = z_value(0.95)  # the limits themselves are those of 95 % of the differences, whatever the level asked for
    of_bias = t * deviation / math.sqrt(n)
    of_limit = t * deviation * math.sqrt(1 / n + reach * reach / (2 * (n - 1)))

    def around(value: float, half: float) -> Estimate:
        return Estimate(value, value - half, value + half, n, "bland-altman", level)

    variance = float(mean.var())
    slope = float(np.mean((mean - mean.mean()) * (difference - bias)) / variance) if variance > 0 else None
    return BlandAltman(
        around(bias, of_bias),
        around(bias - reach * deviation, of_limit),
        around(bias + reach * deviation, of_limit),
        slope,
    )


def _agreement_weights(count: int, weights: Weights) -> NDArray[np.float64]:
    distance = np.abs(np.subtract.outer(np.arange(count), np.arange(count))) / max(1, count - 1)
    if weights == "none":
        return np.asarray(distance == 0, dtype=np.float64)
    return np.asarray(1 - (distance if weights == "linear" else distance**2), dtype=np.float64)


def _correlation_value(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    if a.size < 2:
        return None
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return max(-1.0, min(1.0, float(a @ b) / scale)) if scale > 0 else None


def _correlation(
    a: NDArray[np.float64], b: NDArray[np.float64], widening: float, method: str, level: float
) -> Estimate:
    value = _correlation_value(a, b)
    n = a.size
    if value is None or n < 4:
        return Estimate(value, None, None, n, method, level)
    if abs(value) == 1:
        return Estimate(value, value, value, n, method, level)
    half = z_value(level) * math.sqrt(widening / (n - 3))
    middle = math.atanh(value)
    return Estimate(value, math.tanh(middle - half), math.tanh(middle + half), n, method, level)
