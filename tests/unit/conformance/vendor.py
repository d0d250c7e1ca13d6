"""An invented vendor: results for a made chest, in many dialects, by plain pydicom and none of our writers."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit, generate_uid
from scipy import ndimage

from groundglass.phantom import PhantomOptions, make, write

SC, SC_COLOUR, CT, SEG, SR = (
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.7.4",
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.66.4",
    "1.2.840.10008.5.1.4.1.1.88.33",
)
DIALECTS = ("rgb", "multiframe", "derived", "grey", "downscaled", "upscaled", "padded", "palette", "jpeg", "seg")
NAME, VERSION = "LungScan AI", "2.1.7"
RED = (255, 0, 0)
Painter = Callable[[ImageDraw.ImageDraw, int, float], None]


@dataclass
class Study:
    """A made chest on disk, slices feet to head."""

    folder: Path
    slices: list[Dataset]
    hu: NDArray[np.int16]
    lungs: NDArray[np.uint8]
    lesions: NDArray[np.uint8]


def made_study(folder: Path, **options: Any) -> Study:
    chosen = PhantomOptions.small(**({"slices": 36, "rows": 128, "involvement": 20.0, "seed": 5} | options))
    phantom = make(chosen)
    write(phantom, folder, localizer=False)
    files: list[Dataset] = [dcmread(path) for path in sorted((folder / "dicom").rglob("*.dcm"))]
    series = sorted({d.SeriesInstanceUID for d in files})
    slices = [d for d in files if d.SeriesInstanceUID == max(series, key=[d.SeriesInstanceUID for d in files].count)]
    normal = np.cross(*np.reshape([float(x) for x in slices[0].ImageOrientationPatient], (2, 3)))
    up = normal if abs(normal[2]) < 0.5 or normal[2] > 0 else -normal
    slices.sort(key=lambda d: float(np.dot(up, [float(x) for x in d.ImagePositionPatient])))
    hu = np.stack([d.pixel_array * float(d.RescaleSlope) + float(d.RescaleIntercept) for d in slices]).astype(np.int16)
    return Study(
        folder / "dicom",
        slices,
        hu,
        _onto(slices, phantom, phantom.lungs.array),
        _onto(slices, phantom, phantom.lesions.array),
    )


def _onto(slices: Sequence[Dataset], phantom: Any, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring a truth mask to the slices as they were stored, by millimetres."""
    out = []
    for each in slices:
        along, down = np.reshape([float(x) for x in each.ImageOrientationPatient], (2, 3))
        dr, dc = (float(x) for x in each.PixelSpacing)
        r, c = np.meshgrid(np.arange(each.Rows), np.arange(each.Columns), indexing="ij")
        points = (
            np.array([float(x) for x in each.ImagePositionPatient])
            + r[..., None] * down * dr
            + c[..., None] * along * dc
        )
        index = np.rint(phantom.volume.geometry.to_index(points.reshape(-1, 3))).astype(int)
        inside = ((index >= 0) & (index < labels.shape)).all(1)
        values = np.zeros(len(index), np.uint8)
        values[inside] = labels[tuple(index[inside].T)]
        out.append(values.reshape(r.shape))
    return np.stack(out)


@dataclass
class Result:
    """What the vendor sends: change it at will, then write it."""

    study: Study
    pictures: list[Dataset] = field(default_factory=list)
    report: Dataset | None = None
    others: list[Dataset] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        reports = [self.report] if self.report is not None else []
        for number, each in enumerate([*self.pictures, *reports, *self.others]):
            each.save_as(folder / f"{number:04d}.dcm", enforce_file_format=True)
        return folder


def made_result(study: Study, dialect: str = "rgb", *, paint: Painter | None = None, **how: Any) -> Result:
    """Return a clean result in one dialect; ``paint`` draws something more on every picture."""
    result = Result(study)
    if dialect == "seg":
        result.others.append(segmentation(study))
    elif dialect == "multiframe":
        result.pictures.append(_multiframe(study, paint, **how))
    else:
        uid = series_uid(study)
        numbers = how.pop("slices", range(len(study.slices)))
        result.pictures += [_picture(study, n, dialect, uid, paint, **how) for n in numbers]
    result.report = report(study, [*result.pictures, *result.others])
    return result


def series_uid(study: Study, count: int = 1) -> str:
    return f"{study.slices[0].SeriesInstanceUID[:56]}.7.1.{count}"


def base(study: Study, sop_class: str, modality: str, series: str, syntax: str = ExplicitVRLittleEndian) -> Dataset:
    source = study.slices[0]
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.SOPClassUID, d.SOPInstanceUID = UID(sop_class), generate_uid()
    d.file_meta.MediaStorageSOPClassUID, d.file_meta.MediaStorageSOPInstanceUID = UID(sop_class), d.SOPInstanceUID
    d.file_meta.TransferSyntaxUID = UID(syntax)
    d.SpecificCharacterSet = "ISO_IR 192"
    for name in (
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "StudyInstanceUID",
        "StudyDate",
        "StudyTime",
    ):
        setattr(d, name, source.get(name, ""))
    d.StudyID, d.AccessionNumber, d.ReferringPhysicianName = "1", "", ""
    d.SeriesInstanceUID, d.SeriesNumber, d.InstanceNumber = series, 900, 1
    d.Modality = modality
    d.Manufacturer, d.ManufacturerModelName, d.SoftwareVersions = "Example Imaging", NAME, VERSION
    d.ContentDate, d.ContentTime = "20261120", "101500"
    d.InstanceCreationDate, d.InstanceCreationTime = "20261120", "101501"
    return d


def named(study: Study, n: int) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = study.slices[n].SOPClassUID
    item.ReferencedSOPInstanceUID = study.slices[n].SOPInstanceUID
    return item


def shown(hu: NDArray[np.int16], low: float = -1350, high: float = 150) -> NDArray[np.uint8]:
    return np.asarray(np.clip((hu.astype(np.float32) - low) / (high - low), 0, 1) * 255, np.uint8)


def boxes(study: Study, n: int) -> list[tuple[int, int, int, int]]:
    """Rectangles around the larger lesions of a slice: first row, first column, last row, last column."""
    labels, count = ndimage.label(study.lesions[n] > 0)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    found = []
    for label, box in enumerate(ndimage.find_objects(labels), 1):
        if sizes[label] >= 40:
            found.append((box[0].start - 1, box[1].start - 1, box[0].stop, box[1].stop))
    return found


def drawn(
    study: Study, n: int, scale: float, grey: NDArray[np.uint8], colour: tuple[int, int, int], paint: Painter | None
) -> Image.Image:
    picture = Image.fromarray(grey).convert("RGB")
    if scale != 1.0:
        size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(picture)
    for r0, c0, r1, c1 in boxes(study, n):
        corners = [(c0 * scale, r0 * scale), (c1 * scale, r1 * scale)]
        pen.rectangle(corners, outline=colour, width=1 if picture.width < 256 else 2)
    for line, text in enumerate((f"{NAME} {VERSION}", "FOR RESEARCH USE ONLY")):
        pen.text((2, 1 + 10 * line), text, fill=(255, 255, 0) if colour == RED else colour)
    pen.text((2, picture.height // 2), "R", fill=(255, 255, 255))
    legend = (picture.width - 50, picture.height - 12)
    pen.rectangle([legend, (legend[0] + 6, legend[1] + 6)], fill=colour)
    pen.text((legend[0] + 10, legend[1] - 3), "lesion", fill=colour)
    if paint is not None:
        paint(pen, n, scale)
    return picture


def _picture(
    study: Study,
    n: int,
    dialect: str,
    series: str,
    paint: Painter | None,
    *,
    window: tuple[float, float] = (-1350, 150),
    change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] | None = None,
) -> Dataset:
    source = study.slices[n]
    scale = {"downscaled": 0.75, "upscaled": 400 / study.hu.shape[2], "jpeg": 2.0}.get(dialect, 1.0)
    grey = shown(study.hu[n], *window)
    if dialect == "padded":
        side = max(grey.shape) + 30
        rows, columns = (side - grey.shape[0]) // 2, (side - grey.shape[1]) // 2
        picture = Image.new("RGB", (side, side))
        picture.paste(drawn(study, n, 1.0, grey, RED, paint), (columns, rows))
    else:
        white = dialect in ("grey", "derived")
        picture = drawn(study, n, scale, grey, (255, 255, 255) if white else RED, paint)
    pixels = np.asarray(picture)
    if change is not None:
        pixels = change(pixels)
    if dialect == "derived":
        d = base(study, CT, "CT", series)
        d.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        for name in (
            "ImagePositionPatient",
            "ImageOrientationPatient",
            "PixelSpacing",
            "SliceThickness",
            "FrameOfReferenceUID",
        ):
            setattr(d, name, source.get(name))
        d.KVP, d.AcquisitionNumber, d.PositionReferenceIndicator = "120", 1, ""
        over = np.abs(pixels[..., 0].astype(int) - grey.astype(int)) > 8
        hu = np.where(over, np.where(pixels[..., 0] > 128, 2000, -1024), study.hu[n])
        if change is not None:
            hu = np.asarray(pixels[..., 0].astype(float) / 255 * 1500 - 1350)
        d.RescaleSlope, d.RescaleIntercept, d.RescaleType = "1", "-1024", "HU"
        d.WindowCenter, d.WindowWidth = "-600", "1500"
        _stored(d, np.clip(hu + 1024, 0, 4095).astype(np.uint16), 16)
    else:
        d = base(study, SC, "CT", series)
        d.ConversionType, d.ImageType = "WSD", ["DERIVED", "SECONDARY"]
        if dialect == "grey":
            _stored(d, np.ascontiguousarray(pixels[..., 0]), 8)
        elif dialect == "palette":
            _palette(d, pixels)
        elif dialect == "jpeg":
            _stored(d, pixels, 8)
            stream = io.BytesIO()
            Image.fromarray(pixels).save(stream, "JPEG", quality=90, subsampling=1)
            d.PhotometricInterpretation, d.LossyImageCompression = "YBR_FULL_422", "01"
            d.LossyImageCompressionRatio, d.LossyImageCompressionMethod = "10", "ISO_10918_1"
            d.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
            d.PixelData = encapsulate([stream.getvalue()])
            d["PixelData"].VR = "OB"
        else:
            _stored(d, pixels, 8)
    d.InstanceNumber = n + 1
    d.BurnedInAnnotation = "YES"
    d.SeriesDescription = "LungScan AI, for research use only"
    d.SourceImageSequence = DicomSequence([named(study, n)])
    return d


def _stored(d: Dataset, pixels: NDArray[Any], bits: int) -> None:
    d.Rows, d.Columns = (
        pixels.shape[-3 if pixels.shape[-1] == 3 else -2],
        pixels.shape[-2 if pixels.shape[-1] == 3 else -1],
    )
    d.SamplesPerPixel = 3 if pixels.shape[-1] == 3 else 1
    d.PhotometricInterpretation = "RGB" if d.SamplesPerPixel == 3 else "MONOCHROME2"
    if d.SamplesPerPixel == 3:
        d.PlanarConfiguration = 0
    d.BitsAllocated = d.BitsStored = bits
    d.HighBit, d.PixelRepresentation = bits - 1, 0
    data = pixels.tobytes()
    d.PixelData = data + b"\0" * (len(data) % 2)
    d["PixelData"].VR = "OB" if bits == 8 else "OW"


def _palette(d: Dataset, pixels: NDArray[np.uint8]) -> None:
    image = Image.fromarray(pixels).quantize(256)
    _stored(d, np.asarray(image), 8)
    d.PhotometricInterpretation = "PALETTE COLOR"
    table = np.zeros((256, 3), np.uint16)
    raw = np.array(image.getpalette(), np.uint16).reshape(-1, 3)
    table[: len(raw)] = raw * 257
    for n, name in enumerate(("Red", "Green", "Blue")):
        setattr(d, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(d, f"{name}PaletteColorLookupTableData", table[:, n].tobytes())


def _multiframe(study: Study, paint: Painter | None, **how: Any) -> Dataset:
    numbers = list(how.pop("slices", range(len(study.slices))))
    d = base(study, SC_COLOUR, "OT", series_uid(study))
    frames = np.stack([np.asarray(drawn(study, n, 1.0, shown(study.hu[n]), RED, paint)) for n in numbers])
    _stored(d, frames, 8)
    d.NumberOfFrames, d.BurnedInAnnotation = len(numbers), "YES"
    d.SeriesDescription = "LungScan AI, for research use only"
    d.SharedFunctionalGroupsSequence = DicomSequence([Dataset()])
    groups = []
    for n in numbers:
        derivation, group = Dataset(), Dataset()
        derivation.DerivationDescription = "marked"
        derivation.SourceImageSequence = DicomSequence([named(study, n)])
        group.DerivationImageSequence = DicomSequence([derivation])
        groups.append(group)
    d.PerFrameFunctionalGroupsSequence = DicomSequence(groups)
    return d


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def segmentation(study: Study, mask: NDArray[np.bool_] | None = None, **changes: Any) -> Dataset:
    """A binary SEG of the lesions, a frame for each slice that has some; ``changes`` set attributes of the plane."""
    mask = study.lesions > 0 if mask is None else mask
    numbers = [n for n in range(len(mask)) if mask[n].any()]
    d = base(study, SEG, "SEG", series_uid(study))
    first = study.slices[0]
    d.ImageType = ["DERIVED", "PRIMARY"]
    d.FrameOfReferenceUID = first.FrameOfReferenceUID
    d.ContentLabel, d.ContentDescription, d.ContentCreatorName = "LESIONS", "For research use only", ""
    d.SegmentationType, d.LossyImageCompression = "BINARY", "00"
    segment = Dataset()
    segment.SegmentNumber, segment.SegmentLabel = 1, changes.pop("label", "Ground glass opacity")
    segment.SegmentedPropertyCategoryCodeSequence = DicomSequence(
        [coded("49755003", "SCT", "Morphologically Abnormal Structure")]
    )
    kind = coded("39607008", "SCT", "Lung") if "lung" in segment.SegmentLabel else coded("52988006", "SCT", "Lesion")
    segment.SegmentedPropertyTypeCodeSequence = DicomSequence([kind])
    segment.SegmentAlgorithmType, segment.SegmentAlgorithmName = "AUTOMATIC", NAME
    d.SegmentSequence = DicomSequence([segment])
    shared, plane, measures = Dataset(), Dataset(), Dataset()
    plane.ImageOrientationPatient = changes.pop("orientation", first.ImageOrientationPatient)
    measures.PixelSpacing, measures.SliceThickness = first.PixelSpacing, first.SliceThickness
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = DicomSequence([plane]), DicomSequence([measures])
    d.SharedFunctionalGroupsSequence = DicomSequence([shared])
    shift = np.array(changes.pop("shift_mm", (0.0, 0.0, 0.0)))
    groups = []
    for n in numbers:
        group, position, ident, derivation = Dataset(), Dataset(), Dataset(), Dataset()
        at = np.array([float(x) for x in study.slices[n].ImagePositionPatient]) + shift
        position.ImagePositionPatient = [f"{x:.6g}" for x in at]
        ident.ReferencedSegmentNumber = 1
        derivation.SourceImageSequence = DicomSequence([named(study, n)])
        group.PlanePositionSequence = DicomSequence([position])
        group.SegmentIdentificationSequence = DicomSequence([ident])
        group.DerivationImageSequence = DicomSequence([derivation])
        groups.append(group)
    d.PerFrameFunctionalGroupsSequence = DicomSequence(groups)
    frames = mask[numbers].astype(np.uint8)
    _stored(d, frames, 8)
    d.Rows, d.Columns, d.NumberOfFrames = mask.shape[1], mask.shape[2], len(numbers)
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.BitsAllocated = d.BitsStored = 1
    d.HighBit = 0
    data = np.packbits(frames.ravel(), bitorder="little").tobytes()
    d.PixelData = data + b"\0" * (len(data) % 2)
    references = Dataset()
    references.SeriesInstanceUID = first.SeriesInstanceUID
    references.ReferencedInstanceSequence = DicomSequence([named(study, n) for n in range(len(study.slices))])
    d.ReferencedSeriesSequence = DicomSequence([references])
    return d


FIELDS: tuple[tuple[str, str], ...] = (
    ("Modality", "CT"),
    ("Anatomical region", "Chest"),
    ("Study identifier", "as in the header"),
    ("Date and time of processing", "2026-11-20 10:15"),
    ("Warning", "Prepared by software"),
    ("Warning: use", "For research use only"),
    ("Service name", NAME),
    ("Service version", VERSION),
    ("Purpose", "Signs of COVID-19 pneumonia"),
    ("Technical data", "1.0 mm"),
    ("Technological defects", "none"),
    ("Description", "Ground glass in both lungs"),
    ("Conclusion", "CT-1"),
    ("User guide", "see the manual of the service"),
)


def text_item(concept: str, text: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "TEXT"
    item.ConceptNameCodeSequence = DicomSequence([coded(concept.upper().replace(" ", "_")[:16], "99EXAMPLE", concept)])
    item.TextValue = text
    return item


def image_item(sop_class: str, sop_uid: str) -> Dataset:
    item, which = Dataset(), Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "IMAGE"
    which.ReferencedSOPClassUID, which.ReferencedSOPInstanceUID = sop_class, sop_uid
    item.ReferencedSOPSequence = DicomSequence([which])
    return item


def report(study: Study, shows: Sequence[Dataset], fields: Sequence[tuple[str, str]] = FIELDS) -> Dataset:
    d = base(study, SR, "SR", f"{series_uid(study, 2)}")
    d.CompletionFlag, d.VerificationFlag, d.ValueType, d.ContinuityOfContent = (
        "PARTIAL",
        "UNVERIFIED",
        "CONTAINER",
        "SEPARATE",
    )
    d.ConceptNameCodeSequence = DicomSequence([coded("126000", "DCM", "Imaging Measurement Report")])
    items = [text_item(concept, text) for concept, text in fields]
    items += [image_item(each.SOPClassUID, each.SOPInstanceUID) for each in shows[:3]]
    items.append(image_item(study.slices[0].SOPClassUID, study.slices[0].SOPInstanceUID))
    d.ContentSequence = DicomSequence(items)
    return d


def field_of(d: Dataset, concept: str) -> Dataset:
    """Return the text item of a report under that name."""
    for item in d.ContentSequence:
        if item.ValueType == "TEXT" and item.ConceptNameCodeSequence[0].CodeMeaning == concept:
            found: Dataset = item
            return found
    raise LookupError(concept)


def drop_field(d: Dataset, concept: str) -> None:
    d.ContentSequence = DicomSequence([i for i in d.ContentSequence if i is not field_of(d, concept)])
