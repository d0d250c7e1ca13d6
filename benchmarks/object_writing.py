"""Time and size of each kind of DICOM object, against the same masks written by highdicom and by dcmqi.

One process, the study read and analysed once; every writer takes its turn in every round.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import highdicom
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.sr.codedict import codes
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGLSLossless

import groundglass as gg
from groundglass import nifti
from groundglass.dicom.objects.document import encapsulated_pdf
from groundglass.dicom.objects.files import write_object
from groundglass.dicom.objects.findings import Findings
from groundglass.dicom.objects.key_objects import key_objects
from groundglass.dicom.objects.making import Making, SeriesRole
from groundglass.dicom.objects.marked import marked_series
from groundglass.dicom.objects.origin import Origin, origin_of
from groundglass.dicom.objects.seg import SegKind, segmentations
from groundglass.dicom.objects.sr import structured_report
from groundglass.dicom.profiles import profile
from groundglass.pipeline.outputs import native_labels
from groundglass.volume import LabelVolume
from measure import run
from studies import phantom_study

SLICES = 400
MUST_LABELMAP_MB = 3.0
"""Size that a label map of 400 slices may have (the project's own goal)."""


@dataclass(frozen=True, slots=True)
class Case:
    """What all writers are given.

    Attributes
    ----------
    folder : Path
        The study.
    origin, findings
        What our writers take.
    files : tuple of Path
        The slices in the order of the volume, which the others take.
    """

    folder: Path
    origin: Origin
    findings: Findings
    files: tuple[Path, ...]


def case_of(folder: Path) -> Case:
    """Read and analyse a study once."""
    analysis = gg.analyze(gg.open_study(folder))
    if analysis.chest is None or analysis.chest.entry is None or analysis.reading is None:
        raise RuntimeError("the phantom was refused")
    origin = origin_of(analysis.chest.entry, analysis.chest.volume.geometry)

    def placed(labels: LabelVolume) -> LabelVolume:
        return LabelVolume(native_labels(analysis, labels).array, origin.geometry, labels.labels)

    findings = Findings(
        result=analysis.result,
        volume=replace(analysis.chest.volume, geometry=origin.geometry),
        lungs=placed(analysis.reading.lungs),
        lesions=placed(analysis.reading.lesions),
        notices=analysis.notices,
        checks=analysis.checks,
        pdf=b"%PDF-1.7\n" + bytes(1_500_000),
    )
    by_uid = {str(dcmread(file, stop_before_pixels=True).SOPInstanceUID): file for file in folder.rglob("*.dcm")}
    return Case(folder, origin, findings, tuple(by_uid[image.sop_uid] for image in origin.images if image))


def ours(case: Case, name: str) -> dict[str, Callable[[Path], None]]:
    """Return our writers of one profile, each writing its series below a folder."""
    making = Making(name, datetime(2026, 1, 1), datetime(2026, 1, 1), "en", profile(name))

    def put(folder: Path, role: SeriesRole, number: int, data: FileDataset) -> None:
        write_object(folder, role, number, data, sets="")

    def seg(kind: SegKind) -> Callable[[Path], None]:
        def write(folder: Path) -> None:
            for role, data in segmentations(case.origin, case.findings, making, kind=kind).items():
                put(folder, role, 1, data)

        return write

    def report(folder: Path) -> None:
        put(folder, "sr", 1, structured_report(case.origin, case.findings, making, segs=segs))

    def marked(folder: Path) -> None:
        for number, data in enumerate(marked_series(case.origin, case.findings, making), start=1):
            put(folder, "marked", number, data)

    def key(folder: Path) -> None:
        chosen = key_objects(case.origin, case.findings, making)
        if chosen is not None:
            put(folder, "key-objects", 1, chosen)

    def pdf(folder: Path) -> None:
        put(folder, "report", 1, encapsulated_pdf(case.origin, case.findings.pdf, making))

    if name == "moscow":
        return {"marked series, every slice": marked}
    segs = segmentations(case.origin, case.findings, making, kind="binary")
    return {
        "SEG, one bit a voxel": seg("binary"),
        "SEG, label map": seg("labelmap"),
        "SR": report,
        "marked series, slices with findings": marked,
        "key objects": key,
        "encapsulated PDF": pdf,
    }


def by_highdicom(case: Case, kind: str) -> Callable[[Path], None]:
    """Return highdicom used as its guide shows: headers of the slices, one array of labels, one call an object."""

    def write(folder: Path) -> None:
        headers = [dcmread(file, stop_before_pixels=True) for file in case.files]
        folder.mkdir(parents=True)
        for labels in (case.findings.lungs, case.findings.lesions):
            described = [_description(number) for number in range(1, int(labels.array.max()) + 1)]
            made = highdicom.seg.Segmentation(
                headers,
                labels.array,
                kind,
                described,
                series_instance_uid=highdicom.UID(),
                series_number=900,
                sop_instance_uid=highdicom.UID(),
                instance_number=1,
                manufacturer="peer",
                manufacturer_model_name="peer",
                software_versions="1",
                device_serial_number="1",
                transfer_syntax_uid=UID(ExplicitVRLittleEndian if kind == "BINARY" else JPEGLSLossless),
            )
            made.save_as(folder / f"{made.SOPInstanceUID}.dcm")

    return write


def _description(number: int) -> Any:
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=str(number),
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=codes.SCT.Lung,
        algorithm_type="AUTOMATIC",
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name="peer", version="1", family=codes.DCM.ArtificialIntelligence
        ),
    )


def by_dcmqi(case: Case, scratch: Path) -> Callable[[Path], None]:
    """Return dcmqi's converter, a program of its own, on the same masks as NIfTI."""
    program = Path(sys.executable).with_name("itkimage2segimage")
    making = Making("dcmqi", datetime(2026, 1, 1), datetime(2026, 1, 1), "en", profile("default"))
    inputs = []
    for role, data in segmentations(case.origin, case.findings, making).items():
        labels = case.findings.lungs if role == "seg-lungs" else case.findings.lesions
        write_object(scratch, role, 1, data, sets="")
        nifti.write_labels(scratch / f"{role}.nii.gz", labels)
        back = Path(sys.executable).with_name("segimage2itkimage")
        folder = scratch / f"{role}-described"
        folder.mkdir()
        arguments = ["--inputDICOM", str(scratch / role / "0001.dcm"), "--outputDirectory", str(folder)]
        subprocess.run([str(back), *arguments, "-t", "nifti", "--mergeSegments"], check=True, capture_output=True)
        inputs.append((scratch / f"{role}.nii.gz", folder / "meta.json"))

    def write(folder: Path) -> None:
        folder.mkdir(parents=True)
        for number, (image, described) in enumerate(inputs):
            run(
                [
                    str(program),
                    "--inputImageList",
                    str(image),
                    "--inputMetadata",
                    str(described),
                    "--inputDICOMDirectory",
                    str(case.folder),
                    "--outputDICOM",
                    str(folder / f"{number}.dcm"),
                    "--skip",
                ]
            )

    return write


def measure_objects(cache: Path, slices: int, repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Time every writer in turn, and the whole job with and without objects."""
    folder = phantom_study(cache, slices)
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(dir=cache) as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the peers' own
        case = case_of(folder)
        scratch = Path(place)
        writers: dict[str, Callable[[Path], None]] = {**ours(case, "default"), **ours(case, "moscow")}
        writers["highdicom, one bit a voxel"] = by_highdicom(case, "BINARY")
        writers["highdicom, label map"] = by_highdicom(case, "LABELMAP")
        writers["dcmqi, one bit a voxel"] = by_dcmqi(case, scratch / "dcmqi")
        seconds: dict[str, list[float]] = {name: [] for name in writers}
        for _ in range(repeats):
            for name, write in writers.items():
                out = scratch / "out"
                shutil.rmtree(out, ignore_errors=True)
                start = time.perf_counter()
                write(out)
                seconds[name].append(time.perf_counter() - start)
                files = [file for file in out.rglob("*") if file.is_file()]
                rows[name] = {"files": len(files), "mb": sum(file.stat().st_size for file in files) / 1e6}
        for name, values in seconds.items():
            rows[name]["seconds"] = statistics.median(values)
            say(f"{name}: {rows[name]['seconds']:.2f} s, {rows[name]['files']} files, {rows[name]['mb']:.1f} MB")
    return {"slices": slices, "kinds": rows, "job": _whole_job(folder, cache, repeats, say)}


_JOBS: dict[str, tuple[str, ...]] = {
    "without DICOM objects": (),
    "with them": ("--dicom",),
    "with a label map": ("--dicom", "--seg", "labelmap"),
    "profile moscow": ("--dicom", "--profile", "moscow"),
}


def _whole_job(folder: Path, cache: Path, repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    program = str(Path(sys.executable).with_name("groundglass"))
    runs: dict[str, list[Any]] = {name: [] for name in _JOBS}
    for _ in range(repeats):
        for name, options in _JOBS.items():
            with tempfile.TemporaryDirectory(dir=cache) as place:
                runs[name].append(run([program, "analyze", str(folder), "-o", f"{place}/out", *options]))
    rows = {}
    for name, done in runs.items():
        rows[name] = {
            "wall": statistics.median(one.seconds for one in done),
            "cpu": statistics.median(one.cpu_seconds for one in done),
            "peak_mib": max(one.peak_mib for one in done),
        }
        say(f"whole job {name}: {rows[name]['wall']:.1f} s, processors {rows[name]['cpu']:.1f} s")
    return rows


def objects_part(objects: dict[str, Any]) -> list[str]:
    """Return the part of the page about objects."""
    kinds, job = objects["kinds"], objects["job"]
    peers = {
        "SEG, one bit a voxel": ("highdicom, one bit a voxel", "dcmqi, one bit a voxel"),
        "SEG, label map": ("highdicom, label map",),
    }
    whole = job["with them"]["wall"]
    lines = [
        f"One study of {objects['slices']} slices of 512 x 512; masks and figures are ready, all writers take turns in "
        "one process (dcmqi twice in one of its own). highdicom is used as its guide shows and reads the headers of "
        "the slices first, dcmqi's converter reads the study itself: what each needs when called on its own.",
        "",
        "| objects | files | MB | seconds | of the whole job | highdicom / ours | dcmqi / ours |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in kinds.items():
        ratios = [f"{kinds[peer]['seconds'] / row['seconds']:.1f} x" for peer in peers.get(name, ())]
        share = f"{100 * row['seconds'] / whole:.0f} %" if "highdicom" not in name and "dcmqi" not in name else ""
        cells = [name, str(row["files"]), f"{row['mb']:.2f}", f"{row['seconds']:.2f}", share, *ratios]
        lines.append("| " + " | ".join(cells + [""] * (7 - len(cells))) + " |")
    lines += [
        "",
        "| whole job | seconds | processor time | peak memory, MiB |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, row in job.items():
        lines.append(f"| {name} | {row['wall']:.1f} | {row['cpu']:.1f} | {row['peak_mib']:.0f} |")
    size = kinds["SEG, label map"]["mb"]
    lines += ["", f"The label map of the study is {size:.2f} MB (wanted: below {MUST_LABELMAP_MB:.0f} MB)."]
    return lines


def main() -> int:
    """Measure once and print."""
    cache = Path(__file__).resolve().parent / ".cache"
    cache.mkdir(exist_ok=True)
    slices = int(sys.argv[1]) if len(sys.argv) > 1 else SLICES
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    measured = measure_objects(cache, slices, repeats, lambda text: print(text, file=sys.stderr))
    print(json.dumps(measured, indent=1))
    print("\n".join(objects_part(measured)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
