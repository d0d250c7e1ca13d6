"""Radiation dose: dose reports and dose captures of every maker, joined for each study."""

from groundglass.dicom.dose.factors import DEFAULT_FACTORS, TABLES, Factor, FactorTable, factor_table
from groundglass.dicom.dose.levels import Level, ReferenceLevels, read_levels
from groundglass.dicom.dose.reading import DoseReading, find_doses, read_dose

__all__ = [
    "DEFAULT_FACTORS",
    "TABLES",
    "DoseReading",
    "Factor",
    "FactorTable",
    "Level",
    "ReferenceLevels",
    "factor_table",
    "find_doses",
    "read_dose",
    "read_levels",
]
