"""The engine of one machine, and what comes back from it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from groundglass.datasets.building.running import on_this_machine
from groundglass.datasets.building.tasks import StudyDone, StudyOptions, StudyTask
from groundglass.errors import OUTPUT_FAILED, UnavailableError
from groundglass.phrases import Notice


def task(key: str, timeout_s: float = 60.0) -> StudyTask:
    options = StudyOptions(project=Path("project"), timeout_s=timeout_s)
    return StudyTask(
        key=key,
        label=key,
        series_uid="",
        files=(),
        masks=(),
        age_years=None,
        sex="",
        has_grade=False,
        published={},
        folder=Path(key),
        fingerprint="f",
        options=options,
    )


def work(one: StudyTask) -> StudyDone:
    if one.key == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if one.key == "hang":
        time.sleep(60)
    if one.key == "defect":
        raise ZeroDivisionError
    if one.key == "disk":
        raise UnavailableError(OUTPUT_FAILED, what="full", where="OUT", todo="make room")
    return StudyDone(key=one.key, fingerprint=one.fingerprint, outcome="written", facts={"slices": os.getpid()})


def test_each_study_is_done_once_by_several_processes() -> None:
    done = list(on_this_machine(2)(work, [task(f"s{n}") for n in range(12)]))
    assert sorted(each.key for each in done) == sorted(f"s{n}" for n in range(12))
    assert os.getpid() not in {each.facts["slices"] for each in done}


def test_no_processes_means_this_one() -> None:
    done = list(on_this_machine(0)(work, [task("s1")]))
    assert done[0].facts["slices"] == os.getpid()


def test_a_crash_a_hang_and_a_defect_cost_one_study_each() -> None:
    tasks = [task("crash"), task("s1"), task("hang", timeout_s=1.0), task("defect"), task("s2")]
    done = {each.key: each for each in on_this_machine(2)(work, tasks)}
    assert {key: each.outcome for key, each in done.items()} == {
        "crash": "failed",
        "hang": "failed",
        "defect": "failed",
        "s1": "written",
        "s2": "written",
    }
    assert (done["crash"].code, done["hang"].code, done["defect"].code) == (
        "WORKER_DIED",
        "TOOK_TOO_LONG",
        "UNEXPECTED",
    )
    assert "ZeroDivisionError" in done["defect"].trace


def test_a_full_disk_ends_the_run() -> None:
    with pytest.raises(UnavailableError, match="full"):
        list(on_this_machine(2)(work, [task("s1"), task("disk"), task("s2")]))


def test_no_study_needs_no_process() -> None:
    assert list(on_this_machine(2)(work, [])) == []


def test_what_a_study_came_to_survives_its_file() -> None:
    done = StudyDone(
        key="k",
        fingerprint="f",
        outcome="written",
        facts={"localisation": ("right_lower", "left_upper"), "age_years": 40, "kernel": None},
        files={"study": "00" * 32},
        kinds=True,
        remarks=(Notice("slices_bridged", {"count": 2}),),
        trace="never stored",
    )
    back = StudyDone.from_json(done.to_json())
    assert back.resumed
    assert back.trace == ""
    assert (back.facts, back.files, back.kinds, back.remarks) == (done.facts, done.files, done.kinds, done.remarks)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"key": 1}', '{"facts": [], "remarks": 3}'])
def test_a_damaged_record_of_a_study_is_no_record(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        StudyDone.from_json(text)
