"""The network that ships, in its session: the same answer on one thread and two, and nothing else taken for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from groundglass.analysis.networks import HEADS, ChestNetwork, NetworkGrid, session, shipped
from groundglass.errors import UnavailableError
from groundglass.volume import Geometry, Volume


@cache
def content() -> bytes:
    return Path(session.__file__).with_name(session.MODEL_FILE).read_bytes()


def grid_of(slices: int) -> NetworkGrid:
    random = np.random.default_rng(4)
    hu = random.integers(-1024, 300, (slices, 48, 64)).astype(np.int16)
    geometry = Geometry(hu.shape, np.array([[0, 0, 1.6, 0], [0, 1.6, 0, 0], [3.0, 0, 0, 0], [0, 0, 0, 1]]))
    return NetworkGrid.of(Volume(hu, geometry), slice(0, 48), slice(0, 64))


def foreign(
    *, source: str = "hu", channels: int | str = 3, heads: int = len(HEADS), value: float = 0.5, note: str | None = None
) -> bytes:
    """Return a graph that answers one value everywhere."""
    nodes = [
        helper.make_node("ReduceMean", [source], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "value"], ["one"]),
        helper.make_node("Concat", ["one"] * heads, ["probability"], axis=1),
    ]
    constants = [
        numpy_helper.from_array(np.array(0.0, dtype=np.float32), "zero"),
        numpy_helper.from_array(np.array(value, dtype=np.float32), "value"),
    ]
    graph = helper.make_graph(
        nodes,
        "foreign",
        [helper.make_tensor_value_info(source, TensorProto.FLOAT, ["sample", channels, "row", "column"])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["sample", heads, "row", "column"])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    helper.set_model_props(model, {"heads": " ".join(HEADS) if note is None else note})
    return bytes(model.SerializeToString())


def with_note(note: str) -> bytes:
    model = onnx.load_from_string(content())
    helper.set_model_props(model, {"heads": note})
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    "damage",
    [
        lambda: b"",
        lambda: b"no network at all",
        lambda: content()[: len(content()) // 2],
        lambda: b"\x00" * 200 + content()[200:],
        lambda: with_note("right left"),
        lambda: foreign(note=""),
        lambda: foreign(source="picture"),
        lambda: foreign(channels=1),
        lambda: foreign(heads=2),
        lambda: foreign(value=2.0),
        lambda: foreign(value=float("nan")),
    ],
    ids=[
        "empty", "text", "cut off", "overwritten", "other heads", "no heads named", "other input", "other channels",
        "fewer heads", "no probabilities", "no numbers",
    ],
)  # fmt: skip
def test_what_is_no_network_of_ours_is_refused_when_it_is_loaded(damage: Callable[[], bytes]) -> None:
    with pytest.raises(UnavailableError) as caught:
        ChestNetwork(damage(), "other.onnx")
    assert caught.value.code == "MODEL_UNREADABLE"
    assert caught.value.where == "other.onnx"


def test_a_graph_with_our_inputs_and_outputs_is_taken() -> None:
    maps = ChestNetwork(foreign(), "constant").look(grid_of(1)).maps
    assert {head: set(np.unique(values)) for head, values in maps.items()} == {head: {128} for head in HEADS}


def test_a_network_that_is_missing_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MODEL_FILE", "elsewhere.onnx")
    session._shipped.cache_clear()
    with pytest.raises(UnavailableError, match="elsewhere"):
        shipped()
    session._shipped.cache_clear()


@pytest.mark.parametrize("slices", [1, 5, 8])
def test_one_thread_and_two_give_the_same_bytes(slices: int) -> None:
    grid = grid_of(slices)
    first, second = (ChestNetwork(content(), "chest", threads=n).look(grid) for n in (1, 2))
    assert tuple(first.maps) == HEADS
    for head in HEADS:
        assert first.maps[head].shape == grid.hu.shape
        assert first.maps[head].tobytes() == second.maps[head].tobytes()
    assert max(int(values.max()) for values in first.maps.values()) > 0


def test_a_slice_is_seen_alike_whatever_slices_come_after_its_neighbours() -> None:
    long, short = grid_of(7), grid_of(7)
    object.__setattr__(short, "hu", short.hu[:4])
    network = ChestNetwork(content(), "chest", threads=1)
    for head, values in network.look(short).maps.items():
        assert np.abs(values[:3].astype(int) - network.look(long).maps[head][:3]).max() <= 1


def test_the_result_names_the_network_by_its_hash() -> None:
    row = ChestNetwork(content(), "chest").row
    assert row.name == "chest"
    assert len(row.sha256) == 64
    assert row.engine.startswith("onnxruntime ")
    assert row.precision == "fp32"
