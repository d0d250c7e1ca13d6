"""Which type (PS3.5 section 7.4) an IOD gives an attribute, for those whose action depends on it."""

from __future__ import annotations

from functools import cache

from groundglass.deidentify.table.rows import read


@cache
def _numbers() -> dict[str, int]:
    return {uid: int(row["number"]) for row in read("iods.csv") for uid in row["sop_classes"].split()}


@cache
def _masks() -> dict[tuple[str, str], tuple[tuple[str, int], ...]]:
    found: dict[tuple[str, str], tuple[tuple[str, int], ...]] = {}
    for row in read("types.csv"):
        key = (row["keyword"], row["parent"])
        found[key] = (*found.get(key, ()), (row["type"], int(row["iods"], 16)))
    return found


def type_in_iod(keyword: str, sop_class: str, path: tuple[str, ...]) -> str | None:
    """Return the type of an attribute in the IOD of a SOP class.

    Parameters
    ----------
    keyword : str
        The attribute.
    sop_class : str
        UID of the SOP class.
    path : tuple of str
        Keywords of the enclosing sequences from the root; of the last one, the strictest of its places counts.

    Returns
    -------
    str or None
        ``1``, ``1C``, ``2``, ``2C`` or ``3``; empty where the IOD does not have it there; None for a SOP class that is
        not known.
    """
    number = _numbers().get(sop_class)
    if number is None:
        return None
    for kind, mask in _masks().get((keyword, path[-1] if path else ""), ()):
        if mask >> number & 1:
            return kind
    return ""
