"""The reference page of the fields of a card of a data set, and of the licences that are known by name."""

from __future__ import annotations

from _markdown import table  # lies beside this script

from groundglass.datasets.documents.card_fields import rows_of_fields
from groundglass.datasets.documents.licences import rows_of_licences


def cards_page() -> str:
    """Return the fields of the card, and the licences."""
    fields = [(f"`{key}`", *rest) for key, *rest in rows_of_fields()]
    licences = [(f"`{spdx}`", *rest) for spdx, *rest in rows_of_licences()]
    return f"""# Card and licence of a data set

## Fields of the card

`card` of a [recipe](dataset-recipes.md) takes these keys; `card.json` and the README show them, with what is measured.

{table(["key", "meaning", "value", "filled by"], fields)}

## Licences

`licence` of a recipe takes one of these names; any other text is taken as it is. `licence_file` is copied as LICENSE.

{table(["SPDX", "name", "commercial use", "changed versions", "naming the source", "same licence"], licences)}
"""
