"""What is wrong with a recipe, gathered so that several things are told at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from groundglass.errors import InputError

TOLD_AT_ONCE = 10
"""Nobody mends more before trying again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    code : str
        Error code.
    place : str
        ``selection.age_years``; "" for the whole.
    line : int
        In the file, 0 where it is not known.
    what, todo : str
        What is wrong, and what is accepted.
    """

    code: str
    place: str
    line: int
    what: str
    todo: str

    @property
    def where(self) -> str:
        """Line and place."""
        return ", ".join(part for part in (f"line {self.line}" if self.line else "", self.place) if part)


@dataclass(slots=True)
class Problems:
    """All of them, in the order found."""

    name: str
    found: list[Problem] = field(default_factory=list)

    def add(self, code: str, place: str, line: int, what: str, todo: str) -> None:
        """Add one."""
        self.found.append(Problem(code, place, line, what, todo))

    def done(self) -> None:
        """Raise one error for all, if there are any.

        Raises
        ------
        InputError
            With the code of the first; ``details["problems"]`` has code, place and words of each.
        """
        if not self.found:
            return
        first, told = self.found[0], self.found[:TOLD_AT_ONCE]
        details = [{"code": each.code, "place": each.place, "what": each.what} for each in told]
        if len(self.found) == 1:
            where = f"{self.name} {first.where}".strip()
            raise InputError(first.code, what=first.what, where=where, todo=first.todo, problems=details)
        listed = "; ".join(f"{each.where or 'recipe'}: {each.what} ({each.todo})" for each in told)
        more = len(self.found) - len(told)
        raise InputError(
            first.code,
            what=f"{len(self.found)} things are wrong: {listed}{f'; and {more} more' if more else ''}",
            where=self.name,
            todo="mend them all",
            problems=details,
        )
