"""A data set as Python sees it: a sequence of studies whose pictures are read when they are asked for.

::

    import groundglass as gg

    dataset = gg.datasets.open("mosmed-2020-1.0.0")
    record = dataset["study_0255"]
    record.grade, record.volume(), record.mask()
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from groundglass import nifti
from groundglass.datasets.findings import Finding
from groundglass.datasets.formats.labelled import (
    SET_LABELS_UNKNOWN,
    lung_labels,
    no_image,
    no_member,
    on_grid,
    straightened,
    straightened_labels,
)
from groundglass.datasets.layouts import has_mask
from groundglass.datasets.layouts.contract import MASK_LABELS, mask_labels
from groundglass.datasets.layouts.reading import inventory as read_inventory
from groundglass.datasets.members import About, Inventory, Member
from groundglass.errors import InputError, declare
from groundglass.volume import Geometry, LabelVolume, Volume, axial_axes

if TYPE_CHECKING:
    from groundglass.datasets.adapters.torch_data import TorchDataset, Transform

SET_NO_STUDIES = declare("SET_NO_STUDIES", "A data set names no study, or the tables that name them cannot be read.")
SET_MASK_MISSING = declare("SET_MASK_MISSING", "A data set names a mask that is not there.")
SET_FILE_OUTSIDE = declare("SET_FILE_OUTSIDE", "A file that a data set names lies outside its folder, by a link.")


@dataclass(frozen=True, slots=True)
class Record:
    """One study of a data set; nothing is read before it is asked for.

    Attributes
    ----------
    folder : Path
        Of the set.
    metadata : Member
        Everything that the set says of the study.
    labels : mapping of int to str
        Meaning of the numbers of lesion masks, where the set names them; else empty.
    own : bool
        Made by groundglass: its pictures are HU, and need not be judged.
    """

    folder: Path
    metadata: Member
    labels: Mapping[int, str] = field(default_factory=dict)
    own: bool = False

    @property
    def member(self) -> Member:
        """The same as ``metadata``."""
        return self.metadata

    @property
    def study_id(self) -> str:
        """Name of the study, unique in the set."""
        return self.metadata.study_id

    @property
    def patient_id(self) -> str:
        """Name of the patient in this set; of the study where the set tells none."""
        return self.metadata.patient_id or self.metadata.study_id

    @property
    def grade(self) -> str | None:
        """CT-0 .. CT-4, None where nobody graded."""
        return self.metadata.grade

    @property
    def split(self) -> str | None:
        """Part of the set, None where there are none."""
        return self.metadata.split

    @property
    def study_path(self) -> Path | None:
        """File of the picture, there or not; None where the set names none."""
        return self._path(self.metadata.study_file)

    @property
    def mask_path(self) -> Path | None:
        """File of the lesion mask, there or not; None where the study has none."""
        return self._path(self.metadata.mask_file)

    @property
    def lungs_path(self) -> Path | None:
        """File of the lung mask, there or not; None where the study has none."""
        return self._path(self.metadata.lungs_file)

    def volume(self) -> Volume:
        """Read the picture.

        Returns
        -------
        Volume
            (slice, row, column) int16 HU: slices feet to head, rows front to back, columns patient right to left,
            however the file stores them.

        Raises
        ------
        InputError
            ``SET_IMAGE_MISSING``, ``SET_FILE_OUTSIDE``; as :func:`groundglass.nifti.read`.
        """
        path = self.require("study")
        if not self.own:
            return straightened(nifti.read(path, label=self.study_id).volume)
        stored = nifti.read_stored(path, label=self.study_id)
        return straightened(Volume(stored.array, stored.header.geometry))

    def mask(self) -> LabelVolume | None:
        """Read the lesion mask.

        Returns
        -------
        LabelVolume or None
            (slice, row, column) uint8 on the voxels of :meth:`volume`; on its own where the set has no picture of the
            study. None where the study has no mask, which does not say that it has no lesions.

        Raises
        ------
        InputError
            ``SET_MASK_MISSING``, ``SET_FILE_OUTSIDE``, ``SET_LABELS_UNKNOWN``, ``GRID_MISMATCH``; as
            :func:`groundglass.nifti.read_labels`.
        """
        found = self._labels_in("mask")
        if found is None:
            return None
        present = np.flatnonzero(np.bincount(found.array.ravel(), minlength=256)[1:]) + 1
        names = self.labels or (MASK_LABELS if set(present.tolist()) <= set(MASK_LABELS) else found.labels)
        strange = [int(n) for n in present if int(n) not in names]
        if strange:
            raise InputError(
                SET_LABELS_UNKNOWN,
                what=f"the mask holds the labels {', '.join(map(str, strange[:8]))}",
                where=self.study_id,
                todo="ask the maker of the set what they mean",
            )
        return LabelVolume(found.array, found.geometry, names)

    def lungs(self) -> LabelVolume | None:
        """Read the lung mask: 1 right, 2 left, 3 side unknown.

        Returns
        -------
        LabelVolume or None
            As :meth:`mask`.

        Raises
        ------
        InputError
            As :meth:`mask`.
        """
        found = self._labels_in("lungs")
        return None if found is None else lung_labels(found.array, found.geometry)

    def require(self, kind: Literal["study", "mask", "lungs"]) -> Path:
        """Return a file of the study that is there, inside the folder of the set.

        Raises
        ------
        InputError
            ``SET_IMAGE_MISSING``, ``SET_MASK_MISSING``, ``SET_FILE_OUTSIDE``.
        """
        file = getattr(self.metadata, f"{kind}_file")
        path = self._inside(file) if file else None
        if path is not None and path.is_file():
            return path
        if kind == "study":
            raise no_image(self.study_id, file or "no file named")
        raise InputError(
            SET_MASK_MISSING,
            what="a mask that the set names is not there" if file else "the study has no such mask",
            where=self.study_id,
            todo="get the whole set from its publisher, or leave this study out",
        )

    def geometry(self) -> Geometry:
        """Read where the voxels of :meth:`volume` lie, and none of them.

        Raises
        ------
        InputError
            As :meth:`volume`, of the header.
        """
        stored = nifti.read_geometry(self.require("study"), label=self.study_id)
        return stored.reoriented(*axial_axes(stored))

    def _labels_in(self, kind: Literal["mask", "lungs"]) -> LabelVolume | None:
        """Read a mask onto the voxels of the picture, of which the header alone is read."""
        if not getattr(self.metadata, f"{kind}_file"):
            return None
        label = f"{kind} of {self.study_id}"
        found = straightened_labels(nifti.read_labels(self.require(kind), label=label))
        picture = self.study_path
        if picture is None or not picture.is_file():
            return found
        grid = self.geometry()
        return LabelVolume(on_grid(found.array, found.geometry, grid, where=label), grid, found.labels)

    def _path(self, file: str | None) -> Path | None:
        return self.folder / file if file else None

    def _inside(self, file: str) -> Path:
        """Return the file of the set, which no link may lead out of."""
        top, path = self.folder.resolve(), self.folder / file
        try:
            outside = top not in path.resolve().parents
        except (OSError, RuntimeError):  # a link to itself
            outside = True
        if outside:
            raise InputError(
                SET_FILE_OUTSIDE,
                what="a file of the study lies outside the folder of the set",
                where=self.study_id,
                todo="copy the file into the set, if you trust whoever made the link",
            )
        return path


@dataclass(frozen=True, slots=True)
class DataSet(Sequence[Record]):
    """A data set: its studies, in order, and by name.

    Attributes
    ----------
    inventory : Inventory
        What tables and names of files say, and what is wrong with them.
    records : tuple of Record
        Studies; all of the set, or those that :meth:`filter` left.
    """

    inventory: Inventory
    records: tuple[Record, ...]

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.inventory.folder

    @property
    def layout(self) -> str:
        """Name of its layout."""
        return self.inventory.layout

    @property
    def about(self) -> About:
        """What is said of the set as a whole."""
        return self.inventory.about

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with tables and names of files; ``groundglass dataset validate`` looks further."""
        return self.inventory.findings

    @property
    def study_ids(self) -> tuple[str, ...]:
        """Names of the studies."""
        return tuple(record.study_id for record in self.records)

    @property
    def patients(self) -> dict[str, tuple[Record, ...]]:
        """Studies of each patient."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            found.setdefault(record.patient_id, []).append(record)
        return {name: tuple(records) for name, records in found.items()}

    @property
    def splits(self) -> dict[str, int]:
        """Number of studies in each part; empty where there are no parts."""
        return dict(sorted(Counter(record.split for record in self.records if record.split).items()))

    @property
    def grades(self) -> dict[str, int]:
        """Number of studies of each grade."""
        return dict(sorted(Counter(record.grade for record in self.records if record.grade).items()))

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __contains__(self, item: object) -> bool:
        return item in self.study_ids if isinstance(item, str) else item in self.records

    @overload
    def __getitem__(self, item: int | str) -> Record: ...
    @overload
    def __getitem__(self, item: slice) -> DataSet: ...
    def __getitem__(self, item: int | str | slice) -> Record | DataSet:
        """Return a study by its place or its name, or some of them by a slice.

        Raises
        ------
        InputError
            ``SET_NO_MEMBER`` for a name that no study has.
        IndexError
            For a place beyond the end.
        """
        if isinstance(item, slice):
            return DataSet(self.inventory, self.records[item])
        if not isinstance(item, str):
            return self.records[item]
        found = next((record for record in self.records if record.study_id == item), None)
        if found is None:
            raise no_member(item, self.layout)
        return found

    def filter(
        self,
        where: Callable[[Record], bool] | None = None,
        *,
        split: str | Iterable[str] | None = None,
        grade: str | Iterable[str] | None = None,
        masked: bool | None = None,
    ) -> DataSet:
        """Return the studies that agree with everything that is given.

        Parameters
        ----------
        where : callable, optional
            Told a record, says whether it stays.
        split, grade : str or iterable of str, optional
            One part or grade, or several.
        masked : bool, optional
            Whether there is a lesion mask.

        Returns
        -------
        DataSet
            Of the same folder.
        """
        splits, grades = _names(split), _names(grade)
        kept = (
            record
            for record in self.records
            if (splits is None or record.split in splits)
            and (grades is None or record.grade in grades)
            and (masked is None or has_mask(record.metadata) == masked)
            and (where is None or where(record))
        )
        return DataSet(self.inventory, tuple(kept))

    def to_torch(self, transform: Transform | None = None, *, split: str | None = None) -> TorchDataset:
        """Return the studies as a data set of torch: :class:`groundglass.datasets.adapters.torch_data.TorchDataset`.

        Parameters
        ----------
        transform : callable, optional
            Told the dictionary of a study, returns what the data set gives.
        split : str, optional
            One part of the set.

        Raises
        ------
        UnavailableError
            ``PACKAGE_MISSING`` without torch.
        """
        from groundglass.datasets.adapters import torch_dataset

        return torch_dataset(self if split is None else self.filter(split=split), transform)

    def to_monai(self, *, split: str | None = None) -> list[dict[str, Any]]:
        """Return a dictionary a study, as ``LoadImaged`` of MONAI takes them; MONAI itself is not needed.

        Parameters
        ----------
        split : str, optional
            One part of the set.

        Returns
        -------
        list of dict
            ``image`` and, where there is a mask, ``label``: paths. ``grade``: 0 to 4, -1 unknown. ``study_id``.

        Raises
        ------
        InputError
            ``SET_IMAGE_MISSING``, ``SET_MASK_MISSING``, ``SET_FILE_OUTSIDE``.
        """
        from groundglass.datasets.adapters import monai_items

        return monai_items(self if split is None else self.filter(split=split))

    def to_monai_dataset(self, transform: Callable[[Any], Any] | None = None, *, split: str | None = None) -> Any:
        """Return the studies as a ``monai.data.Dataset``.

        Parameters
        ----------
        transform : callable, optional
            Of MONAI; without one, pictures and masks are loaded, channel first.
        split : str, optional
            One part of the set.

        Raises
        ------
        InputError
            As :meth:`to_monai`.
        UnavailableError
            ``PACKAGE_MISSING`` without MONAI.
        """
        from groundglass.datasets.adapters import monai_dataset

        return monai_dataset(self if split is None else self.filter(split=split), transform)


def open(folder: str | os.PathLike[str], layout: str = "auto") -> DataSet:
    """Open a data set of any known layout; tables and names of files are read, no picture is.

    Parameters
    ----------
    folder : str or path
        Of the set: ours, MosMedData, nnU-Net, BIDS-like, or pictures beside their masks.
    layout : str
        ``auto``, ``mosmed``, ``nnunet``, ``bids`` or ``pairs``.

    Returns
    -------
    DataSet
        Its studies. What is wrong with its tables is in ``findings``.

    Raises
    ------
    InputError
        ``SET_UNKNOWN`` if there is no such folder, or nothing in it is a set; ``SET_NO_STUDIES``.
    """
    found = read_inventory(Path(folder), layout)
    if not found.members:
        codes = ", ".join(sorted({finding.code for finding in found.findings}))
        raise InputError(
            SET_NO_STUDIES,
            what=f"no study could be found ({codes})",
            where=Path(folder).name,
            todo="see what is wrong with it: groundglass dataset validate",
        )
    labels = mask_labels(found.about) if found.about.card.get("mask_labels") else {}
    return DataSet(found, tuple(Record(found.folder, member, labels, found.own) for member in found.members))


def _names(given: str | Iterable[str] | None) -> frozenset[str] | None:
    return None if given is None else frozenset([given] if isinstance(given, str) else given)
