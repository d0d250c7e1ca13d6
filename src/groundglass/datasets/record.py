"""One study of a data set: its facts at once, its picture and masks when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from groundglass import nifti
from groundglass.datasets.formats.labelled import (
    SET_LABELS_UNKNOWN,
    lung_labels,
    no_image,
    on_grid,
    straightened,
    straightened_labels,
)
from groundglass.datasets.layouts.contract import MASK_LABELS
from groundglass.datasets.layouts.lesion_names import parts_of
from groundglass.datasets.members import Member
from groundglass.errors import InputError, declare
from groundglass.volume import Geometry, LabelVolume, Volume, axial_axes

SET_MASK_MISSING = declare("SET_MASK_MISSING", "A data set names a mask that is not there.")
SET_FILE_OUTSIDE = declare("SET_FILE_OUTSIDE", "A file that a data set names lies outside its folder, by a link.")


@dataclass(frozen=True, slots=True)
class Record:
    """One study of a data set; nothing is read before it is asked for.

    Attributes
    ----------
    folder : Path
        Of the set.
    metadata : Member
        Everything that the set says of the study.
    labels : mapping of int to str
        Meaning of the numbers of lesion masks, where the set names them; else empty.
    own : bool
        Made by groundglass: its pictures are HU, and need not be judged.
    """

    folder: Path
    metadata: Member
    labels: Mapping[int, str] = field(default_factory=dict)
    own: bool = False

    @property
    def member(self) -> Member:
        """The same as ``metadata``."""
        return self.metadata

    @property
    def study_id(self) -> str:
        """Name of the study, unique in the set."""
        return self.metadata.study_id

    @property
    def patient_id(self) -> str:
        """Name of the patient in this set; of the study where the set tells none."""
        return self.metadata.patient_id or self.metadata.study_id

    @property
    def grade(self) -> str | None:
        """CT-0 .. CT-4, None where nobody graded."""
        return self.metadata.grade

    @property
    def split(self) -> str | None:
        """Part of the set, None where there are none."""
        return self.metadata.split

    @property
    def study_path(self) -> Path | None:
        """File of the picture, there or not; None where the set names none."""
        return self._path(self.metadata.study_file)

    @property
    def mask_path(self) -> Path | None:
        """File of the lesion mask, there or not; None where the study has none."""
        return self._path(self.metadata.mask_file)

    @property
    def lungs_path(self) -> Path | None:
        """File of the lung mask, there or not; None where the study has none."""
        return self._path(self.metadata.lungs_file)

    def volume(self) -> Volume:
        """Read the picture.

        Returns
        -------
        Volume
            (slice, row, column) int16 HU: slices feet to head, rows front to back, columns patient right to left,
            however the file stores them.

        Raises
        ------
        InputError
            ``SET_IMAGE_MISSING``, ``SET_FILE_OUTSIDE``; as :func:`groundglass.nifti.read`.
        """
        path = self.require("study")
        if not self.own:
            return straightened(nifti.read(path, label=self.study_id).volume)
        stored = nifti.read_stored(path, label=self.study_id)
        return straightened(Volume(stored.array, stored.header.geometry))

    @property
    def has_mask(self) -> bool:
        """Whether the study has a lesion mask; a mask of other organs is none."""
        return bool(self.metadata.mask_file or self.metadata.mask_source) and bool(self._lesions() or not self.labels)

    def mask(self) -> LabelVolume | None:
        """Read the lesion mask; labels that the set names for something else are left out (:meth:`segmentation`).

        Returns
        -------
        LabelVolume or None
            (slice, row, column) uint8 on the voxels of :meth:`volume`; on its own where the set has no picture of the
            study. None where the study has no mask, which does not say that it has no lesions, and where the labels of
            the set are other organs.

        Raises
        ------
        InputError
            ``SET_MASK_MISSING``, ``SET_FILE_OUTSIDE``, ``SET_LABELS_UNKNOWN``, ``GRID_MISMATCH``; as
            :func:`groundglass.nifti.read_labels`.
        """
        lesions = self._lesions()
        if self.labels and not lesions:
            return None
        found = self.segmentation()
        if found is None or set(found.labels) <= lesions:
            return found
        wanted = np.isin(np.arange(256), sorted(lesions))
        names = {number: name for number, name in found.labels.items() if number in lesions}
        return LabelVolume(np.where(wanted[found.array], found.array, 0).astype(np.uint8), found.geometry, names)

    def segmentation(self) -> LabelVolume | None:
        """Read every label of the mask, lesions or not.

        Returns
        -------
        LabelVolume or None
            As :meth:`mask`.

        Raises
        ------
        InputError
            As :meth:`mask`.
        """
        found = self._labels_in("mask")
        if found is None:
            return None
        present = np.flatnonzero(np.bincount(found.array.ravel(), minlength=256)[1:]) + 1
        names = self.labels or (MASK_LABELS if set(present.tolist()) <= set(MASK_LABELS) else found.labels)
        strange = [int(n) for n in present if int(n) not in names]
        if strange:
            raise InputError(
                SET_LABELS_UNKNOWN,
                what=f"the mask holds the labels {', '.join(map(str, strange[:8]))}",
                where=self.study_id,
                todo="ask the maker of the set what they mean",
            )
        return LabelVolume(found.array, found.geometry, names)

    def lungs(self) -> LabelVolume | None:
        """Read the lung mask: 1 right, 2 left, 3 side unknown.

        Returns
        -------
        LabelVolume or None
            As :meth:`mask`.

        Raises
        ------
        InputError
            As :meth:`mask`.
        """
        found = self._labels_in("lungs")
        return None if found is None else lung_labels(found.array, found.geometry)

    def require(self, kind: Literal["study", "mask", "lungs"]) -> Path:
        """Return a file of the study that is there, inside the folder of the set.

        Raises
        ------
        InputError
            ``SET_IMAGE_MISSING``, ``SET_MASK_MISSING``, ``SET_FILE_OUTSIDE``.
        """
        file = getattr(self.metadata, f"{kind}_file")
        path = self._inside(file) if file else None
        if path is not None and path.is_file():
            return path
        if kind == "study":
            raise no_image(self.study_id, file or "no file named")
        raise InputError(
            SET_MASK_MISSING,
            what="a mask that the set names is not there" if file else "the study has no such mask",
            where=self.study_id,
            todo="get the whole set from its publisher, or leave this study out",
        )

    def geometry(self) -> Geometry:
        """Read where the voxels of :meth:`volume` lie, and none of them.

        Raises
        ------
        InputError
            As :meth:`volume`, of the header.
        """
        stored = nifti.read_geometry(self.require("study"), label=self.study_id)
        return stored.reoriented(*axial_axes(stored))

    def _labels_in(self, kind: Literal["mask", "lungs"]) -> LabelVolume | None:
        """Read a mask onto the voxels of the picture, of which the header alone is read."""
        if not getattr(self.metadata, f"{kind}_file"):
            return None
        label = f"{kind} of {self.study_id}"
        found = straightened_labels(nifti.read_labels(self.require(kind), label=label))
        picture = self.study_path
        if picture is None or not picture.is_file():
            return found
        grid = self.geometry()
        return LabelVolume(on_grid(found.array, found.geometry, grid, where=label), grid, found.labels)

    def _lesions(self) -> frozenset[int]:
        """Return the numbers that are lesions, of those that the set names; every one where it names none."""
        if not self.labels:
            return frozenset(range(1, 256))
        parts = parts_of(self.labels, own=self.own)
        return frozenset(number for number, part in parts.items() if part == "lesions")

    def _path(self, file: str | None) -> Path | None:
        return self.folder / file if file else None

    def _inside(self, file: str) -> Path:
        """Return the file of the set, which no link may lead out of."""
        top, path = self.folder.resolve(), self.folder / file
        try:
            outside = top not in path.resolve().parents
        except (OSError, RuntimeError):  # a link to itself
            outside = True
        if outside:
            raise InputError(
                SET_FILE_OUTSIDE,
                what="a file of the study lies outside the folder of the set",
                where=self.study_id,
                todo="copy the file into the set, if you trust whoever made the link",
            )
        return path
