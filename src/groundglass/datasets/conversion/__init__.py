"""A series into the NIfTI of a data set: thinning, pictures, masks on their grid, and what is said of lesions."""

from __future__ import annotations

from groundglass.datasets.conversion.facts import lesion_facts, tells_kinds
from groundglass.datasets.conversion.masks import Masks, masks_of
from groundglass.datasets.conversion.meanings import with_kinds
from groundglass.datasets.conversion.pictures import convert_series
from groundglass.datasets.conversion.thinning import instance_numbers, thinned
from groundglass.nifti.pictures import write_mask, write_picture

__all__ = [
    "Masks",
    "convert_series",
    "instance_numbers",
    "lesion_facts",
    "masks_of",
    "tells_kinds",
    "thinned",
    "with_kinds",
    "write_mask",
    "write_picture",
]
