"""What is in the folder of a data set, whoever made it: its layout, its studies, and what is wrong with its names."""

from __future__ import annotations

from pathlib import Path

from groundglass.datasets.findings import Finding
from groundglass.datasets.formats.labelled import SET_UNKNOWN
from groundglass.datasets.layouts.contract import STUDIES_FILE
from groundglass.datasets.layouts.reading import bids, mosmed, nnunet, own, pairs
from groundglass.datasets.layouts.reading.membership import missing_files
from groundglass.datasets.layouts.reading.rows import read_json
from groundglass.datasets.layouts.reading.tree import Tree, look, shown, without_doubles
from groundglass.datasets.members import About, Inventory, Member
from groundglass.errors import InputError

READABLE = ("mosmed", "nnunet", "bids", "pairs")
"""Layouts that are read, the more particular first."""
INVENTORY_CODES = frozenset(
    {
        "COUNTS_DIFFER",
        "FILE_OUTSIDE",
        "FILE_UNEXPECTED",
        "FILE_UNREADABLE",
        "GRADE_AGAINST_FOLDER",
        "GRADE_MISSING",
        "GRADE_UNKNOWN",
        "IMAGES_NOT_PUBLISHED",
        "IMAGE_MISSING",
        "LAYOUT_UNKNOWN",
        "MANIFEST_DAMAGED",
        "MASK_MISSING",
        "MASK_NOT_IN_REGISTRY",
        "REGISTRIES_DIFFER",
        "REGISTRY_COLUMN_MISSING",
        "REGISTRY_DAMAGED",
        "REGISTRY_MISSING",
        "REGISTRY_ROW_DAMAGED",
        "SET_EMPTY",
        "SPLIT_UNKNOWN",
        "STUDY_ID_DOUBLE",
        "STUDY_NOT_IN_REGISTRY",
    }
)
"""Kinds of finding that tables and names alone can tell."""


def inventory(folder: Path, layout: str = "auto", *, strict: bool = True) -> Inventory:
    """Return what is in the folder of a data set; no picture is opened.

    Parameters
    ----------
    folder : Path
        Of the set.
    layout : str
        ``auto``, or one of :data:`READABLE`.
    strict : bool
        Refuse a folder whose files are of no known layout; else that is a finding too, of the layout ``unknown``.

    Returns
    -------
    Inventory
        Whatever is wrong inside is among its findings (:data:`INVENTORY_CODES`), and never raised.

    Raises
    ------
    InputError
        ``SET_UNKNOWN`` if there is no such folder or layout; where ``strict``, if nothing in it can be told to be one.
    """
    if layout != "auto" and layout not in READABLE:
        raise _unknown(f"there is no layout {layout!r}", folder, f"choose auto or one of: {', '.join(READABLE)}")
    try:
        there = folder.is_dir()
    except (OSError, ValueError):
        there = False
    if not there:
        raise _unknown("there is no such folder", folder, "give the folder of a data set")
    tree = look(folder)
    found = own.manifest_of(tree)
    content = found[1] if found else {}
    name = layout if layout != "auto" else _layout(tree, content)
    if not name:
        inner = sorted({path.split("/")[0] for path in tree.files if path.endswith(own.MANIFESTS) and "/" in path})
        if not strict:
            near = {"near": shown(inner[0])} if inner else {}
            told = Finding("LAYOUT_UNKNOWN", None, near) if tree.files else Finding("SET_EMPTY")
            return Inventory(folder, "unknown", (), findings=(*tree.findings, told))
        hint = f"give the folder of one version: {', '.join(inner[:4])}" if inner else "give the folder of a data set"
        raise _unknown(f"nothing in it looks like one of the layouts {', '.join(READABLE)}", folder, hint)
    findings = list(tree.findings)
    for each in own.MANIFESTS:
        read_json(tree, each, findings)  # one that is damaged is told, whatever else is found
    members, about, is_own = _read(tree, name, content, findings)
    findings += missing_files(members, tree, own=is_own)
    if not members:
        findings.append(Finding("SET_EMPTY"))
    return Inventory(folder, name, members, about, without_doubles(findings), is_own)


def _layout(tree: Tree, content: object) -> str:
    """Return the layout, "" for none that is known."""
    said = content.get("layout") if isinstance(content, dict) else None
    if isinstance(said, str) and said in own.STRAYS:
        return said
    stored = read_json(tree, "dataset.json", [])
    description = read_json(tree, bids.DESCRIPTION, [])
    asked = (
        ("mosmed", mosmed.recognises(tree)),
        ("nnunet", nnunet.recognises(tree, stored)),
        ("bids", bids.recognises(tree, description)),
        # a folder of versions holds pictures far below, and is no set itself
        ("pairs", pairs.recognises(tree) and not _of_versions(tree)),
        ("mosmed", STUDIES_FILE in tree.files),
    )
    return next((name for name, is_it in asked if is_it), "")


def _of_versions(tree: Tree) -> bool:
    return any(path.count("/") == 1 and path.endswith(own.MANIFESTS) for path in tree.files)


def _read(
    tree: Tree, layout: str, content: dict[str, object], findings: list[Finding]
) -> tuple[tuple[Member, ...], About, bool]:
    is_own = layout in own.STRAYS and (bool(content) or STUDIES_FILE in tree.files)
    if is_own:
        file = own.MANIFESTS[0 if layout == "nnunet" else 1]
        if not content:
            findings.append(Finding("MANIFEST_DAMAGED", None, {"file": file}))
        members = own.members_of(tree, findings)
        about = own.about_of(content)
        if members is not None:
            own.compare(members, tree, layout, content, findings, manifest=file)
            return members, about, True
        others, _ = _of_others(tree, layout, findings)
        return others, about, True
    members, about = _of_others(tree, layout, findings)
    return members, about, False


def _of_others(tree: Tree, layout: str, findings: list[Finding]) -> tuple[tuple[Member, ...], About]:
    if layout == "nnunet":
        return nnunet.read(tree, findings)
    if layout == "bids":
        return bids.read(tree, findings)
    return (mosmed.read if layout == "mosmed" else pairs.read)(tree, findings), About()


def _unknown(what: str, folder: Path, todo: str) -> InputError:
    return InputError(SET_UNKNOWN, what=what, where=folder.name or ".", todo=todo)
