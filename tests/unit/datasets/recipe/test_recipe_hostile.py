"""Recipes that want to hurt: each ends in a named error, soon, and with little memory."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written_recipes import LEAST, recipe_of, written

from groundglass.datasets.recipe.kinds import WrongError
from groundglass.datasets.recipe.nodes import LARGEST_RECIPE_BYTES
from groundglass.datasets.recipe.reading import read_recipe
from groundglass.errors import ERROR_CODES, InputError

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)
TEXTS: Mapping[str, tuple[bytes, str]] = {
    "a bomb of aliases": (BOMB.encode(), "RECIPE_TOO_COMPLEX"),
    "an alias of itself": (b"a: &a [1, *a]\n", "RECIPE_TOO_COMPLEX"),
    "an alias of itself in a mapping": (b"a: &a {b: *a}\n", "RECIPE_TOO_COMPLEX"),
    "an alias of nothing": (b"a: *b\n", "RECIPE_TOO_COMPLEX"),
    "lists in lists": (b"a: " + b"[" * 5000, "RECIPE_TOO_COMPLEX"),
    "mappings in mappings": (b"{a: " * 5000, "RECIPE_TOO_COMPLEX"),
    "lists of lines in lists": (b"a:\n" + b"".join(b" " * n + b"-\n" for n in range(1, 300)), "RECIPE_TOO_COMPLEX"),
    "nothing": (b"", "RECIPE_SYNTAX"),
    "a remark alone": (b"# name: x\n", "RECIPE_SYNTAX"),
    "a word": (b"name", "RECIPE_SYNTAX"),
    "a list": (b"- name\n", "RECIPE_SYNTAX"),
    "null": (b"~\n", "RECIPE_SYNTAX"),
    "two documents": (LEAST.encode() + b"---\nname: x\n", "RECIPE_SYNTAX"),
    "tabs": (b"name: x\nselection:\n\tkernel: soft\n", "RECIPE_SYNTAX"),
    "an open quote": (b"name: 'x\n", "RECIPE_SYNTAX"),
    "an object of Python": (b"name: !!python/object/apply:os.system [ls]\n", "RECIPE_SYNTAX"),
    "a word of a type of its own": (b"name: !secret x\n", "RECIPE_SYNTAX"),
    "a mapping as key": (b"? {a: b}\n: c\n", "RECIPE_SYNTAX"),
    "merging a word": (b"<<: word\n", "RECIPE_SYNTAX"),
    "zero bytes": (b"name: x\0y\n", "RECIPE_UNREADABLE"),
    "Latin-1": ("name: Müller\n".encode("latin-1"), "RECIPE_UNREADABLE"),
    "UTF-16": ("name: x\n".encode("utf-16"), "RECIPE_UNREADABLE"),
    "control characters": (b"name: x\x07\n", "RECIPE_SYNTAX"),
    "a file too large": (b"# x\n" * (LARGEST_RECIPE_BYTES // 4 + 1), "RECIPE_UNREADABLE"),
    "a value too long": (b"name: " + b"x" * 200_000, "RECIPE_TOO_COMPLEX"),
    "the same key twice": (b"name: a\nversion: 1.0.0\nname: b\n", "RECIPE_KEY_DOUBLE"),
    "the same key twice below": (b"selection: {sex: M, sex: F}\n", "RECIPE_KEY_DOUBLE"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_yaml_ends_in_a_named_error(tmp_path: Path, name: str) -> None:
    text, code = TEXTS[name]
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        recipe_of(tmp_path, text)
    assert caught.value.code == code
    assert time.monotonic() - began < 5
    assert len(caught.value.line()) < 5000


JSONS: Mapping[str, tuple[str, str]] = {
    "no JSON": ("{name: x}", "RECIPE_SYNTAX"),
    "cut off": ('{"name": "x"', "RECIPE_SYNTAX"),
    "a list": ("[]", "RECIPE_SYNTAX"),
    "nested deep": ('{"a": ' + "[" * 100_000, "RECIPE_TOO_COMPLEX"),
    "nested": ('{"a": ' + "[" * 50 + "]" * 50 + "}", "RECIPE_TOO_COMPLEX"),
    "a key twice": ('{"name": "a", "name": "b"}', "RECIPE_KEY_DOUBLE"),
    "too many values": (json.dumps({"a": [0] * 300_000}), "RECIPE_TOO_COMPLEX"),
    "NaN": (json.dumps({"selection": {"slice_spacing_mm": [float("nan"), 1]}}), "RECIPE_NUMBER"),
    "a huge number": ('{"selection": {"at_most": 1' + "0" * 5000 + "}}", "RECIPE_NUMBER"),
    "half a character": ('{"name": "\\ud800"}', "RECIPE_VALUE"),
}


@pytest.mark.parametrize("name", JSONS)
def test_hostile_json_ends_in_a_named_error(tmp_path: Path, name: str) -> None:
    text, code = JSONS[name]
    with pytest.raises(InputError) as caught:
        recipe_of(tmp_path, text, "recipe.json")
    problems = caught.value.details.get("problems", ())
    assert code in {caught.value.code, *(each["code"] for each in problems)}  # type: ignore[attr-defined]  # untyped


PATHS = ["a\\0b", "\\x01", "x" * 5000, "~nobody/x", "~nobody", "\\ud800", "con\\nname"]


@pytest.mark.parametrize("path", PATHS)
def test_odd_paths_end_in_a_named_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError) as caught:
        recipe_of(tmp_path, LEAST.replace("[archive]", f'["{path}"]'))
    assert caught.value.code.startswith("RECIPE_")


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gives_a_recipe_or_a_named_error(tmp_path: Path, text: str) -> None:
    _read_or_named(tmp_path, text.encode("utf-8", "surrogatepass"))


@given(st.integers(0, 10**6), st.sampled_from(["", ":", "[", "{", "&a ", "*a", "- ", "\t", "!!x ", "\x85", "'", "|"]))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_recipe_gives_a_recipe_or_a_named_error(tmp_path: Path, place: int, put: str) -> None:
    whole = LEAST + "selection: {age_years: [18, 60], exclude: [{column: a, below: 3}]}\nmasks: [{path: more}]\n"
    at = place % len(whole)
    _read_or_named(tmp_path, (whole[:at] + put + whole[at + place % 3 :]).encode())


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
SECTIONS = st.sampled_from(
    [
        "name",
        "version",
        "date",
        "title",
        "authors",
        "sources",
        "tables",
        "masks",
        "selection",
        "thinning",
        "splits",
        "analysis",
        "publish",
        "card",
        "languages",
        "previous",
        "changes",
        "profile",
    ]
)


@given(SECTIONS, ANY)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_of_any_key_gives_a_recipe_or_a_named_error(tmp_path: Path, key: str, value: object) -> None:
    recipe = {
        "name": "a",
        "version": "1.0.0",
        "date": "2020-01-01",
        "title": "t",
        "licence": "CC0-1.0",
        "authors": ["a"],
        "sources": ["archive"],
    }
    path = written(tmp_path, json.dumps({**recipe, key: value}), "recipe.json")
    try:
        assert read_recipe(path).sha256
    except InputError as error:
        assert error.code in ERROR_CODES  # noqa: PT017 - which of the two it is depends on the value


def _read_or_named(folder: Path, text: bytes) -> None:
    path = written(folder, text)
    try:
        assert read_recipe(path).sha256
    except InputError as error:
        assert error.code in ERROR_CODES  # noqa: PT017 - which of the two it is depends on the text


def test_a_wrong_value_is_no_error_of_the_house() -> None:
    assert not issubclass(WrongError, InputError)
