"""Measurement groups: both lungs, each lung, the zones, and each kind of lesion (PS3.16 TID 1411 and 1501)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from highdicom.sr import (
    FindingSite,
    Measurement,
    MeasurementsAndQualitativeEvaluations,
    ReferencedSegment,
    SourceImageForMeasurementGroup,
    SourceImageForSegmentation,
    SourceSeriesForSegmentation,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom.uid import SegmentationStorage

from groundglass.dicom.objects.seg_segments import SegRole, tracking
from groundglass.dicom.objects.sr.items import as_shown, coded, concept, number, point
from groundglass.dicom.objects.sr.wording import rounded_chance, rounded_ml, rounded_percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom.dataset import Dataset

    from groundglass.analysis.quantify import RegionFigures
    from groundglass.analysis.result import InvolvementSection, LesionItem, Result
    from groundglass.dicom.objects.making import Making, SeriesRole
    from groundglass.dicom.objects.origin import Origin, SourceImage
    from groundglass.dicom.objects.sr.wording import Words

Group = MeasurementsAndQualitativeEvaluations | VolumetricROIMeasurementsAndQualitativeEvaluations
LESIONS_LISTED = 20
"""More lesions than these are counted, not listed: the largest carry nearly all of the volume."""
_KINDS = {"ground_glass": "ground_glass", "consolidation": "consolidation", "mixed": "mixed_lesion"}


@dataclass(frozen=True, slots=True)
class Scene:
    """What the groups are made from.

    Attributes
    ----------
    origin : Origin
        The source.
    result : Result
        Figures.
    making : Making
        UIDs, language.
    segs : mapping of str to Dataset
        Segmentations by series; may be empty.
    key_images : sequence of SourceImage
        Slices that matter most.
    regions : mapping of (side, zone) to RegionFigures
        Figures of lungs (zone None) and zones; may be empty.
    words : Words
        Language.
    """

    origin: Origin
    result: Result
    making: Making
    segs: Mapping[SeriesRole, Dataset]
    key_images: Sequence[SourceImage]
    regions: Mapping[tuple[str, str | None], RegionFigures]
    words: Words


def groups(scene: Scene) -> list[Group]:
    """Return every measurement group, from the whole to the parts."""
    return [_both_lungs(scene), *_sides(scene), *_zones(scene), *_kinds(scene), *_lesions(scene)]


def _both_lungs(scene: Scene) -> Group:
    result = scene.result
    found: list[Measurement] = []
    if result.lungs is not None:
        found += [_ml("volume", result.lungs.total_volume_ml), _mean_hu(result.lungs.mean_hu)]
    if result.lesions is not None:
        found += _lesion_volumes(result.lesions.ground_glass_ml, result.lesions.consolidation_ml)
    if result.involvement is not None:
        found.append(_with_interval(result.involvement))
        if result.involvement.worse_lung_percent is not None:
            found.append(_percent("worse_lung", result.involvement.worse_lung_percent))
    if result.probability_of_pathology is not None:
        found.append(_measured("opacity_probability", rounded_chance(result.probability_of_pathology), "percent"))
    severity = result.severity
    if severity is not None and severity.six_zone_score is not None:
        found.append(_measured("six_zone_score", severity.six_zone_score, "score_of_24"))
    if severity is not None and severity.lobe_score is not None:
        found.append(_measured("lobe_score", severity.lobe_score, "score_of_25"))
    sided = result.lungs is not None and result.lungs.right_volume_ml is not None
    return _group(
        scene,
        "lungs",
        finding="lung",
        site=FindingSite(concept("lung"), laterality=concept("both") if sided else None),
        measurements=found,
        images=scene.key_images,
    )


def _sides(scene: Scene) -> list[Group]:
    lungs, share = scene.result.lungs, scene.result.involvement
    if lungs is None:
        return []
    made = []
    for label, side, volume, percent in (
        (1, "right", lungs.right_volume_ml, share.right_percent if share else None),
        (2, "left", lungs.left_volume_ml, share.left_percent if share else None),
    ):
        if volume is None:
            continue
        found = _region(scene, side, None) or [_ml("volume", volume)]
        if percent is not None:
            found.append(_percent("involvement", percent))
        made.append(
            _group(
                scene,
                f"{side}_lung",
                finding="lung",
                site=FindingSite(concept("lung"), laterality=concept(side)),
                measurements=found,
                segment=("seg-lungs", label),
            )
        )
    return made


def _region(scene: Scene, side: str, zone: str | None) -> list[Measurement]:
    figures = scene.regions.get((side, zone))
    if figures is None:
        return []
    return [
        _ml("volume", figures.lung_ml),
        _mean_hu(figures.mean_hu),
        *_lesion_volumes(figures.ground_glass_ml, figures.consolidation_ml),
    ]


def _lesion_volumes(glass_ml: float, solid_ml: float) -> list[Measurement]:
    return [
        _ml("lesion_volume", glass_ml + solid_ml),
        _ml("ground_glass_volume", glass_ml),
        _ml("consolidation_volume", solid_ml),
    ]


def _zones(scene: Scene) -> list[Group]:
    share = scene.result.involvement
    if share is None:
        return []
    made = []
    for side in ("right", "left"):
        for zone in ("upper", "middle", "lower"):
            percent = getattr(share.zones, f"{side}_{zone}")
            if percent is None:
                continue
            made.append(
                _group(
                    scene,
                    f"{side}_{zone}",
                    finding="lung",
                    site=FindingSite(concept(f"{zone}_zone"), laterality=concept(side)),
                    measurements=[*_region(scene, side, zone), _percent("involvement", percent)],
                )
            )
    return made


def _kinds(scene: Scene) -> list[Group]:
    lesions = scene.result.lesions
    if lesions is None:
        return []
    made = []
    for label, kind, volume in (
        (1, "ground_glass", lesions.ground_glass_ml),
        (2, "consolidation", lesions.consolidation_ml),
    ):
        if volume <= 0:
            continue
        made.append(
            _group(
                scene,
                kind,
                finding=kind,
                site=FindingSite(concept("lung")),
                measurements=[_ml("volume", volume)],
                segment=("seg-lesions", label),
                images=scene.key_images,
            )
        )
    return made


def _lesions(scene: Scene) -> list[Group]:
    return [_lesion(scene, item) for item in listed_lesions(scene.result)]


def listed_lesions(result: Result) -> tuple[LesionItem, ...]:
    """Return the lesions that get a group of their own, the largest first."""
    items = result.lesions.items if result.lesions else ()
    return tuple(sorted(items, key=lambda item: (-item.volume_ml, item.id))[:LESIONS_LISTED])


def _lesion(scene: Scene, item: LesionItem) -> Group:
    words, side = scene.words, item.side if item.side != "unknown" else None
    place = f"{item.zone}_zone" if item.zone is not None and side is not None else "lung"
    middle = scene.origin.images[min((item.box[0][0] + item.box[0][1]) // 2, len(scene.origin.images) - 1)]
    made = _group(
        scene,
        "lesion",
        finding=_KINDS[item.kind],
        site=FindingSite(concept(place), laterality=concept(side) if side else None),
        measurements=[
            _ml("volume", item.volume_ml),
            _percent("share_of_lungs", item.percent_of_lungs),
            _mean_hu(item.mean_hu),
        ],
        images=() if middle is None else (middle,),
        which=item.id,
        label=words("group_lesion", n=item.id) + (f", {words(f'side_{side}')}" if side else ""),
    )
    frame = scene.origin.geometry.frame_of_reference_uid
    if frame:
        made[0].ContentSequence.append(point("center", item.centre_mm, frame))
    return made


def _group(
    scene: Scene,
    name: str,
    *,
    finding: str,
    site: FindingSite,
    measurements: list[Measurement],
    segment: tuple[SegRole, int] | None = None,
    images: Sequence[SourceImage] = (),
    which: int | None = None,
    label: str = "",
) -> Group:
    words = scene.words
    label = label or words(f"group_{name}")
    seg = scene.segs.get(segment[0]) if segment else None
    common: dict[str, Any] = {
        "finding_type": concept(finding),
        "finding_sites": [site],
        "measurements": measurements,
    }
    words_of_uid = ("tracking", "sr", name) if which is None else ("tracking", "sr", name, str(which))
    uid = scene.making.uid(*words_of_uid)
    if seg is not None and segment is not None and _has_segment(seg, segment[1]):
        _, uid = tracking(scene.making, segment[0], name)
        # DCMTK 3.6.7 reads no report that points into a label map; there the tracking UID alone leads to the segment
        if seg.SOPClassUID == SegmentationStorage:
            return VolumetricROIMeasurementsAndQualitativeEvaluations(
                TrackingIdentifier(uid=uid, identifier=label),
                referenced_segment=_referenced(scene.origin, seg, segment[1]),
                **common,
            )
    sources = [
        SourceImageForMeasurementGroup(one.sop_class, one.sop_uid, [one.frame] if one.frame else None) for one in images
    ]
    return MeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(uid=uid, identifier=label),
        source_images=sources or None,
        **common,
    )


def _has_segment(seg: Dataset, segment: int) -> bool:
    return any(int(item.SegmentNumber) == segment for item in seg.SegmentSequence)


def _referenced(origin: Origin, seg: Dataset, segment: int) -> ReferencedSegment:
    series = {image.series_uid for image in origin.sources}
    if len(series) == 1:
        return ReferencedSegment(
            seg.SOPClassUID, seg.SOPInstanceUID, segment, source_series=SourceSeriesForSegmentation(series.pop())
        )
    images = [SourceImageForSegmentation(one.sop_class, one.sop_uid) for one in origin.sources]
    return ReferencedSegment(seg.SOPClassUID, seg.SOPInstanceUID, segment, source_images=images)


def _measured(name: str, value: float, unit: str, *modifiers: Any) -> Measurement:
    made = Measurement(concept(name), float(value), concept(unit))
    as_shown(made[0], value)
    if modifiers:
        made[0].ContentSequence = [*modifiers]
    return made


def _ml(name: str, value: float) -> Measurement:
    return _measured(name, rounded_ml(value), "ml")


def _percent(name: str, value: float) -> Measurement:
    return _measured(name, rounded_percent(value), "percent")


def _mean_hu(value: float) -> Measurement:
    return _measured("attenuation", round(value), "hu", coded("derivation", "mean", "HAS CONCEPT MOD"))


def _with_interval(share: InvolvementSection) -> Measurement:
    value = rounded_percent(share.percent)
    low, high = (rounded_percent(end) for end in share.interval)
    return _measured(
        "involvement",
        value,
        "percent",
        # PS3.16 CID 225 names the distances from the value; the limits themselves have no code there
        number("lower_uncertainty", round(value - low, 2), "percent", "HAS PROPERTIES"),
        number("upper_uncertainty", round(high - value, 2), "percent", "HAS PROPERTIES"),
        number("interval_low", low, "percent", "HAS PROPERTIES"),
        number("interval_high", high, "percent", "HAS PROPERTIES"),
    )
