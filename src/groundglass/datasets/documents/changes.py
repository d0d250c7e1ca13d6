"""What changed between two versions of a data set, and ``CHANGELOG.md``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from groundglass.datasets.documents.checksums import CHECKSUMS, read_checksums
from groundglass.datasets.documents.markdown import escaped
from groundglass.datasets.documents.release import Release
from groundglass.datasets.documents.wording import Tell
from groundglass.datasets.members import STUDY_FIELDS, About, Inventory, Member, cells
from groundglass.phrases import LANGUAGES, Language, Notice

CHANGELOG = "CHANGELOG.md"
LARGEST_BYTES = 4 * 1024 * 1024
"""An earlier changelog that is larger is not carried on: no person wrote it."""
_TOLD_APART = frozenset({"study_id", "split", "grade", "study_file", "mask_file", "lungs_file", "mask_source"})
"""Columns whose changes are told by themselves, or that only name files."""
_MASK_VALUES = ("lesion_ml", "ground_glass_ml", "consolidation_ml", "lesions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs from the version before; names of studies and columns, sorted.

    Attributes
    ----------
    previous : str
        The version before; "" where there is none.
    added, removed : tuple of str
        Studies.
    grades_changed : tuple of tuple of str
        Study, grade before, grade now; "" for none.
    pictures_changed : tuple of str
        Studies whose picture is another file.
    masks_added, masks_changed, masks_removed : tuple of str
        Studies whose lesion mask came, changed or went.
    parts_changed : tuple of tuple of str
        Study, part before, part now.
    values_changed : mapping of str to int
        Other columns, to the number of studies whose value changed.
    columns_added, columns_removed : tuple of str
        Columns that hold a value in one version only.
    licence, layout : tuple of str or None
        Before and now, where they differ.
    """

    previous: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    grades_changed: tuple[tuple[str, str, str], ...] = ()
    pictures_changed: tuple[str, ...] = ()
    masks_added: tuple[str, ...] = ()
    masks_changed: tuple[str, ...] = ()
    masks_removed: tuple[str, ...] = ()
    parts_changed: tuple[tuple[str, str, str], ...] = ()
    values_changed: Mapping[str, int] = field(default_factory=dict)
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    licence: tuple[str, str] | None = None
    layout: tuple[str, str] | None = None

    @property
    def breaking(self) -> bool:
        """Whether something that was published is different now or gone."""
        return bool(
            self.removed
            or self.grades_changed
            or self.pictures_changed
            or self.masks_changed
            or self.masks_removed
            or self.parts_changed
            or self.columns_removed
            or self.licence
            or self.layout
        )

    @property
    def adding(self) -> bool:
        """Whether something is there that was not."""
        return bool(self.added or self.masks_added or self.columns_added)


def changes_between(
    previous: Inventory | None,
    members: Sequence[Member],
    about: About,
    *,
    layout: str = "",
    sums: Mapping[str, str] | None = None,
) -> Changes:
    """Compare a version with the one before.

    Parameters
    ----------
    previous : Inventory or None
        The version before.
    members : sequence of Member
        Studies of this version.
    about : About
        Of this version.
    layout : str, optional
        Of this version; "" leaves the comparison out.
    sums : mapping of str to str, optional
        SHA-256 of the files of this version, by path. Where the version before has ``SHA256SUMS``, pictures and masks
        are compared by them; else masks by their volumes.
    """
    if previous is None:
        return Changes()
    before = {each.study_id: each for each in previous.members}
    now = {each.study_id: each for each in members}
    both = [(before[name], now[name]) for name in sorted(before.keys() & now.keys())]
    files = _Files(_earlier_sums(previous), dict(sums or {}))
    columns_before, columns_now = _columns(previous.members), _columns(members)
    told = columns_before & columns_now - _TOLD_APART
    differing = [(old.study_id, cells(old), cells(new)) for old, new in both]
    return Changes(
        previous=previous.about.version,
        added=tuple(sorted(now.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - now.keys())),
        grades_changed=tuple(
            (old.study_id, old.grade or "", new.grade or "") for old, new in both if old.grade != new.grade
        ),
        pictures_changed=tuple(
            old.study_id for old, new in both if files.differ(old.study_file, new.study_file) is True
        ),
        masks_added=tuple(old.study_id for old, new in both if new.mask_file and not old.mask_file),
        masks_changed=tuple(old.study_id for old, new in both if _mask_differs(old, new, files)),
        masks_removed=tuple(old.study_id for old, new in both if old.mask_file and not new.mask_file),
        parts_changed=tuple(
            (old.study_id, old.split or "", new.split or "") for old, new in both if old.split != new.split
        ),
        values_changed={
            column: count
            for column in _ordered(told)
            if (count := sum(old.get(column, "") != new.get(column, "") for _, old, new in differing))
        },
        columns_added=tuple(_ordered(columns_now - columns_before)) if before else (),
        columns_removed=tuple(_ordered(columns_before - columns_now)) if now else (),
        licence=_pair(previous.about.licence, about.licence),
        layout=_pair(previous.layout, layout) if layout else None,
    )


def version_notices(version: str, changes: Changes) -> tuple[Notice, ...]:
    """Tell where the number of a version says less than what changed.

    The rule is that of semantic versions, read for data: the first number rises where something that was published is
    different now or gone (studies withdrawn, other grades, pictures, masks or parts, columns removed, another licence
    or layout); the second where something was added; the third for words.
    """
    old, new = _numbers(changes.previous), _numbers(version)
    if old is None or new is None:
        return ()
    values = {"version": version, "previous": changes.previous}
    if new <= old:
        return (Notice("set_version_order", values),)
    if changes.breaking and new[0] == old[0]:
        return (Notice("set_version_major", values),)
    if changes.adding and new[:2] == old[:2]:
        return (Notice("set_version_minor", values),)
    return ()


def lines_of(changes: Changes, release: Release, language: Language) -> tuple[str, ...]:
    """Return what changed, in words; the first version says what it holds."""
    tell = Tell(language)
    told = list(tell.texts(list(release.recipe.changes)))
    if release.previous is None:
        patients = len({each.patient_id or each.study_id for each in release.members})
        return (tell("first_version", studies=len(release.members), patients=patients), *told)

    def listed(key: str, names: Sequence[str]) -> list[str]:
        return [tell(key, count=len(names), names=tell.names(names))] if names else []

    def arrow(rows: Sequence[tuple[str, str, str]], say: bool) -> list[str]:
        none = tell("none_word")
        return [
            f"{name}: {(tell.grade(old) if say else old) or none} → {(tell.grade(new) if say else new) or none}"
            for name, old, new in rows
        ]

    lines = [
        *listed("changed_added", changes.added),
        *listed("changed_removed", changes.removed),
        *listed("changed_grade", arrow(changes.grades_changed, True)),
        *listed("changed_pictures", changes.pictures_changed),
        *listed("changed_masks_added", changes.masks_added),
        *listed("changed_masks", changes.masks_changed),
        *listed("changed_masks_removed", changes.masks_removed),
        *listed("changed_parts", arrow(changes.parts_changed, False)),
    ]
    if changes.values_changed:
        names = [f"{column} ({count})" for column, count in changes.values_changed.items()]
        lines.append(tell("changed_values", names=tell.names(names)))
    for key, columns in (("added", changes.columns_added), ("removed", changes.columns_removed)):
        if columns:
            lines.append(tell(f"changed_columns_{key}", names=tell.names(columns)))
    for key, pair in (("licence", changes.licence), ("layout", changes.layout)):
        if pair:
            before, after = (tell.text(each) or tell("none_word") for each in pair)
            lines.append(tell(f"changed_{key}", before=before, after=after))
    if not lines:
        lines.append(tell("no_changes"))
    return (*lines, *told)


def changelog(release: Release, changes: Changes) -> bytes:
    """Return ``CHANGELOG.md``: this version in the languages of the set, and behind it what the earlier one says."""
    about = release.about
    languages = [each for each in LANGUAGES if each in release.recipe.languages] or [LANGUAGES[0]]
    heading = " - ".join(escaped(text) for text in (about.version, about.date) if text)
    parts = [f"# {Tell(languages[0])('changelog_title')}", f"## {heading}"]
    for language in languages:
        tell = Tell(language)
        if len(languages) > 1:
            parts.append(f"### {tell('changes_of')}")
        if release.previous is not None and changes.previous:
            parts.append(escaped(tell("after_version", version=changes.previous)))
        parts.append("\n".join(f"- {escaped(line)}" for line in lines_of(changes, release, language)))
    earlier = _earlier_entries(release.previous)
    return ("\n\n".join([*parts, *earlier]) + "\n").encode()


@dataclass(frozen=True, slots=True)
class _Files:
    """Checksums of both versions."""

    before: Mapping[str, str]
    now: Mapping[str, str]

    def differ(self, old: str | None, new: str | None) -> bool | None:
        """Return whether two files differ; None where that is not known."""
        first, second = self.before.get(old or ""), self.now.get(new or "")
        return None if first is None or second is None else first != second


def _mask_differs(old: Member, new: Member, files: _Files) -> bool:
    if not old.mask_file or not new.mask_file:
        return False
    differ = files.differ(old.mask_file, new.mask_file)
    if differ is not None:
        return differ
    first, second = cells(old), cells(new)
    return any(first[name] and second[name] and first[name] != second[name] for name in _MASK_VALUES)


def _columns(members: Sequence[Member]) -> set[str]:
    return {name for each in members for name, text in cells(each).items() if text}


def _ordered(columns: set[str] | frozenset[str]) -> list[str]:
    own = [each.name for each in STUDY_FIELDS if each.name in columns]
    return [*own, *sorted(columns - set(own))]


def _pair(before: str, now: str) -> tuple[str, str] | None:
    return (before, now) if before != now else None


def _earlier_sums(previous: Inventory) -> Mapping[str, str]:
    path = previous.folder / CHECKSUMS
    return read_checksums(path.read_bytes())[0] if path.is_file() else {}


def _earlier_entries(previous: Inventory | None) -> list[str]:
    """Return the entries of the changelog before, from its first heading of a version on."""
    path = previous.folder / CHANGELOG if previous is not None else None
    if path is None or not path.is_file() or path.stat().st_size > LARGEST_BYTES:
        return []
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    found = re.search(r"^## ", text, flags=re.MULTILINE)
    return [text[found.start() :].strip()] if found else []


def _numbers(version: str) -> tuple[int, int, int] | None:
    found = re.match(r"v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?", version)
    return (int(found[1]), int(found[2] or 0), int(found[3] or 0)) if found else None
