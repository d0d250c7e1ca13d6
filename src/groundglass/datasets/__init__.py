"""Sets of chest CTs with labels: opening, building, describing and validating them.

::

    import groundglass as gg

    for record in gg.datasets.open("mosmed-2020-1.0.0").filter(masked=True):
        volume, mask = record.volume(), record.mask()
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundglass.datasets.layouts import inventory
    from groundglass.datasets.members import About, Inventory, Member
    from groundglass.datasets.record import Record
    from groundglass.datasets.records import DataSet, open

_HOME = {
    "About": "groundglass.datasets.members",
    "DataSet": "groundglass.datasets.records",
    "Inventory": "groundglass.datasets.members",
    "Member": "groundglass.datasets.members",
    "Record": "groundglass.datasets.record",
    "inventory": "groundglass.datasets.layouts",
    "open": "groundglass.datasets.records",
}

__all__ = ["About", "DataSet", "Inventory", "Member", "Record", "inventory", "open"]


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: most of what lies here is not wanted by whoever imports groundglass."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'groundglass.datasets' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
