"""Reading data sets by tables and names, of any maker, damaged too."""

from __future__ import annotations

from groundglass.datasets.layouts.reading.inventory import INVENTORY_CODES, READABLE, inventory

__all__ = ["INVENTORY_CODES", "READABLE", "inventory"]
