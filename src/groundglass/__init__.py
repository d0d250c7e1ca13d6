"""groundglass: chest-CT programme software. For research use only, not for diagnosis.

The library in three lines::

    import groundglass as gg

    study = gg.open_study(path)
    analysis = gg.analyze(study)
    gg.write_results(analysis, out)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from groundglass.version import __version__

if TYPE_CHECKING:
    from groundglass import datasets
    from groundglass.errors import GroundglassError, InputError, InternalError, UnavailableError
    from groundglass.pipeline import Study, StudyAnalysis, analyze, open_studies, open_study, write_results
    from groundglass.volume import Geometry, LabelVolume, Volume

_MODULES = frozenset({"datasets"})
_HOME = {
    "GroundglassError": "groundglass.errors",
    "InputError": "groundglass.errors",
    "InternalError": "groundglass.errors",
    "UnavailableError": "groundglass.errors",
    "Geometry": "groundglass.volume",
    "LabelVolume": "groundglass.volume",
    "Study": "groundglass.pipeline",
    "StudyAnalysis": "groundglass.pipeline",
    "Volume": "groundglass.volume",
    "analyze": "groundglass.pipeline",
    "open_studies": "groundglass.pipeline",
    "open_study": "groundglass.pipeline",
    "write_results": "groundglass.pipeline",
}

__all__ = [
    "Geometry",
    "GroundglassError",
    "InputError",
    "InternalError",
    "LabelVolume",
    "Study",
    "StudyAnalysis",
    "UnavailableError",
    "Volume",
    "__version__",
    "analyze",
    "datasets",
    "open_studies",
    "open_study",
    "write_results",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``--help`` stays fast."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"groundglass.{name}")
    raise AttributeError(f"module 'groundglass' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
