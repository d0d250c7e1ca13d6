"""The frames of an object in memory: read for the look, written back after blanking."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from groundglass.deidentify.pixels.unpacking import decoded_frame
from groundglass.dicom.codestreams import split_frames
from groundglass.dicom.elements import EXPLICIT_BIG
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.pixels import (
    ABSURD_SIZE,
    CODECS,
    NATIVE,
    PIXELS_DAMAGED,
    PIXELS_MISSING,
    PIXELS_UNSUPPORTED,
    UNSUPPORTED_TRANSFER_SYNTAX,
    truncated,
)
from groundglass.errors import InputError

_LIMITS = ReadingLimits()
_WHERE = "the object"
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT")


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pixels of an object are stored (PS3.3 C.7.6.3)."""

    rows: int
    columns: int
    frames: int
    samples: int
    planar: bool
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str
    transfer_syntax: str

    @property
    def native(self) -> bool:
        """Whether the pixels are not compressed."""
        return self.transfer_syntax in NATIVE

    @property
    def run_lengths(self) -> bool:
        """Whether the pixels are RLE: compressed, but stored in the colours that the header says."""
        return self.transfer_syntax in CODECS and CODECS[self.transfer_syntax].decode is None

    @property
    def order(self) -> str:
        """Byte order of native pixels."""
        return ">" if self.transfer_syntax == EXPLICIT_BIG else "<"

    @property
    def halved(self) -> bool:
        """Whether two pixels of a row share their colour (native YBR_FULL_422, PS3.3 C.7.6.3.1.2)."""
        return self.native and self.photometric.endswith("422")

    @property
    def frame_bits(self) -> int:
        """Bits that a native frame takes."""
        samples = 2 if self.halved else self.samples
        return self.rows * self.columns * samples * self.bits_allocated


def _number(ds: Dataset, keyword: str, default: int) -> int:
    value = ds.get(keyword)
    try:
        return default if value in (None, "") else int(value)
    except (TypeError, ValueError):
        return default


def layout_of(ds: Dataset) -> Layout:
    """Return how the pixels are stored.

    Raises
    ------
    InputError
        ``PIXELS_MISSING``, ``ABSURD_SIZE``, ``PIXELS_UNSUPPORTED``, ``UNSUPPORTED_TRANSFER_SYNTAX``.
    """
    syntax = str(getattr(ds, "file_meta", {}).get("TransferSyntaxUID", "") or "").strip(" \0")
    if not syntax:
        encoding = ds.original_encoding
        syntax = "1.2.840.10008.1.2" if encoding[0] else EXPLICIT_BIG if encoding[1] is False else "1.2.840.10008.1.2.1"
    allocated = _number(ds, "BitsAllocated", 0)
    stored = _number(ds, "BitsStored", allocated)
    layout = Layout(
        rows=_number(ds, "Rows", 0),
        columns=_number(ds, "Columns", 0),
        frames=max(1, _number(ds, "NumberOfFrames", 1)),
        samples=_number(ds, "SamplesPerPixel", 1),
        planar=_number(ds, "PlanarConfiguration", 0) == 1,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=_number(ds, "HighBit", stored - 1),
        signed=_number(ds, "PixelRepresentation", 0) == 1,
        photometric=str(ds.get("PhotometricInterpretation") or "MONOCHROME2").strip().upper(),
        transfer_syntax=syntax,
    )
    if layout.rows < 1 or layout.columns < 1 or "PixelData" not in ds:
        raise _refused(PIXELS_MISSING, f"no pixels of {layout.rows} x {layout.columns}")
    if (
        layout.rows > _LIMITS.max_rows
        or layout.columns > _LIMITS.max_columns
        or layout.frames > _LIMITS.max_slices
        or layout.frame_bits * layout.frames > 8 * _LIMITS.max_file_bytes
    ):
        raise _refused(ABSURD_SIZE, f"{layout.frames} frames of {layout.rows} x {layout.columns}")
    if not layout.native and layout.transfer_syntax not in CODECS:
        raise _refused(UNSUPPORTED_TRANSFER_SYNTAX, "a transfer syntax without a maintained decoder")
    colour = layout.samples == 3 and layout.bits_allocated in (8, 16)
    grey = layout.samples == 1 and layout.bits_allocated in (1, 8, 16, 32)
    if not (colour or grey) or not 1 <= layout.bits_stored <= layout.bits_allocated:
        raise _refused(PIXELS_UNSUPPORTED, f"{layout.samples} samples of {layout.bits_allocated} bits")
    return layout


def _refused(code: str, what: str) -> InputError:
    return InputError(code, what=what, where=_WHERE, todo="leave the object out, or send it in another form")


@dataclass
class Frames:
    """The frames of one object.

    Parameters
    ----------
    ds : Dataset
        The object; its pixel data are read, and changed by :meth:`write` only.
    layout : Layout
        How they are stored.
    """

    ds: Dataset
    layout: Layout
    _changed: dict[int, NDArray[Any]] = field(default_factory=dict)

    @cached_property
    def data(self) -> bytes:
        """The value of the pixel data as it stands in the file.

        Raises
        ------
        InputError
            ``PIXELS_DAMAGED``.
        """
        value = self.ds["PixelData"].value
        if not isinstance(value, bytes | bytearray):
            raise _refused(PIXELS_DAMAGED, "the pixel data are no bytes")
        return bytes(value)

    @cached_property
    def fragments(self) -> list[bytes]:
        """The compressed stream of each frame.

        Raises
        ------
        InputError
            ``PIXELS_TRUNCATED``.
        """
        try:
            return split_frames(self.data, 0, self.layout.frames)
        except (ValueError, struct.error) as reason:
            raise truncated(str(reason), _WHERE) from reason

    @property
    def needed(self) -> int:
        """Bytes of native pixel data without what stands behind them, an even number."""
        whole = (self.layout.frame_bits * self.layout.frames + 7) // 8
        return whole + whole % 2

    def words(self, index: int) -> NDArray[Any]:
        """Return the samples of a frame as stored, in native byte order: unused bits are still there.

        Returns
        -------
        ndarray
            (row, column) or (row, column, sample); of one bit as uint8 of 0 and 1.

        Raises
        ------
        InputError
            ``PIXELS_TRUNCATED``, ``PIXELS_DAMAGED``.
        """
        if index in self._changed:
            return self._changed[index]
        layout = self.layout
        if not layout.native:
            return decoded_frame(self.fragments[index], layout, _WHERE)
        count = layout.rows * layout.columns
        if len(self.data) * 8 < layout.frame_bits * (index + 1):
            raise truncated(f"{len(self.data)} bytes for {layout.frames} frames", _WHERE)
        if layout.bits_allocated == 1:
            bits = np.unpackbits(np.frombuffer(self.data, np.uint8), bitorder="little")
            return bits[count * index : count * (index + 1)].reshape(layout.rows, layout.columns)
        size = layout.bits_allocated // 8
        kind = np.dtype(f"{layout.order}{'i' if layout.signed else 'u'}{size}")
        samples = layout.frame_bits // layout.bits_allocated
        if size == 1 and layout.order == ">" and self.ds["PixelData"].VR == "OW":
            pairs = np.frombuffer(self.data[: len(self.data) // 2 * 2], ">u2").astype("<u2").view(kind)
            flat = pairs[samples * index : samples * (index + 1)]
        else:
            flat = np.frombuffer(self.data, kind, samples, index * samples * size)
        flat = flat.astype(kind.newbyteorder("="), copy=False)
        if layout.halved:
            return _whole_colour(flat, layout.rows, layout.columns)
        if layout.samples == 1:
            return flat.reshape(layout.rows, layout.columns)
        if layout.planar:
            return np.moveaxis(flat.reshape(layout.samples, layout.rows, layout.columns), 0, -1)
        return flat.reshape(layout.rows, layout.columns, layout.samples)

    def replace(self, index: int, words: NDArray[Any]) -> None:
        """Put other samples in place of a frame's; :meth:`write` stores them."""
        self._changed[index] = words

    def write(self) -> None:
        """Store all frames: native ones in their own transfer syntax, others as Explicit VR Little Endian.

        Raises
        ------
        InputError
            What :meth:`words` raises.
        """
        ds, layout = self.ds, self.layout
        frames = np.stack([self.words(index) for index in range(layout.frames)])
        order = layout.order if layout.native else "<"
        if layout.bits_allocated == 1:
            data = np.packbits(frames.astype(bool), bitorder="little").tobytes()
        else:
            size = max(layout.bits_allocated // 8, frames.dtype.itemsize)
            data = frames.astype(np.dtype(f"{order}{frames.dtype.kind}{size}")).tobytes()
            ds.BitsAllocated = size * 8
        ds.PixelData = data + b"\0" * (len(data) % 2)
        wide = layout.bits_allocated > 8
        ds["PixelData"].VR = "OW" if wide or layout.bits_allocated == 1 else "OB"
        ds["PixelData"].is_undefined_length = False
        if layout.samples > 1:
            ds.PlanarConfiguration = 0
            if layout.halved:
                ds.PhotometricInterpretation = "YBR_FULL"
        if layout.native:
            return
        codec = CODECS[layout.transfer_syntax]
        if layout.samples > 1 and codec.decode is not None:
            # the decoders turn YBR into RGB
            ds.PhotometricInterpretation = "RGB"
        if codec.lossy and not ds.get("LossyImageCompression"):
            ds.LossyImageCompression = "01"
        for name in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths", "EncapsulatedPixelDataValueTotalLength"):
            if name in ds:
                del ds[name]
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian


def _whole_colour(flat: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """Y Y Cb Cr of two pixels become two pixels (PS3.3 C.7.6.3.1.2)."""
    pairs = flat.reshape(-1, 4)
    out = np.empty((len(pairs), 2, 3), flat.dtype)
    out[:, 0, 0], out[:, 1, 0] = pairs[:, 0], pairs[:, 1]
    out[:, :, 1], out[:, :, 2] = pairs[:, 2:3], pairs[:, 3:4]
    return out.reshape(rows, columns, 3)
