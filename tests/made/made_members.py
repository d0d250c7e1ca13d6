"""Members of made-up data sets, with everything known that a set can tell."""

from __future__ import annotations

import random

from groundglass.datasets.members import Member

MOSMED_GRADES = {"CT-0": 254, "CT-1": 684, "CT-2": 125, "CT-3": 45, "CT-4": 2}
"""Studies of MosMedData by grade, as published."""
_SCANNERS = (("TOSHIBA", "Aquilion 64"), ("SIEMENS", "SOMATOM go.Up"), ("GE MEDICAL SYSTEMS", "LightSpeed VCT"))
_ZONES = ("right_upper", "right_middle", "right_lower", "left_upper", "left_middle", "left_lower")


def many(count: int, seed: int = 1) -> list[Member]:
    """Return so many members, with the shares of grades of MosMedData; the same for the same seed."""
    draw = random.Random(seed)
    grades = [grade for grade, studies in MOSMED_GRADES.items() for _ in range(studies)]
    return [_member(n, grades[n * len(grades) // count], draw) for n in range(count)]


def mosmed() -> list[Member]:
    """Return members with the published figures of MosMedData: grades, sex, least, median and largest age."""
    grades = [grade for grade, studies in MOSMED_GRADES.items() for _ in range(studies)]
    # 42, 56 and 2 % of 1110, and ages that lie evenly on both sides of 47
    sexes = ["M"] * 466 + ["F"] * 622 + ["O"] * 11 + [None] * 11
    ages = [18 + n * 29 // 554 for n in range(554)] + [47, 47] + [47 + (n + 1) * 50 // 554 for n in range(554)]
    random.Random(7).shuffle(sexes)
    random.Random(8).shuffle(ages)
    return [
        Member(study_id=f"study_{n + 1:04d}", patient_id=f"patient_{n + 1:04d}", grade=grade, sex=sex, age_years=age)
        for n, (grade, sex, age) in enumerate(zip(grades, sexes, ages, strict=True))
    ]


def _member(number: int, grade: str, draw: random.Random) -> Member:
    step = int(grade[-1])
    masked = step > 0 and draw.random() < 0.5
    lesion_ml = draw.lognormvariate(4.2, 1.3) if masked else None
    maker, model = draw.choice(_SCANNERS)
    side = round(draw.uniform(0.55, 0.95), 3)
    other = grade if draw.random() < 0.8 else f"CT-{min(4, max(0, step + draw.choice((-1, 1))))}"
    return Member(
        study_id=f"study_{number + 1:04d}",
        patient_id=f"patient_{number - (number % 9 == 8):04d}",
        split=draw.choice(("train", "train", "train", "validation", "test")),
        grade=grade,
        grade_source="table",
        reads=(grade, other),
        sex=draw.choice(("M", "F", "F", "O", None)),
        age_years=min(97, max(18, round(draw.gauss(47, 15)))),
        site=f"site {draw.randint(1, 4)}",
        manufacturer=maker,
        model=model,
        kernel=draw.choice(("FC07", "FC51", "B31f")),
        kvp=120.0,
        contrast="no",
        slice_thickness_mm=1.0,
        slices_original=draw.randint(280, 500),
        slices=draw.randint(28, 50),
        spacing_slice_mm=8.0,
        spacing_row_mm=side,
        spacing_column_mm=side,
        mask_source=draw.choice(("people", "analysis")) if masked else None,
        lesion_ml=lesion_ml,
        ground_glass_ml=None if lesion_ml is None else lesion_ml * 0.8,
        consolidation_ml=None if lesion_ml is None else lesion_ml * 0.2,
        lesions=draw.randint(1, 20) if masked else None,
        lungs_ml=draw.uniform(2500, 6500),
        involvement_percent=0.0 if step == 0 else draw.uniform(25 * step - 24, 25 * step),
        pattern="none" if step == 0 else draw.choice(("ground_glass", "mixed", "consolidation")),
        localisation=tuple(zone for zone in _ZONES if draw.random() < 0.25 * step),
        study_file=f"studies/{grade}/study_{number + 1:04d}.nii.gz",
        mask_file=f"masks/study_{number + 1:04d}_mask.nii.gz" if masked else None,
    )
