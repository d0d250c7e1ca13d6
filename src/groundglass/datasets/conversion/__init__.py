"""A series into the NIfTI of a data set: thinning, pictures, masks on their grid, and what is said of lesions."""

from __future__ import annotations

from groundglass.datasets.conversion.pictures import convert_series
from groundglass.datasets.conversion.thinning import instance_numbers, thinned
from groundglass.nifti.pictures import write_mask, write_picture

__all__ = ["convert_series", "instance_numbers", "thinned", "write_mask", "write_picture"]
