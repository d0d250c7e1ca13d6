"""Where one grade ends and the next begins: named, dated profiles of limits, each with its source.

"Paper" is Morozov et al., Digital Diagnostics 2020;1(1):49-59, Table 2; "Readme" is the readme of the data set
COVID19_1110, version 1.0 of 28.04.2020. What they leave open is settled here, one row of :data:`AMBIGUITIES` each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from groundglass.analysis.result import GRADES, Grade
from groundglass.errors import InternalError, UsageError, declare
from groundglass.phrases import Notice

UNKNOWN_GRADING_RULES = declare("UNKNOWN_GRADING_RULES", "No profile of grading rules has the name asked for.")
IMPLAUSIBLE_FIGURE = declare("IMPLAUSIBLE_FIGURE", "A measured figure handed on inside groundglass is impossible.")

Denominator = Literal["whole_lung", "worse_lung"]
LimitBelongsTo = Literal["lower", "higher"]

PAPER = "Morozov et al., Digital Diagnostics 2020;1(1):49-59, Table 2"
README = "readme of COVID19_1110, version 1.0, 28.04.2020"
OWN = "groundglass"


@dataclass(frozen=True, slots=True)
class Limit:
    """The border below which one grade lies and above which the next begins.

    Attributes
    ----------
    above : {"CT-1", "CT-2", "CT-3", "CT-4"}
        The grade that begins here.
    percent : float
        Involvement, percent of lung.
    belongs_to : {"lower", "higher"}
        The grade that a value of exactly ``percent`` gets.
    source : str
        Who says so, or why we do.
    """

    above: Grade
    percent: float
    belongs_to: LimitBelongsTo
    source: str

    def passed(self, percent: float) -> bool:
        """Tell whether ``percent`` lies in the grade above, not below."""
        return percent >= self.percent if self.belongs_to == "higher" else percent > self.percent


@dataclass(frozen=True, slots=True)
class GradingRules:
    """One way to turn a percentage into a grade.

    Attributes
    ----------
    name : str
        Name of the profile.
    version : str
        Rises with every change of a limit.
    date : str
        ISO date of the source.
    denominator : {"whole_lung", "worse_lung"}
        Which percentage is graded.
    limits : tuple of Limit
        Four, rising: CT-1, CT-2, CT-3, CT-4. The first is the least share of lung that counts as a finding.
    source : str
        Where the profile comes from.

    Raises
    ------
    ValueError
        If the limits do not rise through CT-1, CT-2, CT-3, CT-4 between 0 and 100 %.
    """

    name: str
    version: str
    date: str
    denominator: Denominator
    limits: tuple[Limit, Limit, Limit, Limit]
    source: str

    def __post_init__(self) -> None:
        percents = [limit.percent for limit in self.limits]
        rising = all(low < high for low, high in zip([0.0, *percents], [*percents, 100.0], strict=True))
        if not rising or tuple(limit.above for limit in self.limits) != GRADES[1:]:
            raise ValueError(f"the limits of {self.name} must rise through CT-1, CT-2, CT-3, CT-4 between 0 and 100 %")

    @property
    def minimum_percent(self) -> float:
        """Least share of lung that is graded CT-1, percent."""
        return self.limits[0].percent

    def grade_of(self, percent: float) -> Grade:
        """Return the grade of a percentage.

        Raises
        ------
        InternalError
            ``IMPLAUSIBLE_FIGURE`` if ``percent`` is not a number from 0 to 100.
        """
        if not math.isfinite(percent) or not -_ROUNDING <= percent <= 100 + _ROUNDING:
            raise InternalError(
                IMPLAUSIBLE_FIGURE,
                what=f"an involvement of {percent} % cannot be graded",
                where=f"grading rules {self.name}",
                todo="report this as a defect of groundglass",
            )
        return GRADES[sum(limit.passed(percent) for limit in self.limits)]

    def stated(self) -> str:
        """Return the rules in one line: profile, version, denominator and every limit with its side.

        Examples
        --------
        >>> DEFAULT.stated()
        'paper-2020-default version 1 (whole lung: CT-0 < 0.3 % <= CT-1 <= 25 % < CT-2 <= 50 % < CT-3 < 75 % <= CT-4)'
        """
        line = "CT-0"
        for limit in self.limits:
            below, above = ("<", "<=") if limit.belongs_to == "higher" else ("<=", "<")
            line += f" {below} {limit.percent:g} % {above} {limit.above}"
        return f"{self.name} version {self.version} ({self.denominator.replace('_', ' ')}: {line})"


_ROUNDING = 1e-6

_LEAST_SHARE = Limit(
    "CT-1",
    0.3,
    "higher",
    f"{OWN}: the sources name no least share. In lungs without disease the classical engine may call at most 0.3 % "
    "opacity, so less than that cannot be told from its own error. 0.3 % of 5 litres is 15 ml, a ball of 3 cm; of the "
    "50 published masks, all of CT-1, 5 are smaller: those are CT-0 here, as unstable as their interval says.",
)
_PAPER_25 = Limit("CT-2", 25.0, "lower", f"{PAPER}: CT-1 is <= 25 %; CT-2 begins with the same figure")
_PAPER_50 = Limit("CT-3", 50.0, "lower", f"{PAPER}: 50 % belongs to CT-2 and CT-3; read like 25 %, to the lower")
_PAPER_75 = Limit("CT-4", 75.0, "higher", f"{PAPER}: CT-4 is >= 75 %")

DEFAULT = GradingRules(
    name="paper-2020-default",
    version="1",
    date="2020-04-28",
    denominator="whole_lung",
    limits=(_LEAST_SHARE, _PAPER_25, _PAPER_50, _PAPER_75),
    source=PAPER,
)

README_2020 = GradingRules(
    name="readme-2020",
    version="1",
    date="2020-04-28",
    denominator="whole_lung",
    limits=(
        _LEAST_SHARE,
        _PAPER_25,
        _PAPER_50,
        Limit("CT-4", 75.0, "lower", f"{README}: CT-4 where involvement exceeds 75 %"),
    ),
    source=README,
)

LIMITS_TO_HIGHER = GradingRules(
    name="paper-2020-limits-to-higher",
    version="1",
    date="2020-04-28",
    denominator="whole_lung",
    limits=(
        _LEAST_SHARE,
        Limit("CT-2", 25.0, "higher", f"{PAPER}: 25 % belongs to two grades; here to the graver one"),
        Limit("CT-3", 50.0, "higher", f"{PAPER}: 50 % belongs to two grades; here to the graver one"),
        _PAPER_75,
    ),
    source=PAPER,
)

WORSE_LUNG = GradingRules(
    name="paper-2020-worse-lung",
    version="1",
    date="2020-04-28",
    denominator="worse_lung",
    limits=(_LEAST_SHARE, _PAPER_25, _PAPER_50, _PAPER_75),
    source=f"{PAPER}; grading by the worse lung is a practice for which no source was verified",
)

PROFILES: Mapping[str, GradingRules] = MappingProxyType(
    {rules.name: rules for rules in (DEFAULT, README_2020, LIMITS_TO_HIGHER, WORSE_LUNG)}
)
"""Every profile by name."""


def profile(name: str) -> GradingRules:
    """Return a profile by name.

    Parameters
    ----------
    name : str
        One of :data:`PROFILES`.

    Raises
    ------
    UsageError
        ``UNKNOWN_GRADING_RULES`` with the names there are.
    """
    if name in PROFILES:
        return PROFILES[name]
    raise UsageError(
        UNKNOWN_GRADING_RULES,
        what=f"no grading rules are called {name[:60]!r}",
        where="grading rules",
        todo=f"choose one of {', '.join(PROFILES)}",
    )


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Something the sources leave open.

    Attributes
    ----------
    code : str
        Key of the phrase that says what is open and how it is settled; for the denominator it goes on with its name.
    about : {"CT-1", "CT-2", "CT-3", "CT-4", "denominator", "method"}
        The grade at whose lower limit it bites, or what else.
    source : str
        Where it shows.
    """

    code: str
    about: Literal["CT-1", "CT-2", "CT-3", "CT-4", "denominator", "method"]
    source: str


AMBIGUITIES: tuple[Ambiguity, ...] = (
    Ambiguity("rules_least_share", "CT-1", f"{PAPER}: no least volume of lesion"),
    Ambiguity("rules_shared_limit_25", "CT-2", f"{PAPER}: 25 % closes CT-1 and opens CT-2"),
    Ambiguity("rules_shared_limit_50", "CT-3", f"{PAPER}: 50 % closes CT-2 and opens CT-3"),
    Ambiguity("rules_limit_75", "CT-4", f"{PAPER}: >= 75 %; {README}: exceeds 75 %"),
    Ambiguity("rules_denominator", "denominator", f"{PAPER}: the lung, not saying whether both or the worse"),
    Ambiguity("rules_picture_and_percent", "method", f"{PAPER}: picture and percentage stand in one cell"),
    Ambiguity("rules_before_thinning", "method", f"{README}: graded on all slices, published every tenth"),
    Ambiguity("rules_reader_agreement", "method", "an abstract in Digital Diagnostics, second hand"),
)


def ambiguities(rules: GradingRules = DEFAULT) -> tuple[Notice, ...]:
    """Return what the sources leave open and how the rules settle it, for the foot of a report.

    Parameters
    ----------
    rules : GradingRules
        The limits.

    Returns
    -------
    tuple of Notice
        One for each of :data:`AMBIGUITIES`.
    """
    return tuple(Notice(_code(row, rules), _values(row, rules), "info") for row in AMBIGUITIES)


def _code(row: Ambiguity, rules: GradingRules) -> str:
    return f"{row.code}_{rules.denominator}" if row.about == "denominator" else row.code


def _values(row: Ambiguity, rules: GradingRules) -> dict[str, str | int | float]:
    if row.about in ("method", "denominator"):
        return {}
    limit = next(limit for limit in rules.limits if limit.above == row.about)
    higher = GRADES.index(limit.above)
    return {"percent": f"{limit.percent:g}", "grade": higher if limit.belongs_to == "higher" else higher - 1}
