"""A clean result is spoiled by hand in every class of place, and the proof has to find each leak."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from made_objects import made_study
from planted_runs import PlantedRun, planted_run
from planting import documents, hidden, pictures
from planting.folders import Wanted
from planting.marks import Mark, Mint, write_marks
from planting.planter import Planter, raw
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UID

from groundglass.deidentify.verify import Verified, verify


@dataclass
class Spoiling:
    """A copy of a clean result that leaks are put into."""

    out: Path
    mint: Mint
    marks: dict[str, list[Mark]] = field(default_factory=dict)

    def file(self, number: int) -> Path:
        return sorted(self.out.rglob("*.dcm"))[number]

    def change(self, name: str, number: int, leak: Callable[[FileDataset], list[Mark]]) -> None:
        """Put a leak into one object and write it again."""
        file = self.file(number)
        ds = dcmread(file)
        self.marks[name] = leak(ds)
        sink = io.BytesIO()
        dcmwrite(sink, ds)
        file.write_bytes(sink.getvalue())

    def element(self, name: str, number: int, tag: int | str, mark: Mark, vr: str, codec: str = "utf-8") -> None:
        """Put a value into an element of one object."""

        def leak(ds: FileDataset) -> list[Mark]:
            planter = Planter(ds, self.mint, "", {})
            planter.put(tag, mark, name, vr=vr, data=mark.value.encode(codec))
            return [mark]

        self.change(name, number, leak)


_IDENTITY = Wanted(recipes=0, pictures=False, around=False, kept=False, hidden=False)


def _nested(mint: Mint, depth: int) -> Callable[[FileDataset], list[Mark]]:
    def leak(ds: FileDataset) -> list[Mark]:
        mark = mint.name("latin")
        target: Dataset = ds
        planter = Planter(ds, mint, "", {})
        for _ in range(depth):
            item = Dataset()
            planter.sequence("ReferencedStudySequence", [item], target)
            target = item
        planter.put("PatientName", mark, "nested", within=target)
        return [mark]

    return leak


def _burned(mint: Mint) -> Callable[[FileDataset], list[Mark]]:
    def leak(ds: FileDataset) -> list[Mark]:
        ds.Rows, ds.Columns = 256, 512
        kind = "<i2" if ds.PixelRepresentation else "<u2"
        pixels = np.full((256, 512), 50, kind)
        mark = mint.plain("latin")
        pixels[100:130, 20 : 20 + 440] = 50
        strokes = pictures.drawn(mark.value, "latin", 22)
        pixels[100 : 100 + strokes.shape[0], 20 : 20 + strokes.shape[1]][strokes] = 1500
        ds["PixelData"].value = pixels.tobytes()
        return [mark]

    return leak


def _pdf(mint: Mint) -> Callable[[FileDataset], list[Mark]]:
    def leak(ds: FileDataset) -> list[Mark]:
        mark = mint.plain("latin")
        ds[0x00420011] = raw(0x00420011, "OB", documents.pdf_of([mark.value], packed=True))
        return [mark]

    return leak


def spoiled(clean: PlantedRun, out: Path) -> Spoiling:
    """Return a copy of the result with a leak in every class of place."""
    shutil.copytree(clean.out, out)
    mint = Mint(4242)
    spoiling = Spoiling(out, mint)
    element, change = spoiling.element, spoiling.change
    element("listed attribute", 0, "PatientComments", mint.plain("latin"), "LT")
    element("identifier as a number", 0, "PageNumberVector", mint.number(9), "IS")
    element("Cyrillic in ISO 8859-5", 0, "StudyComments", mint.plain("cyrillic"), "LT", "iso8859-5")
    element("Cyrillic in code page 1251", 1, "StudyComments", mint.plain("cyrillic"), "LT", "cp1251")
    element("Chinese in GB 18030", 1, "VisitComments", mint.plain("chinese"), "LT", "gb18030")
    element("UTF-16", 1, "ImageComments", mint.plain("latin"), "LT", "utf-16-le")
    element("unknown attribute", 1, 0x000800F7, mint.plain("latin"), "LO")
    element("UN", 2, "PatientBirthName", mint.name("latin"), "UN")
    element("bytes", 2, 0x00091010, mint.plain("latin"), "OB")
    element("spelled in 16-bit numbers", 2, 0x00091012, mint.plain("latin"), "OW")
    element("private block", 2, 0x00111010, mint.plain("latin"), "LO")
    element("private creator", 3, 0x00130010, mint.plain("latin"), "LO")
    element("label of an overlay", 3, 0x60001500, mint.plain("latin"), "LO")
    element("curve", 3, 0x50003000, mint.plain("latin"), "OB")
    element("short term", 3, "TableType", mint.station(), "CS")
    element("address", 4, 0x00101040, mint.address("latin"), "LO")
    element("telephone number", 4, "FilterType", mint.phone(), "SH")
    element("e-mail", 4, "DerivationDescription", mint.email(), "ST")
    element("accession number", 4, "AccessionNumber", mint.accession(), "SH")
    element("date", 5, "AcquisitionDate", mint.day(), "DA")
    change("depth 1", 5, _nested(mint, 1))
    change("depth 6", 6, _nested(mint, 6))
    change("file meta information", 6, lambda ds: hidden.plant_meta(ds.file_meta, mint)[:1])
    change("trailing padding", 6, lambda ds: hidden.plant_padding(ds, mint))
    change("bytes behind the pixels", 7, lambda ds: hidden.plant_pixel_tail(ds, mint))
    change("encapsulated PDF", 8, _pdf(mint))
    change("burned-in words", 9, _burned(mint))

    def preamble(ds: FileDataset) -> list[Mark]:
        ds.preamble, marks = hidden.plant_preamble(mint)
        return marks

    change("preamble", 7, preamble)
    file = spoiling.file(10)
    data, spoiling.marks["bytes behind the end"] = hidden.plant_behind(
        file.read_bytes(),
        mint,
        little_endian=True,
        implicit=UID(dcmread(file).file_meta.TransferSyntaxUID).is_implicit_VR,
    )
    file.write_bytes(data)
    named, neighbour = mint.plain("latin"), mint.plain("cyrillic")
    file = spoiling.file(11)
    file.rename(file.with_name(f"{named.value}.dcm"))
    (out / "notes.txt").write_text(neighbour.value, encoding="utf-8")
    spoiling.marks |= {"name of a file": [named], "neighbour that is no DICOM": [neighbour]}
    return spoiling


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> PlantedRun:
    """Return a clean run over a made study with planted identities only."""
    folder = tmp_path_factory.mktemp("clean")
    study = made_study(folder / "study")
    sources = sorted(path for path in study.folder.rglob("*") if path.is_file())
    return planted_run(sources, folder / "run", 9, wanted=_IDENTITY)


def _values(found: Verified) -> str:
    return "\n".join(f"{each.value} {each.place} {each.file}" for each in found.findings if each.severity == "error")


def test_a_clean_result_has_no_error(clean: PlantedRun) -> None:
    assert _values(verify(clean.planted, clean.out, planted=clean.marks_file)) == ""


def test_every_leak_of_a_planted_identifier_is_found(clean: PlantedRun, tmp_path: Path) -> None:
    spoiling = spoiled(clean, tmp_path / "out")
    marks = [mark for each in spoiling.marks.values() for mark in each]
    write_marks(marks, tmp_path / "planted.csv")
    found = verify(clean.planted, tmp_path / "out", planted=tmp_path / "planted.csv")
    told = _values(found).casefold().replace("-", "")
    missed = [
        f"{place}: {mark.value}"
        for place, each in spoiling.marks.items()
        for mark in each
        if not any(token.casefold().replace("-", "") in told for token in (mark.value, *mark.tokens))
    ]
    assert missed == []


def test_every_leak_of_an_identifier_that_only_the_source_has_is_found(clean: PlantedRun, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(clean.out, out)
    known = {mark.where: mark for mark in clean.marks if mark.known}
    wanted = (
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "AccessionNumber",
        "InstitutionName",
        "PatientTelephoneNumbers",
        "DeviceSerialNumber",
        "ReferringPhysicianName",
    )
    files = sorted(out.rglob("*.dcm"))
    for keyword, file in zip(wanted, files, strict=False):
        ds = dcmread(file)
        ds[0x00204000] = raw(0x00204000, "LT", f"see {known[keyword].value}".encode())
        sink = io.BytesIO()
        dcmwrite(sink, ds)
        file.write_bytes(sink.getvalue())
    ds = dcmread(files[-1])
    source = dcmread(next(path for path in clean.planted.rglob("*") if path.is_file()))
    ds.StudyInstanceUID = source.StudyInstanceUID
    ds.save_as(files[-1])
    told = {each.file for each in verify(clean.planted, out).findings if each.severity == "error"}
    missed = [k for k, file in zip(wanted, files, strict=False) if str(file.relative_to(out)) not in told]
    assert missed == []
    assert str(files[-1].relative_to(out)) in told
