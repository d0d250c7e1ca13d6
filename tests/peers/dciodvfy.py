"""dicom3tools' verifiers, and which of their complaints are about us rather than about the source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from programs import ask
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

_TAG = re.compile(r"\((?:0x)?([0-9a-fA-F]{4}),(?:0x)?([0-9a-fA-F]{4})\)")
_SUMMARY = "Dicom dataset contains invalid data values for Value Representations"
"""Said once after complaints of that kind, each of which has a line of its own."""
_ENTITY = re.compile(r"Element=<(\w+)> IE=<(\w+)>")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One line of dciodvfy.

    Attributes
    ----------
    severity : str
        ``Error`` or ``Warning``.
    text : str
        The rest of the line.
    """

    severity: str
    text: str

    @property
    def core(self) -> str:
        """The text without the sequences in which the attribute lies."""
        path, end, rest = self.text.partition("> - ")
        return path.rpartition("/")[2] + end + rest if end and path.startswith("</") else self.text

    @property
    def tag(self) -> BaseTag | None:
        """The innermost attribute that it names."""
        found = _TAG.findall(self.text)
        return Tag(int(found[-1][0], 16), int(found[-1][1], 16)) if found else None


def complaints_of(file: Path) -> list[Complaint]:
    """Return every error and warning about a file."""
    said = ask("dciodvfy", "-new", file)
    found = []
    for line in said.lines:
        severity, dash, text = line.partition(" - ")
        if dash and severity in ("Error", "Warning") and text != _SUMMARY:
            found.append(Complaint(severity, text))
        elif severity in ("Abort", "Fatal"):
            found.append(Complaint("Error", line))
    if not said.lines:
        found.append(Complaint("Error", "the verifier said nothing, not even what kind of object it is"))
    return found


def errors_of(file: Path, source: Path | None = None) -> list[str]:
    """Return dciodvfy's errors about an object that its source does not share.

    An error is the source's where the source has the same one about the same attribute of the patient or the study,
    with the same value: copied, as it must be. An attribute that is missing is never excused.
    """
    return _ours(file, source, "Error")


def warnings_of(file: Path, source: Path | None = None) -> list[str]:
    """Return dciodvfy's warnings about an object that its source does not share."""
    return _ours(file, source, "Warning")


def _ours(file: Path, source: Path | None, severity: str) -> list[str]:
    own = [one for one in complaints_of(file) if one.severity == severity]
    if not own or source is None:
        return [one.text for one in own]
    theirs = {one.core for one in complaints_of(source)}
    mine = dcmread(file, stop_before_pixels=True)
    first = dcmread(source, stop_before_pixels=True, force=True)
    return [one.text for one in own if not (one.core in theirs and _copied(one, mine, first))]


def _copied(complaint: Complaint, mine: Dataset, source: Dataset) -> bool:
    """Tell whether the attribute of a complaint has the source's value: it is said, or stands at the top level."""
    tag = complaint.tag
    if tag is None or tag not in mine or tag not in source:
        return False
    if "= <" in complaint.text:
        return True
    return bool(mine.get_item(tag).value == source.get_item(tag).value or mine[tag].value == source[tag].value)


def disagreements_of(files: Iterable[Path], sources: Iterable[Path]) -> list[str]:
    """Return where dcentvfy finds that our objects and their source name one patient, study or frame differently.

    What it finds among the sources alone is left out, and so are references to images that nobody has.
    """
    sources = list(sources)
    before = set(_entities(sources))
    return [line for line in _entities([*sources, *files]) if line not in before]


def _entities(files: list[Path]) -> list[str]:
    lines = ask("dcentvfy", *files, timeout_s=300.0).lines
    found = {
        f"{kind.group(2)}: {kind.group(1)}: {line.split(' - ')[1]}"
        for line in lines
        if line.startswith("Error") and (kind := _ENTITY.search(line))
    }
    return sorted(found)
