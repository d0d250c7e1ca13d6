"""The file of a network: weights in 16 bits, notes in it, and none with weights that are no numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto
from torch import Tensor

from groundglass.analysis.networks import HEADS as READ_HEADS
from groundglass.errors import InputError
from groundglass.training.chests import HEADS
from groundglass.training.export import export, rounded
from groundglass.training.network import Network


def state() -> dict[str, Tensor]:
    torch.manual_seed(3)
    return {name: value.clone() for name, value in Network(len(HEADS), 4).state_dict().items()}


def test_training_and_analysis_name_the_same_heads_in_the_same_order() -> None:
    assert HEADS == READ_HEADS


def test_weights_are_kept_in_16_bits_and_used_in_32(tmp_path: Path) -> None:
    export(state(), HEADS, tmp_path / "tiny.onnx", notes={"trained_on": "a b"})
    model = onnx.load(tmp_path / "tiny.onnx")
    weights = [one for one in model.graph.initializer if one.name.endswith(".half")]
    assert {one.data_type for one in weights} == {TensorProto.FLOAT16}
    casts = [node for node in model.graph.node if node.op_type == "Cast"]
    assert len(casts) == len(weights) == len(rounded(state()))
    notes = {one.key: one.value for one in model.metadata_props}
    assert notes == {"heads": " ".join(HEADS), "trained_on": "a b"}
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.onnx"]


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.onnx", "two.onnx"):
        export(state(), HEADS, tmp_path / name, notes={})
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()


def test_rounding_is_no_more_than_that_of_16_bits() -> None:
    short, plain = rounded(state()), state()
    assert np.array_equal(short["out.weight"], plain["out.weight"].numpy().astype(np.float16).astype(np.float32))
    assert all(np.array_equal(value, value.astype(np.float16).astype(np.float32)) for value in short.values())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e6])
def test_weights_that_are_no_numbers_or_too_large_make_no_network(tmp_path: Path, value: float) -> None:
    weights = state()
    weights["up.2.weight"][0, 0, 0, 0] = value
    with pytest.raises(InputError) as caught:
        export(weights, HEADS, tmp_path / "tiny.onnx", notes={})
    assert (caught.value.code, caught.value.where) == ("WEIGHTS_NOT_FINITE", "up.2.weight")
    assert list(tmp_path.iterdir()) == []
