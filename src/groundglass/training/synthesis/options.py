"""What is put into a chest, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from groundglass.errors import InputError, declare
from groundglass.volume import LabelVolume, Volume

BAD_SYNTHESIS_OPTIONS = declare("BAD_SYNTHESIS_OPTIONS", "Lesions cannot be put into a chest as asked for.")
Variant = Literal["train", "test"]
Pattern = Literal["nodular", "peripheral", "central", "lobar", "dependent", "basal", "diffuse"]
PATTERNS: tuple[Pattern, ...] = ("nodular", "peripheral", "central", "lobar", "dependent", "basal", "diffuse")
EFFUSION_LABELS = {1: "pleural effusion"}
PERCENT_AT_MOST = 92.0
"""Some lung with air must be left: nobody breathes with none."""
DENSE_SHARE = 0.3
"""From here consolidation leads the picture; half of what a network is taught is of this kind, since real sets
hold little of it."""
EFFUSION_CHANCE = 0.15
"""Rare beside COVID-19 and usual beside other pneumonia; enough to be learned as a thing not to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesisOptions:
    """What to put into the lungs.

    Attributes
    ----------
    variant : {"train", "test"}
        Which of two makers, without shapes and textures in common.
    seed : int
        Same seed, same result.
    percent : float
        Lesion volume in percent of the lungs, 0 to 92.
    consolidation_share : float
        Consolidation as a share of the lesion volume, 0 to 1.
    paving : float
        Share of the ground glass with crazy paving, 0 to 1.
    effusion_ml : float
        Pleural fluid of both sides together, ml; it takes its room from the lungs, at most a third of each.
    pattern : str or None
        Where the disease lies; None draws it (often two of them together).
    consolidation_pattern : str or None
        Where consolidation lies; None draws it.

    Raises
    ------
    InputError
        ``BAD_SYNTHESIS_OPTIONS`` if a number is out of range.
    """

    variant: Variant
    seed: int
    percent: float
    consolidation_share: float = 0.0
    paving: float = 0.0
    effusion_ml: float = 0.0
    pattern: Pattern | None = None
    consolidation_pattern: Pattern | None = None

    def __post_init__(self) -> None:
        wrong = [
            name
            for name, value, top in (
                ("percent", self.percent, PERCENT_AT_MOST),
                ("consolidation_share", self.consolidation_share, 1.0),
                ("paving", self.paving, 1.0),
                ("effusion_ml", self.effusion_ml, np.inf),
            )
            if not 0 <= value <= top
        ]
        if self.variant not in ("train", "test"):
            wrong.append("variant")
        wrong += [
            name
            for name, value in (("pattern", self.pattern), ("consolidation_pattern", self.consolidation_pattern))
            if value is not None and value not in PATTERNS
        ]
        if wrong:
            raise InputError(
                BAD_SYNTHESIS_OPTIONS,
                what=f"out of range: {', '.join(wrong)}",
                where="options of the synthesis",
                todo=f"give a percent of 0 to {PERCENT_AT_MOST:g}, shares of 0 to 1, and a known pattern and variant",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Synthetic:
    """A chest with lesions that are known exactly.

    Attributes
    ----------
    volume : Volume
        HU int16 on the grid that was given.
    lungs : LabelVolume
        1 right, 2 left, 3 side unknown; consolidated and compressed lung inside, pleural fluid outside.
    lesions : LabelVolume
        1 ground glass, 2 consolidation; always within the lungs.
    effusion : LabelVolume or None
        1 pleural fluid; None where there is none.
    percent : float
        100 * lesions / lungs, by voxels.
    consolidation_percent : float
        100 * consolidation / lungs, by voxels.
    """

    volume: Volume
    lungs: LabelVolume
    lesions: LabelVolume
    effusion: LabelVolume | None
    percent: float
    consolidation_percent: float


def draw_options(rng: np.random.Generator, variant: Variant) -> SynthesisOptions:
    """Draw one case of the mixture that a network is taught on: 0.5 to 85 %, half of it led by consolidation.

    Parameters
    ----------
    rng : Generator
        Where chance comes from; the seed of the case is drawn from it too.
    variant : {"train", "test"}
        Which maker.
    """
    percent = float(np.exp(rng.uniform(np.log(0.5), np.log(25)))) if rng.random() < 0.45 else float(rng.uniform(8, 85))
    share = 0.0 if rng.random() < 0.35 else float(rng.uniform(0.0, DENSE_SHARE))
    if rng.random() < 0.5:
        share = float(rng.uniform(DENSE_SHARE, 1.0))
    paving = float(rng.uniform(0.2, 1.0)) if rng.random() < 0.4 else 0.0
    effusion_ml = 0.0
    if rng.random() < EFFUSION_CHANCE:
        effusion_ml = float(np.exp(rng.uniform(np.log(40), np.log(1200))))
        percent = max(percent, float(rng.uniform(3, 12)))
        share = max(share, float(rng.uniform(0.3, 0.9)))
    return SynthesisOptions(
        variant=variant,
        seed=int(rng.integers(2**31)),
        percent=percent,
        consolidation_share=share,
        paving=paving,
        effusion_ml=effusion_ml,
    )
