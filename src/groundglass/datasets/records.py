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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from groundglass.datasets.findings import Finding
from groundglass.datasets.formats.labelled import no_member
from groundglass.datasets.layouts.contract import mask_labels
from groundglass.datasets.layouts.reading import inventory as read_inventory
from groundglass.datasets.members import About, Inventory
from groundglass.datasets.record import Record
from groundglass.errors import InputError, declare

if TYPE_CHECKING:
    from groundglass.datasets.adapters.torch_data import TorchDataset, Transform

__all__ = ["DataSet", "Record", "open"]
SET_NO_STUDIES = declare("SET_NO_STUDIES", "A data set names no study, or the tables that name them cannot be read.")


@dataclass(frozen=True, slots=True, repr=False)
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
    _by_name: dict[str, Record] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {record.study_id: record for record in self.records})

    def __repr__(self) -> str:
        return f"<DataSet {self.folder.name}: {len(self)} studies, layout {self.layout}>"

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
        return item in self._by_name if isinstance(item, str) else item in self.records

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
        if item not in self._by_name:
            raise no_member(item, self.layout)
        return self._by_name[item]

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
            and (masked is None or record.has_mask == masked)
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
    top = found.folder.absolute()  # a worker may run elsewhere
    labels = mask_labels(found.about) if found.about.card.get("mask_labels") else {}
    return DataSet(found, tuple(Record(top, member, labels, found.own) for member in found.members))


def _names(given: str | Iterable[str] | None) -> frozenset[str] | None:
    return None if given is None else frozenset([given] if isinstance(given, str) else given)
