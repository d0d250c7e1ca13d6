"""The acceptance of de-identification: identifiers planted everywhere, none left; what must stay is as it was."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from made_objects import made_study
from planted_runs import PlantedRun, dicom_files, planted_run
from planting.folders import Wanted
from programs import program
from written_objects import write_all

from groundglass.deidentify.verify import verify

_LEAST = 2_000
_SHOWN = 30


def listed(lines: list[str]) -> str:
    """Return some of the lines and how many there are of each class."""
    classes = Counter(line.split(" | ")[0] for line in lines)
    return "\n".join([f"{len(lines)}: {dict(classes.most_common())}", *lines[:_SHOWN]])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> PlantedRun:
    """Return a run over a made study and every kind of object that we write, planted."""
    folder = tmp_path_factory.mktemp("made")
    whole = write_all(made_study(folder / "study"), folder / "objects")
    return planted_run([*whole.sources, *whole.files()], folder / "run", 77, wanted=Wanted(recipes=50))


@pytest.fixture(scope="module")
def real(data: Path, tmp_path_factory: pytest.TempPathFactory) -> PlantedRun:
    """Return a run over a third of the odd real objects and of some slices of each real study, planted.

    Words are burned into pictures by night only: the text reader needs minutes for so many.
    """
    wanted = Wanted(recipes=20, pictures=False)
    return planted_run(dicom_files(data, every=40)[::3], tmp_path_factory.mktemp("real"), 2026, wanted=wanted)


def dose_of(folder: Path) -> list[str]:
    """Return the figures of every irradiation below a folder, without what names it."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("groundglass")), "dose", str(folder), "--json"],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    rows = [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith("{")]
    return sorted(
        json.dumps({key: value for key, value in event.items() if key != "uid"}, sort_keys=True)
        for row in rows
        for event in row["events"]
    )


def unreadable(folder: Path) -> list[str]:
    """Return the objects that DCMTK cannot read to their end."""
    dump = program("dcmdump")
    found = []
    for file in sorted(folder.rglob("*.dcm")):
        done = subprocess.run([dump, "-q", str(file)], capture_output=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            found.append(f"{file.relative_to(folder)}: {done.stderr.decode()[:200]}")
    return found


def verified(run: PlantedRun) -> list[str]:
    """Return what the independent proof finds."""
    found = verify(run.planted, run.out, planted=run.marks_file)
    return [
        f"{each.code} | {each.place} | {each.kind} | {each.value} | {each.file}"
        for each in found.findings
        if each.severity == "error"
    ]


class _Acceptance:
    """What holds for every run over planted copies."""

    def test_no_planted_identifier_is_left(self, run: PlantedRun) -> None:
        left = run.left()
        assert not left, listed(left)

    def test_the_proof_finds_nothing(self, run: PlantedRun) -> None:
        found = verified(run)
        assert not found, listed(found)

    def test_geometry_and_acquisition_are_as_they_were(self, run: PlantedRun) -> None:
        changes = run.attributes_changed()
        assert not changes, listed(changes)

    def test_pixels_are_equal_where_nothing_was_burned_in(self, run: PlantedRun) -> None:
        assert run.pixels_compared() >= 5
        changes = run.pixels_changed()
        assert not changes, listed(changes)

    def test_dates_of_a_patient_keep_their_distance(self, run: PlantedRun) -> None:
        days = {patient: moved for patient, moved in run.days().items() if moved}
        assert days
        assert [moved for moved in days.values() if len(moved) != 1] == []
        assert all(365 <= day <= 3650 for moved in days.values() for day in moved)

    def test_every_result_is_dicom_to_its_end(self, run: PlantedRun) -> None:
        assert not unreadable(run.out)


class TestMade(_Acceptance):
    @pytest.fixture
    def run(self, made: PlantedRun) -> PlantedRun:
        return made

    def test_every_class_of_place_was_planted(self, run: PlantedRun) -> None:
        assert len({mark.value for mark in run.marks}) > 500
        assert len({mark.vr for mark in run.marks if mark.vr}) >= 29
        assert {mark.depth for mark in run.marks} >= set(range(7))
        assert {"latin", "cyrillic", "chinese"} <= {mark.script for mark in run.marks}
        assert {"burned-in words", "encapsulated PDF", "content item, TEXT", "private block", "preamble"} <= {
            mark.place for mark in run.marks
        }


@pytest.mark.real
class TestReal(_Acceptance):
    @pytest.fixture
    def run(self, real: PlantedRun) -> PlantedRun:
        return real

    def test_there_are_enough_of_them(self, run: PlantedRun) -> None:
        assert len({mark.value for mark in run.marks if not mark.kept}) >= _LEAST

    def test_what_is_said_of_machines_stays(self, run: PlantedRun) -> None:
        kept = run.device_kept()
        assert kept[True] > 20
        assert kept[False] <= 0.15 * kept.total()


@pytest.mark.real
def test_dose_is_as_it_was(data: Path, tmp_path: Path) -> None:
    # the dose captures among them are pictures, which the default profile leaves out
    reports = sorted((data / "conformance" / "openrem_ct_sr").glob("CT-*SR-*.dcm"))
    run = planted_run(reports, tmp_path, 7, wanted=Wanted(pictures=False, around=False))
    before = dose_of(run.planted)
    assert len(before) > 20
    assert dose_of(run.out) == before
    assert not run.left()


def analysed(study: Path, out: Path) -> dict[str, Any]:
    """Run the main job and return result.json without what names the study or the time it took."""
    subprocess.run(
        [str(Path(sys.executable).with_name("groundglass")), "analyze", str(study), "-o", str(out)],
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    result: dict[str, Any] = json.loads(next(out.rglob("result.json")).read_text(encoding="utf-8"))
    del result["seconds"], result["acquisition_datetime"]
    for key in ("study_uid", "series_uid", "frame_of_reference_uid"):
        del result["study"][key]
    for row in result["slices"]:
        del row["sop_uid"]
    return result


def same(before: Any, after: Any) -> bool:
    """Tell whether two results agree, figures to a millionth.

    A planted number in an attribute that only repeats the geometry is taken out, and the last bits of a spacing change.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(same(before[key], after[key]) for key in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, float) or isinstance(after, float):
        return bool(before == pytest.approx(after, rel=1e-6, abs=1e-6))
    return bool(before == after)


def phantom(folder: Path) -> list[Path]:
    """Write a small phantom and return its slices."""
    options = ["--slices", "48", "--rows", "192", "--involvement", "20", "--seed", "5"]
    subprocess.run(
        [str(Path(sys.executable).with_name("groundglass")), "phantom", "-o", str(folder), *options],
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    return sorted(path for path in (folder / "dicom" / "2-body").rglob("*") if path.is_file())


def test_the_analysis_of_a_phantom_is_the_same_before_and_after(tmp_path: Path) -> None:
    slices = phantom(tmp_path / "phantom")
    wanted = Wanted(recipes=10, pictures=False, around=False, kept=False)
    run = planted_run(slices, tmp_path / "run", 5, wanted=wanted)
    assert not run.left()
    before, after = analysed(run.planted, tmp_path / "before"), analysed(run.out, tmp_path / "after")
    assert before["lesions"]["total_volume_ml"] > 1
    assert same(before, after)


@pytest.mark.real
@pytest.mark.nightly
@pytest.mark.parametrize("name", ["P001", "normal001"])
def test_the_analysis_of_a_real_study_is_the_same_before_and_after(name: str, data: Path, tmp_path: Path) -> None:
    slices = sorted(path for path in (data / "studies" / name).iterdir() if path.is_file())
    wanted = Wanted(recipes=10, pictures=False, around=False, kept=False)
    run = planted_run(slices, tmp_path / "run", 5, wanted=wanted)
    assert not run.left()
    assert same(analysed(run.planted, tmp_path / "before"), analysed(run.out, tmp_path / "after"))


@pytest.mark.real
@pytest.mark.nightly
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_no_planted_identifier_is_left_with_other_seeds(seed: int, data: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # values that are wrong on purpose
        run = planted_run(dicom_files(data, every=5), tmp_path, seed, wanted=Wanted(recipes=20))
        left, found = run.left(), verified(run)
    assert not left, listed(left)
    assert not found, listed(found)
