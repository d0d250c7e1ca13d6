"""Everything that may come into a data set: studies, with what headers, tables and masks say of them."""

from __future__ import annotations

from groundglass.datasets.candidates import Candidate, StudySource
from groundglass.datasets.gathering.folders import FolderSource
from groundglass.datasets.gathering.joining import joined, read_tables, series_named
from groundglass.datasets.gathering.masks import find_masks, series_with_masks, with_masks
from groundglass.datasets.recipe.model import Recipe
from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice

__all__ = ["FolderSource", "gather"]

NO_STUDIES = declare("NO_STUDIES", "The sources of a recipe hold no study.")


def gather(
    recipe: Recipe,
    *,
    limits: ReadingLimits | None = None,
    notices: list[Notice] | None = None,
    source: StudySource | None = None,
) -> tuple[Candidate, ...]:
    """Find the studies of a recipe and join its tables and masks to them; of pixels nothing is read.

    Parameters
    ----------
    recipe : Recipe
        Where studies, tables and masks lie.
    limits : ReadingLimits, optional
        How much of one file may be read.
    notices : list of Notice, optional
        What was passed over, fits nothing, or contradicts itself is appended here.
    source : StudySource, optional
        Where studies come from instead of the folders of the recipe.

    Returns
    -------
    tuple of Candidate
        Every study once, in order of their keys; those of which no series can be taken have a ``refusal``.

    Raises
    ------
    InputError
        ``NO_STUDIES``; ``TABLE_...``; ``RECIPE_COLUMN_MISSING``; what
        :func:`groundglass.dicom.sources.find_files` raises of a source itself.
    """
    limits = limits or ReadingLimits()
    told: list[Notice] = [] if notices is None else notices
    tables = read_tables(recipe)
    masks = find_masks(recipe, limits, told)
    if source is None:
        preferred = series_with_masks(masks) | series_named(tables)
        source = FolderSource(recipe.sources, recipe.selection, limits=limits, notices=told, preferred=preferred)
    candidates = tuple(sorted(source.candidates(), key=lambda candidate: candidate.key))
    if not candidates:
        raise InputError(
            NO_STUDIES,
            what="no file of the sources is of a study with pictures",
            where=f"{len(recipe.sources)} sources",
            todo="name folders, zips or files of DICOM in the recipe",
        )
    candidates, named = joined(candidates, tables, recipe, told)
    return with_masks(candidates, masks, named, recipe, told)
