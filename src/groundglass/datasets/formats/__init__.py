"""Readers of sets of labelled chest CTs, each giving :class:`LabelledCt` whatever the layout.

``open_set(folder)`` tells the layout; ``for ct in open_set(folder)`` reads one CT at a time.
"""

from __future__ import annotations

from groundglass.datasets.formats.labelled import LabelledCt, voxels_sha256
from groundglass.datasets.formats.sets import READERS, LabelledSet, open_set

__all__ = ["READERS", "LabelledCt", "LabelledSet", "open_set", "voxels_sha256"]
