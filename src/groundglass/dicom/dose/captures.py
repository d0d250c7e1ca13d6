"""Reading a dose capture: a picture of a dose sheet whose numbers stand in its header too."""

from __future__ import annotations

import re

from groundglass.dicom.dose import concepts, header
from groundglass.dicom.dose.content import NOTHING, Coded, Data, Number, coded, text_of
from groundglass.dicom.dose.events import Basis, DoseObject, Problem, StatedEvent
from groundglass.dicom.dose.quantities import bare, ctdivol_mgy, dlp_mgy_cm, plain_number
from groundglass.dicom.dose.regions import Region, region_of_text
from groundglass.dicom.dose.reports import settled_region
from groundglass.dicom.elements import Element
from groundglass.dicom.roles import role_by_header

_IMAGE_CLASSES = "1.2.840.10008.5.1.4.1.1."
_CAPTURE_CLASS = "1.2.840.10008.5.1.4.1.1.7"
_PDF_CLASS = "1.2.840.10008.5.1.4.1.1.104.1"
_FIGURE = r"\s*[=:]?\s*([0-9][0-9.,eE+-]*(?:\s*[\\/]\s*[0-9][0-9.,]*)*)"
_LINE_CTDIVOL = re.compile(r"CTDI\s*-?\s*vol\w*\s*(?:\(mGy\))?" + _FIGURE, re.IGNORECASE)
_LINE_DLP = re.compile(r"\bDLP\s*(?:\(mGy[ .*·-]?cm\))?" + _FIGURE, re.IGNORECASE)
_LINE_TOTAL = re.compile(r"TOTAL|ACCUMULATED|ИТОГО|СУММАРН", re.IGNORECASE)
_SHEET_WORDS = re.compile(r"\bDOSE|ДОЗ", re.IGNORECASE)


def read_capture(data: Data, label: str, *, little: bool) -> DoseObject | None:
    """Read one picture or other object that is no structured report.

    Parameters
    ----------
    data : mapping of int to Element
        Its data set up to the pixels.
    label : str
        Of the file, safe to show.
    little : bool
        Byte order.

    Returns
    -------
    DoseObject or None
        None if it is no dose sheet. One whose numbers stand in the picture only is of kind ``pixels``.
    """
    sheet = _is_sheet(data)
    if not sheet and not _may_hold_doses(data):
        return None
    sets = header.character_sets(data)
    events, total = _events(data, sets, whole=sheet, little=little)
    if not events and total is None:
        if not sheet:
            return None
        kind_of_sheet = _names_dose(data, sets)
        return _object(data, label, (), None, little=little, numbers=False) if kind_of_sheet else None
    return _object(data, label, events, total, little=little, numbers=True)


def _object(
    data: Data, label: str, events: tuple[StatedEvent, ...], total: float | None, *, little: bool, numbers: bool
) -> DoseObject:
    count = plain_number(data.get(header.EXPOSURES), little=little)
    return DoseObject(
        kind="capture" if numbers else "pixels",
        label=label,
        study=header.study_of(data),
        sop_uid=header.uid_of(header.plain_text(data, header.SOP_UID)),
        made=header.made(data),
        events=events,
        stated_total=total,
        stated_count=int(count) if count and events and 0 < count < 1e6 else None,
        age_years=header.age_years(data),
        sex=header.plain_text(data, header.SEX).upper(),
    )


def _is_sheet(data: Data) -> bool:
    """Tell whether the header calls the object a dose sheet."""
    words = header.plain_text(data, header.SERIES_DESCRIPTION)
    sop_class = header.plain_text(data, header.SOP_CLASS)
    if sop_class.startswith(_PDF_CLASS):
        return bool(_SHEET_WORDS.search(words))
    role = role_by_header(
        sop_class=sop_class,
        modality=header.plain_text(data, header.MODALITY).upper(),
        image_type=header.plain_text(data, header.IMAGE_TYPE).upper(),
        description=text_of(data, header.SERIES_DESCRIPTION, header.character_sets(data)),
        device="",
        rescale_type="",
    )
    return role == "dose_report"


def _names_dose(data: Data, sets: tuple[str, ...]) -> bool:
    """Tell a sheet of doses from other pages of an examination summary (reference surview, patient data, results)."""
    kind = header.plain_text(data, header.IMAGE_TYPE).upper().split("\\")
    if any(word in kind for word in ("DOSE_INFO", "DOSE REPORT")):
        return True
    others = {"REF_SURVIEW", "PATIENT_INFO", "RESULTS"} & set(kind)
    return not others and bool(text_of(data, header.SERIES_DESCRIPTION, sets))


def _may_hold_doses(data: Data) -> bool:
    """Tell a capture, or an object that is no picture, with elements of dose from a slice that has its own CTDIvol."""
    if not (data.get(header.EXPOSURE_DOSE) or header.plain_text(data, header.COMMENTS)):
        return False
    sop_class = header.plain_text(data, header.SOP_CLASS)
    return sop_class.startswith(_CAPTURE_CLASS) or not sop_class.startswith(_IMAGE_CLASSES)


def _events(
    data: Data, sets: tuple[str, ...], *, whole: bool, little: bool
) -> tuple[tuple[StatedEvent, ...], float | None]:
    """Return the events and the stated sum: of the sequence, else of the comment, else of the header itself."""
    fallback = region_of_text(header.plain_text(data, header.BODY_PART))
    comment = text_of(data, header.COMMENTS, sets)
    lines, comment_total = _of_comment(comment, fallback, little=little)
    total = _private_dlp(data, little=little)
    total = comment_total if total is None else total
    sequence = data.get(header.EXPOSURE_DOSE)
    items = [item for item in (sequence.items if sequence is not None else ()) if item]
    if items:
        return tuple(_item(item, sets, fallback, little=little) for item in items), total
    if lines:
        return lines, total
    if whole and bare(data.get(header.CTDIVOL)):
        return (_item(data, sets, (), little=little),), None
    return (), total


def _item(item: Data, sets: tuple[str, ...], fallback: Region, *, little: bool) -> StatedEvent:
    """Read one exposure of the Radiation Dose Module (PS3.3 C.4.16), with what Philips adds to it."""
    comment = text_of(item, header.COMMENTS, sets)
    ctdivol, problems = ctdivol_mgy(bare(item.get(header.CTDIVOL)) or _written(_LINE_CTDIVOL, comment), little=little)
    dlp, more = dlp_mgy_cm(_dlp_elements(item) or _written(_LINE_DLP, comment), little=little)
    phantom = concepts.phantom_cm(coded(item, header.PHANTOM, sets)) or concepts.phantom_of_text(comment)
    if phantom is None:
        tag = header.private(item, "ELSCINT1", 0x01E1, 0x26)
        phantom = concepts.phantom_of_text(header.plain_text(item, tag)) if tag else None
    said_uid = header.plain_text(item, header.EVENT_UID)
    uid = header.uid_of(said_uid)
    part = region_of_text(header.plain_text(item, header.BODY_PART))
    texts = [text_of(item, tag, sets) for tag in (header.SERIES_DESCRIPTION, header.PROTOCOL)]
    worded = next(filter(None, map(region_of_text, texts)), ())
    basis: Basis = "code" if part else "text" if worded else "none"
    scan = Coded("", "", header.plain_text(item, header.SCAN_TYPE).replace("_", " "))
    named = (header.SERIES_NUMBER, header.SCAN_LENGTH)
    event = StatedEvent(
        uid=uid,
        scan=concepts.scan_type(scan),
        started=header.plain_text(item, header.ACQUISITION_TIME),
        label="/".join([*texts, *(header.plain_text(item, tag) for tag in named)]),
        region=part or worded,
        basis=basis,
        ctdivol_mgy=ctdivol,
        phantom_cm=phantom,
        dlp_mgy_cm=dlp,
        problems=(*problems, *more, *((Problem("dose_event_uid_invalid"),) if said_uid and not uid else ())),
    )
    return settled_region(event, fallback)


def _of_comment(comment: str, fallback: Region, *, little: bool) -> tuple[tuple[StatedEvent, ...], float | None]:
    """Read CommentsOnRadiationDose line by line: an event where CTDIvol and DLP stand, a sum where it says so."""
    events: list[StatedEvent] = []
    total: float | None = None
    for line in re.split(r"[\r\n]+", comment[:20_000]):
        found, dlps = _written(_LINE_CTDIVOL, line), _written(_LINE_DLP, line)
        if _LINE_TOTAL.search(line):
            total = dlp_mgy_cm(dlps, little=little)[0] if dlps else total
            continue
        if not dlps:
            continue
        ctdivol, problems = ctdivol_mgy(found, little=little)
        dlp, more = dlp_mgy_cm(dlps, little=little)
        worded = region_of_text(line)
        event = StatedEvent(
            uid="",
            scan="unknown",
            started="",
            label=line,
            region=worded,
            basis="text" if worded else "none",
            ctdivol_mgy=ctdivol,
            phantom_cm=concepts.phantom_of_text(line),
            dlp_mgy_cm=dlp,
            problems=(*problems, *more),
        )
        events.append(settled_region(event, fallback))
    return tuple(events), total


def _written(pattern: re.Pattern[str], text: str) -> list[Number]:
    figures = (found[1].strip(" ,.").encode("ascii", "replace") for found in pattern.finditer(text))
    return [Number(Element(b"DS", figure), NOTHING) for figure in figures]


def _dlp_elements(data: Data) -> list[Number]:
    """Return the documented private DLP elements."""
    places = ((0x00E1, 0x21, "ELSCINT1"), (0x7005, 0x40, "TOSHIBA_MEC_CT3"))
    tags = (header.private(data, creator, group, element) for group, element, creator in places)
    return [number for tag in tags if tag for number in bare(data.get(tag))]


def _private_dlp(data: Data, *, little: bool) -> float | None:
    found = _dlp_elements(data)
    return dlp_mgy_cm(found, little=little)[0] if found else None
