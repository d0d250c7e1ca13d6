"""Sections of a README that tell how the set was made: selection, grades, masks, conversion, de-identification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from groundglass.datasets.documents.blocks import Block, Bullets, Grid, Heading, Paragraph
from groundglass.datasets.documents.card_fields import CARD_FIELDS
from groundglass.datasets.documents.manifest import counts_of, grades_of
from groundglass.datasets.documents.release import Release
from groundglass.datasets.documents.wording import Tell
from groundglass.datasets.funnel import FunnelStep
from groundglass.datasets.members import Member
from groundglass.deidentify.profiles import load_profile
from groundglass.phrases import LANGUAGES, say, table

_CARD = {each.key: each for each in CARD_FIELDS}


def chosen(release: Release, tell: Tell) -> list[Block]:
    """Return the section on the selection."""
    blocks: list[Block] = [Heading(2, tell("title_chosen"))]
    blocks += _said(release, tell, "inclusion_criteria", "exclusion_criteria")
    steps = release.funnel.steps
    if not steps:
        return [*blocks, Paragraph(tell("chosen_none"))]
    blocks += [
        Paragraph(tell("chosen_intro", found=steps[0].studies_left, left=steps[-1].studies_left)),
        Grid(
            (tell("is_step"), tell("is_out_studies"), tell("is_left_studies"), tell("is_left_patients")),
            tuple(
                (
                    step_words(step, tell),
                    str(step.studies_out) if number else "",
                    str(step.studies_left),
                    str(step.patients_left),
                )
                for number, step in enumerate(steps)
            ),
            numbers=frozenset({1, 2, 3}),
        ),
    ]
    for step in steps:
        if step.reasons:
            reasons = ", ".join(
                f"{tell.grade(tell.word(f'reason_{code}', code))}: {count}"
                for code, count in sorted(step.reasons.items())
                if code
            )
            if not reasons:
                continue
            blocks.append(Paragraph(tell("chosen_reasons", step=step_words(step, tell), reasons=reasons)))
    return blocks


def step_words(step: FunnelStep, tell: Tell) -> str:
    """Return a step in words; its code where no phrase has them."""
    key = f"funnel_{step.code}"
    if key not in table():
        return step.code
    try:
        return tell.text(say(key, tell.language, **step.values))
    except (KeyError, IndexError):  # a step of another version, whose values the phrase does not know
        return step.code


def grades(release: Release, tell: Tell) -> list[Block]:
    """Return the section on grades: classes, criteria, who graded."""
    members = release.members
    counts = grades_of(members)
    blocks: list[Block] = [Heading(2, tell("title_grades"))]
    if not counts:
        return [*blocks, Paragraph(tell("grades_none"))]
    criteria = software_criteria(release.members) | dict(release.about.card.get("label_criteria", {}))
    rows = []
    for grade in sorted({*counts, *criteria}):
        count = counts.get(grade, 0)
        said = tell.text(criteria.get(grade)) or tell("is_not_stated")
        rows.append((tell.grade(grade), said, str(count), tell.percent(count, len(members))))
    if without := len(members) - sum(counts.values()):
        rows.append((tell("is_no_grade"), "", str(without), tell.percent(without, len(members))))
    blocks += [
        Grid(
            (tell("is_class"), tell("is_criterion"), tell("is_studies"), tell("is_share")),
            tuple(rows),
            numbers=frozenset({2, 3}),
            wide=frozenset({1}),
        ),
        Paragraph(tell("grades_whole")),
        Paragraph(
            tell(
                "grades_people",
                people=sum(each.grade is not None and each.grade_source != "analysis" for each in members),
                analysis=sum(each.grade is not None and each.grade_source == "analysis" for each in members),
            )
        ),
    ]
    if reads := sum(bool(each.reads) for each in members):
        blocks.append(Paragraph(tell("grades_reads", count=reads)))
    return blocks + _said(release, tell, "grade_authors", "readers_per_study", "verification", "annotation_classes")


def software_criteria(members: Sequence[Member]) -> dict[str, Any]:
    """Return the rules of the grades that the software alone gave, by grade, in both languages."""
    by = {
        grade: {each.grade_source for each in members if each.grade == grade}
        for grade in sorted({each.grade for each in members if each.grade})
    }
    rules = {grade: f"setdoc_rule_{grade.lower().replace('-', '_')}" for grade in by}
    return {
        grade: {language: say(rules[grade], language) for language in LANGUAGES}
        for grade, sources in by.items()
        if sources == {"analysis"} and rules[grade] in table()
    }


def masks(release: Release, tell: Tell) -> list[Block]:
    """Return the section on masks: how many, whose, what the numbers mean, what is inside."""
    members = release.members
    counts = counts_of(members)
    blocks: list[Block] = [Heading(2, tell("title_masks"))]
    if not counts["masks"] and not counts["lungs"]:
        return [*blocks, Paragraph(tell("masks_none"))]
    by = Counter(each.mask_source for each in members if each.mask_file)
    rows = []
    for key, there, labels in (
        ("lesions", counts["masks"], release.mask_labels),
        ("lungs", counts["lungs"], release.lungs_labels),
    ):
        if there:
            rows += [
                (tell(f"is_in_{key}"), str(number), tell.word(f"is_label_{name}", tell.text(name)))
                for number, name in sorted(labels.items())
            ]
    blocks += [
        Paragraph(
            tell(
                "masks_counts",
                masks=counts["masks"],
                people=by["people"],
                analysis=by["analysis"],
                lungs=counts["lungs"],
            )
        ),
        Paragraph(tell("masks_grid")),
        Grid(
            (tell("is_mask"), tell("is_number"), tell("is_meaning")),
            tuple(rows),
            numbers=frozenset({1}),
            wide=frozenset({2}),
        ),
    ]
    if by["analysis"] or counts["lungs"]:
        blocks.append(Paragraph(tell("masks_software")))
    return blocks + _said(
        release,
        tell,
        "mask_definition",
        "mask_includes",
        "mask_excludes",
        "mask_thresholds_hu",
        "mask_authors",
        "readers_per_mask",
        "mask_tool",
    )


def conversion(release: Release, tell: Tell) -> list[Block]:
    """Return the section on conversion and thinning."""
    rule = release.recipe.thinning
    if rule.instance_number is not None:
        thinned = tell("thin_number", number=rule.instance_number)
    elif rule.every_mm is not None:
        thinned = tell("thin_mm", mm=tell.number(rule.every_mm, 2))
    else:
        thinned = tell("thin_none")
    blocks: list[Block] = [
        Heading(2, tell("title_conversion")),
        Bullets((tell("convert_series"), tell("convert_hu"), tell("convert_affine"), thinned)),
    ]
    before = [each.slices_original for each in release.members if each.slices_original is not None]
    after = [each.slices for each in release.members if each.slices is not None]
    if before and after and thinned != tell("thin_none"):
        blocks.append(Paragraph(tell("thin_slices", before=_between(before), after=_between(after))))
    return blocks + _said(release, tell, "protocol", "collection_method")


def deidentification(release: Release, tell: Tell) -> list[Block]:
    """Return the section on de-identification."""
    profile = release.profile or load_profile(None)
    options = [tell.word(f"opt_{name.replace('-', '_')}", name) for name in sorted(profile.options)]
    blocks: list[Block] = [Heading(2, tell("title_deidentification"))]
    if options:
        blocks += [Paragraph(tell("deid_how")), Bullets(tuple(options))]
    else:
        blocks.append(Paragraph(tell("deid_basic")))
    blocks.append(Paragraph(tell("deid_left")))
    if any(each.age_years is not None for each in release.members):
        if release.recipe.publish.age == "decades":
            blocks.append(Paragraph(tell("deid_age_decades")))
        blocks.append(Paragraph(tell("deid_age_limit", years=profile.oldest_years)))
    if extra := sorted({name for each in release.members for name in each.extra}):
        blocks.append(Paragraph(tell("deid_columns", names=tell.names(extra))))
    blocks += [Paragraph(tell("deid_face")), Paragraph(say("deid_law", tell.language))]
    blocks += _said(release, tell, "deidentification", "ethics", "sensitive_information")
    return [*blocks, Paragraph(tell("deid_never"), strong=True)]


def _said(release: Release, tell: Tell, *keys: str) -> list[Block]:
    """Return what the recipe says in some fields of the card, as pairs; what it does not say is in the card."""
    from groundglass.datasets.documents.card import shown

    rows = []
    for key in keys:
        value = release.about.card.get(key)
        if value is not None and (text := shown(_CARD[key], value, tell)):
            rows.append((_CARD[key].ru if tell.language == "ru" else _CARD[key].en, text))
    return [Grid((), tuple(rows))] if rows else []


def _between(numbers: list[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}–{high}"
