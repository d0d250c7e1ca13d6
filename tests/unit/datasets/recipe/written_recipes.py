"""Recipes as text, and reading them back."""

from __future__ import annotations

from pathlib import Path

from groundglass.datasets.recipe.model import Recipe
from groundglass.datasets.recipe.reading import read_recipe

LEAST = """\
name: chest-2020
version: "1.0.0"
date: 2020-05-20
title: Chest CTs
licence: CC-BY-4.0
authors: The Someones
sources: [archive]
"""


def written(folder: Path, text: str | bytes, name: str = "recipe.yaml") -> Path:
    """Write a recipe beside the folders that it names."""
    for there in ("archive", "more"):
        (folder / there).mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def recipe_of(folder: Path, text: str | bytes, name: str = "recipe.yaml") -> Recipe:
    """Write a recipe and read it."""
    return read_recipe(written(folder, text, name))
