"""The text of a recipe as a tree: YAML or JSON, every value still the letters that were written.

A value is read by what its key wants, not by what YAML takes it for: ``1.10`` stays a version, ``no`` an answer,
``0012`` an identifier and ``2020-03-01`` a date. The tree is made from the parser's events, without recursion and
under limits, so that no text can ask for more than it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from groundglass.datasets.packages import package
from groundglass.errors import InputError, declare

RECIPE_MISSING = declare("RECIPE_MISSING", "There is no recipe at the path given.")
RECIPE_UNREADABLE = declare("RECIPE_UNREADABLE", "A recipe is no file, too large, or no text in UTF-8.")
RECIPE_SYNTAX = declare("RECIPE_SYNTAX", "A recipe is no valid YAML or JSON.")
RECIPE_KEY_DOUBLE = declare("RECIPE_KEY_DOUBLE", "A recipe says one thing twice.")
RECIPE_TOO_COMPLEX = declare(
    "RECIPE_TOO_COMPLEX", "A recipe is nested too deep, has too many values, or refers to itself."
)

LARGEST_RECIPE_BYTES = 2 * 1024 * 1024
"""A recipe with 20,000 identifiers to leave out written into it; longer lists go into a file of their own."""
MOST_VALUES = 200_000
"""Values of a recipe, those behind aliases counted as often as they are named: a bomb of aliases stops here."""
MOST_DEPTH = 16
"""Levels of nesting; the deepest key of a recipe stands on the fifth, fields of the card may add some."""
LONGEST_VALUE = 100_000
"""Letters of one value; a description of thirty pages."""

Tag = Literal["text", "null", "bool", "int", "float", "date"]
_TAGS: Mapping[str, Tag] = {
    "tag:yaml.org,2002:str": "text",
    "tag:yaml.org,2002:null": "null",
    "tag:yaml.org,2002:bool": "bool",
    "tag:yaml.org,2002:int": "int",
    "tag:yaml.org,2002:float": "float",
    "tag:yaml.org,2002:timestamp": "date",
    "tag:yaml.org,2002:merge": "text",
    "tag:yaml.org,2002:value": "text",
    "!": "text",
}
_COLLECTIONS = frozenset({None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})


@dataclass(slots=True)
class Leaf:
    """One value: its letters, and what YAML or JSON takes it for."""

    text: str
    tag: Tag
    line: int

    size = 1


@dataclass(slots=True)
class Branch:
    """Keys and values."""

    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    size: int = 1


@dataclass(slots=True)
class Row:
    """Values one after another."""

    line: int
    entries: list[Node] = field(default_factory=list)
    size: int = 1


Node = Leaf | Branch | Row


def read_tree(path: Path) -> Branch:
    """Return the tree of a recipe.

    Parameters
    ----------
    path : Path
        YAML, or JSON where its name ends in ``.json``.

    Raises
    ------
    InputError
        ``RECIPE_MISSING``, ``RECIPE_UNREADABLE``, ``RECIPE_SYNTAX``, ``RECIPE_KEY_DOUBLE``, ``RECIPE_TOO_COMPLEX``.
    UnavailableError
        ``PACKAGE_MISSING`` without PyYAML.
    """
    text = _text_of(path)
    name = shown_name(path)
    tree = _json_tree(text, name) if path.suffix.lower() == ".json" else _yaml_tree(text, name)
    if not isinstance(tree, Branch):
        what = "it is empty" if tree is None else "it is no list of keys and values"
        raise _syntax(what, name, "write one key a line, as `name: chest-2020`")
    return tree


def shown_name(path: Path) -> str:
    """Return the name of the recipe for messages, printable whatever it is."""
    name = "".join(letter if letter.isprintable() else "?" for letter in path.name)
    return name[:200] or "recipe"


def _text_of(path: Path) -> str:
    name = shown_name(path)
    try:
        if not path.is_file():
            path.stat()
            raise _unreadable("it is no file", name)
        with path.open("rb") as stream:
            data = stream.read(LARGEST_RECIPE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            RECIPE_MISSING, what="there is no such file", where=name, todo="check the spelling of the path"
        ) from None
    except OSError as reason:
        raise _unreadable((reason.strerror or "it cannot be opened").lower(), name) from None
    except ValueError:
        raise _unreadable("its name holds a byte that no name may have", name) from None
    if len(data) > LARGEST_RECIPE_BYTES:
        raise _unreadable(f"it is larger than {LARGEST_RECIPE_BYTES} bytes", name, "put long lists into files")
    if b"\0" in data:
        raise _unreadable("it holds zero bytes", name, "save it as text in UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable("it is not text in UTF-8", name, "save it as text in UTF-8") from None


def _yaml_tree(text: str, name: str) -> Node | None:
    yaml = package("yaml", feature="a recipe in YAML", extra="datasets")
    building = _Building(name)
    try:
        loader = yaml.SafeLoader(text)
        try:
            while loader.check_event():
                building.take(yaml, loader, loader.get_event())
        finally:
            loader.dispose()
    except yaml.YAMLError as reason:
        mark = getattr(reason, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark is not None else ""
        problem = str(getattr(reason, "problem", None) or "a character that YAML does not allow")
        todo = "indent with blanks, never with tabs" if "\\t" in problem else "check colons, quotes and indentation"
        raise _syntax(f"it is no valid YAML ({problem})", f"{name}{line}", todo) from reason
    except (RecursionError, ValueError, OverflowError, AttributeError) as reason:
        raise _syntax("it is no valid YAML", name, "check colons, quotes and indentation") from reason
    return building.root


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    node: Branch | Row
    anchor: str | None
    key: str | None = None
    key_line: int = 0
    merged: list[Node] = field(default_factory=list)


class _Building:
    """The tree, grown event by event."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._documents = 0

    def take(self, yaml: Any, loader: Any, event: Any) -> None:
        """Take one event of the parser."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _syntax("it holds a second document", self._where(line), "take out the line `---`")
        elif isinstance(event, yaml.ScalarEvent):
            tag = event.tag if event.tag not in (None, "!") else None
            if tag is None:
                tag = "!" if event.tag == "!" else loader.resolve(yaml.ScalarNode, event.value, event.implicit)
            known = _TAGS.get(str(tag))
            if known is None:
                raise _syntax("a value has a type of its own (!...)", self._where(line), "write plain values")
            if len(event.value) > LONGEST_VALUE:
                raise _too_complex(f"a value has more than {LONGEST_VALUE} letters", self._where(line))
            self._put(Leaf(event.value, known, line), event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            node = self._anchors.get(event.anchor)
            if node is None:
                what = "an alias refers to itself" if event.anchor in self._anchors else "an alias refers to nothing"
                raise _too_complex(what, self._where(line))
            self._put(node, None)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if len(self._open) >= MOST_DEPTH:
                raise _too_complex(f"it is nested deeper than {MOST_DEPTH} levels", self._where(line))
            if event.tag not in _COLLECTIONS:
                raise _syntax("a value has a type of its own (!...)", self._where(line), "write plain values")
            if event.anchor:
                self._anchors[event.anchor] = None
            node = Branch(line) if isinstance(event, yaml.MappingStartEvent) else Row(line)
            self._open.append(_Open(node, event.anchor))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self._open.pop()
            if isinstance(done.node, Branch):
                _merge(done.node, done.merged, self._where(done.node.line))
            self._put(done.node, done.anchor)

    def _put(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        into = self._open[-1]
        if isinstance(into.node, Row):
            into.node.entries.append(node)
        elif into.key is None:
            if not isinstance(node, Leaf):
                raise _syntax("a key is no single word", self._where(node.line), "write `key: value`")
            into.key, into.key_line = node.text, node.line
            return
        elif into.key == "<<":
            into.merged.append(node)
            into.key = None
        else:
            if into.key in into.node.entries:
                raise _double(into.key, self._where(into.key_line))
            into.node.entries[into.key] = node
            into.key = None
        into.node.size += node.size
        if into.node.size > MOST_VALUES:
            raise _too_complex(f"it has more than {MOST_VALUES} values", self._where(node.line))

    def _where(self, line: int) -> str:
        return f"{self.name} line {line}"


def _merge(node: Branch, merged: list[Node], where: str) -> None:
    """Add the entries of merge keys (``<<: *other``) behind those that stand there."""
    given = [each for part in merged for each in (part.entries if isinstance(part, Row) else [part])]
    for each in given:
        if not isinstance(each, Branch):
            raise _syntax("<< takes keys and values", where, "write `<<: *name` of an anchored mapping")
        for key, value in each.entries.items():
            node.entries.setdefault(key, value)


def _json_tree(text: str, name: str) -> Node:
    def pairs(given: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in given:
            if key in found:
                raise _double(key, name)
            found[key] = value
        return found

    try:
        value = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=lambda letters: Leaf(letters, "int", 0),
            parse_float=lambda letters: Leaf(letters, "float", 0),
            parse_constant=lambda letters: Leaf(letters, "float", 0),
        )
    except json.JSONDecodeError as reason:
        raise _syntax(f"it is no valid JSON ({reason.msg})", f"{name} line {reason.lineno}", "check it") from reason
    except RecursionError as reason:
        raise _too_complex(f"it is nested deeper than {MOST_DEPTH} levels", name) from reason
    count = 0
    for count, _ in enumerate(_values(value), 1):
        if count > MOST_VALUES:
            raise _too_complex(f"it has more than {MOST_VALUES} values", name)
    return _json_node(value, name, 0)


def _values(value: Any) -> Iterator[Any]:
    pending = [value]
    while pending:
        here = pending.pop()
        yield here
        pending.extend(here.values() if isinstance(here, dict) else here if isinstance(here, list) else ())


def _json_node(value: Any, name: str, depth: int) -> Node:
    if depth > MOST_DEPTH:
        raise _too_complex(f"it is nested deeper than {MOST_DEPTH} levels", name)
    if isinstance(value, Leaf):
        return value
    if isinstance(value, dict):
        return Branch(0, {key: _json_node(each, name, depth + 1) for key, each in value.items()})
    if isinstance(value, list):
        return Row(0, [_json_node(each, name, depth + 1) for each in value])
    if value is None:
        return Leaf("", "null", 0)
    if isinstance(value, bool):
        return Leaf("true" if value else "false", "bool", 0)
    return Leaf(str(value), "text", 0)


def _unreadable(why: str, where: str, todo: str = "give a text file of YAML or JSON") -> InputError:
    return InputError(RECIPE_UNREADABLE, what=f"the recipe cannot be read: {why}", where=where, todo=todo)


def _syntax(what: str, where: str, todo: str) -> InputError:
    return InputError(RECIPE_SYNTAX, what=what, where=where, todo=todo)


def _double(key: str, where: str) -> InputError:
    shown = key if len(key) <= 40 and key.isprintable() else "a key"
    return InputError(RECIPE_KEY_DOUBLE, what=f"{shown} stands there twice", where=where, todo="say it once")


def _too_complex(what: str, where: str) -> InputError:
    return InputError(RECIPE_TOO_COMPLEX, what=what, where=where, todo="write a flatter and shorter recipe")
