"""What can be wrong with a data set: one row a kind, and one object a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning"]
Values = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A kind of finding; its words are the phrase ``finding_<code in lower case>``.

    Attributes
    ----------
    code : str
        Upper case, stable for ever.
    severity : {"error", "warning"}
        An error makes ``validate`` end with exit code 3.
    why : str
        What harm it does, for the reference page.
    """

    code: str
    severity: Severity
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    code : str
        Key of :data:`FINDINGS`.
    study_id : str or None
        The study; None where it is of the whole set.
    values : mapping
        Fill the marks of the phrase; names of files of the set at most, never an identifier that was found.
    """

    code: str
    study_id: str | None = None
    values: Mapping[str, str | int | float] = field(default_factory=dict)


_ROWS: tuple[FindingKind, ...] = (
    # structure
    FindingKind("LAYOUT_UNKNOWN", "error", "No reader knows what the files are."),
    FindingKind("SET_EMPTY", "error", "There is no study in it."),
    FindingKind("MANIFEST_DAMAGED", "error", "What says what the set is cannot be read."),
    FindingKind("README_MISSING", "warning", "Nobody can tell what the set is and how it was made."),
    FindingKind("LICENCE_MISSING", "error", "Nobody may use the set."),
    FindingKind("LICENCE_UNCLEAR", "warning", "The licence has no known name, or files disagree on it."),
    FindingKind("FILE_UNEXPECTED", "warning", "A file belongs to nothing the set says of itself."),
    FindingKind("FILE_OUTSIDE", "error", "A path or a link leads out of the set."),
    FindingKind("FILE_UNREADABLE", "error", "A file cannot be opened."),
    FindingKind("CHECKSUM_WRONG", "error", "A file is not the one that was published."),
    FindingKind("CHECKSUM_MISSING", "error", "A published file has no checksum, or a checksum no file."),
    FindingKind(
        "CROISSANT_DAMAGED", "error", "The Croissant metadata cannot be read, or name files that are not there."
    ),
    FindingKind(
        "STATISTICS_THIN", "warning", "Sex, age or scanner are unknown for so many studies that nobody can judge bias."
    ),
    FindingKind("STATISTICS_WRONG", "error", "Published statistics are not those of the studies."),
    # registry
    FindingKind("REGISTRY_MISSING", "error", "The table of studies is not there."),
    FindingKind("REGISTRY_DAMAGED", "error", "The table of studies cannot be read."),
    FindingKind("REGISTRY_COLUMN_MISSING", "error", "The table of studies lacks a column."),
    FindingKind("REGISTRY_ROW_DAMAGED", "error", "A row of the table cannot be understood."),
    FindingKind("REGISTRIES_DIFFER", "error", "Two forms of the table of studies say different things."),
    FindingKind("STUDY_ID_DOUBLE", "error", "Two rows have one name."),
    FindingKind("STUDY_NOT_IN_REGISTRY", "error", "A picture is in no row."),
    FindingKind("MASK_NOT_IN_REGISTRY", "error", "A mask is in no row."),
    FindingKind("IMAGE_MISSING", "error", "A row names a picture that is not there."),
    FindingKind("IMAGES_NOT_PUBLISHED", "warning", "None of the pictures is there: what needs them was not checked."),
    FindingKind("MASK_MISSING", "error", "A row names a mask that is not there."),
    FindingKind("GRADE_UNKNOWN", "error", "A grade is none of CT-0 to CT-4."),
    FindingKind("GRADE_MISSING", "warning", "A study has no grade though others have."),
    FindingKind("GRADE_AGAINST_FOLDER", "error", "The folder of a picture is of another grade than its row."),
    FindingKind("GRADE_AGAINST_MASK", "warning", "A study without pathology has a lesion mask that is not empty."),
    FindingKind("GRADE_AGAINST_INVOLVEMENT", "warning", "The grade is far from the share of the lung that is marked."),
    FindingKind("COUNTS_DIFFER", "error", "What is said of the number of studies is not what is there."),
    FindingKind("FACTS_DIFFER", "error", "The table says something else of a picture than its file."),
    # pictures
    FindingKind("IMAGE_DAMAGED", "error", "A picture cannot be read."),
    FindingKind("IMAGE_GEOMETRY", "error", "A picture has no usable position, orientation or spacing."),
    FindingKind("FORMS_DIFFER", "error", "qform and sform differ: programs put the voxels in different places."),
    FindingKind("IMAGE_SIDE_UNKNOWN", "error", "Right and left of a picture are not known."),
    FindingKind("IMAGE_SPACING_ODD", "warning", "Spacing or size of a picture is not that of a chest CT."),
    FindingKind("HU_NOT_PLAUSIBLE", "error", "The numbers of a picture are no Hounsfield units."),
    FindingKind("HU_CLIPPED", "warning", "The numbers were cut to a window, or are few and even."),
    FindingKind("IMAGE_CONSTANT", "error", "All voxels of a picture, or of whole slices, are equal."),
    FindingKind("SLICES_DOUBLE", "error", "Slices of a picture are there twice."),
    FindingKind("SLICES_ORDER", "error", "Slices of a picture are not in the order in which they lie."),
    FindingKind("NO_LUNGS", "warning", "No lungs were seen in a picture."),
    FindingKind("IMAGE_UPSIDE_DOWN", "warning", "A picture looks mirrored, turned or upside down against its header."),
    # masks
    FindingKind("MASK_DAMAGED", "error", "A mask cannot be read."),
    FindingKind("MASK_NOT_LABELS", "error", "A mask holds other numbers than labels."),
    FindingKind("MASK_LABEL_UNKNOWN", "error", "A mask holds a label that the set does not name."),
    FindingKind("MASK_GRID", "error", "A mask does not lie on the voxels of its picture."),
    FindingKind("MASK_SIDE_UNKNOWN", "error", "Right and left of a mask are not known."),
    FindingKind("MASK_GEOMETRY", "error", "A mask has no usable spacing."),
    FindingKind("MASK_EMPTY", "error", "A mask marks nothing."),
    FindingKind("MASK_FULL", "error", "A mask marks most of the picture."),
    FindingKind("MASK_OUTSIDE_BODY", "error", "A mask lies outside the body."),
    FindingKind("MASK_OUTSIDE_LUNG", "error", "A lesion mask lies outside the lungs."),
    FindingKind("MASK_MIRRORED", "error", "A lesion mask fits its picture only when mirrored."),
    FindingKind("MASK_SHIFTED", "error", "A lesion mask follows the edges of its picture only when moved."),
    FindingKind("MASK_SHIFTED_MAYBE", "warning", "A lesion mask follows the edges of its picture better when moved."),
    FindingKind("MASK_UNLIKE", "warning", "The edges of a lesion mask follow nothing in its picture."),
    FindingKind("MASK_TINY", "warning", "A mask marks next to nothing."),
    FindingKind("LUNG_MASK_OFF", "error", "A lung mask misses most of the air in the lungs."),
    FindingKind("MASK_SPECKS", "warning", "A mask consists of very many single voxels."),
    FindingKind("MASK_UNCHECKED", "warning", "A mask has no picture: its place could not be checked."),
    FindingKind("CHECK_FAILED", "error", "A check broke down by a defect of groundglass: the study was not checked."),
    # doubles, splits
    FindingKind("DUPLICATE", "error", "Two studies are the same picture, in one part of the set."),
    FindingKind("DUPLICATE_ACROSS_SPLITS", "error", "Two parts of the set hold the same picture."),
    FindingKind("NEAR_DUPLICATE", "warning", "Two studies look like one scan, in one part of the set."),
    FindingKind("NEAR_DUPLICATE_ACROSS_SPLITS", "error", "Two parts of the set hold what looks like one scan."),
    FindingKind("MASK_DUPLICATE", "warning", "Two studies have the same mask."),
    FindingKind("PATIENT_IN_TWO_SPLITS", "error", "A patient is in two parts of the set."),
    FindingKind("SPLIT_UNKNOWN", "error", "A study has no part though others have, or splits disagree."),
    FindingKind("SPLIT_UNBALANCED", "warning", "Grades are spread very unevenly over the parts."),
    # identity
    FindingKind("IDENTIFIER_IN_HEADER", "error", "A header holds text that may name a patient."),
    FindingKind("IDENTIFIER_IN_TEXT", "error", "A text or table holds what may name a patient."),
    FindingKind("IDENTIFIER_IN_NAME", "error", "A name of a file holds what may name a patient."),
    FindingKind("HEADER_TEXT", "warning", "A header holds free text, such as a time of day."),
    FindingKind("METADATA_IN_FILE", "warning", "A document tells its maker, a path, or a date of making."),
    FindingKind(
        "DICOM_INSIDE", "warning", "There are DICOM files in the set: run groundglass deidentify verify on them."
    ),
    FindingKind("SMALL_CELL", "warning", "Few patients share a combination that an acquaintance may know."),
)

FINDINGS: Mapping[str, FindingKind] = MappingProxyType({row.code: row for row in _ROWS})
"""Every kind of finding by its code."""
