"""SHA256SUMS: what sha256sum reads, and what differs from it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from groundglass.datasets.documents import check_checksums, write_checksums
from groundglass.datasets.documents.checksums import Checked, read_checksums


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "studies").mkdir()
    for name in ("studies/b.nii.gz", "studies/a b.nii.gz", "README_RU.md", "данные.csv"):
        (tmp_path / name).write_bytes(name.encode() * 3)
    return tmp_path


def test_every_file_is_listed_once_in_the_order_of_paths(folder: Path) -> None:
    fingerprint = write_checksums(folder)
    data = (folder / "SHA256SUMS").read_bytes()
    paths = [line.split("  ", 1)[1] for line in data.decode().splitlines()]
    assert paths == ["README_RU.md", "studies/a b.nii.gz", "studies/b.nii.gz", "данные.csv"]
    assert fingerprint == hashlib.sha256(data).hexdigest()
    assert write_checksums(folder) == fingerprint
    assert check_checksums(folder).sound


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this system")
def test_sha256sum_agrees_also_on_a_name_with_a_line_break(folder: Path) -> None:
    (folder / "odd\nname\\.txt").write_bytes(b"odd")
    write_checksums(folder)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], check=True, cwd=folder)
    assert check_checksums(folder).sound


def test_what_changed_went_or_came_is_told(folder: Path) -> None:
    write_checksums(folder)
    (folder / "README_RU.md").write_bytes(b"other")
    (folder / "studies" / "b.nii.gz").unlink()
    (folder / "new.txt").write_bytes(b"new")
    assert check_checksums(folder) == Checked(
        changed=("README_RU.md",), missing=("studies/b.nii.gz",), unlisted=("new.txt",)
    )


def test_paths_out_of_the_set_and_broken_lines_are_told_and_not_followed(folder: Path) -> None:
    write_checksums(folder)
    with (folder / "SHA256SUMS").open("ab") as file:
        file.write(b"0" * 64 + b"  ../secret\n" + b"0" * 64 + b"  /etc/passwd\nnot a line\n\xff\xfe\n")
    found = check_checksums(folder)
    assert found.outside == ("../secret", "/etc/passwd")
    assert found.damaged_lines == (7, 8)
    assert found.changed == found.missing == ()


def test_a_folder_without_a_list_has_only_unlisted_files(folder: Path) -> None:
    assert len(check_checksums(folder).unlisted) == 4


def test_a_pipe_among_the_files_is_not_waited_for(folder: Path) -> None:
    write_checksums(folder)
    (folder / "README_RU.md").unlink()
    os.mkfifo(folder / "README_RU.md")
    assert check_checksums(folder).unreadable == ("README_RU.md",)


def test_both_forms_of_a_line_are_read() -> None:
    listed, damaged = read_checksums(b"A" * 64 + b" *./a.txt\r\n" + b"b" * 64 + b"  b.txt\n\n")
    assert listed == {"a.txt": "a" * 64, "b.txt": "b" * 64}
    assert damaged == ()
