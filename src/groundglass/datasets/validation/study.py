"""The look at one study: each of its files is decoded once, and everything that needs its voxels is done then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.grading_rules import DEFAULT
from groundglass.datasets.findings import Finding, Values
from groundglass.datasets.formats.fingerprints import small_picture
from groundglass.datasets.formats.labelled import CONSOLIDATION, GROUND_GLASS
from groundglass.datasets.members import Member
from groundglass.datasets.validation.headers import header_findings
from groundglass.datasets.validation.masks import Mask, look_at_mask
from groundglass.datasets.validation.pictures import Picture, look_at_picture
from groundglass.datasets.validation.tasks import Part, StudyLook, StudyTask
from groundglass.datasets.validation.turning import turned

FACT_TOLERANCE = 0.01
"""Relative: tables round to three figures and more, another mask differs by more."""
LEAST_ML = 0.05
"""Volumes this near are the same, however small."""
LEAST_MM = 0.005
"""Distances this near are the same: tables round to two decimals."""
LEAST_PERCENT = 0.1
"""Percentages this near are the same."""
GRADE_SLACK_PERCENT = 10.0
"""So far may the drawn share of the lung lie outside the limits of the grade: grades are given by eye, in steps of a
quarter, and a mask is drawn by somebody else."""
DETAIL_GRID = (20, 36, 52)
"""(slice, row, column) of the finer small picture: cells of about 8 mm, in which vessels and lesions tell a person."""


def look(task: StudyTask) -> StudyLook:
    """Look at one study; for a worker process. What is wrong with its files becomes findings.

    Parameters
    ----------
    task : StudyTask
        Which files.
    """
    member = task.member
    findings: list[Finding] = []
    facts: dict[str, Any] = {}
    for name in dict.fromkeys(each for each in (task.picture, task.mask, task.lungs) if each):
        findings += header_findings(task.folder / name, name, member.study_id)
    picture = None
    if task.picture:
        picture = look_at_picture(task.folder / task.picture, task.picture, member.study_id)
        findings += picture.findings
        facts["picture"] = dict(picture.facts)
    lesions = lungs = None
    if task.lungs:
        lungs = _mask(task, task.lungs, "lungs", None, picture)
        findings += lungs.findings
        facts["lungs"] = dict(lungs.facts)
    if task.mask:
        wanted = set((task.numbers or {}).values())
        if not wanted or "lesions" in wanted:
            drawn = _part(lungs, None, "lungs")
            lesions = _mask(task, task.mask, "lesions", task.numbers, picture, lungs=drawn)
            findings += lesions.findings
            facts["mask"] = dict(lesions.facts)
        elif "lungs" not in wanted:
            other = _mask(task, task.mask, "other", task.numbers, picture)
            findings += other.findings
            facts["other"] = dict(other.facts)
        if "lungs" in wanted:
            inside = _mask(task, task.mask, "lungs", task.numbers, picture)
            findings += [each for each in inside.findings if each not in findings]
            if task.lungs is None:
                lungs = inside
                facts["lungs"] = dict(inside.facts)
    masks = [name for name in (task.mask, task.lungs) if name]
    if picture is None and masks:
        findings.append(Finding("MASK_UNCHECKED", member.study_id, {"file": masks[0]}))
    findings += _against_table(task, picture, lesions, lungs, facts)
    findings += _turned(task, picture, lesions)
    cells, detail = _prints(picture)
    return StudyLook(
        study_id=member.study_id,
        findings=tuple(findings),
        facts=facts,
        voxels=picture.voxels if picture else "",
        slices=picture.slices if picture else (),
        cells=cells,
        detail=detail,
        mask=lesions.sha256 if lesions else "",
    )


def _mask(
    task: StudyTask,
    name: str,
    part: Part,
    numbers: Mapping[int, Part] | None,
    picture: Picture | None,
    lungs: NDArray[np.bool_] | None = None,
) -> Mask:
    member = task.member
    nothing = member.grade == "CT-0" or member.lesion_ml == 0 or member.lesions == 0 or member.pattern == "none"
    return look_at_mask(
        task.folder / name,
        name,
        member.study_id,
        numbers=numbers,
        part=part,
        picture=picture,
        may_be_empty=part == "other" or (part == "lesions" and nothing),
        lungs=lungs,
    )


def _turned(task: StudyTask, picture: Picture | None, lesions: Mask | None) -> list[Finding]:
    """Say where the anatomy lies otherwise than the header says; drawn disease counts as lung."""
    if picture is None or picture.places is None or picture.geometry is None or not picture.geometry.sided:
        return []
    lungs = picture.places.lungs
    marked = _part(lesions, task.numbers, "lesions")
    if marked is not None and marked.shape == picture.geometry.shape:
        lungs = lungs | ((picture.places.counted(marked) > 0) & picture.places.room)
    return [
        Finding("IMAGE_UPSIDE_DOWN", task.member.study_id, {"file": task.picture or "", "how": how})
        for how in turned(picture.places.mean_hu, lungs)
    ]


def _prints(picture: Picture | None) -> tuple[NDArray[np.float32] | None, NDArray[np.int8] | None]:
    if picture is None or picture.volume is None or picture.places is None:
        return None, None
    hu, lungs = picture.volume.array, picture.places.lungs
    fine = small_picture(hu, grid=DETAIL_GRID, lungs=lungs)
    spread = float(np.abs(fine).max())
    return small_picture(hu, lungs=lungs), np.rint(fine * (127 / spread if spread else 0)).astype(np.int8)


def _against_table(
    task: StudyTask, picture: Picture | None, lesions: Mask | None, lungs: Mask | None, facts: dict[str, Any]
) -> list[Finding]:
    """Return where the table says something else than the files."""
    member = task.member
    there = _measured(task, picture, lesions, lungs)
    found = []
    for name, (value, least) in there.items():
        stated = getattr(member, name)
        if stated is not None and abs(stated - value) > max(least, FACT_TOLERANCE * abs(value)):
            values: Values = {"column": name, "stated": round(float(stated), 4), "there": round(float(value), 4)}
            found.append(Finding("FACTS_DIFFER", member.study_id, values))
    lesion_ml = there.get("lesion_ml", (0.0, 0.0))[0]
    if member.grade == "CT-0" and lesion_ml > 0:
        found.append(Finding("GRADE_AGAINST_MASK", member.study_id, {"ml": round(lesion_ml, 2)}))
    percent = there.get("involvement_percent")
    if percent is not None:
        facts["involvement_percent"] = round(percent[0], 2)
        found += _against_grade(member, percent[0])
    elif member.involvement_percent is not None:
        found += _against_grade(member, member.involvement_percent)
    return found


def _measured(
    task: StudyTask, picture: Picture | None, lesions: Mask | None, lungs: Mask | None
) -> dict[str, tuple[float, float]]:
    """Return what the files say of columns of the table, each with the least difference that counts."""
    found: dict[str, tuple[float, float]] = {}
    geometry = picture.geometry if picture and picture.geometry else lesions.geometry if lesions else None
    if geometry is not None:
        found["slices"] = (geometry.shape[0], 0.0)
        for name, side in zip(
            ("spacing_slice_mm", "spacing_row_mm", "spacing_column_mm"), geometry.spacing_mm, strict=True
        ):
            found[name] = (side, LEAST_MM)
    marked = _part(lesions, task.numbers, "lesions")
    if lesions is not None and lesions.geometry is not None and lesions.array is not None and marked is not None:
        ml = lesions.geometry.voxel_ml
        found["lesion_ml"] = (float(np.count_nonzero(marked)) * ml, LEAST_ML)
        if task.several:
            found["ground_glass_ml"] = (float(np.count_nonzero(lesions.array == GROUND_GLASS)) * ml, LEAST_ML)
            found["consolidation_ml"] = (float(np.count_nonzero(lesions.array == CONSOLIDATION)) * ml, LEAST_ML)
    inside = _part(lungs, task.numbers if task.lungs is None else None, "lungs")
    if lungs is not None and lungs.geometry is not None and inside is not None and inside.any():
        apart = task.lungs is not None
        if apart:
            found["lungs_ml"] = (float(np.count_nonzero(inside)) * lungs.geometry.voxel_ml, LEAST_ML)
        if marked is not None and marked.shape == inside.shape:
            whole = inside if apart else inside | marked
            share = 100.0 * np.count_nonzero(marked & whole) / np.count_nonzero(whole)
            found["involvement_percent"] = (share, LEAST_PERCENT)
    return found


def _part(mask: Mask | None, numbers: Mapping[int, Part] | None, part: Part) -> NDArray[np.bool_] | None:
    if mask is None or mask.array is None:
        return None
    wanted = np.zeros(256, bool)
    wanted[[n for n in range(1, 256) if numbers is None or numbers.get(n) == part]] = True
    return np.asarray(wanted[mask.array])


def _against_grade(member: Member, percent: float) -> list[Finding]:
    """Say where a grade is far from the share of the lung that is marked."""
    if member.grade not in DEFAULT_RANGES or (member.grade == "CT-0" and percent == 0):
        return []
    low, high = DEFAULT_RANGES[member.grade]
    if low - GRADE_SLACK_PERCENT <= percent <= high + GRADE_SLACK_PERCENT:
        return []
    values: Values = {"grade": member.grade, "percent": round(percent, 1)}
    return [Finding("GRADE_AGAINST_INVOLVEMENT", member.study_id, values)]


def _ranges() -> dict[str, tuple[float, float]]:
    limits = {limit.above: limit.percent for limit in DEFAULT.limits}
    names = ["CT-0", *limits]
    ends = [0.0, *limits.values(), 100.0]
    return {name: (ends[place], ends[place + 1]) for place, name in enumerate(names)}


DEFAULT_RANGES = _ranges()
"""Least and largest percentage of each grade, by the default rules."""
