"""Severity scores used elsewhere, as far as software can fill them from what it measured."""

from __future__ import annotations

from groundglass.analysis.result import InvolvementSection, SeveritySection

SIX_ZONE_POINTS: tuple[tuple[float, int], ...] = ((75.0, 4), (50.0, 3), (25.0, 2), (0.0, 1))
"""Points of a zone by the percent of its lung involved: more than the limit. Six zones, 0..24.

Source: the CT score by upper, middle and lower zone of each lung, borders at the carina and the inferior pulmonary
veins, 0 none, 1 below 25 %, 2 25-50 %, 3 50-75 %, 4 above 75 % (Chung et al., Radiology 2020;295:202-207 use the same
steps by lobe; Wong et al., Radiology 2020;296:E72-E78 by quarter of a radiograph).
"""
SMALLEST_SHARE_PERCENT = 0.5
"""A zone below this is scored 0: a reader would not see it, and it is within the error of the engine."""


def six_zone_points(percent: float) -> int:
    """Return the points of one zone.

    Parameters
    ----------
    percent : float
        Percent of the zone's lung that is lesion, 0..100.
    """
    if percent < SMALLEST_SHARE_PERCENT:
        return 0
    return next(points for limit, points in SIX_ZONE_POINTS if percent > limit or limit == 0.0)


def severity(involvement: InvolvementSection | None) -> SeveritySection | None:
    """Score a chest; the zones must all be known. Lobes are not known to this engine.

    Parameters
    ----------
    involvement : InvolvementSection or None
        With the percent of each zone.
    """
    if involvement is None:
        return None
    zones = involvement.zones
    parts = (
        zones.right_upper, zones.right_middle, zones.right_lower,
        zones.left_upper, zones.left_middle, zones.left_lower,
    )  # fmt: skip
    known = [part for part in parts if part is not None]
    score = sum(six_zone_points(part) for part in known) if len(known) == len(parts) else None
    return SeveritySection(six_zone_score=score, lobe_score=None)
