"""What was found as JSON and as lines, in English or Russian."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from groundglass.datasets.findings import FINDINGS, Finding
from groundglass.datasets.members import STUDY_FIELDS
from groundglass.datasets.validation.running import Validated
from groundglass.phrases import Language, say, table
from groundglass.version import __version__

SCHEMA = "groundglass/dataset-validation/1"
EXAMPLES = 3
"""Cases of a kind that a terminal shows; the JSON has all."""
_TRANSLATED = frozenset({"how", "kind", "what", "place"})
_FACTS: dict[Language, dict[str, str]] = {
    "en": {field.name: re.split("[,:]", field.en)[0] for field in STUDY_FIELDS},
    "ru": {field.name: re.split("[,:]", field.ru)[0] for field in STUDY_FIELDS},
}
"""What the columns of ours tell, in words without units."""
_MISSING = "–"
_OPTIONAL = frozenset({"near"})
"""Values that a phrase can do without."""


def message(finding: Finding, language: Language = "en") -> str:
    """Return a finding in words.

    Parameters
    ----------
    finding : Finding
        One case; values that its phrase wants and it lacks are shown as a dash.
    language : {"en", "ru"}
        Language of the words.
    """
    phrase = table()[f"finding_{finding.code.lower()}"]
    text: str = getattr(phrase, language)
    names = [name for _, name, _, _ in string.Formatter().parse(text) if name]
    values = {name: "" if name in _OPTIONAL else _MISSING for name in names}
    values |= {key: _word(key, value, language) for key, value in finding.values.items()}
    if finding.code == "STATISTICS_THIN":  # of the studies themselves, not of a table with such a heading
        values["column"] = _FACTS[language].get(str(finding.values.get("column")), values["column"])
    said = text.format(**values)
    return " ".join(part for part in said.split() if part)


def _word(key: str, value: str | int | float, language: Language) -> str:
    if key in _TRANSLATED and f"finding_word_{value}" in table():
        return say(f"finding_word_{value}", language)
    text = f"{value:g}" if isinstance(value, float) else str(value)
    text = text.replace(".", ",") if isinstance(value, float) and language == "ru" else text
    text = "".join(c if c.isprintable() else "�" for c in text)
    return say("validation_near", language, file=text) if key == "near" else text


def report_of(validated: Validated, language: Language = "en") -> dict[str, Any]:
    """Return everything that was found as JSON can hold it.

    Parameters
    ----------
    validated : Validated
        Of :func:`groundglass.datasets.validation.validate`.
    language : {"en", "ru"}
        Language of the messages.
    """
    inventory = validated.inventory
    counts = Counter(each.code for each in validated.findings)
    errors = validated.errors
    return {
        "schema": SCHEMA,
        "name": inventory.about.name,
        "version": inventory.about.version,
        "layout": inventory.layout,
        "findings": [
            {
                "code": each.code,
                "study_id": each.study_id,
                "severity": FINDINGS[each.code].severity,
                "message": message(each, language),
                "values": dict(each.values),
            }
            for each in validated.findings
        ],
        "counts": {
            "errors": errors,
            "warnings": len(validated.findings) - errors,
            "by_code": dict(counts),
        },
        "checked": dict(validated.checked),
        "not_checked": [
            {"code": code, "count": count, "message": say(f"validation_not_{code}", language, count=count)}
            for code, count in validated.not_checked
        ],
        "masks": mask_volumes(validated),
        "studies": {name: dict(facts) for name, facts in validated.studies.items()},
        "software": {"name": "groundglass", "version": __version__},
    }


def mask_volumes(validated: Validated) -> Mapping[str, float | int] | None:
    """Return how many lesion masks there are and their volumes, None where there is none."""
    volumes = sorted(
        float(facts["mask"]["volume_ml"])
        for facts in validated.studies.values()
        if "volume_ml" in facts.get("mask", {})
    )
    if not volumes:
        return None
    return {
        "count": len(volumes),
        "least_ml": round(volumes[0], 2),
        "median_ml": round(median(volumes), 2),
        "most_ml": round(volumes[-1], 2),
    }


def lines_of(validated: Validated, language: Language = "en") -> list[str]:
    """Return what was found as lines for a terminal: a kind, some of its cases; at the end how many."""
    lines = []
    for code, findings in grouped(validated.findings):
        kind = FINDINGS[code]
        lines.append(f"{kind.severity} {code}: {len(findings)}")
        for each in findings[:EXAMPLES]:
            where = f"{each.study_id}: " if each.study_id else ""
            lines.append(f"    {where}{message(each, language)}")
        if len(findings) > EXAMPLES:
            lines.append("    " + say("validation_more", language, count=len(findings) - EXAMPLES))
    volumes = volumes_line(validated, language)
    lines += [volumes] if volumes else []
    lines += [say(f"validation_not_{code}", language, count=count) for code, count in validated.not_checked]
    errors = validated.errors
    lines.append(
        say(
            "validation_summary",
            language,
            errors=errors,
            warnings=len(validated.findings) - errors,
            studies=validated.checked["studies"],
        )
    )
    return lines


def volumes_line(validated: Validated, language: Language = "en") -> str:
    """Return how many lesion masks there are and their volumes in a line, "" where there is none."""
    volumes = mask_volumes(validated)
    if volumes is None:
        return ""
    return say(
        "validation_masks_row",
        language,
        count=volumes["count"],
        low=_word("ml", float(volumes["least_ml"]), language),
        high=_word("ml", float(volumes["most_ml"]), language),
        median=_word("ml", float(volumes["median_ml"]), language),
    )


def grouped(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """Return findings by code, in the order they come."""
    groups: dict[str, list[Finding]] = {}
    for each in findings:
        groups.setdefault(each.code, []).append(each)
    return list(groups.items())
