"""What is kept of one CT held against its labels: counts and figures from which every accuracy table is made.

No picture and no mask is in a record, so records of data that may not be passed on can be kept and published.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from groundglass.analysis.result import Coverage, Grade, ModelRow
from groundglass.errors import InputError, declare
from groundglass.evaluation.bin_counts import BinCounts

RECORD_SCHEMA: Final = "groundglass/assessment/1"
BAD_RECORD = declare("BAD_RECORD", "A file of assessment records does not keep to the schema groundglass/assessment/1.")

NO_RECORDS = declare("NO_RECORDS", "There are no assessment records where they were looked for.")

STORED = Path(__file__).parent / "stored"
"""Records that ship in the package, one file a training."""

World = Literal["real", "phantom", "synthetic"]
"""``synthetic``: lesions of known extent put into a real chest."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What measured.

    Attributes
    ----------
    version : str
        Version of groundglass.
    method : str
        Name of the engine: "learned/1", "classical/1".
    sha256 : str
        Of the analysis: its code and weights, or the weights of a fold. A record is used again only where it is equal.
    models : tuple of ModelRow
        Networks that took part.
    """

    version: str
    method: str
    sha256: str
    models: tuple[ModelRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Voxels of two masks of one CT."""

    drawn: int
    found: int
    both: int

    @property
    def dice(self) -> float | None:
        """2 both / (drawn + found); None where nothing was drawn."""
        return 2 * self.both / (self.drawn + self.found) if self.drawn else None


@dataclass(frozen=True, slots=True)
class DrawnLesion:
    """A connected drawn lesion: its size in percent of the lungs, and whether it was found."""

    percent: float
    hit: bool


@dataclass(frozen=True, slots=True)
class FoundLesion:
    """A connected found lesion: its size in percent of the lungs, and whether nobody drew it."""

    percent: float
    false: bool


@dataclass(frozen=True, slots=True)
class SliceScores:
    """The slices of one CT, feet to head.

    Attributes
    ----------
    scores : tuple of float
        0..1, higher where a lesion is likelier.
    diseased : tuple of bool
        What readers said, or whether anything was drawn.
    by : {"readers", "drawn", "none"}
        Where ``diseased`` comes from; "none": the whole chest has no disease.
    """

    scores: tuple[float, ...]
    diseased: tuple[bool, ...]
    by: Literal["readers", "drawn", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CtRecord:
    """One CT held against its labels. What was not labelled, or could not be measured, is None.

    Attributes
    ----------
    name, patient, source, voxels_sha256 : str
        Which CT, whose, from which collection.
    world : {"real", "phantom", "synthetic"}
        Figures of different worlds are never mixed.
    engine : Engine
        What measured.
    slices : int
        Number of slices.
    spacing_mm : tuple of float or None
        Along (slice, row, column); None where the spacing was lost.
    exact_hu : bool
        False where HU are approximate or clipped.
    coverage : {"whole", "partial", "none"}
        How much of the chest the analysis saw; "none": nothing was measured.
    disease : bool or None
        Whether the CT shows disease by its labels.
    lesion_voxels : Counted or None
        Lesions of every kind as one.
    drawn_percent : float or None
        True percentage of the lungs.
    drawn_of : {"drawn", "found", "given"} or None
        The lungs it is a percentage of: drawn ones, found ones where none were drawn, or it was handed in as it is.
    found_percent : float or None
        Measured percentage.
    interval : tuple of float or None
        Its 95 % interval, percent.
    lung_voxels : Counted or None
        Both lungs as one.
    lesion_in_lungs : float or None
        Share of the drawn lesion voxels that lie in the found lungs.
    drawn_lesions, found_lesions : tuple or None
        Each connected lesion, the largest first.
    slice_scores : SliceScores or None
        The slices.
    calibration : BinCounts or None
        Probabilities of voxels of the found lungs and of drawn lesions.
    nsd_2mm, nsd_4mm : float or None
        Normalised surface Dice of the lesions, where the spacing is known.
    drawn_ml, found_ml : float or None
        Volume of the lesions, where the spacing is known.
    grade_given : Grade or None
        The grade that readers gave.
    grade_drawn, grade_found : Grade or None
        By the default limits on the drawn and on the measured percentage; the latter for whole chests only.
    grade_stable : bool or None
        Whether both ends of the interval have the grade found.
    probability_of_pathology : float or None
        Of the study, 0..1.
    fold : int or None
        Fold whose network, trained without this patient, was used.
    tuned_on : bool
        Whether choices of design were made on this fold.
    seen_in_training : bool
        Whether the network was trained on these voxels, or on ones nearly equal.
    seconds : float or None
        Time of the analysis.
    """

    name: str
    patient: str
    source: str
    voxels_sha256: str
    world: World
    engine: Engine
    slices: int
    spacing_mm: tuple[float, float, float] | None
    exact_hu: bool
    coverage: Coverage
    disease: bool | None
    lesion_voxels: Counted | None
    drawn_percent: float | None
    drawn_of: Literal["drawn", "found", "given"] | None
    found_percent: float | None
    interval: tuple[float, float] | None
    lung_voxels: Counted | None
    lesion_in_lungs: float | None
    drawn_lesions: tuple[DrawnLesion, ...] | None
    found_lesions: tuple[FoundLesion, ...] | None
    slice_scores: SliceScores | None
    calibration: BinCounts | None
    nsd_2mm: float | None
    nsd_4mm: float | None
    drawn_ml: float | None
    found_ml: float | None
    grade_given: Grade | None
    grade_drawn: Grade | None
    grade_found: Grade | None
    grade_stable: bool | None
    probability_of_pathology: float | None
    fold: int | None = None
    tuned_on: bool = False
    seen_in_training: bool = False
    seconds: float | None = None

    @property
    def covered(self) -> bool | None:
        """Whether the interval holds the true percentage."""
        if self.interval is None or self.drawn_percent is None:
            return None
        return self.interval[0] <= self.drawn_percent <= self.interval[1]


@dataclass(frozen=True, slots=True)
class RecordFile:
    """Records kept together.

    Attributes
    ----------
    schema : str
        :data:`RECORD_SCHEMA`.
    title, about : str
        What they are, and how they were made.
    records : tuple of CtRecord
        One a CT.
    """

    schema: Literal["groundglass/assessment/1"]
    title: str
    about: str
    records: tuple[CtRecord, ...]


def records_json(records: Sequence[CtRecord], *, title: str = "", about: str = "") -> str:
    """Return records as the text of one file.

    Parameters
    ----------
    records : sequence of CtRecord
        One a CT; every number finite.
    title, about : str
        What they are, and how they were made; stands above their tables.

    Raises
    ------
    ValueError
        If a number is not finite: JSON has no word for it.
    """
    kept = RecordFile(RECORD_SCHEMA, title, about, tuple(records))
    return json.dumps(dataclasses.asdict(kept), ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def read_records(text: str, where: str) -> RecordFile:
    """Read a file of records.

    Parameters
    ----------
    text : str
        Its text.
    where : str
        Its name, for the error.

    Raises
    ------
    InputError
        ``BAD_RECORD`` with the first field that does not fit.
    """
    from pydantic import ValidationError

    try:
        return _adapter().validate_json(text)  # type: ignore[no-any-return]  # the adapter is made from RecordFile
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the text"
        raise InputError(
            BAD_RECORD,
            what=f"{field}: {first['msg']}",
            where=where,
            todo="remove the file and assess these CTs again",
        ) from error


EVIDENCE_ENDING = ".evidence.json"
"""Training keeps what each interval was made of in such files, beside the records."""


def read_folder(folder: Path) -> tuple[CtRecord, ...]:
    """Read every record below a folder, such as the one that a data set was measured into.

    Parameters
    ----------
    folder : Path
        With files of records, at any depth; ``NAME.evidence.json`` beside them is passed over.

    Raises
    ------
    InputError
        ``NO_RECORDS`` if there is none; ``BAD_RECORD`` if a file is no file of records.
    """
    if not folder.is_dir():
        raise InputError(NO_RECORDS, what="there is no such folder", where=folder.name, todo="give the folder of -o")
    found: list[CtRecord] = []
    for path in sorted(folder.rglob("*.json")):
        if path.name.endswith(EVIDENCE_ENDING):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(BAD_RECORD, what="it cannot be read as text", where=path.name, todo="remove it") from error
        found += read_records(text, path.name).records
    if not found:
        raise InputError(NO_RECORDS, what="it holds no records", where=folder.name, todo="give the folder of -o")
    return tuple(found)


def stored_records() -> tuple[RecordFile, ...]:
    """Return the records that ship in the package: CTs measured by networks that never saw their patients.

    Raises
    ------
    InputError
        ``BAD_RECORD`` if a file is damaged.
    """
    return tuple(read_records(path.read_text(encoding="utf-8"), path.name) for path in sorted(STORED.glob("*.json")))


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(RecordFile)
