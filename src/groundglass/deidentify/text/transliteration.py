"""Names in the other script: Cyrillic in Latin letters and back, by the systems that passports and hospitals use."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice, product
from typing import Final

from groundglass.deidentify.text.tables import rows

MOST_FORMS: Final = 128
"""Forms kept of one word: the product of all choices would explode, and rare ones come last."""

_CYRILLIC: Final = re.compile(r"[а-яёіїєґў]", re.IGNORECASE)
_LATIN: Final = re.compile(r"[a-z]", re.IGNORECASE)


@cache
def _tables() -> tuple[dict[str, dict[str, str]], dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return whole systems (Cyrillic to Latin), loose choices of each Cyrillic letter, choices of Latin groups."""
    systems: dict[str, dict[str, str]] = {}
    loose: dict[str, list[str]] = {}
    back: dict[str, list[str]] = {}
    for row in rows("transliteration.csv"):
        for system in row["systems"].split():
            systems.setdefault(system, {})[row["cyrillic"]] = row["latin"]
        choices = loose.setdefault(row["cyrillic"], [])
        if row["latin"] not in choices:
            choices.append(row["latin"])
        if row["latin"] and row["back"] == "yes":
            back.setdefault(row["latin"], []).append(row["cyrillic"])
    return systems, {k: tuple(v) for k, v in loose.items()}, {k: tuple(dict.fromkeys(v)) for k, v in back.items()}


def other_script(word: str) -> frozenset[str]:
    """Return a word in the other script, in every usual way.

    Parameters
    ----------
    word : str
        One word of a name, any case.

    Returns
    -------
    frozenset of str
        Lower case; empty for words of neither script.
    """
    low = word.casefold()
    if _CYRILLIC.search(low):
        return _to_latin(low)
    if _LATIN.search(low) and low.isascii():
        return _to_cyrillic(low)
    return frozenset()


def _to_latin(word: str) -> frozenset[str]:
    systems, loose, _ = _tables()
    found = dict.fromkeys("".join(system.get(each, each) for each in word) for system in systems.values())
    choices = [_shortened(loose.get(each, (each,)), place, word) for place, each in enumerate(word)]
    for parts in islice(product(*choices), MOST_FORMS):
        found.setdefault("".join(parts))
    for form in list(found):
        for ending, others in (("iy", ("y", "ii", "ij", "i")), ("yy", ("y", "yi", "iy")), ("ey", ("ei", "ej"))):
            if form.endswith(ending):
                found.update(dict.fromkeys(form[: -len(ending)] + other for other in others))
        if "ks" in form:
            found.setdefault(form.replace("ks", "x"))
    return frozenset(found)


def _shortened(choices: tuple[str, ...], place: int, word: str) -> tuple[str, ...]:
    """Return at most two choices in the body of long words, so that the product stays small."""
    return choices[: 3 if len(word) <= 5 or place == 0 else 2]


def _to_cyrillic(word: str) -> frozenset[str]:
    _, _, back = _tables()
    longest = max(map(len, back))
    choices: list[tuple[str, ...]] = []
    place = 0
    while place < len(word):
        for size in range(longest, 0, -1):
            group = word[place : place + size]
            if group in back:
                choices.append(back[group][:3])
                break
        else:
            group = word[place]
            choices.append((group,))
        place += len(group)
    found = dict.fromkeys("".join(parts) for parts in islice(product(*choices), MOST_FORMS))
    for form in list(found):
        for ending, others in (("ы", ("ый", "ий")), ("ски", ("ский",)), ("цки", ("цкий",)), ("и", ("ий",))):
            if form.endswith(ending):
                found.update(dict.fromkeys(form[: -len(ending)] + other for other in others))
    return frozenset(found)
