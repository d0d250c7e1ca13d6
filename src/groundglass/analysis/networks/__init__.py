"""Networks: HU of a chest in, probabilities out. The only place of the analysis that knows a session."""

from __future__ import annotations

from groundglass.analysis.networks.grid import NetworkGrid, onto
from groundglass.analysis.networks.session import HEADS, ChestMaps, ChestNetwork, shipped

__all__ = ["HEADS", "ChestMaps", "ChestNetwork", "NetworkGrid", "onto", "shipped"]
