"""The element reader keeps what is wanted, skips the rest, and ends in one of our errors on anything damaged."""

from __future__ import annotations

import struct
import zlib

import pytest

from groundglass.dicom.elements import (
    DEFLATED_LITTLE,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    Elements,
    MoreNeededError,
    NotDicomError,
    is_dicom,
    read_elements,
)
from groundglass.dicom.values import Values
from groundglass.errors import InputError

MODALITY, SERIES, SEQUENCE, PIXELS = 0x00080060, 0x0020000E, 0x00081140, 0x7FE00010
WANTED = frozenset({MODALITY, SERIES, SEQUENCE})


def short(tag: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def long(tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, vr, 0, len(value) if length is None else length) + value


def implicit(tag: int, value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def file(body: bytes, syntax: str = EXPLICIT_LITTLE) -> bytes:
    return b"\0" * 128 + b"DICM" + short(0x00020010, b"UI", syntax.encode() + b"\0" * (len(syntax) % 2)) + body


def read(raw: bytes, whole: bool = True, max_inflated_bytes: int = 1 << 20) -> Elements:
    return read_elements(raw, whole=whole, wanted=WANTED, label="file", max_inflated_bytes=max_inflated_bytes)


ITEM = b"\xfe\xff\x00\xe0"
ITEM_END = b"\xfe\xff\x0d\xe0\0\0\0\0"
SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
CT = short(MODALITY, b"CS", b"CT")
TAIL = long(PIXELS, b"OW", b"abcd")


def test_wanted_elements_are_kept_and_the_pixels_are_located() -> None:
    raw = file(CT + short(0x00080070, b"LO", b"VENDOR") + TAIL)
    found = read(raw)
    assert {tag: element.value for tag, element in found.data.items()} == {MODALITY: b"CT"}
    assert raw[found.pixel_offset : found.pixel_offset + found.pixel_length] == b"abcd"
    assert (found.transfer_syntax, found.pixel_vr) == (EXPLICIT_LITTLE, b"OW")


def test_implicit_elements_are_read() -> None:
    found = read(file(implicit(MODALITY, b"CT") + implicit(PIXELS, b"ab"), IMPLICIT_LITTLE))
    assert found.data[MODALITY].value == b"CT"
    assert found.pixel_length == 2


def test_a_file_that_states_explicit_but_is_implicit_is_read() -> None:
    assert read(file(implicit(MODALITY, b"CT") + implicit(PIXELS, b"ab"))).data[MODALITY].value == b"CT"


def test_a_big_endian_file_is_read() -> None:
    body = struct.pack(">HH2sH", 8, 0x60, b"CS", 2) + b"CT" + struct.pack(">HH2sHI", 0x7FE0, 0x10, b"OW", 0, 2) + b"ab"
    found = read(file(body, EXPLICIT_BIG))
    assert found.data[MODALITY].value == b"CT"
    assert not found.little


def test_a_deflated_file_is_read_and_a_bomb_is_not() -> None:
    squeeze = zlib.compressobj(wbits=-15)
    raw = file(squeeze.compress(CT + long(PIXELS, b"OW", b"\0" * 100_000)) + squeeze.flush(), DEFLATED_LITTLE)
    assert read(raw).pixel_length == 100_000
    with pytest.raises(InputError, match="more than 1000 bytes"):
        read(raw, max_inflated_bytes=1000)
    with pytest.raises(InputError, match="deflated"):
        read(file(b"\xff" * 50, DEFLATED_LITTLE))


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("kept", [True, False])
def test_sequences_of_both_lengths_are_read_or_skipped(undefined: bool, kept: bool) -> None:
    tag = SEQUENCE if kept else 0x00081199
    if undefined:
        inner = ITEM + b"\xff" * 4 + CT + ITEM_END + SEQUENCE_END
        body = long(tag, b"SQ", inner, 0xFFFFFFFF)
    else:
        inner = ITEM + struct.pack("<I", len(CT)) + CT
        body = long(tag, b"SQ", inner)
    found = read(file(body + short(SERIES, b"UI", b"1.2\0") + TAIL))
    assert found.data[SERIES].value == b"1.2\0"
    if kept:
        assert found.data[tag].items[0][MODALITY].value == b"CT"
    else:
        assert set(found.data) == {SERIES}


def test_a_sequence_hidden_in_un_of_undefined_length_is_implicit() -> None:
    inner = ITEM + b"\xff" * 4 + implicit(MODALITY, b"CT") + ITEM_END + SEQUENCE_END
    found = read(file(long(SEQUENCE, b"UN", inner, 0xFFFFFFFF) + TAIL))
    assert found.data[SEQUENCE].items[0][MODALITY].value == b"CT"


def test_more_bytes_are_asked_for_wherever_the_first_part_ends() -> None:
    inner = ITEM + b"\xff" * 4 + CT + ITEM_END + SEQUENCE_END
    raw = file(CT + long(SEQUENCE, b"SQ", inner, 0xFFFFFFFF) + short(SERIES, b"UI", b"1.2\0") + TAIL)
    start_of_pixels = len(raw) - 4
    for end in range(150, start_of_pixels):
        with pytest.raises(MoreNeededError):
            read(raw[:end], whole=False)
    assert read(raw[:start_of_pixels], whole=False).data[SERIES].value == b"1.2\0"


def outcome(raw: bytes) -> str:
    """Return the error code, or whether pixels were found."""
    try:
        found = read(raw)
    except InputError as error:
        return error.code
    return "pixels" if found.pixel_tag else "no pixels"


def test_a_file_cut_off_anywhere_in_its_header_is_an_error_of_ours_or_lacks_its_pixels() -> None:
    inner = ITEM + struct.pack("<I", len(CT)) + CT
    raw = file(CT + long(SEQUENCE, b"SQ", inner) + TAIL)
    outcomes = {outcome(raw[:end]) for end in range(132, len(raw) - 4)}
    assert outcomes == {"BROKEN_DICOM", "no pixels"}


@pytest.mark.parametrize(
    "body",
    [
        short(MODALITY, b"CS", b"CT")[:-1],
        long(SEQUENCE, b"SQ", b"", 0x7FFFFFFF),
        long(SEQUENCE, b"SQ", b"no item!" * 2, 0xFFFFFFFF),
        long(SEQUENCE, b"SQ", ITEM + struct.pack("<I", 99) + CT),
        long(SEQUENCE, b"SQ", ITEM + b"\xff" * 4 + CT, 0xFFFFFFFF),
        ITEM_END + CT,
        (long(SEQUENCE, b"SQ", b"", 0xFFFFFFFF) + ITEM + b"\xff" * 4) * 50,
    ],
)
def test_damage_is_named(body: bytes) -> None:
    with pytest.raises(InputError) as error:
        read(file(body))
    assert error.value.code == "BROKEN_DICOM"
    assert error.value.where == "file"


@pytest.mark.parametrize("raw", [b"", b"DICM", b"%PDF-1.4" * 40, b"PK\x03\x04" * 40, b"\0" * 400, b"\x89PNG" * 50])
def test_other_files_are_no_dicom(raw: bytes) -> None:
    assert not is_dicom(raw)
    with pytest.raises(NotDicomError):
        read(raw)


def test_an_unknown_vr_of_either_form_is_stepped_over() -> None:
    odd = struct.pack("<HH2sHI", 0x0009, 0x1001, b"ZZ", 0, 4) + b"abcd" + short(0x00091002, b"ZY", b"abcd")
    assert read(file(odd + CT + TAIL)).data[MODALITY].value == b"CT"


def values(vr: bytes, raw: bytes) -> tuple[Values, dict[str, str]]:
    problems: dict[str, str] = {}
    found = read(file(struct.pack("<HH2sH", 0x0020, 0x000E, vr, len(raw)) + raw + TAIL))
    return Values(found.data, little=True, problems=problems), problems


@pytest.mark.parametrize(
    ("vr", "raw", "wanted"),
    [
        (b"DS", b"1.5\\2.5 ", (1.5, 2.5)),
        (b"DS", b"1,5\\2,5 ", (1.5, 2.5)),
        (b"DS", b" 1e1 \\ +2", (10.0, 2.0)),
        (b"FD", struct.pack("<2d", 1.5, 2.5), (1.5, 2.5)),
        (b"FL", struct.pack("<2f", 1.5, 2.5), (1.5, 2.5)),
        (b"DS", b"1.5", None),
        (b"DS", b"a\\b ", None),
        (b"DS", b"inf\\0", None),
        (b"DS", b"nan\\0", None),
        (b"FD", b"1234", None),
    ],
)
def test_pairs_of_numbers_are_read_or_written_down_as_problems(
    vr: bytes, raw: bytes, wanted: tuple[float, float] | None
) -> None:
    found, problems = values(vr, raw)
    assert found.numbers(SERIES, "PixelSpacing", 2) == wanted
    assert set(problems) == (set() if wanted else {"PixelSpacing"})


def test_an_absent_or_empty_number_is_no_problem() -> None:
    found, problems = values(b"DS", b"  ")
    assert found.number(SERIES, "x") is None
    assert found.number(0x00100010, "x") is None
    assert problems == {}


def test_the_first_of_several_numbers_is_taken() -> None:
    found, _ = values(b"IS", b"7\\8 ")
    assert found.integer(SERIES, "x") == 7
    assert values(b"IS", b"7.5 ")[0].integer(SERIES, "x") is None
