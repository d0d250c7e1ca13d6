"""A volume in, an analysis out: pure arrays, no DICOM, no disk; the clock is handed in."""

from __future__ import annotations
