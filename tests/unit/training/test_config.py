"""The configuration of a training is read, and refused where a value cannot be meant."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

import groundglass.training
from groundglass.errors import UsageError
from groundglass.training.config import KINDS, TrainingConfig

MIXTURE = "\n[mixture]\ndrawn = 1\n"
SHIPPED = Path(groundglass.training.__file__).with_name("chest.toml")


def read(path: Path, text: str) -> TrainingConfig:
    path.write_text(text, encoding="utf-8")
    return TrainingConfig.read(path)


def test_the_configuration_of_the_network_that_ships_is_read() -> None:
    config = TrainingConfig.read(SHIPPED)
    assert (config.seed, config.width, config.steps, config.shape) == (7, 16, 2200, (160, 224))
    assert set(config.mixture) == KINDS
    assert sum(config.mixture.values()) == pytest.approx(1.0)


def test_a_mixture_is_enough_and_all_else_has_a_default(tmp_path: Path) -> None:
    config = read(tmp_path / "own.toml", MIXTURE)
    assert config == TrainingConfig(mixture={"drawn": 1})
    assert set(config.as_dict()) == {field.name for field in fields(TrainingConfig)}
    assert config.only("phantom").mixture == {"phantom": 1.0}
    assert config.only("phantom").steps == config.steps


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("breadth = 16" + MIXTURE, "there is no setting 'breadth'"),
        ("width = 0" + MIXTURE, "width is 0"),
        ("width = 16.0" + MIXTURE, "width is 16.0"),
        ("width = true" + MIXTURE, "width is True"),
        ("steps = 0" + MIXTURE, "steps is 0"),
        ("seed = -1" + MIXTURE, "seed is -1"),
        ("rate = 1.5" + MIXTURE, "rate is 1.5"),
        ("rate = nan" + MIXTURE, "rate is nan"),
        ('rate = "fast"' + MIXTURE, "rate is 'fast'"),
        ("average = -0.1" + MIXTURE, "average is -0.1"),
        ("dense_weight = 0" + MIXTURE, "dense_weight is 0"),
        ("dense_weight = inf" + MIXTURE, "dense_weight is inf"),
        ("bfloat16 = 1" + MIXTURE, "bfloat16 is 1"),
        ("shape = 160" + MIXTURE, "shape is 160"),
        ("shape = [160]" + MIXTURE, "shape is [160]"),
        ("shape = [160, 220]" + MIXTURE, "shape is [160, 220]"),
        ("shape = [0, 16]" + MIXTURE, "shape is [0, 16]"),
        ("width = 16", "mixture is missing"),
        ("mixture = 1", "mixture is 1"),
        ("[mixture]\n", "mixture is {}"),
        ("[mixture]\ndrawn = 0\n", "mixture is {'drawn': 0}"),
        ("[mixture]\ndrawn = -1\nclean = 2\n", "mixture is {'drawn': -1, 'clean': 2}"),
        ("[mixture]\nunicorns = 1\n", "mixture is {'unicorns': 1}"),
        ("width = \n", "it cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_value(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "own.toml", text)
    assert caught.value.code == "TRAINING_CONFIG"
    assert said in caught.value.what
    assert caught.value.where == "training configuration own.toml"


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "picture.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("nowhere.toml", "picture.toml"):
        with pytest.raises(UsageError, match="cannot be read"):
            TrainingConfig.read(tmp_path / name)
