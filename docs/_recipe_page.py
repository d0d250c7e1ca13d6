"""The page of the keys of recipes, made from their table."""

from __future__ import annotations

from _markdown import table


def recipe_page() -> str:
    """Return every key with what it takes, its default and what it does, by section."""
    from groundglass.datasets.recipe.keys import KEYS, SECTIONS, default_words

    parts = []
    for section, what in SECTIONS.items():
        rows = [
            (f"`{key.name}`", key.kind.words, default_words(key), key.help)
            for key in KEYS
            if key.name.rpartition(".")[0] == section
        ]
        title = f"## `{section}`\n\n{what}\n\n" if section else ""
        parts.append(title + table(["key", "takes", "default", "what it does"], rows))
    return f"""# Keys of a recipe

What a [recipe of a data set](../how-to/dataset-recipe.md) can say. YAML, or JSON in a file whose name ends in `.json`.
`sources[].path` is the key `path` of each entry of the list `sources`. Paths start at the folder of the recipe. An
unknown key, a wrong value or a path that is not there ends the build before anything is read; up to ten problems are
told at once.

{(chr(10) * 2).join(parts)}
"""
