"""What a layout is: where the files of a data set lie, and which tables go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any, Literal, Protocol

from groundglass.datasets.members import About, Member
from groundglass.version import __version__

FileKind = Literal["study", "mask", "lungs", "result"]
KINDS: tuple[FileKind, ...] = ("study", "mask", "lungs", "result")
MANIFEST_SCHEMA = "groundglass/dataset/1"
"""Of the file that says what a set is."""
STUDIES_FILE, SPLITS_FILE = "studies.csv", "splits.csv"
GRADES = ("CT-0", "CT-1", "CT-2", "CT-3", "CT-4")
TEST_PART = "test"
"""Name of the part that is kept for the end; ``test-2`` and the like are of it too."""
MASK_LABELS: Mapping[int, str] = {1: "lesion"}
"""Labels of a lesion mask where the card names none."""


class Layout(Protocol):
    """Where everything lies, in one of the layouts.

    1. ``place`` and ``tables`` depend on what they are given and on nothing else: no clock, no disk, no machine.
    2. ``place`` returns a relative path with ``/``, without ``..``, of names that every file system takes.
    3. Two studies, or two kinds of file of one, never share a place.
    4. ``place`` looks at ``study_id``, ``grade``, ``split``, ``mask_source`` and ``mask_file`` of a member alone, and
       gives the same before and after the mask was written: a study has a mask where either of the last two is given.
    5. ``tables`` returns every file that the layout itself wants and ``studies.csv``, ``splits.csv`` where there are
       parts, and the manifest; none of their names is a place of a study.
    6. ``tables`` names files of a member as its ``study_file``, ``mask_file`` and ``lungs_file`` say; a study whose
       ``study_file`` is not known is named where ``place`` puts it, a mask that is not known is not there.
    7. What ``tables`` writes, the reader of the layout reads: same members, same facts, no findings.
    8. A study without grade, patient, part or mask has a place and a row.

    Attributes
    ----------
    name : str
        ``mosmed``, ``nnunet`` or ``bids``.
    manifest : str
        Name of our own file that says what the set is.
    """

    @property
    def name(self) -> str:
        """Name of the layout."""

    @property
    def manifest(self) -> str:
        """Name of our own file that says what the set is."""

    def place(self, member: Member, kind: FileKind) -> PurePosixPath:
        """Return where a file of a study lies, relative to the set."""

    def tables(self, members: Sequence[Member], about: About) -> dict[str, bytes]:
        """Return path and content of every table of the layout."""


def has_mask(member: Member) -> bool:
    """Tell whether a study has a lesion mask, written or to be written."""
    return bool(member.mask_file or member.mask_source)


def is_test(member: Member) -> bool:
    """Tell whether a study is kept for the end."""
    return (member.split or "").lower().startswith(TEST_PART)


def mask_labels(about: About) -> dict[int, str]:
    """Return the meaning of each label of lesion masks: ``mask_labels`` of the card, or one lesion."""
    stored = about.card.get("mask_labels")
    found = dict(stored) if isinstance(stored, Mapping) else {}
    labels = {int(n): str(name) for n, name in found.items() if str(n).isdecimal() and len(str(n)) <= 3}
    return {n: name for n, name in sorted(labels.items()) if 1 <= n <= 255} or dict(MASK_LABELS)


def manifest_content(about: About, layout: str, members: Sequence[Member]) -> dict[str, Any]:
    """Return what the manifest says: what the set is, its layout, its size, the software that made it."""
    return {
        "schema": MANIFEST_SCHEMA,
        "layout": layout,
        "studies": len(members),
        "patients": len({member.patient_id or member.study_id for member in members}),
        "about": asdict(about) | {"card": dict(about.card)},
        "software": {"name": "groundglass", "version": __version__},
    }
