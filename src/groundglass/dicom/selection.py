"""Which series of a study to grade: a table of rules, the most important first, each with its reason in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from groundglass.dicom.kernels import KernelKind
from groundglass.dicom.roles import ROLES
from groundglass.phrases import Notice


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What selection knows of a usable series."""

    role: str
    extent_mm: float
    step_mm: float
    thickness_mm: float | None
    kernel: KernelKind
    contrast: str
    patient_position: str
    body_part: str
    words: str
    slices: int
    series_number: int
    lossy: bool
    bridged: int


@dataclass(frozen=True, slots=True)
class SelectionRule:
    """One criterion: a higher score is better; ``reason`` puts it into words where there is something to say."""

    name: str
    score: Callable[[SeriesFacts], int]
    source: str
    reason: Callable[[SeriesFacts], Notice | None] | None = None


CHEST_WORDS = re.compile(r"CHEST|THORA?X|THOR|LUNG|PULM|ГРУД|ОГК|ЛЕГК|ЛЁГК|ТОРАК|BODY|TORSO", re.IGNORECASE)
OTHER_WORDS = re.compile(
    r"HEAD|BRAIN|SKULL|NECK|SINUS|ORBIT|SPINE|ABDOM|PELVI|KNEE|HIP\b|FOOT|ANKLE|SHOULDER|WRIST|HAND|TEMPORAL|DENTAL|LIVER|"
    r"KIDNEY|EXTREM|HEART|CARDIAC|CORONARY|ГОЛОВ|МОЗГ|ШЕ[ЯИ]|БРЮШ|ЖИВОТ|ТАЗ|ПОЗВОН|ПОЧК|СЕРДЦ|ППН",
    re.IGNORECASE,
)
WHOLE_CHEST_MM = 200.0
"""Lungs of a small adult at inspiration are 200 mm high; Table 1 of the protocol adds 5 cm each way."""
HALF_CHEST_MM = 120.0
"""Less shows lobes, not lungs."""
THIN_MM = 3.0
"""Up to here lesions of a centimetre lie on three slices; the data set was thinned from 0.8 mm to 8 mm."""
MEDIUM_MM = 5.0
"""The usual thick reconstruction."""


def _extent(f: SeriesFacts) -> int:
    return 2 if f.extent_mm >= WHOLE_CHEST_MM else int(f.extent_mm >= HALF_CHEST_MM)


def _region(f: SeriesFacts) -> int:
    text = f"{f.body_part} {f.words}"
    if CHEST_WORDS.search(text):
        return 2
    return 0 if OTHER_WORDS.search(text) else 1


def _thinness(f: SeriesFacts) -> int:
    step = max(f.step_mm, f.thickness_mm or 0.0)
    return 2 if step <= THIN_MM else int(step <= MEDIUM_MM)


_KERNEL_SCORE: dict[KernelKind, int] = {"soft": 3, "unknown": 2, "lung": 1, "bone": 0}


RULES: tuple[SelectionRule, ...] = (
    SelectionRule(
        "usual picture",
        lambda f: int(ROLES[f.role].use == "yes"),
        "PET-AC, expiratory and monoenergetic series only where nothing better is there",
        lambda f: None if f.role == "axial" else Notice(ROLES[f.role].notice),
    ),
    SelectionRule(
        "whole chest",
        _extent,
        "Morozov et al. 2020, Table 1: whole lungs and 5 cm each way",
        lambda f: Notice(
            "select_extent_whole" if _extent(f) == 2 else "select_extent_short",
            {"mm": round(f.extent_mm)},
            "info" if _extent(f) == 2 else "warning",
        ),
    ),
    SelectionRule(
        "region",
        _region,
        "words of the header; never decide alone, anatomy is checked later",
        lambda f: Notice("select_other_region") if _region(f) == 0 else None,
    ),
    SelectionRule("original", lambda f: int(f.role != "axial_derived"), "axial original"),
    SelectionRule(
        "supine",
        lambda f: int(not f.patient_position.endswith("P")),
        "gravitational change lies in front in a prone patient",
        lambda f: Notice("position_prone") if f.patient_position.endswith("P") else None,
    ),
    SelectionRule(
        "thin",
        _thinness,
        "Morozov et al. 2020, Table 1: slice 1.0 mm, increment 0.8 mm",
        lambda f: Notice(
            ("select_thick", "select_medium", "select_thin")[_thinness(f)], {"mm": round(f.step_mm, 2)}, "info"
        ),
    ),
    SelectionRule("no contrast", lambda f: int(f.contrast != "yes"), "Morozov et al. 2020, Table 1: no contrast"),
    SelectionRule(
        "kernel",
        lambda f: _KERNEL_SCORE[f.kernel],
        "readme of COVID19_1110: the soft tissue series was taken; then lung",
        lambda f: Notice(f"select_kernel_{f.kernel}", {}, "info"),
    ),
    SelectionRule("lossless", lambda f: int(not f.lossy), "lossy compression moves HU"),
    SelectionRule("complete", lambda f: -f.bridged, "fewer bridged slices"),
    SelectionRule("thinner", lambda f: -round(100 * f.step_mm), "a tie is broken by finer steps"),
    SelectionRule("longer", lambda f: round(f.extent_mm), "a tie is broken by the longer scan"),
    SelectionRule("first", lambda f: -f.series_number, "a tie is broken by the first reconstruction"),
)


def rank(facts: SeriesFacts) -> tuple[int, ...]:
    """Return a key by which series sort, the best largest."""
    return tuple(rule.score(facts) for rule in RULES)


def reasons(facts: SeriesFacts) -> tuple[Notice, ...]:
    """Return what speaks for and against a series."""
    found = (rule.reason(facts) for rule in RULES if rule.reason is not None)
    return tuple(notice for notice in found if notice is not None)


def beaten_by(facts: SeriesFacts, best: SeriesFacts) -> str:
    """Return the name of the first rule in which the best series is better."""
    for rule in RULES:
        if rule.score(facts) != rule.score(best):
            return rule.name
    return "first"
