"""Reading pictures that lie beside their masks, or in a folder beside the folder of their masks.

::

    NAME.nii.gz           NAME_mask.nii.gz  NAME_seg.nii.gz   NAME_lungs.nii.gz       in one folder
    images/NAME.nii.gz    masks/NAME.nii.gz                   lungs/NAME_lungs.nii.gz
    COVID-19-CT-Seg_20cases/NAME.nii.gz   Infection_Mask/NAME.nii.gz   Lung_Mask/NAME.nii.gz
    volume-0.nii.gz       segmentation-0.nii.gz
    NAME/ct.nii.gz        NAME/mask.nii.gz

:mod:`groundglass.datasets.layouts.reading.pair_names` says what a name stands for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from groundglass.datasets.findings import Finding
from groundglass.datasets.layouts.reading.membership import folder_grade
from groundglass.datasets.layouts.reading.pair_names import Named, named, numbers_of
from groundglass.datasets.layouts.reading.tree import Tree, shown, stem_of
from groundglass.datasets.members import Member


def recognises(tree: Tree) -> bool:
    """Tell whether there is any NIfTI."""
    return any(stem_of(path) for path in tree.files)


def read(tree: Tree, findings: list[Finding]) -> tuple[Member, ...]:
    """Return a study for each picture, and for each mask without one."""
    files = _files(tree, findings)
    pictures, masks, alone = _matched(files)
    plain = Counter(each.title for each in pictures)
    members = {}
    for each in pictures:
        own = masks.get(each.path, ())
        name = each.title if plain[each.title] == 1 else each.path_without_ending
        members[each.path] = _member(name, each.path, own)
    orphans: dict[str, list[Named]] = defaultdict(list)
    for mask in alone:
        orphans[mask.key].append(mask)
    places = Counter(str(PurePosixPath(each.path).parent) for each in pictures)
    taken = {member.study_id for member in members.values()}
    for key, own in orphans.items():
        first = own[0]
        path = _where_it_would_be(first, [place for place, _ in places.most_common(1)])
        name = PurePosixPath(key).name or first.stem
        members[f"{path} {key}"] = _member(name if name not in taken else first.path_without_ending, path, own)
    return tuple(members[path] for path in sorted(members))


def _files(tree: Tree, findings: list[Finding]) -> list[Named]:
    """Return every NIfTI by what its name says; one that lies there packed and unpacked is taken once."""
    found: dict[str, Named] = {}
    for path in tree.nifti():
        each = named(path, str(stem_of(path)))
        if each.path_without_ending in found:
            findings.append(Finding("STUDY_ID_DOUBLE", shown(each.stem), {"file": shown(path), "row": 0}))
        found.setdefault(each.path_without_ending, each)
    return list(found.values())


def _matched(files: Iterable[Named]) -> tuple[list[Named], dict[str, list[Named]], list[Named]]:
    """Return pictures, the masks of each by its path, and masks of no picture."""
    pictures = [each for each in files if each.kind == "picture"]
    masks = [each for each in files if each.kind != "picture"]
    by_key: dict[str, list[Named]] = defaultdict(list)
    for each in pictures:
        by_key[each.key].append(each)
    # A lung or a lesion in the name of a file alone without a picture is what the picture shows.
    kept = [each for each in masks if each.sure or each.key in by_key]
    for each in masks:
        if not (each.sure or each.key in by_key):
            pictures.append(each)
            by_key[each.key].append(each)
    found: dict[str, list[Named]] = defaultdict(list)
    alone = []
    by_last: dict[str, list[Named]] = defaultdict(list)
    for each in pictures:
        by_last[PurePosixPath(each.key).name].append(each)
    numbers = _by_numbers(pictures)
    for mask in kept:
        candidates = by_key.get(mask.key, [])
        if not candidates:
            near = [each for each in numbers.get(numbers_of(mask.stem)[-1:], []) if _same_case(each, mask)]
            candidates = by_last.get(PurePosixPath(mask.key).name, []) or near
            candidates = candidates if len(candidates) == 1 else []
        here = PurePosixPath(mask.path).parent
        picture = next((each for each in candidates if PurePosixPath(each.path).parent == here), None)
        picture = picture or next(iter(candidates), None)
        if picture is None:
            alone.append(mask)
        else:
            found[picture.path].append(mask)
    return sorted(pictures, key=lambda each: each.path), found, alone


def _by_numbers(pictures: Iterable[Named]) -> Mapping[tuple[str, ...], list[Named]]:
    found: dict[tuple[str, ...], list[Named]] = defaultdict(list)
    for each in pictures:
        found[numbers_of(each.stem)[-1:]].append(each)
    return found


def _same_case(picture: Named, mask: Named) -> bool:
    """Tell whether names differ only by words that one of them adds: ``coronacases_org_001``, ``coronacases_001``."""
    numbers, wanted = numbers_of(picture.stem), numbers_of(mask.stem)
    return bool(wanted) and numbers[-len(wanted) :] == wanted and picture.first_word == mask.first_word


def _member(name: str, path: str, masks: Iterable[Named]) -> Member:
    # Of several masks the one that says what it marks is taken before one that says that it is a mask.
    ordered = sorted(masks, key=lambda each: (not each.says_lesion, each.path))
    return Member(
        study_id=shown(name),
        grade=folder_grade(path),
        study_file=path,
        mask_file=next((each.path for each in ordered if each.kind == "lesions"), None),
        lungs_file=next((each.path for each in ordered if each.kind == "lungs"), None),
    )


def _where_it_would_be(mask: Named, places: list[str]) -> str:
    """Return where the picture of a mask without one would lie: beside it, or among the other pictures."""
    if not mask.by_folder:
        return str(PurePosixPath(mask.path).parent / f"{mask.bare}.nii.gz")
    return str(PurePosixPath(*places[:1]) / f"{mask.bare}.nii.gz")
