"""Profiles: which options of PS3.15 annex E are in force, and what is done beyond them.

A profile is a TOML file; a missing key has the value of ``default.toml``. Every unknown key, tag and value is an error
that names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from groundglass.deidentify.actions import Action

Option = Literal[
    "clean-pixel-data",
    "clean-graphics",
    "clean-descriptors",
    "clean-structured-content",
    "retain-modified-dates",
    "retain-patient-characteristics",
    "retain-device-identity",
    "retain-uids",
    "retain-safe-private",
]
"""Options that can be chosen (PS3.15 E.3)."""


@dataclass(frozen=True, slots=True)
class PixelRules:
    """What is done with words in pictures.

    Attributes
    ----------
    captures : {"drop", "blank"}
        Secondary captures, screen saves, dose captures: left out, or kept with every text blanked.
    images : {"blank", "drop"}
        An image with text in it: the text is blanked, or the object left out.
    read : {"suspects", "all", "none"}
        Which original images the text reader looks at after the quick look that every one gets; "none" is for data
        that was looked at before, and turns off the method code.
    documents : {"drop"}
        Encapsulated documents are always left out.
    """

    captures: Literal["drop", "blank"] = "drop"
    images: Literal["blank", "drop"] = "blank"
    read: Literal["suspects", "all", "none"] = "suspects"
    documents: Literal["drop"] = "drop"


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile.

    Attributes
    ----------
    name : str
        Its own name.
    options : frozenset of str
        Options in force beside the Basic Profile.
    patient : tuple of str
        Keywords of what is kept under retain-patient-characteristics.
    device : tuple of str
        Keywords of what is kept under retain-device-identity.
    days : tuple of int
        Smallest and largest number of days by which the dates of a patient are moved back.
    oldest_years : int
        Ages above become this one.
    overrides : dict of int to Action
        Tag to action, in front of every other rule; only stricter ones than the table's are taken without ``allow``.
    reasons : dict of int to str
        Tag to why an override keeps more than the table.
    words : frozenset of str
        Further words that may stay in free text, lower case.
    private : frozenset of tuple of (str, int, int)
        Further safe private attributes: creator, group, element within the block.
    pixels : PixelRules
        What is done with pictures.
    """

    name: str = "default"
    options: frozenset[Option] = frozenset(
        {
            "clean-pixel-data",
            "clean-graphics",
            "clean-descriptors",
            "clean-structured-content",
            "retain-modified-dates",
            "retain-patient-characteristics",
        }
    )
    patient: tuple[str, ...] = ("PatientAge", "PatientSex", "PatientSize", "PatientWeight")
    device: tuple[str, ...] = ()
    days: tuple[int, int] = (365, 3650)
    oldest_years: int = 89
    overrides: dict[int, Action] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    private: frozenset[tuple[str, int, int]] = frozenset()
    pixels: PixelRules = PixelRules()
    reasons: dict[int, str] = field(default_factory=dict)
