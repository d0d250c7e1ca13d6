"""The 95 % interval of the percentage."""

from __future__ import annotations

from groundglass.analysis.lesions import LesionMap


def interval(percent: float, lesions: LesionMap) -> tuple[float, float]:
    """Return the 95 % interval of the percentage."""
    del lesions
    half = 0.6 + 0.2 * percent
    return max(0.0, percent - half), min(100.0, percent + half)
