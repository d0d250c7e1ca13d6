"""Which slices are drawn, under which number, and how the series is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.ndimage as ndi

from groundglass.render.marked import Sheet, sheet

if TYPE_CHECKING:
    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.marked.captions import Captions
    from groundglass.dicom.objects.origin import Origin, SourceImage

BODY_HU_ABOVE = -300
"""Half way between air and soft tissue, HU, moved towards tissue: clothes and foam of the table stay below."""
THIN_MM = 6.0
"""Shells of the table and blankets are thinner, mm; they are not the body."""
_LOOKED_AT = 24
"""Slices among which the body is looked for: it hardly changes between neighbours."""
_COARSE = 128
"""Rows and columns are looked at in about so many steps."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice that is drawn.

    Attributes
    ----------
    index : int
        In the volume.
    number : int
        InstanceNumber of the picture: that of the source image (or its frame) where those are there and differ.
    image : SourceImage
        Behind the slice.
    lung, lesion : int
        Voxels in it.
    """

    index: int
    number: int
    image: SourceImage
    lung: int
    lesion: int


def chosen(origin: Origin, findings: Findings, *, every: bool) -> list[Slice]:
    """Return the slices that are drawn, in the order of their numbers.

    Parameters
    ----------
    origin : Origin
        Its bridged slices have no image and are never drawn.
    findings : Findings
        What was found.
    every : bool
        All slices instead of those with a finding.
    """
    numbers = _numbers(origin)
    slices = [
        Slice(
            index,
            numbers[index],
            image,
            int(np.count_nonzero(findings.lungs.array[index])),
            int(np.count_nonzero(findings.lesions.array[index])),
        )
        for index, image in enumerate(origin.images)
        if image is not None
    ]
    wanted = slices if every else [one for one in slices if one.lesion]
    if not wanted and slices:
        # the level where the lungs are widest shows best what was looked at
        wanted = [max(slices, key=lambda one: (one.lung, -abs(one.index - len(origin.images) // 2)))]
    return sorted(wanted, key=lambda one: one.number)


def _numbers(origin: Origin) -> dict[int, int]:
    """Return the InstanceNumber of each slice: as the source counts, so that both series scroll alike."""
    present = [(index, image) for index, image in enumerate(origin.images) if image is not None]
    theirs = [image.frame if image.frame is not None else image.instance_number for _, image in present]
    usable = [number for number in theirs if number is not None and 0 < number < 2**31 - 1000]
    if len(set(usable)) == len(present) and len(origin.sources) in (1, len(present)):
        return {index: number for (index, _), number in zip(present, usable, strict=True)}
    return {index: place for place, (index, _) in enumerate(present, start=1)}


def sheet_of(origin: Origin, findings: Findings, slices: list[Slice], words: Captions) -> Sheet:
    """Return the layout of the series: words stand where no drawn slice has lung, and hardly any has body."""
    shape = origin.geometry.shape[1:]
    spacing = origin.geometry.spacing_mm[1:]
    coarse = tuple(max(1, n // _COARSE) for n in shape)
    thin = [max(1, round(THIN_MM / 2 / (s * step))) for s, step in zip(spacing, coarse, strict=True)]
    looked = slices[:: max(1, len(slices) // _LOOKED_AT)]
    core = np.ones((2 * thin[0] + 1, 2 * thin[1] + 1), np.bool_)
    body = np.zeros(findings.volume.array[0][:: coarse[0], :: coarse[1]].shape, np.float32)
    lungs = np.zeros(body.shape, np.bool_)
    for one in looked:
        dense = findings.volume.array[one.index, :: coarse[0], :: coarse[1]] > BODY_HU_ABOVE
        dense |= findings.lungs.array[one.index, :: coarse[0], :: coarse[1]] > 0
        body += ndi.binary_opening(dense, core)
    for one in slices:
        lungs |= findings.lungs.array[one.index, :: coarse[0], :: coarse[1]] > 0
        lungs |= findings.lesions.array[one.index, :: coarse[0], :: coarse[1]] > 0
    body /= max(1, len(looked))
    return sheet((shape[0], shape[1]), (spacing[0], spacing[1]), words.widest(slices), body, lungs)
