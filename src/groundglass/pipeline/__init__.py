"""The main job: open a study, choose its series, analyse, write results; the CLI, the service and the tests call it."""

from __future__ import annotations

from groundglass.pipeline.batch import BatchOptions, Outcome, run_batch
from groundglass.pipeline.outputs import write_results
from groundglass.pipeline.run import StudyAnalysis, analyze
from groundglass.pipeline.study import Study, open_studies, open_study

__all__ = [
    "BatchOptions",
    "Outcome",
    "Study",
    "StudyAnalysis",
    "analyze",
    "open_studies",
    "open_study",
    "run_batch",
    "write_results",
]
