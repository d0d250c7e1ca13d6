"""Write the reference pages of docs/reference from the code, or with ``--check`` tell which are out of date.

Run as ``make docs``; ``make check`` and the tests run it with ``--check``.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import groundglass
from groundglass.errors import ERROR_CODES

sys.path.insert(0, str(Path(__file__).resolve().parent))
from _cards_page import cards_page
from _codes_page import codes_page
from _defects_page import defects_page
from _deidentification_page import deidentification_page
from _findings_page import findings_page
from _markdown import table  # these lie beside this script, which is no package
from _recipe_page import recipe_page
from _result_fields import MEANINGS
from _rule_pages import grading_page, settings_page
from _series_page import series_page
from _threshold_page import thresholds_page

REFERENCE = Path(__file__).resolve().parent / "reference"
_JSON_TYPES = {str: "string", float: "number", int: "integer", bool: "true/false"}
_NOTE = "<!-- Written by docs/_generate.py from the code (make docs); edit the code, not this page. -->"


def import_everything() -> None:
    """Import every module, so that each table that modules fill is full."""
    for module in pkgutil.walk_packages(groundglass.__path__, "groundglass."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def errors_page() -> str:
    """Every error code with its meaning."""
    rows = [(f"`{code}`", meaning) for code, meaning in sorted(ERROR_CODES.items())]
    return f"""# Errors

An error's last line on stderr is `error CODE: what, where, what to do`. Codes are stable. Exit codes of the commands:

{
        table(
            ["exit", "meaning", "class in Python"],
            [
                (0, "done; a part of a chest, measured but not graded, counts as done", ""),
                (1, "a defect of groundglass", "`InternalError`"),
                (2, "an option or argument is off", "`UsageError`, an `InputError`"),
                (3, "the input cannot be used, or an output that was asked for could not be made", "`InputError`"),
                (4, "something needed is not there at the moment; try again", "`UnavailableError`"),
            ],
        )
    }

All of them are a `GroundglassError`, which carries `code`, `what`, `where`, `todo` and `details`.

{table(["code", "meaning"], rows)}
"""


def warnings_page() -> str:
    """Every phrase that a result or a report can hold, in both languages."""
    from groundglass import phrases

    owner: dict[str, str] = {}
    for module in pkgutil.iter_modules(phrases.__path__):
        loaded = importlib.import_module(f"groundglass.phrases.{module.name}")
        for key in getattr(loaded, "PHRASES", {}):
            owner[key] = module.name
    full = phrases.table()
    titles = {
        "reading": "Reading files and choosing the series",
        "analysis": "The analysis",
        "grading": "Acquisition checks, grade and routing",
        "pipeline": "Choosing among series",
        "report": "Words of the report",
    }
    parts = [
        "# Warnings, checks and words",
        "",
        "Warnings, checks and reasons are codes with values; these are their words. `{name}` marks a value. "
        "The codes in `result.json` (`warnings`, `acquisition.checks`, `refusal`) are the codes of these tables or of "
        "[errors](errors.md).",
    ]
    for name in [*titles, *sorted(set(owner.values()) - set(titles))]:
        keys = sorted(key for key in full if owner.get(key) == name)
        if keys:
            rows = [(f"`{key}`", full[key].en, full[key].ru) for key in keys]
            parts += ["", f"## {titles.get(name, name)}", "", table(["code", "English", "Russian"], rows)]
    return "\n".join(parts) + "\n"


def _type_text(hint: Any) -> str:
    """Return a type as a reader of JSON would say it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is type(None):
        return "null"
    if origin is typing.Literal:
        return " or ".join(f'"{a}"' for a in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type_text(a) for a in arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return f"list of {_type_text(arguments[0])}"
    if origin is tuple:
        return "[" + ", ".join(_type_text(a) for a in arguments) + "]"
    if origin is dict:
        return f"object of {_type_text(arguments[1])}"
    if dataclasses.is_dataclass(hint):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"  # type: ignore[union-attr]  # a class, not an instance
    return _JSON_TYPES.get(hint) or str(getattr(hint, "__name__", hint))


def result_page() -> str:
    """Every field of result.json.

    Raises
    ------
    SystemExit
        If a field has no meaning in the table, or the table names a field that is not there.
    """
    from groundglass.analysis import result

    order = ["Result", "Message", *(n for n in vars(result) if n.endswith("Section")), "ZonesSection"]
    sections = [
        value
        for _, value in sorted(vars(result).items(), key=lambda item: order.index(item[0]) if item[0] in order else 99)
        if inspect.isclass(value) and dataclasses.is_dataclass(value) and value.__module__ == result.__name__
    ]
    known = {f"{s.__name__}.{f.name}" for s in sections for f in dataclasses.fields(s)}
    if known != set(MEANINGS):
        raise SystemExit(
            f"docs/_result_fields.py: without a meaning {sorted(known - set(MEANINGS))}; "
            f"not a field {sorted(set(MEANINGS) - known)}"
        )
    parts = [
        "# result.json",
        "",
        f"Schema `{result.SCHEMA_NAME}`. A field that cannot be known is null, never left out; a number carries its "
        "unit in its name. Indices are (slice, row, column), counted from 0, slices from feet to head; points are "
        "DICOM patient LPS, mm. The file holds UIDs and our own ids, never a name, a date of birth, a patient or "
        "accession number. The JSON Schema ships in the package: "
        "`groundglass.analysis.schema.published_schema()`.",
    ]
    for section in sections:
        hints = typing.get_type_hints(section)
        rows = [
            (f"`{f.name}`", _type_text(hints[f.name]), MEANINGS[f"{section.__name__}.{f.name}"])
            for f in dataclasses.fields(section)
        ]
        summary = " ".join((inspect.getdoc(section) or "").split("\n\n")[0].split()).replace("``", "`")
        parts += ["", f"## {section.__name__}", "", summary, "", table(["field", "type", "meaning"], rows)]
    return "\n".join(parts) + "\n"


def api_page() -> str:
    """The public names of the package."""
    parts = [
        "# Python",
        "",
        "`import groundglass as gg` gives these names; everything else may change without notice, except the modules "
        "named in the docs.",
    ]
    public = {name: getattr(groundglass, name) for name in groundglass.__all__}
    for module in [name for name, value in public.items() if inspect.ismodule(value)]:
        inside = public.pop(module)
        public |= {f"{module}.{name}": getattr(inside, name) for name in inside.__all__}
    for name, value in sorted(public.items()):
        if not (inspect.isclass(value) or inspect.isroutine(value)):
            parts += ["", f"## {name}", "", f"`{value!r}`"]
            continue
        signature = ""
        if inspect.isroutine(value) or not issubclass(value, BaseException):
            signature = str(inspect.signature(value)).replace("'", "").replace("<factory>", "...")
            signature = signature.removesuffix(" -> None") if inspect.isclass(value) else signature
        parts += [
            "",
            f"## {name}",
            "",
            f"```python\n{name}{signature}\n```",
            "",
            "```text",
            inspect.getdoc(value) or "",
            "```",
        ]
    return "\n".join(parts) + "\n"


def cli_page() -> str:
    """Every command with its options."""
    from groundglass.cli import build_app

    text = str(build_app().generate_docs(output_format="markdown", heading_level=1))
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors_page,
    "warnings.md": warnings_page,
    "result.md": result_page,
    "python.md": api_page,
    "commands.md": cli_page,
    "grading.md": grading_page,
    "series-selection.md": series_page,
    "settings.md": settings_page,
    "codes.md": codes_page,
    "defects.md": defects_page,
    "deidentification-attributes.md": deidentification_page,
    "thresholds.md": thresholds_page,
    "dataset-recipes.md": recipe_page,
    "dataset-findings.md": findings_page,
    "dataset-cards.md": cards_page,
}


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is out of date")
    check = parser.parse_args().check
    import_everything()
    REFERENCE.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, make in PAGES.items():
        head, _, rest = make().partition("\n")
        text = f"{head}\n\n{_NOTE}\n{rest}"
        path = REFERENCE / name
        if check:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"out of date: {', '.join(stale)} in docs/reference; run: make docs\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
