"""Kinds of values in a recipe: what is accepted, in words, and how the letters become a value."""

from __future__ import annotations

import datetime
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from groundglass.datasets.recipe.nodes import Branch, Leaf, Node, Row
from groundglass.errors import declare

RECIPE_TYPE = declare(
    "RECIPE_TYPE", "A value of a recipe is a list, a mapping or a single value where another is wanted."
)
RECIPE_VALUE = declare("RECIPE_VALUE", "A value of a recipe is none of those that its key takes.")
RECIPE_NUMBER = declare("RECIPE_NUMBER", "A value of a recipe is no number, or out of range.")
RECIPE_DATE = declare("RECIPE_DATE", "A value of a recipe is no day of the calendar.")
RECIPE_NAME = declare("RECIPE_NAME", "The name of a data set cannot be the name of a folder everywhere.")
RECIPE_VERSION = declare("RECIPE_VERSION", "The version of a data set is no semantic version.")
RECIPE_PATH_MISSING = declare("RECIPE_PATH_MISSING", "A recipe names a file or folder that is not there.")

MOST_DIGITS = 12
"""Digits of a number before the point; no key takes one of a trillion."""
LONGEST_NAME = 64
"""Letters of the name of a data set: with version and files below it stays under the 255 bytes of a file name."""
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?")
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
"""Names that Windows keeps for devices, with any ending."""
_PART = r"(?:0|[1-9][0-9]{0,8})"
_VERSION = re.compile(
    rf"({_PART}\.{_PART})(\.{_PART})?((?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)"
)
"""Semantic Versioning 2.0.0; the third number may be left out."""
_DATE = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_YES, _NO = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})


class WrongError(Exception):
    """A value that is not accepted; told with its place, together with others."""

    def __init__(self, code: str, what: str, *, at: str = "", line: int = 0) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.at = at
        self.line = line


@dataclass(slots=True)
class Surroundings:
    """Where a recipe lies, and how paths were written in it.

    Attributes
    ----------
    folder : Path
        Of the recipe; its paths start there.
    written : dict of Path to str
        Each path as the recipe writes it.
    """

    folder: Path
    written: dict[Path, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key takes.

    Attributes
    ----------
    words : str
        For messages and the reference page: ``a whole number from 1``.
    read : callable
        Node and surroundings to value; raises :class:`WrongError`.
    """

    words: str
    read: Callable[[Node, Surroundings], Any]


def shown(text: str) -> str:
    """Return a value short enough for a message, on one line."""
    bare = "".join(letter if letter.isprintable() else " " for letter in text[:60]).strip()
    return f"`{bare[:40]}...`" if len(text) > 40 else f"`{bare}`"


def leaf(node: Node) -> Leaf:
    """Return a single value.

    Raises
    ------
    WrongError
        ``RECIPE_TYPE``.
    """
    if isinstance(node, Leaf):
        return node
    raise WrongError(RECIPE_TYPE, "it is a list" if isinstance(node, Row) else "it has keys of its own", line=node.line)


def is_null(node: Node) -> bool:
    """Tell a key without a value."""
    return isinstance(node, Leaf) and node.tag == "null"


def is_blank(node: Node) -> bool:
    """Tell a key without a value, or with nothing between quotes."""
    return isinstance(node, Leaf) and (node.tag == "null" or not node.text.strip())


def words_of(node: Node) -> str:
    """Return a single value that is text of some length."""
    text = leaf(node).text.strip()
    if not text or is_null(node):
        raise WrongError(RECIPE_VALUE, "it is empty", line=node.line)
    if any((letter < " " and letter not in "\n\t") or "\ud800" <= letter <= "\udfff" for letter in text):
        raise WrongError(RECIPE_VALUE, "it holds characters that are no text", line=node.line)
    return text


def _text(node: Node, _around: Surroundings) -> str:
    return words_of(node)


def _line(node: Node, _around: Surroundings) -> str:
    text = words_of(node)
    if len(text) > 1000 or not text.isprintable():
        raise WrongError(RECIPE_VALUE, "it is longer than a line", line=node.line)
    return text


def _flag(node: Node, _around: Surroundings) -> bool:
    text = leaf(node).text.strip().lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise WrongError(RECIPE_VALUE, f"{shown(text)} is neither yes nor no", line=node.line)


def _date(node: Node, _around: Surroundings) -> str:
    text = words_of(node)
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        day = datetime.date(*(int(part) for part in found.groups()))
    except ValueError:
        raise WrongError(RECIPE_DATE, f"{shown(text)} is no day", line=node.line) from None
    return day.isoformat()


def _name(node: Node, _around: Surroundings) -> str:
    text = words_of(node)
    if len(text) > LONGEST_NAME:
        raise WrongError(RECIPE_NAME, f"it has more than {LONGEST_NAME} letters", line=node.line)
    if _NAME.fullmatch(text) is None:
        raise WrongError(RECIPE_NAME, f"{shown(text)} holds what a folder should not", line=node.line)
    if text.split(".")[0].lower() in _RESERVED:
        raise WrongError(RECIPE_NAME, f"{shown(text)} is a device of Windows", line=node.line)
    return text


def _version(node: Node, _around: Surroundings) -> str:
    text = words_of(node)
    found = _VERSION.fullmatch(text) if len(text) <= LONGEST_NAME else None
    if found is None:
        raise WrongError(RECIPE_VERSION, f"{shown(text)} is no semantic version", line=node.line)
    return f"{found[1]}{found[2] or '.0'}{found[3]}"


def whole_number(text: str, line: int) -> int:
    """Return a whole number.

    Raises
    ------
    WrongError
        ``RECIPE_NUMBER``.
    """
    if _INTEGER.fullmatch(text) is None or len(text.lstrip("+-")) > MOST_DIGITS:
        raise WrongError(RECIPE_NUMBER, f"{shown(text)} is no whole number that can be used", line=line)
    return int(text)


def real_number(text: str, line: int) -> float:
    """Return a number.

    Raises
    ------
    WrongError
        ``RECIPE_NUMBER``: NaN, infinity and what is larger than anything measured are none.
    """
    found = _NUMBER.fullmatch(text)
    value = float(text) if found and len(text) <= 2 * MOST_DIGITS else math.nan
    if not math.isfinite(value) or abs(value) >= 10.0**MOST_DIGITS:
        raise WrongError(RECIPE_NUMBER, f"{shown(text)} is no number that can be used", line=line)
    return value


def _ranged(value: float, least: float, most: float, line: int) -> None:
    if not least <= value <= most:
        raise WrongError(RECIPE_NUMBER, f"{value:g} is out of range", line=line)


def whole(least: int, most: int) -> Kind:
    """Return the kind of a whole number within limits, both included."""

    def read(node: Node, _around: Surroundings) -> int:
        value = whole_number(leaf(node).text.strip(), node.line)
        _ranged(value, least, most, node.line)
        return value

    return Kind(f"a whole number from {least} to {most}", read)


def number(least: float, most: float, unit: str = "") -> Kind:
    """Return the kind of a number within limits, both included."""

    def read(node: Node, _around: Surroundings) -> float:
        value = real_number(leaf(node).text.strip(), node.line)
        _ranged(value, least, most, node.line)
        return value

    return Kind(f"a number from {least:g} to {most:g}{f' {unit}' if unit else ''}", read)


def span(one: Kind) -> Kind:
    """Return the kind of a least and a largest value, either of which may be left open."""

    def read(node: Node, around: Surroundings) -> tuple[Any, Any]:
        if isinstance(node, Branch):
            strange = [key for key in node.entries if key not in ("min", "max")]
            if strange:
                raise WrongError(RECIPE_VALUE, f"{shown(strange[0])} is neither min nor max", line=node.line)
            ends = [node.entries.get("min"), node.entries.get("max")]
        elif isinstance(node, Row) and len(node.entries) == 2:
            ends = list(node.entries)
        else:
            raise WrongError(RECIPE_TYPE, "it is no list of two", line=node.line)
        low, high = (None if end is None or is_null(end) else one.read(end, around) for end in ends)
        if low is not None and high is not None and low > high:
            raise WrongError(RECIPE_NUMBER, "the least is larger than the largest", line=node.line)
        return low, high

    return Kind(f"[least, largest], each {one.words} or null; or min: and max:", read)


def choice(*names: str) -> Kind:
    """Return the kind of one of several words."""

    def read(node: Node, _around: Surroundings) -> str:
        text = words_of(node).lower()
        if text not in names:
            raise WrongError(RECIPE_VALUE, f"{shown(text)} is not known", line=node.line)
        return text

    return Kind(f"one of {', '.join(names)}", read)


def several(one: Kind, words: str, *, plural: str = "") -> Kind:
    """Return the kind of a list; one value may stand alone."""

    def read(node: Node, around: Surroundings) -> tuple[Any, ...]:
        if is_null(node):
            return ()
        entries = node.entries if isinstance(node, Row) else [node]
        found = []
        for index, entry in enumerate(entries, 1):
            try:
                found.append(one.read(entry, around))
            except WrongError as reason:
                at = f"[{index}]" if isinstance(node, Row) else ""
                raise WrongError(reason.code, reason.what, at=at + reason.at, line=reason.line) from reason
        return tuple(dict.fromkeys(found))

    return Kind(plural or f"a list of {words}, or one", read)


def spoken(words: str) -> Kind:
    """Return the kind of a text in English, or in each language."""

    def read(node: Node, _around: Surroundings) -> Mapping[str, str]:
        if not isinstance(node, Branch):
            return {"en": words_of(node)}
        found = {}
        for language, text in node.entries.items():
            if language not in ("en", "ru"):
                quotes = "; text with a comma needs quotes within { }" if is_null(text) else ""
                raise WrongError(RECIPE_VALUE, f"{shown(language)} is neither en nor ru{quotes}", line=text.line)
            found[language] = words_of(text)
        return found

    return Kind(words, read)


def mapping(one: Kind, words: str, key: Callable[[str, int], Any] = lambda text, _line: text) -> Kind:
    """Return the kind of names that each have a value."""

    def read(node: Node, around: Surroundings) -> Mapping[Any, Any]:
        if is_null(node):
            return {}
        if not isinstance(node, Branch):
            raise WrongError(RECIPE_TYPE, "it has no keys of its own", line=node.line)
        found = {}
        for name, entry in node.entries.items():
            try:
                found[key(name.strip(), entry.line)] = one.read(entry, around)
            except WrongError as reason:
                raise WrongError(reason.code, reason.what, at=f".{name[:40]}", line=reason.line) from reason
        return found

    return Kind(words, read)


def _path(node: Node, around: Surroundings) -> Path:
    text = words_of(node)
    if "\0" in text or len(os.fsencode(text)) > 4000:
        raise WrongError(RECIPE_VALUE, "it is no path", line=node.line)
    # Windows' separators are met in recipes that travel.
    written = str(PurePosixPath(text if "/" in text else text.replace("\\", "/")))
    path = Path(os.path.normpath(around.folder / os.path.expanduser(written)))  # noqa: PTH111 - Path's own raises where there is no home
    around.written[path] = written
    return path


def _there(node: Node, around: Surroundings) -> Path:
    path = _path(node, around)
    try:
        there = path.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        raise WrongError(RECIPE_PATH_MISSING, f"{shown(around.written[path])} is not there", line=node.line)
    return path


def free(node: Node) -> Any:
    """Return a value of no fixed kind: text, number, yes or no, list, keys and values."""
    if isinstance(node, Branch):
        return {key: free(each) for key, each in node.entries.items()}
    if isinstance(node, Row):
        return [free(each) for each in node.entries]
    if node.tag == "null":
        return None
    if node.tag == "bool":
        return node.text.lower() in _YES
    if node.tag == "int" and _INTEGER.fullmatch(node.text) and not re.match(r"[+-]?0[0-9]", node.text):
        return whole_number(node.text, node.line)
    if node.tag == "float" and _NUMBER.fullmatch(node.text):
        return real_number(node.text, node.line)
    if node.tag == "float" and not re.search(r"[0-9]", node.text):
        raise WrongError(RECIPE_NUMBER, f"{shown(node.text)} is no number that can be used", line=node.line)
    return node.text


TEXT = Kind("text", _text)
LINE = Kind("text on one line", _line)
FLAG = Kind("true or false", _flag)
DATE = Kind("a day as 2020-03-01", _date)
NAME = Kind(f"up to {LONGEST_NAME} of the letters A-Z a-z 0-9 . _ -, beginning with a letter or digit", _name)
VERSION = Kind('a semantic version as "1.0.0"', _version)
PATH = Kind("a path, from the folder of the recipe", _path)
PRESENT = Kind("the path of a file or folder that is there, from the folder of the recipe", _there)
ANYTHING = Kind("keys and values", lambda node, _around: free(node))
