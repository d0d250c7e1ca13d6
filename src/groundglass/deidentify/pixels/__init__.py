"""Words in pictures: what an object is, where text is burned in, how it is covered (PS3.15 E.3.1, E.3.2)."""

from groundglass.deidentify.pixels.cleaner import PixelCleaner
from groundglass.deidentify.pixels.graphics import clean_annotations, clean_overlays
from groundglass.deidentify.pixels.kinds import KindRow, kind_of, kind_rows, row_of
from groundglass.deidentify.pixels.outcome import Box, ObjectKind, PixelOutcome

__all__ = [
    "Box",
    "KindRow",
    "ObjectKind",
    "PixelCleaner",
    "PixelOutcome",
    "clean_annotations",
    "clean_overlays",
    "kind_of",
    "kind_rows",
    "row_of",
]
