"""A study that may come into a data set: what headers, tables and masks say of it, before anything is read or changed.

It holds identity, so it is never printed, logged or written into a set; it can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from groundglass.dicom.sources import FileSource
from groundglass.errors import InputError

MaskForm = Literal["nifti", "seg"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskSource:
    """A mask of a study.

    Attributes
    ----------
    kind : {"lesions", "lungs"}
        What it outlines.
    form : {"nifti", "seg"}
        What the file is.
    source : FileSource
        The file; a NIfTI is a file on the disk or the member of an archive.
    labels : mapping of int to str
        As :class:`groundglass.datasets.recipe.MaskRule`.
    """

    kind: Literal["lesions", "lungs"]
    form: MaskForm
    source: FileSource
    labels: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One study with the one series that would be taken.

    Attributes
    ----------
    key : str
        StudyInstanceUID, or our study id where there is none; unique.
    patient : str
        Key of the patient, as :attr:`groundglass.deidentify.known.Seen.patient`.
    label : str
        Safe to print: our study id.
    study_uid, series_uid, patient_id, accession, study_date, study_time, organisation : str
        As headers or tables say; "" where they do not. ``study_date`` is ``YYYYMMDD``.
    folder : str
        Name of the folder that holds the study, or of its archive without ending.
    sex : {"M", "F", "O", ""}
        Of the patient.
    age_years : int or None
        PatientAge, else from the birth date.
    description, kernel, manufacturer, model : str
        Of the series.
    kernel_class : {"soft", "lung", "unknown"}
        Of the kernel.
    contrast : {"yes", "no", "unknown"}
        Of the series.
    slices : int
        Of the series.
    spacing_mm : tuple of float or None
        Along (slice, row, column).
    files : tuple of FileSource
        Of the series; empty where no series can be taken.
    grade : str
        CT-0 .. CT-4 by a table; "" for none.
    reads : tuple of str
        Grades of single readers.
    pattern : str
        By a table.
    localisation : tuple of str
        By a table.
    columns : mapping of str to str
        All cells of the tables, by column.
    masks : tuple of MaskSource
        At most one of each kind.
    refusal : InputError or None
        Why no series can be taken.
    named : bool
        A table names it.
    conflict : str
        Column in which rows of tables disagree on the study; "" for none.
    """

    key: str
    patient: str
    label: str
    study_uid: str = ""
    series_uid: str = ""
    patient_id: str = ""
    accession: str = ""
    study_date: str = ""
    study_time: str = ""
    organisation: str = ""
    folder: str = ""
    sex: str = ""
    age_years: int | None = None
    description: str = ""
    kernel: str = ""
    kernel_class: Literal["soft", "lung", "unknown"] = "unknown"
    manufacturer: str = ""
    model: str = ""
    contrast: Literal["yes", "no", "unknown"] = "unknown"
    slices: int = 0
    spacing_mm: tuple[float, float, float] | None = None
    files: tuple[FileSource, ...] = ()
    grade: str = ""
    reads: tuple[str, ...] = ()
    pattern: str = ""
    localisation: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    masks: tuple[MaskSource, ...] = ()
    refusal: InputError | None = None
    named: bool = False
    conflict: str = ""


class StudySource(Protocol):
    """Where candidates come from: a folder today, an archive when there is one.

    1. ``candidates`` yields each study once, in an order that does not depend on the file system.
    2. Tables and masks are joined by others; ``grade``, ``reads``, ``columns`` and ``masks`` are empty.
    3. A study of which no series can be taken comes with a ``refusal``, and is never left out in silence.
    4. What is no study at all is told by ``notices``.
    """

    def candidates(self) -> Iterator[Candidate]:
        """Yield the studies."""
