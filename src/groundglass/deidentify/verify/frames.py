"""Pixels of an object as arrays, decoded here alone: its pictures, icons, overlays, and bits that nobody looks at."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.deidentify.verify.elements import Element, Fragment, Parsed

FRAME_AT_MOST_PIXELS = 1 << 26
"""Pixels of one frame: 8192 x 8192, larger than any CT or capture; a header that says more is not believed."""
_LITTLE = {"", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.113619.5.2"}
_JPEG = {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 70)}
_JPEG_LS = {f"1.2.840.10008.1.2.4.{n}" for n in (80, 81)}
_J2K = {f"1.2.840.10008.1.2.4.{n}" for n in (90, 91, 92, 93)}
_HTJ2K = {f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203)}
_JPEG_XL = {f"1.2.840.10008.1.2.4.{n}" for n in (110, 111, 112)}
_RLE = {"1.2.840.10008.1.2.5"}
_DEFLATED_FRAME = {"1.2.840.10008.1.2.8.1"}


_SLICES = {f"1.2.840.10008.5.1.4.1.1.{n}" for n in ("2", "2.1", "2.2", "4", "4.1", "128", "66.4", "66.7", "30")}
"""CT, MR, PET, segmentations (PS3.4 B.5): slices and masks, whatever their bits."""


class UndecodableError(Exception):
    """Pixels that cannot be turned into an array; the message is a short reason."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture.

    Attributes
    ----------
    place : str
        Path of the pixel data, with the number of the frame.
    values : array
        (rows, columns), integers; of colour pictures the brightest channel.
    colour : array or None
        (rows, columns, 3), where there are three channels.
    original : bool
        A slice of more than 8 bits; captures, colour pictures and icons are always read.
    """

    place: str
    values: NDArray[np.generic]
    colour: NDArray[np.generic] | None = None
    original: bool = False


@dataclass(frozen=True, slots=True)
class _Header:
    rows: int
    columns: int
    samples: int
    bits: int
    stored: int
    high: int
    signed: bool
    planar: bool
    frames: int
    photometric: str


def has_pictures(parsed: Parsed) -> bool:
    """Return whether an object has pixels or overlays.

    Parameters
    ----------
    parsed : Parsed
        The object.
    """
    return bool(parsed.fragments) or any(
        e.tag >> 16 == 0x7FE0 or 0x6000 <= e.tag >> 16 < 0x6020 for e in parsed.elements
    )


def pictures_of(parsed: Parsed) -> Iterator[tuple[str, dict[int, Element], Element | list[Fragment]]]:
    """Return every data set with pixel data: path of the pixel data, its attributes, native value or fragments.

    Parameters
    ----------
    parsed : Parsed
        The object.
    """
    native = {e.path: e for e in parsed.elements if e.tag in (0x7FE00010, 0x7FE00008, 0x7FE00009)}
    wrapped: dict[str, list[Fragment]] = {}
    for fragment in parsed.fragments:
        wrapped.setdefault(re.sub(r"\[\d+\]$", "", fragment.path), []).append(fragment)
    by_set: dict[str, dict[int, Element]] = {}
    wanted = {path.rpartition("/")[0] for path in (*native, *wrapped)}
    for e in parsed.elements:
        above = e.path.rpartition("/")[0]
        if above in wanted:
            by_set.setdefault(above, {}).setdefault(e.tag, e)
    for path, element in native.items():
        yield path, by_set[path.rpartition("/")[0]], element
    for path, fragments in wrapped.items():
        yield path, by_set.get(path.rpartition("/")[0], {}), fragments


def frames(
    parsed: Parsed, path: str, attributes: dict[int, Element], held: Element | list[Fragment]
) -> Iterator[Frame]:
    """Return the frames of one pixel data.

    Parameters
    ----------
    parsed : Parsed
        The object.
    path, attributes, held
        As :func:`pictures_of` gives them.

    Raises
    ------
    UndecodableError
        With the reason.
    """
    header = _header(attributes)
    capture = _text(attributes.get(0x00080016)).startswith("1.2.840.10008.5.1.4.1.1.7")
    slices = _text(attributes.get(0x00080016)) in _SLICES or header.bits > 8
    original = header.samples == 1 and slices and not capture and "/" not in path
    stacks = _native(header, held) if isinstance(held, Element) else _decoded(header, parsed.syntax, held)
    for number, values in enumerate(stacks):
        place = f"{path} frame {number + 1}"
        if values.ndim == 3:
            colour = _rgb(values, header.photometric)
            yield Frame(place, colour.max(axis=2), colour)
        else:
            yield Frame(place, values, None, original)


def _number(element: Element | None, default: int) -> int:
    if element is None:
        return default
    if element.vr in ("IS", "DS") or element.tag == 0x00280008:
        try:
            return int(float(element.value.decode("ascii", "replace").split("\\")[0].strip(" \0")))
        except ValueError:
            return default
    if len(element.value) < 2:
        return default
    return int(struct.unpack_from(">H" if element.big else "<H", element.value)[0])


def _text(element: Element | None) -> str:
    return element.value.decode("latin-1").strip(" \0") if element else ""


def _header(attributes: dict[int, Element]) -> _Header:
    bits = _number(attributes.get(0x00280100), 16)
    stored = _number(attributes.get(0x00280101), bits)
    header = _Header(
        rows=_number(attributes.get(0x00280010), 0),
        columns=_number(attributes.get(0x00280011), 0),
        samples=max(_number(attributes.get(0x00280002), 1), 1),
        bits=bits,
        stored=stored,
        high=_number(attributes.get(0x00280102), stored - 1),
        signed=_number(attributes.get(0x00280103), 0) == 1,
        planar=_number(attributes.get(0x00280006), 0) == 1,
        frames=max(_number(attributes.get(0x00280008), 1), 1),
        photometric=_text(attributes.get(0x00280004)),
    )
    if not header.rows or not header.columns or header.rows * header.columns > FRAME_AT_MOST_PIXELS:
        raise UndecodableError("rows or columns are missing or too large")
    if header.samples not in (1, 3, 4) or header.bits not in (1, 8, 16, 32, 64):
        raise UndecodableError("samples or bits are odd")
    return header


def _native(header: _Header, element: Element) -> Iterator[NDArray[np.generic]]:
    size = header.rows * header.columns * header.samples
    if header.bits == 1:
        flat = np.unpackbits(np.frombuffer(element.value, np.uint8), bitorder="little")
    else:
        letter = "u" if not header.signed else "i"
        dtype = np.dtype(f"{'>' if element.big and header.bits > 8 else '<'}{letter}{header.bits // 8}")
        if element.tag in (0x7FE00008, 0x7FE00009):
            dtype = np.dtype(f"<f{4 if element.tag == 0x7FE00008 else 8}")
        flat = np.frombuffer(element.value[: len(element.value) // dtype.itemsize * dtype.itemsize], dtype)
    count = min(header.frames, len(flat) // size)
    if not count and len(flat):
        rows = len(flat) // (header.columns * header.samples)
        if not rows:
            raise UndecodableError("fewer values than a row")
        yield _shaped(flat[: rows * header.columns * header.samples], header, rows)
        raise UndecodableError("fewer values than a frame")
    for number in range(count):
        yield _shaped(flat[number * size : (number + 1) * size], header, header.rows)
    if count < header.frames:
        raise UndecodableError("fewer frames than stated")


def _shaped(flat: NDArray[np.generic], header: _Header, rows: int) -> NDArray[np.generic]:
    if header.samples == 1:
        return flat.reshape(rows, header.columns)
    if header.planar:
        return np.moveaxis(flat.reshape(header.samples, rows, header.columns), 0, 2)
    return flat.reshape(rows, header.columns, header.samples)


def _decoded(header: _Header, syntax: str, fragments: list[Fragment]) -> Iterator[NDArray[np.generic]]:
    data = [f.data for f in fragments if f.number > 0]
    if not data:
        raise UndecodableError("no fragments")
    if len(data) != header.frames:
        data = _joined(data, header.frames)
    for stream in data[: header.frames]:
        yield _decode(header, syntax, stream)
    if len(data) < header.frames:
        raise UndecodableError("fewer frames than stated")


def _joined(data: list[bytes], count: int) -> list[bytes]:
    """Put fragments together to frames: each begins with the start of a stream."""
    if count == 1:
        return [b"".join(data)]
    frames_of: list[list[bytes]] = []
    for fragment in data:
        if fragment[:2] in (b"\xff\xd8", b"\xff\x4f") or fragment[4:8] in (b"jP  ", b"JXL ") or not frames_of:
            frames_of.append([fragment])
        else:
            frames_of[-1].append(fragment)
    return [b"".join(parts) for parts in frames_of]


def _decode(header: _Header, syntax: str, stream: bytes) -> NDArray[np.generic]:
    import imagecodecs

    signs = stream[:3]
    try:
        if signs[:2] == b"\xff\x4f" or stream[4:8] == b"jP  ":
            decoder = imagecodecs.jpeg2k_decode
            values = np.asarray(decoder(stream))
        elif signs[:2] == b"\xff\xd8":
            values = _jpeg(stream, syntax)
        elif syntax in _RLE:
            values = _rle(header, stream)
        elif syntax in _JPEG_XL:
            values = np.asarray(imagecodecs.jpegxl_decode(stream))
        elif syntax in _DEFLATED_FRAME:
            import zlib

            flat = np.frombuffer(zlib.decompress(stream, -15), f"<u{max(header.bits // 8, 1)}")
            return _shaped(flat[: header.rows * header.columns * header.samples], header, header.rows)
        else:
            raise UndecodableError("transfer syntax that cannot be decoded")
    except UndecodableError:
        raise
    except Exception as error:  # a decoder raises errors of its own kind, of any class
        raise UndecodableError(f"decoder failed ({type(error).__name__})") from error
    if values.ndim not in (2, 3) or (values.ndim == 3 and values.shape[2] not in (3, 4)):
        raise UndecodableError("decoded to an odd shape")
    return values


def _jpeg(stream: bytes, syntax: str) -> NDArray[np.generic]:
    import imagecodecs

    lossless_ls = syntax in _JPEG_LS or b"\xff\xf7" in stream[:4096]
    if lossless_ls:
        return np.asarray(imagecodecs.jpegls_decode(stream))
    if b"\xff\xc3" in stream[:4096]:
        try:
            return np.asarray(imagecodecs.ljpeg_decode(stream))
        except Exception:  # the other decoder knows more of the process
            return np.asarray(imagecodecs.jpegsof3_decode(stream))
    return np.asarray(imagecodecs.jpeg_decode(stream))


def _rle(header: _Header, stream: bytes) -> NDArray[np.generic]:
    """Return a frame of PS3.5 annex G: bytes of each sample in segments, most significant first."""
    import imagecodecs

    count = struct.unpack_from("<I", stream)[0]
    width = max(header.bits // 8, 1)
    if count != header.samples * width:
        raise UndecodableError("number of segments is odd")
    offsets = [*struct.unpack_from(f"<{count}I", stream, 4), len(stream)]
    size = header.rows * header.columns
    planes = np.zeros((header.samples, size, width), np.uint8)
    for number in range(count):
        part = np.frombuffer(imagecodecs.packbits_decode(stream[offsets[number] : offsets[number + 1]]), np.uint8)[
            :size
        ]
        planes[number // width, : len(part), width - 1 - number % width] = part
    flat = planes.reshape(header.samples, -1).view(f"<{'i' if header.signed else 'u'}{width}")
    if header.samples == 1:
        return flat.reshape(header.rows, header.columns)
    return np.moveaxis(flat.reshape(header.samples, header.rows, header.columns), 0, 2)


def _rgb(values: NDArray[np.generic], photometric: str) -> NDArray[np.generic]:
    """Return colour as stored or decoded; of YBR the luminance thrice, since only shapes count."""
    if photometric.startswith("YBR_FULL") and not photometric.endswith(("ICT", "RCT")):
        return np.repeat(values[..., :1], 3, axis=2)
    return values[..., :3]


def overlays(parsed: Parsed) -> Iterator[Frame]:
    """Return overlay planes as pictures (PS3.3 C.9).

    Parameters
    ----------
    parsed : Parsed
        The object.
    """
    main = {e.tag: e for e in parsed.elements if "/" not in e.path}
    for group in range(0x6000, 0x6020, 2):
        data = main.get(group << 16 | 0x3000)
        if data is None:
            continue
        rows, columns = _number(main.get(group << 16 | 0x0010), 0), _number(main.get(group << 16 | 0x0011), 0)
        bits = np.unpackbits(np.frombuffer(data.value, np.uint8), bitorder="little")
        if not rows or not columns or rows * columns > FRAME_AT_MOST_PIXELS or len(bits) < columns:
            continue
        count = max(len(bits) // (rows * columns), 1)
        for number in range(min(count, 64)):
            part = bits[number * rows * columns : (number + 1) * rows * columns]
            part = part[: len(part) // columns * columns].reshape(-1, columns)
            if part.any():
                yield Frame(f"({group:04X},3000) frame {number + 1}", part * np.uint8(255))


def unused_bits(attributes: dict[int, Element], frame: Frame) -> Iterator[Frame]:
    """Return bits outside of the stored ones as pictures, where they are in use (PS3.5 8.1.1, old overlays in pixels).

    Parameters
    ----------
    attributes : dict of int to Element
        Of the picture.
    frame : Frame
        A native frame of 16 bits.
    """
    header = _header(attributes)
    if header.samples != 1 or header.bits != 16 or header.stored >= 16 or frame.values.dtype.itemsize != 2:
        return
    values = frame.values.view(np.uint16) if frame.values.dtype.isnative else frame.values.astype(np.uint16)
    low = header.high - header.stored + 1
    above = values >> np.uint16(header.high + 1)
    if header.signed:  # the sign may be carried on
        sign = (values >> np.uint16(header.high)) & 1
        filled = np.uint16((1 << (15 - header.high)) - 1) * sign
        above = np.where(above == filled, 0, above).astype(np.uint16)
    below = values & np.uint16((1 << low) - 1) if low > 0 else np.zeros((), np.uint16)
    for name, plane in (("above", above), ("below", below)):
        if plane.any() and plane.ndim == 2:
            yield Frame(f"{frame.place}, bits {name} the stored ones", plane)
