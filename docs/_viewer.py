"""Draw the pictures of our DICOM objects in OHIF for the docs, from an invented patient.

Run as ``make viewer-pictures``; needs Orthanc with its DICOMweb plug-in, Chromium, and ``scripts/install-ohif``.
Everything listens on the loopback alone and ends with the run. What runs them lies with the tests, in ``tests/peers``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import orthanc
from ohif import served
from PIL import Image
from pydicom import dcmread
from viewer import ohif_pages, viewing

from groundglass.phantom import PhantomOptions, make, write

IMAGES = Path(__file__).resolve().parent / "images"
OPTIONS = PhantomOptions(slices=133, rows=512, spacing_mm=2.4, involvement=30.0, seed=12, variant="test")
COLOURS = 255
WIDTH = 1280
SIZE = (1600, 900)


def save(file: Path, name: str) -> None:
    """Write a picture small enough for a repository."""
    with Image.open(file) as picture:
        small = picture.convert("RGB").resize(
            (WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS
        )
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / name, optimize=True)


def title(folder: Path, role: str) -> str:
    """Return the SeriesDescription of a series of objects."""
    return str(dcmread(next((folder / role).glob("*.dcm")), stop_before_pixels=True).SeriesDescription)


def main() -> int:
    """Make the patient, analyse it, store all in an archive, and look at it."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        study, out = Path(scratch) / "study", Path(scratch) / "out"
        write(make(OPTIONS), study, localizer=False)
        program = str(Path(sys.executable).with_name("groundglass"))
        subprocess.run([program, "analyze", str(study / "dicom"), "-o", str(out), "--dicom"], check=True)
        sources = sorted((study / "dicom").rglob("*.dcm"))
        header = dcmread(sources[0], stop_before_pixels=True)
        objects = out / "dicom"
        marked = [dcmread(file, stop_before_pixels=True) for file in sorted((objects / "marked").glob("*.dcm"))]
        slices = [data for data in marked if "ImagePositionPatient" in data]
        # a slice a third of the way up the lesions
        chosen = sorted(slices, key=lambda data: float(data.ImagePositionPatient[2]))[len(slices) // 3]
        with orthanc.running(Path(scratch)) as archive, served(ohif_pages(), archive.http_port) as url:
            archive.store([*sources, *sorted(objects.rglob("*.dcm"))])
            source_uid = str(chosen.SourceImageSequence[0].ReferencedSOPInstanceUID)
            with viewing(url, width=SIZE[0], height=SIZE[1]) as viewer:
                viewer.open(header.StudyInstanceUID)
                for role in ("seg-lungs", "seg-lesions"):
                    viewer.load_segmentation(title(objects, role))
                viewer.show(viewer.images().index(source_uid))
                viewer.screenshot(Path(scratch) / "segmentation.png")
            with viewing(url, width=SIZE[0], height=SIZE[1]) as viewer:
                viewer.open(header.StudyInstanceUID)
                viewer.side_by_side(str(header.SeriesDescription), title(objects, "marked"))
                viewer.show(viewer.images(0).index(source_uid), 0)
                viewer.show(viewer.images(1).index(str(chosen.SOPInstanceUID)), 1)
                viewer.close_players()
                viewer.screenshot(Path(scratch) / "marked.png")
        save(Path(scratch) / "segmentation.png", "viewer-segmentation.png")
        save(Path(scratch) / "marked.png", "viewer-marked.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
