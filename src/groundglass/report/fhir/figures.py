"""Which figures of a result become Observations: one table row a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from groundglass.analysis.result import Result

Reader = Callable[[Result], float | int | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a result.

    Attributes
    ----------
    name : str
        Part of the resource's identifier; never changed once published.
    codes : tuple of str
        Terms of Observation.code.
    read : callable
        Takes the result, gives the figure or None.
    unit : str or None
        Key of the unit table; None for a whole number without unit.
    sites : tuple of str
        Terms of Observation.bodySite.
    absent : str
        Term of dataAbsentReason where the figure is None.
    method : str or None
        Term of Observation.method.
    digits : int
        Decimals kept.
    """

    name: str
    codes: tuple[str, ...]
    read: Reader
    unit: str | None
    sites: tuple[str, ...] = ("both_lungs",)
    absent: str = "unknown"
    method: str | None = None
    digits: int = 3


def _lungs(field: str) -> Reader:
    return lambda result: getattr(result.lungs, field) if result.lungs else None


def _lesions(field: str) -> Reader:
    return lambda result: getattr(result.lesions, field) if result.lesions else None


def _involvement(field: str) -> Reader:
    return lambda result: getattr(result.involvement, field) if result.involvement else None


def _zone(field: str) -> Reader:
    return lambda result: getattr(result.involvement.zones, field) if result.involvement else None


def _severity(field: str) -> Reader:
    return lambda result: getattr(result.severity, field) if result.severity else None


INVOLVEMENT: Final = Figure("involvement", ("involvement",), _involvement("percent"), "percent")
"""Carries the 95 % interval beside it."""

FIGURES: Final = (
    INVOLVEMENT,
    Figure("involvement-right", ("involvement",), _involvement("right_percent"), "percent", ("right_lung",)),
    Figure("involvement-left", ("involvement",), _involvement("left_percent"), "percent", ("left_lung",)),
    Figure("involvement-worse-lung", ("worse_lung",), _involvement("worse_lung_percent"), "percent", ("lung",)),
    *(
        Figure(
            f"involvement-{side}-{zone}",
            ("involvement",),
            _zone(f"{side}_{zone}"),
            "percent",
            (f"{side}_{zone}_zone", f"{zone}_zone"),
        )
        for side in ("right", "left")
        for zone in ("upper", "middle", "lower")
    ),
    Figure("lung-volume", ("volume",), _lungs("total_volume_ml"), "ml"),
    Figure("lung-volume-right", ("volume",), _lungs("right_volume_ml"), "ml", ("right_lung",)),
    Figure("lung-volume-left", ("volume",), _lungs("left_volume_ml"), "ml", ("left_lung",)),
    Figure("lung-mean-hu", ("attenuation",), _lungs("mean_hu"), "hu", method="mean"),
    Figure("lesion-volume", ("lesion_volume",), _lesions("total_volume_ml"), "ml"),
    Figure("ground-glass-volume", ("ground_glass_volume",), _lesions("ground_glass_ml"), "ml"),
    Figure("consolidation-volume", ("consolidation_volume",), _lesions("consolidation_ml"), "ml"),
    Figure("window-volume", ("window_volume",), _lesions("moscow_ml"), "ml"),
    Figure(
        "probability-of-pathology",
        ("opacity_probability",),
        lambda result: result.probability_of_pathology,
        "share",
        absent="not_performed",
        digits=6,  # near 0 and 1 the digits behind the third still tell
    ),
    Figure("six-zone-score", ("six_zone_score",), _severity("six_zone_score"), None),
    Figure("lobe-score", ("lobe_score",), _severity("lobe_score"), None, absent="not_performed"),
)
"""Every figure that is a number, in the order of the report. A null is sent as such, with the reason: a missing
Observation could also mean that an older version did not send it."""
