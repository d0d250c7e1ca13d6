"""Finding and reading the results of an earlier run."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundglass.analysis.schema import to_json
from groundglass.errors import InputError
from groundglass.pipeline import stored
from groundglass.pipeline.assemble import refused_result
from groundglass.pipeline.stored import stored_results
from groundglass.pipeline.study import Study

ERROR = InputError("NO_STUDY", what="nothing", where="here", todo="look elsewhere")
RESULT = refused_result(Study("study-00000000", refusal=ERROR), ERROR, [], {}, "research")


def write(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(to_json(RESULT), encoding="utf-8")


def test_the_result_of_one_study_is_found_and_read(tmp_path: Path) -> None:
    write(tmp_path / "out")
    (one,) = stored_results(tmp_path / "out")
    assert (one.study_id, one.folder) == ("", tmp_path / "out")
    assert one.read() == RESULT


def test_a_batch_gives_its_studies_by_name_and_passes_over_the_rest(tmp_path: Path) -> None:
    for name in ("study-b", "study-a"):
        write(tmp_path / name)
    (tmp_path / "empty").mkdir()
    (tmp_path / "summary.csv").write_text("study_id\n", encoding="utf-8")
    found = stored_results(tmp_path)
    assert [one.study_id for one in found] == ["study-a", "study-b"]
    assert [one.label for one in found] == ["result.json of study 1 of 2", "result.json of study 2 of 2"]


@pytest.mark.parametrize("name", ["nowhere", "file", "empty", "a\0b", "x" * 300])
def test_a_folder_without_results_is_said_so_without_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        stored_results(tmp_path / name)
    assert caught.value.code == "NO_RESULT"
    assert str(tmp_path) not in caught.value.line()


def test_what_cannot_be_read_as_a_result_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def code_of(raw: bytes) -> str:
        (tmp_path / "result.json").write_bytes(raw)
        with pytest.raises(InputError) as caught:
            stored_results(tmp_path)[0].read()
        return caught.value.code

    assert code_of(b"\xff\xfe{}") == "RESULT_UNREADABLE"
    assert code_of(b"") == "BAD_RESULT"
    assert code_of(b'{"schema": "groundglass/analysis/9"}') == "OTHER_RESULT_SCHEMA"
    assert code_of(b'{"resourceType": "Bundle"}') == "BAD_RESULT"
    monkeypatch.setattr(stored, "MAX_RESULT_BYTES", 10)
    assert code_of(to_json(RESULT).encode()) == "RESULT_UNREADABLE"
    (tmp_path / "result.json").unlink()
    (tmp_path / "result.json").mkdir()
    with pytest.raises(InputError) as caught:
        stored_results(tmp_path)[0].read()
    assert caught.value.code == "RESULT_UNREADABLE"
