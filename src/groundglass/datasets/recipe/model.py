"""A recipe: from which studies, by which rules, a data set is made. What it means; reading it is done elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from groundglass.datasets.members import About

Match = Literal["study_uid", "series_uid", "accession", "patient_id", "folder", "file"]
"""What of a study a table or a file name is matched by; ``folder`` and ``file``: names on the disk without ending."""
MaskKind = Literal["lesions", "lungs"]
LayoutName = Literal["mosmed", "nnunet", "bids"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRule:
    """Where studies lie.

    Attributes
    ----------
    path : Path
        Folder, zip or file of DICOM; absolute.
    organisation : str
        Overrides what headers say; "" takes InstitutionName.
    """

    path: Path
    organisation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRule:
    """A table of what people said, and of clinical data.

    Attributes
    ----------
    path : Path
        CSV or XLSX.
    sheet : str
        Of an XLSX; "" is the first.
    key : str
        Column that names the study.
    match : str
        What it is matched by.
    grade : str
        Column of the grade; "" for none.
    readers : tuple of str
        Columns of the grades of single readers.
    sex, age, organisation, mask : str
        Columns that override headers; ``mask`` is a path relative to the table.
    pattern, localisation : str
        Columns of what people said of the findings.
    values : mapping of str to str
        What the table writes for a grade -> CT-0 .. CT-4 (``"КТ-1": "CT-1"``); common spellings need no entry.
    """

    path: Path
    sheet: str = ""
    key: str = ""
    match: Match = "study_uid"
    grade: str = ""
    readers: tuple[str, ...] = ()
    sex: str = ""
    age: str = ""
    organisation: str = ""
    mask: str = ""
    pattern: str = ""
    localisation: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRule:
    """Where masks lie.

    Attributes
    ----------
    path : Path
        Folder, zip or file of NIfTI or DICOM SEG.
    kind : {"lesions", "lungs"}
        What they outline.
    match : str
        NIfTI: what of the study the name of the file is, around which ``prefix`` and ``suffix`` stand. SEG: by the
        series that it refers to, whatever stands here.
    prefix, suffix : str
        ``suffix`` ``_mask`` for ``NAME_mask.nii.gz``.
    labels : mapping of int to str
        Meaning of each number of a NIfTI, or SegmentNumber of a SEG: ``ground_glass``, ``consolidation``, ``lesion``,
        ``lung``, ``right_lung``, ``left_lung`` or ``ignore``; empty: told from names, or one lesion.
    """

    path: Path
    kind: MaskKind = "lesions"
    match: Match = "folder"
    prefix: str = ""
    suffix: str = ""
    labels: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Leaves out the studies of which a column of a table says something.

    Attributes
    ----------
    column : str
        Of any table.
    test : {"equals", "below", "above", "missing"}
        ``equals`` compares text without case, or any of several; ``missing`` is an empty cell.
    value : tuple of str, or float
        What it is compared with.
    reason : str
        Said in the funnel: ``SpO2 below 93 %``.
    """

    column: str
    test: Literal["equals", "below", "above", "missing"]
    value: tuple[str, ...] | float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRule:
    """Which studies are taken; empty or None is no limit. Limits are included.

    Attributes
    ----------
    first_date, last_date : str
        ``YYYYMMDD``, by StudyDate.
    organisations : tuple of str
        Names, without case.
    age_years : tuple of int or None
        Least and largest age; a study without age falls out when either is given.
    sex : tuple of str
        M, F, O.
    grades : tuple of str
        CT-0 .. CT-4.
    kernel : {"any", "soft", "lung"}
        Class of the kernel of the series.
    kernels : tuple of str
        Names of kernels, ``*`` for anything: ``FC07``, ``B3*``.
    series_description : tuple of str
        Patterns with ``*``, any case: ``*BODY*``; the best series that agrees is taken.
    manufacturers : tuple of str
        Patterns.
    slices : tuple of int or None
        Least and largest number.
    slice_spacing_mm : tuple of float or None
        Least and largest.
    contrast : {"any", "no"}
        ``no`` leaves out what is known to be with contrast.
    with_masks : bool
        Only studies with a lesion mask.
    in_tables : bool
        Only studies that a table names.
    patients, studies : tuple of str
        PatientID and StudyInstanceUID to leave out; read from the recipe or a file it names.
    exclusions : tuple of Exclusion
        By columns of tables.
    one_per_patient : {"all", "first", "last"}
        By date.
    at_most : int or None
        So many studies of each grade at most, chosen by the key.
    """

    first_date: str = ""
    last_date: str = ""
    organisations: tuple[str, ...] = ()
    age_years: tuple[int | None, int | None] = (None, None)
    sex: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    kernel: Literal["any", "soft", "lung"] = "any"
    kernels: tuple[str, ...] = ()
    series_description: tuple[str, ...] = ()
    manufacturers: tuple[str, ...] = ()
    slices: tuple[int | None, int | None] = (None, None)
    slice_spacing_mm: tuple[float | None, float | None] = (None, None)
    contrast: Literal["any", "no"] = "any"
    with_masks: bool = False
    in_tables: bool = False
    patients: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    one_per_patient: Literal["all", "first", "last"] = "all"
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinning:
    """Which slices stay: all; those whose InstanceNumber is a multiple of a number; or one every so many mm.

    Exactly one of the two is given, or neither.
    """

    instance_number: int | None = None
    every_mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRule:
    """Parts of the set, by patient, as even as can be in grade and mask.

    Attributes
    ----------
    shares : mapping of str to float
        Name to share; sums to 1. Empty: no splits.
    folds : int
        Instead of shares: ``fold-1`` .. ``fold-K``.
    seed : int
        Another division with another number.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    folds: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisRule:
    """What groundglass itself measures, on the whole series, before thinning.

    Attributes
    ----------
    grade : {"never", "missing", "always"}
        Grade of studies: of those without one, or of all.
    masks : {"never", "missing"}
        Lesion masks for studies without.
    lungs : bool
        Lung masks.
    results : bool
        Keep ``result.json`` of each study in the set.
    """

    grade: Literal["never", "missing", "always"] = "never"
    masks: Literal["never", "missing"] = "never"
    lungs: bool = False
    results: bool = False

    @property
    def wanted(self) -> bool:
        """Whether any study needs it."""
        return self.grade != "never" or self.masks != "never" or self.lungs or self.results


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRule:
    """What of the facts of a patient is published.

    Attributes
    ----------
    age : {"years", "decades", "none"}
        Decades publish the first year of each.
    sex, scanner, site, reads : bool
        Whether these columns are filled.
    columns : mapping of str to str
        Columns of tables -> name under which they are published.
    """

    age: Literal["years", "decades", "none"] = "years"
    sex: bool = True
    scanner: bool = True
    site: bool = True
    reads: bool = True
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The whole recipe.

    Attributes
    ----------
    about : About
        Name, version, date, title, licence and the further fields of the card.
    sources, tables, masks
        What goes in.
    selection, thinning, splits, analysis, publish
        What is done.
    profile : Path or None
        De-identification profile; None is the default one.
    project : Path or None
        Project folder of the key; the command line wins.
    layout : {"mosmed", "nnunet", "bids"}
        How the files lie.
    languages : tuple of str
        Of README files.
    licence_file : Path or None
        Text of the licence, copied as LICENSE.
    changes : tuple of str
        Said in the changelog of this version, beside what is found by comparing.
    previous : Path or None
        The version before; None: the latest earlier one beside it.
    sha256 : str
        Of the recipe's meaning: equal for two recipes that make the same set.
    """

    about: About
    sources: tuple[SourceRule, ...]
    tables: tuple[TableRule, ...] = ()
    masks: tuple[MaskRule, ...] = ()
    selection: SelectionRule = SelectionRule()
    thinning: Thinning = Thinning()
    splits: SplitRule = SplitRule()
    analysis: AnalysisRule = AnalysisRule()
    publish: PublishRule = PublishRule()
    profile: Path | None = None
    project: Path | None = None
    layout: LayoutName = "mosmed"
    languages: tuple[str, ...] = ("en", "ru")
    licence_file: Path | None = None
    changes: tuple[str, ...] = ()
    previous: Path | None = None
    sha256: str = ""
