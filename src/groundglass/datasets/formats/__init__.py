"""Readers of sets of labelled chest CTs, each giving :class:`LabelledCt` whatever the layout.

``open_set(folder)`` tells the layout; ``for ct in open_set(folder)`` reads one CT at a time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundglass.datasets.formats.labelled import LabelledCt, voxels_sha256
    from groundglass.datasets.formats.sets import READERS, LabelledSet, open_set

_HOME = {
    "READERS": "groundglass.datasets.formats.sets",
    "LabelledCt": "groundglass.datasets.formats.labelled",
    "LabelledSet": "groundglass.datasets.formats.sets",
    "open_set": "groundglass.datasets.formats.sets",
    "voxels_sha256": "groundglass.datasets.formats.labelled",
}

__all__ = ["READERS", "LabelledCt", "LabelledSet", "open_set", "voxels_sha256"]


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: a table of a set is read without the readers of DICOM."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'groundglass.datasets.formats' has no attribute {name!r}")
