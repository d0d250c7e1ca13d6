"""Very many tiny studies, written by patching one template: as many as MosMedData has, in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from made_sets import DUMMY_RECIPE, StudyTree, empty_tree, write_recipe, write_tables
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from groundglass import nifti
from groundglass.volume import Geometry, LabelVolume

MOSMED_COUNTS: Mapping[str, int] = {"CT-0": 254, "CT-1": 684, "CT-2": 125, "CT-3": 45, "CT-4": 2}
"""Morozov et al. 2020, README of COVID19_1110: studies of each grade."""
MOSMED_MASKS = 50
"""All of them of CT-1."""
_STEP_MM = 4.0
_PIXEL_MM = 4.8
_WALL = 0.12  # of half a side: two voxels of 32
_FIRST_MM = -120.0
_ROOT = "1.2.826.0.1.3680043.10.1577."
# What stands in the template for what differs; as long as what takes its place.
_MARKS = {
    "study": f"{_ROOT}1.77777.0",
    "series": f"{_ROOT}2.77777.0",
    "frame": f"{_ROOT}3.77777.0",
    "sop": f"{_ROOT}4.77777.17777",
    "patient": "PID77777",
    "name": "Dummynomen77777",
    "accession": "ACN77777",
    "birth": "19330303",
    "age": "177Y",
    "number": "7777",
    "height": "-1777.70",
}


def make_dummies(
    folder: Path,
    counts: Mapping[str, int] = MOSMED_COUNTS,
    *,
    slices: int = 10,
    rows: int = 32,
    masks: int = MOSMED_MASKS,
    number_step: int = 5,
    seed: int = 1,
) -> StudyTree:
    """Write one study of each of many patients, with a table of grades and some lesion masks of CT-1.

    Slices lie 4 mm apart and are numbered 5, 10, 15 ..., so that every second is one of ``InstanceNumber % 10 = 0``.

    Parameters
    ----------
    folder : Path
        Is made: ``archive/dNNNN/*.dcm``, ``masks/dNNNN_mask.nii.gz``, ``tables/grades.csv`` and ``.xlsx``.
    counts : mapping of str to int
        Studies of each grade; they come mixed.
    slices, rows : int
        Of each study.
    masks : int
        Studies of CT-1 that have one.
    number_step : int
        InstanceNumber of the first slice, and from slice to slice.
    seed : int
        Decides which study has which grade, and all voxels.
    """
    tree = empty_tree(folder)
    numbers = np.random.default_rng(seed)
    grades = np.repeat(list(counts), list(counts.values()))
    numbers.shuffle(grades)
    head = _template(rows)
    table: list[dict[str, str]] = []
    left = masks
    for index, grade in enumerate(grades.tolist(), start=1):
        name = f"d{index:04d}"
        study_uid = _MARKS["study"].replace("77777", f"1{index:04d}")
        chest, lungs = _chest(numbers, slices, rows)
        _write_study(tree.archive / name, head, index, chest, number_step)
        if grade == "CT-1" and left:
            left -= 1
            _write_mask(tree.masks / f"{name}_mask.nii.gz", lungs, numbers)
        row = {"folder": name, "study_uid": study_uid, "category": grade}
        table.append(row)
    write_tables(tree, table)
    write_recipe(folder / "recipe.yaml", DUMMY_RECIPE)
    return tree


def _template(rows: int) -> bytes:
    """Return everything of a file that stands before the numbers of its pixels."""
    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 100"
    data.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.SOPClassUID = CTImageStorage
    data.SOPInstanceUID = _MARKS["sop"]
    data.StudyDate, data.StudyTime = "20200315", "101500"
    data.AccessionNumber, data.Modality = _MARKS["accession"], "CT"
    data.Manufacturer, data.ManufacturerModelName = "TOSHIBA", "Aquilion"
    data.InstitutionName = "Larchwood Hospital"
    data.SeriesDescription = "CHEST BODY 1.0 FC07"
    data.PatientName, data.PatientID = _MARKS["name"], _MARKS["patient"]
    data.PatientBirthDate, data.PatientSex, data.PatientAge = _MARKS["birth"], "F", _MARKS["age"]
    data.BodyPartExamined, data.PatientPosition = "CHEST", "HFS"
    data.SliceThickness, data.KVP, data.ConvolutionKernel = "1.0", "120", "FC07"
    data.StudyInstanceUID, data.SeriesInstanceUID = _MARKS["study"], _MARKS["series"]
    data.FrameOfReferenceUID = _MARKS["frame"]
    data.SeriesNumber, data.InstanceNumber = "2", _MARKS["number"]
    corner = f"{_PIXEL_MM * (1 - rows) / 2:.2f}"
    data.ImagePositionPatient = [corner, corner, _MARKS["height"]]
    data.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = rows, rows
    data.PixelSpacing = [f"{_PIXEL_MM:g}"] * 2
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 1
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = "0", "1", "HU"
    data.PixelData = b"\0\0" * rows * rows
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = BytesIO()
    file = FileDataset(stream, data, preamble=b"\0" * 128, file_meta=meta)
    file["PixelData"].VR = "OW"
    dcmwrite(stream, file, enforce_file_format=True)
    return stream.getvalue()[: -2 * rows * rows]


def _write_study(folder: Path, head: bytes, index: int, chest: NDArray[np.int16], number_step: int) -> None:
    folder.mkdir()
    number = f"1{index:04d}"
    age = 18 + (29 * index) % 72
    head = head.replace(b"77777", number.encode())
    head = head.replace(_MARKS["birth"].encode(), f"{2019 - age}{1 + index % 12:02d}15".encode())
    head = head.replace(_MARKS["age"].encode(), f"{age:03d}Y".encode())
    if index % 5 < 2:
        head = head.replace(b"CS\x02\x00F ", b"CS\x02\x00M ")
    for at, plane in enumerate(chest):
        one = head.replace(b".17777", f".1{at:04d}".encode())
        one = one.replace(_MARKS["number"].encode(), f"{(at + 1) * number_step:04d}".encode())
        one = one.replace(_MARKS["height"].encode(), f"{_FIRST_MM + at * _STEP_MM:08.2f}".encode())
        (folder / f"{at:03d}.dcm").write_bytes(one + plane.tobytes())


def _chest(numbers: np.random.Generator, slices: int, rows: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Return HU of a body with two lungs that no other study has, and where its lungs are."""
    z, y, x = np.meshgrid(
        np.linspace(-1, 1, slices), np.linspace(-1, 1, rows), np.linspace(-1, 1, rows), indexing="ij", sparse=True
    )
    wide, deep, shift = numbers.uniform(0.75, 0.95), numbers.uniform(0.5, 0.75), numbers.uniform(-0.08, 0.08, 2)
    body = ((x - shift[0]) / wide) ** 2 + ((y - shift[1]) / deep) ** 2 < 1
    lungs = np.zeros((slices, rows, rows), dtype=bool)
    for side in (-1, 1):
        across, along = numbers.uniform(0.28, 0.4) * wide, numbers.uniform(0.6, 0.8) * deep
        lean = numbers.uniform(-0.2, 0.2)
        middle = shift[0] + side * 0.45 * wide + lean * z / 4
        lungs |= ((x - middle) / across) ** 2 + ((y - shift[1]) / along) ** 2 < 1 - 0.3 * (z * side - lean) ** 2
    inner = ((x - shift[0]) / (wide - _WALL)) ** 2 + ((y - shift[1]) / (deep - _WALL)) ** 2 < 1
    lungs &= inner
    hu = np.where(body, 40.0, -1000.0) + np.zeros((slices, 1, 1))
    hu = np.where(lungs, -840.0, hu) + numbers.normal(0, 15, lungs.shape)
    spots = lungs & (numbers.random(lungs.shape) < 0.06)
    hu[spots] = numbers.uniform(-500, 40, int(spots.sum()))
    return np.clip(np.rint(hu), -1024, 3000).astype("<i2"), lungs


def _write_mask(path: Path, lungs: NDArray[np.bool_], numbers: np.random.Generator) -> None:
    rows = lungs.shape[1]
    corner = _PIXEL_MM * (1 - rows) / 2
    affine = np.eye(4)
    affine[:3, :3] = [[0, 0, _PIXEL_MM], [0, _PIXEL_MM, 0], [_STEP_MM, 0, 0]]
    affine[:3, 3] = [corner, corner, _FIRST_MM]
    low = int(numbers.integers(2, rows // 2))
    lesion = np.zeros(lungs.shape, dtype=np.uint8)
    lesion[:, low : low + rows // 3] = 1
    lesion *= lungs
    nifti.write_labels(path, LabelVolume(lesion, Geometry(lungs.shape, affine, None), {1: "lesion"}))
