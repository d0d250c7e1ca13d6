"""A data set described as far as it goes: whatever is wrong with it is counted, and never stops it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from groundglass.datasets.describing.measuring import Measured, OnProgress, measured
from groundglass.datasets.documents.card import card_of, rows_of_card
from groundglass.datasets.documents.card_fields import CARD_FIELDS, check_card
from groundglass.datasets.documents.licences import licence_of
from groundglass.datasets.documents.release import Release
from groundglass.datasets.documents.wording import Tell
from groundglass.datasets.findings import FINDINGS
from groundglass.datasets.funnel import Funnel, FunnelStep
from groundglass.datasets.layouts import inventory
from groundglass.datasets.layouts.lesion_names import marks_lesions
from groundglass.datasets.layouts.reading.tree import look
from groundglass.datasets.members import About, Inventory
from groundglass.datasets.recipe.model import Recipe
from groundglass.datasets.statistics import Statistics, Table, statistics_of, tables_of
from groundglass.datasets.statistics.wording import Words
from groundglass.errors import InputError
from groundglass.phrases import Language, Notice, say_notice
from groundglass.report.wording import clean
from groundglass.version import __version__

SCHEMA = "groundglass/dataset-description/1"
FUNNEL_BYTES_AT_MOST = 4 * 1024 * 1024
"""A funnel of a hundred steps with their reasons has a tenth of a megabyte."""
LICENCE_BYTES_LOOKED_AT = 4096
"""A licence is named in its first lines; further down it names its relatives."""
_LICENCE_FILES = ("LICENSE", "LICENCE", "LICENSE.txt", "LICENCE.txt", "LICENSE.md", "LICENCE.md")
_ENDINGS_OF = {
    "NIfTI": (".nii", ".nii.gz"),
    "CSV": (".csv",),
    "TSV": (".tsv",),
    "XLSX": (".xlsx",),
    "JSON": (".json",),
}
TEXT_CHARACTERS_AT_MOST = 600
"""Of one text of the set's makers that is shown."""


@dataclass(frozen=True, slots=True)
class Described:
    """A data set with its numbers and its card.

    Attributes
    ----------
    inventory : Inventory
        What its tables and names tell, and what is wrong with them.
    measured : Measured
        Its studies with what their files tell.
    statistics : Statistics
        Of :attr:`measured`.
    card : mapping
        As ``card.json`` has it.
    notices : tuple of Notice
        What its reader must know: gaps, small cells, damage.
    """

    inventory: Inventory
    measured: Measured
    statistics: Statistics
    card: Mapping[str, Any]
    notices: tuple[Notice, ...]

    def to_json(self, language: Language = "en") -> dict[str, Any]:
        """Return everything as one JSON object; messages in a language."""
        wrong = Counter(finding.code for finding in self.inventory.findings)
        return {
            "schema": SCHEMA,
            "layout": self.inventory.layout,
            "made_by_groundglass": self.inventory.own,
            "about": _listed(asdict(self.inventory.about)),
            "card": self.card,
            "statistics": self.statistics.to_json(),
            "measured": {
                "pictures_read": self.measured.pictures_read,
                "pictures_missing": self.measured.pictures_missing,
                "masks_read": self.measured.masks_read,
            },
            "findings": {code: wrong[code] for code in sorted(wrong)},
            "notices": [{"code": notice.code, "message": say_notice(notice, language)} for notice in self.notices],
        }

    def tables(self, language: Language) -> list[Table]:
        """Return the tables of the statistics, behind them the card."""
        return [*tables_of(self.statistics, language), self._card_table(language)]

    def heading(self, language: Language) -> list[tuple[str, str]]:
        """Return what the set says of itself: name of a field and its text."""
        about, words = self.inventory.about, Words(language)
        rows = [
            ("about_title", _in_language(about.title, language)),
            ("about_name", " ".join(part for part in (about.name, about.version) if part)),
            ("about_date", about.date),
            ("about_layout", self.inventory.layout + (f" ({words('about_own')})" if self.inventory.own else "")),
            ("about_description", _in_language(about.description, language)),
            ("about_purpose", _in_language(about.purpose, language)),
            ("about_licence", " ".join(part for part in (about.licence, about.licence_url) if part)),
            ("about_authors", "; ".join(about.authors)),
            ("about_citation", about.citation),
            ("about_doi", about.doi),
            ("about_url", about.url),
            ("about_contact", about.contact),
        ]
        return [(words(key), clean(text, TEXT_CHARACTERS_AT_MOST)) for key, text in rows if text.strip()]

    def _card_table(self, language: Language) -> Table:
        """Return the fields of the card that have a value, and the names of the others in one row."""
        words, tell = Words(language), Tell(language)
        absent = tell("is_not_stated")
        every = [row for _, rows in rows_of_card(self.card, tell) for row in rows]
        stated = [(name, clean(text, TEXT_CHARACTERS_AT_MOST)) for name, text in every if text != absent]
        unstated = ", ".join(name for name, text in every if text == absent)
        rows = [*stated, *([(absent, unstated)] if unstated else [])]
        return Table(words("card"), (words("card_field"), words("value")), tuple(rows))


def describe(
    folder: Path,
    *,
    layout: str = "auto",
    measure: bool = False,
    threads: int = 2,
    on_progress: OnProgress | None = None,
    language: Language = "en",
) -> Described:
    """Describe a data set of any supported layout.

    Parameters
    ----------
    folder : Path
        Of the set.
    layout : str
        ``auto``, or as :func:`groundglass.datasets.layouts.inventory`.
    measure : bool
        Measure pictures and masks again though tables tell their numbers.
    threads : int
        Files read at once.
    on_progress : callable, optional
        Called with studies done and of all.
    language : {"en", "ru"}
        Of words inside notices.

    Raises
    ------
    InputError
        ``SET_UNKNOWN`` if nothing can be made of the folder.
    """
    found = inventory(folder, layout)
    counted = measured(found, again=measure, threads=threads, on_progress=on_progress)
    if not marks_lesions(found):
        # masks of other organs are no lesion masks
        bare = tuple(replace(member, mask_file=None, mask_source=None) for member in counted.members)
        counted = replace(counted, members=bare)
    statistics = statistics_of(counted.members, funnel_of(folder) if found.own else None)
    if not found.about.licence:
        found = replace(found, about=replace(found.about, licence=licence_of_file(folder)))
    about, dropped = _sound(found.about)
    release = Release(
        recipe=Recipe(about=about, sources=()),
        members=counted.members,
        layout=found.layout,
        software=f"groundglass {__version__}",
        statistics=statistics,
    )
    notices = [*_damage(found), *counted.notices, *dropped, *warnings_of(statistics, language)]
    card = card_of(release)
    if not found.own and (formats := formats_of(folder)):
        card["fields"]["formats"]["value"] = list(formats)
    return Described(found, counted, statistics, card, tuple(notices))


def warnings_of(statistics: Statistics, language: Language) -> list[Notice]:
    """Return what is thin, and small cells, as notices.

    Parameters
    ----------
    statistics : Statistics
        Of a set.
    language : {"en", "ru"}
        Of the names of properties in them.
    """
    words = Words(language)
    notices = [
        Notice(
            "statistics_thin",
            {
                "property": words.value("property", thin.property),
                "unknown": thin.unknown_studies,
                "studies": thin.studies,
            },
        )
        for thin in statistics.thin
    ]
    small = statistics.small_cells
    if small.cells:
        values = {
            "cells": len(small.cells),
            "limit": small.limit_patients,
            "single": small.cells_by_patients.get("1", 0),
        }
        notices.append(Notice("statistics_small_cells", values))
    return notices


def formats_of(folder: Path) -> tuple[str, ...]:
    """Return the formats of the records of a set of others: those of which there is a file."""
    files = look(folder).files
    return tuple(name for name, endings in _ENDINGS_OF.items() if any(path.lower().endswith(endings) for path in files))


def licence_of_file(folder: Path) -> str:
    """Return the known licence that the first lines of ``LICENSE`` name, "" for none."""
    for name in _LICENCE_FILES:
        try:
            if not (folder / name).is_file():  # a pipe would be waited for
                continue
            with (folder / name).open("rb") as stream:
                lines = stream.read(LICENCE_BYTES_LOOKED_AT).decode("utf-8", "replace").splitlines()
        except OSError:
            continue  # validate names what cannot be read
        found = next((known for line in lines if (known := licence_of(line.strip()))), None)
        if found is not None:
            return found.spdx
    return ""


def funnel_of(folder: Path) -> Funnel | None:
    """Return the funnel that a set of ours keeps, None where there is none that can be understood."""
    path = folder / "funnel.json"
    try:
        if not path.is_file():  # a pipe would be waited for
            return None
        with path.open("rb") as stream:
            stored = json.loads(stream.read(FUNNEL_BYTES_AT_MOST))
        return Funnel(tuple(_step(row) for row in stored["steps"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None  # validate names what is wrong with it


def _step(row: Mapping[str, Any]) -> FunnelStep:
    names = ("studies_out", "patients_out", "studies_left", "patients_left")
    counts: dict[str, int] = {name: row[name] for name in names}
    if any(type(count) is not int or count < 0 for count in counts.values()):
        raise ValueError("counts")
    values = {str(k): v for k, v in row["values"].items() if isinstance(v, str | int | float) and _finite(v)}
    reasons = {str(k): int(v) for k, v in row["reasons"].items()}
    return FunnelStep(str(row["step"]), values, **counts, reasons=reasons)


def _finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _damage(found: Inventory) -> list[Notice]:
    """Return one line that says how many problems there are, by their gravity."""
    errors = sum(FINDINGS[each.code].severity == "error" for each in found.findings)
    warnings = len(found.findings) - errors
    notices = []
    if any(each.code == "IMAGES_NOT_PUBLISHED" for each in found.findings):
        notices.append(Notice("describe_pictures_not_there", {"studies": len(found.members)}))
        warnings -= 1
    if errors or warnings > 0:
        notices.append(Notice("describe_problems", {"errors": errors, "warnings": max(0, warnings)}))
    return notices


def _sound(about: About) -> tuple[About, list[Notice]]:
    """Return what is said of a set without the fields of its card that have no value of their kind."""
    card: dict[str, Any] = {}
    odd: list[str] = []
    for field in CARD_FIELDS:
        if field.key in about.card:
            try:
                card |= check_card({field.key: about.card[field.key]}, "card")
            except (InputError, TypeError, ValueError, AttributeError):
                odd.append(field.key)
    notices = [Notice("describe_card_field", {"fields": ", ".join(odd)})] if odd else []
    return replace(about, card=card), notices


def _in_language(texts: Mapping[str, str], language: Language) -> str:
    return str(texts.get(language) or next((text for text in texts.values() if text), ""))


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _listed(member) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_listed(member) for member in value]
    return value
