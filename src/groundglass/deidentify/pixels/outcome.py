"""What a look at the pixels of one file comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ObjectKind = Literal[
    "image",
    "localizer",
    "capture",
    "dose-capture",
    "document",
    "structured",
    "presentation",
    "segmentation",
    "raw",
    "directory",
    "other",
]
"""What an object is, as far as words in its pixels matter."""


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """Pixels that were blanked: half-open, in one frame (from 0)."""

    frame: int
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class PixelOutcome:
    """What was done with the pixels of one object.

    Attributes
    ----------
    action : {"none", "unchanged", "blanked", "drop", "unreadable"}
        ``none``: the object has no pixels and stays; ``unchanged``: looked at, the picture stays as it was (its
        wrapping may have been cleaned); ``blanked``: text was covered; ``drop``: the object is to be left out;
        ``unreadable``: its pixels cannot be decoded, so that it is to be left out.
    reason : str
        A short code: of the kind with ``drop``, of the error with ``unreadable``.
    boxes : tuple of Box
        What was covered.
    remarks : tuple of str
        Codes of what was cleaned besides or needs a person.
    """

    action: Literal["none", "unchanged", "blanked", "drop", "unreadable"]
    reason: str
    boxes: tuple[Box, ...] = ()
    remarks: tuple[str, ...] = ()
