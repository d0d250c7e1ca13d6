"""The table of damages, and the draw of one damaged input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from groundglass.phantom.damage import archive_damage, dicom_damage, file_damage, nifti_damage
from groundglass.phantom.damage.bases import BASES
from groundglass.phantom.damage.inputs import DamagedInput

Suits = Literal["dicom", "nifti", "any"]


@dataclass(frozen=True, slots=True)
class Damage:
    """One way to damage an input.

    Attributes
    ----------
    make : callable
        Takes a source of chance and an input, returns another input.
    suits : {"dicom", "nifti", "any"}
        To what it can be done.
    weight : int
        How often it is drawn.
    """

    make: Callable[[Random, DamagedInput], DamagedInput]
    suits: Suits
    weight: int = 2


DAMAGES: dict[str, Damage] = {
    "attribute missing": Damage(dicom_damage.remove_attribute, "dicom", 6),
    "attribute absurd": Damage(dicom_damage.absurd_attribute, "dicom", 8),
    "attribute absurd, each time differently": Damage(dicom_damage.different_values, "dicom", 3),
    "attribute swapped between files": Damage(dicom_damage.swap_between_files, "dicom"),
    "attributes swapped": Damage(dicom_damage.swap_attributes, "dicom"),
    "value representation wrong": Damage(dicom_damage.wrong_representation, "dicom", 3),
    "pixels spoilt": Damage(dicom_damage.spoil_pixels, "dicom", 3),
    "length lies": Damage(dicom_damage.lying_length, "dicom", 3),
    "sequence too deep": Damage(dicom_damage.deep_sequence, "dicom", 1),
    "size absurd": Damage(dicom_damage.absurd_size, "dicom", 1),
    "positions pushed": Damage(dicom_damage.planes_pushed, "dicom", 3),
    "studies mixed": Damage(file_damage.mix_studies, "dicom", 1),
    "NIfTI field absurd": Damage(nifti_damage.absurd_field, "nifti", 10),
    "NIfTI byte order lies": Damage(nifti_damage.swapped_header, "nifti", 1),
    "NIfTI of other numbers": Damage(nifti_damage.other_numbers, "nifti"),
    "gzip spoilt": Damage(nifti_damage.spoilt_gzip, "nifti", 3),
    "cut off": Damage(file_damage.cut_off, "any"),
    "bytes flipped": Damage(file_damage.flip_bytes, "any", 4),
    "stretch blanked": Damage(file_damage.blank_range, "any"),
    "bytes inserted": Damage(file_damage.insert_bytes, "any"),
    "files lost": Damage(file_damage.lose_files, "any"),
    "files twice": Damage(file_damage.repeat_files, "any", 1),
    "litter": Damage(file_damage.add_litter, "any", 1),
    "strange names": Damage(file_damage.strange_names, "any", 1),
}
"""Damages that change files; packing, links and the choice of one file come after them."""
_WRAPPINGS: tuple[tuple[float, Callable[[Random, DamagedInput], DamagedInput]], ...] = (
    (0.08, file_damage.links_and_pipes),
    (0.05, file_damage.single_file),
    (0.15, archive_damage.zipped),
)
"""Share of inputs, and what is done to them at the end; at most one."""
_MOST_STEPS = 3


def damaged_input(random: Random) -> DamagedInput:
    """Draw one damaged input.

    Parameters
    ----------
    random : Random
        A source of chance: ``Random(seed)`` for a run that can be repeated, or the one that hypothesis draws
        (:func:`groundglass.phantom.strategies.damaged_inputs`) so that it can make a failure smaller.
    """
    base = random.choice(sorted(BASES))
    given = DamagedInput(dict(BASES[base]()), steps=(base,))
    kind = "nifti" if base.startswith("NIfTI") else "dicom"
    if kind == "nifti" and random.random() < 0.9:
        given = replace(given, entry=next(iter(given.files)))
    fitting = [name for name in sorted(DAMAGES) if DAMAGES[name].suits in (kind, "any")]
    weights = [DAMAGES[name].weight for name in fitting]
    for name in random.choices(fitting, weights, k=random.randint(1, _MOST_STEPS)):
        if given.files:
            given = DAMAGES[name].make(random, given)
    if given.entry not in given.files:
        given = replace(given, entry="")
    chance = random.random()
    for share, wrap in _WRAPPINGS:
        if chance < share:
            return wrap(random, given)
        chance -= share
    return given
