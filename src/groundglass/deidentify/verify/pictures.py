"""Text in pictures."""

from __future__ import annotations

from collections.abc import Iterator

from groundglass.deidentify.verify.elements import Parsed
from groundglass.deidentify.verify.findings import Finding
from groundglass.deidentify.verify.known import Known
from groundglass.deidentify.verify.search import Search


class Pictures:
    """Looks at every frame."""

    def __init__(self, search: Search, known: Known) -> None:
        self._search = search
        self._known = known

    def look(self, parsed: Parsed, label: str) -> tuple[list[Finding], int, int, str]:
        """Return findings, frames, frames read, and why some could not be."""
        return [], 0, 0, ""

    def look_at_file(self, data: bytes, kind: str, label: str) -> tuple[list[Finding], int, int, str]:
        """The same for a picture that is no DICOM object."""
        return [], 0, 0, ""

    def remarks(self) -> Iterator[Finding]:
        """Return what is to be said once."""
        return iter(())
