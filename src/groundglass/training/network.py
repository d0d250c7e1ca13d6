"""The network: a plain U-Net on three neighbouring slices in two windows, one channel out a head."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

LUNG_WINDOW_HU = (-1024.0, 150.0)
"""From air to the densest value that 8-bit lung windows still hold: what lies above is bone, contrast or metal."""
SOFT_WINDOW_HU = (-200.0, 150.0)
"""Spreads fat, fluid, muscle and airless lung, which nearly coincide in the window above."""
SLICES = 3
LEVELS = 5


class Block(nn.Sequential):
    """Two convolutions of 3 x 3, each normalised."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
        )  # fmt: skip


class Network(nn.Module):
    """HU in, probabilities out: the windows are part of the network, so that nobody can feed it wrongly.

    Parameters
    ----------
    heads : int
        Channels out.
    width : int
        Channels of the first level.
    """

    def __init__(self, heads: int, width: int) -> None:
        super().__init__()
        widths = [width * 2**i for i in range(LEVELS)]
        self.down = nn.ModuleList([Block(2 * SLICES, widths[0]), *(Block(a, b) for a, b in pairwise(widths))])
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, 2) for a, b in pairwise(widths))
        self.join = nn.ModuleList(Block(2 * a, a) for a in widths[:-1])
        self.out = nn.Conv2d(width, heads, 1)

    def forward(self, hu: Tensor) -> Tensor:
        """Return logits.

        Parameters
        ----------
        hu : (sample, slice, row, column) float32
            Slice below, slice itself, slice above.

        Returns
        -------
        (sample, head, row, column)
            Logits.
        """
        x = torch.cat([_window(hu, LUNG_WINDOW_HU), _window(hu, SOFT_WINDOW_HU)], 1)
        kept = []
        for level, block in enumerate(self.down):
            x = block(x)
            if level < LEVELS - 1:
                kept.append(x)
                x = functional.max_pool2d(x, 2)
        for level in range(LEVELS - 2, -1, -1):
            x = self.join[level](torch.cat([self.up[level](x), kept[level]], 1))
        out: Tensor = self.out(x)
        return out


class Probabilities(nn.Module):
    """The network as it is shipped: probabilities instead of logits."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, hu: Tensor) -> Tensor:
        """Return probabilities; shapes as :meth:`Network.forward`."""
        return torch.sigmoid(self.network(hu))


def _window(hu: Tensor, limits: tuple[float, float]) -> Tensor:
    low, high = limits
    return ((hu - low) / (high - low)).clamp(0, 1)
