"""The radiation dose of a study, from the dose objects that lie in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundglass.phrases import Notice

if TYPE_CHECKING:
    from groundglass.dicom.dose import DoseReading, ReferenceLevels
    from groundglass.pipeline.study import Study
    from groundglass.settings import Settings


@dataclass(frozen=True, slots=True)
class DoseOptions:
    """How the dose of a study is judged.

    Attributes
    ----------
    factors : str
        Name of a table of k; see :data:`groundglass.dicom.dose.TABLES`.
    levels : ReferenceLevels or None
        Diagnostic reference levels; None for none.
    """

    factors: str = "mu-2944-11"
    levels: ReferenceLevels | None = None


def dose_options(settings: Settings) -> DoseOptions:
    """Return the options that the settings ask for.

    Raises
    ------
    UsageError
        ``UNKNOWN_FACTORS``, ``BAD_LEVELS``.
    """
    from groundglass.dicom.dose import factor_table, read_levels

    levels = read_levels(Path(settings.dose_levels)) if settings.dose_levels else None
    return DoseOptions(factor_table(settings.dose_factors).name, levels)


def study_dose(study: Study, options: DoseOptions) -> tuple[DoseReading | None, tuple[Notice, ...]]:
    """Read the dose of one study.

    Parameters
    ----------
    study : Study
        Found, not necessarily read.
    options : DoseOptions
        Factors and levels.

    Returns
    -------
    DoseReading or None
        None where the study holds no dose object, or none that could be read.
    tuple of Notice
        What the warnings of the result must say where there is no reading.
    """
    entry = study.entry
    if entry is None or not entry.dose_sources:
        return None, ()
    from groundglass.dicom.dose import read_dose

    try:
        found = read_dose(entry.dose_sources, factors=options.factors, levels=options.levels)
    except Exception as reason:  # the pictures are graded whatever is wrong with a dose object; the result says so
        return None, (Notice("dose_not_read", {"reason": type(reason).__name__}),)
    wanted = [reading for reading in found if reading.study_uid == entry.study_uid]
    return (wanted[0], ()) if len(wanted) == 1 else (None, ())
