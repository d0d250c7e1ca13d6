"""Tables of lungs, zones and lesions, and the profile along the slices."""

from __future__ import annotations

import math

from groundglass.analysis.result import LesionItem, Result
from groundglass.report.document import Bar, Mark, Profile, Table
from groundglass.report.wording import DASH, Words

_LESIONS_LISTED = 10
_TICK_STEPS_PERCENT = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0)
_MOST_TICKS = 5
_INDENT = "\u2003"


def region_table(result: Result, words: Words) -> Table:
    """Return volumes and involvement of the right lung, the left and both, and of the zones; a dash where not known."""
    lungs, lesions, share = result.lungs, result.lesions, result.involvement
    head = ("", words("right"), words("left"), words("both"))
    if lungs is None or share is None:
        return Table(title=words("regions"), head=head, rows=(), empty=words("missing_value"))
    right_ml, left_ml = lungs.right_volume_ml, lungs.left_volume_ml
    zones = share.zones
    glass, consolidation = (lesions.ground_glass_ml, lesions.consolidation_ml) if lesions else (None, None)
    volume, percent = words.volume, words.percent
    rows = (
        (words("lung_volume"), volume(right_ml), volume(left_ml), volume(lungs.total_volume_ml)),
        (
            words("lesion_volume"),
            volume(_part(right_ml, share.right_percent)),
            volume(_part(left_ml, share.left_percent)),
            volume(lesions.total_volume_ml if lesions else None),
        ),
        (_INDENT + words("ground_glass_ml"), "", "", volume(glass)),
        (_INDENT + words("consolidation_ml"), "", "", volume(consolidation)),
        (words("percent"), percent(share.right_percent), percent(share.left_percent), percent(share.percent)),
        (_INDENT + words("zone_upper_percent"), percent(zones.right_upper), percent(zones.left_upper), ""),
        (_INDENT + words("zone_middle_percent"), percent(zones.right_middle), percent(zones.left_middle), ""),
        (_INDENT + words("zone_lower_percent"), percent(zones.right_lower), percent(zones.left_lower), ""),
    )
    unknown = any(DASH in row for row in rows)
    return Table(
        title=words("regions"), head=head, rows=rows, note=words("missing_value") if unknown else "", strong=(4,)
    )


def _part(volume_ml: float | None, percent: float | None) -> float | None:
    return None if volume_ml is None or percent is None else volume_ml * percent / 100


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
    """Return the bars of involvement by slice, or None where no slice shows lesion."""
    rows = [row for row in result.slices if row.lung_ml > 0]
    if len(rows) < 2 or not any(row.involvement_percent > 0 for row in rows):
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
