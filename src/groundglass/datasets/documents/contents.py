"""The README of a data set, section by section, in one language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from groundglass.datasets.documents.blocks import Block, Bullets, Code, Figure, Grid, Heading, Paper, Paragraph
from groundglass.datasets.documents.card import rows_of_card
from groundglass.datasets.documents.changes import Changes, lines_of
from groundglass.datasets.documents.citing import address_of, bibtex_of, citation_of, doi_of
from groundglass.datasets.documents.licences import licence_of
from groundglass.datasets.documents.making import chosen, conversion, deidentification, grades, masks
from groundglass.datasets.documents.manifest import counts_of, grades_of
from groundglass.datasets.documents.release import Release
from groundglass.datasets.documents.structure import structure
from groundglass.datasets.documents.wording import Tell
from groundglass.deidentify.cells import SMALL_CELL_PATIENTS, small_cells
from groundglass.phrases import Language, say, say_notice, table
from groundglass.report.wording import clean
from groundglass.settings import DEFAULT_INTENDED_USE, INTENDED_USE

FEW_STUDIES = 10
"""A class with fewer studies is named among the limits: a share of 10 has a 95 % interval more than 50 points wide
(Wilson), so nothing can be measured on it."""
FIGURES = ("grades", "age", "scanners", "slices", "lesions", "involvement", "localisation", "pattern", "agreement")
"""Order of figures; others follow by name."""


def readme(
    release: Release,
    language: Language,
    *,
    files: Sequence[str],
    card: Mapping[str, Any],
    changes: Changes,
) -> Paper:
    """Return the README.

    Parameters
    ----------
    release : Release
        The version.
    language : {"en", "ru"}
        Of its words.
    files : sequence of str
        Paths of everything the set holds, with what is still to be written.
    card : mapping
        As :func:`groundglass.datasets.documents.card.card_of` returns it.
    changes : Changes
        Against the version before.
    """
    tell = Tell(language)
    about = release.about
    title = tell.text(about.title) or clean(about.name)
    version = tell("is_version_short", version=clean(about.version))
    blocks = [
        Heading(1, title),
        *_what(release, tell),
        *_licence(release, tell),
        *_citing(release, tell),
        *structure(release, files, tell),
        *chosen(release, tell),
        *grades(release, tell),
        *masks(release, tell),
        *conversion(release, tell),
        *deidentification(release, tell),
        *_splits(release, tell),
        *_statistics(release, files, tell),
        *_card(card, tell),
        *_limits(release, tell),
        *_use(release, tell),
        *_changes(release, changes, tell),
        *_contact(release, tell),
    ]
    return Paper(
        language=language,
        title=title,
        date=about.date,
        footer=f"{clean(about.name)}, {version}",
        page_word=tell("is_page"),
        page_of=tell("is_page_of"),
        blocks=tuple(blocks),
    )


def _what(release: Release, tell: Tell) -> list[Block]:
    about = release.about
    counts = counts_of(release.members)
    rows = [
        (tell("is_name"), clean(about.name)),
        (tell("is_version"), clean(about.version)),
        (tell("is_date"), tell.date(about.date)),
        (tell("is_address"), address_of(about)),
        (tell("is_licence"), _licence_name(release, tell)),
        (tell("is_studies"), str(counts["studies"])),
        (tell("is_patients"), str(counts["patients"])),
        (tell("is_graded"), str(sum(grades_of(release.members).values()) or "")),
        (tell("is_lesion_masks"), str(counts["masks"] or "")),
        (tell("is_lung_masks"), str(counts["lungs"] or "")),
        (tell("is_format"), tell("is_format_value")),
        (tell("is_layout"), tell.word(f"layout_{release.layout}", release.layout)),
    ]
    return [
        Paragraph(INTENDED_USE[DEFAULT_INTENDED_USE][tell.language], strong=True),
        Heading(2, tell("title_what")),
        *(Paragraph(text) for text in tell.paragraphs(about.description)),
        *(Paragraph(text) for text in tell.paragraphs(about.purpose)),
        _pairs(rows),
    ]


def _pairs(rows: Sequence[tuple[str, str]]) -> Grid:
    return Grid((), tuple(row for row in rows if row[1]))


def _licence_name(release: Release, tell: Tell) -> str:
    licence = licence_of(release.about.licence)
    return licence.spdx if licence is not None else clean(release.about.licence) or tell("is_not_stated")


def _licence(release: Release, tell: Tell) -> list[Block]:
    about = release.about
    heading = Heading(2, tell("title_licence"))
    licence = licence_of(about.licence)
    if licence is None:
        if not about.licence.strip():
            return [heading, Paragraph(tell("licence_none"))]
        rows = [(tell("is_licence"), clean(about.licence, 1_000)), (tell("is_licence_text"), clean(about.licence_url))]
        return [heading, Paragraph(tell("licence_given", licence=clean(about.licence, 1_000))), _pairs(rows)]
    yes, no = tell("is_permitted"), tell("is_not_permitted")
    must, need_not = tell("is_required"), tell("is_not_required")
    return [
        heading,
        Paragraph(tell("licence_summary")),
        _pairs(
            [
                (tell("is_licence"), licence.name),
                (tell("is_spdx"), licence.spdx),
                (tell("is_licence_text"), clean(about.licence_url) or licence.url),
                (tell("is_commercial"), yes if licence.commercial else no),
                (tell("is_derivatives"), yes if licence.changes else no),
                (tell("is_attribution"), must if licence.attribution else need_not),
                # where changed versions may not be passed on, nothing is said of their licence
                (tell("is_share_alike"), (must if licence.share_alike else need_not) if licence.changes else ""),
            ]
        ),
    ]


def _citing(release: Release, tell: Tell) -> list[Block]:
    about = release.about
    return [
        Heading(2, tell("title_citing")),
        Paragraph(tell("cite_please")),
        Paragraph(citation_of(about, tell.language)),
        Paragraph(tell("cite_files")),
        Code(bibtex_of(about, tell.language), "bibtex"),
    ]


def _splits(release: Release, tell: Tell) -> list[Block]:
    members = release.members
    parts = sorted({each.split for each in members if each.split}, key=_part_order)
    if not parts:
        return []
    found = list(grades_of(members))
    rows = []
    for part in parts:
        inside = [each for each in members if each.split == part]
        by = Counter(each.grade for each in inside)
        patients = len({each.patient_id or each.study_id for each in inside})
        masked = sum(each.mask_file is not None for each in inside)
        rows.append((part, str(len(inside)), str(patients), *(str(by[grade]) for grade in found), str(masked)))
    header = (
        tell("is_part"),
        tell("is_studies"),
        tell("is_patients"),
        *(tell.grade(grade) for grade in found),
        tell("is_masks_short"),
    )
    return [
        Heading(2, tell("title_splits")),
        Paragraph(tell("split_intro")),
        Grid(header, tuple(rows), names=frozenset({0}), numbers=frozenset(range(1, len(header)))),
    ]


def _part_order(part: str) -> tuple[int, str]:
    known = ("train", "validation", "test")
    return (known.index(part), "") if part in known else (len(known), part.rjust(20))


def _statistics(release: Release, files: Sequence[str], tell: Tell) -> list[Block]:
    blocks: list[Block] = []
    if release.statistics is not None:
        from groundglass.datasets.statistics import tables_of

        # funnel and parts stand in sections of their own
        for title, header, rows in tables_of(replace(release.statistics, funnel=(), parts=()), tell.language):
            if rows:
                blocks.append(
                    Grid(
                        tuple(header),
                        tuple(tuple(row) for row in rows),
                        title,
                        numbers=frozenset(range(1, len(header))),
                    )
                )
    ending = f"_{tell.language}.svg"
    pictures = {
        path.removeprefix("statistics/").removesuffix(ending): path
        for path in files
        if path.startswith("statistics/") and path.endswith(ending)
    }
    names = [name for name in FIGURES if name in pictures] + sorted(pictures.keys() - set(FIGURES))
    for number, name in enumerate(names, start=1):
        title = f"stats_figure_{name}"
        caption = tell("is_figure", number=number)
        if title in table():
            caption += f". {say(title, tell.language)}"
        blocks.append(Figure(pictures[name], caption))
    return [Heading(2, tell("title_statistics")), *blocks] if blocks else []


def _card(card: Mapping[str, Any], tell: Tell) -> list[Block]:
    blocks: list[Block] = [Heading(2, tell("title_card")), Paragraph(tell("card_intro"))]
    for title, rows in rows_of_card(card, tell):
        blocks += [Grid((), tuple(rows), title=title)]
    return blocks


def _limits(release: Release, tell: Tell) -> list[Block]:
    members = release.members
    about = release.about
    lines = [*tell.texts(about.card.get("limits")), *tell.texts(about.card.get("biases"))]
    for key, missing in (
        ("sex", sum(each.sex is None for each in members)),
        ("age", sum(each.age_years is None for each in members)),
        ("grade", sum(each.grade is None for each in members)),
    ):
        if missing:
            lines.append(tell(f"limit_{key}", count=missing, all=len(members)))
    few = [f"{tell.grade(grade)} ({count})" for grade, count in grades_of(members).items() if count < FEW_STUDIES]
    if few:
        lines.append(tell("limit_class", limit=FEW_STUDIES, classes=", ".join(few)))
    rule = release.recipe.thinning
    if rule.instance_number is not None or rule.every_mm is not None:
        lines.append(tell("limit_thin"))
    if any("analysis" in (each.grade_source, each.mask_source) for each in members):
        lines.append(tell("limit_software"))
    cells = small_cells(
        {
            "patient": each.patient_id or each.study_id,
            "sex": each.sex,
            "age": each.age_years,
            "grade": each.grade,
            "manufacturer": each.manufacturer,
            "model": each.model,
        }
        for each in members
    )
    if cells:
        lines.append(tell("limit_cells", limit=SMALL_CELL_PATIENTS, count=len(cells)))
    lines += [tell.text(say_notice(notice, tell.language)) for notice in release.notices]
    # the same sentence once, however many say it
    return [Heading(2, tell("title_limits")), Bullets(tuple(dict.fromkeys(lines)))] if lines else []


def _use(release: Release, tell: Tell) -> list[Block]:
    blocks: list[Block] = [
        Heading(2, tell("title_use")),
        Paragraph(INTENDED_USE[DEFAULT_INTENDED_USE][tell.language], strong=True),
    ]
    for key, words in (("uses", "use_for"), ("not_for", "use_not_for")):
        if rows := tell.texts(release.about.card.get(key)):
            blocks += [Paragraph(tell(words)), Bullets(rows)]
    return blocks


def _changes(release: Release, changes: Changes, tell: Tell) -> list[Block]:
    blocks: list[Block] = [Heading(2, tell("title_changes"))]
    if changes.previous:
        blocks.append(Paragraph(tell("after_version", version=clean(changes.previous))))
    return [*blocks, Bullets(lines_of(changes, release, tell.language))]


def _contact(release: Release, tell: Tell) -> list[Block]:
    about = release.about
    rows = [
        (tell("is_authors"), ", ".join(clean(each) for each in about.authors)),
        (tell("is_publisher"), tell.text(about.card.get("publisher"))),
        (tell("is_contact"), clean(about.contact)),
        (tell("is_address"), address_of(about)),
        ("DOI", doi_of(about)),
    ]
    blocks: list[Block] = [Heading(2, tell("title_contact"))]
    if any(text for _, text in rows):
        blocks.append(_pairs(rows))
    if references := tell.texts(about.card.get("references")):
        blocks += [Heading(3, tell("title_references")), Bullets(references)]
    return [*blocks, Paragraph(tell("software", software=clean(release.software)))]
