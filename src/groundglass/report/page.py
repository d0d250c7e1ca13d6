"""What a report is made from."""

from __future__ import annotations

from dataclasses import dataclass

from groundglass.analysis.lobes import LobeReading
from groundglass.analysis.result import Result
from groundglass.dicom.header import Acquisition, Identity
from groundglass.phrases import Language, Notice
from groundglass.render import Picture


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Everything that goes into the report of one study.

    Attributes
    ----------
    result : Result
        The measured figures.
    identity : Identity
        The patient line, exactly as the source has it.
    acquisition : Acquisition or None
        How the series was made; None where the source does not say (NIfTI).
    pictures : tuple of Picture
        In the order shown.
    language : {"en", "ru"}
        Language of the report.
    notices : tuple of Notice
        The warnings of ``result`` before they became English.
    checks : tuple of Notice
        The acquisition checks of ``result`` before they became English.
    lobes : LobeReading or None
        Lobes by weak evidence, which ``result`` does not hold; None where they were not looked for.
    dose_notices : tuple of Notice
        The warnings of the dose in ``result`` before they became English.
    """

    result: Result
    identity: Identity
    acquisition: Acquisition | None
    pictures: tuple[Picture, ...] = ()
    language: Language = "en"
    notices: tuple[Notice, ...] = ()
    checks: tuple[Notice, ...] = ()
    lobes: LobeReading | None = None
    dose_notices: tuple[Notice, ...] = ()
