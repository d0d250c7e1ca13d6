"""The two files that groundglass itself adds to OUT: what their own words are."""

from __future__ import annotations

import re
from functools import cache

from groundglass.deidentify.verify.spelling import words

OWN_FILES = frozenset({"deidentification.json", "deidentification.html"})
"""At the top of OUT: the report of the run, and the same for people."""


@cache
def _of_phrases() -> frozenset[str]:
    from groundglass.phrases import table

    found: set[str] = set()
    for key, phrase in table().items():
        if key.startswith("deid"):
            found.update(words(f"{phrase.en} {phrase.ru}"))
    return frozenset(found)


def own_words(data: bytes) -> frozenset[str]:
    """Return words that stand in such a file whatever was de-identified: its sentences, keys, names of styles.

    Parameters
    ----------
    data : bytes
        The file.
    """
    text = data.decode("utf-8", "replace")
    keys = re.findall(r'"([a-z_]+)"\s*:', text)
    markup = re.findall(r"<(?:style|script)\b.*?</(?:style|script)>|<[^<>]{0,2000}>", text, re.S)
    return _of_phrases() | frozenset(words(" ".join([*keys, *markup])))
