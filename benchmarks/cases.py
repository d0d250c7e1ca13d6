"""The real CTs of the shared data, each with the network that judges it most fairly; one in memory at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundglass.analysis.networks import ChestNetwork, shipped
from groundglass.datasets.formats import LabelledCt, open_set

FOLDERS = ("lesions", "lungs", "studies")
FOLDS = Path(__file__).resolve().parents[1] / "src" / "groundglass" / "training" / "folds.json"


@dataclass(frozen=True)
class Case:
    """A CT and its network.

    Attributes
    ----------
    ct : LabelledCt
        With what people drew.
    network : ChestNetwork
        To read it with.
    unseen : bool
        The network was not trained on this patient.
    """

    ct: LabelledCt
    network: ChestNetwork
    unseen: bool


def data_folder(given: str | None) -> Path:
    """Return the folder of real studies; ends the program where there is none."""
    given = given or os.environ.get("GROUNDGLASS_TEST_DATA")
    data = Path(given) if given else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not data.is_dir():
        raise SystemExit(f"the real studies are missing: {data}")
    return data


def fold_of(name: str) -> int | None:
    """Return the fold that leaves a CT out; None for CTs that no network is trained on."""
    for row in json.loads(FOLDS.read_text(encoding="utf-8"))["volumes"]:
        if row["name"] == name:
            fold = row["fold"]
            return None if fold is None else int(fold)
    return None


def network_of(name: str, networks: Path | None) -> tuple[ChestNetwork, bool]:
    """Return the network that reads a CT, and whether it never saw it.

    Parameters
    ----------
    name : str
        Of the CT.
    networks : Path or None
        Folder of ``fold0.onnx`` .. ``fold4.onnx`` and ``final.onnx`` as training leaves them, or one file; the shipped
        network where left out.
    """
    fold = fold_of(name)
    if networks is None:
        return shipped(), fold is None
    if networks.is_file():
        return ChestNetwork(networks.read_bytes(), networks.stem, threads=1), fold is None
    own = networks / f"fold{fold}.onnx"
    path = own if fold is not None and own.is_file() else networks / "final.onnx"
    return ChestNetwork(path.read_bytes(), path.stem, threads=1), fold is None or path == own


def cases(data: Path, networks: Path | None, only: tuple[str, ...] = ()) -> Iterator[Case]:
    """Read one CT after another.

    Parameters
    ----------
    data : Path
        The shared data.
    networks : Path or None
        As for :func:`network_of`.
    only : tuple of str
        Names wanted; all where empty.
    """
    for folder in FOLDERS:
        opened = open_set(data / folder)
        for name in opened.names:
            if not only or name in only:
                yield Case(opened[name], *network_of(name, networks))
