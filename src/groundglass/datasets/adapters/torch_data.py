"""A data set of torch. The only module outside training that imports torch; it is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch
from torch.utils.data import Dataset

from groundglass.datasets.adapters import grade_number
from groundglass.datasets.records import DataSet

Transform: TypeAlias = Callable[[dict[str, Any]], Any]


class TorchDataset(Dataset[Any]):
    """Studies as dictionaries of tensors; can be pickled for the workers of a ``DataLoader``.

    Each study is

    * ``image`` (1, slice, row, column) float32, HU
    * ``mask`` (1, slice, row, column) uint8, all 0 where there is none
    * ``has_mask`` bool: an empty mask with True says no lesion, with False that nobody looked
    * ``grade`` int64, 0 to 4, -1 where it is not known
    * ``affine`` (4, 4) float64, index (slice, row, column, 1) to LPS mm
    * ``id`` the name of the study

    with slices feet to head, rows front to back and columns patient right to left, whatever the files have.

    Parameters
    ----------
    dataset : DataSet
        The studies.
    transform : callable, optional
        Told the dictionary, returns what is given out.
    """

    def __init__(self, dataset: DataSet, transform: Transform | None = None) -> None:
        self.dataset = dataset
        self.transform = transform

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        """Read a study.

        Raises
        ------
        InputError
            As :meth:`groundglass.datasets.records.Record.volume` and ``mask``.
        """
        record = self.dataset[int(index)]
        volume, mask = record.volume(), record.mask()
        labels = np.zeros(volume.array.shape, np.uint8) if mask is None else mask.array.copy()
        item = {
            "image": torch.from_numpy(volume.array.astype(np.float32))[None],
            "mask": torch.from_numpy(labels)[None],
            "has_mask": torch.tensor(mask is not None),
            "grade": torch.tensor(grade_number(record), dtype=torch.int64),
            "affine": torch.from_numpy(volume.geometry.affine.copy()),
            "id": record.study_id,
        }
        return item if self.transform is None else self.transform(item)
