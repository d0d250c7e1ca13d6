"""Samples cut from chests, with the differences between scanners, windows and formats drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from groundglass.errors import InputError
from groundglass.training.chests import CANVAS, DENSE, EFFUSION, HEADS, LEFT, RIGHT, UNSURE, TrainingChest
from groundglass.training.config import TRAINING_DATA, TrainingConfig

STEP_MM = (1.8, 4.0)
"""Distance of neighbouring slices aimed at for most samples: what the network meets in use."""
THICK_STEP_MM = (4.0, 8.5)
THICK_SHARE = 0.2
"""This share imitates studies of thick slices."""
TURN, SCALE, SHIFT = 0.2, (0.8, 1.25), 0.06
"""Radians; fields of view and sizes of people; parts of a sample."""
MIRROR_SHARE, UPSIDE_DOWN_SHARE = 0.5, 0.15
GAIN, OFFSET_HU = (0.94, 1.06), 35.0
"""HU rebuilt from 8-bit pictures are off by about 30 HU."""
NOISE_HU = 45.0
"""Most noise added, standard deviation, HU: thin slices of sharp kernels at 1.6 mm pixels."""
BLUR_PIXELS = 0.9
SHARPEN = 0.9
"""Kernels: from soft to edge-enhancing."""
QUANTISED_SHARE, QUANTISED_HU = 0.3, (4.0, 9.0)
"""8-bit pictures: steps of 5.9 HU for a window of 1500 HU, 8 HU for 2048."""
CLIPPED_SHARE, CLIPPED_HU = 0.25, (100.0, 250.0)
"""Upper end of the window of such pictures."""

FEWEST_PIXELS = 40
"""A slice of a made chest shows airless lung or fluid from here on: 1 cm2."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One batch.

    Attributes
    ----------
    hu : (sample, slice, row, column) float32
        What the network is shown.
    target : (sample, head, row, column) float32
        0..1.
    weight : (sample, head, row, column) float32
        0 where a target is not known.
    made : (sample,) bool
        Whether the lesions were made, not drawn.
    """

    hu: Tensor
    target: Tensor
    weight: Tensor
    made: Tensor


class Sampler:
    """Draws samples; the same generator in the same state draws the same ones.

    Parameters
    ----------
    chests : sequence of TrainingChest
        All that may be drawn from.
    config : TrainingConfig
        Mixture and shape.
    random : numpy.random.Generator
        Where chance comes from.

    Raises
    ------
    InputError
        ``TRAINING_DATA`` if there is no chest of any kind that the mixture names.
    """

    def __init__(self, chests: Sequence[TrainingChest], config: TrainingConfig, random: np.random.Generator) -> None:
        self.chests = chests
        self.config = config
        self.random = random
        self._of_kind: dict[str, list[int]] = {}
        self._hits: dict[int, NDArray[np.intp]] = {}
        self._slices: dict[int, NDArray[np.intp]] = {}
        for i, chest in enumerate(chests):
            self._of_kind.setdefault(chest.kind, []).append(i)
            self._slices[i] = np.flatnonzero(chest.usable)
            if chest.kind in ("synthetic", "phantom"):
                solid = ((chest.target & (DENSE | EFFUSION)) > 0).sum(axis=(1, 2)) >= FEWEST_PIXELS
                self._hits[i] = np.flatnonzero(chest.usable & solid)
            elif "lesion" in chest.known:
                self._hits[i] = np.flatnonzero(chest.usable & (chest.lesion >= 128).any(axis=(1, 2)))

        if not any(share > 0 and self._of_kind.get(kind) for kind, share in config.mixture.items()):
            named = ", ".join(kind for kind, share in config.mixture.items() if share > 0)
            raise InputError(
                TRAINING_DATA, what=f"there is no chest of the kinds of the mixture: {named}", where="mixture",
                todo="give data of these kinds, or name kinds that are there",
            )  # fmt: skip

    def batch(self) -> Batch:
        """Draw one batch."""
        kinds = [kind for kind in self.config.mixture if self._of_kind.get(kind)]
        shares = np.array([self.config.mixture[kind] for kind in kinds])
        hu, targets, weights, made = [], [], [], []
        for kind in self.random.choice(kinds, self.config.batch, p=shares / shares.sum()):
            picture, target, weight = self._one(self._chest_of(str(kind)))
            hu.append(picture)
            targets.append(target)
            weights.append(weight)
            made.append(kind in ("synthetic", "phantom"))
        return self._changed(
            torch.from_numpy(np.stack(hu)), torch.from_numpy(np.stack(targets)), torch.from_numpy(np.stack(weights)),
            torch.tensor(made),
        )  # fmt: skip

    def _chest_of(self, kind: str) -> int:
        members = self._of_kind[kind]
        if kind != "drawn":
            return int(self.random.choice(members))
        # a CT of 300 thin slices does not show ten times what one of 40 thick slices shows
        sizes = np.sqrt([max(1, self._hits[i].size) for i in members])
        return int(self.random.choice(members, p=sizes / sizes.sum()))

    def _one(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        chest, random = self.chests[index], self.random
        hits = self._hits.get(index)
        from_hits = hits is not None and hits.size > 0 and random.random() < self.config.hit_share
        k = int(random.choice(hits if from_hits and hits is not None else self._slices[index]))
        low, high = THICK_STEP_MM if random.random() < THICK_SHARE else STEP_MM
        step = max(1, round(random.uniform(low, high) / chest.slice_mm))
        thick = int(random.integers(1, step + 1))
        picture = np.stack([self._slab(chest, k + d * step, thick) for d in (-1, 0, 1)])
        bits = chest.target[k]
        planes = [(bits & bit) > 0 for bit in (RIGHT, LEFT)] + [(bits & bit) > 0 for bit in (DENSE, EFFUSION)]
        lesion = chest.lesion[k].astype(np.float32) / 255
        target = np.stack([planes[0], planes[1], lesion, planes[2], planes[3], lesion]).astype(np.float32)
        # the opacity head differs from the lesion head in its teachers, not in its targets
        known = np.array([("lesion" if head == "opacity" else head) in chest.known for head in HEADS], dtype=np.float32)
        weight = np.broadcast_to(known[:, None, None], target.shape).copy()
        # airless lung and fluid are few voxels, and what the outline is there for
        weight[:2][:, (bits & (DENSE | EFFUSION)) > 0] *= self.config.dense_weight
        weight[:2][:, (bits & UNSURE) > 0] = 0
        # where lungs are unsure, so is what is dense in them
        weight[3][(bits & UNSURE) > 0] = 0
        return picture, target, weight

    @staticmethod
    def _slab(chest: TrainingChest, centre: int, thick: int) -> NDArray[np.float32]:
        last = chest.hu.shape[0] - 1
        first = centre - thick // 2
        wanted = np.clip(np.arange(first, first + thick), 0, last)
        return np.asarray(chest.hu[wanted].astype(np.float32).mean(axis=0))

    def _changed(self, hu: Tensor, target: Tensor, weight: Tensor, made: Tensor) -> Batch:
        random, n = self.random, len(hu)
        rows, columns = self.config.shape
        theta = np.zeros((n, 2, 3), dtype=np.float32)
        mirrored = random.random(n) < MIRROR_SHARE
        for i in range(n):
            turn, scale = random.uniform(-TURN, TURN), np.exp(random.uniform(*np.log(SCALE)))
            stretch = random.uniform(0.95, 1.05)
            flip_x = -1.0 if mirrored[i] else 1.0
            flip_y = -1.0 if random.random() < UPSIDE_DOWN_SHARE else 1.0
            height, width = rows / CANVAS[0] / scale * stretch, columns / CANVAS[1] / scale
            aspect = CANVAS[0] / CANVAS[1]
            cos, sin = np.cos(turn), np.sin(turn)
            theta[i] = [
                [cos * width * flip_x, -sin * height * aspect * flip_y, random.uniform(-SHIFT, SHIFT)],
                [sin * width / aspect * flip_x, cos * height * flip_y, random.uniform(-SHIFT, SHIFT)],
            ]
        grid = functional.affine_grid(torch.from_numpy(theta), [n, 1, rows, columns], align_corners=False)
        hu = functional.grid_sample(hu + 1024, grid, align_corners=False) - 1024
        both = functional.grid_sample(torch.cat([target, weight], 1), grid, align_corners=False)
        target, weight = both[:, : len(HEADS)], both[:, len(HEADS) :]
        # where a known pixel meets an unknown one, or the canvas ends, nothing is known
        weight = torch.where(weight > 0.999, weight, torch.zeros_like(weight))
        swap = torch.from_numpy(mirrored)
        for part in (target, weight):
            part[swap, :2] = part[swap, :2].flip(1)
        return Batch(self._scanned(hu), target, weight, made)

    def _scanned(self, hu: Tensor) -> Tensor:
        """Draw kernel, noise, calibration and window of each sample."""
        random, n = self.random, len(hu)
        soft = functional.avg_pool2d(functional.pad(hu, (1, 1, 1, 1), mode="replicate"), 3, 1)
        kernel = torch.from_numpy(random.uniform(-BLUR_PIXELS, SHARPEN, (n, 1, 1, 1)).astype(np.float32))
        kernel = torch.where(torch.from_numpy(random.random((n, 1, 1, 1)) < 0.5), kernel, torch.zeros_like(kernel))
        out = hu + kernel * (hu - soft)
        grain = torch.from_numpy(random.standard_normal(hu.shape, dtype=np.float32))
        coarse = torch.from_numpy(random.random((n, 1, 1, 1)) < 0.5)
        blurred = functional.avg_pool2d(functional.pad(grain, (1, 1, 1, 1), mode="replicate"), 3, 1) * 2.2
        grain = torch.where(coarse, blurred, grain)
        level = (random.random((n, 1, 1, 1)) ** 2 * NOISE_HU).astype(np.float32)
        out = out + grain * torch.from_numpy(level)
        gain = torch.from_numpy(random.uniform(*GAIN, (n, 1, 1, 1)).astype(np.float32))
        shift = torch.from_numpy(np.clip(random.normal(0, OFFSET_HU / 2, (n, 1, 1, 1)), -60, 60).astype(np.float32))
        out = (out + 1000) * gain - 1000 + shift
        steps = torch.from_numpy(random.uniform(*QUANTISED_HU, (n, 1, 1, 1)).astype(np.float32))
        rough = torch.from_numpy(random.random((n, 1, 1, 1)) < QUANTISED_SHARE)
        out = torch.where(rough, (out / steps).round() * steps, out)
        ceiling = torch.from_numpy(random.uniform(*CLIPPED_HU, (n, 1, 1, 1)).astype(np.float32))
        cut = torch.from_numpy(random.random((n, 1, 1, 1)) < CLIPPED_SHARE)
        out = torch.where(cut, torch.minimum(out, ceiling), out)
        return out.clamp(-1024, 3071)
