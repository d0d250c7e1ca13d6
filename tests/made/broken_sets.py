"""A small healthy data set, and every way in which one is broken: each with the finding that names it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.building.finishing import write_set
from groundglass.datasets.building.tasks import StudyDone
from groundglass.datasets.conversion import lesion_facts, write_mask, write_picture
from groundglass.datasets.documents import write_checksums
from groundglass.datasets.funnel import Funnel
from groundglass.datasets.members import About, Member
from groundglass.datasets.recipe import Recipe, SplitRule
from groundglass.deidentify.keys import Keys
from groundglass.deidentify.profiles import load_profile
from groundglass.phantom import Phantom, PhantomOptions, make
from groundglass.volume import LabelVolume

INVOLVEMENTS = (0.0, 8.0, 15.0, 40.0, 60.0, 0.0)
"""Of the six studies; the third and the fifth are of one patient."""
MASKED = "study_0003"
"""A study of CT-1 with lesion and lung mask."""
OTHER = "study_0004"
"""A study of CT-2, with both masks too."""
PLAIN = "study_0001"
"""A study of CT-0 without lesion mask."""


@cache
def _phantoms() -> tuple[Phantom, ...]:
    return tuple(
        make(PhantomOptions(slices=24, rows=88, involvement=percent, seed=70 + number, variant=("train", "test")[number % 2]))
        for number, percent in enumerate(INVOLVEMENTS)
    )


def healthy_set(folder: Path, layout: str = "mosmed") -> Path:
    """Make a whole version of a set of six phantoms and return its folder."""
    work, stage = folder / "work", folder / "set"
    stage.mkdir(parents=True)
    members, done = [], {}
    for number, phantom in enumerate(_phantoms()):
        key = f"S{number:04d}"
        place = work / key
        place.mkdir(parents=True)
        geometry = phantom.volume.geometry
        lesions = LabelVolume(phantom.lesions.array, geometry, {1: "ground glass", 2: "consolidation"})
        marked = INVOLVEMENTS[number] > 0
        write_picture(place / "study.nii.gz", phantom.volume)
        write_mask(place / "lungs.nii.gz", phantom.lungs)
        if marked:
            write_mask(place / "mask.nii.gz", lesions)
        facts: dict[str, Any] = dict(lesion_facts(lesions, phantom.volume, phantom.lungs))
        if not marked:
            facts = {"lungs_ml": facts["lungs_ml"]}
        members.append(_member(number, key, phantom, facts, marked=marked))
        kinds = ("study", "mask", "lungs") if marked else ("study", "lungs")
        done[key] = StudyDone(key=key, fingerprint="", outcome="written", files=dict.fromkeys(kinds, ""))
    write_set(
        stage, work, _recipe(layout), members, done, funnel=Funnel(), keys=Keys(bytes(range(32))), profile=load_profile(None), previous=None
    )
    shutil.rmtree(work)
    for path in stage.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return stage
