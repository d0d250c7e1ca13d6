"""The header of one DICOM file as plain values, read tolerantly: unreadable ones are problems, not exceptions."""

from __future__ import annotations

from dataclasses import dataclass, field

from groundglass.dicom.elements import Element, Elements, MoreNeededError, NotDicomError, read_elements
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import FileSource
from groundglass.dicom.values import Values, shown

_FIRST_BYTES = 16 * 1024
"""Covers the header of most CT slices in one read."""

IDENTITY_TAGS: dict[str, int] = {
    "patient_name": 0x00100010,
    "patient_id": 0x00100020,
    "birth_date": 0x00100030,
    "sex": 0x00100040,
    "age": 0x00101010,
    "accession_number": 0x00080050,
    "institution": 0x00080080,
    "referring_physician": 0x00080090,
    "study_date": 0x00080020,
    "study_time": 0x00080030,
    "study_description": 0x00081030,
    "study_id": 0x00200010,
}
FUNCTIONAL_GROUPS = (0x52009229, 0x52009230)
_KEPT = frozenset(
    {
        *IDENTITY_TAGS.values(),
        *FUNCTIONAL_GROUPS,
        *(0x00080005, 0x00080021, 0x00080022, 0x00080023, 0x0008002A, 0x00080031, 0x00080032, 0x00080033, 0x0008103E),
        *(0x00180010, 0x00180012, 0x00180060, 0x00181030, 0x00181100, 0x00181150, 0x00181151, 0x00189311),
        *(0x00200011, 0x00540410, 0x00540414),
    }
)
"""Elements kept as bytes beside the fields of :class:`Instance`, for the one series that is loaded."""
_WANTED = _KEPT | frozenset(
    {
        *(0x00080008, 0x00080016, 0x00080018, 0x00080060, 0x00080070, 0x00081090, 0x00180015, 0x00180050, 0x00180088),
        *(0x00181060, 0x00181120, 0x00181210, 0x00185100, 0x0020000D, 0x0020000E, 0x00200012, 0x00200013),
        *(0x00200032, 0x00200037, 0x00200052, 0x00200100, 0x00209241, 0x00280002, 0x00280004, 0x00280006, 0x00280008),
        *(0x00280010, 0x00280011, 0x00280030, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00280120, 0x00280121),
        *(0x00281052, 0x00281053, 0x00281054, 0x00282110, 0x00282112),
    }
)
Pool = dict[tuple[bytes, bytes], Element]
"""Equal elements of many files, kept once: a pile of 40,000 slices repeats the same 20 values."""


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """How the pixels of one file are stored (PS3.3 C.7.6.3); None where the header does not say.

    ``offset`` and ``length`` locate the value in the file (in the inflated bytes for a deflated one); length -1 means
    fragments, and 0 with offset 0 no pixels.
    """

    transfer_syntax: str
    little: bool
    rows: int | None
    columns: int | None
    frames: int
    samples: int
    planar: int
    photometric: str
    bits_allocated: int | None
    bits_stored: int | None
    high_bit: int | None
    signed: bool
    padding: int | None
    padding_limit: int | None
    tag: int
    vr: bytes
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Instance:
    """One file of a series; text is empty and numbers are None where the header has nothing.

    ``elements`` keeps the raw values for the identity and the functional groups. ``problems`` maps a keyword to what
    stands there in place of a readable value.
    """

    source: FileSource
    layout: PixelLayout
    sop_class: str
    sop_uid: str
    study_uid: str
    series_uid: str
    frame_of_reference_uid: str
    modality: str
    image_type: tuple[str, ...]
    manufacturer: str
    model: str
    kernel: str
    series_number: int | None
    acquisition_number: int | None
    instance_number: int | None
    position_mm: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    pixel_spacing_mm: tuple[float, ...] | None
    thickness_mm: float | None
    spacing_between_mm: float | None
    slope: float | None
    intercept: float | None
    rescale_type: str
    tilt_degrees: float | None
    patient_position: str
    body_part: str
    contrast_agent: str
    lossy: bool
    lossy_ratio: float | None
    content_time: str
    acquisition_time: str
    temporal: str
    elements: dict[int, Element] = field(repr=False, compare=False)
    problems: dict[str, str] = field(repr=False, compare=False)

    def values(self) -> Values:
        """Return typed access to the kept elements."""
        return Values(self.elements, little=self.layout.little, problems={})


def read_instance(source: FileSource, limits: ReadingLimits, pool: Pool | None = None) -> Instance | None:
    """Read the header of one file, no further than its pixels.

    Parameters
    ----------
    source : FileSource
        The file.
    limits : ReadingLimits
        ``max_header_bytes`` bounds the header, ``max_file_bytes`` an inflated data set.
    pool : dict, optional
        Shared by the files of one scan.

    Returns
    -------
    Instance or None
        None if this is no DICOM file.

    Raises
    ------
    InputError
        ``BROKEN_DICOM`` if the elements cannot be walked; what the source raises.
    """
    size = source.size
    step = _FIRST_BYTES
    while True:
        head = source.read(min(step, size) if step < size else None)
        whole = step >= size
        try:
            elements = read_elements(
                head, whole=whole, wanted=_WANTED, label=source.label, max_inflated_bytes=limits.max_file_bytes
            )
        except NotDicomError:
            return None
        except MoreNeededError:
            # Next a read that covers private blocks, then all the header may have, then the whole file.
            step = 16 * step if step < limits.max_header_bytes // 16 else size
            continue
        return _instance(source, elements, {} if pool is None else pool)


def _instance(source: FileSource, found: Elements, pool: Pool) -> Instance:
    problems: dict[str, str] = {}
    v = Values(found.data, little=found.little, problems=problems)
    signed = v.short(0x00280103, "PixelRepresentation") == 1
    padding = v.short(0x00280120, "PixelPaddingValue", signed=signed)
    slope = v.sole(0x00281053, "RescaleSlope")
    intercept = v.sole(0x00281052, "RescaleIntercept")
    return Instance(
        source=source,
        layout=PixelLayout(
            transfer_syntax=found.transfer_syntax,
            little=found.little,
            rows=v.short(0x00280010, "Rows"),
            columns=v.short(0x00280011, "Columns"),
            frames=_frames(v),
            samples=v.short(0x00280002, "SamplesPerPixel") or 1,
            planar=v.short(0x00280006, "PlanarConfiguration") or 0,
            photometric=v.text(0x00280004).upper(),
            bits_allocated=v.short(0x00280100, "BitsAllocated"),
            bits_stored=v.short(0x00280101, "BitsStored"),
            high_bit=v.short(0x00280102, "HighBit"),
            signed=signed,
            padding=padding,
            padding_limit=v.short(0x00280121, "PixelPaddingRangeLimit", signed=signed),
            tag=found.pixel_tag,
            vr=found.pixel_vr,
            offset=found.pixel_offset,
            length=found.pixel_length,
        ),
        sop_class=v.text(0x00080016) or _meta_text(found, 0x00020002),
        sop_uid=v.text(0x00080018),
        study_uid=v.text(0x0020000D),
        series_uid=v.text(0x0020000E),
        frame_of_reference_uid=v.text(0x00200052),
        modality=v.text(0x00080060).upper(),
        image_type=v.texts(0x00080008),
        manufacturer=v.text(0x00080070),
        model=v.text(0x00081090),
        kernel=v.text(0x00181210).replace("\\", " ").strip(),
        series_number=v.integer(0x00200011, "SeriesNumber"),
        acquisition_number=v.integer(0x00200012, "AcquisitionNumber"),
        instance_number=v.integer(0x00200013, "InstanceNumber"),
        position_mm=v.numbers(0x00200032, "ImagePositionPatient", 3),
        orientation=v.numbers(0x00200037, "ImageOrientationPatient", 6),
        pixel_spacing_mm=v.numbers(0x00280030, "PixelSpacing", 2),
        thickness_mm=v.number(0x00180050, "SliceThickness"),
        spacing_between_mm=v.number(0x00180088, "SpacingBetweenSlices"),
        slope=slope,
        intercept=intercept,
        rescale_type=v.text(0x00281054).upper(),
        tilt_degrees=v.number(0x00181120, "GantryDetectorTilt"),
        patient_position=v.text(0x00185100).upper(),
        body_part=v.text(0x00180015).upper(),
        contrast_agent=v.text(0x00180010),
        lossy=v.text(0x00282110) == "01",
        lossy_ratio=v.number(0x00282112, "LossyImageCompressionRatio"),
        content_time=v.text(0x00080033),
        acquisition_time=v.text(0x00080032),
        temporal="/".join(filter(None, (v.text(0x00200100), v.text(0x00209241), v.text(0x00181060)))),
        elements={
            tag: element if element.items else pool.setdefault((element.vr, element.value), element)
            for tag, element in found.data.items()
            if tag in _KEPT
        },
        problems=problems,
    )


def _meta_text(found: Elements, tag: int) -> str:
    element = found.meta.get(tag)
    return "" if element is None else element.value[:64].decode("latin_1").strip(" \0")


def _frames(v: Values) -> int:
    element = v.data.get(0x00280008)
    if element is None or not element.value.strip(b" \0"):
        return 1
    frames = v.integer(0x00280008, "NumberOfFrames")
    if frames is None or frames < 1:
        v.problems["NumberOfFrames"] = shown(element.value)
        return 0
    return frames
