"""An estimate with its interval, and the ways to get one: Wilson, normal, bootstrap by patient."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundglass.errors import InputError, declare

EVALUATION_INPUT = declare("EVALUATION_INPUT", "Figures handed to a metric do not fit together or are not numbers.")

LEVEL = 0.95
"""Two-sided level of every interval unless asked otherwise."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval.

    Attributes
    ----------
    value : float or None
        None where the figure is undefined, such as a sensitivity without a single diseased case.
    low, high : float or None
        Ends of the two-sided interval; None where the figure or its spread is undefined.
    n : int
        Number of cases it rests on.
    method : str
        How the interval was made.
    level : float
        Its level, 0..1.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    level: float = LEVEL


def wilson(successes: int, n: int, *, level: float = LEVEL) -> Estimate:
    """Return a proportion with its score interval; undefined for ``n`` = 0.

    Parameters
    ----------
    successes, n : int
        How many of how many.
    level : float
        Level of the interval, 0..1.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` unless 0 <= successes <= n.

    References
    ----------
    Wilson, J Am Stat Assoc 1927;22:209-212.
    """
    if not 0 <= successes <= n:
        raise refused(f"{successes} of {n} is no proportion", "wilson")
    if n == 0:
        return Estimate(None, None, None, 0, "wilson", level)
    z2 = z_value(level) ** 2
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) + z2 / (4 * n)) / n) / (1 + z2 / n)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Estimate(share, low, high, n, "wilson", level)


def normal(
    value: float,
    standard_error: float,
    *,
    n: int,
    method: str,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    level: float = LEVEL,
) -> Estimate:
    """Return a figure with an interval of a normal distribution.

    Parameters
    ----------
    value, standard_error : float
        The figure and its standard error.
    n : int
        Number of cases.
    method : str
        How the standard error was made.
    bounds : (float, float)
        The interval is cut there.
    level : float
        Level of the interval, 0..1.
    """
    half = z_value(level) * standard_error
    return Estimate(value, max(bounds[0], value - half), min(bounds[1], value + half), n, method, level)


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float | None],
    patients: Sequence[object],
    *,
    samples: int = 2000,
    seed: int = 0,
    level: float = LEVEL,
) -> Estimate:
    """Return a figure with its percentile interval, whole patients drawn with replacement.

    Parameters
    ----------
    statistic : callable
        Takes the indices of the rows to use, (n,) intp, and gives the figure, or None where it is undefined.
    patients : sequence
        Whose row each is: rows of one patient are drawn together, so that slices do not pass for patients.
    samples : int
        Number of draws.
    seed : int
        The same seed gives the same interval.
    level : float
        Level of the interval, 0..1.

    Returns
    -------
    Estimate
        ``n`` counts patients. No interval where the figure is undefined in more than half of the draws.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` without rows or draws.

    References
    ----------
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    if not patients or samples < 1:
        raise refused("there is nothing to draw from", "bootstrap")
    rows: dict[object, list[int]] = {}
    for index, patient in enumerate(patients):
        rows.setdefault(patient, []).append(index)
    groups = [np.array(indices, dtype=np.intp) for indices in rows.values()]
    value = statistic(np.arange(len(patients), dtype=np.intp))
    generator = np.random.default_rng(seed)
    single = len(groups) == len(patients)
    drawn: list[float] = []
    for _ in range(samples):
        chosen = generator.integers(0, len(groups), len(groups))
        # one row a patient is the commonest case, and joining a thousand rows one by one the slowest
        figure = statistic(chosen if single else np.concatenate([groups[i] for i in chosen]))
        if figure is not None and math.isfinite(figure):
            drawn.append(figure)
    method = "bootstrap by patient, percentile"
    if value is None or len(drawn) * 2 < samples:
        return Estimate(value, None, None, len(groups), method, level)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high), len(groups), method, level)


def z_value(level: float) -> float:
    """Return how many standard deviations a two-sided interval reaches out.

    Parameters
    ----------
    level : float
        Level of the interval, 0..1.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` unless ``level`` lies between 0 and 1.
    """
    if not 0 < level < 1:
        raise refused(f"{level} is no level of an interval", "level")
    return NormalDist().inv_cdf((1 + level) / 2)


def numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return values as (n,) float64.

    Parameters
    ----------
    values : (n,) float
        What was handed in.
    name : str
        Named in the error.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not one row of finite numbers.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise refused(f"{name} holds something that is not a number", name) from error
    if array.ndim != 1:
        raise refused(f"{name} has {array.ndim} axes, one is wanted", name)
    if not np.isfinite(array).all():
        raise refused(f"{name} holds {np.count_nonzero(~np.isfinite(array))} values that are not finite", name)
    return array


def pairs(one: ArrayLike, other: ArrayLike, names: tuple[str, str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two rows of finite numbers of the same length, float64.

    Parameters
    ----------
    one, other : (n,) float
        What was handed in.
    names : (str, str)
        Named in the error.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if they are not.
    """
    a, b = numbers(one, names[0]), numbers(other, names[1])
    if a.size != b.size:
        raise refused(f"{a.size} and {b.size} values cannot be paired", f"{names[0]} and {names[1]}")
    return a, b


def labels(truth: ArrayLike, name: str = "truth") -> NDArray[np.bool_]:
    """Return 0/1 or false/true labels as (n,) bool.

    Parameters
    ----------
    truth : (n,) 0/1 or bool
        What was handed in.
    name : str
        Named in the error.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if there is anything else among them.
    """
    array = numbers(truth, name)
    if not np.isin(array, (0.0, 1.0)).all():
        raise refused(f"{name} holds values other than 0 and 1", name)
    return np.asarray(array == 1.0)


def refused(what: str, where: str) -> InputError:
    """Return the error of this package.

    Parameters
    ----------
    what : str
        What is wrong.
    where : str
        With which argument.
    """
    return InputError(
        EVALUATION_INPUT, what=what, where=where, todo="give one finite number a case, in the same order everywhere"
    )
