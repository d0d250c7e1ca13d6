"""Every transfer syntax a maintained decoder reads gives the same pixels; others, and damage, an error."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from dicom_factory import (
    chest_hu,
    codes,
    drop,
    only,
    refusal_code,
    save,
    set_pixels,
    slice_dataset,
    studies,
    write_series,
)
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from groundglass.dicom import pixels as pixels_module
from groundglass.dicom.codestreams import jpeg_shape, split_frames
from groundglass.dicom.pixels import CODECS
from groundglass.dicom.series import load
from groundglass.errors import InputError

SIDE = 32


def rle(pixels: NDArray[np.uint16]) -> bytes:
    """Encode two byte planes as literal runs, the simplest legal RLE."""
    segments = []
    for plane in ((pixels >> 8).astype(np.uint8).tobytes(), (pixels & 255).astype(np.uint8).tobytes()):
        packed = b"".join(
            bytes([len(plane[at : at + 128]) - 1]) + plane[at : at + 128] for at in range(0, len(plane), 128)
        )
        segments.append(packed + b"\0" * (len(packed) % 2))
    offsets = [64, 64 + len(segments[0])]
    return struct.pack("<16I", 2, *offsets, *[0] * 13) + b"".join(segments)


Encode = Callable[[NDArray[np.uint16]], bytes]
LOSSLESS: dict[str, Encode] = {
    "1.2.840.10008.1.2.4.57": lambda a: bytes(imagecodecs.ljpeg_encode(a)),
    "1.2.840.10008.1.2.4.70": lambda a: bytes(imagecodecs.ljpeg_encode(a)),
    "1.2.840.10008.1.2.4.80": lambda a: bytes(imagecodecs.jpegls_encode(a)),
    "1.2.840.10008.1.2.4.90": lambda a: bytes(imagecodecs.jpeg2k_encode(a, level=0, codecformat="j2k")),
    "1.2.840.10008.1.2.4.91": lambda a: bytes(imagecodecs.jpeg2k_encode(a, level=0, codecformat="jp2")),
    "1.2.840.10008.1.2.4.201": lambda a: bytes(imagecodecs.htj2k_encode(a, reversible=True)),
    "1.2.840.10008.1.2.4.203": lambda a: bytes(imagecodecs.htj2k_encode(a, reversible=True)),
    "1.2.840.10008.1.2.5": rle,
}
NATIVE = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"]


def stored_as(syntax: str, hu: NDArray[np.int16], fragments: int = 1) -> Callable[[int, Dataset], None]:
    """Return an edit that stores the pixels in a compressed transfer syntax."""

    def edit(number: int, ds: Dataset) -> None:
        ds.file_meta.TransferSyntaxUID = UID(syntax)
        data = LOSSLESS[syntax]((hu[number].astype(np.int32) + 1024).astype(np.uint16))
        ds.PixelData = encapsulate([data + b"\0" * (len(data) % 2)], fragments_per_frame=fragments)
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True

    return edit


@pytest.mark.parametrize("syntax", [*LOSSLESS, *NATIVE])
def test_every_lossless_syntax_gives_the_same_volume(tmp_path: Path, syntax: str) -> None:
    hu = chest_hu(6, SIDE)
    if syntax in LOSSLESS:
        write_series(tmp_path, hu=hu, edit=stored_as(syntax, hu))
    else:
        for number, picture in enumerate(hu):
            ds = slice_dataset(number, picture)
            ds.file_meta.TransferSyntaxUID = UID(syntax)
            if syntax == "1.2.840.10008.1.2.2":
                ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
            save(ds, tmp_path / str(number))
    entry = only(tmp_path)
    assert "lossy_compression" not in codes(entry)
    assert np.array_equal(load(entry).volume.array, hu)


def test_a_frame_in_several_fragments_is_put_together(tmp_path: Path) -> None:
    hu = chest_hu(6, SIDE)
    write_series(tmp_path, hu=hu, edit=stored_as("1.2.840.10008.1.2.4.70", hu, fragments=3))
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


def test_signed_pixels_survive_an_unsigned_codec(tmp_path: Path) -> None:
    hu = chest_hu(6, SIDE)

    def edit(number: int, ds: Dataset) -> None:
        set_pixels(ds, hu[number], bits=16)
        ds.RescaleIntercept = "0"
        ds.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.70")
        data = bytes(imagecodecs.ljpeg_encode(hu[number].view(np.uint16)))
        ds.PixelData = encapsulate([data + b"\0" * (len(data) % 2)])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True

    write_series(tmp_path, hu=hu, edit=edit)
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


def test_a_signed_jpeg_2000_stream_may_contradict_its_header(tmp_path: Path) -> None:
    hu = chest_hu(6, SIDE)

    def edit(number: int, ds: Dataset) -> None:
        set_pixels(ds, hu[number], bits=16)
        ds.RescaleIntercept, ds.PixelRepresentation = "0", 1
        ds.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.90")
        data = bytes(imagecodecs.jpeg2k_encode(hu[number].view(np.uint16), level=0, codecformat="j2k"))
        ds.PixelData = encapsulate([data + b"\0" * (len(data) % 2)])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True

    write_series(tmp_path, hu=hu, edit=edit)
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


def test_lossy_jpeg_is_read_with_a_warning(tmp_path: Path) -> None:
    hu = chest_hu(6, 64, noise_hu=0)
    grey = ((hu.astype(float) + 1024) / 8).astype(np.uint8)

    def edit(number: int, ds: Dataset) -> None:
        set_pixels(ds, grey[number], bits=8)
        ds.RescaleSlope = "8"
        ds.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.50")
        data = bytes(imagecodecs.jpeg8_encode(grey[number], level=95))
        ds.PixelData = encapsulate([data + b"\0" * (len(data) % 2)])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True

    write_series(tmp_path, hu=hu, edit=edit)
    entry = only(tmp_path)
    assert "lossy_compression" in codes(entry)
    assert np.abs(load(entry).volume.array.astype(int) - hu).mean() < 30


@pytest.mark.parametrize(
    "syntax",
    [
        "1.2.840.113619.5.2",
        "1.2.840.10008.1.2.4.53",
        "1.2.840.10008.1.2.4.55",
        "1.2.840.10008.1.2.4.100",
        "1.2.3.4",
    ],
)
def test_a_syntax_without_a_decoder_is_refused_by_name(tmp_path: Path, syntax: str) -> None:
    hu = chest_hu(6, SIDE)
    write_series(tmp_path, hu=hu, edit=stored_as("1.2.840.10008.1.2.4.70", hu))
    for path in tmp_path.iterdir():
        old, new = b"1.2.840.10008.1.2.4.70", syntax.encode().ljust(22, b"\0")
        raw = path.read_bytes()
        path.write_bytes(raw.replace(b"UI\x16\0" + old, b"UI" + struct.pack("<H", len(new)) + new, 1))
    (study,) = studies(tmp_path)
    assert study.refusal is not None
    assert study.refusal.code == "UNSUPPORTED_TRANSFER_SYNTAX"
    assert syntax in study.refusal.what


def cut(folder: Path, number: int, keep: float) -> None:
    """Cut a file off."""
    path = sorted(folder.iterdir())[number]
    raw = path.read_bytes()
    path.write_bytes(raw[: int(keep * len(raw))])


def test_native_pixels_cut_off_in_every_file_are_refused(tmp_path: Path) -> None:
    write_series(tmp_path)
    for number in range(12):
        cut(tmp_path, number, 0.8)
    assert refusal_code(tmp_path) == "PIXELS_TRUNCATED"


def test_one_cut_off_slice_is_bridged_with_a_warning(tmp_path: Path) -> None:
    write_series(tmp_path, slices=20)
    path = tmp_path / f"{(7 * 7919) % 10007:05d}"
    path.write_bytes(path.read_bytes()[:-500])
    entry = only(tmp_path)
    assert codes(entry) == {"slices_unusable", "slices_bridged"}
    assert load(entry).volume.array.shape[0] == 20


@pytest.mark.parametrize("syntax", list(LOSSLESS))
def test_one_damaged_compressed_slice_is_bridged_and_many_are_refused(tmp_path: Path, syntax: str) -> None:
    hu = chest_hu(20, SIDE)
    write_series(tmp_path, hu=hu, edit=stored_as(syntax, hu))

    def damage(number: int) -> None:
        path = tmp_path / f"{(number * 7919) % 10007:05d}"
        raw = path.read_bytes()
        start = raw.index(b"\xfe\xff\x00\xe0", raw.index(b"\xe0\x7f\x10\x00") + 20) + 8
        path.write_bytes(raw[:start] + bytes(255 - b for b in raw[start:-8]) + raw[-8:])

    damage(7)
    loaded = load(only(tmp_path))
    assert "slices_undecodable" in {n.code for n in loaded.notices}
    assert np.array_equal(np.delete(loaded.volume.array, 7, axis=0), np.delete(hu, 7, axis=0))
    for number in (2, 8, 9, 10, 15):
        damage(number)
    with pytest.raises(InputError) as error:
        load(only(tmp_path))
    assert error.value.code in {"PIXELS_DAMAGED", "PIXELS_TRUNCATED"}
    assert "input[1]" in error.value.where


def test_a_stream_of_another_size_than_the_header_is_refused(tmp_path: Path) -> None:
    hu = chest_hu(6, SIDE)

    def edit(number: int, ds: Dataset) -> None:
        stored_as("1.2.840.10008.1.2.4.80", hu)(number, ds)
        ds.Rows = 31

    write_series(tmp_path, hu=hu, edit=edit)
    with pytest.raises(InputError, match="the header 31 x 32") as error:
        load(only(tmp_path))
    assert error.value.code == "PIXELS_DAMAGED"


def test_fragments_are_dealt_out_to_frames_without_an_offset_table() -> None:
    def item(data: bytes) -> bytes:
        return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(data)) + data

    frames = [[b"\xff\xd8ab", b"cd"], [b"\xff\xd8ef", b"gh", b"ij"]]
    data = item(b"") + b"".join(item(f) for frame in frames for f in frame) + b"\xfe\xff\xdd\xe0\0\0\0\0"
    assert split_frames(b"xx" + data, 2, 2) == [b"\xff\xd8abcd", b"\xff\xd8efghij"]
    with pytest.raises(ValueError, match="do not make 3 frames"):
        split_frames(data, 0, 3)


def test_fragments_are_dealt_out_to_frames_by_the_offset_table() -> None:
    def item(data: bytes) -> bytes:
        return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(data)) + data

    data = item(struct.pack("<2I", 0, 20)) + item(b"ab") + item(b"cd") + item(b"efgh")
    assert split_frames(data, 0, 2) == [b"abcd", b"efgh"]


@pytest.mark.parametrize("junk", [b"", b"\xff\xd8", b"\xff\xd8\xff\xd9" * 4, b"\xff\x4f\xff\x51", b"text" * 20])
def test_a_stream_without_a_frame_header_has_no_shape(junk: bytes) -> None:
    with pytest.raises(ValueError, match=r"stream|marker"):
        jpeg_shape(junk)


def test_every_codec_row_names_its_syntax() -> None:
    assert all(UID(syntax).is_transfer_syntax and codec.name for syntax, codec in CODECS.items())


def test_eight_bit_pixels_in_big_endian_words_are_turned_round(tmp_path: Path) -> None:
    hu = chest_hu(6, SIDE, noise_hu=0)
    grey = ((hu.astype(float) + 1024) / 8).astype(np.uint8)
    for number, picture in enumerate(grey):
        ds = slice_dataset(number, hu[number])
        set_pixels(ds, picture, bits=8)
        ds.RescaleSlope = "8"
        ds.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.2")
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
        ds["PixelData"].VR = "OW"
        save(ds, tmp_path / str(number))
    assert np.array_equal(load(only(tmp_path)).volume.array, grey.astype(int) * 8 - 1024)


def test_a_dropped_slice_of_the_factory_is_not_written(tmp_path: Path) -> None:
    write_series(tmp_path, slices=3, edit=lambda n, ds: drop(ds) if n == 0 else None)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("padding", [b"", b"\x00", b"\xc0", b"\x00\x17\x80"])
def test_a_jpeg_stream_may_be_padded_with_anything(padding: bytes) -> None:
    assert pixels_module._ended(b"\xff\xd8 picture \xff\xd9" + padding) == b"\xff\xd8 picture \xff\xd9"


def test_a_jpeg_stream_without_its_end_is_cut_off() -> None:
    with pytest.raises(ValueError, match="cut off"):
        pixels_module._ended(b"\xff\xd8 picture \xff")
