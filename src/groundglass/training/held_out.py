"""Patients held out: read with the network that never saw them, held against their labels, and kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from groundglass import __version__
from groundglass.analysis.engine import METHODS, read_chest
from groundglass.analysis.networks import ChestNetwork, onto
from groundglass.analysis.reading import ChestReading
from groundglass.datasets.assessment import CtRecord, Engine, record_of_reading, records_json
from groundglass.datasets.formats import LabelledCt

TUNED_ON_FOLD = 1
"""The fold that choices of design were made on; its figures are reported as such."""


def read_held_out(
    cts: Iterable[LabelledCt],
    network: ChestNetwork | None,
    folder: Path,
    *,
    fold: int | None,
    tell: Callable[[str], None],
) -> list[CtRecord]:
    """Read CTs and keep what was found: masks and probabilities as ``NAME.npz``, figures as ``NAME.json``.

    Parameters
    ----------
    cts : iterable of LabelledCt
        None of which the network has seen.
    network : ChestNetwork or None
        Of the fold; None reads with classical analysis alone.
    folder : Path
        Where to keep it; what is there already is made again.
    fold : int or None
        Number of the fold.
    tell : callable
        Gets a line for each CT.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = Engine(__version__, METHODS[network is not None], "" if network is None else network.row.sha256)
    if network is not None:
        engine = replace(engine, models=(network.row,))
    out = []
    for ct in cts:
        start = time.perf_counter()
        reading = read_chest(
            ct.volume, gravity=ct.gravity, exact_hu=ct.exact_hu, clock=time.perf_counter, network=network
        )
        seconds = time.perf_counter() - start
        probability = None
        if reading.chance is not None:
            values, geometry = reading.chance
            probability = onto(values, geometry, ct.volume.geometry).astype(np.float32) / np.float32(255)
        record = record_of_reading(ct, reading, engine=engine, lesion_probability=probability, seconds=seconds)
        record = replace(record, fold=fold, tuned_on=fold == TUNED_ON_FOLD)
        _keep_masks(folder / f"{ct.name}.npz", reading)
        evidence = {"percent": record.found_percent, "drawn": record.drawn_percent, **(reading.evidence or {})}
        (folder / f"{ct.name}.evidence.json").write_text(json.dumps(evidence), encoding="utf-8")
        (folder / f"{ct.name}.json").write_text(records_json([record]), encoding="utf-8")
        out.append(record)
        tell(f"{ct.name}: drawn {record.drawn_percent}, found {record.found_percent}")
    return out


def _keep_masks(path: Path, reading: ChestReading) -> None:
    stage = path.with_suffix(".part.npz")
    chance = reading.chance[0] if reading.chance is not None else np.zeros((0, 0, 0), dtype=np.uint8)
    np.savez_compressed(stage, lesions=reading.lesions.array, lungs=reading.lungs.array, chance=chance)
    stage.replace(path)
