"""The healthy set, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from healthy_sets import healthy_set


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a whole version of a set of six phantoms; nobody changes it."""
    return healthy_set(tmp_path_factory.mktemp("healthy"))
