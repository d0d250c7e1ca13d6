"""Studies that are one picture under two names: equal voxels, shared slices, and what looks like one scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.findings import Finding
from groundglass.datasets.formats.fingerprints import SAME_AT_LEAST
from groundglass.datasets.members import Member
from groundglass.datasets.validation.tasks import StudyLook

DETAIL_AT_LEAST = 0.80
"""Correlation of finer small pictures from which what passes :data:`SAME_AT_LEAST` is told. On 19 CTs: pairs of
different patients 0.23 +- 0.09, at most 0.45; nine kinds of copies (thinned, noise of 40 HU, blurred, half the matrix,
cropped, windowed, shifted) 0.88 and more, but for slices averaged across steps in brightness, 0.31. Thirty phantoms of
one generator: 0.74 at most."""
BLOCK = 256
"""Studies that are compared with all others at once; 1,110 studies take a second and 20 MiB."""
PAIRS_AT_MOST = 5000
"""Pairs that are told; a set with more has one defect and not thousands."""
OWN_SLICES_MOST = 50
"""A slice that more studies share is a blank or a phantom's, and joins nothing."""


def doubles(looks: Sequence[StudyLook], members: Mapping[str, Member]) -> list[Finding]:
    """Compare all studies with each other.

    Parameters
    ----------
    looks : sequence of StudyLook
        Of every study that could be read.
    members : mapping of str to Member
        By study id, for their part of the set.
    """
    told: dict[tuple[str, str], Finding] = {}
    for first, second, values in [*_equal(looks), *_sharing(looks)]:
        _tell(told, "DUPLICATE", first, second, values, members)
    for first, second, likeness in _alike(looks):
        _tell(told, "NEAR_DUPLICATE", first, second, {"likeness": round(likeness, 2)}, members)
    return [*list(told.values())[:PAIRS_AT_MOST], *_masks(looks)]


def _tell(
    told: dict[tuple[str, str], Finding],
    code: str,
    first: str,
    second: str,
    values: Mapping[str, str | int | float],
    members: Mapping[str, Member],
) -> None:
    pair = (min(first, second), max(first, second))
    if pair in told or len(told) >= PAIRS_AT_MOST:
        return
    parts = [members[name].split if name in members else None for name in pair]
    across = all(parts) and parts[0] != parts[1]
    more = {"first_part": str(parts[0]), "second_part": str(parts[1])} if across else {}
    name = f"{code}_ACROSS_SPLITS" if across else code
    told[pair] = Finding(name, pair[1], {"other": pair[0], **values, **more})


def _equal(looks: Sequence[StudyLook]) -> list[tuple[str, str, Mapping[str, str | int | float]]]:
    same: dict[str, list[str]] = {}
    for each in looks:
        if each.voxels:
            same.setdefault(each.voxels, []).append(each.study_id)
    return [(first, second, {"how": "voxels"}) for names in same.values() for first, second in _pairs(names)]


def _sharing(looks: Sequence[StudyLook]) -> list[tuple[str, str, Mapping[str, str | int | float]]]:
    """Return studies that share slices: other slices of one series, or a part of it."""
    holders: dict[bytes, set[str]] = {}
    for each in looks:
        for digest in each.slices:
            holders.setdefault(digest, set()).add(each.study_id)
    shared: dict[tuple[str, str], int] = {}
    for names in holders.values():
        if 1 < len(names) <= OWN_SLICES_MOST:
            for pair in combinations(sorted(names), 2):
                shared[pair] = shared.get(pair, 0) + 1
    return [(first, second, {"how": "slices", "slices": count}) for (first, second), count in shared.items()]


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return all pairs of few, and the first with each other of many."""
    if len(names) <= OWN_SLICES_MOST:
        return list(combinations(names, 2))
    return [(names[0], other) for other in names[1:]]


def _alike(looks: Sequence[StudyLook]) -> list[tuple[str, str, float]]:
    """Return pairs whose small pictures agree, coarse and fine."""
    groups: dict[tuple[int, ...], list[StudyLook]] = {}
    for each in looks:
        if each.cells is not None and each.detail is not None:
            groups.setdefault(each.cells.shape, []).append(each)
    found = []
    for group in groups.values():
        rows: NDArray[np.float32] = np.stack([each.cells.ravel() for each in group if each.cells is not None])
        for start in range(0, len(group), BLOCK):
            likeness = rows[start : start + BLOCK] @ rows.T
            for here, there in np.argwhere(likeness >= SAME_AT_LEAST):
                first, second = start + int(here), int(there)
                if first < second and _fine(group[first], group[second]) >= DETAIL_AT_LEAST:
                    found.append((group[first].study_id, group[second].study_id, float(likeness[here, there])))
    return sorted(found, key=lambda pair: -pair[2])


def _fine(first: StudyLook, second: StudyLook) -> float:
    if first.detail is None or second.detail is None or first.detail.shape != second.detail.shape:
        return -1.0
    one, other = first.detail.astype(np.float64), second.detail.astype(np.float64)
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float((one * other).sum()) / length if length else -1.0


def _masks(looks: Sequence[StudyLook]) -> list[Finding]:
    same: dict[str, list[str]] = {}
    for each in looks:
        if each.mask:
            same.setdefault(each.mask, []).append(each.study_id)
    return [Finding("MASK_DUPLICATE", other, {"other": names[0]}) for names in same.values() for other in names[1:]]
