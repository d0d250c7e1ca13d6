"""How far the readers of a data set agree on grades."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.members import Member
from groundglass.datasets.statistics.model import Agreement, Figure
from groundglass.datasets.statistics.properties import GRADES
from groundglass.datasets.statistics.stored import rounded
from groundglass.evaluation.agreement import contingency, kappa
from groundglass.evaluation.by_patient import by_patient, share_by_patient
from groundglass.evaluation.intervals import Estimate
from groundglass.evaluation.krippendorff import krippendorff_alpha

_PLACE = {grade: place for place, grade in enumerate(GRADES)}


def agreement_of(members: Sequence[Member]) -> Agreement | None:
    """Return how far single readers agree; None where no study has two grades of readers.

    Parameters
    ----------
    members : sequence of Member
        With ``reads``; the readers are not told apart, since the order of reads is all that is known of them.

    Notes
    -----
    Intervals draw whole patients; a study without patient is drawn as one of its own.
    """
    graded = [(member, tuple(read for read in member.reads if read in _PLACE)) for member in members]
    several = [(member, reads) for member, reads in graded if len(reads) >= 2]
    if not several:
        return None
    patients = [member.patient_id or f"study {member.study_id}" for member, _ in several]
    reads = [given for _, given in several]
    steps = [max(map(_PLACE.__getitem__, given)) - min(map(_PLACE.__getitem__, given)) for given in reads]
    counts = [len(given) for given in reads]
    pairs = [(one, given[k]) for given in reads for j, one in enumerate(given) for k in range(j + 1, len(given))]
    matrix = contingency([one for one, _ in pairs], [other for _, other in pairs], GRADES)
    return Agreement(
        studies=len(several),
        patients=len(set(patients)),
        reads_least=min(counts),
        reads_most=max(counts),
        reads_not_graded=sum(len(member.reads) - len(given) for member, given in graded),
        percent_same=_percent([step == 0 for step in steps], patients),
        percent_within_one=_percent([step <= 1 for step in steps], patients),
        kappa=_kappa(reads, patients) if max(counts) == 2 else None,
        alpha=_figure(krippendorff_alpha(reads, GRADES, patients)),
        grades=GRADES,
        pairs=tuple(tuple(int(count) for count in row) for row in matrix),
    )


def _percent(hits: Sequence[bool], patients: Sequence[str]) -> Figure:
    estimate = share_by_patient([int(hit) for hit in hits], [1] * len(hits), patients)
    return _figure(estimate, 100.0)


def _kappa(reads: Sequence[Sequence[str]], patients: Sequence[str]) -> Figure:
    """Return the weighted kappa of two readers; its value is that of the whole, its interval draws patients."""
    one, other = [given[0] for given in reads], [given[1] for given in reads]
    value = kappa(one, other, GRADES).value
    side = len(GRADES)
    cells = np.array([_PLACE[a] * side + _PLACE[b] for a, b in zip(one, other, strict=True)])

    def drawn_again(drawn: NDArray[np.intp]) -> float | None:
        return _weighted(np.bincount(cells[drawn], minlength=side * side).reshape(side, side))

    estimate = by_patient(drawn_again, patients)
    return _figure(Estimate(value, estimate.low, estimate.high, estimate.n, estimate.method))


def _weighted(table: NDArray[np.int64]) -> float | None:
    """Return Cohen's kappa of quadratic weights of a table; thousands of draws need it without lists."""
    places = np.arange(len(table))
    cost = np.subtract.outer(places, places) ** 2
    expected = float((np.outer(table.sum(axis=1), table.sum(axis=0)) * cost).sum()) / float(table.sum())
    return None if expected == 0 else 1 - float((table * cost).sum()) / expected


def _figure(estimate: Estimate, times: float = 1.0) -> Figure:
    value, low, high = (
        None if each is None else rounded(each * times) for each in (estimate.value, estimate.low, estimate.high)
    )
    return Figure(value, low, high, estimate.n, estimate.method)
