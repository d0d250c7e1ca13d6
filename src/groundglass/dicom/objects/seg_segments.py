"""What each segment is: codes, colour, algorithm, tracking. The number of a segment is the label of its voxels."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from highdicom import AlgorithmIdentificationSequence
from highdicom.color import CIELabColor
from highdicom.seg import SegmentDescription
from highdicom.sr import CodedConcept

from groundglass.codes import code
from groundglass.dicom.objects.making import MANUFACTURER
from groundglass.phrases import say
from groundglass.render.picture import CONSOLIDATION_COLOUR, GROUND_GLASS_COLOUR, Colour

if TYPE_CHECKING:
    from groundglass.analysis.result import Result
    from groundglass.dicom.objects.making import Making

SegRole = Literal["seg-lungs", "seg-lesions"]


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; codes by their names in :mod:`groundglass.codes`.

    Attributes
    ----------
    label : int
        Of its voxels in the mask, and the segment number.
    name : str
        Key of the phrase that people read, without ``seg_``; the tracking identifier too.
    category, kind, side, region : str
        Property category and type, modifier of the type, anatomic region; side and region may be empty.
    colour : tuple of 3 int
        sRGB, 0..255.
    """

    label: int
    name: str
    category: str
    kind: str
    side: str
    region: str
    colour: Colour


SEGMENTS: Final = MappingProxyType(
    {
        # blue and green: neither is the colour of a lesion, and their lightness differs
        "seg-lungs": (
            Segment(1, "right_lung", "anatomical_structure", "lung", "right", "", (86, 156, 255)),
            Segment(2, "left_lung", "anatomical_structure", "lung", "left", "", (112, 220, 168)),
            Segment(3, "lung_side_unknown", "anatomical_structure", "lung", "", "", (190, 190, 200)),
        ),
        # the colours of the pictures
        "seg-lesions": (
            Segment(1, "ground_glass", "abnormal_structure", "ground_glass", "", "lung", GROUND_GLASS_COLOUR),
            Segment(2, "consolidation", "abnormal_structure", "consolidation", "", "lung", CONSOLIDATION_COLOUR),
        ),
    }
)
"""Every segment of each series."""


def tracking(making: Making, role: SegRole, name: str) -> tuple[str, str]:
    """Return the tracking identifier and UID of a segment, for whatever speaks of it (PS3.3 C.8.20.4).

    Parameters
    ----------
    making : Making
        Gives the UID.
    role : {"seg-lungs", "seg-lesions"}
        The series.
    name : str
        Name of the segment in :data:`SEGMENTS`.
    """
    return name, making.uid("tracking", role, name)


def described(segment: Segment, role: SegRole, making: Making, result: Result) -> SegmentDescription:
    """Return the item of the segment sequence (PS3.3 C.8.20.4).

    Parameters
    ----------
    segment : Segment
        The segment.
    role : {"seg-lungs", "seg-lesions"}
        Its series.
    making : Making
        Language and UIDs.
    result : Result
        Says which engine drew the segment.
    """
    tracking_id, tracking_uid = tracking(making, role, segment.name)
    item = SegmentDescription(
        segment_number=segment.label,
        segment_label=say(f"seg_{segment.name}", making.language),
        segmented_property_category=_concept(segment.category),
        segmented_property_type=_concept(segment.kind),
        algorithm_type="AUTOMATIC",
        algorithm_identification=_algorithm(making, result),
        tracking_uid=tracking_uid,
        tracking_id=tracking_id,
        anatomic_regions=[_concept(segment.region)] if segment.region else None,
        display_color=CIELabColor.from_rgb(*segment.colour),
    )
    if segment.side:
        item.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [_concept(segment.side)]
    return item


def _algorithm(making: Making, result: Result) -> AlgorithmIdentificationSequence:
    method = result.lungs.method if result.lungs else ""
    models = result.software.models
    parameters = {f"{model.name} sha256": model.sha256 for model in models}
    learned = bool(models) or method.startswith("learned")
    return AlgorithmIdentificationSequence(
        name=f"{result.software.name} {method}".strip(),
        family=_concept("artificial_intelligence" if learned else "morphological_operations"),
        version=making.version,
        source=MANUFACTURER,
        parameters=parameters or None,
    )


def _concept(name: str) -> CodedConcept:
    entry = code(name)
    return CodedConcept(entry.value, entry.scheme, entry.meaning)
