"""One de-identification of planted copies, and what came of each of them."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from planting.folders import Wanted, plant
from planting.keeping import DEVICE, by_uid, changed, days_moved, frames_of, same_pixels
from planting.marks import Mark, keep_marks, write_marks
from planting.searching import PICTURE_PLACES, Searcher, words_left
from pydicom.dataset import Dataset

from groundglass.deidentify.profile import Profile
from groundglass.deidentify.profiles import load_profile
from groundglass.deidentify.project import Project
from groundglass.deidentify.run import Run, deidentify

_NO_DICOM = (".tsv", ".nrrd", ".json", ".csv", ".md")


@dataclass
class PlantedRun:
    """Planted copies and what a run made of them.

    Attributes
    ----------
    planted, out, marks_file : Path
        Folder of the copies, folder of the results, what ``verify --planted`` reads.
    marks : list of Mark
        What was planted.
    project : Project
        Of the run; only its UIDs are used, to say which result is of which copy.
    run : Run
        Its report.
    """

    planted: Path
    out: Path
    marks_file: Path
    marks: list[Mark]
    project: Project
    run: Run

    @cached_property
    def pairs(self) -> list[tuple[str, Dataset, Dataset | None]]:
        """Every planted object that is the only one of its UID: its name, itself, and what came of it."""
        after = by_uid(self.out)
        found: list[tuple[str, Dataset, Dataset | None]] = []
        for uid, objects in by_uid(self.planted).items():
            if len(objects) == 1:
                results = after.get(self.project.keys.uid(uid), [])
                name = str(objects[0][0].relative_to(self.planted))
                found.append((name, objects[0][1], results[0][1] if results else None))
        return found

    @cached_property
    def marks_by_file(self) -> dict[str, list[Mark]]:
        """The marks of each planted file."""
        found: dict[str, list[Mark]] = defaultdict(list)
        for mark in self.marks:
            found[mark.file].append(mark)
        return found

    def left(self) -> list[str]:
        """Return a line for each planted identifier that can still be found; those kept by rule are left out."""
        found = Searcher(self.marks).within_folder(self.out)
        lines = [
            f"{mark.place} | {mark.where} | {mark.vr} | {mark.kind} | {mark.value} | {min(found[index])}"
            for index, mark in enumerate(self.marks)
            if index in found and not mark.kept
        ]
        return lines + self.words_left()

    def words_left(self) -> list[str]:
        """Return a line for each word that can still be seen in a picture."""
        return [
            f"{mark.place} | {mark.where} | {mark.script} | {mark.value} | {name}"
            for name, planted, out in self.pairs
            for mark in self.marks_by_file[name]
            if mark.place in PICTURE_PLACES and words_left(mark, planted, out)
        ]

    def attributes_changed(self) -> list[str]:
        """Return the attributes that had to stay and did not, of every object that is in OUT."""
        lines = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # values that are wrong on purpose
            for name, planted, out in self.pairs:
                if out is not None:
                    where = {mark.where.rsplit("/", 1)[-1] for mark in self.marks_by_file[name]}
                    lines += [f"{name}: {change}" for change in changed(planted, out, where)]
        return lines

    def device_kept(self) -> Counter[bool]:
        """Count what is said of the machines, by whether it is as it was."""
        counts: Counter[bool] = Counter()
        for name, planted, out in self.pairs:
            where = {mark.where for mark in self.marks_by_file[name]}
            for keyword in DEVICE:
                if out is not None and planted.get(keyword) and keyword not in where:
                    counts[str(planted[keyword].value) == str(out.get(keyword, ""))] += 1
        return counts

    def pixels_changed(self) -> list[str]:
        """Return the objects whose pixels are others though no words were burned into them."""
        return [
            name
            for name, planted, out in self.pairs
            if out is not None
            and not any(mark.place == "burned-in words" for mark in self.marks_by_file[name])
            and same_pixels(planted, out) is False
        ]

    def pixels_compared(self) -> int:
        """Return how many objects there are whose pixels could be compared."""
        return sum(out is not None and frames_of(planted) is not None for _, planted, out in self.pairs)

    def days(self) -> dict[str, set[int]]:
        """Return by how many days the dates of each planted patient were moved."""
        found: dict[str, set[int]] = defaultdict(set)
        for _, planted, out in self.pairs:
            if out is not None:
                found[str(planted.get("PatientID", ""))] |= days_moved(planted, out)
        return found


def dicom_files(data: Path, *, every: int = 20) -> list[Path]:
    """Return the DICOM objects of the real data: all the odd ones, and some slices of each study."""
    odd = [path for path in sorted((data / "conformance").rglob("*")) if path.is_file()]
    found = [path for path in odd if path.suffix not in _NO_DICOM]
    for folder in sorted((*(data / "studies").iterdir(), *(data / "partial").iterdir())):
        if folder.is_dir():
            found += sorted(path for path in folder.iterdir() if path.is_file())[:: max(1, every)]
    return [path for path in found if path.suffix not in _NO_DICOM]


def planted_run(
    sources: Sequence[Path],
    folder: Path,
    seed: int,
    *,
    wanted: Wanted | None = None,
    profile: Profile | None = None,
    processes: int = 2,
) -> PlantedRun:
    """Plant copies of files below a folder and de-identify them."""
    planted, out = folder / "planted", folder / "out"
    marks = plant(sources, planted, seed, wanted)
    write_marks(marks, folder / "planted.csv")
    keep_marks(marks, folder / "marks.jsonl")
    project = Project.open(folder / "project")
    run = deidentify([planted], out, project=project, profile=profile or load_profile(None), processes=processes)
    return PlantedRun(planted, out, folder / "planted.csv", marks, project, run)
