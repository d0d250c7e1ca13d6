"""The patient line read back from the DICOM objects that lie beside a result."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from groundglass.dicom.acquisition import identity_of
from groundglass.dicom.header import Identity
from groundglass.dicom.headers import read_instance
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import find_files
from groundglass.errors import InputError
from groundglass.phrases import Notice

_FOLDERS = ("sr", "")
"""Where an object is looked for: every study has exactly one SR; then anywhere."""
_MOST_FILES = 64
"""Looked at before giving up; every object of a study says the same."""


def stored_identity(folder: Path, study_uid: str | None) -> tuple[Identity | None, tuple[Notice, ...]]:
    """Return the identity that the objects in a folder carry.

    Parameters
    ----------
    folder : Path
        ``OUT/dicom`` of a result; it need not exist.
    study_uid : str or None
        StudyInstanceUID of the result. Objects of another study are not believed.

    Returns
    -------
    identity : Identity or None
        In the character set of the objects; None where there is no object of this study.
    notices : tuple of Notice
        Why there is none, though there are objects.
    """
    if not folder.is_dir() or study_uid is None:
        return None, ()
    codes: set[str] = set()
    for place in (folder / name for name in _FOLDERS):
        if not place.is_dir():
            continue
        for source in islice(find_files([place], notices=[]), _MOST_FILES):
            try:
                instance = read_instance(source, ReadingLimits())
            except InputError:
                codes.add("fhir_identity_unreadable")
                continue
            if instance is not None and instance.study_uid == study_uid:
                return identity_of(instance), ()
            if instance is not None:
                codes.add("fhir_identity_other_study" if instance.study_uid else "fhir_identity_unreadable")
    return None, tuple(Notice(code) for code in sorted(codes))
