"""Lesion by lesion: which drawn ones were found, and which found ones nobody drew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from groundglass.evaluation.intervals import refused

HIT_SHARE = 0.1
"""Share of a lesion that has to be covered for it to count as found: a touch at the rim is no find, and half of a
lesion is too much to ask where two readers draw the same one with a Dice of 0.7."""


@dataclass(frozen=True, slots=True)
class Lesion:
    """One connected lesion.

    Attributes
    ----------
    voxels : int
        Its size.
    met : bool
        Whether the other mask covers at least :data:`HIT_SHARE` of it: a drawn lesion was found, a found one is true.
    """

    voxels: int
    met: bool


@dataclass(frozen=True, slots=True)
class LesionMatch:
    """The lesions of two masks, each held against the other mask.

    Attributes
    ----------
    drawn, found : tuple of Lesion
        The connected lesions of each, the largest first.
    """

    drawn: tuple[Lesion, ...]
    found: tuple[Lesion, ...]


def match_lesions(found: NDArray[Any], drawn: NDArray[Any]) -> LesionMatch:
    """Hold the connected lesions of two masks against each other.

    Parameters
    ----------
    found, drawn : (slice, row, column) bool or integer
        Masks. Voxels that touch by a face, an edge or a corner are one lesion.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if the shapes differ or the masks are not volumes.
    """
    a, b = np.asarray(found).astype(bool), np.asarray(drawn).astype(bool)
    if a.shape != b.shape or a.ndim != 3:
        raise refused(f"masks of shapes {a.shape} and {b.shape} cannot be matched", "found and drawn")
    return LesionMatch(drawn=_held_against(b, a), found=_held_against(a, b))


def _held_against(mask: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[Lesion, ...]:
    if not mask.any():
        return ()
    labels, count = cc3d.connected_components(np.ascontiguousarray(mask), connectivity=26, return_N=True)
    sizes = np.bincount(labels[mask], minlength=count + 1)[1:]
    covered = np.bincount(labels[mask & other], minlength=count + 1)[1:]
    order = np.argsort(-sizes, kind="stable")
    return tuple(Lesion(int(sizes[i]), bool(covered[i] >= HIT_SHARE * sizes[i])) for i in order)
