"""What the name of a NIfTI says in sets without any table: picture, lesion mask or lung mask, and of which study."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

NameKind = Literal["picture", "lesions", "lungs", "other"]

_PICTURE = "image images img imgs im ims ct cts volume volumes vol vols scan scans cases"
_MASK = """
mask masks msk label labels lbl seg segs segm segmentation segmentations annotation annotations gt groundtruth roi rois
contour contours
"""
PICTURE_WORDS = frozenset(_PICTURE.split())
"""Words of folders and files of pictures."""
MASK_WORDS = frozenset(_MASK.split())
"""Words of masks that do not say of what."""
LESION_WORDS = frozenset({"lesion", "lesions", "infection", "infections"})
"""Words of what a lesion mask marks."""
LUNG_WORDS = frozenset({"lung", "lungs"})
"""Words of what a lung mask marks."""
_WORDS = PICTURE_WORDS | MASK_WORDS | LESION_WORDS | LUNG_WORDS
_SPLIT = re.compile(r"[^\W\d_]+|\d+")
_ENDING = re.compile(r"^(.*?)[\s_.\-]+([^\W\d_]+)$", re.DOTALL)
_START = re.compile(r"^([^\W\d_]+)(?:[\s_.\-]+(?=.)|(?=\d))(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Named:
    """A file by its name.

    Attributes
    ----------
    path, stem : str
        Path in the set, and name without ending.
    kind : {"picture", "lesions", "lungs", "other"}
        ``other``: a mask of several things whose numbers nobody names.
    key : str
        Equal for a picture and its masks.
    bare : str
        The stem without words of masks behind it.
    title : str
        Name of the study if this is its picture.
    sure : bool
        A mask even where no picture is its own.
    says_lesion : bool
        It says what it marks.
    by_folder : bool
        The folder says that it is a mask.
    """

    path: str
    stem: str
    kind: NameKind
    key: str
    bare: str
    title: str
    sure: bool
    says_lesion: bool
    by_folder: bool

    @property
    def path_without_ending(self) -> str:
        """The path up to the ending."""
        return str(PurePosixPath(self.path).parent / self.stem)

    @property
    def first_word(self) -> str:
        """The first word that says neither picture nor mask."""
        return next((word for word in _words(self.stem) if word.isalpha() and word not in _WORDS), "")


def named(path: str, stem: str) -> Named:
    """Return what the name of a file says.

    Parameters
    ----------
    path : str
        In the set.
    stem : str
        Its name without ending.
    """
    folders = PurePosixPath(path).parts[:-1]
    told = [(folder, _decisive(folder)) for folder in folders]
    by_folder = next((words for _, words in reversed(told) if words), ())
    bare, endings = _without_endings(stem)
    rest, start = _without_start(bare)
    whole = not rest
    kind = _kind(endings, by_folder, start)
    masked = kind != "picture"
    kept = [folder for folder, words in told if not words]
    key = "/".join([*kept, rest] if rest else kept)
    said = frozenset(endings) | (frozenset(by_folder) if masked else frozenset())
    return Named(
        path=path,
        stem=stem,
        kind=kind,
        key=key,
        bare=bare or stem,
        title=kept[-1] if whole and kept else stem,
        sure=masked and bool(said & MASK_WORDS or set(endings) - PICTURE_WORDS or set(start) & MASK_WORDS),
        says_lesion=bool((said | set(start)) & LESION_WORDS),
        by_folder=masked and not set(endings) - PICTURE_WORDS and bool(by_folder),
    )


def numbers_of(stem: str) -> tuple[str, ...]:
    """Return the numbers in a name, without zeros in front."""
    return tuple(number.lstrip("0") or "0" for number in re.findall(r"\d+", stem))


def _kind(endings: tuple[str, ...], by_folder: tuple[str, ...], start: tuple[str, ...]) -> NameKind:
    """Return the kind: what stands behind a name says more than its folder, and that more than what stands before."""
    for words in (endings, by_folder, start):
        if not words:
            continue
        if words[-1] in PICTURE_WORDS:
            return "picture"
        # masks/NAME_lungs and lungs/NAME_mask are lungs
        said = {*words, *(by_folder if by_folder[-1:] and by_folder[-1] not in PICTURE_WORDS else ())}
        lesion, lung = bool(said & LESION_WORDS), bool(said & LUNG_WORDS)
        return "other" if lesion and lung else "lungs" if lung else "lesions"
    return "picture"


def _decisive(folder: str) -> tuple[str, ...]:
    """Return the words of a folder that tell what lies in it; the last of them decides."""
    return tuple(word for word in _words(folder) if word in _WORDS)


def _words(text: str) -> list[str]:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return [word.casefold() for word in _SPLIT.findall(parted)]


def _without_endings(stem: str) -> tuple[str, tuple[str, ...]]:
    """Return a stem without the words of pictures and masks behind it, and these; "" where it has no other."""
    found: list[str] = []
    while True:
        parted = _ENDING.match(stem)
        if parted and parted.group(2).casefold() in _WORDS | {"and"}:
            found.insert(0, parted.group(2).casefold())
            stem = parted.group(1)
        elif stem.casefold() in _WORDS:
            found.insert(0, stem.casefold())
            return "", tuple(word for word in found if word in _WORDS)
        else:
            return stem, tuple(word for word in found if word in _WORDS)


def _without_start(stem: str) -> tuple[str, tuple[str, ...]]:
    parted = _START.match(stem)
    if parted and parted.group(1).casefold() in _WORDS:
        return parted.group(2), (parted.group(1).casefold(),)
    return stem, ()
