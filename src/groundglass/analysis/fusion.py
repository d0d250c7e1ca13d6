"""Network and anatomy together: the network outlines lungs and lesions, classical analysis guards it.

What the guard does: trachea, main bronchi and the air outside the body are never lung; air-filled lung at the outline's
rim stays lung; bowel, which the network might take for lung, lies far from anything that classical analysis found; a
network that sees far less lung than there is air-filled lung has failed, and the classical outline stands.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.lesions import CONSOLIDATION, GROUND_GLASS, SOLID_MM, LesionRules
from groundglass.analysis.lungs import BORDER_HU, Lungs
from groundglass.analysis.morphology import (
    Spacing,
    bounding_box,
    close,
    components,
    dilate_in_plane,
    dilate_slices,
    distance_to_mm,
)
from groundglass.analysis.vessels import masked_blur

HALF_LEVEL = 128
"""One half of 255."""
SUPPORTED_LEVEL = 140
"""What density adds counts as lesion, and never as a sure one."""
LUNG_LEVEL = 128
"""Probability, of 255, from which a voxel is lung."""
SURE_LEVEL = 204
"""From four fifths on the network overrules fluid found by density."""
FLUID_LEVEL = 128
"""Probability, of 255, from which a voxel is fluid: one half, as for lung."""
RIM_MM = 5.0
"""Air-filled lung that classical analysis found this near to the network's outline belongs to it."""
STRAY_ML = 10.0
"""Smaller separate pieces are stomach, bowel or noise."""
FAR_MM = 30.0
"""Pieces of dense lung without air-filled lung within this distance are liver, spleen or muscle."""
BESIDE_AIR = 0.07
"""Share of its surface with which dense lung borders on air-filled lung: 0.13 and more in four CTs out of fold and
three chests with made lesions (train variant), 0.03 in a full stomach taken for lung."""
WHOLE_LUNG_ML = 600.0
"""A lung without any air borders on none."""
LOWEST_DENSE_MM = 8.0
"""Dense lung is taller than this along the body; what the network takes for it in muscle or stomach is not."""
CLOSING_MM = 3.0
"""Gaps narrower than two of the grid's pixels on each side are vessels and noise between lung and lung."""
FAILED_SHARE = 0.6
"""A network that finds less than this part of the air-filled lung has failed on this picture."""
LEAST_DENSE_ML = 1.0
"""Smaller pieces of dense lung that classical analysis left out are rims of the outline, and raise no doubt."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What the network says, on the working grid or a part of it.

    Attributes
    ----------
    right, left, lesion, dense, effusion, opacity : (slice, row, column) uint8
        Probability times 255.
    """

    right: NDArray[np.uint8]
    left: NDArray[np.uint8]
    lesion: NDArray[np.uint8]
    dense: NDArray[np.uint8]
    effusion: NDArray[np.uint8]
    opacity: NDArray[np.uint8]

    def cropped(self, box: tuple[slice, slice, slice]) -> Sight:
        """Return the part inside the box."""
        return Sight(*(getattr(self, f.name)[box] for f in fields(self)))


@dataclass(frozen=True, slots=True)
class LearnedRules:
    """Thresholds of the learned engine; the reason of each stands beside it.

    Attributes
    ----------
    drawn_weight : float
        Weight, 0..1, of the head that learned from drawn lesions in the end; the rest is that of the head that learned
        from made ones too.
    seed_level : int
        A lesion somewhere is at least this sure.
    smallest_ml : float
        Smaller finds are dropped.
    support_share, support_ml : float
        Lung that is too dense by its HU counts whole where the network saw lesion in this part of it, and so much.
    """

    drawn_weight: float = 0.5
    seed_level: int = 153
    smallest_ml: float = 0.2
    support_share: float = 0.05
    support_ml: float = 0.5


LEARNED_RULE_REASONS: dict[str, str] = {
    "drawn_weight": "Two opinions for the price of one; on the fold that was tuned on as good as either for drawn "
    "lesions, and nearer to the truth for made ones.",
    "seed_level": "Faint rims alone make no lesion.",
    "support_share": "Faint parts of a lesion are denser than healthy lung, and the network sees its core; vessels and "
    "dependent lung that are dense alone have no such core. From lesions of known volume, variant train.",
    "support_ml": "As the smallest find of the classical engine.",
    "smallest_ml": "About 7 mm across; the smallest of the 50 masks of COVID19_1110 is 0.38 ml.",
}


def fused_lungs(
    classical: Lungs,
    sight: Sight,
    hu: NDArray[np.int16],
    body: NDArray[np.bool_],
    airways: NDArray[np.bool_],
    spacing_mm: Spacing,
) -> Lungs | None:
    """Outline the lungs, consolidated and compressed lung inside.

    Parameters
    ----------
    classical : Lungs
        The guard.
    sight : Sight
        What the network says.
    hu : (slice, row, column) int16
        HU.
    body, airways : (slice, row, column) bool
        The patient; trachea and main bronchi.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.

    Returns
    -------
    Lungs or None
        None where the network failed and the classical outline must stand.
    """
    said = np.maximum(sight.right, sight.left)
    net = (said >= LUNG_LEVEL) & body & ~airways
    air = classical.aerated
    found = int(np.count_nonzero(air))
    if found == 0 or np.count_nonzero(net & air) < FAILED_SHARE * found:
        return None
    net &= ~(classical.effusion & (said < SURE_LEVEL))
    net &= (sight.effusion < FLUID_LEVEL) | (sight.effusion < said)
    net = _upright(net, classical, hu, spacing_mm)
    net = _pieces(net, air, spacing_mm)
    net |= air & (distance_to_mm(net, spacing_mm) <= RIM_MM)
    sides = np.where(sight.right >= sight.left, 1, 2).astype(np.uint8)
    # where both agree on lung, the classical division is the smoother one
    sides = np.where(classical.labels > 0, classical.labels, sides)
    labels = np.where(net, sides, 0).astype(np.uint8)
    for side in (1, 2):
        box = bounding_box(labels == side, 4)
        if box is None:
            continue
        filled = close(labels[box] == side, CLOSING_MM, spacing_mm)
        room = (labels[box] == 0) & body[box] & ~airways[box] & (sight.effusion[box] < FLUID_LEVEL)
        labels[box][filled & room] = side
    labels = _islands(labels)
    aerated = (labels > 0) & (hu < BORDER_HU)
    completed = (labels > 0) & (hu >= BORDER_HU) & (classical.labels == 0)
    pieces, sizes = components(completed)
    keep = sizes * float(np.prod(spacing_mm)) / 1000.0 >= LEAST_DENSE_ML
    keep[0] = False
    fluid = (classical.effusion | (sight.effusion >= FLUID_LEVEL)) & (labels == 0) & body
    return Lungs(labels, aerated, np.asarray(keep[pieces]), fluid, classical.middle)


def with_density(
    sure: NDArray[np.uint8], dense: NDArray[np.bool_], spacing_mm: Spacing, rules: LearnedRules
) -> NDArray[np.uint8]:
    """Let the network's finds grow over the lung around them that is too dense by its HU; only where HU are exact.

    Parameters
    ----------
    sure : (slice, row, column) uint8
        Probability of lesion, times 255, 0 outside the lungs.
    dense : (slice, row, column) bool
        Lesions as classical analysis cuts them, inside the same lungs.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    rules : LearnedRules
        How much the network must have seen.

    Returns
    -------
    (slice, row, column) uint8
        As ``sure``, at least :data:`SUPPORTED_LEVEL` where density speaks for the network.
    """
    box = bounding_box(dense)
    if box is None:
        return sure
    pieces, sizes = components(dense[box])
    seen = np.bincount(pieces[sure[box] >= HALF_LEVEL], minlength=len(sizes))
    least = rules.support_ml * 1000.0 / float(np.prod(spacing_mm))
    keep = (seen >= rules.support_share * sizes) & (seen >= least)
    keep[0] = False
    out = sure.copy()
    part = out[box]
    np.maximum(part, np.uint8(SUPPORTED_LEVEL), out=part, where=keep[pieces])
    return out


def fused_lesions(
    sure: NDArray[np.uint8],
    hu: NDArray[np.int16],
    lungs: NDArray[np.uint8],
    spacing_mm: Spacing,
    *,
    rules: LearnedRules,
    cut: LesionRules,
) -> NDArray[np.uint8]:
    """Outline the lesions: what a reader would draw, and airless lung.

    Parameters
    ----------
    sure : (slice, row, column) uint8
        Probability of lesion, times 255, 0 outside the lungs.
    hu : (slice, row, column) int16
        HU.
    lungs : (slice, row, column) uint8
        As :func:`fused_lungs` gives them.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    rules : LearnedRules
        Thresholds.
    cut : LesionRules
        Its ``consolidation_hu`` splits ground glass from consolidation.

    Returns
    -------
    (slice, row, column) uint8
        1 ground glass, 2 consolidation.
    """
    out = np.zeros(hu.shape, dtype=np.uint8)
    box = bounding_box(lungs > 0, 4)
    if box is None:
        return out
    lung = lungs[box] > 0
    said = sure[box]
    pieces, sizes = components(lung & (said >= HALF_LEVEL))
    keep = np.zeros(len(sizes), dtype=bool)
    keep[pieces[lung & (said >= rules.seed_level)]] = True
    keep &= sizes * float(np.prod(spacing_mm)) / 1000.0 >= rules.smallest_ml
    keep[0] = False
    lesion = keep[pieces]
    solid, _ = masked_blur(hu[box].astype(np.float32), lung, SOLID_MM, spacing_mm)
    out[box] = np.where(lesion, np.where(solid >= cut.consolidation_hu, CONSOLIDATION, GROUND_GLASS), 0)
    return out


def joined(sight: Sight, rules: LearnedRules) -> NDArray[np.uint8]:
    """Return the probability of lesion, times 255: the mean of both opinions, or that of airless lung.

    Parameters
    ----------
    sight : Sight
        What the network says.
    rules : LearnedRules
        Weights.
    """
    drawn = round(rules.drawn_weight * 256)
    both = sight.lesion.astype(np.uint16) * np.uint16(drawn) + sight.opacity.astype(np.uint16) * np.uint16(256 - drawn)
    return np.maximum((both >> 8).astype(np.uint8), sight.dense)


def _upright(net: NDArray[np.bool_], classical: Lungs, hu: NDArray[np.int16], spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Take out dense lung that only the network sees where it is low along the body: it looks at slices one by one."""
    dense = net & (hu >= BORDER_HU) & (classical.labels == 0)
    box = bounding_box(dense, 1)
    if box is None:
        return net
    slices = max(2, round(LOWEST_DENSE_MM / spacing_mm[0]))
    tall = ndimage.binary_opening(dense[box], np.ones((slices, 1, 1), dtype=bool))
    out = net.copy()
    out[box] &= _beside_air(tall, classical.aerated[box], spacing_mm) | ~dense[box]
    return out


def _beside_air(dense: NDArray[np.bool_], air: NDArray[np.bool_], spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Keep the pieces of dense lung that border on air-filled lung; of a lung without air the whole is one piece."""
    pieces, sizes = components(dense)
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    keep = np.ones(len(sizes), dtype=bool)
    places = ndimage.find_objects(pieces.astype(np.int32))
    for label in range(1, len(sizes)):
        volume_ml = float(sizes[label]) * voxel_ml
        if volume_ml < LEAST_DENSE_ML:
            break
        if volume_ml > WHOLE_LUNG_ML:
            continue
        place = tuple(slice(max(0, at.start - 2), at.stop + 2) for at in places[label - 1])
        piece = np.asarray(pieces[place] == label)
        shell = dilate_slices(dilate_in_plane(piece, 2.0, spacing_mm), 2.0, spacing_mm) & ~piece
        keep[label] = float(air[place][shell].mean()) >= BESIDE_AIR
    keep[0] = False
    return np.asarray(keep[pieces])


def _pieces(net: NDArray[np.bool_], air: NDArray[np.bool_], spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Keep the pieces that are large enough and hold, or lie near, air-filled lung."""
    labels, sizes = components(net)
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    keep = sizes * voxel_ml >= STRAY_ML
    keep[0] = False
    if np.count_nonzero(keep) > 1:
        near = np.zeros(len(sizes), dtype=bool)
        near[np.unique(labels[distance_to_mm(air, spacing_mm) <= FAR_MM])] = True
        keep &= near
    return np.asarray(keep[labels])


def _islands(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give small pieces of one side that hang on to the other lung to that lung."""
    out = labels.copy()
    for side in (1, 2):
        pieces, sizes = components(out == side)
        if len(sizes) < 3:
            continue
        for label in range(2, min(len(sizes), 40)):
            if sizes[label] > 0.1 * sizes[1]:
                continue
            piece = pieces == label
            box = bounding_box(piece, 1)
            if box is None:
                continue
            ring = np.zeros(piece[box].shape, dtype=bool)
            inner = piece[box]
            ring[:, 1:] |= inner[:, :-1]
            ring[:, :-1] |= inner[:, 1:]
            ring[:, :, 1:] |= inner[:, :, :-1]
            ring[:, :, :-1] |= inner[:, :, 1:]
            if np.count_nonzero(out[box][ring & ~inner] == 3 - side) > 0:
                out[piece] = 3 - side
    return out
