"""CTs that the networks were trained on: figures of them say nothing about patients never seen.

A CT is known by the SHA-256 of its voxels; the same CT in another encoding by its looks, the signs of the cells of its
:mod:`fingerprint <groundglass.datasets.formats.fingerprints>`: 576 bytes from which no picture can be made.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import groundglass.analysis.networks
from groundglass.datasets.formats.fingerprints import GRID, small_picture
from groundglass.datasets.formats.labelled import LabelledCt
from groundglass.errors import InputError, InternalError, declare

TRAINED_ON = declare("TRAINED_ON", "A CT to be measured is one that the network was trained on.")
BAD_TRAINING_LIST = declare("BAD_TRAINING_LIST", "The list of CTs that a network was trained on cannot be read.")
LIST_FILE = "trained_on.json"
"""Lies beside the networks: ``{"volumes": [{"name": ..., "voxels_sha256": ..., "looks": ...}]}``, looks not always."""
SAME_LOOKS_SHARE = 0.9
"""Share of equal signs from which two CTs are one. Measured on 19 CTs: copies made thick, coarse, or windowed and
noised 0.95 and more, but for one whose slices differ in brightness (0.83); different patients 0.85 at most; two
reconstructions of one scan 0.99."""
_BITS = int(np.prod(GRID))


@dataclass(frozen=True, slots=True, eq=False)
class TrainedOn:
    """What the shipped networks were trained on.

    Attributes
    ----------
    names : mapping of str to str
        Name of each CT by the SHA-256 of its voxels.
    looks : mapping of str to (cell,) bool
        Looks of those that have them, by name.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    looks: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def match(self, ct: LabelledCt) -> str | None:
        """Return the name under which a CT was trained on; None if it was not.

        Parameters
        ----------
        ct : LabelledCt
            Any CT; a single slice is known by its voxels only.
        """
        known = self.names.get(ct.voxels_sha256)
        if known is not None or not self.looks or len(ct.volume.array) == 1:
            return known
        own = looks_of(ct)
        likest = max(self.looks, key=lambda name: np.count_nonzero(self.looks[name] == own))
        return likest if np.mean(self.looks[likest] == own) >= SAME_LOOKS_SHARE else None


def looks_of(ct: LabelledCt) -> NDArray[np.bool_]:
    """Return the looks of a CT, (cell,) bool.

    Parameters
    ----------
    ct : LabelledCt
        More than one slice.
    """
    return np.asarray(small_picture(ct.volume.array).ravel() > 0)


def list_json(cts: Iterable[LabelledCt]) -> str:
    """Return the text of the list that ships beside a network.

    Parameters
    ----------
    cts : iterable of LabelledCt
        Every CT that it was trained on; one at a time is held.
    """
    rows = []
    for ct in cts:
        row = {"name": ct.name, "patient": ct.patient, "source": ct.source, "voxels_sha256": ct.voxels_sha256}
        if len(ct.volume.array) > 1:
            row["looks"] = base64.b64encode(np.packbits(looks_of(ct)).tobytes()).decode("ascii")
        rows.append(row)
    return json.dumps({"volumes": rows}, indent=1) + "\n"


@cache
def trained_on() -> TrainedOn:
    """Return what the shipped networks were trained on; nothing where none ships with a list.

    Raises
    ------
    InternalError
        ``BAD_TRAINING_LIST`` if the list is there and damaged.
    """
    path = Path(groundglass.analysis.networks.__file__).parent / LIST_FILE
    return parse_list(path.read_text(encoding="utf-8")) if path.is_file() else TrainedOn()


def parse_list(text: str) -> TrainedOn:
    """Read a list of CTs that were trained on.

    Parameters
    ----------
    text : str
        The file's text.

    Raises
    ------
    InternalError
        ``BAD_TRAINING_LIST`` if it is none.
    """
    try:
        rows = json.loads(text)["volumes"]
        return TrainedOn(
            {str(row["voxels_sha256"]): str(row["name"]) for row in rows},
            {str(row["name"]): _unpacked(row["looks"]) for row in rows if row.get("looks")},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InternalError(
            BAD_TRAINING_LIST,
            what="it names no volumes as it should",
            where=LIST_FILE,
            todo="install groundglass again",
        ) from error


def refuse(ct: LabelledCt, name: str) -> InputError:
    """Return the error of a CT that was trained on.

    Parameters
    ----------
    ct : LabelledCt
        The CT.
    name : str
        Its name in training.
    """
    return InputError(
        TRAINED_ON,
        what=f"{ct.name} was trained on as {name}",
        where=f"data set of {ct.source}",
        todo="leave it out, or give --contaminated to measure it apart",
    )


def _unpacked(text: str) -> NDArray[np.bool_]:
    stored = np.frombuffer(base64.b64decode(text, validate=True), dtype=np.uint8)
    if stored.size * 8 != _BITS:
        raise ValueError(f"{stored.size} bytes are no looks")
    return np.unpackbits(stored).astype(bool)
