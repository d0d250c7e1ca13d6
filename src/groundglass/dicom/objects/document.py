"""The report as a DICOM object: the same PDF, encapsulated (PS3.3 A.45.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage

from groundglass.codes import Code, code
from groundglass.dicom.objects.header import new_object
from groundglass.phrases import say

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

    from groundglass.dicom.objects.making import Making
    from groundglass.dicom.objects.origin import Origin


def encapsulated_pdf(origin: Origin, pdf: bytes, making: Making) -> FileDataset:
    """Return the PDF as an object of its own series.

    Parameters
    ----------
    origin : Origin
        The source.
    pdf : bytes
        The report.
    making : Making
        Who, when, which UIDs.
    """
    title = say("objects_pdf_title", making.language)
    series = say("objects_series_report", making.language)
    data = new_object(origin, making, "report", 1, sop_class=EncapsulatedPDFStorage, modality="DOC", description=series)
    data.ConversionType = "WSD"
    data.BurnedInAnnotation = "YES"  # the pages carry the patient line
    data.RecognizableVisualFeatures = "NO"
    data.ContentDate, data.ContentTime = making.date, making.time
    data.AcquisitionDateTime = ""
    data.DocumentTitle = title
    data.ConceptNameCodeSequence = [coded(code("diagnostic_imaging_report"))]
    data.SourceInstanceSequence = [reference(image.sop_class, image.sop_uid) for image in origin.sources]
    data.MIMETypeOfEncapsulatedDocument = "application/pdf"
    data.EncapsulatedDocumentLength = len(pdf)
    data.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return data


def coded(what: Code) -> Dataset:
    """Return a code as the item of a code sequence (PS3.3 section 8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = what.value, what.scheme, what.meaning
    return item


def reference(sop_class: str, sop_uid: str) -> Dataset:
    """Return the item that names an instance (PS3.3 table 10-11)."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, sop_uid
    return item
