"""Fixtures shared by every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of real studies; a missing one is one listed skip, and a failure in CI."""
    folder = Path(os.environ.get("GROUNDGLASS_TEST_DATA") or _ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        reason = f"the real studies are missing: {folder} (set GROUNDGLASS_TEST_DATA)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)  # the data may not be copied into the project, so a plain checkout has none
    return folder
