"""DCMTK reads every object."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from odd_studies import ODD_STUDIES
from PIL import Image
from programs import Said, ask
from pydicom import dcmread
from written_objects import WrittenStudy, write_all

_LIMITS = (
    "The VR checker does not support this Specific Character Set",
    "Check for template constraints not yet supported",
)
_BAD = re.compile(r"^(E|F|W): ", re.MULTILINE)


@pytest.fixture(scope="module", params=["en", "ru"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> WrittenStudy:
    """Return all objects of a study in one language; the Russian one has a patient of a Cyrillic name."""
    folder = tmp_path_factory.mktemp("dcmtk")
    name = "axial" if request.param == "en" else "Cyrillic"
    odd = next(one for one in ODD_STUDIES if one.name == name)
    return write_all(odd.make(folder / "study"), folder / "objects", language=request.param)


def complaints(said: Said) -> list[str]:
    """Return what a program of DCMTK warned of, but for its own limits."""
    return [line for line in said.lines if _BAD.match(line) and not line.endswith(_LIMITS) and _LIMITS[0] not in line]


def test_every_object_is_dumped_without_a_complaint(whole: WrittenStudy) -> None:
    for file in whole.files():
        said = ask("dcmdump", "+L", file)
        assert said.status == 0, file
        assert complaints(said) == [], file


def test_the_report_is_a_report(whole: WrittenStudy) -> None:
    for role in ("sr", "key-objects"):
        (file,) = whole.files(role)
        said = ask("dsrdump", "-Ec", file)
        assert said.status == 0
        assert complaints(said) == []
        assert "CONTAINER" in said.output


def test_the_report_reads_as_a_page(whole: WrittenStudy, tmp_path: Path) -> None:
    (file,) = whole.files("sr")
    said = ask("dsr2html", "+U8", file, tmp_path / "report.html")
    assert said.status == 0
    assert complaints(said) == []
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    result = whole.study.findings.result
    assert f"{result.lungs.total_volume_ml:.0f}"[:3] in page if result.lungs else False
    assert "CT-" in page or "КТ-" in page


def test_marked_pictures_are_decoded_alike(whole: WrittenStudy, tmp_path: Path) -> None:
    for file in whole.files("marked"):
        said = ask("dcmj2pnm", "--write-png", file, tmp_path / "picture.png")
        if "write-png" in said.errors:
            said = ask("dcmj2pnm", "--write-raw-pnm", file, tmp_path / "picture.png")
        assert complaints(said) == [], file
        with Image.open(tmp_path / "picture.png") as picture:
            drawn = np.asarray(picture.convert("RGB"))
        own = dcmread(file).pixel_array
        assert np.array_equal(drawn, own if own.ndim == 3 else np.stack([own] * 3, axis=-1)), file


def test_the_encapsulated_report_comes_out_as_it_went_in(whole: WrittenStudy, tmp_path: Path) -> None:
    (file,) = whole.files("report")
    said = ask("dcm2pdf", file, tmp_path / "report.pdf")
    assert complaints(said) == []
    assert (tmp_path / "report.pdf").read_bytes().rstrip(b"\0") == whole.pdf


def test_binary_segmentations_are_rewritten_in_another_syntax_and_back(whole: WrittenStudy, tmp_path: Path) -> None:
    for file in whole.files("seg-*"):
        assert complaints(ask("dcmconv", "+ti", file, tmp_path / "implicit.dcm")) == []
        assert complaints(ask("dcmconv", "+te", tmp_path / "implicit.dcm", tmp_path / "explicit.dcm")) == []
        own, back = dcmread(file), dcmread(tmp_path / "explicit.dcm")
        assert back.PixelData == own.PixelData
        del own.PixelData, back.PixelData  # bits are OB or OW as the writer likes (PS3.5 8.2)
        assert back == own
