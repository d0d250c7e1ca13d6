"""Reading a recipe: every key checked, everything that is wrong told at once, and a hash of what it means."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from groundglass.datasets.documents.card_fields import check_card
from groundglass.datasets.members import STUDY_FIELDS, About
from groundglass.datasets.recipe.identifiers import identifiers
from groundglass.datasets.recipe.keys import ALIASES, KEYS, NEEDED, SECTIONS, Key
from groundglass.datasets.recipe.kinds import (
    PRESENT,
    RECIPE_NUMBER,
    RECIPE_TYPE,
    RECIPE_VALUE,
    Surroundings,
    WrongError,
    is_blank,
    is_null,
    shown,
)
from groundglass.datasets.recipe.model import (
    AnalysisRule,
    Exclusion,
    MaskRule,
    PublishRule,
    Recipe,
    SelectionRule,
    SourceRule,
    SplitRule,
    TableRule,
    Thinning,
)
from groundglass.datasets.recipe.nodes import Branch, Leaf, Node, Row, read_tree, shown_name
from groundglass.datasets.recipe.problems import Problems
from groundglass.errors import InputError, declare

__all__ = ["read_recipe"]

RECIPE_KEY_UNKNOWN = declare("RECIPE_KEY_UNKNOWN", "A recipe has a key that recipes do not have.")
RECIPE_KEY_MISSING = declare("RECIPE_KEY_MISSING", "A recipe lacks a key that every recipe must have.")
RECIPE_LICENCE = declare("RECIPE_LICENCE", "A recipe says nothing of the licence of the data set.")
RECIPE_SHARES = declare(
    "RECIPE_SHARES", "The shares of the parts of a data set do not sum to 1, or have no usable name."
)
RECIPE_THINNING = declare("RECIPE_THINNING", "A recipe asks for two ways of thinning at once.")
RECIPE_CONTRADICTION = declare("RECIPE_CONTRADICTION", "Two values of a recipe exclude each other.")

LARGEST_LICENCE_BYTES = 4 * 1024**2
"""The longest licence has some hundred kilobytes."""
SHARES_WITHIN = 1e-6
"""Shares may miss 1 by so much: thirds are written with a few digits; 0.333333 three times is within."""
MOST_PARTS = 100
"""Parts of a set; more hold too few patients to tell anything."""
_LISTS = {"sources[]": "path", "tables[]": None, "masks[]": "path", "selection.exclude[]": None}
"""Sections that are lists, and the key that an entry of one word stands for."""
_SHARES = "splits.shares"


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Parameters
    ----------
    path : Path
        YAML, or JSON where its name ends in ``.json``; paths in it start at its folder.

    Returns
    -------
    Recipe
        Checked; dates of the selection as ``YYYYMMDD``, paths absolute.

    Raises
    ------
    InputError
        ``RECIPE_...``, with up to ten problems in ``details["problems"]``; ``CARD_...`` for fields of the card;
        ``TABLE_...`` for a list of identifiers in a file.
    UnavailableError
        ``PACKAGE_MISSING`` without PyYAML.
    """
    path = Path(path)
    tree = read_tree(path)
    reading = _Reading(shown_name(path), Surroundings(path.absolute().parent))
    return reading.recipe(tree)


class _Reading:
    """One recipe while it is read."""

    def __init__(self, name: str, around: Surroundings) -> None:
        self.name = name
        self.around = around
        self.problems = Problems(name)

    def recipe(self, tree: Branch) -> Recipe:
        top = self.section("", "", tree)
        sources = self.entries("sources[]", tree)
        if not sources:
            self.missing("sources", tree.line, "where the studies lie")
        tables = self.entries("tables[]", tree)
        masks = self.entries("masks[]", tree)
        selected_tree = tree.entries.get("selection")
        selected = self.part("selection", tree)
        exclusions = self.entries("selection.exclude[]", selected_tree) if isinstance(selected_tree, Branch) else []
        thinning, splits = self.part("thinning", tree), self.part("splits", tree)
        analysis, publish = self.part("analysis", tree), self.part("publish", tree)
        made = tuple(self.exclusion(each, index) for index, each in enumerate(exclusions, 1))
        self.check(tree, selected, thinning, splits, masks)
        self.check_published(tree, publish["columns"] or {})
        self.check_licence(tree, top["licence_file"])
        for which in ("patients", "studies"):
            selected[which] = self.identifiers(f"selection.exclude_{which}", selected.pop(f"exclude_{which}", ()))
        self.problems.done()
        card = check_card(top["card"] if isinstance(top["card"], dict) else {}, f"{self.name}, card")
        about_names = {each.name for each in fields(About)}
        for name in ("first_date", "last_date"):
            selected[name] = selected[name].replace("-", "")
        recipe = Recipe(
            about=About(**{name: value for name, value in top.items() if name in about_names} | {"card": card}),
            sources=tuple(SourceRule(**each) for each in sources),
            tables=tuple(TableRule(**each) for each in tables),
            masks=tuple(MaskRule(**each) for each in masks),
            selection=SelectionRule(**selected, exclusions=made),
            thinning=Thinning(**thinning),
            splits=SplitRule(**splits),
            analysis=AnalysisRule(**analysis),
            publish=PublishRule(**publish),
            **{name: value for name, value in top.items() if name not in about_names},
        )
        return _with(recipe, sha256=meaning(recipe, self.around.written))

    def part(self, section: str, tree: Branch) -> dict[str, Any]:
        """Return the values of a section that stands there once, or its defaults."""
        node = tree.entries.get(section)
        if node is None or is_null(node):
            return self.section(section, section, Branch(0))
        return self.section(section, section, node)

    def entries(self, section: str, tree: Branch) -> list[dict[str, Any]]:
        """Return the values of each entry of a section that is a list."""
        place = section.removesuffix("[]")
        node = tree.entries.get(place.rpartition(".")[2])
        if node is None or is_null(node):
            return []
        given = node.entries if isinstance(node, Row) else [node]
        found = []
        for index, entry in enumerate(given, 1):
            at = f"{place}[{index}]" if isinstance(node, Row) else place
            alone = _LISTS[section]
            if isinstance(entry, Leaf) and alone and not is_null(entry):
                entry = Branch(entry.line, {alone: entry})
            found.append(self.section(section, at, entry))
        return found

    def section(self, section: str, place: str, node: Node) -> dict[str, Any]:
        """Return the value of every key of a section; what is wrong is noted and has its default."""
        keys = _keys_of(section)
        if not isinstance(node, Branch):
            accepted = f"write keys below it: {', '.join(keys)}"
            self.problems.add(RECIPE_TYPE, place, node.line, "it has no keys of its own", accepted)
            return {name: None if key.default is NEEDED else key.default for name, key in keys.items()}
        given: dict[str, Node] = {}
        meant: set[str] = set()
        for written, entry in node.entries.items():
            name = ALIASES.get(written, written)
            at = f"{place}.{name}" if place else name
            if name in given:
                todo = f"leave out one of {written}, {name}"
                self.problems.add("RECIPE_KEY_DOUBLE", at, entry.line, "it stands there twice", todo)
            elif name in keys:
                given[name] = entry
            elif name not in _sections_in(section):
                meant.add(self.unknown(section, place, written, entry.line))
        values: dict[str, Any] = {}
        for name, key in keys.items():
            at = f"{place}.{name}" if place else name
            found = given.get(name)
            values[name] = None if key.default is NEEDED else key.default
            if found is None or is_blank(found):
                if key.default is NEEDED and name not in meant:
                    self.missing(at, node.line if found is None else found.line, key.kind.words)
                continue
            try:
                values[name] = key.kind.read(found, self.around)
            except WrongError as reason:
                line = reason.line or found.line
                self.problems.add(reason.code, at + reason.at, line, reason.what, f"give {key.kind.words}")
            if key.default is NEEDED and values[name] in ((), {}):
                self.missing(at, found.line, key.kind.words)
        return values

    def unknown(self, section: str, place: str, written: str, line: int) -> str:
        """Note an unknown key, and return the key that is meant, as far as that can be told."""
        name = "".join(letter if letter.isprintable() else "?" for letter in written)[:60]
        here = [*_keys_of(section), *_sections_in(section)]
        near = difflib.get_close_matches(name.lower(), here, 1, 0.7)
        elsewhere = [key.name.replace("[]", "") for key in KEYS if key.name.rpartition(".")[2] == name.lower()]
        if near:
            todo = f"is {near[0]} meant?"
        elif elsewhere:
            todo = f"write it as {elsewhere[0]}"
        else:
            todo = f"take one of {', '.join(here)}"
        self.problems.add(RECIPE_KEY_UNKNOWN, f"{place}.{name}" if place else name, line, "it is no key", todo)
        return near[0] if near else ""

    def missing(self, place: str, line: int, words: str) -> None:
        code = RECIPE_LICENCE if place == "licence" else RECIPE_KEY_MISSING
        self.problems.add(code, place, line, "it is missing", f"give {words}")

    def exclusion(self, values: Mapping[str, Any], index: int) -> Exclusion:
        """Return an exclusion of the one test it names."""
        place = f"selection.exclude[{index}]"
        tests = [name for name in ("equals", "below", "above") if values[name] is not None]
        tests += ["missing"] if values["missing"] else []
        if len(tests) != 1:
            what = "it has no test" if not tests else f"it has {len(tests)} tests"
            self.problems.add(RECIPE_CONTRADICTION, place, 0, what, "give one of equals, below, above, missing")
            return Exclusion(column="", test="missing")
        test: Any = tests[0]
        value = None if test == "missing" else values[test]
        return Exclusion(column=values["column"] or "", test=test, value=value, reason=values["reason"])

    def check(
        self,
        tree: Branch,
        selected: Mapping[str, Any],
        thinning: Mapping[str, Any],
        splits: Mapping[str, Any],
        masks: list[dict[str, Any]],
    ) -> None:
        """Note values that exclude each other."""
        add = self.problems.add
        line = {name: node.line for name, node in tree.entries.items()}
        if selected["first_date"] and selected["last_date"] and selected["first_date"] > selected["last_date"]:
            what = "the first day is after the last"
            add(RECIPE_CONTRADICTION, "selection.first_date", line.get("selection", 0), what, "swap them")
        if thinning["instance_number"] is not None and thinning["every_mm"] is not None:
            what = "slices cannot be thinned by number and by distance at once"
            add(RECIPE_THINNING, "thinning", line.get("thinning", 0), what, "give instance_number or every_mm")
        at = line.get("splits", 0)
        shares: Mapping[str, float] = splits["shares"]
        if shares and splits["folds"]:
            add(RECIPE_CONTRADICTION, "splits", at, "there are shares and folds", "give one of them")
        if splits["folds"] == 1:
            add(RECIPE_NUMBER, "splits.folds", at, "one fold is no division", "give at least 2")
        if shares and abs(sum(shares.values()) - 1) > SHARES_WITHIN:
            what = f"the shares sum to {sum(shares.values()):.6g}"
            add(RECIPE_SHARES, _SHARES, at, what, "give shares that sum to 1")
        if len(shares) > MOST_PARTS or any(value <= 0 for value in shares.values()):
            add(RECIPE_SHARES, _SHARES, at, "a part is empty, or there are too many", f"give up to {MOST_PARTS} shares")
        for name in shares:
            if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum() and len(name) <= 32):
                what = f"{shown(name)} is no name of a part"
                add(RECIPE_SHARES, _SHARES, at, what, "use up to 32 of the letters a-z 0-9 _ -")
        for index, each in enumerate(masks, 1):
            wrong = {
                "lesions": ("lung", "right_lung", "left_lung"),
                "lungs": ("ground_glass", "consolidation", "lesion"),
            }
            named = [label for label in (each["labels"] or {}).values() if label in wrong.get(each["kind"] or "", ())]
            if named:
                what = f"{named[0]} is no label of a mask of {each['kind']}"
                place = f"masks[{index}].labels"
                add(RECIPE_CONTRADICTION, place, line.get("masks", 0), what, "mend kind, or the label")

    def check_published(self, tree: Branch, columns: Mapping[str, str]) -> None:
        """Note names of published columns that are taken."""
        line = tree.entries["publish"].line if "publish" in tree.entries else 0
        own = {column.name.casefold() for column in STUDY_FIELDS}
        seen: set[str] = set()
        for old, new in columns.items():
            place = f"publish.columns.{old}"
            if new.strip().casefold() in own:
                what = f"{shown(new)} is a column that every set has"
                self.problems.add(RECIPE_CONTRADICTION, place, line, what, "publish it under another name")
            elif new.strip().casefold() in seen:
                what = f"two columns are published as {shown(new)}"
                self.problems.add(RECIPE_CONTRADICTION, place, line, what, "give each a name of its own")
            seen.add(new.strip().casefold())

    def check_licence(self, tree: Branch, path: Path | None) -> None:
        """Note a licence that is no text file of a licence's size."""
        if path is None or (path.is_file() and path.stat().st_size <= LARGEST_LICENCE_BYTES):
            return
        what = f"it is no file of at most {LARGEST_LICENCE_BYTES // 1024**2} MiB"
        line = tree.entries["licence_file"].line if "licence_file" in tree.entries else 0
        self.problems.add(RECIPE_VALUE, "licence_file", line, what, "name the text of the licence")

    def identifiers(self, place: str, node: Any) -> tuple[str, ...]:
        """Return identifiers that stand in the recipe or in a file."""
        if not isinstance(node, Leaf | Row | Branch):
            return ()
        try:
            if not isinstance(node, Branch):
                return identifiers(node, self.around)
            strange = set(node.entries) - {"file", "column"}
            if strange or "file" not in node.entries:
                raise WrongError(RECIPE_VALUE, "it has other keys than file and column", line=node.line)
            file = PRESENT.read(node.entries["file"], self.around)
            column = node.entries.get("column")
            return identifiers(file, self.around, "" if column is None else shown_text(column))
        except WrongError as reason:
            todo = "give a list of identifiers, or file: and column:"
            self.problems.add(reason.code, place + reason.at, reason.line or node.line, reason.what, todo)
        except InputError as reason:
            self.problems.add(reason.code, place, node.line, reason.what, reason.todo)
        return ()


def shown_text(node: Node) -> str:
    """Return the letters of a single value, "" for anything else."""
    return node.text.strip() if isinstance(node, Leaf) else ""


@cache
def _keys_of(section: str) -> dict[str, Key]:
    """Return the keys that stand in a section itself, by name."""
    found = {}
    for key in KEYS:
        above, _, name = key.name.rpartition(".")
        if above == section:
            found[name] = key
    return found


@cache
def _sections_in(section: str) -> tuple[str, ...]:
    """Return the names of the sections right below a section."""
    names = [each.removesuffix("[]") for each in SECTIONS if each]
    return tuple(name.rpartition(".")[2] for name in names if name.rpartition(".")[0] == section)


def _with(recipe: Recipe, **changed: Any) -> Recipe:
    return Recipe(**{each.name: getattr(recipe, each.name) for each in fields(recipe)} | changed)


_SETS = frozenset(
    {"organisations", "sex", "grades", "kernels", "manufacturers", "series_description", "patients", "studies"}
)
"""Values whose order means nothing."""
_NOT_MEANT = frozenset({"sha256", "project"})
"""Where the key lies is not what the set is."""


def meaning(recipe: Recipe, written: Mapping[Path, str]) -> str:
    """Return a hash that is equal for recipes that say the same, wherever they lie and however they are laid out.

    Parameters
    ----------
    recipe : Recipe
        With absolute paths.
    written : mapping of Path to str
        Each path as the recipe writes it.
    """

    def plain(value: Any, name: str = "") -> Any:
        if isinstance(value, Path):
            return written.get(value, value.name)
        if is_dataclass(value):
            return {
                each.name: plain(getattr(value, each.name), each.name)
                for each in fields(value)
                if each.name not in _NOT_MEANT
            }
        if isinstance(value, Mapping):
            return {str(key): plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            listed = [plain(each) for each in value]
            return sorted(listed) if name in _SETS else listed
        return value

    text = json.dumps(plain(recipe), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
