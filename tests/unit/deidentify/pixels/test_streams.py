import struct
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pictured_objects import noisy_slice, object_of
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID

from groundglass.deidentify.pixels import PixelCleaner
from groundglass.deidentify.pixels.streams import bare_jpeg, bare_jpeg_2000, packed_run_lengths
from groundglass.deidentify.profile import PixelRules

_WORDS = (noisy_slice(128).clip(-1024) + 1024).astype(np.uint16)
_NAME = b"MARLOWE^JANE 23.11.1958"
_COMMENT = b"\xff\xfe" + struct.pack(">H", len(_NAME) + 2) + _NAME
_APPLICATION = b"\xff\xe7" + struct.pack(">H", len(_NAME) + 2) + _NAME
_COMMENT_2000 = b"\xff\x64" + struct.pack(">HH", len(_NAME) + 4, 1) + _NAME


@pytest.mark.parametrize("kind", ["jpeg", "lossless", "jpeg-ls"])
def test_comments_and_application_data_leave_a_jpeg_stream(kind: str) -> None:
    if kind == "jpeg":
        stream = bytes(imagecodecs.jpeg8_encode((_WORDS >> 4).astype(np.uint8), level=90))
        decode: Callable[[bytes], NDArray[Any]] = imagecodecs.jpeg8_decode
    elif kind == "lossless":
        stream = bytes(imagecodecs.ljpeg_encode(_WORDS, bitspersample=16))
        decode = imagecodecs.jpeg8_decode
    else:
        stream = bytes(imagecodecs.jpegls_encode(_WORDS))
        decode = imagecodecs.jpegls_decode
    stuffed = stream[:2] + _COMMENT + _APPLICATION + stream[2:] + _NAME
    bare = bare_jpeg(stuffed)
    assert _NAME not in bare
    np.testing.assert_array_equal(decode(bare), decode(stream))
    assert bare_jpeg(bare) == bare


def test_comments_leave_a_jpeg_2000_stream_and_its_file() -> None:
    for container in ("j2k", "jp2"):
        stream = bytes(imagecodecs.jpeg2k_encode(_WORDS, codecformat=container, reversible=True))
        start = stream.index(b"\xff\x4f\xff\x51")
        (length,) = struct.unpack_from(">H", stream, start + 4)
        place = start + 4 + length
        bare = bare_jpeg_2000(stream[:place] + _COMMENT_2000 + stream[place:] + _NAME)
        assert _NAME not in bare
        assert bare[:2] == b"\xff\x4f"
        np.testing.assert_array_equal(imagecodecs.jpeg2k_decode(bare), _WORDS)


@pytest.mark.parametrize(
    "damage", [b"", b"\xff\xd8", b"\xff\xd8\xff\xfe\xff\xff", b"\xff\xd8\xff\xda\0\x02\1\2\3", b"PK"]
)
def test_streams_that_cannot_be_followed_are_refused(damage: bytes) -> None:
    with pytest.raises(ValueError):
        bare_jpeg(damage)
    with pytest.raises(ValueError):
        bare_jpeg_2000(damage)


def test_every_cut_of_a_stream_is_refused_or_ends() -> None:
    stream = bytes(imagecodecs.jpegls_encode(_WORDS[:32, :32].copy()))
    for length in range(0, len(stream) - 1, 7):
        with pytest.raises(ValueError):
            bare_jpeg(stream[:length])


def _run_lengths() -> bytes:
    parts = [
        bytes(imagecodecs.packbits_encode(np.ascontiguousarray(part), axis=-1))
        for part in ((_WORDS >> 8).astype(np.uint8), (_WORDS & 255).astype(np.uint8))
    ]
    parts = [part + b"\0" * (len(part) % 2) for part in parts]
    # where the header has no offsets, anything can stand
    return struct.pack("<3I", 2, 64, 64 + len(parts[0])) + _NAME.ljust(52) + b"".join(parts)


def test_run_lengths_are_packed_anew() -> None:
    packed = packed_run_lengths(_run_lengths(), 128, 128, 1, 16)
    assert _NAME not in packed
    out = np.zeros_like(_WORDS)
    imagecodecs.dicomrle_decode(packed, out.dtype, out=memoryview(out).cast("B"))  # type: ignore[arg-type]  # an ndarray is a buffer, which the stubs do not say
    np.testing.assert_array_equal(out, _WORDS)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.5"])
def test_the_stream_of_an_object_is_cleaned_and_stays_compressed(syntax: str) -> None:
    stream = bytes(imagecodecs.jpegls_encode(_WORDS))
    stream = _run_lengths() if syntax.endswith(".5") else stream[:2] + _COMMENT + stream[2:]
    ds = object_of(_WORDS, RescaleIntercept=-1024)
    ds.file_meta.TransferSyntaxUID = UID(syntax)
    table = _NAME + b"\0" * (len(_NAME) % 2)
    ds.PixelData = struct.pack("<HHI", 0xFFFE, 0xE000, len(table)) + table + encapsulate([stream], has_bot=False)[8:]
    ds["PixelData"].is_undefined_length = True
    ds.ExtendedOffsetTable = _NAME + b"\0"
    outcome = PixelCleaner(PixelRules()).clean(ds)
    assert (outcome.action, outcome.remarks) == ("unchanged", ("stream-comments",))
    assert ds.file_meta.TransferSyntaxUID == syntax
    assert "ExtendedOffsetTable" not in ds
    assert _NAME not in ds.PixelData
    assert len(list(generate_frames(ds.PixelData, number_of_frames=1))) == 1
