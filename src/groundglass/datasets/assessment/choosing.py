"""Which network measures a CT: the one that ships, or of several the one that never saw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.fusion import LearnedRules, Sight
from groundglass.analysis.learned import chance
from groundglass.analysis.networks import ChestMaps, ChestNetwork, NetworkGrid, onto, shipped
from groundglass.datasets.assessment.contamination import trained_on
from groundglass.datasets.formats import LabelledCt
from groundglass.errors import InputError, UsageError, declare
from groundglass.settings import Settings

UNKNOWN_ENGINE = declare("UNKNOWN_ENGINE", "The analysis has no engine of the name asked for.")
NETWORK_UNREADABLE = declare("NETWORK_UNREADABLE", "A file given as a network cannot be read.")
ENGINES = ("learned", "classical")
_FOLD = "fold"
"""What the name of a fold's network begins with, its number behind it."""


@dataclass(frozen=True, slots=True)
class AssessmentOptions:
    """How a data set is measured.

    Attributes
    ----------
    out : Path or None
        Folder for a record of each CT as it ends; None keeps nothing. A record that is there is used again where
        voxels and analysis are the same.
    contaminated : bool
        Measure CTs that were trained on, and mark them, instead of refusing them.
    engine : {"learned", "classical"}
        What measures: the network that ships, or classical analysis alone.
    networks : tuple of Path
        ONNX files that measure instead of the network that ships, such as those of all folds: each CT is measured by
        the first that was not trained on it, by the names that the file tells.
    tuned_on_fold : int or None
        Fold on which choices of design were made; its CTs are marked.
    settings : Settings
        Limits of time and memory.
    """

    out: Path | None = None
    contaminated: bool = False
    engine: str = "learned"
    networks: tuple[Path, ...] = ()
    tuned_on_fold: int | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Choice:
    """What measures a CT.

    Attributes
    ----------
    network : ChestNetwork or None
        None for classical analysis alone.
    known_as : str or None
        The name under which the CT was trained on.
    fold : int or None
        The fold that the CT was kept out of.
    """

    network: ChestNetwork | None
    known_as: str | None = None
    fold: int | None = None


class WatchedNetwork(ChestNetwork):
    """A network whose last answer can be asked for again.

    Parameters
    ----------
    network : ChestNetwork
        The network itself.
    """

    def __init__(self, network: ChestNetwork) -> None:
        self._network = network
        self.properties = network.properties
        self.row = network.row
        self._seen: ChestMaps | None = None

    def look(self, grid: NetworkGrid) -> ChestMaps:
        """Look at a chest, and keep the answer.

        Parameters
        ----------
        grid : NetworkGrid
            HU.
        """
        self._seen = self._network.look(grid)
        return self._seen

    def lesion_probability(self, ct: LabelledCt) -> NDArray[np.float16] | None:
        """Return (slice, row, column) float16, 0..1, how likely each voxel is lesion if it is lung; None unseen.

        Parameters
        ----------
        ct : LabelledCt
            The CT that was looked at.
        """
        if self._seen is None:
            return None
        own = self._seen.grid.geometry
        likely = chance(Sight(**self._seen.maps), np.ones(own.shape, dtype=np.uint8), LearnedRules())
        return np.asarray(onto(likely, own, ct.volume.geometry) / np.float16(255), dtype=np.float16)


def choose_network(ct: LabelledCt, options: AssessmentOptions) -> Choice:
    """Choose what measures a CT.

    Parameters
    ----------
    ct : LabelledCt
        The CT.
    options : AssessmentOptions
        Engine and networks wanted.

    Raises
    ------
    UnavailableError
        ``MODEL_UNREADABLE``.
    InputError
        ``NETWORK_UNREADABLE``.
    """
    if options.networks:
        networks = [_opened(path) for path in options.networks]
        unseen = [network for network in networks if ct.name not in _trained_names(network)]
        if not unseen:
            return Choice(networks[0], ct.name)
        return Choice(unseen[0], None, _fold_of(unseen[0]) if len(unseen) < len(networks) else None)
    network = network_of(options.engine)
    return Choice(network, None if network is None else trained_on().match(ct))


def check_engine(options: AssessmentOptions) -> None:
    """Refuse an engine or network that is not there, before the first CT.

    Parameters
    ----------
    options : AssessmentOptions
        Engine and networks wanted.

    Raises
    ------
    UsageError
        ``UNKNOWN_ENGINE``.
    UnavailableError
        ``MODEL_UNREADABLE``.
    InputError
        ``NETWORK_UNREADABLE``.
    """
    for path in options.networks:
        _opened(path)
    if not options.networks:
        network_of(options.engine)


def network_of(engine: str) -> ChestNetwork | None:
    """Return the network that an engine measures with; None for the classical one.

    Parameters
    ----------
    engine : {"learned", "classical"}
        Its name.

    Raises
    ------
    UsageError
        ``UNKNOWN_ENGINE``.
    UnavailableError
        ``MODEL_UNREADABLE`` if the network that ships is missing or damaged.
    """
    if engine not in ENGINES:
        raise UsageError(
            UNKNOWN_ENGINE,
            what=f"there is no engine {engine!r}",
            where="--engine",
            todo=f"choose one of {', '.join(ENGINES)}",
        )
    return shipped() if engine == "learned" else None


@lru_cache(maxsize=8)
def _opened(path: Path) -> ChestNetwork:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            NETWORK_UNREADABLE, what="it cannot be read", where=path.name, todo="give the ONNX file of a network"
        ) from error
    return ChestNetwork(content, path.stem)


def _trained_names(network: ChestNetwork) -> frozenset[str]:
    return frozenset(network.properties.get("trained_on", "").split())


def _fold_of(network: ChestNetwork) -> int | None:
    part = network.properties.get("part", "")
    number = part.removeprefix(_FOLD)
    return int(number) if part.startswith(_FOLD) and number.isdigit() else None
