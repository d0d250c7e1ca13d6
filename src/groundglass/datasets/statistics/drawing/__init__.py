"""The figures, one function each; imported only where matplotlib is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from groundglass.datasets.statistics.drawing import counts, lungs, selection, spreads
from groundglass.datasets.statistics.drawing.style import Draw

DRAWINGS: Mapping[str, Draw] = MappingProxyType(
    {
        "grades": counts.grades,
        "age": counts.age,
        "scanners": counts.scanners,
        "slices": spreads.slices,
        "lesions": spreads.lesions,
        "involvement": spreads.involvement,
        "localisation": lungs.localisation,
        "pattern": counts.pattern,
        "agreement": selection.agreement,
        "parts": selection.parts,
        "funnel": selection.funnel,
    }
)
"""Every figure by the name of its file; each returns None where it has nothing to show."""
