"""Tables of lungs, zones and lesions, and the profile along the slices."""

from __future__ import annotations

import math

from groundglass.analysis.result import LesionItem, Result
from groundglass.report.document import Bar, Mark, Profile, Table
from groundglass.report.wording import DASH, Words

_LESIONS_LISTED = 10
_TICK_STEPS_PERCENT = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0)
_MOST_TICKS = 5


def region_table(result: Result, words: Words) -> Table:
    """Return volumes and involvement of both lungs, each lung and each zone; a dash where not known."""
    lungs, lesions, share = result.lungs, result.lesions, result.involvement
    rows: list[tuple[str, ...]] = []
    if lungs is not None and share is not None:
        rows.append(
            (
                words("both_lungs"),
                words.volume(lungs.total_volume_ml),
                words.volume(lesions.total_volume_ml if lesions else None),
                words.percent(share.percent),
                words.volume(lesions.ground_glass_ml if lesions else None),
                words.volume(lesions.consolidation_ml if lesions else None),
            )
        )
        sides = (
            ("right_lung", lungs.right_volume_ml, share.right_percent),
            ("left_lung", lungs.left_volume_ml, share.left_percent),
        )
        for key, volume_ml, percent in sides:
            lesion_ml = None if volume_ml is None or percent is None else volume_ml * percent / 100
            rows.append(
                (words(key), words.volume(volume_ml), words.volume(lesion_ml), words.percent(percent), DASH, DASH)
            )
        zones = share.zones
        for side in ("right", "left"):
            for zone in ("upper", "middle", "lower"):
                value: float | None = getattr(zones, f"{side}_{zone}")
                rows.append((words(f"{side}_{zone}"), DASH, DASH, words.percent(value), DASH, DASH))
    head = ("region", "lung_volume", "lesion_volume", "percent", "ground_glass_ml", "consolidation_ml")
    return Table(
        title=words("regions"),
        head=tuple(words(key) for key in head),
        rows=tuple(rows),
        note=words("missing_value"),
        strong=(0, 1, 2) if rows else (),
    )


def lesion_table(result: Result, words: Words) -> Table:
    """Return the ten largest lesions, and count the rest."""
    items = sorted(result.lesions.items if result.lesions else (), key=lambda item: -item.volume_ml)
    shown, rest = items[:_LESIONS_LISTED], items[_LESIONS_LISTED:]
    note = ""
    if rest:
        note = words("more_lesions", n=len(rest), volume=words.volume(sum(item.volume_ml for item in rest)))
    head = ("number", "kind", "where", "slice", "volume", "share", "mean_hu")
    return Table(
        title=words("lesions"),
        head=tuple(words(key) for key in head),
        rows=tuple(_lesion_row(item, result, words) for item in shown),
        note=note,
        text_columns=4,
        empty="" if shown else words("no_lesions"),
    )


def _lesion_row(item: LesionItem, result: Result, words: Words) -> tuple[str, ...]:
    where = words(f"side_{item.side}")
    if item.zone is not None:
        where += f", {words(f'zone_{item.zone}')}"
    # Boxes lie on the grid of the series, which need not be axial; slices of the report run feet to head.
    near = min(result.slices, key=lambda row: abs(row.position_mm - item.centre_mm[2]), default=None)
    return (
        str(item.id),
        words(item.kind),
        where,
        DASH if near is None else str(near.index + 1),
        words.number(item.volume_ml, 1),
        words.percent(item.percent_of_lungs),
        words.number(item.mean_hu, 0),
    )


def profile_of(result: Result, words: Words) -> Profile | None:
    """Return the bars of involvement by slice, or None where no slice shows lung."""
    rows = [row for row in result.slices if row.lung_ml > 0]
    if len(rows) < 2:
        return None
    rows.sort(key=lambda row: row.position_mm)
    low, high = rows[0].position_mm, rows[-1].position_mm
    span = max(high - low, 1e-6)
    most = max(rows, key=lambda row: row.involvement_percent)
    step = next(
        (s for s in _TICK_STEPS_PERCENT if most.involvement_percent <= s * _MOST_TICKS), _TICK_STEPS_PERCENT[-1]
    )
    top = max(step, step * math.ceil(most.involvement_percent / step))
    digits = 1 if step < 1 else 0
    ticks = tuple(Mark(step * k, words.number(step * k, digits)) for k in range(round(top / step) + 1))
    return Profile(
        title=words("profile"),
        axis=words("profile_axis"),
        feet=words("profile_feet"),
        head=words("profile_head"),
        top_percent=top,
        ticks=ticks,
        bars=tuple(Bar((row.position_mm - low) / span, row.involvement_percent) for row in rows),
        bar_width=1.0 / len(rows),
        alt=words("profile_alt", n=len(rows), most=words.percent(most.involvement_percent), slice=most.index + 1),
    )
