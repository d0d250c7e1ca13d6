"""Recipes of data sets."""

from __future__ import annotations

from groundglass.datasets.recipe.model import (
    AnalysisRule,
    Exclusion,
    MaskRule,
    PublishRule,
    Recipe,
    SelectionRule,
    SourceRule,
    SplitRule,
    TableRule,
    Thinning,
)

__all__ = [
    "AnalysisRule",
    "Exclusion",
    "MaskRule",
    "PublishRule",
    "Recipe",
    "SelectionRule",
    "SourceRule",
    "SplitRule",
    "TableRule",
    "Thinning",
]
