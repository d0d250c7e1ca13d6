"""What a scan finds: studies, their series, and why each is or is not the one to grade."""

from __future__ import annotations

from dataclasses import dataclass, field

from groundglass.dicom.header import Acquisition, Identity
from groundglass.dicom.sources import FileSource
from groundglass.dicom.stacks import Stack
from groundglass.errors import InputError
from groundglass.phrases import Notice
from groundglass.volume import Volume


@dataclass(frozen=True, slots=True)
class SeriesEntry:
    """One volume of a study, or one pile of other objects.

    Attributes
    ----------
    series_id : str
        Our id, ``series-`` and eight hexadecimal digits; the part of a series that was split has ``-1``, ``-2`` behind.
    study_uid, series_uid : str or None
        As the header has them, None where it has none.
    modality, description, kernel : str
        As the header has them.
    slices : int
        Slices in place, bridged ones not counted.
    spacing_mm : tuple of 3 float or None
        Along (slice, row, column); None where the geometry is unusable.
    role : str
        A key of :data:`groundglass.dicom.roles.ROLES`.
    usable : bool
        It can be loaded and graded.
    chosen : bool
        It is the one to grade.
    reasons : tuple of Notice
        Why it is or is not.
    error : InputError or None
        Why it cannot be used.
    notices : tuple of Notice
        Warnings that a result made of it must carry.
    stack : Stack
        Its slices.
    """

    series_id: str
    study_uid: str | None
    series_uid: str | None
    modality: str
    description: str
    kernel: str
    slices: int
    spacing_mm: tuple[float, float, float] | None
    role: str
    usable: bool
    chosen: bool
    reasons: tuple[Notice, ...]
    error: InputError | None
    notices: tuple[Notice, ...] = ()
    stack: Stack = field(default_factory=lambda: Stack(()), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class StudyEntry:
    """One study: its series best first, the chosen one, or why there is none.

    ``dose_sources`` are the files that may tell of radiation dose.
    """

    study_id: str
    study_uid: str | None
    series: tuple[SeriesEntry, ...]
    chosen: SeriesEntry | None
    refusal: InputError | None
    dose_sources: tuple[FileSource, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """All studies found, and what was passed over."""

    studies: tuple[StudyEntry, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class LoadedSeries:
    """A series in memory.

    Attributes
    ----------
    volume : Volume
        HU int16; slices along the stack (feet to head for an axial one), rows and columns as stored.
    sop_uids : tuple of str or None
        One a slice; None for a bridged slice, and for all where they are missing or all the same.
    study_uid, series_uid : str or None
        As the header has them.
    identity : Identity
        The patient line.
    acquisition : Acquisition
        How it was made.
    notices : tuple of Notice
        Warnings.
    """

    volume: Volume
    sop_uids: tuple[str | None, ...]
    study_uid: str | None
    series_uid: str | None
    identity: Identity
    acquisition: Acquisition
    notices: tuple[Notice, ...]
