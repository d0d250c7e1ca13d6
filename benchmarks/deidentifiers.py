"""Other programs that de-identify, used as their documentation shows, and ours, each on the same files.

Their names are those of the packages; versions are read from what is installed.
"""

from __future__ import annotations

import contextlib
import io
import logging
import shutil
import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from pydicom import dcmread

from groundglass.deidentify.profiles import load_profile
from groundglass.deidentify.project import Project
from groundglass.deidentify.run import deidentify

OURS = "groundglass"

Made = dict[str, Path]
"""Source file, by its name below the source folder, to the file that came of it."""


def ours(source: Path, out: Path) -> Made:
    """Run ours with its default profile."""
    project = Project.open(out.with_name(f"{out.name}-project"))
    deidentify([source], out, project=project, profile=load_profile(None), processes=2)
    by_uid: dict[str, list[Path]] = {}
    for file in sorted(out.rglob("*.dcm")):
        by_uid.setdefault(str(dcmread(file, specific_tags=["SOPInstanceUID"]).SOPInstanceUID), []).append(file)
    made: Made = {}
    for name, file in _files(source).items():
        try:
            uid = str(dcmread(file, force=True, specific_tags=["SOPInstanceUID"]).get("SOPInstanceUID", ""))
        except Exception:  # no DICOM
            continue
        results = by_uid.get(project.keys.uid(uid), []) if uid else []
        if len(results) == 1:
            made[name] = results[0]
    return made


def dicognito(source: Path, out: Path) -> Made:
    """Run dicognito: one anonymizer for all files, as its README has it."""
    from dicognito.anonymizer import Anonymizer

    anonymizer = Anonymizer()

    def one(file: Path, target: Path) -> None:
        with dcmread(file) as dataset:
            anonymizer.anonymize(dataset)
            dataset.save_as(target)

    return _each(source, out, one)


def dicom_anonymizer(source: Path, out: Path) -> Made:
    """Run dicom-anonymizer: its function for a file, with its defaults."""
    from dicomanonymizer.simpledicomanonymizer import anonymize_dicom_file

    return _each(source, out, lambda file, target: anonymize_dicom_file(str(file), str(target)))


PROGRAMS: Mapping[str, Callable[[Path, Path], Made]] = {
    OURS: ours,
    "dicognito": dicognito,
    "dicom-anonymizer": dicom_anonymizer,
}


def versions() -> str:
    """Return the names of the programs with their versions."""
    return ", ".join(f"{name} {version(name)}" for name in PROGRAMS)


def _files(source: Path) -> dict[str, Path]:
    return {str(file.relative_to(source)): file for file in sorted(source.rglob("*")) if file.is_file()}


def _each(source: Path, out: Path, one: Callable[[Path, Path], None]) -> Made:
    """Give a program each file; names are numbers, since naming is left to their caller."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    made: Made = {}
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # their own, about odd values
        for number, (name, file) in enumerate(_files(source).items()):
            target = out / f"{number:05d}.dcm"
            try:
                one(file, target)
            except Exception:  # a file that a program refuses is counted as left out
                target.unlink(missing_ok=True)
                continue
            made[name] = target
    logging.disable(logging.NOTSET)
    return made
