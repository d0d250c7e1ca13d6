"""A picture of a training beside its log: losses of the heads against steps, as SVG."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 56, 120, 36, 44
COLOURS = ("#0072b2", "#56b4e9", "#d55e00", "#cc79a7", "#009e73", "#8a6d00")
"""Told apart by people who see few colours: the palette of Okabe and Ito, its yellow darkened."""
LINES_AT_MOST = 6
"""As many lines of a grid as fit beside numbers."""


def draw_log(log: Path) -> Path | None:
    """Draw ``NAME.svg`` beside the log ``NAME.csv``.

    Parameters
    ----------
    log : Path
        Columns ``step``, ``loss``, one a head, ``rate``.

    Returns
    -------
    Path or None
        The picture; None where the log is missing or holds no line.
    """
    if not log.is_file():
        return None
    with log.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    if not rows:
        return None
    steps = [float(row["step"]) for row in rows]
    heads = [name for name in rows[0] if name not in ("step", "loss", "rate")]
    losses = {head: [float(row[head]) for row in rows] for head in heads}
    path = log.with_suffix(".svg")
    stage = path.with_suffix(".svg.part")
    stage.write_text(_svg(log.stem, steps, losses), encoding="utf-8")
    stage.replace(path)
    return path


def _svg(title: str, steps: list[float], losses: dict[str, list[float]]) -> str:
    last = max(*steps, 1.0)
    most = max((v for values in losses.values() for v in values if math.isfinite(v)), default=0.0) or 1.0
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(step: float) -> float:
        return LEFT + wide * step / last

    def y(loss: float) -> float:
        return TOP + high * (1 - loss / most)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="13" fill="#222">',
        f"<title>{escape(title)}: loss of each head against steps</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}: loss of each head</text>',
        f'<text x="{LEFT + wide / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">step</text>',
    ]
    for value in _marks(most):
        at = f"{y(value):.1f}"
        out.append(f'<path d="M{LEFT} {at}H{LEFT + wide}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 6}" y="{at}" dy="4" text-anchor="end">{value:g}</text>')
    for value in _marks(last):
        out.append(f'<text x="{x(value):.1f}" y="{HEIGHT - 26}" text-anchor="middle">{value:g}</text>')
    # names stand where their lines end, moved apart where they would overlap
    below = -math.inf
    ends = sorted(losses, key=lambda head: -_end(losses[head]))
    for head in ends:
        colour = COLOURS[list(losses).index(head) % len(COLOURS)]
        points = " ".join(
            f"{x(s):.1f},{y(v):.1f}" for s, v in zip(steps, losses[head], strict=True) if math.isfinite(v)
        )
        below = max(y(_end(losses[head])), below + 15)
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        out.append(f'<text x="{LEFT + wide + 8}" y="{below:.1f}" dy="4" fill="{colour}">{escape(head)}</text>')
    return "\n".join([*out, "</svg>", ""])


def _end(values: list[float]) -> float:
    return next((v for v in reversed(values) if math.isfinite(v)), 0.0)


def _marks(most: float) -> list[float]:
    """Return round numbers from 0 to ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    step = next(power * part for part in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if most / (power * part) < LINES_AT_MOST)
    return [round(i * step, 10) for i in range(int(most / step + 1e-9) + 1)]
