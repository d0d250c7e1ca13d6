"""Every key of a recipe: one row each, from which recipes are read and the reference page is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from groundglass.datasets.recipe.kinds import (
    ANYTHING,
    DATE,
    FLAG,
    LINE,
    NAME,
    PATH,
    PRESENT,
    TEXT,
    VERSION,
    Kind,
    WrongError,
    choice,
    mapping,
    number,
    several,
    span,
    spoken,
    whole,
    whole_number,
)
from groundglass.datasets.recipe.words import OLDEST_YEARS, grade_of

MOST_SLICES = 100_000
"""Far above the slices of any series."""
THICKEST_MM = 1000.0
"""Far above the spacing of any slices."""
MOST_FOLDS = 100
"""Folds beyond hold too few patients to tell anything."""
MATCHES = ("study_uid", "series_uid", "accession", "patient_id", "folder", "file")
LABELS = ("ground_glass", "consolidation", "lesion", "lung", "right_lung", "left_lung", "ignore")


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes
    ----------
    name : str
        With the sections above it: ``selection.age_years``; ``sources[].path`` is a key of each entry of a list.
    kind : Kind
        What it takes.
    default : object
        Without it; :data:`NEEDED` where there must be one.
    help : str
        What it does.
    """

    name: str
    kind: Kind
    default: Any
    help: str


class _Needed:
    """Stands for the default of a key that a recipe must have."""


NEEDED = _Needed()


def _read_grade(node: Any, around: Any) -> str:
    text = LINE.read(node, around)
    grade = grade_of(text)
    if not grade:
        raise WrongError("RECIPE_VALUE", f"`{text[:40]}` is no grade", line=node.line)
    return grade


def _read_sex(node: Any, around: Any) -> str:
    text = str(LINE.read(node, around)).upper()
    if text not in ("M", "F", "O"):
        raise WrongError("RECIPE_VALUE", f"`{text[:40]}` is none of M, F, O", line=node.line)
    return text


def _label_number(text: str, line: int) -> int:
    value = whole_number(text, line)
    if not 0 <= value <= 65535:
        raise WrongError("RECIPE_NUMBER", f"{value} is no number of a label", line=line)
    return value


_GRADE = Kind("CT-0 to CT-4", _read_grade)
_SEX = Kind("M, F or O", _read_sex)
_LIST_OR_FILE = Kind("a list of identifiers; or file: (and column: where it is a table)", lambda node, _around: node)

KEYS: tuple[Key, ...] = (
    Key("name", NAME, NEEDED, "Short name of the set, for the folder of each version."),
    Key("version", VERSION, NEEDED, "Semantic version; quote it. `1.0` is taken for `1.0.0`."),
    Key("date", DATE, NEEDED, "Day of publication. Every date in the set's own files is this one."),
    Key("title", spoken("text, or en: and ru:"), NEEDED, "Title of the set."),
    Key("description", spoken("text, or en: and ru:"), {}, "What the set is, in a few sentences."),
    Key("purpose", spoken("text, or en: and ru:"), {}, "What it was made for."),
    Key("licence", LINE, NEEDED, "SPDX identifier such as CC-BY-4.0, else words. `license` is read too."),
    Key("licence_url", LINE, "", "Where the licence can be read."),
    Key("licence_file", PRESENT, None, "Text of the licence, copied as LICENSE."),
    Key("authors", several(LINE, "names"), NEEDED, "Persons or organisations that publish the set."),
    Key("citation", TEXT, "", "How to cite the set; made from authors, title and date where it is left out."),
    Key("doi", LINE, "", "DOI of the set."),
    Key("url", LINE, "", "Page of the set."),
    Key("contact", LINE, "", "Whom to ask."),
    Key("card", ANYTHING, {}, "Further fields of the card; see the fields of cards."),
    Key("layout", choice("mosmed", "nnunet", "bids"), "mosmed", "How the files of the set lie."),
    Key("languages", several(choice("en", "ru"), "en, ru"), ("en", "ru"), "Languages of the README files."),
    Key("profile", PRESENT, None, "De-identification profile (TOML); else the default one."),
    Key("project", PATH, None, "Project folder that holds the key; `--project` wins."),
    Key("previous", PRESENT, None, "Folder of the version before; else the latest earlier one beside the new one."),
    Key("changes", several(TEXT, "texts"), (), "Said in the changelog of this version."),
    Key("sources[].path", PRESENT, NEEDED, "Folder, zip or file of DICOM. A source may be its path alone."),
    Key("sources[].organisation", LINE, "", "Organisation of its studies, in place of what headers say."),
    Key("tables[].path", PRESENT, NEEDED, "CSV or XLSX."),
    Key("tables[].sheet", LINE, "", "Sheet of an XLSX; else the first that is not hidden."),
    Key("tables[].key", LINE, NEEDED, "Column that names the study."),
    Key("tables[].match", choice(*MATCHES), "study_uid", "What of a study that column holds."),
    Key("tables[].grade", LINE, "", "Column of the grade. CT-1, CT1, КТ-1, 1 and the like are understood."),
    Key("tables[].values", mapping(_GRADE, "keys and CT-0 to CT-4"), {}, "Grades that are written otherwise."),
    Key("tables[].readers", several(LINE, "columns"), (), "Columns of the grades of single readers."),
    Key("tables[].sex", LINE, "", "Column of the sex, in place of what headers say."),
    Key("tables[].age", LINE, "", "Column of the age in years, in place of what headers say."),
    Key("tables[].organisation", LINE, "", "Column of the organisation, in place of what headers say."),
    Key("tables[].mask", LINE, "", "Column of the file of the lesion mask, a path from the folder of the table."),
    Key("tables[].pattern", LINE, "", "Column: ground_glass, consolidation, mixed, none."),
    Key("tables[].localisation", LINE, "", "Column: sides and zones such as right_lower, by semicolons."),
    Key("masks[].path", PRESENT, NEEDED, "Folder, zip or file of NIfTI masks or DICOM SEG."),
    Key("masks[].kind", choice("lesions", "lungs"), "lesions", "What the masks outline."),
    Key("masks[].match", choice(*MATCHES), "folder", "NIfTI: what of a study the file name is. SEG: by its reference."),
    Key("masks[].prefix", LINE, "", "What stands before it in the file name."),
    Key("masks[].suffix", LINE, "", "What stands behind it, without .nii.gz: `_mask`."),
    Key(
        "masks[].labels",
        mapping(choice(*LABELS), "numbers, each with a label", key=_label_number),
        {},
        "Meaning of each number of a mask: ground_glass, consolidation, lesion, lung, right_lung, left_lung, ignore.",
    ),
    Key("selection.first_date", DATE, "", "Studies of this day and later."),
    Key("selection.last_date", DATE, "", "Studies of this day and earlier."),
    Key("selection.organisations", several(LINE, "names"), (), "Studies of these organisations; case does not matter."),
    Key("selection.age_years", span(whole(0, OLDEST_YEARS)), (None, None), "Ages; a study without age falls out."),
    Key("selection.sex", several(_SEX, "M, F, O"), (), "Sexes."),
    Key("selection.grades", several(_GRADE, "CT-0 to CT-4"), (), "Grades."),
    Key("selection.kernel", choice("any", "soft", "lung"), "any", "Class of the reconstruction kernel."),
    Key("selection.kernels", several(LINE, "patterns"), (), "Names of kernels, `*` for anything: `FC07`, `B3*`."),
    Key("selection.series_description", several(LINE, "patterns"), (), "Descriptions of series: `*BODY*`."),
    Key("selection.manufacturers", several(LINE, "patterns"), (), "Makers of the scanner: `*TOSHIBA*`."),
    Key("selection.slices", span(whole(1, MOST_SLICES)), (None, None), "Number of slices, before thinning."),
    Key("selection.slice_spacing_mm", span(number(0, THICKEST_MM, "mm")), (None, None), "Distance of slices."),
    Key("selection.contrast", choice("any", "no"), "any", "`no` leaves out what is known to be with contrast medium."),
    Key("selection.with_masks", FLAG, False, "Only studies with a lesion mask."),
    Key("selection.in_tables", FLAG, False, "Only studies that a table names."),
    Key("selection.exclude_patients", _LIST_OR_FILE, (), "PatientIDs to leave out."),
    Key("selection.exclude_studies", _LIST_OR_FILE, (), "StudyInstanceUIDs to leave out."),
    Key("selection.exclude[].column", LINE, NEEDED, "Column of a table."),
    Key("selection.exclude[].equals", several(LINE, "values"), None, "Leaves out studies with such a value."),
    Key("selection.exclude[].below", number(-1e9, 1e9), None, "Leaves out studies with a smaller number."),
    Key("selection.exclude[].above", number(-1e9, 1e9), None, "Leaves out studies with a larger number."),
    Key("selection.exclude[].missing", FLAG, False, "Leaves out studies with an empty cell."),
    Key("selection.exclude[].reason", LINE, "", "Said in the funnel: `SpO2 below 93 %`."),
    Key("selection.one_per_patient", choice("all", "first", "last"), "all", "Which study of a patient, by date."),
    Key("selection.at_most", whole(1, 10**9), None, "So many studies of each grade, chosen by the key of the project."),
    Key("thinning.instance_number", whole(1, 10_000), None, "Slices whose InstanceNumber is a multiple stay."),
    Key("thinning.every_mm", number(0.001, THICKEST_MM, "mm"), None, "One slice every so many mm stays."),
    Key("splits.shares", mapping(number(0, 1), "names and shares that sum to 1"), {}, "Parts: `train: 0.8`."),
    Key("splits.folds", whole(0, MOST_FOLDS), 0, "Instead: so many folds for cross-validation."),
    Key("splits.seed", whole(0, 2**31), 0, "Another number gives another division."),
    Key("analysis.grade", choice("never", "missing", "always"), "never", "Which studies groundglass grades itself."),
    Key("analysis.masks", choice("never", "missing"), "never", "Whether it draws lesion masks where there are none."),
    Key("analysis.lungs", FLAG, False, "Lung masks."),
    Key("analysis.results", FLAG, False, "Keep result.json of each study in the set."),
    Key("publish.age", choice("years", "decades", "none"), "years", "How exactly ages are published."),
    Key("publish.sex", FLAG, True, "Publish the sex."),
    Key("publish.scanner", FLAG, True, "Publish maker, model, kernel and voltage."),
    Key("publish.site", FLAG, True, "Publish a number for each organisation."),
    Key("publish.reads", FLAG, True, "Publish the grades of single readers."),
    Key("publish.columns", mapping(LINE, "columns, each with a name"), {}, "Columns of tables, and their names there."),
)
"""In the order of the reference page."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "license": "licence",
        "license_url": "licence_url",
        "license_file": "licence_file",
        "organization": "organisation",
        "organizations": "organisations",
        "localization": "localisation",
    }
)
"""American spellings, and what they stand for."""
SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "": "",
        "sources[]": "Where the studies lie; at least one.",
        "tables[]": "What people said of the studies, and clinical data.",
        "masks[]": "Outlines drawn by people or software.",
        "selection": "Which studies are taken. Limits are included.",
        "selection.exclude[]": "Leaves out the studies of which a column says something; one test each.",
        "thinning": "Which slices stay: one of the two keys, or neither.",
        "splits": "Parts of the set, by patient: shares or folds.",
        "analysis": "What groundglass measures itself, on whole series.",
        "publish": "What is published of a patient.",
    }
)
"""What each group of keys is for."""


def default_words(key: Key) -> str:
    """Return the default of a key as the reference page writes it."""
    if key.default is NEEDED:
        return "needed"
    if key.default in (None, "", (), {}, (None, None)):
        return "none"
    if isinstance(key.default, bool):
        return "true" if key.default else "false"
    return ", ".join(key.default) if isinstance(key.default, tuple) else str(key.default)


def key_rows() -> list[tuple[str, str, str, str]]:
    """Return every key as name, what it takes, default, help: the rows of the reference page."""
    return [(key.name, key.kind.words, default_words(key), key.help) for key in KEYS]
