"""Sections of a README that tell what lies where: tree of files, columns of tables, how to read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from groundglass.datasets.documents.blocks import Block, Code, Grid, Heading, Paragraph
from groundglass.datasets.documents.manifest import manifest_name
from groundglass.datasets.documents.release import Release
from groundglass.datasets.documents.wording import Tell
from groundglass.datasets.members import STUDY_FIELDS, cells
from groundglass.report.wording import clean

_MEANINGS: tuple[tuple[str, str], ...] = (
    (r"dataset_registry\.(xlsx|csv)", "registry"),
    (r"studies\.csv", "studies_csv"),
    (r"README_[A-Z]{2}\.(md|pdf)", "readme"),
    (r"LICENSE", "licence"),
    (r"CITATION\.cff", "citation"),
    (r"CHANGELOG\.md", "changelog"),
    (r"card\.json", "card"),
    (r"croissant\.json", "croissant"),
    (r"funnel\.json", "funnel"),
    (r"statistics\.json", "statistics"),
    (r"statistics", "statistics_figures"),
    (r"splits\.csv", "splits"),
    (r"splits_final\.json", "folds"),
    (r"dataset\.json", "nnunet"),
    (r"dataset_description\.json", "bids"),
    (r"participants\.(tsv|json)", "participants"),
    (r"\.bidsignore", "bidsignore"),
    (r"derivatives", "derivatives"),
    (r"results", "results"),
    (r"SHA256SUMS", "sums"),
)
"""What files at the top of a set mean; the phrases ``setdoc_is_tree_...`` say it."""
_REGISTRY = (("study_id", "integer"), ("category", "text"), ("study_file", "text"), ("mask_file", "text"))
"""Columns of the registry as MosMedData published it, with what their cells hold."""
ALWAYS = ("LICENSE", "CITATION.cff", "CHANGELOG.md", "card.json", "croissant.json", "SHA256SUMS")
"""Files that are written with or behind the README, and are named in it."""


def structure(release: Release, files: Sequence[str], tell: Tell) -> list[Block]:
    """Return the section on content and structure.

    Parameters
    ----------
    release : Release
        The version.
    files : sequence of str
        Paths of everything the set holds, with what is still to be written.
    tell : Tell
        Words.
    """
    folder = re.sub(r"[^A-Za-z0-9._-]", "", f"{release.about.name}-{release.about.version}")
    return [
        Heading(2, tell("title_content")),
        Paragraph(tell("content_intro")),
        Code(tree(release, files, tell)),
        *_registry(release, tell),
        Heading(3, tell("title_columns")),
        Paragraph(tell("columns_intro")),
        _columns(release, tell),
        Paragraph(tell("reading")),
        Code(
            "import groundglass as gg\n\n"
            f'data = gg.datasets.open("{folder}")\n'
            "for record in data:\n"
            "    volume, mask = record.volume(), record.mask()\n"
            "    print(record.member.study_id, record.grade, volume.geometry.spacing_mm)",
            "python",
        ),
    ]


def tree(release: Release, files: Sequence[str], tell: Tell) -> str:
    """Return the tree of files: folders with one example of each kind and their number, files with what they are."""
    top: dict[str, str] = {}
    folders: dict[str, list[str]] = {}
    for path in sorted(files):
        first, _, rest = path.partition("/")
        if rest:
            folders.setdefault(path.rpartition("/")[0], []).append(path)
        else:
            top[first] = _meaning(first, release, tell)
    kinds = _kinds(release, tell)
    rows: list[tuple[str, str]] = []
    shown: set[str] = set()
    for folder, paths in _joined(folders).items():
        ancestors = PurePosixPath(folder).parts
        for depth in range(len(ancestors)):
            parent = "/".join(ancestors[: depth + 1])
            if parent not in shown:
                shown.add(parent)
                rows.append(
                    ("    " * depth + ancestors[depth] + "/", _meaning(parent, release, tell) if depth == 0 else "")
                )
        indent = "    " * len(ancestors)
        examples: dict[str, str] = {}
        for path in paths:
            examples.setdefault(kinds.get(path, "") or "-" + PurePosixPath(path).suffix, path)
        for kind, path in list(examples.items())[:4]:
            rows.append((indent + PurePosixPath(path).name, kind if not kind.startswith("-") else ""))
        if len(paths) > len(examples):
            rows.append((indent + tell("is_tree_more", count=len(paths)), ""))
    rows += sorted(top.items())
    width = max((len(name) for name, _ in rows), default=0) + 2
    return "\n".join(clean_line(name.ljust(width) + text) for name, text in rows)


def clean_line(text: str) -> str:
    """Return a line without anything that could end it."""
    indent = len(text) - len(text.lstrip(" "))
    return " " * indent + "".join(c for c in text[indent:] if c.isprintable()).rstrip()


def _joined(folders: dict[str, list[str]]) -> dict[str, list[str]]:
    """Put together the files of folders that differ in a number only, under the first: sub-0001, sub-0002, ..."""
    first: dict[str, str] = {}
    kept: dict[str, list[str]] = {}
    for folder, paths in folders.items():
        shape = re.sub(r"\d{3,}", "#", folder)
        kept.setdefault(first.setdefault(shape, folder), []).extend(paths)
    return kept


def _kinds(release: Release, tell: Tell) -> dict[str, str]:
    kinds: dict[str, str] = {}
    for each in release.members:
        for path, key in (
            (each.study_file, "pictures"),
            (each.mask_file, "masks"),
            (each.lungs_file, "lungs"),
        ):
            if path:
                kinds[path] = tell(f"is_tree_{key}")
    return kinds


def _meaning(name: str, release: Release, tell: Tell) -> str:
    if name == manifest_name(release.layout):
        return tell("is_tree_manifest")
    for pattern, key in _MEANINGS:
        if re.fullmatch(pattern, name):
            return tell(f"is_tree_{key}")
    return ""


def _registry(release: Release, tell: Tell) -> list[Block]:
    """Return the columns of the registry, in the layout that has one."""
    if release.layout != "mosmed":
        return []
    return [
        Heading(3, tell("title_registry")),
        Grid(
            (tell("is_column"), tell("is_kind"), tell("is_meaning")),
            tuple((name, tell(f"is_kind_{kind}"), tell(f"registry_{name}")) for name, kind in _REGISTRY),
            names=frozenset({0}),
            wide=frozenset({2}),
        ),
    ]


def _columns(release: Release, tell: Tell) -> Grid:
    rows = [cells(each) for each in release.members]
    filled = {name for row in rows for name, text in row.items() if text}
    lines = [
        (each.name, tell(f"is_kind_{each.kind}"), each.ru if tell.language == "ru" else each.en)
        for each in STUDY_FIELDS
        if each.name in filled
    ]
    own = {each.name for each in STUDY_FIELDS}
    lines += [(clean(name), tell("is_kind_text"), tell("columns_extra")) for name in sorted(filled - own)]
    return Grid(
        (tell("is_column"), tell("is_kind"), tell("is_meaning")),
        tuple(lines),
        names=frozenset({0}),
        wide=frozenset({2}),
    )
