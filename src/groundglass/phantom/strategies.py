"""Strategies for hypothesis: geometries, volumes, storages and damaged inputs, for our tests and yours.

Needs hypothesis, which the extra ``dev`` brings.
"""

from __future__ import annotations

from importlib import import_module
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from groundglass.errors import UnavailableError, declare
from groundglass.phantom.damage import DamagedInput, damaged_input
from groundglass.volume import Geometry, Volume

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MISSING_EXTRA = declare("MISSING_EXTRA", "A feature needs a package that an extra of groundglass brings.")

Turn = tuple[tuple[int, int, int], tuple[bool, bool, bool]]

ORIENTATIONS: tuple[Turn, ...] = tuple(
    (axes, flips)  # type: ignore[misc]  # permutations and product give tuples of three here
    for axes in permutations((0, 1, 2))
    for flips in product((False, True), repeat=3)
)
"""The 48 ways to store a volume along its axes, as ``axes, flips`` of :meth:`groundglass.volume.Volume.reoriented`."""


def turns() -> SearchStrategy[Turn]:
    """Return a strategy of the 48 orientations."""
    return _strategies().sampled_from(ORIENTATIONS)  # type: ignore[no-any-return]  # hypothesis is imported late


def geometries(*, oblique: bool = True, most: int = 12) -> SearchStrategy[Geometry]:
    """Return a strategy of valid geometries.

    Parameters
    ----------
    oblique : bool
        Whether axes may lie anywhere, or only along the patient's.
    most : int
        Longest side, voxels.
    """
    some = _strategies()
    side = some.integers(1, most)
    spacing = some.floats(0.25, 12.0, width=32)
    angle = some.floats(-180.0, 180.0, width=32) if oblique else some.just(0.0)
    return some.builds(  # type: ignore[no-any-return]  # hypothesis is imported late
        _geometry,
        some.tuples(side, side, side),
        some.tuples(spacing, spacing, spacing),
        some.tuples(angle, angle, angle),
        some.tuples(*[some.floats(-1000.0, 1000.0, width=32)] * 3),
        turns(),
        some.one_of(some.none(), some.just("1.2.826.0.1.3680043.8.498.1")),
    )


def volumes(*, oblique: bool = True, most: int = 12) -> SearchStrategy[Volume]:
    """Return a strategy of HU volumes whose voxels are all but surely distinct, so that no turn goes unseen.

    Parameters
    ----------
    oblique, most
        As :func:`geometries`.
    """
    some = _strategies()
    return some.builds(_volume, geometries(oblique=oblique, most=most), some.integers(0, 2**32 - 1))  # type: ignore[no-any-return]  # as above


def damaged_inputs() -> SearchStrategy[DamagedInput]:
    """Return a strategy of damaged inputs: see :mod:`groundglass.phantom.damage`."""
    some = _strategies()
    return some.randoms(use_true_random=False).map(damaged_input)  # type: ignore[no-any-return]  # as above


def _strategies() -> Any:
    try:
        return import_module("hypothesis.strategies")
    except ImportError as reason:
        raise UnavailableError(
            MISSING_EXTRA,
            what="hypothesis 6.115 or newer is not installed, the strategies need it",
            where="groundglass.phantom.strategies",
            todo="install groundglass[dev]",
        ) from reason


def _geometry(
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    angles_degrees: tuple[float, float, float],
    origin_mm: tuple[float, float, float],
    turn: Turn,
    frame_of_reference_uid: str | None,
) -> Geometry:
    affine = np.eye(4)
    axes = _rotation(angles_degrees)[:, ::-1]
    affine[:3, :3] = axes * spacing_mm
    affine[:3, 3] = origin_mm
    return Geometry(shape, affine, frame_of_reference_uid).reoriented(*turn)


def _rotation(angles_degrees: tuple[float, float, float]) -> NDArray[np.float64]:
    """Return a rotation about x, then y, then z."""
    result = np.eye(3)
    for axis, angle in enumerate(np.radians(angles_degrees)):
        one, two = (axis + 1) % 3, (axis + 2) % 3
        turn = np.eye(3)
        turn[one, one] = turn[two, two] = np.cos(angle)
        turn[one, two], turn[two, one] = -np.sin(angle), np.sin(angle)
        result = turn @ result
    return result


def _volume(geometry: Geometry, seed: int) -> Volume:
    numbers = np.random.default_rng(seed).integers(-1024, 3072, geometry.shape)
    return Volume(numbers.astype(np.int16), geometry)
