"""A project on the disk, cheap to open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from groundglass.deidentify.project import Project, key


@pytest.fixture(autouse=True)
def _quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key, "SCRYPT_N", 2**10)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # no power fails here, and the disk may be busy


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.open(tmp_path / "project")
