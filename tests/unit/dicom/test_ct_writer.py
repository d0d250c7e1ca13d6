"""A written CT is read back by pydicom and SimpleITK as the same picture in the same place."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK
from numpy.typing import NDArray

from groundglass.dicom.ct_encoding import ENCAPSULATED_SYNTAXES, NATIVE_SYNTAXES
from groundglass.dicom.ct_writer import CTHeader, Storage, series_uids, write_series
from groundglass.errors import InputError, UnavailableError
from groundglass.phantom.damage import small_chest
from groundglass.phantom.strategies import ORIENTATIONS
from groundglass.volume import Volume

sitk: Any = SimpleITK  # half typed

CHEST = small_chest((6, 20, 24))
HEADER = CTHeader(seed=5)


def _by_itk(paths: list[Path]) -> tuple[NDArray[Any], Any]:
    image = sitk.ReadImage([str(path) for path in paths])
    return sitk.GetArrayFromImage(image), image


@pytest.mark.parametrize("syntax", [*NATIVE_SYNTAXES, *ENCAPSULATED_SYNTAXES])
def test_every_transfer_syntax_is_read_back_by_another_library(tmp_path: Path, syntax: str) -> None:
    paths = write_series(CHEST, tmp_path / "out", header=HEADER, transfer_syntax=syntax)
    assert pydicom.dcmread(paths[0]).file_meta.TransferSyntaxUID == syntax
    array, image = _by_itk(paths)
    assert np.array_equal(array, CHEST.array)
    assert image.TransformIndexToPhysicalPoint((3, 2, 1)) == pytest.approx(
        CHEST.geometry.to_mm(np.array([1, 2, 3])), abs=1e-4
    )


@pytest.mark.parametrize(
    "storage",
    [
        Storage(signed=False, intercept_hu=-1024),
        Storage(signed=False, intercept_hu=-8192, padding_hu=-2000),
        Storage(bits_stored=12, signed=False, intercept_hu=-1024),
        Storage(bits_stored=12),
        Storage(slope_hu=0.5, intercept_hu=-1000),
    ],
    ids=str,
)
@pytest.mark.parametrize("syntax", [NATIVE_SYNTAXES[1], *ENCAPSULATED_SYNTAXES[:1], *ENCAPSULATED_SYNTAXES[2:3]])
def test_every_way_to_store_numbers_gives_the_same_hu(tmp_path: Path, storage: Storage, syntax: str) -> None:
    paths = write_series(CHEST, tmp_path / "out", header=HEADER, storage=storage, transfer_syntax=syntax)
    array, _ = _by_itk(paths)
    # What 12 bits and an intercept of -1024 cannot hold is clipped.
    assert np.array_equal(array, np.maximum(CHEST.array, -1024 if storage.intercept_hu == -1024 else -2048))


@pytest.mark.parametrize("turn", ORIENTATIONS[::5], ids=str)
def test_any_orientation_keeps_its_geometry(tmp_path: Path, turn: Any) -> None:
    volume = CHEST.reoriented(*turn)
    paths = write_series(volume, tmp_path / "out", header=HEADER)
    for index, path in enumerate(paths):
        header = pydicom.dcmread(path)
        array, image = _by_itk([path])
        assert np.array_equal(array[0], volume.array[index])
        wanted = volume.geometry.to_mm(np.array([index, 3, 4]))
        assert image.TransformIndexToPhysicalPoint((4, 3, 0)) == pytest.approx(wanted, abs=1e-3)
        assert header.InstanceNumber == index + 1


@pytest.mark.parametrize("legacy", [False, True])
def test_a_multi_frame_holds_every_slice_with_its_position(tmp_path: Path, legacy: bool) -> None:
    (path,) = write_series(CHEST, tmp_path / "out", header=HEADER, multiframe=True, storage=Storage(legacy=legacy))
    header = pydicom.dcmread(path)
    assert header.SOPClassUID.name == ("Legacy Converted Enhanced CT" if legacy else "Enhanced CT") + " Image Storage"
    assert header.NumberOfFrames == 6
    assert np.array_equal(header.pixel_array, CHEST.array)
    frames = header.PerFrameFunctionalGroupsSequence
    for index, frame in enumerate(frames):
        position = frame.PlanePositionSequence[0].ImagePositionPatient
        assert list(position) == pytest.approx(CHEST.geometry.to_mm(np.array([index, 0, 0])))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    one = write_series(CHEST, tmp_path / "one", header=HEADER)
    two = write_series(CHEST, tmp_path / "two", header=HEADER)
    other = write_series(CHEST, tmp_path / "three", header=CTHeader(seed=6))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert one[0].read_bytes() != other[0].read_bytes()


def test_uids_are_valid_distinct_and_known_beforehand(tmp_path: Path) -> None:
    paths = write_series(CHEST, tmp_path / "out", header=HEADER)
    uids = series_uids(HEADER, CHEST.geometry)
    headers = [pydicom.dcmread(path) for path in paths]
    assert [str(header.SOPInstanceUID) for header in headers] == list(uids.sop)
    assert all(pydicom.uid.UID(uid).is_valid for uid in (*uids.sop, uids.study, uids.series, uids.frame_of_reference))
    assert len({*uids.sop, uids.study, uids.series, uids.frame_of_reference}) == len(paths) + 3
    second = series_uids(CTHeader(seed=5, series_number=3), CHEST.geometry)
    assert (second.study, second.frame_of_reference) == (uids.study, uids.frame_of_reference)
    assert second.series != uids.series


def test_odd_names_and_empty_uids(tmp_path: Path) -> None:
    storage = Storage(file_names="random", empty_sop_uids=True, empty_frame_of_reference=True)
    paths = write_series(CHEST, tmp_path / "out", header=HEADER, storage=storage)
    assert [path.name for path in paths] != sorted(path.name for path in paths)
    assert all(path.suffix == "" for path in paths)
    header = pydicom.dcmread(paths[0])
    assert (header.SOPInstanceUID, header.FrameOfReferenceUID) == ("", "")
    bare = write_series(CHEST, tmp_path / "bare", header=HEADER, storage=Storage(file_names="bare"))
    assert bare[0].name == "000001"


def test_the_identity_is_plainly_invented(tmp_path: Path) -> None:
    header = pydicom.dcmread(write_series(CHEST, tmp_path / "out", header=CTHeader())[0])
    assert header.PatientName == "Phantom^Invented"
    assert "phantom" in header.ManufacturerModelName


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_series(CHEST, tmp_path / "out", header=HEADER)
    before = sorted((tmp_path / "out").iterdir())
    with pytest.raises(InputError) as caught:
        write_series(CHEST, tmp_path / "out", header=HEADER)
    assert caught.value.code == "OUTPUT_EXISTS"
    assert sorted((tmp_path / "out").iterdir()) == before


def test_nothing_is_left_when_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UnavailableError):
        write_series(CHEST, tmp_path / "out", header=HEADER)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    probability = Volume(np.zeros(CHEST.array.shape, np.float32), CHEST.geometry, "probability")
    with pytest.raises(ValueError, match="HU"):
        write_series(probability, tmp_path / "a", header=HEADER)
    with pytest.raises(ValueError, match="not written"):
        write_series(CHEST, tmp_path / "b", header=HEADER, transfer_syntax="1.2.840.10008.1.2.4.50")
    with pytest.raises(ValueError, match="bits_stored"):
        write_series(CHEST, tmp_path / "c", header=HEADER, storage=Storage(bits_stored=20))


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"multiframe": True},
        {"multiframe": True, "storage": Storage(legacy=True)},
        {"transfer_syntax": ENCAPSULATED_SYNTAXES[0]},
    ],
    ids=str,
)
def test_the_validator_of_dicom3tools_finds_nothing(tmp_path: Path, choice: dict[str, Any]) -> None:
    paths = write_series(CHEST, tmp_path / "out", header=HEADER, **choice)
    told = subprocess.run(["dciodvfy", "-new", str(paths[0])], capture_output=True, text=True, check=False)
    assert "Error" not in told.stdout + told.stderr
