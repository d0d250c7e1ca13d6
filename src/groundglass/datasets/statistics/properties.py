"""Which properties of studies are counted: one row a property of words, one row a property of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from groundglass.datasets.members import Member
from groundglass.dicom.kernels import kernel_kind

GRADES = ("CT-0", "CT-1", "CT-2", "CT-3", "CT-4")
SEXES = ("M", "F", "O")
ZONES = ("right_upper", "right_middle", "right_lower", "left_upper", "left_middle", "left_lower")
"""Places of the six-zone score, in the order of tables."""


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """A property of words; its heading is the phrase ``stats_<name>``.

    Attributes
    ----------
    name : str
        Stable key.
    of : callable
        The value of a study, "" for unknown.
    order : tuple of str
        Values that come first, in this order.
    complete : bool
        Whether values of ``order`` that nobody has are told with 0, where another one is known.
    """

    name: str
    of: Callable[[Member], str]
    order: tuple[str, ...] = ()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """A property of numbers; its heading is the phrase ``stats_<name>``, its unit ``stats_unit_<unit>``.

    Attributes
    ----------
    name : str
        Attribute of :class:`groundglass.datasets.members.Member`, and stable key; ends in its unit unless it counts.
    unit : str
        ``years``, ``kv``, ``mm``, ``ml``, ``percent`` or "" for a count.
    digits : int
        Decimals in tables.
    edges : tuple of float
        Of the histogram; the same for every set, so that two can be laid beside each other.
    summed : bool
        Whether the total says anything.
    """

    name: str
    unit: str
    digits: int
    edges: tuple[float, ...] = ()
    summed: bool = False


def _text(attribute: str) -> Callable[[Member], str]:
    def of(member: Member) -> str:
        return str(getattr(member, attribute) or "").strip()

    return of


def _known(attribute: str) -> Callable[[Member], str]:
    """Return the text of an attribute that writes ``unknown`` for what it does not know."""
    text = _text(attribute)
    return lambda member: "" if text(member).lower() == "unknown" else text(member)


def _scanner(member: Member) -> str:
    return " ".join(part for part in (_text("manufacturer")(member), _text("model")(member)) if part)


def _kernel_class(member: Member) -> str:
    kind = kernel_kind(member.kernel or "", member.manufacturer or "")
    return "" if kind == "unknown" else kind


def _kvp(member: Member) -> str:
    return "" if member.kvp is None else f"{member.kvp:.6g}"


def _mask_source(member: Member) -> str:
    return _known("mask_source")(member) if member.mask_file or member.lesion_ml is not None else ""


_CATEGORIES: tuple[CategoryRule, ...] = (
    CategoryRule("grade", _text("grade"), GRADES, complete=True),
    CategoryRule("grade_source", _known("grade_source"), ("table", "analysis")),
    CategoryRule("sex", _known("sex"), SEXES),
    CategoryRule("split", _text("split")),
    CategoryRule("site", _text("site")),
    CategoryRule("manufacturer", _text("manufacturer")),
    CategoryRule("scanner", _scanner),
    CategoryRule("kernel_class", _kernel_class, ("soft", "lung", "bone")),
    CategoryRule("kernel", _text("kernel")),
    CategoryRule("kvp_kv", _kvp),
    CategoryRule("contrast", _known("contrast"), ("no", "yes")),
    CategoryRule("mask_source", _mask_source, ("people", "analysis")),
    CategoryRule("pattern", _known("pattern"), ("ground_glass", "mixed", "consolidation", "none")),
)
CATEGORIES: Mapping[str, CategoryRule] = MappingProxyType({rule.name: rule for rule in _CATEGORIES})
"""Every property of words by its name."""

_SLICES = (0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 150.0, 200.0, 300.0, 400.0, 600.0, 800.0, 1200.0)
_MM = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 15.0, 20.0, 25.0)
_PIXEL_MM = tuple(round(0.3 + 0.05 * step, 2) for step in range(19))
_LESION_ML = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)
_LUNGS_ML = tuple(500.0 * step for step in range(21))
_PERCENT = (0.0, 1.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 75.0, 100.0)

_MEASURES: tuple[MeasureRule, ...] = (
    MeasureRule("age_years", "years", 0, tuple(10.0 * step for step in range(13))),
    MeasureRule("slice_thickness_mm", "mm", 2, _MM),
    MeasureRule("slices_original", "", 0, _SLICES, summed=True),
    MeasureRule("slices", "", 0, _SLICES, summed=True),
    MeasureRule("spacing_slice_mm", "mm", 2, _MM),
    MeasureRule("spacing_row_mm", "mm", 3, _PIXEL_MM),
    MeasureRule("spacing_column_mm", "mm", 3, _PIXEL_MM),
    MeasureRule("lesion_ml", "ml", 2, _LESION_ML, summed=True),
    MeasureRule("ground_glass_ml", "ml", 2, _LESION_ML, summed=True),
    MeasureRule("consolidation_ml", "ml", 2, _LESION_ML, summed=True),
    MeasureRule("lesions", "", 0, (), summed=True),
    MeasureRule("lungs_ml", "ml", 0, _LUNGS_ML),
    MeasureRule("involvement_percent", "percent", 1, _PERCENT),
)
MEASURES: Mapping[str, MeasureRule] = MappingProxyType({rule.name: rule for rule in _MEASURES})
"""Every property of numbers by its name."""
