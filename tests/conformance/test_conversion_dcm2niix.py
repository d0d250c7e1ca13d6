"""Series into NIfTI, held against dcm2niix, nibabel, SimpleITK and zlib."""

from __future__ import annotations

import gzip
import importlib
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.datasets.conversion import convert_series, instance_numbers, thinned
from groundglass.datasets.recipe.model import Thinning
from groundglass.dicom.ct_writer import CTHeader, write_series
from groundglass.dicom.entries import SeriesEntry
from groundglass.dicom.loading import load
from groundglass.dicom.series import scan
from groundglass.errors import InputError
from groundglass.phantom.strategies import ORIENTATIONS, Turn
from groundglass.volume import Geometry, Volume

AFFINE_MM = 1e-3
"""NIfTI keeps affines in single precision."""
nibabel: Any = importlib.import_module("nibabel")


def picture(shape: tuple[int, int, int] = (11, 12, 14)) -> Volume:
    """Return a picture of which no turn is like another, with padding."""
    affine = np.array([[0, 0, 0.8, -3], [0, 0.7, 0, -5], [2.0, 0, 0, 100.0], [0, 0, 0, 1]])
    hu = np.full(shape, -850, np.int16)
    hu[:, : shape[1] // 2] = 40
    hu += np.random.default_rng(0).integers(-30, 30, shape).astype(np.int16)
    hu[:, 0, 0] = -2048
    return Volume(hu, Geometry(shape, affine))


def entry_of(folder: Path) -> SeriesEntry:
    """Return the series of a folder, whatever its plane."""
    return replace(scan([folder]).studies[0].series[0], error=None)


def theirs(folder: Path, out: Path) -> Any:
    """Return what dcm2niix makes of a folder, the largest where it divides a series."""
    out.mkdir()
    program = str(importlib.import_module("dcm2niix").bin)
    subprocess.run(
        [program, "-z", "n", "-b", "n", "-o", str(out), "-f", "theirs", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return nibabel.load(max(out.glob("*.nii"), key=lambda path: path.stat().st_size))


def require_same(path: Path, other: Any) -> None:
    """Fail unless both files have the same affine and numbers."""
    ours = nibabel.load(path)
    assert ours.shape == other.shape
    assert np.abs(ours.affine - other.affine).max() < AFFINE_MM
    assert np.array_equal(np.asarray(ours.dataobj), np.asarray(other.dataobj))
    assert ours.get_data_dtype() == other.get_data_dtype()


@pytest.mark.parametrize("turn", ORIENTATIONS[::5])
def test_any_plane_is_stored_as_dcm2niix_stores_it(tmp_path: Path, turn: Turn) -> None:
    write_series(picture().reoriented(*turn), tmp_path / "dicom", header=CTHeader())
    convert_series(entry_of(tmp_path / "dicom"), tmp_path / "a.nii.gz")
    require_same(tmp_path / "a.nii.gz", theirs(tmp_path / "dicom", tmp_path / "theirs"))


def test_an_axial_series_is_las_with_bare_headers(tmp_path: Path) -> None:
    write_series(picture(), tmp_path / "dicom", header=CTHeader())
    convert_series(entry_of(tmp_path / "dicom"), tmp_path / "a.nii.gz")
    head = nibabel.load(tmp_path / "a.nii.gz").header
    assert nibabel.aff2axcodes(head.get_best_affine()) == ("L", "A", "S")
    assert (int(head["sform_code"]), int(head["qform_code"])) == (1, 1)
    assert np.abs(head.get_sform() - head.get_qform()).max() < AFFINE_MM
    assert head.get_xyzt_units()[0] == "mm"
    raw = gzip.decompress((tmp_path / "a.nii.gz").read_bytes())
    assert not any(raw[4:32])  # data_type, db_name
    assert not any(raw[148:252])  # descrip, aux_file
    assert not any(raw[328:344])  # intent_name
    assert np.frombuffer(raw[112:120], "<f4").tolist() == [1.0, 0.0]


def test_one_gzip_member_that_every_reader_reads(tmp_path: Path) -> None:
    write_series(picture((60, 300, 280)), tmp_path / "dicom", header=CTHeader())
    files = [tmp_path / f"{threads}.nii.gz" for threads in (1, 2, 3)]
    for threads, path in enumerate(files, 1):
        convert_series(entry_of(tmp_path / "dicom"), path, threads=threads)
    packed = files[0].read_bytes()
    assert all(path.read_bytes() == packed for path in files)
    assert packed[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    stream = zlib.decompressobj(31)
    stream.decompress(packed)
    assert stream.eof
    assert stream.unused_data == b""
    sitk: Any = importlib.import_module("SimpleITK")
    array: NDArray[Any] = sitk.GetArrayFromImage(sitk.ReadImage(str(files[0])))
    assert np.array_equal(array, picture((60, 300, 280)).array[:, ::-1])


def test_thinned_files_hold_the_slices_that_are_kept(tmp_path: Path) -> None:
    write_series(picture((53, 12, 14)), tmp_path / "dicom", header=CTHeader())
    entry = entry_of(tmp_path / "dicom")
    rule = Thinning(instance_number=10)
    written = convert_series(entry, tmp_path / "a.nii.gz", thinning=rule)
    wanted, kept = thinned(load(entry, keep_padding=True).volume, instance_numbers(entry), rule)
    assert kept == (9, 19, 29, 39, 49)
    assert np.array_equal(written.array, wanted.array)
    assert written.geometry.same_grid(wanted.geometry)
    few = tmp_path / "few"
    few.mkdir()
    for place in kept:
        slot = entry.stack.slots[place]
        assert slot is not None
        source = entry.stack.frames[slot].instance.source.path
        (few / source.name).write_bytes(source.read_bytes())
    require_same(tmp_path / "a.nii.gz", theirs(few, tmp_path / "theirs"))


def test_slices_that_are_not_kept_are_not_decoded(tmp_path: Path) -> None:
    write_series(picture((53, 12, 14)), tmp_path / "dicom", header=CTHeader())
    entry = entry_of(tmp_path / "dicom")
    for place, slot in enumerate(entry.stack.slots):
        assert slot is not None
        if (place + 1) % 10:
            entry.stack.frames[slot].instance.source.path.unlink()
    convert_series(entry, tmp_path / "a.nii.gz", thinning=Thinning(instance_number=10))
    assert nibabel.load(tmp_path / "a.nii.gz").shape == (14, 12, 5)


def test_a_slice_that_cannot_be_decoded_is_bridged_and_numbers_of_no_body_are_refused(tmp_path: Path) -> None:
    write_series(picture((40, 12, 14)), tmp_path / "dicom", header=CTHeader())
    entry = entry_of(tmp_path / "dicom")
    path = entry.stack.frames[20].instance.source.path
    path.write_bytes(path.read_bytes()[:-100])
    convert_series(entry, tmp_path / "a.nii.gz")
    wanted = load(entry, keep_padding=True).volume.array
    assert np.array_equal(nibabel.load(tmp_path / "a.nii.gz").get_fdata().transpose(2, 1, 0), wanted[:, ::-1])
    empty = picture((12, 80, 80))
    write_series(empty.with_array(np.full(empty.array.shape, 3000, np.int16)), tmp_path / "b", header=CTHeader())
    with pytest.raises(InputError) as refused:
        convert_series(entry_of(tmp_path / "b"), tmp_path / "b.nii.gz")
    assert refused.value.code == "HU_NOT_PLAUSIBLE"
    assert not (tmp_path / "b.nii.gz").exists()


def test_frames_of_one_file_are_converted_too(tmp_path: Path) -> None:
    write_series(picture(), tmp_path / "dicom", header=CTHeader(), multiframe=True)
    convert_series(entry_of(tmp_path / "dicom"), tmp_path / "a.nii.gz")
    require_same(tmp_path / "a.nii.gz", theirs(tmp_path / "dicom", tmp_path / "theirs"))


@pytest.mark.real
@pytest.mark.parametrize(
    "name",
    [
        *("studies/P001", "studies/normal001", "partial/ricord_000082_15_axial", "partial/ricord_000906_20_sagittal"),
        "conformance/totalsegmentator_example_ct_dicom",
    ],
)
def test_real_series_are_written_as_dcm2niix_writes_them(data: Path, tmp_path: Path, name: str) -> None:
    convert_series(entry_of(data / name), tmp_path / "a.nii.gz")
    require_same(tmp_path / "a.nii.gz", theirs(data / name, tmp_path / "theirs"))
