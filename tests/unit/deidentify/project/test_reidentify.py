"""The way back is for the holder of the key, needs a reason, and is written down where nobody can hide it."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from groundglass.cli import run
from groundglass.deidentify.project import Project, check, log, read_log, reidentify
from groundglass.errors import InputError, UnavailableError, UsageError

PATIENT, STUDY, SERIES, SOP = "PT7", "1.2.3", "1.2.3.4", "1.2.3.4.5"
TARGET = f"{PATIENT}/STAB/SECD/EFGH.dcm"
REASON = "incidental nodule in the second reading"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.open(tmp_path / "project")
    made.append(
        [
            {"patient": "k1", "pseudonym": PATIENT, "days": 400, "names": ["name: Muster^Frieda", "id: 4711-08"]},
            {"patient": "k2", "pseudonym": "PT8", "days": 500, "names": ["name: Образец^Пётр", "id: 99"]},
        ],
        table="patients",
    )
    made.append(
        [
            {
                "patient": "k1",
                "pseudonym": PATIENT,
                "study_uid": STUDY,
                "study_out": made.keys.uid(STUDY),
                "series_uid": SERIES,
                "series_out": made.keys.uid(SERIES),
            }
        ],
        table="studies",
    )
    made.append(
        [
            {"counts_id": "x", "counts": []},
            {"patient": "k1", "path": "/ward/a.zip", "member": "b.dcm", "target": TARGET, "sop_uid": SOP},
            {"patient": "k2", "path": "/ward/c", "member": "", "target": "PT8/STZZ/SEYY/EFGH.dcm"},
            {"patient": "k2", "path": "/ward/d", "member": "", "target": ""},
        ],
        table="files",
    )
    return made


def log_lines(project: Project) -> list[bytes]:
    return (project.folder / "access.log").read_bytes().splitlines(keepends=True)


def put_log(project: Project, lines: list[bytes]) -> None:
    (project.folder / "access.log").write_bytes(b"".join(lines))


def test_every_kind_of_id_leads_to_the_person_and_the_source(project: Project) -> None:
    uid = project.keys.uid
    asked = [PATIENT, uid(STUDY), uid(SERIES), uid(SOP), TARGET, "SECD"]
    answer = reidentify(project, asked, reason=REASON)
    assert [identity.kind for identity in answer.identities] == [
        "patient",
        "study",
        "series",
        "instance",
        "file",
        "file",
    ]
    for identity in answer.identities:
        assert identity.pseudonym == PATIENT
        assert identity.names == ("name: Muster^Frieda", "id: 4711-08")
        assert identity.days == 400
    assert [dict(identity.uids) for identity in answer.identities[1:4]] == [
        {"study_uid": STUDY},
        {"study_uid": STUDY, "series_uid": SERIES},
        {"sop_uid": SOP},
    ]
    assert [identity.sources for identity in answer.identities[3:]] == [("/ward/a.zip!b.dcm",)] * 3
    assert answer.unknown == ()


def test_a_path_is_found_from_wherever_it_was_looked_at_and_logged_from_out_on(project: Project) -> None:
    answer = reidentify(project, [f"/shares/Muster/out/{TARGET}"], reason=REASON)
    assert [identity.asked for identity in answer.identities] == [TARGET]
    assert b"Muster" not in log_lines(project)[0]


def test_ids_that_are_not_ours_or_name_several_patients_are_unknown(project: Project) -> None:
    asked = ["Muster^Frieda", "4711-08", STUDY, "EFGH.dcm", "EFG", "", "/", PATIENT]
    answer = reidentify(project, asked, reason=REASON)
    assert answer.unknown == (1, 2, 3, 4, 5, 6, 7)
    assert [identity.asked for identity in answer.identities] == [PATIENT]


def test_a_call_is_logged_with_user_time_ids_and_reason_and_with_nothing_of_the_patient(project: Project) -> None:
    reidentify(project, [PATIENT, "Muster^Frieda"], reason=REASON, now=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    (line,) = log_lines(project)
    entry = json.loads(line)
    assert entry["number"] == 1
    assert entry["at"] == "2026-03-04T05:06:07+00:00"
    assert entry["user"]
    assert entry["ids"] == [PATIENT]
    assert entry["unknown"] == 1
    assert entry["reason"] == REASON
    for word in ("Muster", "Frieda", "4711", "ward"):
        assert word not in line.decode()


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501])
def test_without_a_reason_nothing_is_told_or_logged(project: Project, reason: str) -> None:
    with pytest.raises(UsageError) as error:
        reidentify(project, [PATIENT], reason=reason)
    assert error.value.code == "REASON_MISSING"
    assert not (project.folder / "access.log").exists()


@pytest.mark.parametrize("reason", ["call back Mrs MUSTER", "see 4711-08", "frieda's nodule"])
def test_a_reason_that_names_the_patient_is_refused(project: Project, reason: str) -> None:
    with pytest.raises(InputError) as error:
        reidentify(project, [PATIENT], reason=reason)
    assert error.value.code == "REASON_NAMES_PATIENT"
    assert not (project.folder / "access.log").exists()


def test_a_call_that_cannot_be_logged_tells_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnavailableError) as error:
        reidentify(project, [PATIENT], reason=REASON)
    assert error.value.code == "PROJECT_NOT_WRITABLE"
    monkeypatch.undo()
    assert read_log(project).entries == ()


def test_a_whole_log_is_told_as_whole(project: Project) -> None:
    for number in range(4):
        assert reidentify(project, [PATIENT], reason=f"{REASON} {number}").log.broken == ()
    found = read_log(project)
    assert found.broken == ()
    assert [entry["reason"][-1] for entry in found.entries] == list("0123")


def test_the_chain_can_be_followed_without_the_key(project: Project) -> None:
    for _ in range(3):
        reidentify(project, [PATIENT], reason=REASON)
    lines = log_lines(project)
    for before, line in pairwise(lines):
        assert json.loads(line)["before"] == hashlib.sha256(before.rstrip(b"\n")).hexdigest()


def test_any_byte_of_the_log_that_changes_is_told(project: Project) -> None:
    for _ in range(3):
        reidentify(project, [PATIENT], reason=REASON)
    whole = b"".join(log_lines(project))
    for place in range(len(whole)):
        put_log(project, [whole[:place], bytes([whole[place] ^ 0x01]), whole[place + 1 :]])
        assert read_log(project).broken, place


def test_a_log_cut_at_any_byte_is_told(project: Project) -> None:
    for _ in range(2):
        reidentify(project, [PATIENT], reason=REASON)
    whole = b"".join(log_lines(project))
    for size in range(len(whole)):
        put_log(project, [whole[:size]])
        assert read_log(project).broken, size


@pytest.mark.parametrize("kept", [[0, 2], [1, 2], [1, 0, 2], [0, 0, 1, 2], [0, 1], []])
def test_lines_taken_out_swapped_doubled_or_cut_off_are_told_for_ever(project: Project, kept: list[int]) -> None:
    for number in range(3):
        reidentify(project, [PATIENT], reason=f"{REASON} {number}")
    lines = log_lines(project)
    put_log(project, [lines[number] for number in kept])
    broken = read_log(project).broken
    assert broken
    assert reidentify(project, [PATIENT], reason=REASON).log.broken == broken
    reidentify(project, [PATIENT], reason=REASON)
    assert set(broken) <= set(read_log(project).broken)
    assert not check(project).whole


def test_a_log_that_was_deleted_is_told(project: Project) -> None:
    reidentify(project, [PATIENT], reason=REASON)
    (project.folder / "access.log").unlink()
    assert read_log(project).broken == (1,)
    assert reidentify(project, [PATIENT], reason=REASON).log.broken == (1,)


def test_a_line_cut_in_the_middle_stays_and_the_next_one_is_whole(project: Project) -> None:
    for _ in range(2):
        reidentify(project, [PATIENT], reason=REASON)
    lines = log_lines(project)
    put_log(project, [lines[0], lines[1][:40]])
    reidentify(project, [PATIENT], reason="after the cut")
    after = log_lines(project)
    assert after[1] == lines[1][:40] + b"\n"
    assert json.loads(after[2])["reason"] == "after the cut"
    assert read_log(project).broken


def test_a_line_that_was_being_written_is_passed_over_and_cut(project: Project) -> None:
    reidentify(project, [PATIENT], reason=REASON)
    (line,) = log_lines(project)
    put_log(project, [line, line[:50]])
    assert read_log(project).broken == ()
    reidentify(project, [PATIENT], reason=REASON)
    assert read_log(project).broken == ()
    assert len(log_lines(project)) == 2


def test_a_whole_line_that_was_not_noted_any_more_counts(project: Project) -> None:
    reidentify(project, [PATIENT], reason=REASON)
    state = (project.folder / "state.json").read_bytes()
    reidentify(project, [PATIENT], reason=REASON)
    (project.folder / "state.json").write_bytes(state)
    assert len(read_log(project).entries) == 2
    assert read_log(project).broken == ()


def test_a_line_put_in_without_the_key_is_told(project: Project) -> None:
    reidentify(project, [PATIENT], reason=REASON)
    (line,) = log_lines(project)
    entry = json.loads(line) | {"number": 2, "before": hashlib.sha256(line.rstrip()).hexdigest()}
    put_log(project, [line, json.dumps(entry).encode() + b"\n"])
    assert read_log(project).broken == (2,)


def test_a_break_has_nothing_in_it_that_can_stop_the_reader(project: Project) -> None:
    reidentify(project, [PATIENT], reason=REASON)
    lines = log_lines(project)
    hostile = [
        b"[]\n",
        b"null\n",
        b'{"broken": {"a": 1}, "seal": 3}\n',
        b'{"broken": 7}\n',
        b"\xff\xfe\r\n",
        b"[" * 9999 + b"\n",
    ]
    put_log(project, lines + hostile)
    assert read_log(project).broken == tuple(range(2, 2 + len(hostile)))


def test_the_user_is_that_of_the_process_and_who_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert log._user()["user"] in {str(os.getuid()), log._name(os.getuid())}
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "4294967294")
    assert log._user()["login"] == "4294967294"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "4294967295")
    assert "login" not in log._user()


def test_a_check_counts_what_is_there_and_names_what_is_wrong(project: Project) -> None:
    found = check(project)
    assert found.whole
    assert found.rows["patients"] == 2
    path = project.folder / "files.table"
    path.write_bytes(path.read_bytes()[:-5])
    found = check(project)
    assert [error.code for error in found.errors] == ["PROJECT_TABLE_DAMAGED"]
    assert not found.whole
    assert "files" not in found.rows


# ------------------------------------------------------------------ command


def call(project: Project, *words: str) -> int:
    return run(["deidentify", "reidentify", *words, "--project", str(project.folder)])


def test_the_command_says_who_it_is(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(project, PATIENT, "--reason", REASON) == 0
    said = capsys.readouterr()
    assert "Muster^Frieda" in said.out
    assert said.err == ""


def test_the_command_gives_json_lines(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(project, PATIENT, TARGET, "--reason", REASON, "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["asked"] for row in rows] == [PATIENT, TARGET]
    assert rows[0]["names"][0] == "name: Muster^Frieda"


def test_an_unknown_id_ends_with_3_by_its_number_and_the_others_are_told(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(project, PATIENT, "Nobody^Knows", "--reason", REASON) == 3
    said = capsys.readouterr()
    assert "Muster^Frieda" in said.out
    assert "UNKNOWN_PSEUDONYM" in said.err
    assert "id 2 of 2" in said.err
    assert "Nobody" not in said.err


def test_the_command_without_reason_or_id_is_a_usage_error(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(project, PATIENT) == 2
    assert "REASON_MISSING" in capsys.readouterr().err
    assert call(project) == 2
    assert capsys.readouterr().out == ""


def test_a_broken_log_is_told_in_both_languages_and_the_answer_given(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    call(project, PATIENT, "--reason", REASON)
    (project.folder / "access.log").unlink()
    assert call(project, PATIENT, "--reason", REASON) == 0
    assert "tampered" in capsys.readouterr().err
    assert call(project, PATIENT, "--reason", REASON, "--lang", "ru") == 0
    assert "Журнал" in capsys.readouterr().err


def test_the_command_checks_a_project(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(project, "--check") == 0
    assert "as it was written" in capsys.readouterr().out
    path = project.folder / "studies.table"
    path.write_bytes(path.read_bytes()[:-1])
    assert call(project, "--check") == 3
    assert "PROJECT_TABLE_DAMAGED" in capsys.readouterr().out
    assert call(project, "--check", "--json") == 3
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "PROJECT_TABLE_DAMAGED"


def test_the_command_makes_no_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["deidentify", "reidentify", PATIENT, "--reason", REASON, "--project", str(tmp_path / "none")]
    assert run(words) == 3
    assert "PROJECT_MISSING" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_the_command_takes_the_passphrase_from_the_environment_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = Project.open(tmp_path / "locked", "words nobody would guess")
    assert call(locked, "--check") == 3
    assert "PROJECT_PASSPHRASE_NEEDED" in capsys.readouterr().err
    monkeypatch.setenv("GROUNDGLASS_PROJECT_PASSPHRASE", "words nobody would guess")
    assert call(locked, "--check") == 0


def test_what_a_source_path_holds_cannot_command_the_terminal(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.append(
        [{"patient": "k1", "path": "/w/\x1b[2J\udcff", "member": "", "target": "PT7/S/S/QQ.dcm"}], table="files"
    )
    assert call(project, "QQ.dcm", "--reason", REASON) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "/w/" in out


@pytest.mark.parametrize(("folder", "out"), [("out/project", "out"), ("project", "project/out"), ("out", "out")])
def test_a_run_makes_no_key_where_it_would_travel_with_the_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, out: str
) -> None:
    words = [str(tmp_path / "in"), str(tmp_path / out), "--project", str(tmp_path / folder)]
    assert run(["deidentify", "run", *words]) == 3
    assert "PROJECT_NOT_APART" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
