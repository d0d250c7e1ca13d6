"""Files are found wherever they lie; what would do harm is refused before it does."""

from __future__ import annotations

import io
import os
import socket
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import FileSource, find_files
from groundglass.errors import InputError
from groundglass.phrases import Notice, say_notice

DICOM = b"\0" * 128 + b"DICM" + b"the rest"


def _found(*paths: Path, limits: ReadingLimits | None = None) -> tuple[list[FileSource], list[str]]:
    notices: list[Notice] = []
    found = list(find_files(list(paths), limits=limits, notices=notices))
    for notice in notices:
        assert say_notice(notice, "en")
        assert say_notice(notice, "ru")
    return found, [notice.code for notice in notices]


def _zip(path: Path, members: dict[str, bytes], **changes: object) -> Path:
    path.write_bytes(_zipped(members, **changes))
    return path


def _zipped(members: dict[str, bytes], **changes: object) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            for field, value in changes.items():
                setattr(info, field, value)
            archive.writestr(info, data)
    return stream.getvalue()


def test_folders_of_any_nesting_in_sorted_order(tmp_path: Path) -> None:
    for name in ("b/2", "b/1.dcm", "a.DCM", "c/d/e/f", "z.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(DICOM + name.encode())
    found, notices = _found(tmp_path)
    assert [source.label for source in found] == [
        "input[1]/#0001.dcm",
        "input[1]/#0002.txt",
        "input[1]/#0003.dcm",
        "input[1]/#0004",
        "input[1]/#0005",
    ]
    assert [source.path.name for source in found] == ["a.DCM", "z.txt", "1.dcm", "2", "f"]
    assert found[0].read() == DICOM + b"a.DCM"
    assert found[0].read(4) == b"\0\0\0\0"
    with found[0].open() as stream:
        assert stream.read() == DICOM + b"a.DCM"
    assert found[0].size == len(DICOM) + 5
    assert notices == []


def test_labels_hold_no_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "Ivanov^Ivan").mkdir()
    (tmp_path / "Ivanov^Ivan" / "scan.Ivanov").write_bytes(DICOM)
    _zip(tmp_path / "Ivanov.zip", {"Ivanov/1.2.Ivan": DICOM})
    found, _ = _found(tmp_path, tmp_path / "Ivanov.zip")
    assert [source.label for source in found] == ["input[1]/#0001.zip/#0001", "input[1]/#0002"]
    assert all("van" not in repr(source.label) for source in found)


def test_a_file_handed_over_twice_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(DICOM)
    os.link(tmp_path / "a.dcm", tmp_path / "hard.dcm")
    (tmp_path / "soft.dcm").symlink_to("a.dcm")
    found, notices = _found(tmp_path, tmp_path, tmp_path / "a.dcm")
    assert len(found) == 1
    assert notices == []


def test_loops_of_links_end(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/loop").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "nowhere").symlink_to("missing")
    (tmp_path / "a/file").write_bytes(DICOM)
    found, notices = _found(tmp_path)
    assert len(found) == 1
    assert sorted(notices) == ["file_unreadable", "file_unreadable", "link_loop"]


def test_two_links_to_one_folder_are_no_loop(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/file").write_bytes(DICOM)
    (tmp_path / "b").symlink_to("a")
    found, notices = _found(tmp_path)
    assert (len(found), notices) == (1, [])


def test_pipes_sockets_and_devices_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.dcm")
    (tmp_path / "device.dcm").symlink_to("/dev/zero")
    monkeypatch.chdir(tmp_path)  # a socket's path may have 107 bytes only
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.dcm")
        found, notices = _found(tmp_path)
    assert found == []
    assert notices == ["not_a_regular_file"] * 3
    with pytest.raises(InputError) as caught:
        _found(tmp_path / "pipe.dcm")
    assert caught.value.code == "NOT_A_FILE"


def test_a_file_that_turns_into_a_pipe_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(DICOM)
    found, _ = _found(tmp_path)
    (tmp_path / "a.dcm").unlink()
    os.mkfifo(tmp_path / "a.dcm")
    with pytest.raises(InputError) as caught:
        found[0].read()
    assert caught.value.code == "NOT_A_FILE"


def test_a_missing_path_and_a_vanished_file_have_names(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        _found(tmp_path / "Ivanov")
    assert caught.value.code == "NO_SUCH_INPUT"
    assert "Ivanov" not in caught.value.line()
    (tmp_path / "a.dcm").write_bytes(DICOM)
    found, _ = _found(tmp_path)
    (tmp_path / "a.dcm").unlink()
    with pytest.raises(InputError) as caught:
        found[0].read()
    assert caught.value.code == "UNREADABLE_FILE"
    assert str(tmp_path) not in caught.value.line()


def test_an_unreadable_file_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.dcm").write_bytes(DICOM)
    (tmp_path / "b.dcm").write_bytes(DICOM)
    real = os.open

    def refusing(path: Path, flags: int) -> int:
        # Permissions do not stop the superuser, under whom tests may run.
        if Path(path).name == "a.dcm":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, flags)

    monkeypatch.setattr("groundglass.dicom.sources.os.open", refusing)
    found, notices = _found(tmp_path)
    assert [source.path.name for source in found] == ["b.dcm"]
    assert notices == ["file_unreadable"]


def test_folders_deeper_than_the_limit_are_passed_over(tmp_path: Path) -> None:
    deep = tmp_path / "a/b/c/d"
    deep.mkdir(parents=True)
    (deep / "x").write_bytes(DICOM)
    found, notices = _found(tmp_path, limits=ReadingLimits(max_folder_depth=2))
    assert (found, notices) == ([], ["folder_too_deep"])


def test_too_many_files_and_too_large_ones(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_bytes(DICOM)
    with pytest.raises(InputError) as caught:
        _found(tmp_path, limits=ReadingLimits(max_files=2))
    assert caught.value.code == "TOO_MANY_FILES"
    with pytest.raises(InputError) as caught:
        _found(tmp_path / "a", limits=ReadingLimits(max_file_bytes=10))
    assert caught.value.code == "FILE_TOO_LARGE"


def test_litter_of_operating_systems_is_no_file(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "._a.dcm").write_bytes(b"x")
    _zip(tmp_path / "a.zip", {"__MACOSX/._a.dcm": b"x", "a.dcm": DICOM})
    found, _ = _found(tmp_path)
    assert [source.member for source in found] == ["a.dcm"]


def test_names_that_are_no_unicode_are_read(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xfe\n\x1b"
    with open(path, "wb") as stream:  # noqa: PTH123 - the name is bytes on purpose
        stream.write(DICOM)
    found, _ = _found(tmp_path)
    assert found[0].read() == DICOM
    assert found[0].label == "input[1]/#0001"


class TestArchives:
    def test_members_are_read_without_unpacking(self, tmp_path: Path) -> None:
        members = {"b/2.dcm": DICOM * 1000, "b/1.dcm": DICOM, "empty": b""}
        found, notices = _found(_zip(tmp_path / "study.zip", members))
        assert [source.label for source in found] == [
            "input[1].zip/#0001.dcm",
            "input[1].zip/#0002.dcm",
            "input[1].zip/#0003",
        ]
        assert [source.read() for source in found] == [DICOM, DICOM * 1000, b""]
        assert found[1].read(200) == (DICOM * 2)[:200]
        assert found[1].open().read() == DICOM * 1000
        assert found[1].member == "b/2.dcm"
        assert notices == []
        assert [path.name for path in tmp_path.iterdir()] == ["study.zip"]

    def test_an_archive_without_its_suffix_and_within_folders_and_archives(self, tmp_path: Path) -> None:
        inner = _zipped({"x.dcm": DICOM})
        (tmp_path / "a").mkdir()
        _zip(tmp_path / "a" / "no suffix", {"inner.zip": inner, "y.dcm": DICOM})
        found, _ = _found(tmp_path)
        assert [source.member for source in found] == ["inner.zip!x.dcm", "y.dcm"]
        assert [source.read() for source in found] == [DICOM, DICOM]

    def test_a_dicom_file_is_no_archive_whatever_its_name_and_preamble(self, tmp_path: Path) -> None:
        (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + DICOM[4:])
        found, _ = _found(tmp_path / "a.zip")
        assert found[0].read()[128:132] == b"DICM"

    def test_an_archive_with_64_bit_sizes(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            for number in range(300):
                archive.writestr(f"{number:06d}", b"")
            with archive.open("large.dcm", "w", force_zip64=True) as stream:
                stream.write(DICOM)
        found, _ = _found(tmp_path / "a.zip")
        assert len(found) == 301
        assert found[-1].read() == DICOM

    def test_backslashes_are_separators(self, tmp_path: Path) -> None:
        found, _ = _found(_zip(tmp_path / "a.zip", {"IMAGES\\1.dcm": DICOM}))
        assert found[0].member == "IMAGES/1.dcm"

    @pytest.mark.parametrize(
        "name", ["../a.dcm", "a/../../b", "/etc/passwd", "C:/a.dcm", "c:\\a.dcm", "..\\a", "\\\\host\\a", "a/.."]
    )
    def test_a_member_that_leaves_the_archive_is_refused(self, tmp_path: Path, name: str) -> None:
        path = _zip(tmp_path / "a.zip", {"ok.dcm": DICOM, name: DICOM})
        _refused(path, "HOSTILE_ARCHIVE", "leads out")

    @pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
    def test_links_and_devices_are_refused(self, tmp_path: Path, kind: int) -> None:
        path = _zip(tmp_path / "a.zip", {"a.dcm": b"/etc/passwd"}, external_attr=(kind | 0o777) << 16)
        _refused(path, "HOSTILE_ARCHIVE", "link or a device")

    def test_a_bomb_is_refused_before_memory_is_taken(self, tmp_path: Path) -> None:
        path = _zip(tmp_path / "a.zip", {"a.dcm": b"\0" * (64 << 20)})
        tracemalloc.start()
        try:
            _refused(path, "HOSTILE_ARCHIVE", "-fold")
            assert tracemalloc.get_traced_memory()[1] < 4 << 20
        finally:
            tracemalloc.stop()

    def test_a_small_empty_picture_is_no_bomb(self, tmp_path: Path) -> None:
        found, _ = _found(_zip(tmp_path / "a.zip", {"blank.dcm": b"\0" * 524_288}))
        assert found[0].read() == b"\0" * 524_288

    def test_all_members_together_have_a_limit(self, tmp_path: Path) -> None:
        path = _zip(tmp_path / "a.zip", {f"{n}": bytes(1000) for n in range(20)})
        limits = ReadingLimits(max_archive_bytes=10_000)
        _refused(path, "HOSTILE_ARCHIVE", "together", limits)
        _refused(path, "HOSTILE_ARCHIVE", "members", ReadingLimits(max_archive_members=10))
        _refused(path, "HOSTILE_ARCHIVE", "999 are allowed", ReadingLimits(max_file_bytes=999))

    def test_a_member_larger_than_it_says_is_refused(self, tmp_path: Path) -> None:
        data = bytearray(_zipped({"a.dcm": b"x" * 5000}))
        at = data.rfind(b"PK\x01\x02")
        struct.pack_into("<I", data, at + 24, 100)
        (tmp_path / "a.zip").write_bytes(data)
        _refused(tmp_path / "a.zip", "HOSTILE_ARCHIVE", "larger than it declares")

    def test_a_member_smaller_than_it_says_is_broken(self, tmp_path: Path) -> None:
        data = bytearray(_zipped({"a.dcm": b"x" * 5000}))
        at = data.rfind(b"PK\x01\x02")
        struct.pack_into("<I", data, at + 24, 6000)
        (tmp_path / "a.zip").write_bytes(data)
        _refused(tmp_path / "a.zip", "BROKEN_ARCHIVE", "5000 of 6000")

    def test_overlapping_members_are_refused(self, tmp_path: Path) -> None:
        data = bytearray(_zipped({"a": DICOM, "b": DICOM}))
        struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 42, 0)
        (tmp_path / "a.zip").write_bytes(data)
        _refused(tmp_path / "a.zip", "HOSTILE_ARCHIVE", "overlap")

    def test_an_encrypted_archive_is_refused(self, tmp_path: Path) -> None:
        data = bytearray(_zipped({"a": DICOM}))
        struct.pack_into("<H", data, data.rfind(b"PK\x01\x02") + 8, 1)
        (tmp_path / "a.zip").write_bytes(data)
        _refused(tmp_path / "a.zip", "HOSTILE_ARCHIVE", "encrypted")

    def test_a_wrong_checksum_is_found(self, tmp_path: Path) -> None:
        data = bytearray(_zipped({"a": DICOM * 300}))
        struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 16, 7)
        (tmp_path / "a.zip").write_bytes(data)
        _refused(tmp_path / "a.zip", "BROKEN_ARCHIVE", "checksum")

    def test_nesting_has_a_limit(self, tmp_path: Path) -> None:
        data = DICOM
        for _ in range(3):
            data = _zipped({"inner.zip" if data[:2] == b"PK" else "a.dcm": data})
        (tmp_path / "a.zip").write_bytes(data)
        _refused(tmp_path / "a.zip", "HOSTILE_ARCHIVE", "nested")

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
    def test_a_cut_off_archive_is_broken(self, tmp_path: Path, share: float) -> None:
        data = _zipped({f"{n}.dcm": os.urandom(500) for n in range(5)})
        (tmp_path / "a.zip").write_bytes(data[: max(4, int(len(data) * share))])
        _refused(tmp_path / "a.zip", "BROKEN_ARCHIVE", "cut off|broken|directory|member")

    @pytest.mark.parametrize(
        "data", [b"7z\xbc\xaf\x27\x1c..", b"Rar!\x1a\x07.", b"\x1f\x8b\x08..", b"BZh9...", b"\0" * 257 + b"ustar\0"]
    )
    def test_other_archives_are_named(self, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "study.archive").write_bytes(data)
        _refused(tmp_path / "study.archive", "UNSUPPORTED_ARCHIVE", "zip")

    def test_a_gzipped_nifti_is_no_archive(self, tmp_path: Path) -> None:
        (tmp_path / "a.nii.gz").write_bytes(b"\x1f\x8b\x08...")
        assert len(_found(tmp_path)[0]) == 1

    def test_other_compression_is_named(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("a", DICOM)
        _refused(tmp_path / "a.zip", "UNSUPPORTED_ARCHIVE", "method 14")

    def test_a_bad_archive_beside_good_files_is_passed_over(self, tmp_path: Path) -> None:
        (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 broken")
        (tmp_path / "b.dcm").write_bytes(DICOM)
        found, notices = _found(tmp_path)
        assert (len(found), notices) == (1, ["archive_refused"])
        (tmp_path / "b.dcm").unlink()
        _refused(tmp_path, "BROKEN_ARCHIVE", "cut off|broken|directory|member")

    def test_an_archive_that_changes_while_it_is_read_is_broken(self, tmp_path: Path) -> None:
        path = _zip(tmp_path / "a.zip", {"a": DICOM})
        found, _ = _found(path)
        _zip(path, {"a": DICOM + b"more"})
        with pytest.raises(InputError, match="changed"):
            found[0].read()

    def test_messages_name_no_member(self, tmp_path: Path) -> None:
        path = _zip(tmp_path / "a.zip", {"Ivanov.dcm": DICOM * 100})
        found, _ = _found(path)
        entry = found[0].entry
        assert entry is not None
        with pytest.raises(InputError) as caught:
            replace(entry, checksum=1).read(None)
        assert "Ivanov" not in caught.value.line()
        assert "input[1].zip/#0001.dcm" in caught.value.line()


def _refused(path: Path, code: str, words: str, limits: ReadingLimits | None = None) -> None:
    with pytest.raises(InputError, match=words) as caught:
        _read_all(path, limits)
    assert caught.value.code == code


def _read_all(path: Path, limits: ReadingLimits | None) -> None:
    for source in find_files([path], limits=limits):
        source.read()


@pytest.mark.parametrize("make", [lambda p: p.write_bytes(b""), lambda p: p.write_bytes(b"P")])
def test_tiny_files_are_files(tmp_path: Path, make: Callable[[Path], int]) -> None:
    make(tmp_path / "tiny")
    assert len(_found(tmp_path)[0]) == 1
