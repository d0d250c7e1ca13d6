"""What a check finds, and the collector that every part of the check adds to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundglass.conformance.codes import DEFECTS
from groundglass.dicom.values import shown_uid
from groundglass.phrases import Language, Notice, Severity, say_notice

_UID_KEYS = ("uid", "uids", "names")
SHOWN_AT_MOST = 20
"""Objects or marks listed in one finding; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect with its evidence.

    Attributes
    ----------
    code : str
        A code of :data:`groundglass.conformance.codes.DEFECTS`.
    severity : {"info", "warning", "error"}
        As the profile has it.
    notice : Notice
        What is said.
    evidence : mapping
        Plain values: UIDs, numbers, attribute names; never a patient's data.
    """

    code: str
    severity: Severity
    notice: Notice
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def message(self, language: Language = "en") -> str:
        """Return the finding in words."""
        return say_notice(self.notice, language)

    def row(self, language: Language = "en") -> dict[str, Any]:
        """Return the finding as plain values for JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message(language),
            "evidence": dict(self.evidence),
        }


class Findings:
    """Findings under one profile.

    Parameters
    ----------
    severities : mapping of str to str
        Severities that the profile gives instead of those of the table; "off" drops a code.
    """

    def __init__(self, severities: Mapping[str, str]) -> None:
        self._severities = dict(severities)
        self._found: list[Finding] = []

    def add(
        self,
        code: str,
        phrase: str,
        values: Mapping[str, str | int | float] | None = None,
        evidence: Mapping[str, Any] | None = None,
        *,
        severity: Severity | None = None,
    ) -> None:
        """Add one finding.

        Parameters
        ----------
        code : str
            Of the table.
        phrase : str
            Key of the phrase that says it.
        values : mapping, optional
            Fill the phrase.
        evidence : mapping, optional
            What it rests on.
        severity : str, optional
            Where it is less than the table and the profile say.
        """
        grave = self._severities.get(code, DEFECTS[code].severity)
        if grave == "off":
            return
        chosen: Severity = severity or grave  # type: ignore[assignment]  # the profiles' words are tested
        self._found.append(Finding(code, chosen, Notice(phrase, dict(values or {}), chosen), _safe(evidence or {})))

    def all(self) -> tuple[Finding, ...]:
        """Return the findings, the gravest first, in order of the table."""
        rank = {"error": 0, "warning": 1, "info": 2}
        place = {code: number for number, code in enumerate(DEFECTS)}
        return tuple(sorted(self._found, key=lambda f: (rank[f.severity], place[f.code])))


def _safe(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return evidence in which whatever stands in place of a UID, a name perhaps, is not shown."""
    return {key: _safe_value(value, uid=key.endswith(_UID_KEYS)) for key, value in evidence.items()}


def _safe_value(value: Any, *, uid: bool) -> Any:
    if isinstance(value, Mapping):
        return _safe(value)
    if isinstance(value, list):
        return [_safe_value(each, uid=uid) for each in value]
    # files are known by labels of our own
    return shown_uid(value) if uid and isinstance(value, str) and not value.startswith("input[") else value


def some(items: Sequence[Any]) -> list[Any]:
    """Return the first few of a list for evidence."""
    return list(items[:SHOWN_AT_MOST])
