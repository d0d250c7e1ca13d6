"""Numbers, tables and figures of a data set."""

from __future__ import annotations

from groundglass.datasets.statistics.counting import statistics_of
from groundglass.datasets.statistics.drawn import figures
from groundglass.datasets.statistics.model import SCHEMA, Statistics
from groundglass.datasets.statistics.tables import Table, tables_of

__all__ = ["SCHEMA", "Statistics", "Table", "figures", "statistics_of", "tables_of"]
