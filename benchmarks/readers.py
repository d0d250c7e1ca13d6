"""Read one folder of CT slices to a volume in HU with one reader, in a process of its own; prints one line of JSON.

Run: ``python benchmarks/readers.py READER FOLDER``. Imports are not counted; finding and sorting the files is.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Volume = NDArray[np.int16]


def _groundglass() -> Callable[[Path], Volume]:
    from groundglass.dicom import series

    def read(folder: Path) -> Volume:
        entry = series.scan([folder]).studies[0].chosen
        if entry is None:
            raise RuntimeError("groundglass chose no series")
        return series.load(entry).volume.array

    return read


def _pydicom() -> Callable[[Path], Volume]:
    import pydicom

    def read(folder: Path) -> Volume:
        slices = [pydicom.dcmread(path) for path in folder.iterdir()]
        slices.sort(key=lambda s: float(s.ImagePositionPatient[2]))
        out = np.empty((len(slices), slices[0].Rows, slices[0].Columns), np.int16)
        for index, one in enumerate(slices):
            slope, intercept = float(one.RescaleSlope), float(one.RescaleIntercept)
            out[index] = one.pixel_array.astype(np.int32) * int(slope) + int(intercept)
        return out

    return read


def _simpleitk() -> Callable[[Path], Volume]:
    sitk: Any = importlib.import_module("SimpleITK")  # ships no usable types

    def read(folder: Path) -> Volume:
        names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(names)
        array: Volume = sitk.GetArrayFromImage(reader.Execute()).astype(np.int16, copy=False)
        return array

    return read


def _dcm2niix() -> Callable[[Path], Volume]:
    nibabel: Any = importlib.import_module("nibabel")
    program = str(importlib.import_module("dcm2niix").bin)

    def read(folder: Path) -> Volume:
        with tempfile.TemporaryDirectory() as out:
            subprocess.run(
                [program, "-z", "n", "-b", "n", "-m", "y", "-o", out, str(folder)],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            made = nibabel.load(next(Path(out).glob("*.nii")))
            return np.asarray(made.dataobj).astype(np.int16).transpose(2, 1, 0)

    return read


READERS: dict[str, Callable[[], Callable[[Path], Volume]]] = {
    "groundglass": _groundglass,
    "dcm2niix": _dcm2niix,
    "SimpleITK": _simpleitk,
    "pydicom": _pydicom,
}


def main() -> int:
    """Read once and say how long it took, and what was read."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    read = READERS[name]()
    start = time.perf_counter()
    array = read(folder)
    seconds = time.perf_counter() - start
    # below air lies padding, which readers keep or replace as they like
    mean_hu = float(np.maximum(array[::7], -1024).mean(dtype=np.float64))
    print(json.dumps({"seconds": seconds, "shape": sorted(array.shape), "mean_hu": mean_hu}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
