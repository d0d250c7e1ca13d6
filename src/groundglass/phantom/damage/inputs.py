"""An input as bytes: files, links and pipes, before it lies on disk."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DamagedInput:
    """What a damaged study consists of.

    Attributes
    ----------
    files : dict of str to bytes
        Relative name to content.
    links : dict of str to str
        Relative name to where the link points.
    pipes : tuple of str
        Relative names of named pipes.
    entry : str
        What is given to the reader: empty for the folder, else the name of a file in it.
    steps : tuple of str
        What was done, for the report of a failure.
    """

    files: dict[str, bytes]
    links: dict[str, str] = field(default_factory=dict)
    pipes: tuple[str, ...] = ()
    entry: str = ""
    steps: tuple[str, ...] = ()

    def place(self, folder: Path) -> Path:
        """Write everything into an empty folder and return the path to hand to the reader.

        Names that the file system refuses are left out.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            with contextlib.suppress(OSError, ValueError):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        for name, target in self.links.items():
            with contextlib.suppress(OSError, ValueError):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to(target)
        for name in self.pipes:
            with contextlib.suppress(OSError, ValueError):
                os.mkfifo(folder / name)
        return folder / self.entry if self.entry else folder

    def with_files(self, files: dict[str, bytes]) -> DamagedInput:
        """Return the same input with other files."""
        return replace(self, files=files)

    def with_step(self, step: str) -> DamagedInput:
        """Return the same input with one more step written down."""
        return replace(self, steps=(*self.steps, step))
