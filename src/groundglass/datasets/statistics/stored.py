"""Frozen dataclasses as JSON, and back with every type checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from groundglass.errors import InputError, declare

STATISTICS_DAMAGED = declare("STATISTICS_DAMAGED", "Statistics of a data set that are not what this version writes.")
DIGITS = 6
"""Significant digits of every number: those of ``studies.csv``, so that who counts again from it finds the same."""


def rounded(value: float) -> float:
    """Return a number with :data:`DIGITS` significant digits."""
    return float(f"{value:.{DIGITS}g}")


def plain(value: object) -> Any:
    """Return a value as JSON can hold it, numbers rounded."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, tuple):
        return [plain(member) for member in value]
    return rounded(value) if isinstance(value, float) else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def typed(hint: Any, value: Any, where: str) -> Any:
    """Return a value of JSON as the type that a field declares.

    Parameters
    ----------
    hint : type
        Of the field.
    value
        Of JSON.
    where : str
        Names the field in errors.

    Raises
    ------
    InputError
        ``STATISTICS_DAMAGED``.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _one_of(inner, value, where)
    if origin is Literal:
        if value not in inner:
            raise damaged(f"it is {value!r:.40}", where)
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise damaged("it is no list", where)
        return tuple(typed(inner[0], member, f"{where}[{place}]") for place, member in enumerate(value))
    if origin is not None:  # a mapping by text
        if not isinstance(value, dict):
            raise damaged("it is no object", where)
        return {key: typed(inner[1], member, f"{where}.{key}") for key, member in value.items()}
    if is_dataclass(hint):
        return _object(hint, value, where)
    if hint is float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise damaged("it is no number", where)
        return float(value)
    if not isinstance(value, hint) or isinstance(value, bool):
        raise damaged(f"it is no {hint.__name__}", where)
    return value


def _one_of(choices: tuple[Any, ...], value: Any, where: str) -> Any:
    """Return the value as the first of several types that it has; text and whole numbers stay what they are."""
    if value is None and NoneType in choices:
        return None
    rest = [choice for choice in choices if choice is not NoneType]
    if len(rest) > 1:
        if isinstance(value, str | int | float) and not isinstance(value, bool) and type(value) in rest:
            return value
        raise damaged("it is neither text nor number", where)
    return typed(rest[0], value, where)


def _object(kind: Any, value: Any, where: str) -> Any:
    hints = _hints(kind)
    names = [each.name for each in fields(kind)]
    if not isinstance(value, dict):
        raise damaged("it is no object", where or "the whole")
    for name in names:
        if name not in value:
            raise damaged("it is missing", f"{where}.{name}".lstrip("."))
    return kind(**{name: typed(hints[name], value[name], f"{where}.{name}".lstrip(".")) for name in names})


def damaged(what: str, where: str) -> InputError:
    """Return the error of statistics that are not what is written."""
    return InputError(
        STATISTICS_DAMAGED, what=what, where=f"statistics, {where}", todo="count the data set again: dataset describe"
    )
