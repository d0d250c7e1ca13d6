"""Where the files of a data set lie: the layouts that are written, and the reading of those of others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from groundglass.datasets.layouts.bids import BidsLayout
from groundglass.datasets.layouts.contract import KINDS, FileKind, Layout, has_mask
from groundglass.datasets.layouts.mosmed import MosmedLayout
from groundglass.datasets.layouts.nnunet import NnunetLayout
from groundglass.datasets.layouts.reading import INVENTORY_CODES, READABLE, inventory

LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {layout.name: layout for layout in (MosmedLayout(), NnunetLayout(), BidsLayout())}
)
"""Every layout that can be written, by its name."""

__all__ = ["INVENTORY_CODES", "KINDS", "LAYOUTS", "READABLE", "FileKind", "Layout", "has_mask", "inventory"]
