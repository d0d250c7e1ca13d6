"""CTs that the networks were trained on: figures of them say nothing about patients never seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import groundglass.analysis.networks
from groundglass.datasets.formats.labelled import LabelledCt
from groundglass.errors import InputError, InternalError, declare

TRAINED_ON = declare("TRAINED_ON", "A CT to be measured is one that the network was trained on.")
BAD_TRAINING_LIST = declare("BAD_TRAINING_LIST", "The list of CTs that a network was trained on cannot be read.")
LIST_FILE = "trained_on.json"
"""Lies beside the networks: ``{"volumes": [{"name": ..., "voxels_sha256": ...}]}``."""


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """What the shipped networks were trained on.

    Attributes
    ----------
    names : mapping of str to str
        Name of each CT by the SHA-256 of its voxels.
    """

    names: Mapping[str, str] = field(default_factory=dict)

    def match(self, ct: LabelledCt) -> str | None:
        """Return the name under which a CT was trained on; None if it was not.

        Parameters
        ----------
        ct : LabelledCt
            Any CT.
        """
        return self.names.get(ct.voxels_sha256)


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
        return TrainedOn({str(row["voxels_sha256"]): str(row["name"]) for row in json.loads(text)["volumes"]})
    except (ValueError, KeyError, TypeError) as error:
        raise InternalError(
            BAD_TRAINING_LIST, what="it names no volumes", where=LIST_FILE, todo="install groundglass again"
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
