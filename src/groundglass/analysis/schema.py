"""result.json as text: written from the types, checked against them, and its JSON Schema.

The schema is published in the package as ``result.schema.json``; ``python -m groundglass.analysis.schema`` writes it.
"""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from importlib import resources
from typing import Any

from groundglass.analysis.result import SCHEMA_NAME, Result
from groundglass.errors import InputError, declare

BAD_RESULT = declare("BAD_RESULT", "A result.json does not keep to the schema groundglass/analysis/1.")
OTHER_RESULT_SCHEMA = declare("OTHER_RESULT_SCHEMA", "A result.json is of a schema that this version does not read.")
SCHEMA_FILE = "result.schema.json"


def to_json(result: Result, *, indent: int | None = 2) -> str:
    """Return the text of ``result.json``.

    Parameters
    ----------
    result : Result
        The result; every number finite.
    indent : int or None
        Spaces a level; None gives one line.

    Raises
    ------
    ValueError
        If a number is not finite: JSON has no word for it.
    """
    return json.dumps(dataclasses.asdict(result), ensure_ascii=False, indent=indent, allow_nan=False)


def from_json(text: str, where: str) -> Result:
    """Read a ``result.json``, and nothing that is only like one.

    Parameters
    ----------
    text : str
        The file's text.
    where : str
        Its name, for the error.

    Returns
    -------
    Result
        What ``to_json`` writes back value by value: no field is dropped, filled in or converted.

    Raises
    ------
    InputError
        ``OTHER_RESULT_SCHEMA`` where it names another schema, as a newer version would; else ``BAD_RESULT`` with the
        first field that does not fit.
    """
    from pydantic import ValidationError

    try:
        result: Result = _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        if first["loc"] == ("schema",) and first["type"] == "literal_error":
            raise InputError(
                OTHER_RESULT_SCHEMA,
                what=f"the schema is {str(first['input'])[:80]!r}",
                where=where,
                todo=f"give a result of schema {SCHEMA_NAME}, or use the version that wrote it",
            ) from None
        field = ".".join(str(part) for part in first["loc"]) or "the text"
        raise _bad(f"{field}: {first['msg']}", where) from None
    try:
        written = to_json(result)
    except ValueError:
        raise _bad("a number is not finite", where) from None
    difference = _difference(json.loads(text), json.loads(written), "")
    if difference:
        raise _bad(difference, where)
    return result


def _bad(what: str, where: str) -> InputError:
    # The value itself is not quoted: in a foreign file it may be anything.
    return InputError(BAD_RESULT, what=what, where=where, todo=f"write it as schema {SCHEMA_NAME} says")


def _difference(given: object, kept: object, at: str) -> str | None:
    """Name the first field that reading changed; whole numbers may stand for floats, as JSON has one kind of number."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for name in sorted(given.keys() ^ kept.keys()):
            return f"{_under(at, name)}: {'unknown field' if name in given else 'missing'}"
        return next(
            (found for name in given if (found := _difference(given[name], kept[name], _under(at, name)))), None
        )
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        pairs = enumerate(zip(given, kept, strict=True))
        return next((found for i, (a, b) in pairs if (found := _difference(a, b, _under(at, str(i))))), None)
    same = given == kept and isinstance(given, bool) == isinstance(kept, bool)
    return None if same else f"{at}: wrong kind of value"


def _under(at: str, name: str) -> str:
    return f"{at}.{name[:40]}" if at else name[:40]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``result.json``, made from the types."""
    schema: dict[str, Any] = _adapter().json_schema(mode="serialization")
    for section in [schema, *schema.get("$defs", {}).values()]:
        if section.get("type") == "object" and "properties" in section:
            section["additionalProperties"] = False
            section["required"] = list(section["properties"])
            section["description"] = " ".join(section.get("description", "").split())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:{SCHEMA_NAME}", **schema}


def published_schema() -> dict[str, Any]:
    """Return the JSON Schema that ships in the package."""
    text = resources.files("groundglass.analysis").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Result)


if __name__ == "__main__":
    target = resources.files("groundglass.analysis").joinpath(SCHEMA_FILE)
    with resources.as_file(target) as path:
        path.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
