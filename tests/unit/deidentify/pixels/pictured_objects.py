"""Small objects with pixels, made for the tests of this folder; every name is invented."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

CT = "1.2.840.10008.5.1.4.1.1.2"
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
EXPLICIT = "1.2.840.10008.1.2.1"


def noisy_slice(size: int = 256, seed: int = 1) -> NDArray[np.int16]:
    """A disc of tissue in air, with noise that is band limited like that of a scanner; padding in the corners."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 60, (size, size))
    spectrum = np.fft.fft2(noise)
    row, column = np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size), indexing="ij")
    spectrum *= np.hypot(row, column) < 0.35
    away = np.hypot(*np.meshgrid(*[np.arange(size) - size / 2 + 0.5] * 2, indexing="ij"))
    body = 1040 / (1 + np.exp((away - size * 0.35) / 0.8))
    words: NDArray[np.int16] = np.round(np.real(np.fft.ifft2(spectrum)) + body - 1000).astype(np.int16)
    words[away > size * 0.5] = -2000
    return words


def written(shape: tuple[int, int], text: str, top: int, left: int, size: int = 16) -> NDArray[np.bool_]:
    """The ink of a text."""
    picture = Image.new("L", shape[::-1])
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "1"
    draw.text((left, top), text, fill=255, font=ImageFont.load_default(size))
    return np.asarray(picture) > 0


def inked(shape: tuple[int, int], text: str, top: int, left: int, size: int) -> NDArray[np.bool_]:
    """The ink of a text in a face that has its letters."""
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    for name in ("wqy-zenhei.ttc", "NotoSansCJK-Regular.ttc") if chinese else ("DejaVuSans.ttf",):
        try:
            face = ImageFont.truetype(name, size)
        except OSError:
            continue
        picture = Image.new("L", shape[::-1])
        draw = ImageDraw.Draw(picture)
        draw.fontmode = "1"
        draw.text((left, top), text, fill=255, font=face)
        return np.asarray(picture) > 0
    return written(shape, "MISSING FACE", top, left, size)


def object_of(words: NDArray[Any], *, sop_class: str = CT, syntax: str = EXPLICIT, **more: object) -> Dataset:
    """A data set with these pixels, native."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = UID(syntax)
    ds.SOPClassUID, ds.Modality = UID(sop_class), "CT"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    colour = words.ndim == 3 and words.shape[-1] == 3
    frames = 1 if words.ndim == 2 or colour else words.shape[0]
    ds.Rows, ds.Columns = words.shape[:2] if colour or words.ndim == 2 else words.shape[1:3]
    if frames > 1:
        ds.NumberOfFrames = frames
    ds.SamplesPerPixel = 3 if colour else 1
    ds.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        ds.PlanarConfiguration = 0
    else:
        ds.RescaleSlope, ds.RescaleIntercept = 1, 0
    ds.BitsAllocated = ds.BitsStored = words.dtype.itemsize * 8
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(words.dtype.kind == "i")
    ds.PixelData = words.tobytes() + b"\0" * (words.nbytes % 2)
    ds["PixelData"].VR = "OB" if words.dtype.itemsize == 1 else "OW"
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    return ds


def pixels_of(ds: Dataset) -> NDArray[Any]:
    """The grey pixels of a native object of one frame."""
    kind = f"<{'i' if ds.PixelRepresentation else 'u'}{ds.BitsAllocated // 8}"
    return np.frombuffer(ds.PixelData, kind, ds.Rows * ds.Columns).reshape(ds.Rows, ds.Columns)
