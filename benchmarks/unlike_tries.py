"""What is flagged as unlike the training data, what is refused before, and what passes.

``python benchmarks/unlike_tries.py [DATA] [--network FILE] [--only phantoms changed odd]``: phantoms with odd options,
real chests changed (contrast, mass, windows, lengths), and whatever odd the shared data hold. One line each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cases import data_folder
from domain_check import Chest, thinned
from failure_phantoms import (
    as_child,
    failures,
    narrow_window,
    shifted,
    soft_window,
    very_noisy,
    with_contrast,
    with_mass,
    wrong_slope,
)
from groundglass.analysis import anatomy
from groundglass.analysis.engine import _look
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.networks import ChestNetwork, shipped
from groundglass.analysis.reading import Gravity
from groundglass.analysis.unlike import USUAL, measure, notices_of
from groundglass.datasets.formats import open_set
from groundglass.errors import GroundglassError
from groundglass.pipeline.study import load_dicom, load_nifti, open_studies
from groundglass.volume import Volume, axial_axes

CHANGES = (with_contrast, with_mass, as_child, narrow_window, soft_window, wrong_slope, shifted, very_noisy)


def line(name: str, volume: Volume, gravity: Gravity, network: ChestNetwork) -> str:
    """Read a chest and say what became of it."""
    grid = WorkingGrid.of(volume)
    body = anatomy.find(grid, gravity=gravity, look=partial(_look, network, grid))
    if body.verdict.coverage == "none":
        return f"{name:34} refused: {' '.join(reason.code for reason in body.verdict.reasons)}"
    said = " ".join(notice.code for notice in (*body.verdict.reasons, *body.notices))
    if body.sight is None:
        return f"{name:34} {body.verdict.coverage}, network failed; {said}"
    start = time.process_time()
    values = measure(grid, body, body.sight)
    seconds = time.process_time() - start
    found = [f"{n.code.removeprefix('unlike_')} {n.values.get('value', '')}" for n in notices_of(values)[1:]]
    score = max(USUAL[key].outside(value) for key, value in values.items())
    verdict = f"FLAGGED ({', '.join(found)})" if found else "passes"
    return f"{name:34} {body.verdict.coverage}, score {score:.2f} {verdict}; {said} [{seconds:.2f} s]"


def odd_files(data: Path) -> Iterator[tuple[str, Path]]:
    """Name what odd the shared data hold."""
    for folder in ("partial", "not_chest", "conformance"):
        for path in sorted((data / folder).iterdir()):
            yield f"{folder}/{path.name}", path
    for path in sorted((data / "lungs" / "elastix").rglob("*.nii*")):
        yield f"elastix/{path.name}", path


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--network", type=Path)
    parser.add_argument("--only", nargs="*", default=("phantoms", "changed", "odd"))
    given = parser.parse_args()
    network = shipped() if given.network is None else ChestNetwork(given.network.read_bytes(), "chest", threads=1)
    if "phantoms" in given.only:
        for failure in failures():
            ct = failure.made()
            print(line(f"phantom {failure.name}", ct.volume, ct.gravity, network), flush=True)
    if "changed" in given.only:
        ct = open_set(data_folder(given.data) / "studies")["normal001"]
        # half of the slices tell as much in half the time
        half = thinned(Chest(ct.volume, ct.gravity), averaged=False, apart_mm=4.0).volume
        for change in (None, *CHANGES):
            changed = half if change is None else change(half)
            print(
                line(f"normal001 {'as it is' if change is None else change.__name__}", changed, ct.gravity, network),
                flush=True,
            )
    if "odd" in given.only:
        for name, path in odd_files(data_folder(given.data)):
            _odd(name, path, network)


def _odd(name: str, path: Path, network: ChestNetwork) -> None:
    try:
        studies = open_studies([path])
    except GroundglassError as error:
        print(f"{name:34} refused: {error.code}", flush=True)
        return
    for number, study in enumerate(studies):
        label = name if len(studies) == 1 else f"{name} #{number + 1}"
        try:
            if study.refusal is not None:
                raise study.refusal
            if study.nifti is not None:
                chest = load_nifti(study.nifti)
            elif study.entry is None or study.entry.chosen is None:
                print(f"{label:34} refused: no series to grade", flush=True)
                continue
            else:
                chest = load_dicom(study.entry.chosen)
        except GroundglassError as error:
            print(f"{label:34} refused: {error.code}", flush=True)
            continue
        volume = chest.volume.reoriented(*axial_axes(chest.volume.geometry))
        print(line(label, volume, chest.gravity, network), flush=True)


if __name__ == "__main__":
    main()
