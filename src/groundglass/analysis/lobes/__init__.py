"""The five lobes as far as weak evidence carries: fissures as thin bright sheets, gaps between the vessels.

Each fissure has its own confidence. Lobes are shown with it only, and never used in grade or percentages.
"""

from groundglass.analysis.lobes.figures import (
    LOBE_LABELS,
    SHOWN_CONFIDENCE,
    LobeInvolvement,
    lobe_confidence,
    lobe_involvement,
    lobe_notices,
    lobes_to_full,
    shown,
    sure_percent,
)
from groundglass.analysis.lobes.finding import FissureEvidence, FissureName, Lobes, Surface, find_lobes
from groundglass.analysis.lobes.reading import LobeReading, read_lobes, trace_lobes

__all__ = [
    "LOBE_LABELS",
    "SHOWN_CONFIDENCE",
    "FissureEvidence",
    "FissureName",
    "LobeInvolvement",
    "LobeReading",
    "Lobes",
    "Surface",
    "find_lobes",
    "lobe_confidence",
    "lobe_involvement",
    "lobe_notices",
    "lobes_to_full",
    "read_lobes",
    "shown",
    "sure_percent",
    "trace_lobes",
]
