"""Building a data set: a recipe in, an immutable version out."""

from __future__ import annotations

from groundglass.datasets.building.job import Built, Choice, LeftOut, Remark
from groundglass.datasets.building.run import build, chosen
from groundglass.datasets.building.study import build_study
from groundglass.datasets.building.tasks import Engine, StudyDone, StudyOptions, StudyTask

__all__ = [
    "Built",
    "Choice",
    "Engine",
    "LeftOut",
    "Remark",
    "StudyDone",
    "StudyOptions",
    "StudyTask",
    "build",
    "build_study",
    "chosen",
]
