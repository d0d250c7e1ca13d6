"""The network run by onnxruntime: HU of a chest in, probabilities of every head out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.networks.grid import MULTIPLE, NetworkGrid
from groundglass.analysis.result import ModelRow
from groundglass.errors import UnavailableError, declare

MODEL_UNREADABLE = declare("MODEL_UNREADABLE", "The file of the network is missing, damaged or of another kind.")
MODEL_FILE = "chest.onnx"
BATCH = 4
"""Slices looked at together: larger batches take more memory and no less time."""
THREADS = 2
"""As many cores as the smallest machine it is meant for; more change the time only, never the answer."""
_LOADING = Lock()
HEADS = ("right", "left", "lesion", "dense", "effusion", "opacity")


@dataclass(frozen=True, slots=True, eq=False)
class ChestMaps:
    """What the network says of each voxel.

    Attributes
    ----------
    grid : NetworkGrid
        Where.
    maps : dict of str to (slice, row, column) uint8
        By head, probability times 255: ``right``, ``left`` lung, consolidated lung inside; ``lesion`` as a reader would
        outline it; ``dense``, airless lung; ``effusion``; ``opacity``, lesion as drawn or made.
    """

    grid: NetworkGrid
    maps: dict[str, NDArray[np.uint8]]


class ChestNetwork:
    """A network ready to look.

    Parameters
    ----------
    content : bytes
        Of the ONNX file.
    name : str
        What it is called in results.
    threads : int
        For one look; the answer does not depend on it.

    Raises
    ------
    UnavailableError
        ``MODEL_UNREADABLE``.
    """

    def __init__(self, content: bytes, name: str, *, threads: int = THREADS) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            properties = self._session.get_modelmeta().custom_metadata_map
            # a graph of other inputs or outputs shows itself before the first study, not amid it
            tried: Any = self._session.run(None, {"hu": np.zeros((1, 3, MULTIPLE, MULTIPLE), dtype=np.float32)})[0]
        except Exception as error:  # onnxruntime's errors have no common root but Exception
            raise _unreadable(name) from error
        if tuple(properties.get("heads", "").split()) != HEADS or not _probable(tried):
            raise _unreadable(name)
        self.properties: dict[str, str] = dict(properties)
        self.row = ModelRow(name, hashlib.sha256(content).hexdigest(), f"onnxruntime {onnxruntime.__version__}", "fp32")

    def look(self, grid: NetworkGrid) -> ChestMaps:
        """Look at a chest, slice by slice, each with its neighbours.

        Parameters
        ----------
        grid : NetworkGrid
            HU.
        """
        depth = grid.hu.shape[0]
        out = np.empty((len(HEADS), *grid.hu.shape), dtype=np.uint8)
        for first in range(0, depth, BATCH):
            centre = np.arange(first, min(first + BATCH, depth))
            around = np.clip(centre[:, None] + np.array([-1, 0, 1]), 0, depth - 1)
            answer: Any = self._session.run(None, {"hu": grid.hu[around].astype(np.float32)})[0]
            out[:, centre] = np.rint(answer.transpose(1, 0, 2, 3) * 255)
        return ChestMaps(grid, {head: out[i] for i, head in enumerate(HEADS)})


def shipped() -> ChestNetwork:
    """Return the network that comes with the package.

    Raises
    ------
    UnavailableError
        ``MODEL_UNREADABLE`` if its file is missing or damaged.
    """
    # it may be loading already, beside the pictures
    with _LOADING:
        return _shipped()


@lru_cache(maxsize=1)
def _shipped() -> ChestNetwork:
    try:
        content = resources.files(__package__).joinpath(MODEL_FILE).read_bytes()
    except OSError as error:
        raise _unreadable(MODEL_FILE) from error
    return ChestNetwork(content, "chest")


def _probable(answer: Any) -> bool:
    """Tell whether an answer to one sample holds probabilities of every head."""
    if not isinstance(answer, np.ndarray) or answer.shape != (1, len(HEADS), MULTIPLE, MULTIPLE):
        return False
    return answer.dtype == np.float32 and bool(np.all((answer >= 0) & (answer <= 1)))


def _unreadable(name: str) -> UnavailableError:
    return UnavailableError(
        MODEL_UNREADABLE,
        what="the network cannot be read",
        where=name,
        todo="install groundglass again, or analyse with --engine classical",
    )
