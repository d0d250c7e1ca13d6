"""One version of a data set as its documents tell it: everything they are made from, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from groundglass.datasets.funnel import Funnel
from groundglass.datasets.members import About, Inventory, Member
from groundglass.datasets.recipe.model import Recipe
from groundglass.datasets.statistics.model import Statistics
from groundglass.deidentify.profile import Profile
from groundglass.phrases import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a data set.

    Attributes
    ----------
    recipe : Recipe
        What it was made by; :attr:`about` is taken from it.
    members : tuple of Member
        Its studies.
    layout : str
        How its files lie: ``mosmed``, ``nnunet``, ``bids``.
    software : str
        Name and version of what made it: ``groundglass 0.1.0``.
    funnel : Funnel
        How its studies were chosen.
    statistics : Statistics or None
        Its numbers; None leaves out what would be told of them.
    previous : Inventory or None
        The version before.
    mask_labels, lungs_labels : mapping of int to str
        Meaning of each number in lesion masks and lung masks: ``ground_glass``, ``consolidation``, ``lesion``,
        ``right_lung``, ``left_lung``, ``lung``.
    profile : Profile or None
        By which the studies were de-identified; None is the default one.
    notices : tuple of Notice
        What a user of the set must know; told in the README.
    """

    recipe: Recipe
    members: tuple[Member, ...]
    layout: str
    software: str
    funnel: Funnel = field(default_factory=Funnel)
    statistics: Statistics | None = None
    previous: Inventory | None = None
    mask_labels: Mapping[int, str] = field(default_factory=lambda: {1: "lesion"})
    lungs_labels: Mapping[int, str] = field(default_factory=lambda: {1: "right_lung", 2: "left_lung"})
    profile: Profile | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def about(self) -> About:
        """What is said of the set as a whole."""
        return self.recipe.about
