"""Reading nnU-Net raw data, of the first form (a list of files) and the second (names of files)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from groundglass.datasets.findings import Finding
from groundglass.datasets.layouts.lesion_names import names_by_number
from groundglass.datasets.layouts.nnunet import DATASET_FILE, SPLITS_FINAL
from groundglass.datasets.layouts.reading import membership
from groundglass.datasets.layouts.reading.rows import read_json
from groundglass.datasets.layouts.reading.tree import Tree, path_in_set, shown
from groundglass.datasets.members import About, Member

_CHANNEL = re.compile(r"_(\d{4})$")
_ENDINGS = (".nii.gz", ".nii")
_MARKS = frozenset({"channel_names", "modality", "numTraining", "labels"})


def recognises(tree: Tree, content: Any) -> bool:
    """Tell whether ``dataset.json`` or the folders are those of nnU-Net."""
    folders = tree.has_folder("imagesTr") or tree.has_folder("labelsTr")
    return folders or (isinstance(content, dict) and len(_MARKS & content.keys()) >= 2)


def read(tree: Tree, findings: list[Finding]) -> tuple[tuple[Member, ...], About]:
    """Return the cases, and what ``dataset.json`` says of the set."""
    content = read_json(tree, DATASET_FILE, findings)
    if DATASET_FILE not in tree.files:
        findings.append(Finding("REGISTRY_MISSING", None, {"file": DATASET_FILE}))
    elif content is not None and not _whole(content):
        findings.append(Finding("MANIFEST_DAMAGED", None, {"file": DATASET_FILE}))
    stored: Mapping[str, Any] = content if isinstance(content, dict) else {}
    ending = stored.get("file_ending", _ENDINGS[0])
    endings = (ending,) if ending in _ENDINGS else _ENDINGS
    cases = _cases(tree, stored, endings, findings)
    members = tuple(cases[name] for name in sorted(cases))
    findings += _counted(stored, members)
    members = _parted(members, tree, findings)
    findings += membership.strays(
        members, tree, pictures=("imagesTr/", "imagesTs/"), masks=("labelsTr/", "labelsTs/"), others=_channels(tree)
    )
    for member in members:
        if (member.split or "") != "test" and member.study_file and not member.mask_file:
            findings.append(
                Finding("MASK_MISSING", member.study_id, {"file": f"labelsTr/{member.study_id}{endings[0]}"})
            )
    return members, _about(stored)


def compare(members: tuple[Member, ...], tree: Tree, findings: list[Finding]) -> None:
    """Tell where ``dataset.json`` and ``splits_final.json`` say something else than our own table."""
    content = read_json(tree, DATASET_FILE, findings)
    if DATASET_FILE not in tree.files:
        findings.append(Finding("REGISTRY_MISSING", None, {"file": DATASET_FILE}))
    elif content is not None and not _whole(content):
        findings.append(Finding("MANIFEST_DAMAGED", None, {"file": DATASET_FILE}))
    if isinstance(content, dict):
        findings += _counted(content, members)
    folds = _folds(tree, findings)
    known = {member.study_id for member in members if (member.study_file or "").startswith("imagesTr/")}
    for name in sorted({case for fold in folds for part in fold.values() for case in part} - known):
        findings.append(Finding("SPLIT_UNKNOWN", name, {"file": SPLITS_FINAL}))


def _whole(content: Any) -> bool:
    if not isinstance(content, dict) or not isinstance(content.get("labels"), dict):
        return False
    return isinstance(content.get("channel_names", content.get("modality")), dict)


def _cases(
    tree: Tree, stored: Mapping[str, Any], endings: tuple[str, ...], findings: list[Finding]
) -> dict[str, Member]:
    """Return every case that is listed, has a picture, or has labels."""
    cases: dict[str, Member] = {}
    for part in ("Tr", "Ts"):
        split = "test" if part == "Ts" else None
        pictures, labels = _in_folder(tree, f"images{part}", endings), _in_folder(tree, f"labels{part}", endings)
        for name in sorted({_CHANNEL.sub("", stem) for stem in pictures} | labels.keys()):
            if name in cases:
                findings.append(Finding("STUDY_ID_DOUBLE", name, {"file": f"images{part}", "row": 0}))
                continue
            picture = pictures.get(f"{name}_0000") or pictures.get(name)
            path = picture or f"images{part}/{name}_0000{endings[0]}"
            cases[name] = Member(study_id=shown(name), split=split, study_file=path, mask_file=labels.get(name))
    cases |= {name: case for name, case in _named(stored, findings).items() if name not in cases}
    listed = (("training", "Tr", None), ("test", "Ts", "test"))
    named: set[str] = set()
    for key, part, split in listed:
        for entry in _list(stored.get(key)):
            name, picture, label = _entry(entry, part, endings, findings)
            if not name:
                findings.append(Finding("REGISTRY_ROW_DAMAGED", None, {"file": DATASET_FILE, "row": 0, "column": key}))
                continue
            if name in named:
                findings.append(Finding("STUDY_ID_DOUBLE", name, {"file": DATASET_FILE, "row": 0}))
            named.add(name)
            if name not in cases:
                cases[name] = Member(study_id=shown(name), split=split, study_file=picture, mask_file=label)
            elif label and not cases[name].mask_file:
                cases[name] = replace(cases[name], mask_file=label)
    if isinstance(stored.get("training"), list) and stored["training"]:
        for name, case in cases.items():
            if case.split is None and name not in named:
                values = {"file": shown(case.study_file or "")}
                findings.append(Finding("STUDY_NOT_IN_REGISTRY", case.study_id, values))
    return cases


def _named(stored: Mapping[str, Any], findings: list[Finding]) -> dict[str, Member]:
    """Return the cases of the list ``dataset``, with which the second form names files wherever they lie."""
    listed = stored.get("dataset")
    cases = {}
    for name, entry in listed.items() if isinstance(listed, dict) else ():
        images, label = (entry.get("images"), entry.get("label")) if isinstance(entry, dict) else (None, None)
        first = images[0] if isinstance(images, list) and images else None
        if not isinstance(first, str) or not (label is None or isinstance(label, str)):
            findings.append(
                Finding("REGISTRY_ROW_DAMAGED", shown(name), {"file": DATASET_FILE, "row": 0, "column": "dataset"})
            )
            continue
        picture, mask = (membership.checked_path(file or "", shown(name), findings) for file in (first, label))
        cases[name] = Member(study_id=shown(name), study_file=picture, mask_file=mask)
    return cases


def _in_folder(tree: Tree, folder: str, endings: tuple[str, ...]) -> dict[str, str]:
    """Return path by name without ending."""
    found: dict[str, str] = {}
    for path in tree.inside(folder, depth=1):
        name = PurePosixPath(path).name
        end = next((end for end in endings if name.endswith(end)), None)
        if end and not name.startswith("."):
            found.setdefault(name[: -len(end)], path)
    return found


def _entry(
    entry: Any, part: str, endings: tuple[str, ...], findings: list[Finding]
) -> tuple[str, str | None, str | None]:
    """Return name, picture and labels of an entry of the list; "" for a name where it is none."""
    pair = entry if isinstance(entry, dict) else {"image": entry}
    image, label = pair.get("image"), pair.get("label")
    if not isinstance(image, str) or not (label is None or isinstance(label, str)):
        return "", None, None
    picture = path_in_set(image)
    if picture is None:
        findings.append(Finding("FILE_OUTSIDE", None, {"file": shown(image[:80])}))
        return PurePosixPath(image.replace("\\", "/")).name.split(".")[0], None, None
    name = PurePosixPath(picture).name
    end = next((end for end in endings if name.endswith(end)), "")
    stem = _CHANNEL.sub("", name[: len(name) - len(end)])
    return stem, f"images{part}/{stem}_0000{endings[0]}", membership.checked_path(label or "", stem, findings)


def _counted(stored: Mapping[str, Any], members: tuple[Member, ...]) -> list[Finding]:
    said = stored.get("numTraining")
    listed = stored.get("dataset")
    found = len(listed) if isinstance(listed, dict) else 0
    found = found or sum((member.study_file or "").startswith("imagesTr/") for member in members)
    if said is None or said == found:
        return []
    number = said if isinstance(said, int) else str(said)[:20]
    return [Finding("COUNTS_DIFFER", None, {"file": DATASET_FILE, "said": number, "found": found})]


def _parted(members: tuple[Member, ...], tree: Tree, findings: list[Finding]) -> tuple[Member, ...]:
    """Return the cases with their parts: by the first fold where there is one, by folds where there are several."""
    folds = _folds(tree, findings)
    part: dict[str, str] = {}
    for number, fold in enumerate(folds, start=1):
        for name in fold["val"]:
            part.setdefault(name, "validation" if len(folds) == 1 else f"fold-{number}")
    # fewer folds than five leave studies that are in no val, and are trained on in all of them
    part = {name: "train" for fold in folds for name in fold["train"]} | part
    known = {member.study_id for member in members if member.split is None}
    for name in sorted({case for fold in folds for group in fold.values() for case in group} - known):
        findings.append(Finding("SPLIT_UNKNOWN", shown(name), {"file": SPLITS_FINAL}))
    if not folds and any(member.split for member in members):
        part = dict.fromkeys(known, "train")
    found = tuple(replace(m, split=m.split or part.get(m.study_id)) for m in members)
    if folds:
        findings += membership.split_findings(found, SPLITS_FINAL)
    return found


def _folds(tree: Tree, findings: list[Finding]) -> list[dict[str, list[str]]]:
    content = read_json(tree, SPLITS_FINAL, findings)
    folds = []
    for fold in _list(content):
        if not isinstance(fold, dict):
            findings.append(Finding("MANIFEST_DAMAGED", None, {"file": SPLITS_FINAL}))
            continue
        names = {key: [str(name) for name in _list(fold.get(key))] for key in ("train", "val")}
        folds.append(names)
        for name in sorted(set(names["train"]) & set(names["val"])):
            findings.append(Finding("SPLIT_UNKNOWN", shown(name), {"file": SPLITS_FINAL}))
    if content is not None and not isinstance(content, list):
        findings.append(Finding("MANIFEST_DAMAGED", None, {"file": SPLITS_FINAL}))
    return folds


def _channels(tree: Tree) -> tuple[str, ...]:
    """Return pictures of further channels, which need no row; and our own further masks."""
    further = [p for p in tree.nifti() if (found := _CHANNEL.search(p.split(".")[0])) and found.group(1) != "0000"]
    return ("lungsTr/", "lungsTs/", *(path for path in further if path.startswith(("imagesTr/", "imagesTs/"))))


def _about(stored: Mapping[str, Any]) -> About:
    def text(*keys: str) -> str:
        return next((str(stored[key]) for key in keys if isinstance(stored.get(key), str)), "")

    return About(
        name=text("name"),
        version=text("release"),
        title={"en": text("description")} if text("description") else {},
        licence=text("licence", "license"),
        citation=text("reference"),
        card={"mask_labels": labels} if (labels := _labels(stored.get("labels"))) else {},
    )


def _labels(stored: Any) -> dict[str, str]:
    """Return the name of each number above 0, of either form; a number of several regions has the narrowest name."""
    return {str(number): name for number, name in names_by_number(stored).items() if number}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
