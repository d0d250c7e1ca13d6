"""The same study stored another way gives the same reading, and right is right."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

import groundglass as gg
from groundglass.analysis.result import InvolvementSection, Result
from groundglass.dicom.ct_writer import CTHeader, Storage, write_series
from groundglass.phantom import PhantomOptions, make
from groundglass.volume import Volume

Turn = tuple[tuple[int, int, int], tuple[bool, bool, bool]]
AS_IT_IS: Turn = ((0, 1, 2), (False, False, False))


@dataclass(frozen=True)
class Way:
    """One way to store a study."""

    name: str
    turn: Turn = AS_IT_IS
    syntax: str = ExplicitVRLittleEndian
    storage: Storage = field(default_factory=Storage)
    multiframe: bool = False
    zipped: bool = False


WAYS = (
    Way("slices from head to feet", turn=((0, 1, 2), (True, False, False))),
    Way("columns turned, RLE", turn=((0, 1, 2), (False, False, True)), syntax=RLELossless),
    Way("transposed and all turned, JPEG-LS", turn=((0, 2, 1), (True, True, True)), syntax=JPEGLSLossless),
    Way("random names, zipped", storage=Storage(file_names="random"), zipped=True),
    Way("no SOP instance UIDs", storage=Storage(empty_sop_uids=True, empty_frame_of_reference=True)),
    Way("unsigned 12 bit", storage=Storage(bits_stored=12, signed=False, intercept_hu=-1024.0)),
    Way("rows turned, implicit", turn=((0, 1, 2), (False, True, False)), syntax=ImplicitVRLittleEndian),
    Way("transposed, big endian", turn=((0, 2, 1), (False, False, False)), syntax=ExplicitVRBigEndian),
    Way("JPEG lossless", syntax=JPEGLosslessSV1),
    Way("JPEG 2000", syntax=JPEG2000Lossless),
    Way("multi-frame", multiframe=True),
    Way("legacy converted multi-frame", multiframe=True, storage=Storage(legacy=True)),
)


def _stored(volume: Volume, way: Way, folder: Path) -> Path:
    turned = volume.reoriented(*way.turn)
    write_series(
        turned,
        folder,
        header=CTHeader(seed=5, patient_position="HFS"),
        transfer_syntax=way.syntax,
        storage=way.storage,
        multiframe=way.multiframe,
    )
    if not way.zipped:
        return folder
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as stream:
        for path in folder.iterdir():
            stream.write(path, f"deep/er/{path.name}")
    return archive


def _reading(path: Path) -> Result:
    return gg.analyze(gg.open_study(path)).result


def _figures(result: Result) -> InvolvementSection:
    assert result.involvement is not None, result.refusal
    return result.involvement


@pytest.fixture(scope="module")
def one_sided() -> Volume:
    """Return a chest; that its reading differs between the sides is what makes a mirrored one show."""
    return make(PhantomOptions.small(involvement=12.0, seed=21)).volume


@pytest.fixture(scope="module")
def reference(one_sided: Volume, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return _reading(_stored(one_sided, Way("as it is"), tmp_path_factory.mktemp("reference") / "study"))


def test_the_sides_of_the_reference_differ(reference: Result) -> None:
    figures = _figures(reference)
    assert figures.right_percent is not None
    assert figures.left_percent is not None
    assert abs(figures.right_percent - figures.left_percent) > 0.5


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_reading_is_the_same(way: Way, one_sided: Volume, reference: Result, tmp_path: Path) -> None:
    again = _reading(_stored(one_sided, way, tmp_path / "study"))
    # 12 bit and another intercept clip HU below -1024 and above 3071: nothing that the analysis looks at
    assert _figures(again) == _figures(reference)
    assert again.grade == reference.grade
    assert again.lungs is not None
    assert reference.lungs is not None
    assert again.lungs.total_volume_ml == reference.lungs.total_volume_ml
    assert again.lungs.mean_hu == pytest.approx(reference.lungs.mean_hu, abs=0.01)
    assert [row.position_mm for row in again.slices] == pytest.approx([row.position_mm for row in reference.slices])


@pytest.mark.real
@pytest.mark.parametrize("name", ["P001"])
def test_a_real_study_turned_and_packed_reads_the_same(
    name: str, data: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    from groundglass.dicom.series import load, scan

    found = scan([data / "studies" / name])
    chosen = found.studies[0].chosen
    assert chosen is not None
    plain = _reading(data / "studies" / name)
    way = Way("packed", turn=((0, 2, 1), (True, False, True)), syntax=JPEGLSLossless, zipped=True)
    packed = _reading(_stored(load(chosen).volume, way, tmp_path / "study"))
    record_property("percent", _figures(plain).percent)
    assert _figures(packed) == _figures(plain)
