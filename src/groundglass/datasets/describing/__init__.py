"""What a data set of any supported layout is: its numbers, its card, and what its files tell beyond its tables."""

from __future__ import annotations

from groundglass.datasets.describing.described import Described, describe
from groundglass.datasets.describing.measuring import Measured, measured

__all__ = ["Described", "Measured", "describe", "measured"]
