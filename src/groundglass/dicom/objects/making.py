"""What all objects of one result share: who made them, when, for whom, and the UIDs that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from groundglass.dicom.objects.uids import made_uid
from groundglass.phrases import Language
from groundglass.settings import DEFAULT_INTENDED_USE
from groundglass.version import __version__

if TYPE_CHECKING:
    from groundglass.analysis.result import ModelRow
    from groundglass.dicom.profiles import Profile

MANUFACTURER = "groundglass"
MODEL = "groundglass chest CT"
SeriesRole = Literal["seg-lungs", "seg-lesions", "sr", "marked", "key-objects", "report", "rejection"]
SERIES_NUMBERS: dict[SeriesRole, int] = {
    # far above those of scanners, so that the series follow the source in every list
    "marked": 9701,
    "sr": 9702,
    "seg-lungs": 9703,
    "seg-lesions": 9704,
    "key-objects": 9705,
    "report": 9706,
    "rejection": 9707,
}
"""SeriesNumber and folder name of each series that is written."""


@dataclass(frozen=True, slots=True)
class Making:
    """How the objects of one result are made.

    Attributes
    ----------
    seed : str
        Digest of everything that the objects say, their times included: every UID follows from it.
    started, made : datetime
        When the study began to be processed, and when the objects were made; local time, without zone.
    language : {"en", "ru"}
        Of everything that people read.
    profile : Profile
        What is wanted.
    intended_use : str
        Key of :data:`groundglass.settings.INTENDED_USE`.
    models : tuple of ModelRow
        Networks that took part.
    version : str
        Of groundglass.
    """

    seed: str
    started: datetime
    made: datetime
    language: Language
    profile: Profile
    intended_use: str = DEFAULT_INTENDED_USE
    models: tuple[ModelRow, ...] = ()
    version: str = __version__

    def uid(self, *words: str) -> str:
        """Return the UID of one thing of this result: a series by its role, an instance by role and number."""
        return made_uid(self.seed, *words)

    @property
    def observer_uid(self) -> str:
        """UID of the program as an observer (PS3.16 TID 1004): of this version with these networks."""
        return made_uid("observer", self.version, *(model.sha256 for model in self.models))

    @property
    def date(self) -> str:
        """``made`` as DA (PS3.5 section 6.2)."""
        return self.made.strftime("%Y%m%d")

    @property
    def time(self) -> str:
        """``made`` as TM."""
        return self.made.strftime("%H%M%S")
