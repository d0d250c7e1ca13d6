"""Places in the data set: attributes of every value representation, private blocks, depths, odd tags."""

from __future__ import annotations

import struct
from collections.abc import Callable

from pydicom._dicom_dict import DicomDictionary
from pydicom.dataset import Dataset

from planting.marks import Mark, Script
from planting.planter import CHARSETS, LENGTHS, TEXT_VRS, Planter, encoded, raw

Recipe = Callable[[Planter], None]

IDENTITY = (
    "PatientName", "PatientID", "PatientBirthDate", "OtherPatientNames", "OtherPatientIDs", "PatientAddress",
    "PatientTelephoneNumbers", "PatientMotherBirthName", "MilitaryRank", "MedicalRecordLocator",
    "AccessionNumber", "StudyID", "ReferringPhysicianName", "ReferringPhysicianAddress", "InstitutionName",
    "InstitutionAddress", "InstitutionalDepartmentName", "StationName", "PerformingPhysicianName",
    "OperatorsName", "NameOfPhysiciansReadingStudy", "PhysiciansOfRecord", "DeviceSerialNumber", "GantryID",
    "StudyDate", "IssuerOfPatientID", "AdmissionID", "RequestingPhysician", "CurrentPatientLocation",
    "PatientComments", "ResponsiblePerson",
)  # fmt: skip
"""Attributes that say of themselves what they are."""

KEPT = (
    "Manufacturer", "ManufacturerModelName", "SoftwareVersions", "ConvolutionKernel", "BodyPartExamined",
    "ImageType",
)  # fmt: skip
"""Attributes that the default profile keeps."""

_UNTOUCHED_GROUPS = (
    0x0000, 0x0002, 0x0004, 0x0028, 0x003A, 0x0048, 0x0052, 0x0062, 0x0064, 0x0066, 0x0068, 0x0070, 0x0072,
    0x0074, 0x0078, 0x0082, 0x300A, 0x3010, 0x5400, 0x5600, 0x7FE0, 0xFFFA, 0xFFFC, 0xFFFE,
)  # fmt: skip
"""Groups in which a chance attribute might change what a picture is, or that have recipes of their own."""

_UNTOUCHED = (
    "SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality",
    "FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient", "PatientPosition", "SliceThickness",
    "SpacingBetweenSlices", "GantryDetectorTilt", "KVP", "InstanceNumber", "SeriesNumber", "AcquisitionNumber",
    "TemporalPositionIndex", "StackID", "InStackPositionNumber", "DimensionIndexValues", "SliceLocation",
    "ValueType", "RelationshipType", "ContinuityOfContent", "NumericValue", "TextValue", "Date", "Time",
    "DateTime", "PersonName", "UID", "TimezoneOffsetFromUTC", "PatientAge", "PatientSex", "PatientSize",
    "PatientWeight", "PatientIdentityRemoved", "LossyImageCompression", "BurnedInAnnotation",
    "RecognizableVisualFeatures", "PresentationLUTShape", "CompletionFlag", "VerificationFlag", "PreliminaryFlag",
    "CodeValue", "CodingSchemeDesignator", "CodeMeaning", "InstanceAvailability", "ConversionType", "ScanOptions",
    "ContentLabel", "ExposureTime", "XRayTubeCurrent", "Exposure", "RescaleSlope", "AnatomicRegionSequence",
    "QueryRetrieveLevel", *KEPT, *IDENTITY,
)  # fmt: skip

BY_VR: dict[str, list[int]] = {}
"""Attributes of the dictionary that may be planted, by value representation."""
for _number, (_vr, _vm, _name, _retired, _keyword) in DicomDictionary.items():
    if _number >> 16 in _UNTOUCHED_GROUPS or _keyword in _UNTOUCHED or _retired or " " in _vr or not _keyword:
        continue
    BY_VR.setdefault(_vr, []).append(_number)

SEQUENCES = (
    "ReferencedStudySequence", "RequestAttributesSequence", "ScheduledProtocolCodeSequence",
    "SourceImageSequence", "ReferencedPatientSequence", "ContributingEquipmentSequence",
    "OriginalAttributesSequence", "ModifiedAttributesSequence", "PerformedProtocolCodeSequence",
    "ProcedureCodeSequence", "ReferencedImageSequence", "ReferencedInstanceSequence",
    "StudiesContainingOtherReferencedInstancesSequence", "ReferencedSeriesSequence",
    "IssuerOfAccessionNumberSequence", "ConversionSourceAttributesSequence", "AnatomicRegionSequence",
    "DerivationCodeSequence", "ViewCodeSequence", "ContentCreatorIdentificationCodeSequence",
    "HangingProtocolDefinitionSequence", "PersonIdentificationCodeSequence",
)  # fmt: skip
"""Sequences that hold others in the nested places, whether or not an IOD has them so."""

_TEXTS = (
    "CT chest without contrast, referred by {}, follow up in 3 months",
    "Axial 5 mm slices. {} Ground glass opacity in the right lower lobe.",
    "Contact: {}",
    "{} (see previous examination)",
    "seen;{};signed",
)
CREATORS = (
    "SIEMENS CT VA0  COAD",
    "GEMS_PATI_01",
    "ACME 1.1",
    "TOSHIBA_MEC_CT3",
    "Philips Imaging DD 001",
    "KT-ARCHIV",
)


def identity_marks(planter: Planter) -> dict[str, Mark]:
    """Return the marks of a new patient, by keyword."""
    mint, script = planter.mint, planter.script
    made: dict[str, Mark] = {}
    for keyword in IDENTITY:
        if keyword == "PatientName" and planter.charset not in ("", "ISO_IR 100") and script() != "latin":
            made[keyword] = mint.groups(script())
        elif ("Name" in keyword and not keyword.startswith(("Institution", "Station"))) or keyword in (
            "ResponsiblePerson",
        ):
            made[keyword] = mint.name(script())
        elif keyword == "PatientID":
            made[keyword] = mint.number(9) if mint.random.random() < 0.3 else mint.identifier()
        elif keyword in ("OtherPatientIDs", "MedicalRecordLocator", "AdmissionID"):
            made[keyword] = mint.identifier()
        elif keyword == "AccessionNumber":
            made[keyword] = mint.accession()
        elif keyword == "StudyID":
            made[keyword] = mint.number(8)
        elif "Date" in keyword:
            made[keyword] = mint.day()
        elif "Address" in keyword:
            made[keyword] = mint.address(script())
        elif keyword == "PatientTelephoneNumbers":
            made[keyword] = mint.phone()
        elif keyword in ("StationName", "GantryID"):
            made[keyword] = mint.station()
        elif keyword == "DeviceSerialNumber":
            made[keyword] = mint.serial()
        elif keyword in ("PhysiciansOfRecord", "RequestingPhysician"):
            made[keyword] = mint.name(script())
        elif keyword == "PatientComments":
            made[keyword] = mint.any(ascii_only=script() == "latin" and len(CHARSETS[planter.charset]) < 5)
        else:
            made[keyword] = mint.institution(script())
    return made


def identity(planter: Planter) -> None:
    """Plant the patient's own marks in the attributes that are there to hold them."""
    for keyword in IDENTITY:
        mark = planter.identity[keyword]
        try:
            planter.put(keyword, mark, "listed attribute", known=True)
        except (UnicodeError, LookupError):
            continue  # the file's character set cannot hold it


def fitting(planter: Planter, vr: str, charset: str | None = None) -> tuple[Mark, str | None]:
    """Return a mark that fits a value representation, and the whole value where it is more than the mark."""
    mint = planter.mint
    script = planter.script(vr, charset)
    if vr == "PN":
        return mint.name(script), None
    if vr in ("AE", "CS"):
        return mint.station(), None
    if vr == "SH":
        return (mint.accession() if mint.random.random() < 0.6 else mint.serial()), None
    if vr == "DA":
        return mint.day(), None
    if vr == "DT":
        mark = mint.day()
        return mark, mark.value + mint.random.choice(("101530.250000", "101530", "1015+0300", "", "101530.123456-0500"))
    if vr == "TM":
        mark = mint.name("latin")
        return mark, f"1015 {mark.value}"
    if vr == "AS":
        return mint.number(4), None
    if vr == "IS":
        return mint.number(9), None
    if vr == "DS":
        mark = mint.number(9) if mint.random.random() < 0.6 else mint.day()
        return mark, None
    if vr == "UI":
        mark = mint.number(9)
        return mark, f"1.2.826.0.1.3680043.8.498.{mark.value}.7"
    if vr == "UR":
        mark = mint.email() if mint.random.random() < 0.5 else mint.identifier()
        return mark, f"https://pacs.klinik-nord.example/patient?id={mark.value}"
    mark = mint.any(ascii_only=script == "latin") if script == "latin" else _in_script(planter, script)
    text = mint.random.choice(_TEXTS).format(mark.value) if mint.random.random() < 0.5 else mark.value
    if vr in LENGTHS and len(text) > LENGTHS[vr]:
        text = mark.value[: LENGTHS[vr]]
    return mark, text


def _in_script(planter: Planter, script: Script) -> Mark:
    mint = planter.mint
    if script in ("japanese", "korean"):
        return mint.plain(script)
    makers = (mint.plain, mint.institution, mint.address)
    return mint.random.choice(makers)(script)


def spelled(mark: Mark, vr: str) -> bytes:
    """Return the bytes of a mark, padded to whole numbers of a binary value representation."""
    width = {"OW": 2, "US": 2, "SS": 2, "AT": 4, "FL": 4, "OF": 4, "OL": 4, "SL": 4, "UL": 4}.get(vr, 8)
    data = mark.value.encode("utf-8")
    return data + b" " * (-len(data) % (2 if vr in ("OB", "UN") else width))


def put_any(planter: Planter, number: int, place: str, vr: str, **more: object) -> None:
    """Plant something that fits in an element of any value representation."""
    if vr in ("OB", "OD", "OF", "OL", "OV", "OW", "UN", "US", "SS", "UL", "SL", "FL", "FD", "SV", "UV", "AT"):
        mark = planter.mint.plain("latin")
        planter.put(number, mark, place, vr=vr, data=spelled(mark, vr), **more)  # type: ignore[arg-type]  # keywords of put
        return
    mark, text = fitting(planter, vr)
    planter.put(number, mark, place, vr=vr, text=text, **more)  # type: ignore[arg-type]  # keywords of put


def of_vr(vr: str, times: int = 2) -> Recipe:
    """Return a recipe that plants chance attributes of one value representation."""

    def recipe(planter: Planter) -> None:
        able = [number for number in BY_VR.get(vr, ()) if number not in planter.ds]
        for number in planter.mint.random.sample(able, min(times, len(able))):
            put_any(planter, number, f"attribute, {vr}", vr)

    return recipe


def known_elsewhere(planter: Planter) -> None:
    """Plant the patient's own name, number and birth date where nobody looks for them."""
    own = planter.identity
    name = own["PatientName"].value.split("=")[-1].replace("^", " ")
    places = (
        ("SeriesDescription", "LO", own["PatientName"], f"Chest {name}"),
        ("ProtocolName", "LO", own["PatientID"], f"Thorax {own['PatientID'].value}"),
        ("ImageComments", "LT", own["PatientBirthDate"], f"born {own['PatientBirthDate'].tokens[2]}"),
        ("DerivationDescription", "ST", own["AccessionNumber"], f"from {own['AccessionNumber'].value}"),
        ("AcquisitionProtocolDescription", "LO", own["InstitutionName"], None),
        ("FilterType", "SH", own["StudyID"], None),
    )
    for keyword, vr, mark, text in places:
        try:
            planter.put(keyword, mark, "known identifier in another attribute", vr=vr, text=text, known=True)
        except (UnicodeError, LookupError, ValueError):
            continue  # no such attribute, or not in this character set


def kept_attributes(planter: Planter) -> None:
    """Plant attributes that the profile keeps; counted apart."""
    mint = planter.mint
    planter.put("Manufacturer", mint.plain("latin"), "attribute that is kept", kept=True)
    mark = mint.station()
    planter.put("BodyPartExamined", mark, "attribute that is kept", kept=True)
    mark = mint.plain("latin")
    planter.put("SoftwareVersions", mark, "attribute that is kept", text=f"syngo\\{mark.value}", kept=True)


def nested(planter: Planter) -> None:
    """Plant at every depth from 1 to 6, in sequences of the dictionary."""
    random = planter.mint.random
    names = random.sample([name for name in SEQUENCES if name not in planter.ds], 6)
    outer = planter.ds
    for depth in range(6):
        item = Dataset()
        path = tuple(names[: depth + 1])
        vr = random.choice(("PN", "LO", "SH", "ST", "LT", "UT", "UC", "DA", "DT", "UI", "CS", "AE"))
        put_any(planter, random.choice(BY_VR[vr]), "nested", vr, within=item, path=path)
        keyword = random.choice(("PatientName", "PatientID", "InstitutionName", "CodeMeaning", "AccessionNumber"))
        mark, text = fitting(planter, {"PatientName": "PN"}.get(keyword, "SH"))
        planter.put(keyword, mark, "nested", text=text, within=item, path=path)
        planter.sequence(names[depth], [item], outer)
        outer = item


def private_block(planter: Planter) -> None:
    """Plant in private blocks: every text representation, bytes, a sequence, a creator that is a name."""
    random = planter.mint.random
    for group in random.sample((0x0009, 0x0019, 0x0029, 0x0033, 0x0071, 0x00E1, 0x1001, 0x7053), 3):
        block, creator = random.choice((0x10, 0x11, 0x42, 0xFE)), random.choice(CREATORS)
        for vr in random.sample(("LO", "SH", "PN", "UN", "OB", "ST", "LT", "DA", "UT", "UI", "IS", "CS", "OW"), 4):
            number = group << 16 | block << 8 | random.randrange(0x01, 0xFE)
            put_any(planter, number, "private block", vr, creator=creator)
        # last, for pydicom decodes what comes into a block that has an owner
        planter.ds[group << 16 | block] = raw(group << 16 | block, "LO", creator.encode())
    name = planter.mint.plain("latin")
    planter.put(0x00190042, name, "private creator", vr="LO")
    item = Dataset()
    put_any(planter, 0x00100010, "private sequence", "PN", within=item, path=("(0029,1001)",), creator="ACME 1.1")
    put_any(planter, 0x00291002, "private sequence", "LO", within=item, path=("(0029,1001)",), creator="ACME 1.1")
    item[0x00290010] = raw(0x00290010, "LO", b"ACME 1.1")
    planter.ds[0x00290010] = raw(0x00290010, "LO", b"ACME 1.1")
    planter.sequence(0x00291001, [item])


def private_without_creator(planter: Planter) -> None:
    """Plant private elements that no creator owns."""
    for number, vr in ((0x00110020, "LO"), (0x0021AB01, "PN"), (0x00510015, "UN")):
        put_any(planter, number, "private without creator", vr)


def unknown_tags(planter: Planter) -> None:
    """Plant attributes that no dictionary has, of even groups."""
    for number, vr in (
        (0x000800F7, "LO"),
        (0x001000F3, "PN"),
        (0x00200A01, "UN"),
        (0x40FE0010, "ST"),
        (0x0018F001, "OB"),
    ):
        put_any(planter, number, "unknown attribute", vr)


def retired(planter: Planter) -> None:
    """Plant retired attributes and those of repeating groups."""
    retired_tags = ((0x00080042, "SH"), (0x00084000, "LT"), (0x00101050, "SH"), (0x00204000, "LT"), (0x40080040, "LT"))
    for number, vr in retired_tags:
        put_any(planter, number, "retired attribute", vr)
    for number, vr in (
        (0x00203145, "LO"),
        (0x50040022, "LO"),
        (0x10100003, "US"),
        (0x7F020010, "OB"),
        (0x60080022, "LO"),
    ):
        put_any(planter, number, "repeating group", vr)


def as_unknown(planter: Planter) -> None:
    """Plant attributes of the dictionary whose value representation was lost (PS3.5 6.2.2)."""
    mark = planter.mint.name("latin")
    planter.put("PatientBirthName", mark, "UN", vr="UN", data=mark.value.encode())
    mark = planter.mint.plain("latin")
    value = mark.value.encode() + b" " * (len(mark.value) % 2)
    inner = b"\x10\x00\x10\x00" + struct.pack("<I", len(value)) + value
    data = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(inner)) + inner
    planter.put("ReferencedStudySequence", mark, "UN sequence", vr="UN", data=data)


def charset_itself(planter: Planter) -> None:
    """Plant in SpecificCharacterSet of an item, and in that of the file."""
    item, mark = Dataset(), planter.mint.station()
    planter.put("SpecificCharacterSet", mark, "character set", within=item, path=("ReferencedImageSequence",))
    planter.sequence("ReferencedImageSequence", [item])


def lying_charset(planter: Planter) -> None:
    """Plant values in other character sets than the file names."""
    for keyword, script, codec in (
        ("AdditionalPatientHistory", "cyrillic", "cp1251"),
        ("RequestedProcedureDescription", "chinese", "gb18030"),
        ("ReasonForTheRequestedProcedure", "cyrillic", "koi8-r"),
        ("StudyComments", "cyrillic", "utf-8"),
        ("VisitComments", "chinese", "utf-8"),
        ("ContrastBolusAgent", "cyrillic", "iso8859-5"),
        ("AcquisitionComments", "latin", "utf-16-le"),
    ):
        mark = planter.mint.plain(script)  # type: ignore[arg-type]  # one of Script
        planter.put(keyword, mark, "other character set than named", data=mark.value.encode(codec), charset=codec)


def item_charset(planter: Planter) -> None:
    """Plant items that name a character set of their own."""
    items: list[Dataset] = []
    for charset in planter.mint.random.sample(tuple(CHARSETS), 4):
        item = Dataset()
        item[0x00080005] = raw(0x00080005, "CS", charset.encode())
        path = (f"RequestAttributesSequence[{len(items)}]",)
        for keyword, vr in (("RequestedProcedureDescription", "LO"), ("ScheduledPerformingPhysicianName", "PN")):
            mark, text = fitting(planter, vr, charset)
            planter.put(keyword, mark, "character set of an item", text=text, within=item, path=path, charset=charset)
        items.append(item)
    planter.sequence("RequestAttributesSequence", items)


def value_tails(planter: Planter) -> None:
    """Plant behind what programs show of a value: after a NUL, far too long, a second value, between blanks."""
    mint = planter.mint
    mark = mint.plain("latin")
    planter.put("ContrastBolusRoute", mark, "behind a NUL", data=b"ORAL\0" + mark.value.encode())
    mark = mint.plain("latin")
    planter.put("TableType", mark, "second value", text=f"FIXED\\{mark.value.upper()[:16]}")
    mark = mint.plain("latin")
    planter.put("AcquisitionType", mark, "too long a value", text="SPIRAL" + " " * 40 + mark.value)
    mark = mint.plain("latin")
    planter.put("ScanLength", mark, "text in a number", text=f"12 {mark.value}")
    mark = mint.plain("latin")
    planter.put("InstanceCreationTime", mark, "text in a time", text=f"101500 {mark.value}")
    mark = mint.plain("latin")
    planter.put("ContentDate", mark, "text in a date", text=f"20200101 {mark.value}")
    mark = mint.plain("latin")
    planter.put("IrradiationEventUID", mark, "text in a UID", text=f"1.2.3.{mark.value}")


def codes(planter: Planter) -> None:
    """Plant in every part of a code."""
    mint = planter.mint
    item = Dataset()
    path = ("ProcedureCodeSequence",)
    for keyword, mark in (
        ("CodeValue", mint.accession()),
        ("CodingSchemeDesignator", mint.station()),
        ("CodeMeaning", mint.plain(planter.script())),
        ("CodingSchemeVersion", mint.serial()),
        ("ContextIdentifier", mint.station()),
        ("LongCodeValue", mint.plain(planter.script())),
        ("URNCodeValue", mint.email()),
    ):
        planter.put(keyword, mark, "code", within=item, path=path)
    planter.sequence("ProcedureCodeSequence", [item])


def earlier_cleaning(planter: Planter) -> None:
    """Plant in what says that the file is clean already."""
    planter.ds.PatientIdentityRemoved = "YES"
    planter.ds.BurnedInAnnotation = "NO"
    planter.put("DeidentificationMethod", planter.mint.plain("latin"), "method of de-identification")


VALUE_REPRESENTATIONS = (
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OD", "OF", "OL", "OV", "OW",
    "PN", "SH", "SL", "SS", "ST", "SV", "TM", "UC", "UI", "UL", "UN", "UR", "US", "UT", "UV",
)  # fmt: skip

HEADER_RECIPES: tuple[Recipe, ...] = (
    *(of_vr(vr) for vr in VALUE_REPRESENTATIONS if BY_VR.get(vr)),
    known_elsewhere,
    kept_attributes,
    nested,
    private_block,
    private_without_creator,
    unknown_tags,
    retired,
    as_unknown,
    charset_itself,
    lying_charset,
    item_charset,
    value_tails,
    codes,
    earlier_cleaning,
)
__all__ = ["HEADER_RECIPES", "IDENTITY", "KEPT", "TEXT_VRS", "encoded", "identity", "identity_marks"]
