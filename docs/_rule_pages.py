"""Reference pages made from the tables of rules: grading, routing, clinical fields, settings."""

from __future__ import annotations

from _markdown import table

from groundglass.phrases import say


def grading_page() -> str:
    """Grading profiles, the routing table and the clinical fields."""
    from groundglass.analysis import grading_rules

    parts = [
        "# Grading and routing",
        "",
        "A grade is a share of lung put between limits. Which limits, and what the sources leave open, is a *profile*: "
        "`--rules NAME` chooses one, every result names it in `grade.rules`.",
    ]
    for name, rules in grading_rules.PROFILES.items():
        note = " (the default)" if rules is grading_rules.DEFAULT else ""
        rows = [
            (
                limit.above,
                f"{limit.percent:g} %",
                "it" if limit.belongs_to == "higher" else "the grade below",
                limit.source,
            )
            for limit in rules.limits
        ]
        parts += [
            "",
            f"## {name}",
            "",
            f"Version {rules.version}, {rules.date}{note}. Share of the {rules.denominator.replace('_', ' ')}. Source: "
            f"{rules.source}.",
            "",
            f"`{rules.stated()}`",
            "",
            table(["grade", "begins at", "exactly this value belongs to", "source"], rows),
        ]
    notices = grading_rules.ambiguities()
    open_rows = [
        (say(notice.code, "en", **notice.values), row.source)
        for notice, row in zip(notices, grading_rules.AMBIGUITIES, strict=True)
    ]
    parts += ["", "## What the sources leave open", "", table(["settled how", "where it shows"], open_rows)]
    parts += ["", *_routing(), "", *_clinical()]
    return "\n".join(parts) + "\n"


def _routing() -> list[str]:
    from groundglass.analysis import routing_table

    rows = []
    for row in routing_table.ROWS:
        signs = "; ".join(sign.source.removeprefix(f"{routing_table.TABLE_2}: ") for sign in row.signs) or "none"
        rows.append(
            (
                row.grade,
                signs,
                f"`{row.combination}`",
                f"`{row.decision}`",
                _code(row.decision_in_hospital),
                row.urgency,
            )
        )
    points = [(f"`{p.code}`", p.source) for p in (*routing_table.OPEN_POINTS, *routing_table.EXCLUSIONS)]
    return [
        "## Routing",
        "",
        f"{routing_table.TABLE_2}, as data. The grade names a row; the decision is given only where clinical data "
        "carry it, and a physician decides. The table does not say whether the signs of a row are joined by AND or "
        "OR, and has gaps: what follows from that is reported in `routing.conflicts`, never guessed.",
        "",
        table(["row", "signs", "joined", "decision", "in hospital already", "urgency (ours)"], rows),
        "",
        "Reported as a conflict:",
        "",
        table(["code", "why"], points),
    ]


def _clinical() -> list[str]:
    from groundglass.analysis.clinical import CLINICAL_FIELDS

    rows = []
    for field in CLINICAL_FIELDS:
        accepted = "true or false" if field.kind == "yes_no" else f"{field.low:g} to {field.high:g}"
        rows.append((f"`{field.name}`", f"`--{field.name.replace('_', '-')}`", field.help, accepted, field.source))
    return [
        "## Clinical fields",
        "",
        "Fields of the file that `--clinical` takes (a JSON object); each is a flag too, and a flag wins over it. "
        "A value outside what is accepted is refused, with the likely slip of unit named.",
        "",
        table(["field", "flag", "meaning", "accepted", "source"], rows),
    ]


def settings_page() -> str:
    """Every setting."""
    from groundglass.settings import INTENDED_USE, PREFIX, SETTINGS

    rows = [
        (f"`{PREFIX}{name.upper()}`", f"`{default}`" if default != "" else "empty", text)
        for name, default, text in SETTINGS
    ]
    sentences = [(f"`{key}`", words["en"], words["ru"]) for key, words in INTENDED_USE.items()]
    return f"""# Settings

Settings are environment variables. An unknown `{PREFIX}...` variable is an error, so that a slip does not pass unseen.

{table(["variable", "default", "meaning"], rows)}

## Intended-use sentences

{table(["key", "English", "Russian"], sentences)}
"""


def _code(text: str | None) -> str:
    return f"`{text}`" if text else ""
