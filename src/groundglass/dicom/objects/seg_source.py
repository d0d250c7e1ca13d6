"""What a segmentation says of its source: every image, the image behind each frame, lossy compression."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pydicom.dataset import Dataset

from groundglass.codes import PRIVATE_SCHEME, PRIVATE_SCHEME_NAME, PRIVATE_SCHEME_UID, code
from groundglass.dicom.objects.header import source_text

if TYPE_CHECKING:
    from groundglass.dicom.objects.origin import Origin, SourceImage

LOSSY_METHODS: Final = MappingProxyType(
    {
        "1.2.840.10008.1.2.4.50": ("ISO_10918_1", True),
        "1.2.840.10008.1.2.4.51": ("ISO_10918_1", True),
        "1.2.840.10008.1.2.4.81": ("ISO_14495_1", False),
        "1.2.840.10008.1.2.4.91": ("ISO_15444_1", False),
        "1.2.840.10008.1.2.4.93": ("ISO_15444_2", False),
        "1.2.840.10008.1.2.4.203": ("ISO_15444_15", False),
    }
)
"""Transfer syntaxes that may lose something: what LossyImageCompressionMethod calls them, and whether they always do.

PS3.6 annex A; PS3.3 C.7.6.1.1.5.1.
"""
_CODE_STRING = re.compile(r"[A-Z0-9_ ]{1,16}")


@dataclass(frozen=True, slots=True)
class References:
    """References to the source; the items of a slice are made once and stand in every frame of it.

    Attributes
    ----------
    origin : Origin
        The source.
    """

    origin: Origin
    _derived: dict[int, list[Dataset]] = field(default_factory=dict, repr=False)

    def write(self, data: Dataset, slices: list[int]) -> None:
        """Write the references of the object and of its frames.

        Parameters
        ----------
        data : Dataset
            A segmentation with its per-frame functional groups; changed.
        slices : list of int
            For each frame its slice; a bridged one refers to no image.
        """
        by_series: dict[str, list[Dataset]] = {}
        for image in self.origin.sources:
            by_series.setdefault(image.series_uid, []).append(_reference(image))
        series = []
        for series_uid, references in by_series.items():
            item = Dataset()
            item.ReferencedInstanceSequence, item.SeriesInstanceUID = references, series_uid
            series.append(item)
        data.ReferencedSeriesSequence = series
        data.SourceImageSequence = [reference for references in by_series.values() for reference in references]
        for group, number in zip(data.PerFrameFunctionalGroupsSequence, slices, strict=True):
            group.DerivationImageSequence = self._of_slice(number)

    def _of_slice(self, number: int) -> list[Dataset]:
        if number not in self._derived:
            image = self.origin.images[number]
            self._derived[number] = [] if image is None else [_derived_from(image)]
        return self._derived[number]


def note_lossy(data: Dataset, origin: Origin) -> None:
    """Write whether the source lost something in compression, then also how (PS3.3 C.7.6.1.1.5, C.8.20.2).

    Parameters
    ----------
    data : Dataset
        A segmentation; changed.
    origin : Origin
        The source; its transfer syntax tells where its header does not.
    """
    meta = getattr(origin.header, "file_meta", None) or Dataset()
    method, always = LOSSY_METHODS.get(str(meta.get("TransferSyntaxUID", "")), ("", False))
    stated = source_text(origin.header, "LossyImageCompression")
    if stated != "01" and not (always or (method and stated != "00")):
        data.LossyImageCompression = "00"
        return
    data.LossyImageCompression = "01"
    ratios = (source_text(origin.header, "LossyImageCompressionRatio") or "").split("\\")
    methods = (source_text(origin.header, "LossyImageCompressionMethod") or method).split("\\")
    # what the source does not tell, nobody knows: then they are missing here too
    if all(_is_ratio(text) for text in ratios):
        data.LossyImageCompressionRatio = ratios
    if all(_CODE_STRING.fullmatch(text) for text in methods):
        data.LossyImageCompressionMethod = methods


def name_private_scheme(data: Dataset) -> None:
    """Say what our own coding scheme is, for an object that has a code of it (PS3.3 C.12.1.1.5)."""
    item = Dataset()
    item.CodingSchemeDesignator, item.CodingSchemeUID = PRIVATE_SCHEME, PRIVATE_SCHEME_UID
    item.CodingSchemeName = PRIVATE_SCHEME_NAME
    data.CodingSchemeIdentificationSequence = [item]


def _is_ratio(text: str) -> bool:
    try:
        return len(text) <= 16 and 0 < float(text) < math.inf
    except ValueError:
        return False


def _reference(image: SourceImage) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.sop_class, image.sop_uid
    return item


def _derived_from(image: SourceImage) -> Dataset:
    source = _reference(image)
    if image.frame is not None:
        source.ReferencedFrameNumber = image.frame
    source.SpatialLocationsPreserved = "YES"
    source.PurposeOfReferenceCodeSequence = [_coded("source_for_processing")]
    item = Dataset()
    item.DerivationCodeSequence, item.SourceImageSequence = [_coded("segmentation")], [source]
    return item


def _coded(name: str) -> Dataset:
    entry = code(name)
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = entry.value, entry.scheme, entry.meaning
    return item
