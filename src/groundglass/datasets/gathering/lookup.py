"""Finding by name what belongs to a study: rows of tables, files of masks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from groundglass.datasets.gathering.names import plain

Item = TypeVar("Item", bound=Hashable)


class Lookup(Generic[Item]):
    """Things by the name of their study.

    Case does not matter. Where a name fits nothing as it is written, leading zeros do not matter either: spreadsheets
    drop them. They still do where two studies, or two things, differ by nothing else.

    Parameters
    ----------
    named : iterable of (str, Item)
        Name and thing.
    known : sequence of sequence of str
        Names of each study, the most telling first, as :func:`groundglass.datasets.gathering.names.names_of` gives
        them.
    zeros : bool
        Whether leading zeros may be lost; UIDs have none.
    """

    def __init__(self, named: Iterable[tuple[str, Item]], known: Sequence[Sequence[str]], *, zeros: bool) -> None:
        self._exact: dict[str, list[Item]] = {}
        for name, item in named:
            self._exact.setdefault(plain(name), []).append(item)
        everyone = {name for names in known for name in names}
        self._short: dict[str, list[Item]] = {}
        if zeros:
            spellings: dict[str, set[str]] = {}
            for name in (*everyone, *self._exact):
                spellings.setdefault(name.lstrip("0"), set()).add(name)
            for name, items in self._exact.items():
                short = name.lstrip("0")
                others = spellings[short] - {name}
                if name not in everyone and short and len(others) == 1 and not others & self._exact.keys():
                    self._short[short] = items
        self.used: set[Item] = set()

    def find(self, names: Sequence[str]) -> list[Item]:
        """Return what has the first of these names that anything has.

        Parameters
        ----------
        names : sequence of str
            Of one study.
        """
        for name in names:
            found = self._exact.get(name) or self._short.get(name.lstrip("0"), [])
            if found:
                self.used.update(found)
                return found
        return []
