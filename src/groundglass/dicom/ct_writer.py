"""Writing a CT volume as a DICOM series: for phantoms, tests, and whoever needs a study without a patient.

The series carries every type 1 and 2 attribute of the CT Image IOD (or of the Enhanced and Legacy Converted Enhanced
CT), an identity that is plainly invented, and UIDs derived from a seed: the same volume, header and options give the
same bytes. Any orthogonal orientation is written with its true geometry; slices go out in the order of the array.

References
----------
DICOM PS3.3 A.3 and C.8.2.1 (CT Image), A.38 and C.8.15 (Enhanced CT), A.70 (Legacy Converted Enhanced CT);
PS3.5 B.2 (UIDs from UUIDs).
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
)

from groundglass.dicom import ct_attributes, ct_encoding
from groundglass.errors import OUTPUT_EXISTS, OUTPUT_FAILED, InputError, UnavailableError
from groundglass.volume import Geometry, Volume

FileNames = Literal["numbered", "bare", "random"]


@dataclass(frozen=True, slots=True)
class CTHeader:
    """What the header of an invented CT says; the defaults are those of the programme's scanning protocol.

    Attributes
    ----------
    seed : int
        All UIDs follow from it, the series number and the slice.
    patient_name, patient_id, birth_date, sex, age, accession_number, institution, referring_physician : str
        The patient line, plainly invented.
    study_date, study_time : str
        DICOM DA and TM; fixed, so that bytes repeat.
    study_uid, series_uid : str
        Given ones instead of those from the seed.
    kernel, kvp, tube_current_ma, exposure_time_ms, rotation_s, scan_duration_s, pitch : str and float
        How it was scanned; a current for each slice where a tuple is given.
    slice_thickness_mm : float or None
        None takes the distance between slices.
    patient_position : str
        HFS, HFP, FFS, FFP, HFDR, HFDL, FFDR, FFDL (PS3.3 C.7.3.1.1.2).
    image_type : tuple of str
        Values of ImageType.
    contrast_agent : str
        Empty for none.

    References
    ----------
    Morozov et al., Digital Diagnostics 2020;1(1):49-59, Table 1 (scanner, tension, kernels).
    """

    seed: int = 0
    patient_name: str = "Phantom^Invented"
    patient_id: str = "PHANTOM-0000"
    birth_date: str = "19700101"
    sex: str = "O"
    age: str = "050Y"
    accession_number: str = ""
    institution: str = "Invented hospital"
    referring_physician: str = ""
    study_date: str = "20200401"
    study_time: str = "120000"
    study_id: str = "1"
    study_description: str = "Invented chest CT (phantom)"
    study_uid: str = ""
    series_uid: str = ""
    series_number: int = 2
    series_description: str = "CHEST 1.0 FC07"
    protocol_name: str = "CHEST"
    body_part: str = "CHEST"
    manufacturer: str = "TOSHIBA"
    model: str = "Aquilion (phantom)"
    software: str = "groundglass phantom"
    kernel: str = "FC07"
    kvp: float = 120.0
    tube_current_ma: float | tuple[float, ...] = 200.0
    exposure_time_ms: float = 500.0
    rotation_s: float = 0.5
    scan_duration_s: float = 6.0
    pitch: float = 1.484
    filter_type: str = "LARGE"
    slice_thickness_mm: float | None = None
    gantry_tilt_degrees: float = 0.0
    patient_position: str = "HFS"
    image_type: tuple[str, ...] = ("ORIGINAL", "PRIMARY", "AXIAL")
    contrast_agent: str = ""
    window_center_hu: float = 40.0
    window_width_hu: float = 400.0


@dataclass(frozen=True, slots=True)
class Storage:
    """How the numbers and files are stored; every choice is legal, some are odd.

    Attributes
    ----------
    bits_stored : int
        8 to 16, in 16 allocated bits. HU outside what fits are clipped.
    signed : bool
        PixelRepresentation 1.
    intercept_hu, slope_hu : float
        HU = stored * slope + intercept.
    padding_hu : int or None
        HU declared as PixelPaddingValue; a value outside the stored range is clipped like any other.
    file_names : {"numbered", "bare", "random"}
        ``000001.dcm``; ``000001``; random letters without suffix, so that no order of names tells the order of slices.
    empty_sop_uids, empty_frame_of_reference : bool
        As some anonymisers leave them.
    legacy : bool
        With ``multiframe``: Legacy Converted Enhanced CT instead of Enhanced CT.
    """

    bits_stored: int = 16
    signed: bool = True
    intercept_hu: float = 0.0
    slope_hu: float = 1.0
    padding_hu: int | None = None
    file_names: FileNames = "numbered"
    empty_sop_uids: bool = False
    empty_frame_of_reference: bool = False
    legacy: bool = False


def write_series(
    volume: Volume,
    out: Path,
    *,
    header: CTHeader,
    transfer_syntax: str = ExplicitVRLittleEndian,
    multiframe: bool = False,
    storage: Storage | None = None,
) -> list[Path]:
    """Write a volume as one DICOM CT series.

    The array goes out as it lies: slice 0 first, its rows as rows. To store the same picture another way, turn the
    volume first (:meth:`groundglass.volume.Volume.reoriented`).

    Parameters
    ----------
    volume : Volume
        (slice, row, column) int16, HU.
    out : Path
        Folder that is made; it may exist if it is empty.
    header : CTHeader
        What the header says.
    transfer_syntax : str
        UID: implicit, explicit, deflated or big endian; JPEG lossless (SV1), JPEG-LS lossless, JPEG 2000 lossless,
        HTJ2K lossless or RLE.
    multiframe : bool
        One file of all slices instead of one a slice.
    storage : Storage, optional
        How numbers and files are stored.

    Returns
    -------
    list of Path
        The files, in the order of the slices.

    Raises
    ------
    InputError
        ``OUTPUT_EXISTS`` if the folder holds anything.
    UnavailableError
        ``OUTPUT_FAILED`` if the disk refuses.
    ValueError
        If the volume is not HU, or the transfer syntax is not written.
    """
    storage = storage or Storage()
    if volume.quantity != "HU":
        raise ValueError("a CT series is written from HU")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(OUTPUT_EXISTS, what="the folder holds something", where=out.name, todo="give an empty one")
    aside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        aside.mkdir(parents=True)
        try:
            names = []
            for name, data in _files(volume, header, str(transfer_syntax), multiframe, storage):
                (aside / name).write_bytes(data)
                names.append(name)
            aside.replace(out)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as reason:
        raise UnavailableError(
            OUTPUT_FAILED,
            what=f"the series cannot be written ({os.strerror(reason.errno or 0)})",
            where=out.name,
            todo="check room and permissions",
        ) from reason
    return [out / name for name in names]


def _files(
    volume: Volume, header: CTHeader, syntax: str, multiframe: bool, storage: Storage
) -> Iterator[tuple[str, bytes]]:
    encode = ct_encoding.encoder(syntax, bits_stored=storage.bits_stored)
    geometry = volume.geometry
    uids = series_uids(header, geometry, storage)
    names = _names(geometry.shape[0], header.seed, storage.file_names)
    base = ct_attributes.common(header, storage, uids, geometry)

    def stored(index: int) -> NDArray[Any]:
        return ct_encoding.to_stored(
            volume.array[index],
            bits_stored=storage.bits_stored,
            signed=storage.signed,
            intercept_hu=storage.intercept_hu,
            slope_hu=storage.slope_hu,
        )

    # Two threads encode; the codecs let go of the interpreter. Slices come back in order, so bytes repeat.
    with ThreadPoolExecutor(2) as pool:
        frames = pool.map(lambda index: encode(stored(index)), range(geometry.shape[0]))
        if multiframe:
            ct_attributes.add_frames(base, header, storage, uids, geometry)
            base.PixelData = ct_encoding.joined(list(frames), syntax)
            yield names[0], _bytes_of(base, uids.sop[0], syntax)
            return
        for index, frame in enumerate(frames):
            ct_attributes.set_slice(base, header, uids, geometry, index)
            base.PixelData = ct_encoding.joined([frame], syntax)
            yield names[index], _bytes_of(base, uids.sop[index], syntax)


@dataclass(frozen=True, slots=True)
class SeriesUIDs:
    """The UIDs of one written series."""

    study: str
    series: str
    frame_of_reference: str
    sop: tuple[str, ...]


def series_uids(header: CTHeader, geometry: Geometry, storage: Storage | None = None) -> SeriesUIDs:
    """Return the UIDs that :func:`write_series` gives to a volume of this geometry.

    Parameters
    ----------
    header : CTHeader
        Its seed, series number and given UIDs decide.
    geometry : Geometry
        Its frame of reference is kept.
    storage : Storage, optional
        May empty some of them.
    """
    storage = storage or Storage()
    study = header.study_uid or _uid(header.seed, "study")
    series = header.series_uid or _uid(header.seed, "series", header.series_number)
    frame = geometry.frame_of_reference_uid or _uid(header.seed, "frame of reference")
    return SeriesUIDs(
        study,
        series,
        "" if storage.empty_frame_of_reference else frame,
        tuple("" if storage.empty_sop_uids else _uid(series, "instance", n) for n in range(geometry.shape[0])),
    )


def _uid(*parts: object) -> str:
    """Return a UID of the UUID form (PS3.5 B.2), the same for the same parts."""
    digest = hashlib.sha256("\n".join(map(str, ("groundglass", *parts))).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big') | 1 << 127}"


_IMPLEMENTATION_UID = _uid("implementation")


def _names(count: int, seed: int, kind: FileNames) -> list[str]:
    if kind == "numbered":
        return [f"{n + 1:06d}.dcm" for n in range(count)]
    if kind == "bare":
        return [f"{n + 1:06d}" for n in range(count)]
    letters = random.Random(seed)
    names: set[str] = set()
    while len(names) < count:
        names.add("".join(letters.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=12)))
    shuffled = sorted(names)
    letters.shuffle(shuffled)
    return shuffled


def _bytes_of(dataset: Dataset, sop_uid: str, syntax: str) -> bytes:
    meta = FileMetaDataset()
    meta.FileMetaInformationGroupLength = 0  # made right when written
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = UID(dataset.SOPClassUID)
    meta.MediaStorageSOPInstanceUID = UID(sop_uid)
    meta.TransferSyntaxUID = UID(syntax)
    meta.ImplementationClassUID = UID(_IMPLEMENTATION_UID)
    meta.ImplementationVersionName = "GROUNDGLASS"
    stream = BytesIO()
    file = FileDataset(stream, dataset, preamble=b"\0" * 128, file_meta=meta)
    file["PixelData"].VR = "OB" if ct_encoding.is_encapsulated(syntax) else "OW"
    file["PixelData"].is_undefined_length = ct_encoding.is_encapsulated(syntax)
    # An emptied SOP Instance UID fails the checks of enforce_file_format, so the meta group is completed by hand.
    dcmwrite(
        stream,
        file,
        enforce_file_format=False,
        implicit_vr=syntax == "1.2.840.10008.1.2",
        little_endian=syntax != ExplicitVRBigEndian,
    )
    return stream.getvalue()
