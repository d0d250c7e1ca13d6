"""Open a folder of labelled CTs, whatever its layout; one CT is in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from groundglass.datasets.formats import (
    archives,
    dicom_studies,
    elastix,
    medseg,
    mosmed,
    nifti_pairs,
    nnunet,
    phantoms,
)
from groundglass.datasets.formats.labelled import SET_UNKNOWN, LabelledCt, Reader
from groundglass.errors import GroundglassError, InputError

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        reader.layout: reader
        for reader in (
            phantoms.READER,
            mosmed.READER,
            nnunet.READER,
            archives.READER,
            medseg.READER,
            elastix.READER,
            nifti_pairs.READER,
            dicom_studies.READER,
        )
    }
)
"""Reader of each layout, the more particular first: in this order they are asked whether a folder is theirs."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A data set in a folder.

    Parameters
    ----------
    folder : Path
        Where it lies.
    reader : Reader
        Of its layout.
    names : tuple of str
        Of its CTs.
    """

    folder: Path
    reader: Reader
    names: tuple[str, ...]

    @property
    def layout(self) -> str:
        """Name of the layout."""
        return self.reader.layout

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[LabelledCt]:
        """Read one CT after another; the first broken one raises. See :meth:`iter_or_error`."""
        return (self.reader.read(self.folder, name) for name in self.names)

    def __getitem__(self, name: str) -> LabelledCt:
        """Read the CT of that name.

        Raises
        ------
        InputError
            ``SET_NO_MEMBER``; why it cannot be read.
        """
        return self.reader.read(self.folder, name)

    def iter_or_error(self) -> Iterator[tuple[str, LabelledCt | GroundglassError]]:
        """Read one CT after another; give the error of a broken one in its place and go on.

        Yields
        ------
        tuple
            Name, and the CT or why it cannot be read.
        """
        for name in self.names:
            try:
                yield name, self.reader.read(self.folder, name)
            except GroundglassError as reason:
                yield name, reason


def open_set(folder: Path, layout: str = "auto") -> LabelledSet:
    """Open a data set; nothing but names is read.

    Parameters
    ----------
    folder : Path
        Of the set.
    layout : str
        A key of :data:`READERS`, or ``auto``.

    Returns
    -------
    LabelledSet
        Its CTs by name.

    Raises
    ------
    InputError
        ``SET_UNKNOWN`` if the folder is missing, the layout has no reader, no reader knows the folder, or it is empty.
    """
    known = ", ".join(READERS)
    if not folder.is_dir():
        raise _unknown("there is no such folder", folder, "give the folder of a data set")
    if layout != "auto" and layout not in READERS:
        raise _unknown(f"there is no layout {layout!r}", folder, f"choose auto or one of: {known}")
    candidates = [READERS[layout]] if layout != "auto" else [r for r in READERS.values() if r.recognises(folder)]
    for reader in candidates:
        names = reader.names(folder)
        if names:
            return LabelledSet(folder, reader, names)
    raise _unknown(
        f"nothing in it looks like one of the layouts {known}" if layout == "auto" else f"it holds no CT as {layout}",
        folder,
        "give the folder that holds the CTs themselves, or name its layout",
    )


def _unknown(what: str, folder: Path, todo: str) -> InputError:
    return InputError(SET_UNKNOWN, what=what, where=folder.name, todo=todo)
