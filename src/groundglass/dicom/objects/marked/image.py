"""Pictures as Secondary Capture images that know their place in the patient."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import BaseTag
from pydicom.uid import (
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
    SecondaryCaptureImageStorage,
)
from pydicom.valuerep import format_number_as_ds

from groundglass.codes import Code
from groundglass.dicom.objects.header import file_meta, new_object, plane, source_text
from groundglass.dicom.objects.making import Making
from groundglass.dicom.objects.marked.captions import direction
from groundglass.dicom.objects.marked.pixels import TRANSFER_SYNTAX
from groundglass.phrases import say, say_notice
from groundglass.render.picture import LUNG_WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from groundglass.dicom.objects.findings import Drawing, Findings
    from groundglass.dicom.objects.marked.choice import Slice
    from groundglass.dicom.objects.origin import Origin, SourceImage
    from groundglass.render.marked import Sheet, Words

_DERIVED = "PS3.16 CID 7203 Image Derivation"
_SEGMENTATION = Code("113076", "DCM", "Segmentation", _DERIVED)
_RESAMPLING = Code("113085", "DCM", "Spatial resampling", _DERIVED)
_SOURCE = Code("121322", "DCM", "Source image for image processing operation", "PS3.16 CID 7202")
DRAWN_AS: tuple[tuple[str, Code], ...] = (
    ("minip", Code("113079", "DCM", "Minimum intensity projection", _DERIVED)),
    ("mip", Code("113078", "DCM", "Maximum intensity projection", _DERIVED)),
    ("3d", Code("113075", "DCM", "Surface rendering", _DERIVED)),
    ("", Code("113072", "DCM", "Multiplanar reformatting", _DERIVED)),
)
"""How a drawing was derived: the first row whose word stands in its name."""
_Elements = dict[BaseTag, DataElement | RawDataElement]
_ALWAYS_LOSSY = frozenset({JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless})
_OF_THE_SCAN = (
    ("AcquisitionDate", r"\d{8}"),
    ("AcquisitionTime", r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?"),
    ("AcquisitionDateTime", r"\d{4,14}(\.\d{1,6})?([+-]\d{4})?"),
    ("AcquisitionNumber", r"[+-]?\d{1,10}"),
    ("PatientPosition", r"[A-Z]{2,4}"),
)
"""Carried from the source where their values can be read by anyone: keyword and pattern."""
_VARYING = (
    "SOPInstanceUID",
    "InstanceNumber",
    "ImageComments",
)


@dataclass(slots=True)
class Assembly:
    """Puts the objects of one marked series together.

    Attributes
    ----------
    origin, findings, making
        What they are made of.
    sheet : Sheet
        Layout of the slices.
    """

    origin: Origin
    findings: Findings
    making: Making
    sheet: Sheet
    _base: _Elements = field(init=False, repr=False)
    _plane: _Elements = field(init=False, repr=False)

    def __post_init__(self) -> None:
        base = self._common()
        for keyword in _VARYING:
            if keyword in base:
                del base[keyword]
        self._base = dict(base.items())
        self._plane = dict(self._placed().items())

    def after(self, slices: Sequence[Slice]) -> int:
        """Return the number of the first drawing."""
        return max((one.number for one in slices), default=0) + 1

    def slice_image(self, one: Slice, pixels: bytes, words: Words) -> FileDataset:
        """Return the object of one slice.

        Parameters
        ----------
        one : Slice
            What is shown.
        pixels : bytes
            Encapsulated.
        words : Words
            What is burned in; repeated in ImageComments for whoever cannot read pixels.
        """
        data = self._new(one.number, self._plane)
        geometry = self.origin.geometry
        if self.sheet.same_grid:
            data.ImagePositionPatient = list(plane(self.origin, one.index).position)
        else:
            first = geometry.to_mm(np.array([one.index, *self.sheet.first]))
            data.ImagePositionPatient = [format_number_as_ds(float(n) + 0.0) for n in first]
        along = geometry.affine[:3, 3] + one.index * geometry.affine[:3, 0]
        data.SliceLocation = format_number_as_ds(float(along @ geometry.cosines[:, 0]) + 0.0)
        data.SourceImageSequence = [self._source_item(one.image, same_grid=self.sheet.same_grid)]
        data.ReferencedSeriesSequence = _referenced([one.image])
        found = bool(one.lesion)
        data.DerivationDescription = say(
            "marked_derivation" if found else "marked_derivation_plain",
            self.making.language,
            width=LUNG_WINDOW.width_hu,
            level=LUNG_WINDOW.level_hu,
        )
        codes = [*([_SEGMENTATION] if found else []), *([] if self.sheet.same_grid else [_RESAMPLING])]
        if codes:
            data.DerivationCodeSequence = [_code_item(code) for code in codes]
        lines = (*words.bottom_left, *words.top_right, *words.top_left, *words.bottom_right)
        return _finished(data, self.sheet.shape, pixels, "; ".join(lines))

    def drawing_image(
        self, drawing: Drawing, number: int, shape: tuple[int, int], pixels: bytes, lines: Iterable[str]
    ) -> FileDataset:
        """Return the object of a drawing of the whole chest: it lies in no single plane, so that it has no place."""
        data = self._new(number, {})
        data.PatientOrientation = None
        # made of every frame: then no frame is named
        whole = [replace(image, frame=None) for image in self.origin.sources]
        data.SourceImageSequence = [self._source_item(image, same_grid=False) for image in whole]
        data.ReferencedSeriesSequence = _referenced(self.origin.sources)
        data.DerivationDescription = say_notice(drawing.caption, self.making.language)
        code = next(code for word, code in DRAWN_AS if word in drawing.name)
        data.DerivationCodeSequence = [_code_item(code)]
        return _finished(data, shape, pixels, " ".join(lines))

    def _new(self, number: int, more: _Elements) -> FileDataset:
        # copied, not made anew: the header of the source is read once, not for every slice
        uid = self.making.uid("instance", "marked", str(number))
        meta = file_meta(SecondaryCaptureImageStorage, uid, TRANSFER_SYNTAX)
        elements = {tag: copy(element) for tag, element in (*self._base.items(), *more.items())}
        data = FileDataset("", elements, file_meta=meta, preamble=b"\0" * 128)
        data.SOPInstanceUID = uid
        data.InstanceNumber = number
        return data

    def _common(self) -> FileDataset:
        """Return what all objects of the series share."""
        making = self.making
        data = new_object(
            self.origin,
            making,
            "marked",
            1,
            sop_class=SecondaryCaptureImageStorage,
            # not CT: of a CT series OHIF 3.13 asks that every image has a place, and shows none of it where one has
            # none, as the drawings of the whole chest; pictures with words in them are no CT data either
            modality="OT",
            description=say("marked_series", making.language),
        )
        data.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
        data.ContentDate, data.ContentTime = making.date, making.time
        data.ConversionType = "WSD"
        data.SecondaryCaptureDeviceManufacturer = data.Manufacturer
        data.SecondaryCaptureDeviceManufacturerModelName = data.ManufacturerModelName
        data.SecondaryCaptureDeviceSoftwareVersions = making.version
        data.DateOfSecondaryCapture, data.TimeOfSecondaryCapture = making.date, making.time
        data.BodyPartExamined = "CHEST"
        data.BurnedInAnnotation = "YES"
        data.RecognizableVisualFeatures = "NO"
        for keyword, pattern in _OF_THE_SCAN:
            text = source_text(self.origin.header, keyword)
            if text and re.fullmatch(pattern, text):
                setattr(data, keyword, text)
        self._lossy(data)
        data.SamplesPerPixel, data.PhotometricInterpretation, data.PlanarConfiguration = 3, "RGB", 0
        data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
        return data

    def _placed(self) -> Dataset:
        """Return what all slices share: frame of reference and plane (PS3.3 A.8.1.3, C.7.4.1, C.7.6.2)."""
        data = Dataset()
        geometry, step = self.origin.geometry, self.sheet.step
        place = plane(self.origin, 0)
        data.FrameOfReferenceUID = geometry.frame_of_reference_uid
        data.PositionReferenceIndicator = source_text(self.origin.header, "PositionReferenceIndicator") or None
        data.ImageOrientationPatient = list(place.orientation)
        data.SliceThickness = place.thickness
        if self.sheet.picture == self.sheet.source:
            data.PixelSpacing = list(place.pixel_spacing)
        else:
            data.PixelSpacing = [
                format_number_as_ds(round(spacing * of, 9))
                for spacing, of in zip(geometry.spacing_mm[1:], step, strict=True)
            ]
        data.PatientOrientation = [direction(geometry.cosines[:, 2]), direction(geometry.cosines[:, 1])]
        return data

    def _source_item(self, image: SourceImage, *, same_grid: bool) -> Dataset:
        item = _instance_item(image)
        if image.frame is not None:
            item.ReferencedFrameNumber = image.frame
        if same_grid:
            item.SpatialLocationsPreserved = "YES"
        item.PurposeOfReferenceCodeSequence = [_code_item(_SOURCE)]
        return item

    def _lossy(self, data: Dataset) -> None:
        """Carry the loss of the source: what was once lost stays lost (PS3.3 C.7.6.1.1.5)."""
        header = self.origin.header
        syntax = getattr(getattr(header, "file_meta", None), "TransferSyntaxUID", None)
        lossy = source_text(header, "LossyImageCompression") == "01" or syntax in _ALWAYS_LOSSY
        data.LossyImageCompression = "01" if lossy else "00"
        if not lossy:
            return
        for keyword, pattern in (
            ("LossyImageCompressionRatio", r" *[0-9.eE+-]{1,16} *"),
            ("LossyImageCompressionMethod", r" *[A-Z0-9_]{1,16} *"),
        ):
            values = (source_text(header, keyword) or "").split("\\")
            if all(re.fullmatch(pattern, value) for value in values):
                setattr(data, keyword, [value.strip() for value in values])


def _finished(data: FileDataset, shape: tuple[int, int], pixels: bytes, comments: str) -> FileDataset:
    # a dash that Latin 1 lacks must not decide the character set
    data.ImageComments = comments.replace("–", "-")
    data.Rows, data.Columns = shape
    data.add_new("PixelData", "OB", pixels)
    return data


def _instance_item(image: SourceImage) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = UID(image.sop_class), UID(image.sop_uid)
    return item


def _referenced(images: Iterable[SourceImage]) -> list[Dataset]:
    """Return the items of ReferencedSeriesSequence (PS3.3 C.12.2), one a series."""
    series: dict[str, list[Dataset]] = {}
    for image in images:
        series.setdefault(image.series_uid, []).append(_instance_item(image))
    items = []
    for uid, instances in series.items():
        item = Dataset()
        item.SeriesInstanceUID = uid
        item.ReferencedInstanceSequence = instances
        items.append(item)
    return items


def _code_item(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme, code.meaning
    return item
