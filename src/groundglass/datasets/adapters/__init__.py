"""Data sets in the form that training libraries take; each library is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from groundglass.datasets.layouts.contract import GRADES
from groundglass.datasets.packages import package

if TYPE_CHECKING:
    from groundglass.datasets.adapters.torch_data import TorchDataset, Transform
    from groundglass.datasets.record import Record
    from groundglass.datasets.records import DataSet

UNKNOWN_GRADE = -1


def grade_number(record: Record) -> int:
    """Return 0 to 4 of CT-0 to CT-4, -1 where the grade is not known."""
    return GRADES.index(record.grade) if record.grade in GRADES else UNKNOWN_GRADE


def torch_dataset(dataset: DataSet, transform: Transform | None = None) -> TorchDataset:
    """Return the studies as a data set of torch.

    Raises
    ------
    UnavailableError
        ``PACKAGE_MISSING``.
    """
    package("torch", feature="a data set of torch", extra="torch")
    from groundglass.datasets.adapters.torch_data import TorchDataset

    return TorchDataset(dataset, transform)


def monai_items(dataset: DataSet) -> list[dict[str, Any]]:
    """Return a dictionary a study, as ``LoadImaged`` takes them.

    Raises
    ------
    InputError
        ``SET_IMAGE_MISSING``, ``SET_MASK_MISSING``, ``SET_FILE_OUTSIDE``.
    """
    items = []
    for record in dataset:
        item: dict[str, Any] = {"image": str(record.require("study")), "grade": grade_number(record)}
        if record.metadata.mask_file:
            item["label"] = str(record.require("mask"))
        items.append(item | {"study_id": record.study_id})
    return items


def monai_dataset(dataset: DataSet, transform: Callable[[Any], Any] | None = None) -> Any:
    """Return the studies as a ``monai.data.Dataset``.

    Raises
    ------
    InputError
        As :func:`monai_items`.
    UnavailableError
        ``PACKAGE_MISSING``.
    """
    data = package("monai.data", feature="a data set of MONAI", extra="monai")
    if transform is None:
        transforms = package("monai.transforms", feature="a data set of MONAI", extra="monai")
        keys = ["image", "label"]
        # named, so that it does not try the readers of every other format
        transform = transforms.LoadImaged(keys, "NibabelReader", ensure_channel_first=True, allow_missing_keys=True)
    return data.Dataset(monai_items(dataset), transform)
