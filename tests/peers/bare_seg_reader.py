"""A reader of DICOM segmentations on bare pydicom, written from the standard alone: where each voxel lies, in mm.

It shares nothing with what writes them. PS3.3 equation C.7.6.2.1-1, C.7.6.16, C.8.20; PS3.5 8.1.1 and annex D.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.pixels.utils import iter_pixels

Points = NDArray[np.float64]


def points_of(path: Path) -> dict[int, Points]:
    """Return for each described segment, background left out, the centres of its voxels, (n, 3) LPS mm."""
    data = dcmread(path)
    shared = data.SharedFunctionalGroupsSequence[0]
    numbers = [int(item.SegmentNumber) for item in data.SegmentSequence]
    found: dict[int, list[Points]] = {number: [] for number in numbers if number > 0}
    for group, frame in zip(data.PerFrameFunctionalGroupsSequence, _frames(data), strict=True):
        for number, mask in _masks(data, group, shared, frame):
            found[number].append(_places(group, shared, mask))
    return {number: np.concatenate([np.empty((0, 3)), *parts]) for number, parts in found.items()}


def _frames(data: Any) -> list[NDArray[Any]]:
    rows, columns, count = int(data.Rows), int(data.Columns), int(data.NumberOfFrames)
    if data.file_meta.TransferSyntaxUID.is_encapsulated:
        return list(iter_pixels(data))
    if data.BitsAllocated != 1:
        stored = np.dtype(np.uint8 if data.BitsAllocated == 8 else "<u2")
        return list(np.frombuffer(data.PixelData, stored, count * rows * columns).reshape(count, rows, columns))
    # bits follow one another through rows and frames, the first in the lowest bit of the first byte
    frames = []
    for frame in range(count):
        first = frame * rows * columns
        last = first + rows * columns
        piece = np.frombuffer(data.PixelData, np.uint8)[first // 8 : -(-last // 8)]
        bits = np.unpackbits(piece, bitorder="little")[first % 8 :]
        frames.append(bits[: rows * columns].reshape(rows, columns))
    return frames


def _masks(data: Any, group: Any, shared: Any, frame: NDArray[Any]) -> list[tuple[int, NDArray[np.bool_]]]:
    if data.SegmentationType == "LABELMAP":
        return [(int(label), frame == label) for label in np.unique(frame) if label]
    if data.SegmentationType != "BINARY":
        raise ValueError(f"segmentations of type {data.SegmentationType} are not read")
    item = _group(group, shared, "SegmentIdentificationSequence")
    return [(int(item.ReferencedSegmentNumber), frame > 0)]


def _places(group: Any, shared: Any, mask: NDArray[np.bool_]) -> Points:
    corner = np.array(_group(group, shared, "PlanePositionSequence").ImagePositionPatient, dtype=float)
    cosines = np.array(_group(group, shared, "PlaneOrientationSequence").ImageOrientationPatient, dtype=float)
    between_rows, between_columns = map(float, _group(group, shared, "PixelMeasuresSequence").PixelSpacing)
    row, column = np.nonzero(mask)
    along_row = np.outer(column * between_columns, cosines[:3])
    down_column = np.outer(row * between_rows, cosines[3:])
    return np.asarray(corner + along_row + down_column)


def _group(frame: Any, shared: Any, name: str) -> Any:
    return (frame if name in frame else shared)[name].value[0]
