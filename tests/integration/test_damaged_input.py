"""Whatever is broken, the caller gets a valid result or one of our errors: never a hang, a half output or a crash."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

import nightly_damage
from groundglass.dicom.isolation import Worker
from groundglass.phantom.damage import BASES, DAMAGES, DamagedInput, damaged_input
from groundglass.phantom.damage.dicom_damage import PIXEL_DATA, TEXT_TAGS, edit
from groundglass.phantom.strategies import damaged_inputs

_NUMBERS = count()


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with nightly_damage.new_worker() as one:
        yield one


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


@pytest.mark.parametrize("name", sorted(BASES))
def test_the_undamaged_input_is_read(name: str, worker: Worker, scratch: Path) -> None:
    files = dict(BASES[name]())
    entry = next(iter(files)) if name.startswith("NIfTI") else ""
    ending = nightly_damage.end_of(worker, DamagedInput(files, entry=entry), "read", scratch / str(next(_NUMBERS)))
    assert ending == nightly_damage.Ending("volume")


def test_the_undamaged_input_is_graded_and_written(worker: Worker, scratch: Path) -> None:
    whole = DamagedInput(dict(BASES["explicit"]()))
    ending = nightly_damage.end_of(worker, whole, "write", scratch / str(next(_NUMBERS)))
    assert ending == nightly_damage.Ending("ok")


def _with(base: str, keyword: str, value: bytes | None) -> DamagedInput:
    return DamagedInput({name: edit(data, TEXT_TAGS[keyword], lambda _: value) for name, data in BASES[base]().items()})


def _streams_cut(base: str) -> DamagedInput:
    """Cut the compressed stream within its fragment, whose length stays right."""

    def cut(value: bytes) -> bytes:
        # An offset table of one frame (12 bytes), the fragment's head (8), the stream, the closing delimiter (8).
        stream = value[20:-8]
        half = stream[: len(stream) // 4 * 2]
        return value[:16] + len(half).to_bytes(4, "little") + half + value[-8:]

    return DamagedInput({name: edit(data, PIXEL_DATA, cut) for name, data in BASES[base]().items()})


@pytest.mark.parametrize(
    ("given_", "outcome"),
    [
        (_with("JPEG-LS", "TransferSyntaxUID", None), "PIXELS_DAMAGED"),
        (_streams_cut("JPEG-LS"), "PIXELS_DAMAGED"),
        (_streams_cut("JPEG lossless"), "PIXELS_DAMAGED"),
        (_with("explicit", "Modality", b"PHANTOM-0000"), "NOT_CT"),
        (_with("RLE", "PixelSpacing", b"PHANTOM-0000"), "PIXEL_SPACING_MISSING"),
    ],
    ids=[
        "fragments in a native transfer syntax",
        "cut-off JPEG-LS, on which CharLS spends seconds",
        "cut-off lossless JPEG, which libjpeg fills up",
        "a name for the modality",
        "a patient's number for the spacing",
    ],
)
def test_what_once_broke_something(given_: DamagedInput, outcome: str, worker: Worker, scratch: Path) -> None:
    ending = nightly_damage.end_of(worker, given_, "read", scratch / str(next(_NUMBERS)))
    assert ending.broken == ""
    assert outcome in ending.outcome


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,  # the nightly run looks further; this one must not fail by chance
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(damaged_inputs())
def test_damaged_input_gives_a_result_or_an_error(worker: Worker, scratch: Path, damaged: DamagedInput) -> None:
    ending = nightly_damage.end_of(worker, damaged, nightly_damage.depth_of(damaged), scratch / str(next(_NUMBERS)))
    note(f"{damaged.steps}: {ending.outcome}")
    assert ending.broken == ""


def test_every_damage_is_drawn_and_the_same_seed_gives_the_same_bytes() -> None:
    steps: set[str] = set()
    for seed in range(400):
        steps.update(damaged_input(Random(seed)).steps)
    assert set(BASES) <= steps
    assert len(steps) > 3 * len(DAMAGES)
    for seed in range(20):
        one, two = damaged_input(Random(seed)), damaged_input(Random(seed))
        assert (one.files, one.links, one.entry, one.steps) == (two.files, two.links, two.entry, two.steps)


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    assert [record["seed"] for record in nightly_damage.run_seeds(0, 3, state)] == [0, 1, 2]
    # As a run leaves it that was killed while it wrote.
    with state.open("a") as stream:
        stream.write('{"seed": 3, "dep')
    assert [record["seed"] for record in nightly_damage.run_seeds(0, 3, state)] == []
    table, broken = nightly_damage.summary(0, 3, state)
    assert table.startswith("3 damaged inputs, seeds 0 to 2; 0 broke something")
    assert broken == []


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(4))
def test_ten_thousand_damaged_inputs(part: int) -> None:
    first, last = (int(number) for number in os.environ.get("GROUNDGLASS_DAMAGE_SEEDS", "0:10000").split(":"))
    edges = [first + (last - first) * n // 4 for n in range(5)]
    # Beside the sources, so that the next night goes on where this one was cut off.
    state = Path(__file__).resolve().parents[2] / "build" / f"damage-{part}.jsonl"
    for _record in nightly_damage.run_seeds(edges[part], edges[part + 1], state):
        pass
    table, broken = nightly_damage.summary(edges[part], edges[part + 1], state)
    print(table)
    assert broken == []
