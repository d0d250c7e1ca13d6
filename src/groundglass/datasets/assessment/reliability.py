"""Whether probabilities mean what they say: of voxels, slices and studies, as tables and as drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.assessment.groups import SEEN
from groundglass.datasets.assessment.record import CtRecord
from groundglass.datasets.assessment.table import Cell, Figure, Table
from groundglass.evaluation.bin_counts import BINS, BinCounts, count_bins
from groundglass.evaluation.by_patient import calibration_error_by_patient, share_by_patient
from groundglass.evaluation.intervals import Estimate

_SIDE, _MARGIN = 320, 56
"""Side of the drawing's square and room for its axes, in its own units."""

Records = Sequence[CtRecord]


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Probabilities of one kind by bin.

    Attributes
    ----------
    key, title : str
        Name for programs and heading.
    thing : str
        What has a probability: "voxels", "slices", "studies".
    n : (CT, bin) float64
        Probabilities in each bin.
    sum_probability, positive : (CT, bin) float64
        Their sum, and how many belong to something diseased.
    patients : tuple of str
        Whose CT each is.
    """

    key: str
    title: str
    thing: str
    n: NDArray[np.float64]
    sum_probability: NDArray[np.float64]
    positive: NDArray[np.float64]
    patients: tuple[str, ...]

    def error(self) -> Estimate:
        """Return the expected calibration error of all together, with an interval from drawing patients."""
        return calibration_error_by_patient(self.n, self.sum_probability, self.positive, self.patients)

    def points(self) -> tuple[tuple[float, Estimate], ...]:
        """Return for each filled bin the mean probability, and the share diseased."""
        found = []
        for k in np.flatnonzero(self.n.sum(axis=0)):
            said = float(self.sum_probability[:, k].sum() / self.n[:, k].sum())
            found.append((said, share_by_patient(self.positive[:, k], self.n[:, k], self.patients)))
        return tuple(found)


def reliabilities(records: Records) -> tuple[Reliability, ...]:
    """Return the reliability of every kind of probability that the records hold.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world; those seen in training are kept apart from the others.
    """
    found = []
    for suffix, part in (
        ("", [row for row in records if not row.seen_in_training]),
        (f", {SEEN}", [row for row in records if row.seen_in_training]),
    ):
        for key, title, thing, counts in (
            ("voxels", "Probability of a voxel to belong to a lesion", "voxels", [row.calibration for row in part]),
            ("slices", "Score of a slice", "slices", [_of_slices(row) for row in part]),
            ("studies", "Probability of pathology of a study", "studies", [_of_study(row) for row in part]),
        ):
            kept = [(row.patient, count) for row, count in zip(part, counts, strict=True) if count is not None]
            if kept:
                n, total, positive = (
                    np.array([getattr(count, name) for _, count in kept], dtype=np.float64)
                    for name in ("n", "sum_probability", "positive")
                )
                whose = tuple(patient for patient, _ in kept)
                name = f"reliability-{key}" + ("-seen" if suffix else "")
                found.append(Reliability(name, title + suffix, thing, n, total, positive, whose))
    return tuple(found)


def reliability_table(of: Reliability) -> Table:
    """Return reliability as a table, one row a filled bin.

    Parameters
    ----------
    of : Reliability
        Of one kind of probability.
    """
    bins = of.n.shape[1]
    rows: list[tuple[Cell, ...]] = []
    for k, (said, observed) in zip(np.flatnonzero(of.n.sum(axis=0)), of.points(), strict=True):
        rows.append(
            (f"{k / bins:.1f} to {(k + 1) / bins:.1f}", int(of.n[:, k].sum()), f"{said:.3f}", Figure(observed, 3))
        )
    error = Figure(of.error(), 3)
    note = f"Expected calibration error {error}, n = {len(set(of.patients))} patients."
    columns = ("bin", of.thing, "mean probability", "share diseased")
    return Table(of.key, of.title, columns, tuple(rows), note)


def reliability_svg(of: Reliability) -> str:
    """Return the reliability diagram as SVG: what was said against what was, larger dots for fuller bins.

    Parameters
    ----------
    of : Reliability
        Of one kind of probability.
    """
    counts = of.n.sum(axis=0)
    counts = counts[counts > 0]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE + 1.5 * _MARGIN:g} {_SIDE + 2 * _MARGIN:g}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for k in range(0, 11, 2):
        share = k / 10
        parts += [
            f'<path d="M{_x(share):g} {_y(0):g}V{_y(1):g}M{_x(0):g} {_y(share):g}H{_x(1):g}" stroke="#dddddd"/>',
            f'<text x="{_x(share):g}" y="{_y(0) + 18:g}" text-anchor="middle">{share:.1f}</text>',
            f'<text x="{_x(0) - 8:g}" y="{_y(share) + 4:g}" text-anchor="end">{share:.1f}</text>',
        ]
    parts.append(f'<path d="M{_x(0):g} {_y(0):g}L{_x(1):g} {_y(1):g}" stroke="#888888" stroke-dasharray="4 4"/>')
    line = []
    for (said, observed), count in zip(of.points(), counts, strict=True):
        value = observed.value or 0.0
        line.append(f"{_x(said):.1f} {_y(value):.1f}")
        if observed.low is not None and observed.high is not None:
            parts.append(
                f'<path d="M{_x(said):.1f} {_y(observed.low):.1f}V{_y(observed.high):.1f}" stroke="#1f5fa8" '
                'stroke-width="1.5"/>'
            )
        size = 2.5 + 4.5 * float(np.sqrt(count / counts.max()))
        parts.append(f'<circle cx="{_x(said):.1f}" cy="{_y(value):.1f}" r="{size:.1f}" fill="#1f5fa8"/>')
    if line:
        parts.append(f'<path d="M{"L".join(line)}" stroke="#1f5fa8" fill="none"/>')
    middle = _MARGIN + _SIDE / 2
    parts += [
        f'<text x="{middle:g}" y="{_MARGIN / 2 + 4:g}" text-anchor="middle" font-size="13">{of.title}</text>',
        f'<text x="{middle:g}" y="{_y(0) + 38:g}" text-anchor="middle">probability said (mean of the bin)</text>',
        f'<text x="14" y="{middle:g}" text-anchor="middle" transform="rotate(-90 14 {middle:g})">share diseased</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(share: float) -> float:
    return _MARGIN + share * _SIDE


def _y(share: float) -> float:
    return _MARGIN + (1 - share) * _SIDE


def _of_slices(row: CtRecord) -> BinCounts | None:
    slices = row.slice_scores
    return None if slices is None else count_bins(slices.diseased, slices.scores, bins=BINS)


def _of_study(row: CtRecord) -> BinCounts | None:
    if row.probability_of_pathology is None or row.disease is None:
        return None
    return count_bins([row.disease], [row.probability_of_pathology], bins=BINS)
