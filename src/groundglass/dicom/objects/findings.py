"""What the objects say: the result, and the masks on the grid of the source series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundglass.errors import GRID_MISMATCH, InternalError

if TYPE_CHECKING:
    from groundglass.analysis.quantify import RegionFigures
    from groundglass.analysis.result import Result
    from groundglass.dicom.objects.origin import Origin
    from groundglass.phrases import Notice
    from groundglass.volume import LabelVolume, Volume


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that was drawn of the whole chest, to go with the marked slices.

    Attributes
    ----------
    name : str
        Of the picture, such as ``lungs_3d`` or ``coronal_mip``.
    png : bytes
        8-bit RGB.
    caption : Notice
        What is seen.
    """

    name: str
    png: bytes
    caption: Notice


@dataclass(frozen=True, slots=True)
class Findings:
    """What is written as DICOM.

    Attributes
    ----------
    result : Result
        The contents of ``result.json``.
    volume : Volume
        HU, (slice, row, column) on the grid of the source.
    lungs : LabelVolume
        Same grid: 1 right, 2 left, 3 side unknown.
    lesions : LabelVolume
        Same grid: 1 ground glass, 2 consolidation.
    notices, checks : tuple of Notice
        Warnings and acquisition checks, before they became words.
    drawings : tuple of Drawing
        The lungs in space and the projections.
    pdf : bytes
        The report, empty where none was made.
    regions : tuple of RegionFigures
        Figures of each lung and zone; may be empty.
    """

    result: Result
    volume: Volume
    lungs: LabelVolume
    lesions: LabelVolume
    notices: tuple[Notice, ...] = ()
    checks: tuple[Notice, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    pdf: bytes = b""
    regions: tuple[RegionFigures, ...] = ()

    def require_grid_of(self, origin: Origin) -> None:
        """Refuse masks that do not lie on the source's voxels and in its frame of reference.

        Raises
        ------
        InternalError
            ``GRID_MISMATCH``: never write a mask that may lie elsewhere.
        """
        for name, labels in (("lungs", self.lungs), ("lesions", self.lesions)):
            if not labels.geometry.same_grid(origin.geometry):
                raise InternalError(
                    GRID_MISMATCH,
                    what=f"the mask of the {name} does not lie on the grid and in the frame of reference of the source",
                    where="DICOM objects",
                    todo="report it",
                )
