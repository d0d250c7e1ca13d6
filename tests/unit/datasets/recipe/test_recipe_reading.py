"""Recipes as people write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from written_recipes import LEAST, recipe_of, written

from groundglass.datasets.recipe.keys import KEYS, NEEDED, SECTIONS, key_rows
from groundglass.datasets.recipe.model import Exclusion, Recipe
from groundglass.datasets.recipe.reading import read_recipe
from groundglass.errors import InputError


def test_the_least_recipe_has_every_default(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, LEAST)
    assert recipe.about.name == "chest-2020"
    assert recipe.about.version == "1.0.0"
    assert recipe.about.date == "2020-05-20"
    assert recipe.about.title == {"en": "Chest CTs"}
    assert recipe.about.authors == ("The Someones",)
    assert [rule.path for rule in recipe.sources] == [tmp_path / "archive"]
    assert recipe.layout == "mosmed"
    assert recipe.languages == ("en", "ru")
    assert not recipe.analysis.wanted
    assert recipe == Recipe(about=recipe.about, sources=recipe.sources, sha256=recipe.sha256)


def test_every_key_reaches_the_recipe(tmp_path: Path) -> None:
    for name in ("grades.csv", "LICENCE.txt", "profile.toml", "patients.txt"):
        (tmp_path / name).write_text("study_uid,grade\n" if name == "grades.csv" else "p1\np2\n", encoding="utf-8")
    text = (
        LEAST.replace("sources: [archive]", "")
        + """
description: {en: What it is, ru: Что это}
purpose: {ru: Обучение}
licence_url: https://example.org/licence
licence_file: LICENCE.txt
citation: Someone 2020
doi: 10.1234/abc
url: https://example.org
contact: someone@example.org
layout: nnunet
languages: en
profile: profile.toml
project: ../project
previous: more
changes: [Masks were added.]
sources:
  - path: archive
    organisation: First clinic
  - more
tables:
  - path: grades.csv
    key: study_uid
    match: accession
    grade: grade
    values: {norm: CT-0, "тяжёлая": КТ-3}
    readers: [first, second]
    sex: sex
    age: age
    organisation: clinic
    mask: mask
    pattern: pattern
    localisation: where
masks:
  - path: more
    kind: lungs
    match: file
    prefix: m_
    suffix: _mask
    labels: {1: right_lung, 2: left_lung}
selection:
  first_date: 2020-03-01
  last_date: "20200425"
  organisations: [First clinic]
  age_years: {min: 18}
  sex: [m, F]
  grades: [CT-0, ct1]
  kernel: soft
  kernels: [FC07, B3*]
  series_description: "*BODY*"
  manufacturers: ["*TOSHIBA*"]
  slices: [100, null]
  slice_spacing_mm: [0.5, 1.5]
  contrast: no
  with_masks: yes
  in_tables: true
  exclude_patients: {file: patients.txt}
  exclude_studies: [1.2.3, 1.2.4]
  exclude:
    - {column: pregnant, equals: [yes, 1], reason: pregnancy}
    - {column: SpO2, below: 93}
    - {column: temperature, above: 41.5}
    - {column: smoker, missing: true}
  one_per_patient: first
  at_most: 50
thinning: {every_mm: 8}
splits: {shares: {train: 0.8, test: 0.2}, seed: 3}
analysis: {grade: missing, masks: missing, lungs: true, results: true}
publish: {age: decades, sex: false, scanner: false, site: false, reads: false, columns: {SpO2: spo2_percent}}
"""
    )
    recipe = recipe_of(tmp_path, text)
    assert recipe.selection.first_date == "20200301"
    assert recipe.selection.last_date == "20200425"
    assert recipe.selection.age_years == (18, None)
    assert recipe.selection.sex == ("M", "F")
    assert recipe.selection.grades == ("CT-0", "CT-1")
    assert recipe.selection.contrast == "no"
    assert recipe.selection.patients == ("p1", "p2")
    assert recipe.selection.studies == ("1.2.3", "1.2.4")
    assert recipe.selection.exclusions[:2] == (
        Exclusion(column="pregnant", test="equals", value=("yes", "1"), reason="pregnancy"),
        Exclusion(column="SpO2", test="below", value=93.0),
    )
    assert [each.test for each in recipe.selection.exclusions[2:]] == ["above", "missing"]
    assert recipe.tables[0].values == {"norm": "CT-0", "тяжёлая": "CT-3"}
    assert recipe.masks[0].labels == {1: "right_lung", 2: "left_lung"}
    assert recipe.project == (tmp_path / "../project").resolve()
    assert recipe.splits.shares == {"train": 0.8, "test": 0.2}
    assert recipe.publish.columns == {"SpO2": "spo2_percent"}
    plain = Recipe(about=recipe.about, sources=())
    unchanged = [
        name
        for part in ("selection", "analysis", "publish")
        for name in getattr(recipe, part).__slots__
        if getattr(getattr(recipe, part), name) == getattr(getattr(plain, part), name)
    ]
    assert unchanged == []


def test_yaml_takes_no_value_for_something_else(tmp_path: Path) -> None:
    text = LEAST.replace('"1.0.0"', "1.10").replace("chest-2020", "2020")
    text += "selection: {exclude_patients: [0012, 1e5, 12:30, yes, 2020-01-01], contrast: no}\n"
    recipe = recipe_of(tmp_path, text)
    assert recipe.about.version == "1.10.0"
    assert recipe.about.name == "2020"
    assert recipe.selection.patients == ("0012", "1e5", "12:30", "yes", "2020-01-01")


def test_json_says_the_same_as_yaml(tmp_path: Path) -> None:
    text = LEAST + "selection: {age_years: [18, null], with_masks: true}\nsplits: {shares: {train: 0.5, test: 0.5}}\n"
    loaded = yaml.safe_load(text)
    loaded["date"] = str(loaded["date"])
    again = recipe_of(tmp_path, json.dumps(loaded), "recipe.json")
    assert again == recipe_of(tmp_path, text)


def test_american_spellings_are_read(tmp_path: Path) -> None:
    text = LEAST.replace("licence", "license").replace("[archive]", "[{path: archive, organization: A}]")
    recipe = recipe_of(tmp_path, text)
    assert recipe.about.licence == "CC-BY-4.0"
    assert recipe.sources[0].organisation == "A"


def test_the_hash_is_of_the_meaning_and_not_of_the_letters_or_the_place(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there" / "deep"
    here.mkdir()
    there.mkdir(parents=True)
    text = LEAST + "selection: {sex: [M, F], kernel: any}\nproject: key\n"
    other = "# a remark\n" + "\n".join(reversed(LEAST.replace("[archive]", '["./archive/"]').splitlines()))
    other += "\nselection:\n  sex:\n    - F\n    - M\nthinning:\nproject: elsewhere\n"
    assert recipe_of(here, text).sha256 == recipe_of(there, other).sha256
    assert recipe_of(here, text).sha256 != recipe_of(here, text.replace("M, F", "M")).sha256


def test_a_list_of_identifiers_in_a_file_means_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("\ufeff# withdrawn\n0017\n\n 0018 \n0017\n", encoding="utf-8")
    (tmp_path / "ids.csv").write_text("name;PatientID\nx;0018\ny;0017\n", encoding="utf-8")
    lines = recipe_of(tmp_path, LEAST + "selection: {exclude_patients: {file: ids.txt}}\n")
    table = recipe_of(tmp_path, LEAST + "selection: {exclude_patients: {file: ids.csv, column: PatientID}}\n")
    inside = recipe_of(tmp_path, LEAST + "selection: {exclude_patients: [0017, 0018]}\n")
    assert lines.selection.patients == ("0017", "0018")
    assert table.sha256 == lines.sha256 == inside.sha256


def test_anchors_and_merge_keys_are_read(tmp_path: Path) -> None:
    text = LEAST + "masks:\n  - &m {path: more, suffix: _a}\n  - {<<: *m, suffix: _b, kind: lungs}\n"
    recipe = recipe_of(tmp_path, text)
    assert [(rule.path, rule.suffix, rule.kind) for rule in recipe.masks] == [
        (tmp_path / "more", "_a", "lesions"),
        (tmp_path / "more", "_b", "lungs"),
    ]


WRONG: Mapping[str, tuple[str, str]] = {
    "verison: 1": ("RECIPE_KEY_UNKNOWN", "is version meant?"),
    "age_years: [18, null]": ("RECIPE_KEY_UNKNOWN", "write it as selection.age_years"),
    "colour: red": ("RECIPE_KEY_UNKNOWN", "take one of name"),
    "selection: {age_yaers: [1, 2]}": ("RECIPE_KEY_UNKNOWN", "selection.age_yaers"),
    "selection: 5": ("RECIPE_TYPE", "selection"),
    "selection: [1]": ("RECIPE_TYPE", "write keys below it"),
    "selection: {age_years: 18}": ("RECIPE_TYPE", "selection.age_years"),
    "selection: {age_years: [18, 20, 22]}": ("RECIPE_TYPE", "[least, largest]"),
    "selection: {age_years: [60, 18]}": ("RECIPE_NUMBER", "larger than the largest"),
    "selection: {age_years: [-1, 18]}": ("RECIPE_NUMBER", "selection.age_years"),
    "selection: {age_years: [1.5, 18]}": ("RECIPE_NUMBER", "whole number"),
    "selection: {at_most: 0}": ("RECIPE_NUMBER", "selection.at_most"),
    f"selection: {{at_most: {'9' * 400}}}": ("RECIPE_NUMBER", "selection.at_most"),
    "selection: {slice_spacing_mm: [.nan, 1]}": ("RECIPE_NUMBER", "selection.slice_spacing_mm"),
    "selection: {slice_spacing_mm: [1, .inf]}": ("RECIPE_NUMBER", "selection.slice_spacing_mm"),
    "selection: {slice_spacing_mm: [1e400, 2]}": ("RECIPE_NUMBER", "selection.slice_spacing_mm"),
    "selection: {first_date: 2020-02-30}": ("RECIPE_DATE", "selection.first_date"),
    "selection: {first_date: 01.03.2020}": ("RECIPE_DATE", "a day as 2020-03-01"),
    "selection: {first_date: 2020-04-01, last_date: 2020-03-01}": ("RECIPE_CONTRADICTION", "after the last"),
    "selection: {grades: [CT-5]}": ("RECIPE_VALUE", "selection.grades[1]"),
    "selection: {sex: [M, X]}": ("RECIPE_VALUE", "selection.sex[2]"),
    "selection: {kernel: hard}": ("RECIPE_VALUE", "one of any, soft, lung"),
    "selection: {with_masks: maybe}": ("RECIPE_VALUE", "true or false"),
    "selection: {exclude: [{column: x}]}": ("RECIPE_CONTRADICTION", "selection.exclude[1]"),
    "selection: {exclude: [{column: x, below: 1, above: 2}]}": ("RECIPE_CONTRADICTION", "one of equals"),
    "selection: {exclude: [{below: 1}]}": ("RECIPE_KEY_MISSING", "selection.exclude[1].column"),
    "selection: {exclude_patients: {file: nowhere.txt}}": ("RECIPE_PATH_MISSING", "nowhere.txt"),
    "selection: {exclude_patients: {path: a}}": ("RECIPE_VALUE", "file and column"),
    "selection: {exclude_patients: [[a]]}": ("RECIPE_TYPE", "selection.exclude_patients[1]"),
    "thinning: {instance_number: 10, every_mm: 8}": ("RECIPE_THINNING", "instance_number or every_mm"),
    "thinning: {instance_number: 0}": ("RECIPE_NUMBER", "thinning.instance_number"),
    "thinning: {every_mm: -8}": ("RECIPE_NUMBER", "thinning.every_mm"),
    "splits: {shares: {train: 0.8, test: 0.3}}": ("RECIPE_SHARES", "sum to 1.1"),
    "splits: {shares: {train: 1, test: 0}}": ("RECIPE_SHARES", "empty"),
    "splits: {shares: {'../x': 1}}": ("RECIPE_SHARES", "no name of a part"),
    "splits: {shares: {a: 1}, folds: 5}": ("RECIPE_CONTRADICTION", "shares and folds"),
    "splits: {folds: 1}": ("RECIPE_NUMBER", "splits.folds"),
    "analysis: {grade: sometimes}": ("RECIPE_VALUE", "analysis.grade"),
    "layout: zip": ("RECIPE_VALUE", "mosmed, nnunet, bids"),
    "languages: [de]": ("RECIPE_VALUE", "languages[1]"),
    "profile: nothere.toml": ("RECIPE_PATH_MISSING", "nothere.toml"),
    "description: {de: Was}": ("RECIPE_VALUE", "neither en nor ru"),
    "tables: [{path: archive}]": ("RECIPE_KEY_MISSING", "tables[1].key"),
    "tables: [{path: archive, key: a, match: name}]": ("RECIPE_VALUE", "tables[1].match"),
    "tables: [{path: archive, key: a, values: {x: 7}}]": ("RECIPE_VALUE", "tables[1].values.x"),
    "masks: [{path: archive, labels: {one: lesion}}]": ("RECIPE_NUMBER", "masks[1].labels"),
    "masks: [{path: archive, labels: {1: tumour}}]": ("RECIPE_VALUE", "masks[1].labels.1"),
    "masks: [{path: archive, kind: lungs, labels: {1: lesion}}]": ("RECIPE_CONTRADICTION", "masks[1].labels"),
    "publish: {age: months}": ("RECIPE_VALUE", "publish.age"),
    "license: MIT": ("RECIPE_KEY_DOUBLE", "licence"),
    "name: other": ("RECIPE_KEY_DOUBLE", "name"),
    "card: {colour: red}": ("CARD_FIELD_UNKNOWN", "colour"),
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_line_is_named_with_its_place_and_what_is_accepted(tmp_path: Path, line: str) -> None:
    code, words = WRONG[line]
    with pytest.raises(InputError) as caught:
        recipe_of(tmp_path, LEAST + line + "\n")
    assert caught.value.code == code
    assert words in str(caught.value)


REPLACED: Mapping[tuple[str, str], str] = {
    ("chest-2020", "../up"): "RECIPE_NAME",
    ("chest-2020", "a b"): "RECIPE_NAME",
    ("chest-2020", "грудь"): "RECIPE_NAME",
    ("chest-2020", ".hidden"): "RECIPE_NAME",
    ("chest-2020", "nul.txt"): "RECIPE_NAME",
    ("chest-2020", "ends."): "RECIPE_NAME",
    ("chest-2020", "a" * 65): "RECIPE_NAME",
    ('"1.0.0"', "v1.0.0"): "RECIPE_VERSION",
    ('"1.0.0"', "1"): "RECIPE_VERSION",
    ('"1.0.0"', "1.0.0.0"): "RECIPE_VERSION",
    ('"1.0.0"', "01.0.0"): "RECIPE_VERSION",
    ('"1.0.0"', "1.0.0/../x"): "RECIPE_VERSION",
    ('"1.0.0"', "latest"): "RECIPE_VERSION",
    ("2020-05-20", "yesterday"): "RECIPE_DATE",
    ("CC-BY-4.0", ""): "RECIPE_LICENCE",
    ("CC-BY-4.0", "'  '"): "RECIPE_LICENCE",
    ("[archive]", "[]"): "RECIPE_KEY_MISSING",
    ("[archive]", "[nowhere]"): "RECIPE_PATH_MISSING",
    ("[archive]", "[{organisation: A}]"): "RECIPE_KEY_MISSING",
    ("[archive]", "{archive: {}}"): "RECIPE_KEY_UNKNOWN",
    ("The Someones", "[]"): "RECIPE_KEY_MISSING",
    ("Chest CTs", "{}"): "RECIPE_KEY_MISSING",
}


@pytest.mark.parametrize("change", REPLACED, ids=lambda change: "->".join(change)[:40])
def test_a_wrong_value_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        recipe_of(tmp_path, LEAST.replace(*change))
    assert caught.value.code == REPLACED[change]


def test_several_problems_are_told_together_and_no_more_than_ten(tmp_path: Path) -> None:
    lines = "".join(f"  wrong{number}: 1\n" for number in range(14))
    with pytest.raises(InputError) as caught:
        recipe_of(tmp_path, LEAST + "selection:\n" + lines)
    problems: Any = caught.value.details["problems"]
    assert len(problems) == 10
    assert problems[0] == {"code": "RECIPE_KEY_UNKNOWN", "place": "selection.wrong0", "what": "it is no key"}
    assert "14 things" in str(caught.value)
    assert "and 4 more" in str(caught.value)


def test_the_line_of_a_problem_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        recipe_of(tmp_path, LEAST + "selection:\n  slices: [1, 2]\n  kernel: hard\n")
    assert caught.value.where == "recipe.yaml line 10, selection.kernel"


def test_every_key_stands_in_the_table_of_keys_once_and_has_help() -> None:
    names = [key.name for key in KEYS]
    assert len(names) == len(set(names))
    assert all(key.help.endswith((".", "`.")) for key in KEYS)
    assert {name.rpartition(".")[0] for name in names} == set(SECTIONS)
    assert len(key_rows()) == len(KEYS)
    assert [row[2] for row in key_rows()].count("needed") == sum(key.default is NEEDED for key in KEYS)


def test_a_recipe_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_recipe(tmp_path / "nowhere.yaml")
    assert caught.value.code == "RECIPE_MISSING"


def test_a_folder_is_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_recipe(tmp_path)
    assert caught.value.code == "RECIPE_UNREADABLE"


def test_paths_start_at_the_folder_of_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    path = written(tmp_path / "sub", LEAST.replace("[archive]", "[../archive]"))
    (tmp_path / "archive").mkdir()
    monkeypatch.chdir(tmp_path)
    assert read_recipe(path.relative_to(tmp_path)).sources[0].path == tmp_path / "archive"
