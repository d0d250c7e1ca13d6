"""Stored pixel values of one file: native, or through a maintained decoder; every failure is one of our errors."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from groundglass.dicom.codestreams import jpeg_shape, split_frames
from groundglass.dicom.elements import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, deflated_bytes
from groundglass.dicom.headers import Instance, PixelLayout
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.values import shown
from groundglass.errors import InputError, declare

UNSUPPORTED_TRANSFER_SYNTAX = declare(
    "UNSUPPORTED_TRANSFER_SYNTAX", "The pixels are stored in a way that no maintained decoder reads."
)
ABSURD_SIZE = declare("ABSURD_SIZE", "Rows, columns or slices beyond what is read; refused before memory is taken.")
PIXELS_MISSING = declare("PIXELS_MISSING", "A DICOM file of an image without pixels, rows, columns or bits.")
PIXELS_TRUNCATED = declare("PIXELS_TRUNCATED", "The pixel data end before the last pixel.")
PIXELS_DAMAGED = declare(
    "PIXELS_DAMAGED", "Compressed pixel data that its decoder refuses, or that contradict the header."
)
PIXELS_UNSUPPORTED = declare(
    "PIXELS_UNSUPPORTED", "Pixels of a kind that a CT slice does not have: colour, floats, odd bits."
)

_PIXEL_DATA = 0x7FE00010
_GREY = ("MONOCHROME2", "MONOCHROME1", "")
NATIVE = frozenset({EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED_LITTLE})


def _ended(data: bytes) -> bytes:
    """Return a JPEG stream that has its end marker (ISO 10918-1 B.1.1.3): libjpeg fills up a cut-off one in silence.

    Raises
    ------
    ValueError
        If it is cut off.
    """
    # What follows is padding of any value; inside the coded picture the two bytes cannot stand together.
    end = data.rfind(b"\xff\xd9")
    if end < 0:
        raise ValueError("the stream is cut off")
    return data[: end + 2]


def _jpeg8(data: bytes) -> NDArray[Any]:
    import imagecodecs

    return np.asarray(imagecodecs.jpeg_decode(data, bitspersample=jpeg_shape(data).bits))


def _lossless_jpeg(data: bytes) -> NDArray[Any]:
    import imagecodecs

    # libjpeg-turbo: ljpeg_decode reads the same streams more slowly and crashes on about one damaged one in a hundred.
    return np.asarray(imagecodecs.jpeg8_decode(_ended(data)))


def _jpeg_ls(data: bytes) -> NDArray[Any]:
    import imagecodecs

    # CharLS takes seconds to give up a cut-off stream of 64 x 64.
    return np.asarray(imagecodecs.jpegls_decode(_ended(data)))


def _jpeg_2000(data: bytes) -> NDArray[Any]:
    import imagecodecs

    # One thread a slice: the slices themselves are decoded side by side.
    return np.asarray(imagecodecs.jpeg2k_decode(data, numthreads=1))


@dataclass(frozen=True, slots=True)
class Codec:
    """A transfer syntax with compressed pixels: its name, decoder, and whether it always loses information."""

    name: str
    decode: Callable[[bytes], NDArray[Any]] | None
    lossy: bool = False


CODECS: dict[str, Codec] = {
    "1.2.840.10008.1.2.4.50": Codec("JPEG baseline", _jpeg8, lossy=True),
    "1.2.840.10008.1.2.4.51": Codec("JPEG extended", _jpeg8, lossy=True),
    "1.2.840.10008.1.2.4.57": Codec("JPEG lossless, process 14", _lossless_jpeg),
    "1.2.840.10008.1.2.4.70": Codec("JPEG lossless, first order", _lossless_jpeg),
    "1.2.840.10008.1.2.4.80": Codec("JPEG-LS lossless", _jpeg_ls),
    "1.2.840.10008.1.2.4.81": Codec("JPEG-LS near-lossless", _jpeg_ls, lossy=True),
    "1.2.840.10008.1.2.4.90": Codec("JPEG 2000 lossless", _jpeg_2000),
    "1.2.840.10008.1.2.4.91": Codec("JPEG 2000", _jpeg_2000),
    "1.2.840.10008.1.2.4.201": Codec("HTJ2K lossless", _jpeg_2000),
    "1.2.840.10008.1.2.4.202": Codec("HTJ2K lossless RPCL", _jpeg_2000),
    "1.2.840.10008.1.2.4.203": Codec("HTJ2K", _jpeg_2000),
    "1.2.840.10008.1.2.5": Codec("RLE lossless", None),
}
"""PS3.6 table A-1. Absent on purpose, since no maintained decoder reads them: the retired JPEG processes (.52 to .56,
.58 to .66, .53 and .55 among them) and the GE private syntax 1.2.840.113619.5.2."""


def unreadable(instance: Instance, limits: ReadingLimits) -> InputError | None:
    """Return why the pixels cannot be read by what the header says, before anything is read or memory is taken.

    Parameters
    ----------
    instance : Instance
        Header.
    limits : ReadingLimits
        For sizes.

    Returns
    -------
    InputError or None
        ``PIXELS_MISSING``, ``ABSURD_SIZE``, ``UNSUPPORTED_TRANSFER_SYNTAX``, ``PIXELS_UNSUPPORTED``,
        ``PIXELS_DAMAGED``, ``PIXELS_TRUNCATED``.
    """
    layout, label = instance.layout, instance.source.label
    if layout.tag == 0 or not layout.rows or not layout.columns or layout.frames < 1 or not layout.bits_allocated:
        return InputError(
            PIXELS_MISSING,
            what=f"no pixels: rows {layout.rows}, columns {layout.columns}, frames {layout.frames}, "
            f"bits {layout.bits_allocated}",
            where=label,
            todo="export the series again with its images",
        )
    if layout.rows > limits.max_rows or layout.columns > limits.max_columns or layout.frames > limits.max_slices:
        return InputError(
            ABSURD_SIZE,
            what=f"{layout.frames} frames of {layout.rows} x {layout.columns} pixels; at most {limits.max_slices} of "
            f"{limits.max_rows} x {limits.max_columns} are read",
            where=label,
            todo="check the header; a larger matrix needs a higher limit",
        )
    if layout.transfer_syntax not in NATIVE and layout.transfer_syntax not in CODECS:
        return InputError(
            UNSUPPORTED_TRANSFER_SYNTAX,
            what=f"transfer syntax {shown(layout.transfer_syntax.encode()[:64])} has no maintained decoder",
            where=label,
            todo="send the series as Explicit VR Little Endian",
            transfer_syntax=layout.transfer_syntax[:64],
        )
    if layout.length < 0 and layout.transfer_syntax in NATIVE:
        return damaged("native", "they are in fragments, which the transfer syntax does not allow", label)
    grey = layout.photometric in _GREY and layout.samples == 1
    if layout.tag != _PIXEL_DATA or not grey or layout.bits_allocated not in (8, 16, 32):
        kind = "floats" if layout.tag != _PIXEL_DATA else f"{layout.samples} samples of {layout.bits_allocated} bits"
        return InputError(
            PIXELS_UNSUPPORTED,
            what=f"pixels are {kind}; a CT slice has one sample of 8, 16 or 32 bits",
            where=label,
            todo="choose the original CT images, no captures",
        )
    needed = layout.frames * layout.rows * layout.columns * (layout.bits_allocated // 8)
    there = min(layout.length, instance.source.size - layout.offset)
    if layout.length >= 0 and layout.transfer_syntax in NATIVE - {DEFLATED_LITTLE} and there < needed:
        return truncated(f"{there} of {needed} bytes", label)
    return None


class PixelFile:
    """The pixels of one file, opened: frames are decoded one at a time.

    Parameters
    ----------
    instance : Instance
        Its header, in which :func:`unreadable` finds nothing.
    limits : ReadingLimits
        ``max_file_bytes`` bounds an inflated data set.

    Raises
    ------
    InputError
        ``PIXELS_TRUNCATED``, ``PIXELS_DAMAGED``; what the source raises.
    """

    def __init__(self, instance: Instance, limits: ReadingLimits) -> None:
        self.layout = instance.layout
        self.label = instance.source.label
        layout = self.layout
        data = instance.source.read()
        if layout.transfer_syntax == DEFLATED_LITTLE:
            data = deflated_bytes(data, self.label, limits.max_file_bytes)
        self._data = data
        self._fragments: list[bytes] = []
        rows, columns = layout.rows or 0, layout.columns or 0
        if layout.length >= 0 and layout.transfer_syntax in NATIVE:
            needed = layout.frames * rows * columns * ((layout.bits_allocated or 8) // 8)
            if len(data) - layout.offset < needed or layout.length < needed:
                raise truncated(f"{min(layout.length, len(data) - layout.offset)} of {needed} bytes", self.label)
        else:
            try:
                self._fragments = split_frames(data, layout.offset, layout.frames)
            except ValueError as reason:
                raise truncated(str(reason), self.label) from reason

    def frame(self, index: int) -> NDArray[Any]:
        """Return stored values.

        Returns
        -------
        (row, column) ndarray
            int16, uint16, uint8, int8, int32 or uint32 in native byte order, sign extended, unused bits cleared.

        Raises
        ------
        InputError
            ``PIXELS_DAMAGED``.
        """
        layout = self.layout
        shape = (layout.rows or 0, layout.columns or 0)
        if not self._fragments:
            dtype = np.dtype(
                f"{'<' if layout.little else '>'}{'i' if layout.signed else 'u'}{_bytes_per_pixel(layout)}"
            )
            count = shape[0] * shape[1]
            stored = np.frombuffer(self._data, dtype, count, layout.offset + index * count * dtype.itemsize).reshape(
                shape
            )
            if layout.vr == b"OW" and not layout.little and dtype.itemsize == 1:
                stored = _swapped_bytes(self._data, layout.offset, index, shape)
            return cleared(stored.astype(dtype.newbyteorder("="), copy=False), layout, layout.bits_stored)
        return self._decoded(self._fragments[index], shape)

    def _decoded(self, fragment: bytes, shape: tuple[int, int]) -> NDArray[Any]:
        layout = self.layout
        codec = CODECS[layout.transfer_syntax]
        bits = layout.bits_stored
        try:
            if codec.decode is None:
                stored = _run_lengths(fragment, layout, shape)
            else:
                stream = jpeg_shape(fragment)
                if (stream.rows, stream.columns) != shape or stream.components != 1:
                    # Before decoding: the stream's own size is what a decoder would take memory for.
                    raise ValueError(
                        f"the stream has {stream.rows} x {stream.columns} x {stream.components}, "
                        f"the header {shape[0]} x {shape[1]}"
                    )
                stored = codec.decode(fragment)
                bits = stream.bits if stream.signed != layout.signed else bits
        except InputError:
            raise
        except Exception as reason:
            # Foreign decoders raise what they like; each has a class of its own, derived from RuntimeError or not.
            raise damaged(codec.name, str(reason), self.label) from reason
        if stored.shape != shape or stored.dtype.kind not in "iu" or stored.dtype.itemsize > 4:
            raise damaged(codec.name, f"the decoder gives {stored.shape} {stored.dtype}", self.label)
        signed = np.dtype(f"{'i' if layout.signed else 'u'}{stored.dtype.itemsize}")
        if layout.signed and stored.dtype == np.uint8 and _bytes_per_pixel(layout) == 2:
            stored, signed = stored.astype(np.uint16), np.dtype(np.int16)
        return cleared(stored.view(signed), layout, bits)


def cleared(stored: NDArray[Any], layout: PixelLayout, bits: int | None) -> NDArray[Any]:
    """Return values without what may stand in the bits above HighBit (overlays of old, missing sign extension)."""
    size = stored.dtype.itemsize * 8
    high = layout.high_bit
    if bits is None or not 1 <= bits < size:
        return stored
    if high is not None and bits - 1 < high < size and bits == layout.bits_stored:
        # The value does not begin at bit 0.
        left = size - 1 - high
        return np.asarray(np.right_shift(np.left_shift(stored, left), size - bits))
    top = int(stored.max(initial=0))
    if stored.dtype.kind == "u":
        return stored & stored.dtype.type((1 << bits) - 1) if top >= 1 << bits else stored
    if top >= 1 << (bits - 1) and int(stored.min(initial=0)) >= 0:
        return np.asarray(np.right_shift(np.left_shift(stored, size - bits), size - bits))
    return stored


def read_native_into(stream: BinaryIO, layout: PixelLayout, index: int, out: NDArray[Any]) -> bool:
    """Read one native 16-bit frame straight into ``out`` (row, column); False if the file ends too early."""
    stream.seek(layout.offset + index * out.nbytes)
    view = memoryview(out).cast("B")  # type: ignore[arg-type]  # an ndarray is a buffer, which the stubs do not say
    read = 0
    while read < len(view):
        got = stream.readinto(view[read:])  # type: ignore[attr-defined]  # every stream of sources.py is buffered
        if not got:
            return False
        read += got
    return True


def truncated(what: str, label: str) -> InputError:
    """Return the error of pixel data that end early."""
    return InputError(
        PIXELS_TRUNCATED, what=f"the pixel data are cut off: {what}", where=label, todo="fetch the file again"
    )


def damaged(codec: str, what: str, label: str) -> InputError:
    """Return the error of pixel data that a decoder refuses."""
    said = " ".join("".join(c if c.isprintable() else " " for c in what).split())[:120]
    return InputError(
        PIXELS_DAMAGED, what=f"the {codec} pixels cannot be decoded: {said}", where=label, todo="fetch the file again"
    )


def _bytes_per_pixel(layout: PixelLayout) -> int:
    return (layout.bits_allocated or 8) // 8


def _run_lengths(fragment: bytes, layout: PixelLayout, shape: tuple[int, int]) -> NDArray[Any]:
    import imagecodecs

    segments = struct.unpack_from("<I", fragment)[0] if len(fragment) >= 64 else 0
    if segments != _bytes_per_pixel(layout):
        raise ValueError(f"{segments} RLE segments for {_bytes_per_pixel(layout)} bytes a pixel")
    out = np.zeros(shape, np.dtype(f"<u{_bytes_per_pixel(layout)}"))
    imagecodecs.dicomrle_decode(fragment, out.dtype, out=memoryview(out).cast("B"))  # type: ignore[arg-type]  # an ndarray is a buffer, which the stubs do not say
    return out


def _swapped_bytes(data: bytes, offset: int, index: int, shape: tuple[int, int]) -> NDArray[Any]:
    """8-bit pixels in big endian OW: each pair of bytes is turned round (PS3.5 8.1.1)."""
    count = shape[0] * shape[1]
    even = np.frombuffer(data, ">u2", (count * (index + 1) + 1) // 2, offset)
    return even.astype("<u2").view(np.uint8)[index * count : (index + 1) * count].reshape(shape)
