"""The page on recipes says what recipes take."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from written_recipes import LEAST

from groundglass.datasets.recipe.keys import KEYS
from groundglass.datasets.recipe.reading import read_recipe

PAGE = Path(__file__).resolve().parents[4] / "docs" / "how-to" / "dataset-recipe.md"
NAMED = ["archive", "second-clinic.zip", "grades.xlsx", "clinical.csv", "masks", "lungs.zip", "deidentification.toml"]
NAMED += ["out/chest-2020-0.9.0"]


def blocks() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_every_example_is_read(tmp_path: Path) -> None:
    for name in NAMED:
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "LICENSE.txt").write_text("terms", encoding="utf-8")
    (tmp_path / "withdrawn.txt").write_text("0001\n", encoding="utf-8")
    for number, block in enumerate(blocks()):
        given = yaml.safe_load(block)
        above = [line for line in LEAST.splitlines(keepends=True) if line.partition(":")[0] not in given]
        path = tmp_path / f"{number}.yaml"
        path.write_text("".join(above) + block, encoding="utf-8")
        assert read_recipe(path).sha256
    assert len(blocks()) > 7


def test_every_key_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    names = {key.name.rpartition(".")[2] for key in KEYS}
    assert {name for name in names if not re.search(rf"\b{name}\b", text)} == set()
