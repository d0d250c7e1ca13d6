"""Objects that are no pictures, planted all over: structured reports, presentation states, documents, raw data."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from planting.marks import Mark
from planting.planter import Planter, raw

PDF_STORAGE = "1.2.840.10008.5.1.4.1.1.104.1"
CDA_STORAGE = "1.2.840.10008.5.1.4.1.1.104.2"
RAW_DATA = "1.2.840.10008.5.1.4.1.1.66"
GSPS = "1.2.840.10008.5.1.4.1.1.11.1"
KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"
COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
BASIC_WAVEFORM = "1.2.840.10008.5.1.4.1.1.9.1.1"

_IMPRESSION = ("121073", "DCM", "Impression")
_FINDING = ("121071", "DCM", "Finding")
_PERSON = ("121008", "DCM", "Person Observer Name")
_DATE = ("111060", "DCM", "Study Date")
_MEASURED = ("410668003", "SCT", "Length")

Maker = Callable[[Planter], str]


def coded(code: Sequence[str]) -> Dataset:
    """Return an item of a code."""
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = code
    return ds


def _content(kind: str, name: Sequence[str]) -> Dataset:
    ds = Dataset()
    ds.RelationshipType, ds.ValueType = "CONTAINS", kind
    ds.ConceptNameCodeSequence = Items([coded(name)])
    return ds


def plant_content(planter: Planter) -> None:
    """Append content items of every value type to a structured report, some of them deep (PS3.3 C.17.3)."""
    mint, script = planter.mint, planter.script
    path = ("ContentSequence",)
    items = []

    def add(kind: str, name: Sequence[str], keyword: str, mark: Mark, text: str | None = None) -> Dataset:
        item = _content(kind, name)
        planter.put(keyword, mark, f"content item, {kind}", text=text, within=item, path=path)
        items.append(item)
        return item

    add("TEXT", _IMPRESSION, "TextValue", mark := mint.plain(script()), f"{mark.value}: no pleural effusion.")
    add("TEXT", _FINDING, "TextValue", mark := mint.written_day() if script() == "latin" else mint.plain(script()))
    add("PNAME", _PERSON, "PersonName", mint.name(script()))
    add("DATE", _DATE, "Date", mint.day())
    add("DATETIME", ("111526", "DCM", "DateTime Started"), "DateTime", mark := mint.day(), f"{mark.value}101500.5+0300")
    add("TIME", ("111061", "DCM", "Study Time"), "Time", mark := mint.plain("latin"), f"1015 {mark.value}")
    add(
        "UIDREF",
        ("121018", "DCM", "Procedure Study Instance UID"),
        "UID",
        mark := mint.number(9),
        f"1.2.3.{mark.value}.4",
    )
    place = add("TEXT", ("121012", "DCM", "Device Observer UID"), "TextValue", mint.identifier())
    deep = _content("TEXT", ("121110", "DCM", "Patient Presentation"))
    planter.put("TextValue", mint.phone(), "content item, TEXT", within=deep, path=("ContentSequence",) * 2)
    place.ContentSequence = Items([deep])
    code = _content("CODE", _FINDING)
    chosen = Dataset()
    chosen.CodeValue, chosen.CodingSchemeDesignator = "KT-01", "99KLINIK"
    planter.put(
        "CodeMeaning", mint.plain(script()), "content item, CODE", within=chosen, path=(*path, "ConceptCodeSequence")
    )
    code.ConceptCodeSequence = Items([chosen])
    own = Dataset()
    own.CodeValue, own.CodingSchemeDesignator = "KT-02", "99KLINIK"
    named = _content("TEXT", _FINDING)
    planter.put(
        "CodeMeaning",
        mint.plain(script()),
        "name of a content item",
        within=own,
        path=(*path, "ConceptNameCodeSequence"),
    )
    named.ConceptNameCodeSequence, named.TextValue = Items([own]), "small"
    number = _content("NUM", _MEASURED)
    unit = coded(("mm", "UCUM", "mm"))
    value = Dataset()
    value.NumericValue, value.MeasurementUnitsCodeSequence = "12.5", Items([unit])
    planter.put(
        "CodeMeaning", mint.plain("latin"), "unit of a content item", within=unit, path=(*path, "MeasuredValueSequence")
    )
    number.MeasuredValueSequence = Items([value])
    ds = planter.ds
    ds.ContentSequence = Items([*ds.get("ContentSequence", []), *items, code, named, number])
    verifier = Dataset()
    planter.put(
        "VerifyingObserverName",
        mint.name(script()),
        "head of a report",
        within=verifier,
        path=("VerifyingObserverSequence",),
    )
    planter.put(
        "VerifyingOrganization",
        mint.institution(script()),
        "head of a report",
        within=verifier,
        path=("VerifyingObserverSequence",),
    )
    planter.put(
        "VerificationDateTime",
        mark := mint.day(),
        "head of a report",
        text=f"{mark.value}1200",
        within=verifier,
        path=("VerifyingObserverSequence",),
    )
    ds.VerifyingObserverSequence = Items([verifier])


def is_report(ds: Dataset) -> bool:
    """Return whether the object is a structured report."""
    return str(ds.get("SOPClassUID", "")).startswith("1.2.840.10008.5.1.4.1.1.88.")


def made_report(planter: Planter) -> str:
    """Make a report of nothing but planted items."""
    ds = planter.ds
    ds.Modality, ds.ValueType, ds.ContinuityOfContent = "SR", "CONTAINER", "SEPARATE"
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "VERIFIED"
    ds.ConceptNameCodeSequence = Items([coded(("18748-4", "LN", "Diagnostic imaging study"))])
    plant_content(planter)
    return COMPREHENSIVE_SR


def made_key_objects(planter: Planter) -> str:
    """Make a key object selection with a description (PS3.3 A.35.4)."""
    ds = planter.ds
    ds.Modality, ds.ValueType, ds.ContinuityOfContent = "KO", "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = Items([coded(("113000", "DCM", "Of Interest"))])
    item = _content("TEXT", ("113012", "DCM", "Key Object Description"))
    planter.put(
        "TextValue", planter.mint.plain(planter.script()), "key objects", within=item, path=("ContentSequence",)
    )
    person = _content("PNAME", _PERSON)
    planter.put(
        "PersonName", planter.mint.name(planter.script()), "key objects", within=person, path=("ContentSequence",)
    )
    ds.ContentSequence = Items([item, person])
    return KEY_OBJECTS


def made_presentation_state(planter: Planter) -> str:
    """Make a presentation state with words, layers and a creator (PS3.3 A.33.1)."""
    mint, ds = planter.mint, planter.ds
    ds.Modality = "PR"
    for keyword, mark in (
        ("ContentLabel", mint.station()),
        ("ContentDescription", mint.plain(planter.script())),
        ("ContentCreatorName", mint.name(planter.script())),
        ("PresentationCreationDate", mint.day()),
    ):
        planter.put(keyword, mark, "presentation state")
    text = Dataset()
    text.BoundingBoxAnnotationUnits, text.AnchorPointVisibility = "PIXEL", "N"
    path = ("GraphicAnnotationSequence", "TextObjectSequence")
    planter.put(
        "UnformattedTextValue", mint.plain(planter.script()), "words of a presentation state", within=text, path=path
    )
    text.BoundingBoxTopLeftHandCorner, text.BoundingBoxBottomRightHandCorner = [10.0, 10.0], [90.0, 30.0]
    note = Dataset()
    planter.put("GraphicLayer", mint.station(), "presentation state", within=note, path=path[:1])
    note.TextObjectSequence = Items([text])
    layer = Dataset()
    layer.GraphicLayerOrder = 1
    planter.put("GraphicLayer", mint.station(), "presentation state", within=layer, path=("GraphicLayerSequence",))
    planter.put(
        "GraphicLayerDescription",
        mint.plain(planter.script()),
        "presentation state",
        within=layer,
        path=("GraphicLayerSequence",),
    )
    ds.GraphicAnnotationSequence, ds.GraphicLayerSequence = Items([note]), Items([layer])
    ds.PresentationLUTShape = "IDENTITY"
    return GSPS


def pdf_of(words: Sequence[str], *, packed: bool) -> bytes:
    """Return a page of PDF with words, its content packed or not."""
    lines = "".join(f"1 0 0 1 50 {700 - 20 * i} Tm ({word}) Tj\n" for i, word in enumerate(words))
    content = f"BT /F1 12 Tf\n{lines}ET".encode("latin-1")
    if packed:
        content = zlib.compress(content)
    kind = b" /Filter /FlateDecode" if packed else b""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(content), kind, content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Author ({words[0]}) /Title (Report) >>".encode("latin-1"),
    ]
    out, starts = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
    return out + b"trailer << /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, at)


def made_pdf_object(planter: Planter) -> str:
    """Make an encapsulated PDF, packed every other time."""
    ds, mint = planter.ds, planter.mint
    marks = [mint.plain("latin"), mint.identifier(), mint.phone(), mint.address("latin")]
    ds.Modality, ds.MIMETypeOfEncapsulatedDocument, ds.BurnedInAnnotation = "DOC", "application/pdf", "YES"
    packed = mint.random.random() < 0.5
    data = pdf_of([mark.value.replace("(", "\\(").replace(")", "\\)") for mark in marks], packed=packed)
    ds[0x00420011] = raw(0x00420011, "OB", data)
    for mark in marks:
        planter.note(mark, "encapsulated PDF", "packed" if packed else "plain", vr="OB")
    planter.put("DocumentTitle", mint.plain(planter.script("ST")), "encapsulated document")
    return PDF_STORAGE


def made_cda_object(planter: Planter) -> str:
    """Make an encapsulated document of HL7's clinical document architecture."""
    ds, mint = planter.ds, planter.mint
    name, number = mint.plain("cyrillic"), mint.identifier()
    ds.Modality, ds.MIMETypeOfEncapsulatedDocument = "DOC", "text/XML"
    inner = f'<id extension="{number.value}"/><name>{name.value}</name>'
    text = f'<?xml version="1.0"?><ClinicalDocument>{inner}</ClinicalDocument>'
    ds[0x00420011] = raw(0x00420011, "OB", text.encode())
    for mark in (name, number):
        planter.note(mark, "encapsulated CDA", vr="OB")
    return CDA_STORAGE


def made_raw_object(planter: Planter) -> str:
    """Make a raw data object whose content is private."""
    mark = planter.mint.plain("latin")
    planter.ds.Modality = "CT"
    planter.ds[0x00290010] = raw(0x00290010, "LO", b"ACME RAW")
    planter.put(0x00291010, mark, "raw data", vr="OB", data=b"\x01\x02" + mark.value.encode(), creator="ACME RAW")
    return RAW_DATA


def made_waveform(planter: Planter) -> str:
    """Make a waveform with annotations."""
    note = Dataset()
    note.AnnotationGroupNumber = 1
    path = ("WaveformAnnotationSequence",)
    planter.put("UnformattedTextValue", planter.mint.plain(planter.script()), "waveform", within=note, path=path)
    planter.ds.Modality = "ECG"
    planter.ds.WaveformAnnotationSequence = Items([note])
    return BASIC_WAVEFORM


MAKERS: tuple[Maker, ...] = (
    made_report,
    made_key_objects,
    made_presentation_state,
    made_pdf_object,
    made_cda_object,
    made_raw_object,
    made_waveform,
)
