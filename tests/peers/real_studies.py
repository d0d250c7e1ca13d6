"""Real series with made masks: for what depends on headers and geometry, not on what is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from made_objects import MadeStudy, made_result
from numpy.typing import NDArray

from groundglass.dicom.objects.findings import Findings
from groundglass.dicom.objects.origin import origin_of
from groundglass.dicom.series import load, scan
from groundglass.errors import InputError
from groundglass.volume import LESION_LABELS, LUNG_LABELS, LabelVolume, Volume


def folders_of_series(data: Path) -> list[Path]:
    """Return the folders of DICOM below the data that may hold a chest."""
    below = [*(data / "studies").iterdir(), *(data / "partial").iterdir(), *(data / "conformance").iterdir()]
    return sorted(folder for folder in below if folder.is_dir())


def real_studies(folder: Path) -> Iterator[MadeStudy]:
    """Give every series of a folder that can be read as a chest, with invented lungs and lesions in it."""
    try:
        found = scan([folder])
    except InputError:
        return
    for entry in (entry for study in found.studies for entry in study.series):
        try:
            volume = load(entry).volume
            origin = origin_of(entry, volume.geometry)
        except InputError:
            continue  # refused: no objects are ever made of it
        lungs, lesions = _masks(origin.geometry.shape)
        lung_labels = LabelVolume(lungs, origin.geometry, LUNG_LABELS)
        lesion_labels = LabelVolume(lesions, origin.geometry, LESION_LABELS)
        findings = Findings(
            result=made_result(origin, lung_labels, lesion_labels),
            volume=Volume(volume.array, origin.geometry),
            lungs=lung_labels,
            lesions=lesion_labels,
        )
        yield MadeStudy(folder, entry, origin, findings)


def header_file(study: MadeStudy, scratch: Path) -> Path:
    """Copy the first file of the series, from wherever it lies, to compare headers with; it is not kept."""
    file = scratch / "source.dcm"
    with study.entry.stack.frames[0].instance.source.open() as stream:
        file.write_bytes(stream.read())
    return file


def _masks(shape: tuple[int, int, int]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    s, r, c = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij", sparse=True)

    def ball(row: float, column: float, size: tuple[float, float, float]) -> NDArray[np.bool_]:
        near = (s / size[0]) ** 2 + ((r - row) / size[1]) ** 2 + ((c - column) / size[2]) ** 2 < 1
        return np.asarray(near)

    lungs = ball(0, -0.45, (1.0, 0.5, 0.3)) + np.uint8(2) * ball(0, 0.45, (1.0, 0.5, 0.3))
    lesions = np.where(ball(0.2, -0.45, (0.1, 0.05, 0.05)), 2, ball(0.2, -0.45, (0.15, 0.1, 0.1)))
    return lungs.astype(np.uint8), lesions.astype(np.uint8)
