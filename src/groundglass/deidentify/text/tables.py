"""The data tables beside this module."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from importlib import resources
from typing import Final

_HOLE: Final = re.compile(r"<<([a-z_ \-]+)>>")


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table, in order."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def filled(row: Mapping[str, str], parts: Mapping[str, str]) -> re.Pattern[str]:
    """Compile the pattern of a row; ``<<name>>`` stands for a part of that name."""
    pattern = _HOLE.sub(lambda hole: parts[hole[1]], row["pattern"])
    return re.compile(pattern, re.IGNORECASE if "ignore-case" in row["flags"] else 0)
