"""Pictures of any maker as displayed grey or colour; foreign decoders run where a crash kills only a subprocess."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.conformance.objects import ResultObject
from groundglass.dicom.codestreams import jpeg_shape, split_frames
from groundglass.dicom.elements import DEFLATED_LITTLE, deflated_bytes
from groundglass.dicom.headers import PixelLayout
from groundglass.dicom.isolation import Worker
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.pixels import (
    ABSURD_SIZE,
    CODECS,
    NATIVE,
    PIXELS_MISSING,
    PIXELS_UNSUPPORTED,
    UNSUPPORTED_TRANSFER_SYNTAX,
    cleared,
    damaged,
    truncated,
)
from groundglass.dicom.values import Values
from groundglass.errors import InputError

DECODER_TIMEOUT_S = 60.0
"""One picture decodes in well under a second; a decoder that needs this long hangs."""
DECODER_MEMORY_BYTES = 4 * 2**30
"""The largest picture allowed takes 50 MB; libraries and their working copies stay far below this."""
DEATHS_AT_MOST = 5
"""A result on which decoders crash this often is damaged throughout, and each crash costs a new process."""
LUNG_WINDOW_HU = (-1350.0, 150.0)
"""Window of width 1500 about -600 HU, in which values that state no window are shown."""
_PIXEL_DATA = 0x7FE00010
_YBR = ("YBR_FULL", "YBR_FULL_422")
_COLOUR_JPEG = frozenset(
    {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"}
)
_ENDED_JPEG = _COLOUR_JPEG | {"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"}
"""Streams that close with a marker of their own (ISO/IEC 10918-1 B.2.1, 14495-1 C.2.1)."""
_START_OF_SCAN, _END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"
_JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One frame as a viewer shows it.

    Attributes
    ----------
    grey : (row, column) uint8
        Luminance.
    colour : (row, column, 3) uint8 or None
        Red, green, blue; None for a grey picture.
    window_stated : bool
        False where stored values are HU and no window says how they are shown.
    """

    grey: NDArray[np.uint8]
    colour: NDArray[np.uint8] | None
    window_stated: bool = True


class Decoder:
    """Opens the pictures of one result; holds the process in which foreign decoders run.

    Parameters
    ----------
    limits : ReadingLimits
        Sizes are checked before memory is taken.
    """

    def __init__(self, limits: ReadingLimits) -> None:
        self._limits = limits
        self._worker = Worker(memory_bytes=DECODER_MEMORY_BYTES, modules=("imagecodecs", __name__))
        self._deaths = 0

    def __enter__(self) -> Decoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.close()

    def open(self, found: ResultObject) -> PictureFile:
        """Open the pixels of an object.

        Raises
        ------
        InputError
            ``PIXELS_MISSING``, ``ABSURD_SIZE``, ``UNSUPPORTED_TRANSFER_SYNTAX``, ``PIXELS_UNSUPPORTED``,
            ``PIXELS_TRUNCATED``.
        """
        return PictureFile(found, self._limits, self)

    def decode(self, fragment: bytes, layout: PixelLayout, label: str) -> NDArray[Any]:
        """Decode one compressed frame in the subprocess.

        Raises
        ------
        InputError
            ``PIXELS_DAMAGED``; ``WORKER_DIED``, ``TOOK_TOO_LONG``.
        """
        if self._deaths >= DEATHS_AT_MOST:
            raise damaged(CODECS[layout.transfer_syntax].name, "decoders crashed on earlier pictures", label)
        try:
            return self._worker.call(decode_fragment, fragment, layout, label, timeout_s=DECODER_TIMEOUT_S)
        except InputError as reason:
            if reason.code in ("WORKER_DIED", "TOOK_TOO_LONG"):
                self._deaths += 1
            raise


class PictureFile:
    """The pictures of one object, opened.

    Parameters
    ----------
    found : ResultObject
        The object.
    limits : ReadingLimits
        For sizes.
    decoder : Decoder
        Decodes compressed frames.
    """

    def __init__(self, found: ResultObject, limits: ReadingLimits, decoder: Decoder) -> None:
        self.found = found
        self.layout = layout = found.instance.layout
        self._decoder = decoder
        self._fragments: list[bytes] = []
        _require_layout(found, limits)
        self._data = found.instance.source.read()
        if layout.transfer_syntax == DEFLATED_LITTLE:
            self._data = deflated_bytes(self._data, found.label, limits.max_file_bytes)
        if layout.transfer_syntax in NATIVE:
            there = min(layout.length, len(self._data) - layout.offset)
            needed = -(-self._bits() * layout.frames // 8)
            if layout.length < 0 or there < needed:
                raise truncated(f"{max(0, there)} of {needed} bytes", found.label)
        else:
            try:
                self._fragments = split_frames(self._data, layout.offset, layout.frames)
            except ValueError as reason:
                raise truncated(str(reason), found.label) from reason

    def _bits(self) -> int:
        layout = self.layout
        pixels = (layout.rows or 0) * (layout.columns or 0)
        samples = 2 if layout.photometric == "YBR_FULL_422" else layout.samples
        return pixels * samples * (layout.bits_allocated or 8)

    def stored(self, index: int) -> NDArray[Any]:
        """Return stored values of one frame.

        Returns
        -------
        (row, column) or (row, column, sample) ndarray
            Integers; bits of a bitmap as 0 and 1.

        Raises
        ------
        InputError
            ``PIXELS_DAMAGED``, or what the decoder's process ended with.
        """
        layout = self.layout
        shape = (layout.rows or 0, layout.columns or 0)
        if self._fragments:
            stored = self._decoder.decode(self._fragments[index], layout, self.found.label)
        elif layout.bits_allocated == 1:
            count = shape[0] * shape[1]
            first, last = index * count, (index + 1) * count
            data = np.frombuffer(self._data, np.uint8, -(-last // 8) - first // 8, layout.offset + first // 8)
            bits = np.unpackbits(data, bitorder="little")  # PS3.5 section 8.1.1: frames follow without padding
            return bits[first % 8 : first % 8 + count].reshape(shape)
        else:
            size = (layout.bits_allocated or 8) // 8
            dtype = np.dtype(f"{'<' if layout.little else '>'}{'i' if layout.signed else 'u'}{size}")
            count = self._bits() // (8 * size)
            flat = np.frombuffer(self._data, dtype, count, layout.offset + index * count * size)
            flat = flat.astype(dtype.newbyteorder("="), copy=False)
            if layout.photometric == "YBR_FULL_422":
                return _full_422(flat, shape)
            if layout.samples == 1:
                stored = flat.reshape(shape)
            elif layout.planar == 1:
                stored = np.moveaxis(flat.reshape(layout.samples, *shape), 0, -1)
            else:
                stored = flat.reshape(*shape, layout.samples)
        return stored if stored.ndim == 3 else cleared(stored, layout, layout.bits_stored)

    def picture(self, index: int) -> Picture:
        """Return one frame as a viewer shows it.

        Raises
        ------
        InputError
            As :meth:`stored`.
        """
        stored = self.stored(index)
        layout = self.layout
        if layout.photometric == "PALETTE COLOR" and stored.ndim == 2:
            return _coloured(_through_palette(stored, self.found))
        if stored.ndim == 3 and stored.shape[2] >= 3:
            colour = stored[..., :3]
            if colour.dtype != np.uint8:
                colour = (colour >> max(0, (layout.bits_stored or 8) - 8)).astype(np.uint8)
            native = layout.transfer_syntax not in _COLOUR_JPEG | _JPEG_2000
            return _coloured(_rgb(colour) if native and layout.photometric in _YBR else colour)
        if stored.ndim == 3:
            stored = stored[..., 0]
        shown, window = _windowed(stored, self.found)
        return Picture(255 - shown if layout.photometric == "MONOCHROME1" else shown, None, window)


def decode_fragment(fragment: bytes, layout: PixelLayout, label: str) -> NDArray[Any]:
    """Decode one compressed frame; runs in the subprocess.

    Raises
    ------
    InputError
        ``PIXELS_DAMAGED``.
    """
    codec = CODECS[layout.transfer_syntax]
    shape = (layout.rows or 0, layout.columns or 0)
    try:
        if codec.decode is None:
            stored = _run_lengths(fragment, layout, shape)
        else:
            stream = jpeg_shape(fragment)
            if (stream.rows, stream.columns) != shape:
                # before decoding: the stream's own size is what a decoder would take memory for
                raise ValueError(
                    f"the stream has {stream.rows} x {stream.columns} pixels, the header {shape[0]} x {shape[1]}"
                )
            if layout.transfer_syntax in _ENDED_JPEG and fragment.rfind(_END_OF_IMAGE) < fragment.rfind(_START_OF_SCAN):
                # decoders fill the rest with grey and say nothing
                raise ValueError("the stream breaks off before its end")
            stored = codec.decode(fragment)
    except Exception as reason:
        # each foreign decoder raises a class of its own
        raise damaged(codec.name, str(reason), label) from reason
    if stored.shape[:2] != shape or stored.ndim > 3 or stored.dtype.kind not in "iu":
        raise damaged(codec.name, f"the decoder gives {stored.shape} {stored.dtype}", label)
    return np.ascontiguousarray(stored)


def _run_lengths(fragment: bytes, layout: PixelLayout, shape: tuple[int, int]) -> NDArray[Any]:
    """PS3.5 annex G: one segment a byte of each sample, the most significant first."""
    import imagecodecs

    size = (layout.bits_allocated or 8) // 8
    count, *offsets = struct.unpack_from("<16I", fragment) if len(fragment) >= 64 else (0,)
    if count != size * layout.samples or count > 15:
        raise ValueError(f"{count} segments for {layout.samples} samples of {size} bytes")
    ends = [*offsets[1:count], len(fragment)]
    planes = [
        np.frombuffer(imagecodecs.packbits_decode(fragment[a:b])[: shape[0] * shape[1]], np.uint8).reshape(shape)
        for a, b in zip(offsets[:count], ends, strict=True)
    ]
    samples = []
    for sample in range(layout.samples):
        value = np.zeros(shape, np.uint8 if size == 1 else np.uint16 if size == 2 else np.uint32)
        for plane in planes[sample * size : (sample + 1) * size]:
            value = (value << 8 if size > 1 else value) | plane
        samples.append(value)
    return samples[0] if len(samples) == 1 else np.stack(samples, axis=-1)


def _require_layout(found: ResultObject, limits: ReadingLimits) -> None:
    layout, label = found.instance.layout, found.label
    if layout.tag == 0 or not layout.rows or not layout.columns or layout.frames < 1 or not layout.bits_allocated:
        raise InputError(
            PIXELS_MISSING, what="there are no pixels, or no rows, columns or bits", where=label, todo="export it again"
        )
    if layout.rows > limits.max_rows or layout.columns > limits.max_columns or layout.frames > limits.max_slices:
        raise InputError(
            ABSURD_SIZE,
            what=f"{layout.frames} frames of {layout.rows} x {layout.columns} pixels",
            where=label,
            todo="check the header",
        )
    if layout.transfer_syntax not in NATIVE and layout.transfer_syntax not in CODECS:
        raise InputError(
            UNSUPPORTED_TRANSFER_SYNTAX,
            what="the pixels have no maintained decoder",
            where=label,
            todo="send it native",
        )
    if layout.tag != _PIXEL_DATA or layout.samples not in (1, 3, 4) or layout.bits_allocated not in (1, 8, 16, 32):
        raise InputError(
            PIXELS_UNSUPPORTED,
            what=f"{layout.samples} samples of {layout.bits_allocated} bits",
            where=label,
            todo="send grey or colour of 8 or 16 bits",
        )


def _coloured(colour: NDArray[np.uint8]) -> Picture:
    red, green, blue = (colour[..., n].astype(np.uint16) for n in range(3))
    # ITU-R BT.601 luma in 1/256
    return Picture(((77 * red + 150 * green + 29 * blue) >> 8).astype(np.uint8), colour)


def _rgb(ybr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """PS3.3 C.7.6.3.1.2."""
    y, cb, cr = (ybr[..., n].astype(np.float32) for n in range(3))
    cb, cr = cb - 128, cr - 128
    colour = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], -1)
    return np.asarray(np.clip(colour, 0, 255), np.uint8)


def _full_422(flat: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """Native YBR_FULL_422: two luminances, then both colour differences they share."""
    quads = flat.reshape(shape[0], -1, 4)
    luma = quads[..., :2].reshape(shape[0], -1)
    return np.stack([luma, quads[..., 2].repeat(2, 1), quads[..., 3].repeat(2, 1)], -1)[:, : shape[1]]


def _through_palette(stored: NDArray[Any], found: ResultObject) -> NDArray[np.uint8]:
    """PS3.3 C.7.9."""
    channels = []
    v = found.values
    order = "<" if v.little else ">"
    for n in range(3):
        descriptor, table = v.data.get(0x00281101 + n), v.data.get(0x00281201 + n)
        if descriptor is None or table is None or len(descriptor.value) != 6:
            raise damaged("palette", "the look-up table is missing", found.label)
        entries, first, bits = struct.unpack(order + "HHH", descriptor.value)
        entries = entries or 65536
        words = len(table.value) >= 2 * entries
        lut = np.frombuffer(table.value, order + ("u2" if words else "u1"))[:entries]
        if not len(lut):
            raise damaged("palette", "the look-up table is empty", found.label)
        if words:
            lut = lut >> 8 if bits == 16 or lut.max() > 255 else lut
        place = np.clip(stored.astype(np.int64) - first, 0, len(lut) - 1)
        channels.append(lut.astype(np.uint8)[place])
    return np.stack(channels, -1)


def _windowed(stored: NDArray[Any], found: ResultObject) -> tuple[NDArray[np.uint8], bool]:
    """Return what a viewer shows of grey values, and whether the object says how (PS3.3 C.11.2)."""
    v, instance = found.values, found.instance
    values = stored.astype(np.float32) * (instance.slope or 1.0) + (instance.intercept or 0.0)
    groups = [v, *_voi_groups(v)]
    for group in groups:
        centre, width = group.number(0x00281050, "WindowCenter"), group.number(0x00281051, "WindowWidth")
        if centre is not None and width is not None and width >= 1:
            low = centre - 0.5 - (width - 1) / 2
            return np.clip((values - low) * (255.0 / max(1.0, width - 1)), 0, 255).astype(np.uint8), True
    if (instance.layout.bits_stored or 8) <= 8:
        return np.clip(values, 0, 255).astype(np.uint8), True
    if instance.modality == "CT" or instance.slope is not None:
        low, high = LUNG_WINDOW_HU
    else:
        low, high = float(values.min()), float(values.max())
    return np.clip((values - low) * (255.0 / max(1.0, high - low)), 0, 255).astype(np.uint8), False


def _voi_groups(v: Values) -> list[Values]:
    """Return the windows of functional groups, shared first (PS3.3 C.7.6.16.2.10)."""
    found = []
    for tag in (0x52009229, 0x52009230):
        for item in v.items(tag)[:1]:
            found.append(Values(item, little=v.little, problems={}).item(0x00289132))
    return found
