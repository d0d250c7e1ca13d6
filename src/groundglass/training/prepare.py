"""Everything a training samples from, made once and kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from groundglass.datasets.formats.labelled import LabelledCt
from groundglass.phantom import PhantomOptions, make
from groundglass.training.chests import (
    DENSE,
    EFFUSION,
    HEADS,
    UNSURE,
    TrainingChest,
    as_volume,
    of_ct,
    of_phantom,
    of_synthetic,
)
from groundglass.training.config import TrainingConfig
from groundglass.training.synthesis import draw_options, synthesise

PHANTOM_PERCENT = (0.0, 4.0, 12.0, 25.0, 40.0, 55.0, 70.0, 85.0)
"""Wanted involvement of the phantoms, in turn."""
THIN_SLICES = 180
"""Chests with more slices are thinned before lesions are put in: neighbours hardly differ, time and memory count."""


def phantom_options(seed: int) -> PhantomOptions:
    """Return the phantom of a seed: variant ``train``; size, breath, position, kernel and effusion drawn from it."""
    draw = np.random.default_rng([seed, 19])
    return PhantomOptions(
        variant="train",
        seed=seed,
        slices=int(draw.integers(90, 130)),
        rows=256,
        involvement=PHANTOM_PERCENT[seed % len(PHANTOM_PERCENT)],
        size=str(draw.choice(["small", "medium", "large"])),  # type: ignore[arg-type]  # one of its literals
        sex=str(draw.choice(["male", "female"])),  # type: ignore[arg-type]  # one of its literals
        breath=float(np.round(draw.uniform(0.5, 1.0), 2)),
        position=str(draw.choice(["HFS", "HFS", "HFP"])),  # type: ignore[arg-type]  # one of its literals
        kernel=str(draw.choice(["FC07", "FC07", "FC51"])),  # type: ignore[arg-type]  # one of its literals
        noise_hu=float(np.round(draw.uniform(5, 16), 1)),
        effusion_ml=float(draw.choice([0.0, 0.0, 120.0, 400.0])),
    )


def phantoms(config: TrainingConfig, folder: Path, tell: Callable[[str], None]) -> list[TrainingChest]:
    """Return the invented chests; made where they are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for seed in range(1, config.phantoms + 1):
        path = folder / f"phantom_{seed:03d}.npz"
        if not path.exists():
            tell(f"phantom {seed} of {config.phantoms}")
            of_phantom(path.stem, make(phantom_options(seed))).save(path)
        out.append(TrainingChest.load(path))
    return out


def real(cts: Iterable[tuple[LabelledCt, bool]], folder: Path, tell: Callable[[str], None]) -> Iterator[TrainingChest]:
    """Yield a chest a CT; made where it is missing.

    Parameters
    ----------
    cts : iterable of (LabelledCt, bool)
        The CTs, and whether each is known to be without lesions.
    folder : Path
        Of the cache.
    tell : callable
        Gets a line for each that is made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for ct, clean in cts:
        path = folder / f"{ct.name}-{ct.voxels_sha256[:12]}.npz"
        if not path.exists():
            tell(ct.name)
            of_ct(ct, clean=clean).save(path)
        yield TrainingChest.load(path)


def synthetic(
    base: TrainingChest, config: TrainingConfig, folder: Path, tell: Callable[[str], None]
) -> list[TrainingChest]:
    """Return chests made of a real one by putting lesions into its lungs; made where they are missing.

    Parameters
    ----------
    base : TrainingChest
        With lungs; lesions drawn in it stay and count as well.
    config : TrainingConfig
        How many.
    folder : Path
        Of the cache.
    tell : callable
        Gets a line for each that is made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = config.synthetic if base.kind in ("clean", "lungs") else -(-config.synthetic // 2)
    out = []
    for number in range(count):
        seed = int.from_bytes(hashlib.sha256(f"{base.name} {number} {config.seed}".encode()).digest()[:4], "big")
        path = folder / f"{base.name}-made-{config.seed}-{number}.npz"
        if not path.exists():
            tell(path.stem)
            _with_lesions(_thinned(base), path.stem, seed).save(path)
        out.append(TrainingChest.load(path))
    return out


def _thinned(base: TrainingChest) -> TrainingChest:
    step = -(-base.hu.shape[0] // THIN_SLICES)
    if step == 1:
        return base
    return replace(
        base, hu=base.hu[::step], target=base.target[::step], lesion=base.lesion[::step],
        usable=base.usable[::step], slice_mm=base.slice_mm * step,
    )  # fmt: skip


def _with_lesions(base: TrainingChest, name: str, seed: int) -> TrainingChest:
    volume, lungs = as_volume(base)
    made = of_synthetic(name, base, synthesise(volume, lungs, draw_options(np.random.default_rng(seed), "train")))
    lesion = made.lesion
    known: tuple[str, ...] = HEADS
    target = made.target | (base.target & np.uint8(UNSURE))
    if base.kind == "drawn":
        lesion = np.maximum(lesion, base.lesion)
        # what was airless before still is, but where fluid lies now
        target[((base.target & DENSE) > 0) & ((made.target & EFFUSION) == 0)] |= DENSE
    if base.kind == "lungs":
        # nobody drew lesions there, and there may be some
        known = ("right", "left", "dense", "effusion")
    return replace(made, lesion=lesion, target=target, known=known)
