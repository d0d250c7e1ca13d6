"""The work on one study, as something that can be sent to another machine and comes back as plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from groundglass.datasets.candidates import MaskSource
from groundglass.datasets.layouts.contract import FileKind
from groundglass.datasets.recipe import AnalysisRule, Thinning
from groundglass.dicom.sources import FileSource
from groundglass.phrases import Notice

DONE_FILE = "done.json"
PICTURE_FILE, MASK_FILE, LUNGS_FILE, RESULT_FILE = "study.nii.gz", "mask.nii.gz", "lungs.nii.gz", "result.json"
FILES: Mapping[FileKind, str] = {
    "study": PICTURE_FILE,
    "mask": MASK_FILE,
    "lungs": LUNGS_FILE,
    "result": RESULT_FILE,
}
"""What a study can leave in its folder, by what a layout calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOptions:
    """What is the same for all studies of a build.

    Attributes
    ----------
    project : Path
        Folder of the de-identification project; its key does not travel.
    profile : Path or None
        De-identification profile; None is the default.
    thinning : Thinning
        Which slices stay.
    analysis : AnalysisRule
        What groundglass measures itself.
    keep_age, keep_sex, keep_scanner : bool
        Whether they are published.
    memory_bytes : int or None
        Told to nobody else; the local engine holds its workers to it.
    timeout_s : float
        The same.
    """

    project: Path
    profile: Path | None = None
    thinning: Thinning = field(default_factory=Thinning)
    analysis: AnalysisRule = field(default_factory=AnalysisRule)
    keep_age: bool = True
    keep_sex: bool = True
    keep_scanner: bool = True
    memory_bytes: int | None = None
    timeout_s: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTask:
    """One study: ids of ours and paths.

    Attributes
    ----------
    key : str
        Name of the study in this data set, the same in all versions; also of its folder.
    label : str
        Safe to print.
    series_uid : str
        Of the series that is taken, as the source has it; "" where there is none.
    files : tuple of FileSource
        Of that series.
    masks : tuple of MaskSource
        Drawn by people.
    age_years : int or None
        By a table, else by the header or the birth date.
    sex : str
        By a table, else by the header.
    has_grade : bool
        A table gives one.
    published : mapping of str to str
        Cells of tables that are to be published, by the name of the column there.
    folder : Path
        Of the results; made, and emptied if something else was there.
    fingerprint : str
        Changes with everything that could change the results.
    options : StudyOptions
        The same for all.
    """

    key: str
    label: str
    series_uid: str
    files: tuple[FileSource, ...]
    masks: tuple[MaskSource, ...]
    age_years: int | None
    sex: str
    has_grade: bool
    published: Mapping[str, str]
    folder: Path
    fingerprint: str
    options: StudyOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyDone:
    """How the work on a study ended; nothing of a patient's identity is in it.

    Attributes
    ----------
    key : str
        Of the task.
    fingerprint : str
        Of the task.
    outcome : {"written", "left-out", "failed"}
        Left out: something is wrong with the study, which falls out of the set and is counted. Failed: something went
        wrong with the work, so that nothing may be published before it is settled.
    code, message : str
        Why not.
    facts : mapping
        Attributes of :class:`groundglass.datasets.members.Member`.
    files : mapping of str to str
        SHA-256 of each file, by what a layout calls it.
    kinds : bool
        The lesion mask tells ground glass from consolidation.
    remarks : tuple of Notice
        What somebody should look at.
    telling : tuple of str
        Published columns whose cell holds what names the patient or somebody around him, or a date.
    trace : str
        Of a defect of ours.
    resumed : bool
        An earlier run did it.
    """

    key: str
    fingerprint: str
    outcome: Literal["written", "left-out", "failed"]
    code: str = ""
    message: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[FileKind, str] = field(default_factory=dict)
    kinds: bool = False
    remarks: tuple[Notice, ...] = ()
    telling: tuple[str, ...] = ()
    trace: str = ""
    resumed: bool = False

    def to_json(self) -> str:
        """Return it as one JSON object."""
        row = asdict(self)
        del row["resumed"], row["trace"]
        return json.dumps(row, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> StudyDone:
        """Read what :meth:`to_json` wrote.

        Raises
        ------
        ValueError
            If the text is something else.
        """
        row = json.loads(text)
        if not isinstance(row, dict):
            raise ValueError("no object")
        facts = {name: tuple(value) if isinstance(value, list) else value for name, value in row["facts"].items()}
        try:
            remarks = tuple(Notice(**each) for each in row["remarks"])
            told = {"facts": facts, "remarks": remarks, "telling": tuple(row["telling"]), "resumed": True}
            return cls(**(row | told))
        except TypeError as reason:
            raise ValueError("other fields") from reason


Engine = Callable[[Callable[[StudyTask], StudyDone], Sequence[StudyTask]], Iterable[StudyDone]]
"""Whatever can call a function for each of many tasks and yield the results in any order; ``build_study`` is the
function. It runs anywhere where the sources, the project folder and the output folder have the same paths."""
