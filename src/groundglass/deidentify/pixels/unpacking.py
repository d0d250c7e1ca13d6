"""One compressed frame to samples, grey or colour, by the decoders that the reader of CT slices uses."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from groundglass.dicom.codestreams import jpeg_shape
from groundglass.dicom.pixels import CODECS, damaged
from groundglass.errors import InputError

if TYPE_CHECKING:
    from groundglass.deidentify.pixels.frames import Layout


def decoded_frame(fragment: bytes, layout: Layout, where: str) -> NDArray[Any]:
    """Return the samples of a compressed frame.

    Parameters
    ----------
    fragment : bytes
        Its stream.
    layout : Layout
        What the header says.
    where : str
        For the error.

    Returns
    -------
    ndarray
        (row, column) or (row, column, sample): colour as RGB, but run lengths as they are stored.

    Raises
    ------
    InputError
        ``PIXELS_DAMAGED``: what a decoder refuses, or what contradicts the header.
    """
    codec = CODECS[layout.transfer_syntax]
    shape: tuple[int, ...] = (layout.rows, layout.columns)
    try:
        if codec.decode is None:
            return _run_lengths(fragment, layout)
        stream = jpeg_shape(fragment)
        if (stream.rows, stream.columns, stream.components) != (*shape, layout.samples):
            # before decoding: the stream's own size is what a decoder takes memory for
            raise ValueError("the size of the stream is not that of the header")
        out = codec.decode(fragment)
    except InputError:
        raise
    except Exception as reason:
        # foreign decoders raise what they like
        raise damaged(codec.name, str(reason), where) from reason
    if layout.samples > 1:
        shape = (*shape, layout.samples)
    if out.shape != shape or out.dtype.kind not in "iu" or out.dtype.itemsize > 4:
        raise damaged(codec.name, f"the decoder gives {out.shape} {out.dtype}", where)
    size = layout.bits_allocated // 8
    if out.dtype.itemsize < size:
        out = out.astype(f"{out.dtype.kind}{size}")
    if layout.signed == (out.dtype.kind == "i"):
        return out
    out = out.view(f"{'i' if layout.signed else 'u'}{out.dtype.itemsize}")
    if layout.signed and stream.bits < 8 * out.dtype.itemsize:
        # JPEG streams are never signed: what lies above the sign bit comes from it
        left = 8 * out.dtype.itemsize - stream.bits
        return np.asarray(np.right_shift(np.left_shift(out, left), left))
    return out


def _run_lengths(fragment: bytes, layout: Layout) -> NDArray[Any]:
    import imagecodecs

    size = layout.bits_allocated // 8
    segments = struct.unpack_from("<I", fragment)[0] if len(fragment) >= 64 else 0
    if size == 0 or segments != size * layout.samples:
        raise ValueError(f"{segments} RLE segments for {size} bytes and {layout.samples} samples a pixel")
    planes = np.zeros((layout.samples, layout.rows, layout.columns), np.dtype(f"<u{size}"))
    imagecodecs.dicomrle_decode(fragment, planes.dtype, out=memoryview(planes).cast("B"))  # type: ignore[arg-type]  # an ndarray is a buffer, which the stubs do not say
    if layout.signed:
        planes = planes.view(f"<i{size}")
    return planes[0] if layout.samples == 1 else np.moveaxis(planes, 0, -1)
