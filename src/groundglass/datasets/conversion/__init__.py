"""A series into the NIfTI of a data set: thinning, pictures, masks on their grid, and what is said of lesions."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundglass.datasets.conversion.facts import lesion_facts, tells_kinds
    from groundglass.datasets.conversion.masks import Masks, masks_of
    from groundglass.datasets.conversion.meanings import with_kinds
    from groundglass.datasets.conversion.pictures import convert_series
    from groundglass.datasets.conversion.thinning import instance_numbers, thinned
    from groundglass.nifti.pictures import write_mask, write_picture

_HOME = {
    "Masks": "groundglass.datasets.conversion.masks",
    "convert_series": "groundglass.datasets.conversion.pictures",
    "instance_numbers": "groundglass.datasets.conversion.thinning",
    "lesion_facts": "groundglass.datasets.conversion.facts",
    "masks_of": "groundglass.datasets.conversion.masks",
    "tells_kinds": "groundglass.datasets.conversion.facts",
    "thinned": "groundglass.datasets.conversion.thinning",
    "with_kinds": "groundglass.datasets.conversion.meanings",
    "write_mask": "groundglass.nifti.pictures",
    "write_picture": "groundglass.nifti.pictures",
}

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


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: converting a series needs nothing that masks need."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'groundglass.datasets.conversion' has no attribute {name!r}")
