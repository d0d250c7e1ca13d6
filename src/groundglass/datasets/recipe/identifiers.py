"""Lists of identifiers to leave out: written into the recipe, or in a file of one a line, or in a table."""

from __future__ import annotations

from pathlib import Path

from groundglass.datasets.recipe.kinds import RECIPE_VALUE, Kind, Surroundings, WrongError, several, words_of
from groundglass.datasets.recipe.nodes import Node
from groundglass.datasets.recipe.tables import TABLE_COLUMN_MISSING, read_lines, read_table
from groundglass.errors import InputError

_LONGEST_ID = 64
"""Letters of an identifier: LO and UI of DICOM have 64 (PS3.5 section 6.2)."""


def _identifier(node: Node, _around: Surroundings) -> str:
    text = words_of(node)
    if len(text) > _LONGEST_ID or not text.isprintable():
        raise WrongError(RECIPE_VALUE, f"it is no identifier of up to {_LONGEST_ID} letters", line=node.line)
    return text


_LIST = several(Kind("an identifier", _identifier), "identifiers")


def identifiers(given: Node | Path, around: Surroundings, column: str = "") -> tuple[str, ...]:
    """Return the identifiers.

    Parameters
    ----------
    given : Node or Path
        A list, or a file.
    around : Surroundings
        Of the recipe.
    column : str
        Of the file, where it is a table; "" takes its lines.

    Raises
    ------
    WrongError
        For a list.
    InputError
        ``TABLE_...`` for a file.
    """
    if not isinstance(given, Path):
        found: tuple[str, ...] = _LIST.read(given, around)
        return found
    if not column:
        return read_lines(given)
    table = read_table(given, heading=column)
    if column not in table.columns:
        raise InputError(
            TABLE_COLUMN_MISSING,
            what=f"the list of identifiers has no column {column[:60]}",
            where=given.name,
            todo="name a column of its heading line",
        )
    return tuple(dict.fromkeys(text for row in table.rows if (text := row[column].strip())))
