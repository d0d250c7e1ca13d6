"""From everything that was there to what the data set holds: how many fell out at each step, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step of the selection.

    Attributes
    ----------
    code : str
        Stable name; the phrase ``funnel_<code>`` says it in words.
    values : mapping
        Fill the marks of the phrase: limits, names of columns.
    studies_out, patients_out : int
        Studies that fell out here; patients of whom no study was left behind it.
    studies_left, patients_left : int
        What went on.
    reasons : mapping of str to int
        Where one step has several reasons (error codes of studies that cannot be read): studies by reason.
    """

    code: str
    values: Mapping[str, str | int | float]
    studies_out: int
    patients_out: int
    studies_left: int
    patients_left: int
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Funnel:
    """All steps in order; the first, ``found``, has nothing out."""

    steps: tuple[FunnelStep, ...] = ()

    def rows(self) -> list[dict[str, object]]:
        """Return the steps as JSON can hold them."""
        return [
            {
                "step": step.code,
                "values": dict(step.values),
                "studies_out": step.studies_out,
                "patients_out": step.patients_out,
                "studies_left": step.studies_left,
                "patients_left": step.patients_left,
                "reasons": dict(step.reasons),
            }
            for step in self.steps
        ]


def step(
    code: str,
    before: Sequence[str],
    after: Sequence[str],
    *,
    values: Mapping[str, str | int | float] | None = None,
    reasons: Mapping[str, int] | None = None,
) -> FunnelStep:
    """Return a step.

    Parameters
    ----------
    code : str
        Of the step.
    before, after : sequence of str
        Key of the patient of each study, before and behind it.
    values, reasons : mapping, optional
        As :class:`FunnelStep`.
    """
    return FunnelStep(
        code,
        values or {},
        len(before) - len(after),
        len(set(before)) - len(set(after)),
        len(after),
        len(set(after)),
        reasons or {},
    )
