"""Results appear whole or not at all, and an output that cannot be is refused before the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundglass.errors import GroundglassError, InputError
from groundglass.pipeline.outputs import check_free, clear_stage, publish, staging
from groundglass.pipeline.study import is_nifti, open_studies, require_paths

TOO_LONG = "a" * 300


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    mine, other, foreign = (tmp_path / name for name in (".out.77.abc.partial", ".out.78.abc.partial", "77.partial"))
    for folder in (mine, other, foreign):
        folder.mkdir()
        (folder / "result.json").write_text("{}")
    clear_stage(out, None)
    assert mine.is_dir()
    clear_stage(out, 77)
    assert not mine.exists()
    assert other.is_dir()
    assert foreign.is_dir()
    clear_stage(tmp_path / "nowhere" / "out", 77)


def test_a_stage_is_known_by_its_process(tmp_path: Path) -> None:
    import os

    with staging(tmp_path / "out") as stage:
        assert f".{os.getpid()}." in stage.name
        clear_stage(tmp_path / "out", os.getpid())
        assert not stage.exists()


def test_foreign_files_in_the_output_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "masks").mkdir(parents=True)
    (out / "masks" / "old.nii.gz").write_bytes(b"old")
    (out / "notes.txt").write_text("mine")
    with staging(out) as stage:
        (stage / "result.json").write_text("{}")
        publish(stage, out)
    assert sorted(path.name for path in out.iterdir()) == ["notes.txt", "result.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(("name", "code"), [(TOO_LONG, "OUTPUT_FAILED"), ("file", "OUTPUT_EXISTS")])
def test_an_output_that_cannot_be_is_refused_at_once(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GroundglassError) as caught:
        check_free(tmp_path / name, overwrite=True)
    assert caught.value.code == code
    assert TOO_LONG not in caught.value.line()


def test_an_output_below_a_file_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GroundglassError) as caught:
        check_free(tmp_path / "file" / "deep" / "out", overwrite=False)
    assert caught.value.code == "OUTPUT_FAILED"


def test_masks_of_an_earlier_reading_in_the_input_are_no_studies(tmp_path: Path) -> None:
    ours = [f"out/masks/{name}.nii.gz" for name in ("lungs", "lesions", "lobes")]
    for name in ("ct.nii.gz", *ours, "other/masks/lungs.nii.gz"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "out" / "result.json").write_text("{}")
    found = {study.nifti for study in open_studies([tmp_path])}
    assert found == {tmp_path / "ct.nii.gz", tmp_path / "other" / "masks" / "lungs.nii.gz"}


def test_a_path_the_system_will_not_look_at_is_not_found() -> None:
    assert not is_nifti(Path(f"/{TOO_LONG}.nii.gz"))
    with pytest.raises(InputError) as caught:
        require_paths([Path("/"), Path(f"/{TOO_LONG}")])
    assert caught.value.code == "PATH_NOT_FOUND"
    assert caught.value.where == "path 2"
