"""Tables that only grow: nothing can be cut, changed, swapped or added without being noticed."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundglass.deidentify.project import Project
from groundglass.deidentify.project.tables import TABLES
from groundglass.errors import GroundglassError, InputError, UnavailableError

ROWS = [{"pseudonym": f"P{number}", "names": ["Пример^Анна", "例子^安"], "days": 400 + number} for number in range(5)]
NOTICED = {"PROJECT_TABLE_DAMAGED", "PROJECT_MIXED"}
APPEND_MANY = """
import sys
from pathlib import Path
from groundglass.deidentify.project import Project
project = Project.open(Path(sys.argv[1]))
for number in range(15):
    project.append([{"who": sys.argv[2], "number": number}] * 2, table="files")
"""
DIE_BEFORE_THE_STATE = """
import os, signal, sys
from pathlib import Path
from groundglass.deidentify.project import Project, tables
project = Project.open(Path(sys.argv[1]))
tables.write_state = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
project.append([{"late": 1}, {"late": 2}], table="files")
"""
ANY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def table_of(project: Project, table: str = "files") -> Path:
    return project.folder / f"{table}.table"


def code_when(action: Callable[[], object]) -> str:
    try:
        action()
    except GroundglassError as error:
        return error.code
    return ""


def read(project: Project, table: str = "files") -> list[dict[str, object]]:
    return list(project.rows(table))


def late(project: Project) -> bytes:
    """Leave rows behind what the state knows, as a kill does; return the table."""
    project.append(ROWS[:2], table="files")
    state = (project.folder / "state.json").read_bytes()
    project.append(ROWS[2:], table="files")
    (project.folder / "state.json").write_bytes(state)
    return table_of(project).read_bytes()


@ANY
@given(rows=st.lists(st.dictionaries(st.text(st.characters(codec=None)), JSON, max_size=4), max_size=4))
def test_rows_come_back_as_they_were_in_their_order(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]
) -> None:
    project = Project.open(tmp_path_factory.mktemp("p") / "project")
    project.append(rows, table="files")
    project.append(rows, table="files")
    assert read(project) == rows + rows


def test_nothing_of_a_row_stands_in_the_folder_in_clear(project: Project) -> None:
    for table in TABLES:
        project.append(ROWS, table=table)
    everything = b"".join(path.read_bytes() for path in project.folder.iterdir())
    for word in ("Анна", "例子", "pseudonym", "names"):
        assert word.encode() not in everything


def test_an_empty_table_has_no_rows_and_no_row_writes_nothing(project: Project) -> None:
    project.append([], table="files")
    assert read(project) == []
    assert not table_of(project).exists()


def test_an_unknown_table_is_a_mistake_of_the_caller(project: Project) -> None:
    with pytest.raises(ValueError, match="no table"):
        project.append(ROWS, table="people")


@ANY
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_table_cut_at_any_byte_is_noticed(project: Project, share: float) -> None:
    if not table_of(project).exists():
        project.append(ROWS, table="files")
        (project.folder / "whole").write_bytes(table_of(project).read_bytes())
    whole = (project.folder / "whole").read_bytes()
    table_of(project).write_bytes(whole[: int(share * len(whole))])
    assert code_when(lambda: read(project)) == "PROJECT_TABLE_DAMAGED"
    assert code_when(lambda: project.append(ROWS, table="files")) == "PROJECT_TABLE_DAMAGED"


def test_any_byte_of_a_table_that_changes_is_noticed(project: Project) -> None:
    project.append(ROWS, table="files")
    whole = table_of(project).read_bytes()
    for place, byte in enumerate(whole):
        change = (byte ^ 0x01, byte ^ 0x20, 0x0A if byte != 0x0A else 0x20)[place % 3]
        table_of(project).write_bytes(whole[:place] + bytes([change]) + whole[place + 1 :])
        assert code_when(lambda: read(project)) in NOTICED, place


@ANY
@given(share=st.floats(0, 1))
def test_what_a_kill_left_unfinished_is_passed_over_and_cut_by_the_next_append(
    tmp_path_factory: pytest.TempPathFactory, share: float
) -> None:
    project = Project.open(tmp_path_factory.mktemp("p") / "project")
    whole = late(project)
    known = project.tables.state()
    assert known is not None
    start = known.head("files").size_bytes
    table_of(project).write_bytes(whole[: start + round(share * (len(whole) - start))])
    found = read(project)
    assert found == ROWS[: len(found)]
    assert len(found) >= 2
    project.append([{"new": 1}], table="files")
    assert read(project) == [*found, {"new": 1}]


def test_a_byte_that_changes_behind_a_kill_costs_only_unfinished_rows(project: Project) -> None:
    whole = late(project)
    known = project.tables.state()
    assert known is not None
    for place in range(known.head("files").size_bytes, len(whole)):
        table_of(project).write_bytes(whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :])
        found = read(project)
        assert 2 <= len(found) < 5
        assert found == ROWS[: len(found)]


def test_rows_of_an_append_killed_before_it_was_noted_are_taken_over(project: Project) -> None:
    project.append(ROWS, table="files")
    killed = subprocess.run([sys.executable, "-c", DIE_BEFORE_THE_STATE, str(project.folder)], check=False)
    assert killed.returncode < 0
    assert read(project) == [*ROWS, {"late": 1}, {"late": 2}]
    project.append([{"after": 1}], table="files")
    assert read(project) == [*ROWS, {"late": 1}, {"late": 2}, {"after": 1}]


def test_quick_rows_outlive_a_kill_and_are_settled_by_the_next_durable_ones(project: Project) -> None:
    project.append(ROWS[:1], table="files")
    for row in ROWS[1:]:
        project.append([row], table="files", durable=False)
    after_kill = Project.open(project.folder)
    assert read(after_kill) == ROWS
    after_kill.append([{"more": 1}], table="files", durable=False)
    project.append([{"run": 1}], table="runs")
    after_kill.append([{"run": 2}], table="runs")
    assert read(project) == [*ROWS, {"more": 1}]
    assert read(project, "runs") == [{"run": 1}, {"run": 2}]
    whole = table_of(project).read_bytes()
    table_of(project).write_bytes(whole[:-1])
    assert code_when(lambda: read(project)) == "PROJECT_TABLE_DAMAGED"


def test_quick_rows_of_two_processes_follow_each_other(project: Project) -> None:
    other = Project.open(project.folder)
    for number in range(6):
        (project, other)[number % 2].append([{"number": number}], table="files", durable=False)
    assert [row["number"] for row in read(project)] == list(range(6))
    other.append([{"run": 1}], table="runs")
    project.append([{"run": 2}], table="runs")
    state = project.tables.state()
    assert state is not None
    assert state.head("files").records == 6


def test_quick_rows_that_went_away_are_noticed_when_they_are_settled(project: Project) -> None:
    project.append(ROWS, table="files", durable=False)
    table_of(project).write_bytes(table_of(project).read_bytes()[:-30])
    assert code_when(lambda: project.append([{"run": 1}], table="runs")) == "PROJECT_TABLE_DAMAGED"


def test_quick_rows_do_not_wait_for_the_disk(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.append(ROWS, table="files")

    def waited(_: int) -> None:
        raise AssertionError("waited for the disk")

    monkeypatch.setattr(os, "fsync", waited)
    project.append(ROWS, table="files", durable=False)
    assert len(read(project)) == 10


def test_lines_that_are_swapped_taken_out_or_doubled_are_noticed(project: Project) -> None:
    project.append(ROWS, table="files")
    title, *lines = table_of(project).read_bytes().splitlines(keepends=True)
    others = [
        [lines[1], lines[0], *lines[2:]],
        [*lines[:3], lines[4], lines[3]],
        [*lines[:2], *lines[3:]],
        [*lines[1:]],
        [lines[0], lines[0], *lines[1:]],
        [*lines[:4], lines[3]],
    ]
    for other in others:
        table_of(project).write_bytes(b"".join([title, *other]))
        assert code_when(lambda: read(project)) == "PROJECT_TABLE_DAMAGED"


def test_an_earlier_line_with_the_same_number_is_noticed(project: Project) -> None:
    project.append(ROWS[:1], table="files")
    kept = project.folder.with_name("kept")
    shutil.copytree(project.folder, kept)
    project.append(ROWS[1:3], table="files")
    first = table_of(project).read_bytes().splitlines(keepends=True)
    shutil.copy(kept / "files.table", table_of(project))
    shutil.copy(kept / "state.json", project.folder / "state.json")
    project.append(ROWS[3:5], table="files")
    second = table_of(project).read_bytes().splitlines(keepends=True)
    table_of(project).write_bytes(b"".join([*second[:2], first[2], second[3]]))
    assert code_when(lambda: read(project)) == "PROJECT_TABLE_DAMAGED"


def test_a_table_under_another_name_is_noticed(project: Project) -> None:
    project.append(ROWS, table="files")
    project.append(ROWS, table="studies")
    shutil.copy(table_of(project), table_of(project, "studies"))
    assert code_when(lambda: read(project, "studies")) == "PROJECT_TABLE_DAMAGED"


def test_a_table_that_was_taken_away_is_noticed(project: Project) -> None:
    project.append(ROWS, table="files")
    table_of(project).unlink()
    assert code_when(lambda: read(project)) == "PROJECT_TABLE_DAMAGED"
    assert code_when(lambda: project.append(ROWS, table="files")) == "PROJECT_TABLE_DAMAGED"


def test_files_of_another_project_are_told_as_such(project: Project, tmp_path: Path) -> None:
    other = Project.open(tmp_path / "other")
    for each in (project, other):
        each.append(ROWS, table="files")
    kept = (project.folder / "state.json").read_bytes()
    shutil.copy(table_of(other), table_of(project))
    assert code_when(lambda: read(project)) == "PROJECT_MIXED"
    shutil.copy(other.folder / "state.json", project.folder / "state.json")
    assert code_when(lambda: read(project)) == "PROJECT_MIXED"
    (project.folder / "state.json").write_bytes(kept)
    shutil.copy(other.folder / "key.json", project.folder / "key.json")
    assert code_when(lambda: read(Project.open(project.folder))) == "PROJECT_MIXED"


def test_any_byte_of_the_state_that_changes_is_noticed(project: Project) -> None:
    project.append(ROWS, table="files")
    path = project.folder / "state.json"
    whole = path.read_bytes()
    for place in range(len(whole) - 1):
        for bit in (0x01, 0x20):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            assert code_when(lambda: read(project)) in NOTICED, place


def test_a_state_that_was_taken_away_is_noticed(project: Project) -> None:
    project.append(ROWS, table="files")
    (project.folder / "state.json").unlink()
    assert code_when(lambda: read(project)) == "PROJECT_TABLE_DAMAGED"
    assert code_when(lambda: project.append(ROWS, table="files")) == "PROJECT_TABLE_DAMAGED"


def test_processes_append_at_once_without_losing_a_row(project: Project) -> None:
    call = [sys.executable, "-c", APPEND_MANY, str(project.folder)]
    running = [subprocess.Popen([*call, name]) for name in "abcd"]
    assert [process.wait(timeout=60) for process in running] == [0] * 4
    found = read(project)
    for name in "abcd":
        own = [row["number"] for row in found if row["who"] == name]
        assert own == [number for number in range(15) for _ in range(2)]


def test_a_full_disk_is_told_and_leaves_the_table_as_it_was(project: Project) -> None:
    project.append(ROWS, table="files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        # CPython ignores SIGXFSZ: a write beyond the limit fails as one on a full disk does
        resource.setrlimit(resource.RLIMIT_FSIZE, (table_of(project).stat().st_size + 100, hard))
        with pytest.raises(UnavailableError) as error:
            project.append(ROWS, table="files")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert error.value.code == "PROJECT_NOT_WRITABLE"
    assert read(project) == ROWS
    project.append(ROWS, table="files")
    assert read(project) == ROWS + ROWS


def test_thousands_of_rows_are_written_and_read_in_no_time(project: Project) -> None:
    rows = [
        {"path": f"/ward/{number:05d}.dcm", "target": f"P/ST/SE/{number}.dcm", "uid": "1." * 30}
        for number in range(3000)
    ]
    start = perf_counter()
    for first in range(0, 3000, 12):
        project.append(rows[first : first + 12], table="files", durable=False)
    project.append([{"run": 1}], table="runs")
    assert sum(1 for _ in project.rows("files")) == 3000
    assert perf_counter() - start < 2.0  # 0.03 s on an idle machine; this one may be busy


def test_a_damaged_table_is_not_a_leak_of_its_rows(project: Project) -> None:
    project.append(ROWS, table="files")
    whole = table_of(project).read_bytes()
    table_of(project).write_bytes(whole[:-20] + b"\n")
    with pytest.raises(InputError) as error:
        read(project)
    assert "Анна" not in str(error.value)
