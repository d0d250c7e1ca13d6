"""What the physician knows of the patient: the clinical data that Table 2 asks for, read strictly.

Nothing is assumed: a field that was not given is None, and a value that cannot be is refused with the likely slip
named (a temperature in Fahrenheit, a saturation as a fraction, PaO2/FiO2 in kPa).
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NoReturn

from groundglass.errors import InputError, declare

CLINICAL_UNREADABLE = declare("CLINICAL_UNREADABLE", "The clinical data are not a JSON object of fields and values.")
CLINICAL_UNKNOWN_FIELD = declare("CLINICAL_UNKNOWN_FIELD", "The clinical data hold a field that does not exist.")
CLINICAL_WRONG_TYPE = declare("CLINICAL_WRONG_TYPE", "A clinical field holds a value of the wrong type.")
CLINICAL_IMPLAUSIBLE = declare("CLINICAL_IMPLAUSIBLE", "A clinical value cannot be right, most often a wrong unit.")

_LONGEST_TEXT = 65_536
MMHG_PER_KPA = 7.50062
"""1 mmHg = 0.1333 kPa (BIPM, The International System of Units, 8th edition, table 8)."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A likely slip of unit: values from ``low`` to ``high`` look like it."""

    low: float
    high: float
    hint: str


@dataclass(frozen=True, slots=True)
class ClinicalField:
    """One field of the clinical data: what flags, files and pages are made from.

    Attributes
    ----------
    name : str
        Name of the field in files, with its unit; the flag is this with hyphens.
    kind : {"number", "yes_no"}
        What it holds.
    help : str
        One line for people.
    low, high : float
        Least and largest value that is accepted.
    slips : tuple of Slip
        What a value outside may have been meant as.
    source : str
        Why the field, and why these bounds.
    """

    name: str
    kind: Literal["number", "yes_no"]
    help: str
    low: float = -math.inf
    high: float = math.inf
    slips: tuple[Slip, ...] = ()
    source: str = "Table 2"


CLINICAL_FIELDS: tuple[ClinicalField, ...] = (
    ClinicalField(
        "temperature_c",
        "number",
        "body temperature, degrees Celsius",
        25.0,
        44.0,
        (Slip(77.0, 112.0, "it looks like degrees Fahrenheit: give (F - 32) / 1.8"),),
        "Table 2; survived extremes of body temperature lie within 25-44",
    ),
    ClinicalField(
        "respiratory_rate_per_min",
        "number",
        "breaths per minute",
        4.0,
        90.0,
        (Slip(0.05, 1.5, "it looks like breaths per second: give breaths per minute"),),
        "Table 2; an adult breathing by himself lies within 4-90",
    ),
    ClinicalField(
        "spo2_percent",
        "number",
        "oxygen saturation by pulse oximeter, percent",
        30.0,
        100.0,
        (Slip(0.3, 1.0, "it looks like a fraction: give percent"),),
        "Table 2; oximeters show nothing of use below 30",
    ),
    ClinicalField(
        "pao2_fio2_mmhg",
        "number",
        "PaO2 / FiO2, mmHg",
        40.0,
        700.0,
        (
            Slip(4.0, 40.0, "it looks like kPa: multiply by 7.5 for mmHg"),
            Slip(0.3, 4.0, "give PaO2 in mmHg divided by FiO2 as a fraction, not as percent"),
        ),
        "Table 2 with its note 1 mmHg = 0.133 kPa; healthy lungs reach 500, alveolar gas ends at 700",
    ),
    ClinicalField("typical_clinical_picture", "yes_no", "clinical picture typical of COVID-19"),
    ClinicalField("epidemiological_history", "yes_no", "contact or stay that makes COVID-19 likely"),
    ClinicalField("respiratory_impairment", "yes_no", "breathing is impaired"),
    ClinicalField("respiratory_failure", "yes_no", "respiratory failure"),
    ClinicalField("shock", "yes_no", "shock"),
    ClinicalField("organ_failure", "yes_no", "multiple organ failure"),
    ClinicalField("in_hospital", "yes_no", "the patient is in hospital already"),
    ClinicalField("pregnant", "yes_no", "the patient is pregnant"),
    ClinicalField(
        "age_years",
        "number",
        "age, years",
        0.0,
        125.0,
        (Slip(1890.0, 2100.0, "it looks like a year of birth: give the age"),),
        "the data set took adults from 18; the oldest person on record lived 122 years",
    ),
)
"""Every clinical field, in the order in which people are asked."""

_BY_NAME: Mapping[str, ClinicalField] = MappingProxyType({row.name: row for row in CLINICAL_FIELDS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinical:
    """Clinical data of one patient at the time of the scan; None where it was not given.

    Attributes
    ----------
    temperature_c : float or None
        Body temperature, degrees Celsius.
    respiratory_rate_per_min : float or None
        Breaths per minute.
    spo2_percent : float or None
        Oxygen saturation by pulse oximeter, percent.
    pao2_fio2_mmhg : float or None
        PaO2 / FiO2, mmHg.
    typical_clinical_picture, epidemiological_history : bool or None
        Together they make CT-1 of a picture without findings.
    respiratory_impairment, respiratory_failure, shock, organ_failure : bool or None
        Signs of the rows CT-3 and CT-4.
    in_hospital : bool or None
        Whether the patient is an inpatient already.
    pregnant : bool or None
        The table leaves pregnancy out.
    age_years : float or None
        The table is for adults.

    Raises
    ------
    InputError
        ``CLINICAL_WRONG_TYPE`` or ``CLINICAL_IMPLAUSIBLE``, naming field, value and what is accepted.
    """

    temperature_c: float | None = None
    respiratory_rate_per_min: float | None = None
    spo2_percent: float | None = None
    pao2_fio2_mmhg: float | None = None
    typical_clinical_picture: bool | None = None
    epidemiological_history: bool | None = None
    respiratory_impairment: bool | None = None
    respiratory_failure: bool | None = None
    shock: bool | None = None
    organ_failure: bool | None = None
    in_hospital: bool | None = None
    pregnant: bool | None = None
    age_years: float | None = None

    def __post_init__(self) -> None:
        _check({row.name: getattr(self, row.name) for row in CLINICAL_FIELDS}, "clinical data")

    @classmethod
    def from_mapping(cls, values: Mapping[str, object], where: str = "clinical data") -> Clinical:
        """Read fields and values; a field that is None counts as not given.

        Parameters
        ----------
        values : mapping of str to object
            By the names of :data:`CLINICAL_FIELDS`.
        where : str
            Named in errors: an option or a file.

        Raises
        ------
        InputError
            ``CLINICAL_UNKNOWN_FIELD``, ``CLINICAL_WRONG_TYPE`` or ``CLINICAL_IMPLAUSIBLE``.
        """
        for position, name in enumerate(values, start=1):
            if name not in _BY_NAME:
                raise _unknown(name, position, where)
        _check(values, where)
        plain: dict[str, Any] = {name: _plain(value) for name, value in values.items()}
        return cls(**plain)

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the fields that were given."""
        return tuple(row.name for row in CLINICAL_FIELDS if getattr(self, row.name) is not None)


def parse_clinical(text: str, where: str) -> Clinical:
    """Read clinical data from JSON text: one object of fields and values.

    Parameters
    ----------
    text : str
        JSON, at most 65,536 characters; a byte order mark is let pass.
    where : str
        Named in errors: the file.

    Raises
    ------
    InputError
        ``CLINICAL_UNREADABLE`` where it is not such an object, a field stands twice or a number is not finite, and
        the errors of :meth:`Clinical.from_mapping`.
    """
    if len(text) > _LONGEST_TEXT:
        raise _unreadable(f"the text has {len(text)} characters, {_LONGEST_TEXT} are accepted", where)
    try:
        values = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _unreadable(_reason(error), where) from error
    if not isinstance(values, dict):
        raise _unreadable(f"the text holds {_KINDS.get(type(values), 'something else')}, not an object", where)
    return Clinical.from_mapping(values, where)


_KINDS: Mapping[type, str] = MappingProxyType(
    {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
        type(None): "null",
    }
)


class _StatedReasonError(ValueError):
    """A reason in our own words, fit to be shown."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            shown = repr(name) if name in _BY_NAME else "a field"
            raise _StatedReasonError(f"{shown} stands there twice")
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise _StatedReasonError(f"{name} is not a number that JSON knows")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"the text is not JSON at line {error.lineno}, column {error.colno}"
    if isinstance(error, _StatedReasonError):
        return str(error)
    return "a number is too long, or the text is nested too deeply"


def _unreadable(what: str, where: str) -> InputError:
    return InputError(
        CLINICAL_UNREADABLE,
        what=what,
        where=where,
        todo='give one JSON object such as {"temperature_c": 38.7, "spo2_percent": 94, "shock": false}',
    )


def _check(values: Mapping[str, object], where: str) -> None:
    for name, value in values.items():
        if value is not None:
            _check_one(_BY_NAME[name], value, where)
    ratio, saturation = values.get("pao2_fio2_mmhg"), values.get("spo2_percent")
    if isinstance(ratio, (int, float)) and isinstance(saturation, (int, float)) and ratio < 70 and saturation >= 97:
        # Even on pure oxygen a ratio under 70 mmHg is a PaO2 under 70 mmHg, which saturates haemoglobin to 94 % or so.
        raise InputError(
            CLINICAL_IMPLAUSIBLE,
            what=f"pao2_fio2_mmhg {ratio:g} cannot go with spo2_percent {saturation:g}",
            where=where,
            todo="it looks like kPa: multiply PaO2/FiO2 by 7.5 for mmHg, or check both values",
        )


def _check_one(row: ClinicalField, value: object, where: str) -> None:
    place = f"{where}, field {row.name}"
    if row.kind == "yes_no":
        if not isinstance(value, bool):
            raise _wrong_type(row, value, place, "give true or false, without quotation marks, or leave the field out")
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong_type(row, value, place, "give a number, without quotation marks or unit, or leave the field out")
    if row.low <= value <= row.high:
        return
    hints = [slip.hint for slip in row.slips if slip.low <= value <= slip.high]
    accepted = f"{row.help}, {row.low:g} to {row.high:g} is accepted"
    raise InputError(
        CLINICAL_IMPLAUSIBLE,
        what=f"{row.name} is {_shown(value)}",
        where=place,
        todo="; ".join([*hints, accepted]),
    )


def _wrong_type(row: ClinicalField, value: object, place: str, todo: str) -> InputError:
    kind = _KINDS.get(type(value), "something else")
    return InputError(CLINICAL_WRONG_TYPE, what=f"{row.name} holds {kind}", where=place, todo=todo)


def _shown(value: float) -> str:
    if isinstance(value, int):
        return str(value) if abs(value) < 10**9 else "a number of ten digits or more"
    return f"{value:g}"


def _plain(value: object) -> float | bool | None:
    """Return a checked value as float or bool."""
    if value is None or isinstance(value, bool):
        return value
    return float(value) if isinstance(value, (int, float)) else None


def _unknown(name: object, position: int, where: str) -> InputError:
    near = difflib.get_close_matches(str(name)[:60].lower(), _BY_NAME, n=1, cutoff=0.6)
    # A stray key may be a person's name, so only one that is nearly a field of ours is repeated.
    shown = repr(str(name)[:60]) if near else f"as the one at place {position}"
    todo = f"did you mean {near[0]}?" if near else f"the fields are {', '.join(_BY_NAME)}"
    return InputError(CLINICAL_UNKNOWN_FIELD, what=f"there is no clinical field {shown}", where=where, todo=todo)
