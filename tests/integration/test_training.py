"""A whole training on a tiny set: it learns, is exported, stopped, resumed, and refuses what does not fit."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_chests import tiny_chest, tiny_config, write_folds, write_set
from torch import Tensor

from groundglass.analysis.networks import ChestNetwork
from groundglass.cli import run as groundglass
from groundglass.datasets.assessment import read_records
from groundglass.errors import InputError
from groundglass.training.chests import CANVAS, HEADS
from groundglass.training.config import TrainingConfig
from groundglass.training.export import EPSILON, export, rounded
from groundglass.training.folds import read_folds
from groundglass.training.loop import Stage, train
from groundglass.training.network import LEVELS, Network, Probabilities
from groundglass.training.run import TrainingRun

NAMES = ("made_1", "made_2", "made_3")
STEPS = 140
CONFIG = f"""
width = 4
batch = 2
pretrain_steps = 20
steps = {STEPS}
rate = 0.01
shape = [32, 48]
phantoms = 1
synthetic = 0
bfloat16 = false
[mixture]
drawn = 0.7
phantom = 0.3
"""


def quiet(_line: str) -> None:
    """Tell nobody."""


def stage(config: TrainingConfig, name: str = "tiny") -> Stage:
    chests = [tiny_chest("a", "drawn", 1), tiny_chest("b", "drawn", 2), tiny_chest("c", "phantom", 3)]
    return Stage(name, config.steps, config.rate, config.seed, chests, None, config.steps // 2)


def stop_at(step: int) -> Callable[[], bool]:
    """Return what asks to stop after so many steps."""
    asked = [0]

    def stop() -> bool:
        asked[0] += 1
        return asked[0] >= step

    return stop


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_loss_falls(tmp_path: Path) -> None:
    config = tiny_config(steps=80)
    assert train(stage(config), config, tmp_path, tell=quiet) is not None
    losses = [float(row["loss"]) for row in rows_of(tmp_path / "tiny.csv")]
    assert len(losses) == 4
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("average", [0.0, 0.9], ids=["weights as they are", "their moving average"])
def test_a_training_that_was_stopped_ends_with_the_weights_of_one_that_was_not(tmp_path: Path, average: float) -> None:
    config = tiny_config(average=average)
    for name in ("whole", "stopped"):
        (tmp_path / name).mkdir()
    whole = train(stage(config), config, tmp_path / "whole", tell=quiet)
    assert train(stage(config), config, tmp_path / "stopped", tell=quiet, stop=stop_at(5)) is None
    resumed = train(stage(config), config, tmp_path / "stopped", tell=quiet)
    assert whole is not None
    assert resumed is not None
    assert list(whole) == list(resumed)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_the_exported_network_answers_as_the_one_of_torch(tmp_path: Path) -> None:
    config = tiny_config(steps=30)
    state = train(stage(config), config, tmp_path, tell=quiet)
    assert state is not None
    export(state, HEADS, tmp_path / "tiny.onnx", notes={"part": "tiny"})
    network = ChestNetwork((tmp_path / "tiny.onnx").read_bytes(), "tiny", threads=1)
    assert network.properties["part"] == "tiny"
    hu = np.random.default_rng(1).uniform(-1024, 400, (2, 3, 48, 64)).astype(np.float32)
    answer = network._session.run(None, {"hu": hu})[0]  # the raw answer, before it is kept in 8 bits
    assert np.abs(answer - answered(folded(state, config.width), hu)).max() < 1e-4
    plain = Network(len(HEADS), config.width)
    plain.load_state_dict(state)
    # what 16 bits cost
    assert np.abs(answer - answered(plain, hu)).max() < 0.01


def folded(state: dict[str, Tensor], width: int) -> Network:
    """Return a network of torch with the exported weights, whose normalisations only add the folded bias."""
    short = {name: torch.from_numpy(value) for name, value in rounded(state).items()}
    full = {name: value.clone() for name, value in state.items()}
    for block in [f"down.{i}" for i in range(LEVELS)] + [f"join.{i}" for i in range(LEVELS - 1)]:
        for conv, norm in ((0, 1), (3, 4)):
            bias = short.pop(f"{block}.{conv}.bias")
            full[f"{block}.{norm}.bias"] = bias
            full[f"{block}.{norm}.weight"] = torch.ones_like(bias)
            full[f"{block}.{norm}.running_mean"] = torch.zeros_like(bias)
            full[f"{block}.{norm}.running_var"] = torch.full_like(bias, 1 - EPSILON)
    network = Network(len(HEADS), width)
    network.load_state_dict(full | short)
    return network


def answered(
    network: Network, hu: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    with torch.no_grad():
        answer: Tensor = Probabilities(network.eval())(torch.from_numpy(hu))
    return np.asarray(answer.numpy())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a set, its folds, a configuration, and chests that need not be made again."""
    home = tmp_path_factory.mktemp("tiny")
    write_set(home / "data" / "made", NAMES)
    write_folds(home / "folds.json", home / "data" / "made", {"made_1": 0, "made_2": 1, "made_3": None})
    (home / "tiny.toml").write_text(CONFIG, encoding="utf-8")
    (home / "out" / "chests" / "phantoms").mkdir(parents=True)
    invented = tiny_chest("phantom_001", "phantom", 9, *CANVAS)
    invented.save(home / "out" / "chests" / "phantoms" / "phantom_001.npz")
    assert groundglass(arguments(home, "prepare")) == 0
    return home


def arguments(home: Path, part: str, **changes: Path) -> list[str]:
    places = {"config": home / "tiny.toml", "data": home / "data", "out": home / "out"} | changes
    return [
        "train", str(places["config"]), str(places["data"]), "-o", str(places["out"]),
        "--part", part, "--folds", str(home / "folds.json"), "--threads", "1",
    ]  # fmt: skip


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_what_is_kept_out_is_never_opened(tiny: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_set(data / "made", NAMES)
    for name in ("made_1", "made_3"):
        (data / "made" / f"{name}.npz").write_bytes(b"whoever opens it fails")
    run = TrainingRun(tiny_config(), read_folds(tiny / "folds.json"), data, tiny / "out", quiet)
    assert [chest.name for chest in run.chests({"made_1"})] == ["made_2", "phantom_001"]
    with pytest.raises(InputError) as caught:
        run.chests(())
    assert caught.value.code == "SET_MEMBER_DAMAGED"


def test_a_fold_that_was_stopped_goes_on_to_its_network_and_its_records(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    out = tiny / "out"
    command = [sys.executable, "-c", "import sys; from groundglass.cli import run; sys.exit(run(sys.argv[1:]))"]
    with subprocess.Popen(
        [*command, *arguments(tiny, "0")], stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("fold0: step 20 "):
                process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
    stopped = torch.load(out / "fold0.pt", weights_only=True)["step"]
    assert 20 <= stopped < STEPS
    assert not (out / "fold0.onnx").exists()
    with (out / "fold0.csv").open("a", encoding="utf-8") as stream:
        stream.write("138,1.0,1,1,1,1,1,1,0.001\n139,0.")  # as a hard kill leaves it, past the checkpoint

    assert groundglass(arguments(tiny, "0")) == 0
    assert signal.getsignal(signal.SIGTERM) is before
    steps = [int(row["step"]) for row in rows_of(out / "fold0.csv")]
    assert steps == list(range(20, STEPS + 1, 20))
    assert (out / "fold0.svg").read_text(encoding="utf-8").startswith("<svg")
    network = ChestNetwork((out / "fold0.onnx").read_bytes(), "fold0")
    assert network.properties["trained_on"] == "made_2"
    (record,) = read_records((out / "held_out" / "made_1.json").read_text(encoding="utf-8"), "made_1").records
    assert (record.name, record.fold, record.tuned_on) == ("made_1", 0, False)
    evidence = json.loads((out / "held_out" / "made_1.evidence.json").read_text(encoding="utf-8"))
    assert evidence["drawn"] == record.drawn_percent
    capsys.readouterr()
    assert groundglass(["evaluate", "analysis", "records", str(out / "held_out")]) == 0
    assert "made_1" in capsys.readouterr().out

    other = tiny / "other.toml"
    other.write_text(CONFIG.replace("width = 4", "width = 8"), encoding="utf-8")
    capsys.readouterr()
    assert groundglass(arguments(tiny, "0", config=other)) == 3
    assert last_line(capsys).startswith("error CHECKPOINT_DIFFERS: ")


def test_a_stop_is_heard_while_chests_are_made(tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    run = TrainingRun(
        tiny_config(), read_folds(tiny / "folds.json"), tiny / "data", tmp_path, said.append, lambda: True
    )
    assert run.do("prepare") is False
    assert said == []
    assert list(tmp_path.rglob("*.npz")) == []


def test_a_configuration_that_is_none_is_a_usage_error(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(CONFIG.replace("width", "breadth"), encoding="utf-8")
    assert groundglass(arguments(tiny, "0", config=wrong)) == 2
    assert last_line(capsys).startswith("error TRAINING_CONFIG: there is no setting 'breadth'")


def test_missing_data_and_an_output_that_is_a_file_are_told_by_name(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert groundglass(arguments(tiny, "0", data=tmp_path / "nowhere")) == 3
    assert last_line(capsys).startswith("error TRAINING_DATA: there is no such folder")
    (tmp_path / "empty").mkdir()
    assert groundglass(arguments(tiny, "prepare", data=tmp_path / "empty")) == 3
    assert last_line(capsys).startswith("error TRAINING_DATA: 2 volumes of the folds are missing: made_1, made_2")
    assert groundglass(arguments(tiny, "0", out=tiny / "tiny.toml")) == 4
    assert last_line(capsys).startswith("error OUTPUT_FAILED: ")
    assert groundglass(arguments(tiny, "4")) == 2
    assert last_line(capsys).startswith("error USAGE: there is no part '4'")


def test_a_damaged_checkpoint_is_told_by_name(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    (out / "chests" / "phantoms").mkdir(parents=True)
    tiny_chest("phantom_001", "phantom", 9, *CANVAS).save(out / "chests" / "phantoms" / "phantom_001.npz")
    for content in (b"", b"no checkpoint", b"PK\x03\x04" + bytes(100)):
        (out / "start.pt").write_bytes(content)
        assert groundglass(arguments(tiny, "pretrain", out=out)) == 3
        assert last_line(capsys).startswith("error CHECKPOINT_DAMAGED: ")
