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
    """Read a ``result.json``.

    Parameters
    ----------
    text : str
        The file's text.
    where : str
        Its name, for the error.

    Raises
    ------
    InputError
        ``BAD_RESULT`` with the first field that does not fit.
    """
    from pydantic import ValidationError

    try:
        return _adapter().validate_json(text)  # type: ignore[no-any-return]  # pydantic's adapter is made from Result
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the text"
        raise InputError(
            BAD_RESULT, what=f"{field}: {first['msg']}", where=where, todo=f"write it as schema {SCHEMA_NAME} says"
        ) from error


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
