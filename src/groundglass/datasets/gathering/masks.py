"""Masks found and given to the studies they belong to: NIfTI by name, DICOM SEG by the series it refers to."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from groundglass.datasets.candidates import Candidate, MaskForm, MaskSource
from groundglass.datasets.gathering.lookup import Lookup
from groundglass.datasets.gathering.names import all_names, bare
from groundglass.datasets.recipe.model import MaskKind, MaskRule, Recipe
from groundglass.dicom.elements import MoreNeededError, NotDicomError, read_elements
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import FileSource, find_files
from groundglass.dicom.values import Values
from groundglass.errors import InputError
from groundglass.phrases import Notice

_NIFTI = (".nii", ".nii.gz")
_REFERENCED_SERIES, _SERIES_UID, _STUDY_UID, _MODALITY = 0x00081115, 0x0020000E, 0x0020000D, 0x00080060
_WANTED = frozenset({_REFERENCED_SERIES, _STUDY_UID, _MODALITY})
_FIRST_BYTES = 16 * 1024
"""Holds the references of most segmentations; they stand before the frames."""


@dataclass(frozen=True, slots=True)
class FoundMask:
    """A mask before it is known to which study it belongs.

    Attributes
    ----------
    source : FileSource
        The file.
    form : {"nifti", "seg"}
        What it is.
    rule : MaskRule
        By which it was found.
    name : str
        NIfTI: of the study, what stands between prefix and suffix.
    study_uid : str
        SEG: its study.
    series_uids : tuple of str
        SEG: series that it refers to.
    """

    source: FileSource
    form: MaskForm
    rule: MaskRule
    name: str = ""
    study_uid: str = ""
    series_uids: tuple[str, ...] = ()


def find_masks(recipe: Recipe, limits: ReadingLimits, notices: list[Notice]) -> tuple[FoundMask, ...]:
    """Find the masks of a recipe; of pixels nothing is read.

    Raises
    ------
    InputError
        What :func:`groundglass.dicom.sources.find_files` raises.
    """
    found: list[FoundMask] = []
    for number, rule in enumerate(recipe.masks, 1):
        others = 0
        before = len(found)
        for source in told_of("masks", find_files([rule.path], limits=limits, notices=notices), number):
            mask = _mask(source, rule)
            if mask is None:
                others += 1
            else:
                found.append(replace(mask, source=replace(source, label=f"masks[{number}]/{_below(source.label)}")))
        if others:
            notices.append(Notice("masks_passed_over", {"rule": number, "count": others}, "info"))
        if len(found) == before:
            notices.append(Notice("masks_none", {"rule": number}))
    return tuple(found)


def told_of(section: str, files: Iterator[FileSource], number: int = 0) -> Iterator[FileSource]:
    """Yield files; an error of an input itself names its place in the recipe.

    Parameters
    ----------
    section : str
        Of the recipe.
    files : iterator of FileSource
        Found under one path or several.
    number : int
        Of the path in the section; 0 where it is that of the input.

    Raises
    ------
    InputError
        As the iterator does.
    """
    try:
        yield from files
    except InputError as reason:
        place = re.sub(r"^input\[(\d+)\]", lambda found: f"{section}[{number or found[1]}].path", reason.where)
        raise InputError(reason.code, what=reason.what, where=place, todo=reason.todo) from reason


def _below(label: str) -> str:
    return label.partition("/")[2] or "file"


def _mask(source: FileSource, rule: MaskRule) -> FoundMask | None:
    name = (source.member or source.path.name).rpartition("/")[2]
    if name.lower().endswith(_NIFTI):
        stem, low = bare(name), bare(name).casefold()
        prefix, suffix = rule.prefix.casefold(), rule.suffix.casefold()
        if not (low.startswith(prefix) and low.endswith(suffix) and len(low) > len(prefix) + len(suffix)):
            return None
        return FoundMask(source, "nifti", rule, name=stem[len(prefix) : len(stem) - len(suffix)])
    return _segmentation(source, rule)


def _segmentation(source: FileSource, rule: MaskRule) -> FoundMask | None:
    """Return a DICOM SEG with what it refers to; None for anything else."""
    size = _FIRST_BYTES
    while True:
        try:
            head = source.read(min(size, source.size))
            found = read_elements(head, whole=size >= source.size, wanted=_WANTED, label=source.label)
            break
        except MoreNeededError:
            size *= 16
        except (NotDicomError, InputError):
            return None
    values = Values(found.data, little=found.little, problems={})
    if values.text(_MODALITY).upper() != "SEG":
        return None
    series = [
        Values(item, little=found.little, problems={}).text(_SERIES_UID) for item in values.items(_REFERENCED_SERIES)
    ]
    return FoundMask(
        source,
        "seg",
        rule,
        study_uid=values.text(_STUDY_UID),
        series_uids=tuple(dict.fromkeys(filter(None, series))),
    )


def with_masks(
    candidates: Sequence[Candidate],
    masks: Sequence[FoundMask],
    named: Sequence[tuple[int, str, Path]],
    recipe: Recipe,
    notices: list[Notice],
) -> tuple[Candidate, ...]:
    """Return the studies with their masks.

    Parameters
    ----------
    candidates : sequence of Candidate
        Without masks.
    masks : sequence of FoundMask
        Found by the rules of the recipe.
    named : sequence of (int, str, Path)
        Number of a study, the cell that names its lesion mask, and the table.
    recipe : Recipe
        Where studies lie.
    notices : list of Notice
        What belongs to no study, or to several, and studies with two masks of a kind, is told here.
    """
    given: dict[tuple[int, MaskKind], list[MaskSource]] = defaultdict(list)
    by_rule: dict[int, list[FoundMask]] = defaultdict(list)
    for mask in masks:
        by_rule[id(mask.rule)].append(mask)
    for number, rule in enumerate(recipe.masks, 1):
        mine = by_rule.get(id(rule), [])
        lost, ambiguous = _by_name(candidates, [m for m in mine if m.form == "nifti"], rule, recipe, given)
        more, elsewhere = _by_reference(candidates, [m for m in mine if m.form == "seg"], given)
        for code, count in (
            ("masks_unmatched", lost + more),
            ("masks_ambiguous", ambiguous),
            ("masks_other_series", elsewhere),
        ):
            if count:
                notices.append(Notice(code, {"rule": number, "count": count}))
    missing = 0
    for index, cell, table in named:
        source = _named_file(cell, table)
        if source is None:
            missing += 1
        else:
            form: MaskForm = "nifti" if source.path.name.lower().endswith(_NIFTI) else "seg"
            given[index, "lesions"].append(MaskSource(kind="lesions", form=form, source=source))
    if missing:
        notices.append(Notice("masks_of_table_missing", {"count": missing}))
    return _given(candidates, given, notices)


def _by_name(
    candidates: Sequence[Candidate],
    masks: Sequence[FoundMask],
    rule: MaskRule,
    recipe: Recipe,
    given: dict[tuple[int, MaskKind], list[MaskSource]],
) -> tuple[int, int]:
    """Give NIfTI masks by their names; return how many fit no study, and how many fit several."""
    if not masks:
        return 0, 0
    roots = [each.path for each in recipe.sources]
    known = all_names(candidates, rule.match, roots)
    zeros = rule.match not in ("study_uid", "series_uid")
    lookup = Lookup([(mask.name, number) for number, mask in enumerate(masks)], known, zeros=zeros)
    owners: dict[int, list[int]] = defaultdict(list)
    for index, names in enumerate(known):
        for number in lookup.find(names):
            owners[number].append(index)
    ambiguous = 0
    for number, found in owners.items():
        if len(found) > 1:
            ambiguous += 1
            continue
        mask = masks[number]
        given[found[0], rule.kind].append(
            MaskSource(kind=rule.kind, form="nifti", source=mask.source, labels=rule.labels)
        )
    return len(masks) - len(owners), ambiguous


def _by_reference(
    candidates: Sequence[Candidate],
    masks: Sequence[FoundMask],
    given: dict[tuple[int, MaskKind], list[MaskSource]],
) -> tuple[int, int]:
    """Give segmentations by the series they refer to; return how many fit no study, and how many another series."""
    by_series: dict[str, int] = {}
    by_study: dict[str, int] = {}
    for index, candidate in enumerate(candidates):
        if candidate.series_uid:
            by_series[candidate.series_uid] = index
        if candidate.study_uid:
            by_study[candidate.study_uid] = index
    lost = elsewhere = 0
    for mask in masks:
        owner = next((by_series[uid] for uid in mask.series_uids if uid in by_series), None)
        if owner is None and mask.study_uid in by_study:
            if mask.series_uids:
                elsewhere += 1
                continue
            owner = by_study[mask.study_uid]
        if owner is None:
            lost += 1
            continue
        rule = mask.rule
        given[owner, rule.kind].append(MaskSource(kind=rule.kind, form="seg", source=mask.source, labels=rule.labels))
    return lost, elsewhere


def _named_file(cell: str, table: Path) -> FileSource | None:
    """Return the mask that a cell of a table names; it must lie in the folder of the table or below."""
    inside = PurePosixPath(cell.replace("\\", "/").lstrip("/"))
    if ".." in inside.parts or not inside.parts or "\0" in cell or (inside.parts[0][1:2] == ":"):
        return None
    path = table.parent / inside
    try:
        if not path.is_file():
            return None
        return replace(next(iter(find_files([path]))), label=f"mask of {table.name[:60]}")
    except (OSError, ValueError, InputError, StopIteration):
        return None  # counted by the caller, as a file that is not there


def _given(
    candidates: Sequence[Candidate],
    given: Mapping[tuple[int, MaskKind], Sequence[MaskSource]],
    notices: list[Notice],
) -> tuple[Candidate, ...]:
    chosen: dict[int, list[MaskSource]] = defaultdict(list)
    conflicts = 0
    for (index, kind), masks in sorted(given.items(), key=lambda item: item[0]):
        one = list({(mask.source.path, mask.source.member): mask for mask in masks}.values())
        if len(one) > 1 and not _same_bytes(one):
            conflicts += 1
            continue
        chosen[index].append(replace(one[0], kind=kind))
    if conflicts:
        notices.append(Notice("masks_conflict", {"count": conflicts}))
    return tuple(
        replace(candidate, masks=tuple(chosen[index])) if index in chosen else candidate
        for index, candidate in enumerate(candidates)
    )


def _same_bytes(masks: Sequence[MaskSource]) -> bool:
    """Tell copies of one file."""
    if len({mask.source.size for mask in masks}) > 1:
        return False
    try:
        return len({hashlib.sha256(mask.source.read()).digest() for mask in masks}) == 1
    except InputError:
        return False  # an unreadable file is told when masks are read


def series_with_masks(masks: Sequence[FoundMask]) -> set[str]:
    """Return the SeriesInstanceUIDs that segmentations refer to."""
    return {uid for mask in masks for uid in mask.series_uids}
