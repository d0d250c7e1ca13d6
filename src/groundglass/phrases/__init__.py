"""What is said to people, in English and Russian: one table row a phrase, one module a subject.

A notice (a warning, a check, a reason) travels as its code and values; :func:`say` turns it into words at the very end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "ru")
Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing said in each language; ``{name}`` marks a value."""

    en: str
    ru: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader of a result must know, before it becomes words.

    Attributes
    ----------
    code : str
        Lower case with underscores; a key of the phrase table.
    values : mapping of str to str, int or float
        Fill the phrase's ``{name}`` marks.
    severity : {"info", "warning", "error"}
        How grave it is.
    """

    code: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)
    severity: Severity = "warning"


_TABLE: dict[str, Phrase] = {}


def add(phrases: Mapping[str, Phrase]) -> None:
    """Add phrases to the table.

    Raises
    ------
    ValueError
        If a key exists with other words.
    """
    for key, phrase in phrases.items():
        if _TABLE.get(key, phrase) != phrase:
            raise ValueError(f"phrase {key!r} is declared twice, with different words")
        _TABLE[key] = phrase


def say(key: str, language: Language = "en", /, **values: object) -> str:
    """Return the phrase in words.

    Parameters
    ----------
    key : str
        Key of the phrase, for a notice its code.
    language : {"en", "ru"}
        Language of the words.
    **values
        Fill the marks of the phrase.

    Raises
    ------
    KeyError
        If the table has no such phrase, or a value is missing.
    """
    _load()
    return getattr(_TABLE[key], language).format(**values)  # type: ignore[no-any-return]


def say_notice(notice: Notice, language: Language = "en") -> str:
    """Return a notice in words."""
    return say(notice.code, language, **notice.values)


def table() -> Mapping[str, Phrase]:
    """Return every phrase by key (for the reference page and the tests)."""
    _load()
    return dict(_TABLE)


def _load() -> None:
    """Import the phrase modules once; each calls :func:`add`."""
    from groundglass.phrases import (  # noqa: F401 - imported for their tables
        analysis,
        conformance,
        dataset_conversion,
        datasets_building,
        datasets_documents,
        datasets_selection,
        datasets_statistics,
        datasets_validation,
        datasets_validation_why,
        datasets_validation_words,
        deidentified,
        deidentify,
        dose,
        fhir,
        files,
        grading,
        lobes,
        marked,
        objects,
        pipeline,
        reading,
        report,
        seg,
        sr,
        unlike,
        verify,
    )
