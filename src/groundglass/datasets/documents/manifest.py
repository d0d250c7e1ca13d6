"""``dataset.json``: what a data set is, for programs; written, and read back without trusting it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from groundglass.datasets.documents.release import Release
from groundglass.datasets.members import About, Member
from groundglass.settings import DEFAULT_INTENDED_USE, INTENDED_USE

SCHEMA = "groundglass/dataset/1"
MANIFESTS = ("dataset.json", "groundglass.json")
"""Names of the file; the second where the layout needs the first for itself."""
LARGEST_BYTES = 16 * 1024 * 1024
"""No description of a set is larger; what is, is not read."""
_EMPTY = About()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``dataset.json`` says.

    Attributes
    ----------
    about : About
        What is said of the set.
    layout : str
        How its files lie; "" where it does not say.
    counts : mapping of str to int
        ``studies``, ``patients``, ``masks``, ``lungs``.
    grades : mapping of str to int
        Studies by grade.
    mask_labels, lungs_labels : mapping of int to str
        Meaning of the numbers in masks.
    software, recipe_sha256 : str
        What made it, and by which recipe.
    damaged : tuple of str
        Fields that were left out because their value is of the wrong kind.
    """

    about: About = field(default_factory=About)
    layout: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    grades: Mapping[str, int] = field(default_factory=dict)
    mask_labels: Mapping[int, str] = field(default_factory=dict)
    lungs_labels: Mapping[int, str] = field(default_factory=dict)
    software: str = ""
    recipe_sha256: str = ""
    damaged: tuple[str, ...] = ()


def manifest_name(layout: str) -> str:
    """Return the name of the file in a layout: nnU-Net has a ``dataset.json`` of its own."""
    return MANIFESTS[layout == "nnunet"]


def manifest_of(release: Release) -> dict[str, Any]:
    """Return the content of ``dataset.json``."""
    about, recipe = release.about, release.recipe
    return {
        "schema": SCHEMA,
        "about": {each.name: _plain(getattr(about, each.name)) for each in fields(About) if getattr(about, each.name)},
        "layout": release.layout,
        "studies": len(release.members),
        "counts": counts_of(release.members),
        "grades": grades_of(release.members),
        "masks": {
            "labels": {str(number): name for number, name in sorted(release.mask_labels.items())},
            "lungs_labels": {str(number): name for number, name in sorted(release.lungs_labels.items())},
        },
        "thinning": {"instance_number": recipe.thinning.instance_number, "every_mm": recipe.thinning.every_mm},
        "splits": {
            "shares": dict(recipe.splits.shares),
            "folds": recipe.splits.folds,
            "seed": recipe.splits.seed,
            "studies": dict(sorted(Counter(each.split for each in release.members if each.split).items())),
        },
        "languages": list(recipe.languages),
        "software": release.software,
        "recipe_sha256": recipe.sha256,
        "intended_use": INTENDED_USE[DEFAULT_INTENDED_USE]["en"],
    }


def counts_of(members: tuple[Member, ...]) -> dict[str, int]:
    """Return how many studies, patients and masks there are; a study without patient counts as one of its own."""
    return {
        "studies": len(members),
        "patients": len({each.patient_id or each.study_id for each in members}),
        "masks": sum(each.mask_file is not None for each in members),
        "lungs": sum(each.lungs_file is not None for each in members),
    }


def grades_of(members: tuple[Member, ...]) -> dict[str, int]:
    """Return the number of studies of each grade, in order; studies without one are left out."""
    return dict(sorted(Counter(each.grade for each in members if each.grade).items()))


def written(content: Mapping[str, Any]) -> bytes:
    """Return JSON as it is written into a set: same content, same bytes."""
    return (json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def read_manifest(path: Path) -> Manifest:
    """Read ``dataset.json``; fields of the wrong kind are left out and named.

    Raises
    ------
    ValueError
        If it is no JSON object of our schema at all.
    OSError
        If it cannot be read.
    """
    if path.stat().st_size > LARGEST_BYTES:
        raise ValueError("too large")
    try:
        content = json.loads(path.read_bytes())
    except RecursionError as reason:
        raise ValueError("nested too deep") from reason
    if not isinstance(content, dict) or not str(content.get("schema", "")).startswith("groundglass/dataset/"):
        raise ValueError("no groundglass data set")
    damaged: list[str] = []
    masks = _taken(content, "masks", dict, {}, damaged)
    return Manifest(
        about=_about(_taken(content, "about", dict, {}, damaged), damaged),
        layout=_taken(content, "layout", str, "", damaged),
        counts=_numbers(content, "counts", damaged),
        grades=_numbers(content, "grades", damaged),
        mask_labels=_labels(masks, "labels", damaged),
        lungs_labels=_labels(masks, "lungs_labels", damaged),
        software=_taken(content, "software", str, "", damaged),
        recipe_sha256=_taken(content, "recipe_sha256", str, "", damaged),
        damaged=tuple(damaged),
    )


def _about(given: Mapping[str, Any], damaged: list[str]) -> About:
    values: dict[str, Any] = {}
    for each in fields(About):
        usual = getattr(_EMPTY, each.name)
        if isinstance(usual, str):
            values[each.name] = _taken(given, each.name, str, "", damaged)
        elif isinstance(usual, tuple):
            rows = _taken(given, each.name, list, [], damaged)
            values[each.name] = tuple(text for text in rows if isinstance(text, str))
        elif each.name == "card":
            values[each.name] = _taken(given, each.name, dict, {}, damaged)
        else:
            words = _taken(given, each.name, dict, {}, damaged)
            values[each.name] = {key: text for key, text in words.items() if isinstance(text, str)}
    return About(**values)


def _taken(given: Mapping[str, Any], name: str, kind: type, default: Any, damaged: list[str]) -> Any:
    value = given.get(name, default)
    if isinstance(value, kind):
        return value
    damaged.append(name)
    return default


def _numbers(given: Mapping[str, Any], name: str, damaged: list[str]) -> dict[str, int]:
    rows = _taken(given, name, dict, {}, damaged)
    good = {key: n for key, n in rows.items() if isinstance(n, int) and not isinstance(n, bool) and n >= 0}
    if len(good) != len(rows):
        damaged.append(name)
    return good


def _labels(given: Mapping[str, Any], name: str, damaged: list[str]) -> dict[int, str]:
    rows = _taken(given, name, dict, {}, damaged)
    good = {int(key): text for key, text in rows.items() if key.isascii() and key.isdigit() and isinstance(text, str)}
    if len(good) != len(rows):
        damaged.append(name)
    return good


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
