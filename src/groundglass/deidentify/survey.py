"""Before the first file is cleaned: what the files are, whose they are, and what each will be called."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from groundglass.deidentify.cleaning import Task, read, without_rest
from groundglass.deidentify.engine import pseudonym
from groundglass.deidentify.known import Seen, look, look_again
from groundglass.deidentify.project import Project
from groundglass.deidentify.values import tolerant
from groundglass.dicom.elements import BROKEN_DICOM
from groundglass.dicom.sources import FileSource
from groundglass.errors import GroundglassError, InputError
from groundglass.phrases import Notice


def survey(
    sources: Iterable[FileSource],
) -> tuple[list[Seen], list[FileSource], list[tuple[FileSource, str]]]:
    """Look at every file once.

    Returns
    -------
    seen : list of Seen
        DICOM files.
    others : list of FileSource
        What is no DICOM; it is never copied.
    broken : list of (FileSource, str)
        DICOM files whose header cannot be walked, with the error code.
    """
    seen: list[Seen] = []
    others: list[FileSource] = []
    broken: list[tuple[FileSource, str]] = []
    for source in sources:
        try:
            found = look(source)
        except InputError as error:
            again = _read_otherwise(source) if error.code == BROKEN_DICOM else None
            if again is None:
                broken.append((source, error.code))
            else:
                seen.append(again)
            continue
        if found is None:
            others.append(source)
        else:
            seen.append(found)
    return seen, others, broken


def _read_otherwise(source: FileSource) -> Seen | None:
    """Look by pydicom at a file that cannot be walked; None if there is more to it than bytes behind its end."""
    try:
        dataset = read(source)
        if dataset is None or not without_rest(dataset):
            return None
        with tolerant():
            return look_again(source, dataset)
    except (GroundglassError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, NotImplementedError):
        return None


def tasks_of(seen: Sequence[Seen], project: Project) -> Iterator[Task]:
    """Yield what is to be done, each file under a name of ours; a copy of an earlier file gets none.

    Files of one name that differ get numbers behind it.
    """
    keys = project.keys
    names: dict[str, list[FileSource]] = {}
    for number, each in enumerate(seen):
        source = each.source
        own = each.sop_uid or f"{source.path}!{source.member}"
        folder = "/".join(
            (
                pseudonym(keys, each.patient),
                "ST" + keys.name("study", each.study_uid or each.patient, 8),
                "SE" + keys.name("series", each.series_uid or each.study_uid or each.patient, 8),
            )
        )
        target = f"{folder}/{keys.name('file', own, 12)}"
        same = names.setdefault(target, [])
        if any(_equal(source, other) for other in same):
            yield Task(number, source, each.patient, "", each.sop_uid)
            continue
        same.append(source)
        more = f"-{len(same)}" if len(same) > 1 else ""
        yield Task(number, source, each.patient, f"{target}{more}.dcm", each.sop_uid)


def _equal(source: FileSource, other: FileSource) -> bool:
    if source.size != other.size:
        return False
    try:
        return source.read() == other.read()
    except GroundglassError:
        return False


def prints_of(seen: Sequence[Seen]) -> dict[str, str]:
    """Return one name for all that is known of a patient: with more known, his files must be looked at again."""
    names: dict[str, Counter[tuple[str, str]]] = {}
    for each in seen:
        names.setdefault(each.patient, Counter()).update(set(each.names))
    return {
        patient: hashlib.sha256(json.dumps(sorted(found)).encode()).hexdigest()[:16] for patient, found in names.items()
    }


def links_out(inputs: Sequence[Path], sources: Sequence[FileSource]) -> list[Notice]:
    """Tell files that only a link leads to: nobody may have meant them to be given away."""
    roots = tuple(Path(os.path.realpath(path)) for path in inputs)
    real: dict[Path, Path] = {}
    outside = 0
    for source in sources:
        folder = source.path.parent
        if folder not in real:
            real[folder] = Path(os.path.realpath(folder))
        path = real[folder] / source.path.name
        if path.is_symlink():
            path = Path(os.path.realpath(path))
        outside += not any(path == root or root in path.parents for root in roots)
    return [Notice("deid_links_out", {"where": "IN", "count": outside})] if outside else []
