"""The look at one study as something that crosses a process: what is asked, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.findings import Finding
from groundglass.datasets.members import Member

Part = Literal["lesions", "lungs", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTask:
    """One study to be looked at.

    Attributes
    ----------
    folder : Path
        Of the set.
    member : Member
        What the table says of it.
    picture, mask, lungs : str or None
        Paths in the set of files that are there.
    numbers : mapping of int to {"lesions", "lungs", "other"} or None
        What the set calls the numbers of ``mask``; None where it names none.
    several : bool
        ``mask`` tells kinds of lesion apart: 1 ground glass, 2 consolidation.
    """

    folder: Path
    member: Member
    picture: str | None = None
    mask: str | None = None
    lungs: str | None = None
    numbers: Mapping[int, Part] | None = None
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyLook:
    """What was seen.

    Attributes
    ----------
    study_id : str
        Of the study.
    findings : tuple of Finding
        What is wrong with it alone.
    facts : mapping
        What was measured, for the report.
    voxels : str
        Equal for the same voxels in any orientation, "" where there is no picture that says much.
    slices : tuple of bytes
        Hash of each slice that is not constant, straightened.
    cells : ndarray or None
        Small picture of :mod:`groundglass.datasets.formats.fingerprints`.
    detail : ndarray or None
        The same on a finer grid, in eight bits.
    mask : str
        Equal for equal masks, "" for none or an empty one.
    """

    study_id: str
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    voxels: str = ""
    slices: tuple[bytes, ...] = ()
    cells: NDArray[np.float32] | None = None
    detail: NDArray[np.int8] | None = None
    mask: str = ""
