"""The text fields that a programme wants in front of the measurements, in its order, and the summary for all others."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from groundglass.analysis.quantify import MIXED_SHARE
from groundglass.dicom.objects.sr.items import container, text
from groundglass.dicom.objects.sr.measurements import listed_lesions
from groundglass.dicom.objects.sr.statements import checks, lungs_whole, target, warnings
from groundglass.dicom.objects.sr.wording import rounded_chance, rounded_percent
from groundglass.settings import INTENDED_USE

if TYPE_CHECKING:
    from highdicom.sr import ContainerContentItem

    from groundglass.analysis.result import Result
    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.sr.measurements import Scene
    from groundglass.dicom.objects.sr.wording import Words

TECHNICAL: Final = frozenset(
    {
        "slices_unusable", "slices_undecodable", "slices_bridged", "series_split", "duplicates_dropped",
        "spacing_uneven", "gantry_tilt_small", "slices_sparse", "slices_thick", "lossy_compression", "contrast_given",
        "contrast_suspected", "position_prone", "position_on_side", "position_unknown", "position_feet_first",
        "values_clipped", "hu_approximate", "hu_clipped", "expiration_suspected", "coverage_cut_top",
        "coverage_cut_bottom", "coverage_cut_side", "coverage_few_slices", "coverage_short", "chest_upside_down",
    }
)  # fmt: skip
"""Warnings about how a study was made, sent or stored; the others speak of lungs and lesions."""


def service_container(scene: Scene, findings: Findings) -> ContainerContentItem | None:
    """Return the fields of the profile as TEXT items in its order; None where it wants none.

    Raises
    ------
    KeyError
        If the profile names a field that is not in :data:`FIELDS`.
    """
    fields = scene.making.profile.report.fields
    if not fields:
        return None
    return container("service_fields", [text(FIELDS[name][0], FIELDS[name][1](scene, findings)) for name in fields])


def summary_container(scene: Scene, findings: Findings) -> ContainerContentItem:
    """Return intended use and conclusion, for who reads only the beginning."""
    return container(
        "summary",
        [
            text("intended_use", _warning_use(scene, findings)),
            text("findings", description(scene, findings)),
            text("conclusion", conclusion(scene, findings)),
        ],
    )


def _modality(scene: Scene, _findings: Findings) -> str:
    return scene.words("modality_ct")


def _region(scene: Scene, _findings: Findings) -> str:
    return scene.words("region_chest")


def _study_id(scene: Scene, _findings: Findings) -> str:
    return scene.origin.study_uid


def _date_time(scene: Scene, _findings: Findings) -> str:
    words, taken = scene.words, scene.result.acquisition_datetime
    processed = words.moment(scene.making.made)
    try:
        study = words.moment(datetime.fromisoformat(taken)) if taken else ""
    except ValueError:
        study = ""
    return words("date_time_both", study=study, processed=processed) if study else processed


def _warning_software(scene: Scene, _findings: Findings) -> str:
    return scene.words("warning_software")


def _warning_use(scene: Scene, _findings: Findings) -> str:
    return f"{INTENDED_USE[scene.making.intended_use][scene.words.language]} {scene.words('warning_use')}"


def _name(scene: Scene, _findings: Findings) -> str:
    return scene.result.software.name


def _version(scene: Scene, _findings: Findings) -> str:
    models = ", ".join(f"{model.name} {model.sha256[:8]}" for model in scene.making.models)
    return (
        scene.words("version_models", version=scene.making.version, models=models) if models else scene.making.version
    )


def _purpose(scene: Scene, _findings: Findings) -> str:
    return scene.words("purpose")


def _technical(scene: Scene, _findings: Findings) -> str:
    words, known = scene.words, scene.result.acquisition
    parts = [words("technical_slices", n=len(scene.origin.images))]
    if known is not None:
        if known.spacing_mm is not None:
            step, row, column = (words.number(round(value, 2)) for value in known.spacing_mm)
            parts.append(words("technical_spacing", step=step, row=row, column=column))
        if known.kernel:
            parts.append(words("technical_kernel", kernel=known.kernel))
        if known.kvp:
            parts.append(words("technical_kvp", kvp=words.number(round(known.kvp))))
        if known.manufacturer:
            parts.append(known.manufacturer)
        parts.append(words(f"technical_contrast_{known.contrast}"))
        parts.append(words(f"technical_coverage_{known.coverage}"))
    return "; ".join(parts) + "."


def _defects(scene: Scene, findings: Findings) -> str:
    remarks = [
        *checks(findings, scene.words),
        *(one for one in warnings(findings, scene.words) if one.code in TECHNICAL),
    ]
    grave = [remark.text for remark in remarks if remark.severity != "info"]
    return " ".join(grave) if grave else scene.words("no_defects")


def _guide(scene: Scene, _findings: Findings) -> str:
    return scene.words("user_guide", version=scene.making.version)


def description(scene: Scene, _findings: Findings) -> str:
    """Return what was measured, in sentences."""
    result, words = scene.result, scene.words
    if result.lungs is None or result.lesions is None or result.involvement is None:
        return words("nothing_measured")
    said = [_lungs(result, words)]
    lesions, share = result.lesions, result.involvement
    if lesions.total_volume_ml <= 0:
        said.append(words("described_nothing"))
    else:
        said.append(
            words(
                "described_lesions",
                total=words.volume(lesions.total_volume_ml),
                glass=words.volume(lesions.ground_glass_ml),
                solid=words.volume(lesions.consolidation_ml),
            )
        )
        said.append(words("described_share", **_share(result, words)))
        if share.right_percent is not None and share.left_percent is not None:
            said.append(
                words(
                    "described_sides", right=words.percent(share.right_percent), left=words.percent(share.left_percent)
                )
            )
        said += _zones(result, words)
        said += _largest(result, words)
        if result.probability_of_pathology is not None:
            said.append(
                words("described_chance", percent=words.number(rounded_chance(result.probability_of_pathology)))
            )
    if not lungs_whole(result):
        said.append(words("partial"))
    return " ".join(said)


def _lungs(result: Result, words: Words) -> str:
    lungs = result.lungs
    if lungs is None:
        return ""
    total = words.volume(lungs.total_volume_ml)
    if lungs.right_volume_ml is None or lungs.left_volume_ml is None:
        return words("described_lungs", total=total)
    right, left = words.volume(lungs.right_volume_ml), words.volume(lungs.left_volume_ml)
    return words("described_lungs_sided", total=total, right=right, left=left)


def _share(result: Result, words: Words) -> dict[str, str]:
    share = result.involvement
    if share is None:
        return {"percent": "", "low": "", "high": ""}
    low, high = share.interval
    return {"percent": words.percent(share.percent), "low": words.percent(low), "high": words.percent(high)}


def _zones(result: Result, words: Words) -> list[str]:
    share = result.involvement
    if share is None:
        return []
    zones = share.zones
    sides = (
        ("right", (zones.right_upper, zones.right_middle, zones.right_lower)),
        ("left", (zones.left_upper, zones.left_middle, zones.left_lower)),
    )
    said = []
    for side, percents in sides:
        known = [words.percent(percent) for percent in percents if percent is not None]
        if len(known) == len(percents):
            said.append(words(f"described_zones_{side}", upper=known[0], middle=known[1], lower=known[2]))
    return said


def _largest(result: Result, words: Words) -> list[str]:
    largest = listed_lesions(result)[:1]
    if not largest or result.lesions is None:
        return []
    item = largest[0]
    where = [words(f"side_{item.side}")] if item.side != "unknown" else []
    where += [words(f"zone_{item.zone}")] if item.zone is not None and where else []
    volume = words.volume(item.volume_ml) + (f" {words('ml')}, {', '.join(where)}" if where else f" {words('ml')}")
    return [words("described_largest", n=len(result.lesions.items), largest=volume)]


def _picture(result: Result, words: Words) -> str:
    """Return what was seen and where, such as ground-glass opacities in both lungs."""
    lesions, share = result.lesions, result.involvement
    if lesions is None or share is None:
        return ""
    dense = lesions.consolidation_ml / lesions.total_volume_ml
    what = "glass" if dense < MIXED_SHARE else "solid" if dense > 1 - MIXED_SHARE else "mixed"
    right, left = share.right_percent, share.left_percent
    if right is None or left is None:
        return words(f"what_{what}")
    sides = (bool(rounded_percent(right)), bool(rounded_percent(left)))
    where = {(True, False): "right", (False, True): "left"}.get(sides, "both")
    return f"{words(f'what_{what}')} {words(f'where_{where}')}"


def conclusion(scene: Scene, _findings: Findings) -> str:
    """Return what a reader should take away, in sentences; never that anything is normal."""
    result, words = scene.result, scene.words
    if result.lesions is None or result.involvement is None:
        return f"{words('nothing_measured')} {words('physician_decides')}"
    found = target(result)
    picture = _picture(result, words) if found == "target_found" else ""
    said = [words(found, **_share(result, words), picture=picture)]
    grade = result.grade
    if grade is None or grade.value is None:
        said.append(words("grade_not_possible" if lungs_whole(result) else "grade_partial"))
    else:
        value = words.grade(grade.value)
        said.append(words("concluded_grade", grade=value, word=words(f"grade_word_{grade.value[-1]}")))
        if grade.stable is False and grade.interval is not None:
            low, high = (words.grade(end) for end in grade.interval)
            said.append(words("concluded_unstable", low=low, high=high))
        if grade.value == "CT-0":
            said.append(words("grade_zero"))
    said.append(words("physician_decides"))
    return " ".join(said)


FIELDS: Final = MappingProxyType(
    {
        "modality": ("modality", _modality),
        "region": ("target_region", _region),
        "study_id": ("study_instance_uid", _study_id),
        "date_time": ("service_date_time", _date_time),
        "warning_software": ("service_warning_software", _warning_software),
        "warning_use": ("service_warning_use", _warning_use),
        "service_name": ("algorithm_name", _name),
        "service_version": ("algorithm_version", _version),
        "purpose": ("service_purpose", _purpose),
        "technical_data": ("service_technical_data", _technical),
        "technological_defects": ("service_technological_defects", _defects),
        "description": ("findings", description),
        "conclusion": ("conclusion", conclusion),
        "user_guide": ("service_user_guide", _guide),
    }
)
"""For each field that a profile may name: our name for the code of its heading, and what is written there."""
