"""Numbers, tables and figures of a data set."""

from __future__ import annotations

from groundglass.datasets.statistics.counting import statistics_of
from groundglass.datasets.statistics.model import SCHEMA, Statistics

__all__ = ["SCHEMA", "Statistics", "statistics_of"]
