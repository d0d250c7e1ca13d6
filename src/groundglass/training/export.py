"""A trained network as an ONNX file: normalisations folded into convolutions, weights kept in 16 bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from groundglass.errors import InputError, declare
from groundglass.training.network import LEVELS, LUNG_WINDOW_HU, SLICES, SOFT_WINDOW_HU

WEIGHTS_NOT_FINITE = declare(
    "WEIGHTS_NOT_FINITE", "A training ended with weights that are no numbers, or too large for 16 bits."
)
OPSET = 17
"""Understood by onnxruntime since 1.12 and OpenVINO since 2022.1."""
EPSILON = 1e-5
"""Of torch's batch normalisation."""

Weights = Mapping[str, NDArray[np.float32]]


def rounded(state: Mapping[str, Tensor]) -> dict[str, NDArray[np.float32]]:
    """Return the weights of convolutions with normalisations folded in, rounded to what 16 bits hold.

    Parameters
    ----------
    state : mapping of str to Tensor
        ``state_dict`` of a :class:`groundglass.training.network.Network`.

    Raises
    ------
    InputError
        ``WEIGHTS_NOT_FINITE``.
    """
    raw = {name: value.detach().cpu().float().numpy() for name, value in state.items()}
    out: dict[str, NDArray[np.float32]] = {}
    blocks = [f"down.{i}" for i in range(LEVELS)] + [f"join.{i}" for i in range(LEVELS - 1)]
    for block in blocks:
        for conv, norm in ((0, 1), (3, 4)):
            n = f"{block}.{norm}"
            scale = raw[f"{n}.weight"] / np.sqrt(raw[f"{n}.running_var"] + np.float32(EPSILON))
            weight, bias = raw[f"{block}.{conv}.weight"] * scale[:, None, None, None], raw[f"{n}.bias"]
            out[f"{block}.{conv}.weight"] = weight.astype(np.float32)
            out[f"{block}.{conv}.bias"] = (bias - raw[f"{n}.running_mean"] * scale).astype(np.float32)
    for name in [*(f"up.{i}" for i in range(LEVELS - 1)), "out"]:
        for part in ("weight", "bias"):
            out[f"{name}.{part}"] = raw[f"{name}.{part}"]
    with np.errstate(over="ignore"):  # what overflows is found right below
        short = {name: value.astype(np.float16).astype(np.float32) for name, value in out.items()}
    off = next((name for name, value in short.items() if not np.isfinite(value).all()), None)
    if off is not None:
        raise InputError(
            WEIGHTS_NOT_FINITE, what="weights are no numbers, or too large for 16 bits", where=off,
            todo="train again with a lower rate",
        )  # fmt: skip
    return short


def export(state: Mapping[str, Tensor], heads: Sequence[str], path: Path, *, notes: Mapping[str, str]) -> None:
    """Write the network: HU (sample, 3, row, column) float32 in, probabilities (sample, head, row, column) out.

    Parameters
    ----------
    state : mapping of str to Tensor
        Of a network.
    heads : sequence of str
        Names of the channels, kept in the file.
    path : Path
        Where to.
    notes : mapping of str to str
        Kept in the file beside ``heads``.

    Raises
    ------
    InputError
        ``WEIGHTS_NOT_FINITE``; nothing is written then.
    """
    graph = _Graph(rounded(state))
    x = graph.node(
        "Concat", [graph.window("hu", "lung", LUNG_WINDOW_HU), graph.window("hu", "soft", SOFT_WINDOW_HU)], axis=1
    )
    kept = []
    for level in range(LEVELS):
        x = graph.block(x, f"down.{level}")
        if level < LEVELS - 1:
            kept.append(x)
            x = graph.node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    for level in range(LEVELS - 2, -1, -1):
        up = graph.node(
            "ConvTranspose", [x, graph.weight(f"up.{level}.weight"), graph.weight(f"up.{level}.bias")],
            kernel_shape=[2, 2], strides=[2, 2],
        )  # fmt: skip
        x = graph.block(graph.node("Concat", [up, kept[level]], axis=1), f"join.{level}")
    x = graph.node("Conv", [x, graph.weight("out.weight"), graph.weight("out.bias")], kernel_shape=[1, 1])
    graph.nodes.append(helper.make_node("Sigmoid", [x], ["probability"]))
    made = helper.make_graph(
        graph.nodes,
        "chest",
        [helper.make_tensor_value_info("hu", TensorProto.FLOAT, ["sample", SLICES, "row", "column"])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["sample", len(heads), "row", "column"])],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="groundglass")
    model.ir_version = 8
    helper.set_model_props(model, {"heads": " ".join(heads), **notes})
    onnx.checker.check_model(model)
    stage = path.with_suffix(".part")
    onnx.save(model, str(stage))
    stage.replace(path)


class _Graph:
    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def weight(self, name: str) -> str:
        self.constants.append(numpy_helper.from_array(self.weights[name].astype(np.float16), f"{name}.half"))
        self.nodes.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
        return name

    def constant(self, name: str, value: float) -> str:
        self.constants.append(numpy_helper.from_array(np.array(value, dtype=np.float32), name))
        return name

    def window(self, source: str, name: str, limits: tuple[float, float]) -> str:
        low, high = limits
        shifted = self.node("Sub", [source, self.constant(f"{name}.low", low)])
        scaled = self.node("Div", [shifted, self.constant(f"{name}.width", high - low)])
        zero, one = self.constant(f"{name}.zero", 0.0), self.constant(f"{name}.one", 1.0)
        return self.node("Clip", [scaled, zero, one])

    def block(self, x: str, name: str) -> str:
        for conv in (0, 3):
            inputs = [x, self.weight(f"{name}.{conv}.weight"), self.weight(f"{name}.{conv}.bias")]
            x = self.node("Relu", [self.node("Conv", inputs, kernel_shape=[3, 3], pads=[1, 1, 1, 1])])
        return x
