"""Every file of the conformance data: decoded to the pixels pydicom gives, or refused by the name foreseen."""

from __future__ import annotations

import fnmatch
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from groundglass.dicom.elements import DEFLATED_LITTLE, EXPLICIT_BIG, Element
from groundglass.dicom.headers import Instance, read_instance
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.pixels import PixelFile, unreadable
from groundglass.dicom.series import scan
from groundglass.dicom.sources import FileSource, find_files
from groundglass.errors import InputError

pytestmark = pytest.mark.real
LIMITS = ReadingLimits()

DECISIONS: tuple[tuple[str, str, str], ...] = (
    ("*/INDEX.tsv", "not DICOM", "a table"),
    ("*.nrrd", "not DICOM", "another format"),
    ("*.json", "not DICOM", "a text"),
    ("cornerstone_testImages/*ExplicitTransferSyntax_1.2.840.10008.1.2.2.dcm", "as CTImage.dcm", "big endian"),
    ("cornerstone_testImages/*1.2.840.10008.1.2.4.57.dcm", "as CTImage.dcm", "JPEG lossless, process 14"),
    ("cornerstone_testImages/*1.2.840.10008.1.2.4.70.dcm", "as CTImage.dcm", "JPEG lossless, first order"),
    ("cornerstone_testImages/*1.2.840.10008.1.2.4.80.dcm", "as CTImage.dcm", "JPEG-LS lossless"),
    ("cornerstone_testImages/*1.2.840.10008.1.2.4.81.dcm", "near CTImage.dcm", "JPEG-LS near-lossless"),
    ("cornerstone_testImages/*1.2.840.10008.1.2.4.90.dcm", "as CTImage.dcm", "JPEG 2000 lossless"),
    ("cornerstone_testImages/*1.2.840.10008.1.2.4.91.dcm", "near CTImage.dcm", "JPEG 2000 lossy"),
    ("cornerstone_testImages/*1.2.840.10008.1.2.4.50.dcm", "as pydicom", "JPEG baseline, 8 bit, a window of the slice"),
    ("cornerstone_testImages/*1.2.840.10008.1.2.4.51.dcm", "12 bits", "JPEG extended, 12 bit: no other decoder here"),
    ("cornerstone_testImages/*1.2.840.10008.1.2.4.53.dcm", "UNSUPPORTED_TRANSFER_SYNTAX", "retired"),
    ("cornerstone_testImages/*1.2.840.10008.1.2.4.55.dcm", "UNSUPPORTED_TRANSFER_SYNTAX", "retired"),
    ("cornerstone_testImages/*no_bot*", "12 bits", "fragments of two frames without an offset table"),
    ("cornerstone_testImages/*", "as CTImage.dcm", "the slice itself, native, deflated or RLE"),
    ("dcm_qa_ct/*/DIRFILE", "no pixels", "a directory"),
    ("dcm_qa_ct/Philips/S21570/S4010/I[456]0", "PIXELS_UNSUPPORTED", "colour captures"),
    ("dcm_qa_ct/Philips/S21610/S4010/I[345]0", "PIXELS_UNSUPPORTED", "colour captures"),
    ("dcm_qa_ct/*", "as pydicom", "a tilted head, and surviews"),
    ("dcmqi/liver.dcm", "PIXELS_UNSUPPORTED", "a segmentation of one bit a pixel"),
    ("dcmqi/partial_overlaps.dcm", "PIXELS_UNSUPPORTED", "a segmentation of one bit a pixel"),
    ("dcmqi/*", "as pydicom", "label maps, CT, multi-frame CT"),
    ("*/bad_sequence.dcm", "12 bits", "JPEG lossless behind a broken sequence: no other decoder here"),
    ("gdcm_misc/Cornell_bug.dcm", "any", "JPEG lossless of an old writer: no other decoder here"),
    ("gdcm_misc/SignedShortLosslessBug.dcm", "any", "JPEG lossless of signed pixels: no other decoder here"),
    ("gdcm_misc/PrivateGE*", "UNSUPPORTED_TRANSFER_SYNTAX", "GE private, big endian pixels"),
    ("gdcm_misc/fall.dcm", "no pixels", "hanging protocol"),
    ("highdicom/sr_*", "no pixels", "reports"),
    ("highdicom/seg_image_ct_binary*", "PIXELS_UNSUPPORTED or as pydicom", "one bit a pixel, or fractions"),
    ("openrem_ct_sr/*", "no pixels", "dose reports"),
    ("*", "as pydicom", "everything else"),
)
"""(pattern, decision, why), the first fit counts. "near": lossy, within 15 of the original, "12 bits": plausible."""


def decision(name: str) -> str:
    return next(what for pattern, what, _ in DECISIONS if fnmatch.fnmatch(name, pattern))


def sources(folder: Path) -> dict[str, FileSource]:
    return {source.path.relative_to(folder).as_posix(): source for source in find_files([folder])}


def by_pydicom(path: Path) -> NDArray[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the files are odd on purpose
        pixels = np.asarray(pydicom.dcmread(path, force=True).pixel_array)
    return pixels if pixels.ndim == 3 else pixels[None]


def ours(instance: Instance) -> NDArray[Any]:
    error = unreadable(instance, LIMITS)
    if error is not None:
        raise error
    file = PixelFile(instance, LIMITS)
    return np.stack([file.frame(number) for number in range(instance.layout.frames)])


def check(name: str, source: FileSource, folder: Path) -> str:
    """Return what happened, in the words of the table; the pixels are compared on the way."""
    wanted = decision(name)
    instance = read_instance(source, LIMITS)
    if instance is None:
        return "not DICOM"
    if instance.layout.tag == 0:
        return "no pixels"
    try:
        pixels = ours(instance)
    except InputError as error:
        return error.code
    original = folder / "cornerstone_testImages" / "CTImage.dcm"
    if wanted == "as CTImage.dcm":
        return wanted if np.array_equal(pixels, by_pydicom(original)) else "other pixels"
    if wanted == "near CTImage.dcm":
        return wanted if np.abs(pixels.astype(int) - by_pydicom(original)).max() <= 15 else "other pixels"
    if wanted == "12 bits":
        return wanted if 0 <= pixels.min() < pixels.max() < 4096 and pixels.std() > 50 else "other pixels"
    if wanted == "any":
        return wanted
    return "as pydicom" if np.array_equal(pixels, by_pydicom(source.path)) else "other pixels"


FOLDERS = (
    "cornerstone_testImages",
    "dcm_qa_ct",
    "dcmqi",
    "dicom_test_files",
    "gdcm_misc",
    "highdicom",
    "lungmask_testdata",
    "openrem_ct_sr",
    "pydicom_data",
    "toshiba_single",
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_decoded_or_refused_as_the_table_says(data: Path, folder: str) -> None:
    top = data / "conformance"
    found = {name: check(name, source, top) for name, source in sources(top).items() if name.startswith(folder + "/")}
    assert found
    assert {name: what for name, what in found.items() if what not in decision(name)} == {}


def test_every_folder_of_the_data_is_in_the_table(data: Path) -> None:
    there = {path.name for path in (data / "conformance").iterdir() if path.is_dir()}
    assert there - {"totalsegmentator_example_ct_dicom"} == set(FOLDERS)


STUDIES: tuple[tuple[str, set[str | None]], ...] = (
    ("conformance/cornerstone_testImages", {"NO_SERIES_TO_GRADE", "PERFUSION_MAP"}),
    ("conformance/dcm_qa_ct", {"NO_SERIES_TO_GRADE", "SECONDARY_CAPTURE"}),
    ("conformance/dcmqi", {"NO_SERIES_TO_GRADE", "TOO_FEW_SLICES"}),
    ("conformance/dcmqi/ct-3slice", {"TOO_FEW_SLICES"}),
    ("conformance/dicom_test_files", {"SINGLE_SLICE", "PERFUSION_MAP"}),
    ("conformance/gdcm_misc", {"NOT_AN_IMAGE", "SINGLE_SLICE", "UNSUPPORTED_TRANSFER_SYNTAX", "SECONDARY_CAPTURE"}),
    ("conformance/highdicom", {"NO_SERIES_TO_GRADE", "NOT_AN_IMAGE"}),
    ("conformance/lungmask_testdata", {"TOO_FEW_SLICES"}),
    ("conformance/openrem_ct_sr", {"NOT_AN_IMAGE"}),
    ("conformance/toshiba_single", {"SINGLE_SLICE"}),
    ("conformance/totalsegmentator_example_ct_dicom", {None}),
    ("partial/ricord_000082_15_axial", {None}),
    ("partial/ricord_000906_20_sagittal", {"REFORMAT"}),
    ("studies/P001", {None}),
    ("studies/normal001", {None}),
)
"""What each folder is refused for; None is a series to grade."""


@pytest.mark.parametrize(("folder", "codes"), STUDIES)
def test_each_folder_is_chosen_from_or_refused_as_foreseen(data: Path, folder: str, codes: set[str | None]) -> None:
    found = scan([data / folder])
    assert {None if study.refusal is None else study.refusal.code for study in found.studies} == codes


def test_the_tilted_head_is_named_as_tilted(data: Path) -> None:
    found = scan([data / "conformance" / "dcm_qa_ct" / "Philips" / "S21610" / "S2010"])
    (study,) = found.studies
    assert study.refusal is not None
    assert study.refusal.code == "GANTRY_TILT"
    assert "18.5 degrees" in study.refusal.what


def raw_values(elements: dict[int, Element]) -> dict[int, bytes]:
    return {tag: element.value.rstrip(b" \0") for tag, element in elements.items() if not element.items}


@pytest.mark.parametrize("folder", ["conformance", "partial"])
def test_headers_hold_the_same_bytes_as_pydicom_finds(data: Path, folder: str) -> None:
    compared = 0
    for source in find_files([data / folder]):
        instance = read_instance(source, LIMITS)
        if instance is None or instance.layout.transfer_syntax in (EXPLICIT_BIG, DEFLATED_LITTLE):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the files are odd on purpose
            theirs = pydicom.dcmread(source.path, force=True, stop_before_pixels=True)
        for tag, value in raw_values(instance.elements).items():
            element = theirs.get_item(tag)
            assert element is not None, (source.path, hex(tag))
            if isinstance(element.value, bytes):
                assert element.value.rstrip(b" \0") == value, (source.path, hex(tag))
                compared += 1
    assert compared > 500
