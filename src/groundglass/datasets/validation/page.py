"""What was found as one HTML page, in English or Russian: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from groundglass.datasets.findings import FINDINGS, Finding
from groundglass.datasets.validation.reporting import grouped, message, volumes_line
from groundglass.datasets.validation.running import Validated
from groundglass.phrases import Language, say
from groundglass.report.html import environment
from groundglass.version import __version__

CASES_AT_MOST = 200
"""Cases of a kind that a page shows; a browser folds and searches so many at once, the JSON has all."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the summary."""

    value: str
    label: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Case:
    """One finding: the study, and what is wrong."""

    study: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one kind; ``more`` says how many are not shown."""

    code: str
    count: str
    why: str
    todo: str
    cases: tuple[Case, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Section:
    """Errors, or warnings."""

    title: str
    tone: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything on the page, from top to bottom."""

    language: Language
    title: str
    subtitle: str
    software: str
    verdict: str
    good: bool
    banner: str
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    none: str
    todo: str
    why: str
    cases: str
    not_checked_title: str
    not_checked: tuple[str, ...]
    volumes_title: str
    volumes: str
    footer: str


def page(validated: Validated, language: Language = "en") -> str:
    """Return the page of a check.

    Parameters
    ----------
    validated : Validated
        Of :func:`groundglass.datasets.validation.validate`.
    language : {"en", "ru"}
        Language of the page.

    Returns
    -------
    str
        HTML.
    """
    return environment().get_template("validation.html.j2").render(d=_content(validated, language))


def _content(validated: Validated, language: Language) -> Content:
    def words(key: str, **values: object) -> str:
        return say(f"validation_{key}", language, **values)

    about = validated.inventory.about
    name = about.name or validated.inventory.folder.resolve().name
    shown = _shown(f"{name} {about.version}".strip())
    errors = validated.errors
    warnings = len(validated.findings) - errors
    software = f"groundglass {__version__}"
    return Content(
        language=language,
        title=words("title"),
        subtitle=words("subtitle", name=shown, layout=validated.inventory.layout),
        software=software,
        verdict=words("bad", count=_count(errors, language)) if errors else words("good"),
        good=not errors,
        banner=words("banner"),
        tiles=(
            Tile(_count(errors, language), words("errors"), "error" if errors else "plain"),
            Tile(_count(warnings, language), words("warnings"), "warning" if warnings else "plain"),
            *(Tile(_count(n, language), words(f"checked_{what}")) for what, n in validated.checked.items()),
        ),
        sections=tuple(
            Section(
                words(f"{severity}s"),
                severity,
                _groups([each for each in validated.findings if FINDINGS[each.code].severity == severity], language),
            )
            for severity in ("error", "warning")
        ),
        none=words("none"),
        todo=words("todo"),
        why=words("why"),
        cases=words("cases"),
        not_checked_title=words("not_checked"),
        not_checked=tuple(words(f"not_{code}", count=count) for code, count in validated.not_checked)
        or (words("nothing_left"),),
        volumes_title=words("masks"),
        volumes=volumes_line(validated, language),
        footer=words("footer", software=software, name=shown),
    )


def _groups(findings: Sequence[Finding], language: Language) -> tuple[Group, ...]:
    found = []
    for code, cases in grouped(findings):
        more = len(cases) - CASES_AT_MOST
        found.append(
            Group(
                code=code,
                count=_count(len(cases), language),
                why=say(f"finding_{code.lower()}_why", language),
                todo=say(f"finding_{code.lower()}_todo", language),
                cases=tuple(
                    Case(_shown(each.study_id or ""), message(each, language)) for each in cases[:CASES_AT_MOST]
                ),
                more=say("validation_more", language, count=_count(more, language)) if more > 0 else "",
            )
        )
    return tuple(found)


def _count(number: int, language: Language) -> str:
    return f"{number:,}".replace(",", "\u202f" if language == "ru" else ",")


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
