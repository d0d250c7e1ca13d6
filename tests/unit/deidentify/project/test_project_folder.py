"""Projects are made once, are their owner's alone, and lie apart from the data."""

from __future__ import annotations

import errno
import os
import pickle
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from groundglass.deidentify.project import Project, change_passphrase, default_folder, disk, read_log, require_apart
from groundglass.errors import GroundglassError, InputError, UnavailableError

PASSPHRASE = "шесть слов, которые никто не знает"
OPEN_ONE = """
import sys
from pathlib import Path
from groundglass.deidentify.project import Project
print(Project.open(Path(sys.argv[1])).keys.uid("1.2.3"))
"""
DIE_WHILE_MAKING = """
import os, signal, sys
from pathlib import Path
from groundglass.deidentify.project import Project, disk
setattr(disk, sys.argv[2], lambda *_: os.kill(os.getpid(), signal.SIGKILL))
Project.open(Path(sys.argv[1]))
"""


def code_of(error: pytest.ExceptionInfo[GroundglassError]) -> str:
    return error.value.code


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_project_is_made_on_first_use_and_is_the_same_ever_after(tmp_path: Path) -> None:
    made = Project.open(tmp_path / "a" / "project")
    again = Project.open(tmp_path / "a" / "project")
    assert again.keys == made.keys
    assert again.id == made.id
    assert Project.open(tmp_path / "other").keys != made.keys


def test_folder_and_files_are_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        project = Project.open(tmp_path / "project")
        project.append([{"a": 1}], table="runs")
    finally:
        os.umask(before)
    assert mode_of(project.folder) == 0o700
    assert {mode_of(path) for path in project.folder.iterdir()} == {0o600}


def test_an_empty_folder_that_others_can_enter_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir(mode=0o755)
    Project.open(folder)
    assert mode_of(folder) == 0o700


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    call = [sys.executable, "-c", OPEN_ONE, str(tmp_path / "project")]
    running = [subprocess.Popen(call, stdout=subprocess.PIPE, text=True) for _ in range(5)]
    said = {process.communicate(timeout=60)[0] for process in running}
    assert len(said) == 1
    assert said.pop().startswith("2.25.")


@pytest.mark.parametrize("step", ["_link", "sync_folder"])
def test_a_creation_that_is_killed_leaves_nothing_half(tmp_path: Path, step: str) -> None:
    folder = tmp_path / "project"
    killed = subprocess.run([sys.executable, "-c", DIE_WHILE_MAKING, str(folder), step], check=False)
    assert killed.returncode < 0
    first = Project.open(folder)
    first.append([{"a": 1}], table="runs")
    assert Project.open(folder).keys == first.keys
    assert not [path for path in folder.iterdir() if path.suffix == ".aside"]


def test_a_disk_without_links_gets_one_key_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    made = Project.open(tmp_path / "project")
    assert Project.open(tmp_path / "project").keys == made.keys
    assert not disk.place(made.folder / "key.json", b"another", replace=False)
    assert Project.open(tmp_path / "project").keys == made.keys


def test_a_project_can_be_given_to_another_process_and_shows_no_key(project: Project) -> None:
    assert pickle.loads(pickle.dumps(project)) == project
    assert project.keys.secret.hex() not in repr(project)
    assert repr(project.keys.secret) not in repr(project)
    assert repr(project.tables.key) not in repr(project)


def test_a_project_that_must_be_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        Project.open(tmp_path / "none", create=False)
    assert code_of(error) == "PROJECT_MISSING"
    assert list(tmp_path.iterdir()) == []


def test_a_file_or_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_text("x")
    folder.mkdir()
    (folder / "study.dcm").write_text("x")
    for path in (file, folder):
        with pytest.raises(InputError) as error:
            Project.open(path)
        assert code_of(error) == "PROJECT_FOLDER_TAKEN"
    assert [path.name for path in folder.iterdir()] == ["study.dcm"]


def test_tables_without_their_key_are_not_given_another_one(project: Project) -> None:
    project.append([{"a": 1}], table="patients")
    (project.folder / "key.json").unlink()
    with pytest.raises(InputError) as error:
        Project.open(project.folder)
    assert code_of(error) == "PROJECT_KEY_MISSING"
    assert not (project.folder / "key.json").exists()


@pytest.mark.parametrize("name", [".", "key.json"])
@pytest.mark.parametrize("mode", [0o740, 0o704, 0o720])
def test_rights_of_others_on_folder_or_key_are_refused(project: Project, name: str, mode: int) -> None:
    (project.folder / name).chmod(mode)
    with pytest.raises(InputError) as error:
        Project.open(project.folder)
    assert code_of(error) == "PROJECT_OPEN_TO_OTHERS"


@pytest.mark.parametrize("name", ["runs.table", "state.json"])
def test_rights_of_others_on_a_table_are_refused(project: Project, name: str) -> None:
    project.append([{"a": 1}], table="runs")
    (project.folder / name).chmod(0o644)
    with pytest.raises(InputError) as error:
        list(project.rows("runs"))
    assert code_of(error) == "PROJECT_OPEN_TO_OTHERS"


def test_a_key_behind_a_symbolic_link_is_not_followed(project: Project, tmp_path: Path) -> None:
    (project.folder / "key.json").rename(tmp_path / "elsewhere")
    (project.folder / "key.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnavailableError) as error:
        Project.open(project.folder)
    assert code_of(error) == "PROJECT_NOT_READABLE"


def test_a_passphrase_opens_what_was_made_with_it_in_any_spelling_of_its_letters(tmp_path: Path) -> None:
    made = Project.open(tmp_path / "project", "fenêtre, café, naïve")
    assert Project.open(tmp_path / "project", "fenêtre, café, naïve").keys == made.keys
    text = (tmp_path / "project" / "key.json").read_text()
    assert "fen" not in text
    assert made.keys.secret.hex() not in text


@pytest.mark.parametrize(
    ("made_with", "opened_with", "code"),
    [
        (PASSPHRASE, PASSPHRASE + ".", "PROJECT_PASSPHRASE_WRONG"),
        (PASSPHRASE, None, "PROJECT_PASSPHRASE_NEEDED"),
        (PASSPHRASE, "", "PROJECT_PASSPHRASE_NEEDED"),
        (None, PASSPHRASE, "PROJECT_PASSPHRASE_UNUSED"),
    ],
)
def test_another_passphrase_is_a_named_error(
    tmp_path: Path, made_with: str | None, opened_with: str | None, code: str
) -> None:
    Project.open(tmp_path / "project", made_with)
    with pytest.raises(InputError) as error:
        Project.open(tmp_path / "project", opened_with)
    assert code_of(error) == code
    assert PASSPHRASE not in str(error.value)


def test_a_short_passphrase_makes_no_project(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        Project.open(tmp_path / "project", "short")
    assert code_of(error) == "PROJECT_PASSPHRASE_SHORT"
    assert not (tmp_path / "project" / "key.json").exists()


def test_a_passphrase_is_changed_and_the_key_stays(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    keys = Project.open(folder).keys
    change_passphrase(folder, None, PASSPHRASE)
    assert Project.open(folder, PASSPHRASE).keys == keys
    assert mode_of(folder / "key.json") == 0o600
    with pytest.raises(InputError) as error:
        change_passphrase(folder, "quite another one", None)
    assert code_of(error) == "PROJECT_PASSPHRASE_WRONG"
    with pytest.raises(InputError) as error:
        change_passphrase(folder, PASSPHRASE, "short")
    assert code_of(error) == "PROJECT_PASSPHRASE_SHORT"
    change_passphrase(folder, PASSPHRASE, None)
    project = Project.open(folder)
    assert project.keys == keys
    assert [(entry["what"], entry["wrapped"]) for entry in read_log(project).entries] == [
        ("passphrase", True),
        ("passphrase", False),
    ]
    assert project.check().whole


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_any_byte_of_the_key_file_that_changes_is_noticed(tmp_path: Path, passphrase: str | None) -> None:
    made = Project.open(tmp_path / "project", passphrase)
    path = made.folder / "key.json"
    whole = path.read_bytes()
    codes = set()
    for place in range(0, len(whole), 1 if passphrase is None else 3):
        for bit in (0x01, 0x20):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            with pytest.raises(InputError) as error:
                Project.open(made.folder, passphrase)
            codes.add(code_of(error))
    assert codes == {"PROJECT_KEY_DAMAGED"}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_key_file_that_was_cut_is_noticed_and_not_replaced(project: Project, share: float) -> None:
    path = project.folder / "key.json"
    cut = path.read_bytes()[: int(share * path.stat().st_size)]
    path.write_bytes(cut)
    with pytest.raises(InputError) as error:
        Project.open(project.folder)
    assert code_of(error) == "PROJECT_KEY_DAMAGED"
    assert path.read_bytes() == cut


def test_a_key_file_cannot_ask_for_all_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from groundglass.deidentify.project import key

    Project.open(tmp_path / "project", PASSPHRASE)
    monkeypatch.setattr(key, "SCRYPT_N_AT_MOST", 2**9)
    with pytest.raises(InputError) as error:
        Project.open(tmp_path / "project", PASSPHRASE)
    assert code_of(error) == "PROJECT_KEY_DAMAGED"


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_is_told_and_reading_goes_on(
    project: Project, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    project.append([{"a": 1}], table="runs")
    (project.folder / ".lock").unlink()
    opened = os.open

    def no_writing(path: str | Path, flags: int, *rest: int) -> int:
        if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
            raise OSError(number, os.strerror(number))
        return opened(path, flags, *rest)

    monkeypatch.setattr(os, "open", no_writing)
    assert list(Project.open(project.folder).rows("runs")) == [{"a": 1}]
    with pytest.raises(UnavailableError) as error:
        project.append([{"a": 2}], table="runs")
    assert code_of(error) == "PROJECT_NOT_WRITABLE"


def test_a_place_where_nothing_can_be_made_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError) as error:
        Project.open(tmp_path / "file" / "project")
    assert code_of(error) == "PROJECT_NOT_WRITABLE"


def test_whoever_waits_too_long_is_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LOCK_WAIT_S", 0.02)
    with disk.locked(project.folder), pytest.raises(UnavailableError) as error:
        project.append([{"a": 1}], table="runs")
    assert code_of(error) == "PROJECT_BUSY"


def test_the_default_folder_is_in_the_data_home_of_the_user(tmp_path: Path) -> None:
    rest = Path("groundglass", "projects", "default")
    assert default_folder({"XDG_DATA_HOME": "/data", "HOME": "/h"}) == Path("/data") / rest
    assert default_folder({"XDG_DATA_HOME": "not/absolute", "HOME": "/h"}) == Path("/h/.local/share") / rest
    assert default_folder({"HOME": "/h"}) == Path("/h/.local/share") / rest
    assert default_folder({}).is_absolute()


def test_no_folder_means_the_default_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Project.open(None).folder == tmp_path / "groundglass" / "projects" / "default"


def test_project_and_data_must_lie_apart_also_through_links(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out")
    pairs = [("out/project", "out"), ("out", "out/sub"), ("out", "out"), ("link/project", "out"), ("x/../out/p", "out")]
    for project, out in pairs:
        with pytest.raises(InputError) as error:
            require_apart(tmp_path / project, tmp_path / out)
        assert code_of(error) == "PROJECT_NOT_APART"
    require_apart(tmp_path / "project", tmp_path / "out", tmp_path / "in")


@pytest.mark.parametrize("made", [os.mkfifo, os.mkdir])
def test_a_pipe_or_folder_in_place_of_a_file_is_told_without_waiting(
    project: Project, made: Callable[[Path], None]
) -> None:
    project.append([{"a": 1}], table="runs")
    for name in ("runs.table", "state.json", "key.json"):
        kept = (project.folder / name).read_bytes()
        (project.folder / name).unlink()
        made(project.folder / name)
        (project.folder / name).chmod(0o600)
        with pytest.raises(UnavailableError) as error:
            list(Project.open(project.folder).rows("runs"))
        assert code_of(error) == "PROJECT_NOT_READABLE"
        (project.folder / name).rmdir() if made is os.mkdir else (project.folder / name).unlink()
        (project.folder / name).write_bytes(kept)
        (project.folder / name).chmod(0o600)
    assert list(project.rows("runs")) == [{"a": 1}]


def test_a_path_that_no_disk_can_hold_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as error:
        Project.open(tmp_path / ("x" * 300))
    assert code_of(error) == "PROJECT_NOT_READABLE"


def test_too_little_memory_for_the_passphrase_is_a_named_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from groundglass.deidentify.project import key

    class Greedy:
        def __init__(self, **_: object) -> None:
            pass

        def derive(self, _: bytes) -> bytes:
            raise MemoryError

    monkeypatch.setattr(key, "Scrypt", Greedy)
    with pytest.raises(UnavailableError) as error:
        Project.open(tmp_path / "project", PASSPHRASE)
    assert code_of(error) == "PROJECT_NOT_READABLE"
