"""A network of lungmask's size, with random weights, to compare the whole job with.

lungmask's networks are 2D U-Nets of five levels, 64 to 1,024 channels, batch normalisation, 256 x 256 pictures
(Hofmanninger et al., Eur Radiol Exp 4:50, 2020): 31 million parameters. Weights do not change the time, so none are
needed.

Run: ``python benchmarks/network.py CACHE_FOLDER --slices 20`` prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

_CHANNELS = (64, 128, 256, 512, 1024)
_CLASSES = 3
_SIDE = 256


class _Builder:
    """Collects nodes and weights."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.parameters = 0
        self._rng = np.random.default_rng(0)

    def weight(self, *shape: int, scale: float | None = None) -> str:
        name = f"w{len(self.weights)}"
        if scale is None:
            scale = (2.0 / max(1, int(np.prod(shape[1:])))) ** 0.5
        values = (self._rng.standard_normal(shape) * scale).astype(np.float32)
        self.weights.append(numpy_helper.from_array(values, name))
        self.parameters += values.size
        return name

    def constant(self, values: np.ndarray[Any, Any]) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def block(self, x: str, inside: int, outside: int) -> str:
        for channels in (inside, outside):
            x = self.node(
                "Conv", x, self.weight(outside, channels, 3, 3), self.weight(outside, scale=0.0), pads=[1, 1, 1, 1]
            )
            x = self.node("Relu", x)
            ones, zeros = np.ones(outside), np.zeros(outside)
            x = self.node("BatchNormalization", x, *(self.constant(v) for v in (ones, zeros, zeros, ones)))
            self.parameters += 2 * outside
        return x


def build(path: Path) -> int:
    """Write the network as ONNX and return its number of parameters."""
    b = _Builder()
    x, inside = "image", 1
    skips: list[str] = []
    for level, channels in enumerate(_CHANNELS):
        if level:
            skips.append(x)
            x = b.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
        x = b.block(x, inside, channels)
        inside = channels
    for channels in reversed(_CHANNELS[:-1]):
        up = b.weight(inside, channels, 2, 2, scale=0.02)
        x = b.node("ConvTranspose", x, up, b.weight(channels, scale=0.0), kernel_shape=[2, 2], strides=[2, 2])
        x = b.node("Concat", skips.pop(), x, axis=1)
        x = b.block(x, 2 * channels, channels)
        inside = channels
    x = b.node("Conv", x, b.weight(_CLASSES, inside, 1, 1), b.weight(_CLASSES, scale=0.0))
    x = b.node("Softmax", x, axis=1)
    graph = helper.make_graph(
        b.nodes,
        "unet",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, _SIDE, _SIDE])],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, [1, _CLASSES, _SIDE, _SIDE])],
        b.weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    return b.parameters


def main() -> int:
    """Time the network on a few slices."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--slices", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    path = options.cache / "network.onnx"
    parameters = build(path)
    session_options = onnxruntime.SessionOptions()
    session_options.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(str(path), session_options, providers=["CPUExecutionProvider"])
    image = np.random.default_rng(0).standard_normal((1, 1, _SIDE, _SIDE)).astype(np.float32)
    session.run(None, {"image": image})
    start = time.perf_counter()
    for _ in range(options.slices):
        session.run(None, {"image": image})
    seconds = (time.perf_counter() - start) / options.slices
    print(json.dumps({"parameters": parameters, "seconds_per_slice": seconds, "slices": options.slices}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
