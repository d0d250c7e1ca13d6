"""Measuring a data set: what is refused, what is used again, where records lie."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_ct import ENGINE, made_ct, made_record

from groundglass.analysis.networks import ChestNetwork
from groundglass.analysis.result import ModelRow
from groundglass.datasets.assessment import AssessmentOptions, choosing, list_json, records_json, running
from groundglass.datasets.assessment.choosing import check_engine, choose_network, network_of
from groundglass.datasets.assessment.contamination import TrainedOn, parse_list, refuse
from groundglass.datasets.assessment.running import assess_one, engine_of_analysis, record_path, write_text
from groundglass.datasets.formats import READERS
from groundglass.datasets.formats.labelled import FolderReader, LabelledCt
from groundglass.errors import InputError, InternalError, UnavailableError, UsageError
from groundglass.volume import Geometry, Volume

LIST = '{"volumes": [{"name": "coronacases_001", "voxels_sha256": "' + "1" * 64 + '"}]}'


@pytest.fixture
def made_set(monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path, str]:
    """Return which CT to measure, of a set whose only CT is the made one."""
    reader = FolderReader("made", lambda _: True, lambda _: ("made_1",), lambda _folder, _name: made_ct())
    monkeypatch.setattr(running, "READERS", {**READERS, "made": reader})
    return "made", Path(), "made_1"


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the network that ships be one that was trained on the made CT."""
    monkeypatch.setattr(choosing, "trained_on", lambda: parse_list(LIST))
    monkeypatch.setattr(choosing, "network_of", lambda engine: None if engine == "classical" else Named("chest"))


class Named(ChestNetwork):
    """A network of which only what is written in its file is asked."""

    def __init__(self, name: str, **properties: str) -> None:
        self.properties = properties
        self.row = ModelRow(name, hashlib.sha256(name.encode()).hexdigest(), "none", "fp32")


CLASSICAL = AssessmentOptions(engine="classical")


@pytest.mark.usefixtures("trained")
def test_a_ct_that_was_trained_on_is_refused_before_it_is_measured(made_set: tuple[str, Path, str]) -> None:
    with pytest.raises(InputError) as refusal:
        assess_one(made_set, AssessmentOptions())
    assert refusal.value.code == "TRAINED_ON"
    assert "coronacases_001" in refusal.value.line()
    assert "--contaminated" in refusal.value.line()


@pytest.mark.usefixtures("trained")
def test_with_contaminated_it_is_measured_and_marked(made_set: tuple[str, Path, str], tmp_path: Path) -> None:
    write_text(record_path(tmp_path, "made_1"), records_json([made_record(engine=engine_of_analysis())]))
    record, reused = assess_one(made_set, AssessmentOptions(out=tmp_path, contaminated=True))
    assert reused
    assert record.seen_in_training


@pytest.mark.usefixtures("trained")
def test_the_classical_engine_was_trained_on_nothing(made_set: tuple[str, Path, str]) -> None:
    record, _ = assess_one(made_set, CLASSICAL)
    assert not record.seen_in_training


def test_a_chest_in_which_nothing_is_found_is_a_record_without_figures(made_set: tuple[str, Path, str]) -> None:
    record, reused = assess_one(made_set, CLASSICAL)  # a block of water
    assert not reused
    assert record.coverage == "none"
    assert record.found_percent is None
    assert record.disease is True
    assert record.seconds is not None


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({}, False),
        ({"voxels_sha256": "2" * 64}, True),
        ({"engine": ENGINE}, True),
    ],
)
def test_a_record_is_used_again_only_for_the_same_voxels_and_analysis(
    made_set: tuple[str, Path, str], tmp_path: Path, change: dict[str, object], again: bool
) -> None:
    same = made_record(found_percent=77.0, engine=engine_of_analysis("classical"))
    write_text(record_path(tmp_path, "made_1"), records_json([replace(same, **change)]))  # type: ignore[arg-type]  # fields of a record
    record, reused = assess_one(made_set, replace(CLASSICAL, out=tmp_path))
    assert reused is not again
    assert (record.found_percent == 77.0) is not again


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
def test_a_damaged_record_is_measured_again(made_set: tuple[str, Path, str], tmp_path: Path, content: bytes) -> None:
    kept = record_path(tmp_path, "made_1")
    kept.parent.mkdir()
    kept.write_bytes(content)
    assert assess_one(made_set, replace(CLASSICAL, out=tmp_path))[1] is False


@pytest.mark.parametrize(
    ("names", "fold", "known"),
    [
        (("made_1 b", "b c", "made_1 c"), 1, None),
        (("made_1 b", "made_1"), None, "made_1"),
        (("a b", "b c"), None, None),  # nobody was trained on it
    ],
)
def test_of_several_networks_the_one_that_never_saw_a_ct_measures_it(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], fold: int | None, known: str | None
) -> None:
    files = {
        Path(f"fold{k}.onnx"): Named(f"fold{k}", trained_on=trained, part=f"fold{k}") for k, trained in enumerate(names)
    }
    monkeypatch.setattr(choosing, "_opened", files.__getitem__)
    choice = choose_network(made_ct(), AssessmentOptions(networks=tuple(files)))
    assert (choice.fold, choice.known_as) == (fold, known)
    assert choice.network is not None
    assert choice.network.row.name == f"fold{fold or 0}"


def test_a_fold_that_was_tuned_on_is_marked_and_has_a_digest_of_its_own(
    made_set: tuple[str, Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        Path(f"fold{k}.onnx"): Named(f"fold{k}", trained_on=name, part=f"fold{k}")
        for k, name in enumerate(("made_1", "b"))
    }
    monkeypatch.setattr(choosing, "_opened", files.__getitem__)
    record, _ = assess_one(made_set, AssessmentOptions(networks=tuple(files), tuned_on_fold=1))
    assert (record.fold, record.tuned_on, record.seen_in_training) == (1, True, False)
    assert record.engine.sha256 not in (engine_of_analysis().sha256, ENGINE.sha256)


def test_a_network_that_cannot_be_read_is_refused_before_the_first_ct(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        check_engine(AssessmentOptions(networks=(tmp_path / "nowhere.onnx",)))
    assert refusal.value.code == "NETWORK_UNREADABLE"
    (tmp_path / "other.onnx").write_bytes(b"no network")
    with pytest.raises(UnavailableError) as unavailable:
        check_engine(AssessmentOptions(networks=(tmp_path / "other.onnx",)))
    assert unavailable.value.code == "MODEL_UNREADABLE"


def test_the_list_of_training_is_found_by_voxels() -> None:
    assert parse_list(LIST).match(made_ct()) == "coronacases_001"
    assert parse_list(LIST).match(made_ct(voxels_sha256="9" * 64)) is None
    assert TrainedOn().match(made_ct()) is None
    assert "coronacases_001" in refuse(made_ct(), "coronacases_001").line()


def chest(seed: int) -> LabelledCt:
    """Return a CT of noise that is smooth over some cells of the fingerprint, whose lungs fill most of it."""
    cells = np.random.default_rng(seed).normal(-700, 150, (12, 16, 24))
    hu = np.repeat(np.repeat(np.repeat(cells, 2, axis=0), 6, axis=1), 6, axis=2).astype(np.int16)
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = 10.0, 3.0, 3.0, 1.0
    geometry = Geometry((24, 96, 144), affine)
    return made_ct(volume=Volume(hu, geometry), lungs=None, lesions=None, voxels_sha256=f"{seed:064d}", name=f"c{seed}")


def test_the_same_ct_in_another_encoding_is_known_by_its_looks() -> None:
    known = parse_list(list_json([chest(1), chest(2)]))
    windowed = np.clip(chest(2).volume.array, -1150, 150) + np.random.default_rng(0).integers(-20, 20, (24, 96, 144))
    copy = replace(chest(2), volume=chest(2).volume.with_array(windowed.astype(np.int16)), voxels_sha256="f" * 64)
    assert known.match(copy) == "c2"
    assert known.match(chest(3)) is None
    assert known.match(chest(1)) == "c1"


def test_a_list_without_looks_knows_voxels_only() -> None:
    rows = json.loads(list_json([chest(1)]))["volumes"]
    assert set(rows[0]) == {"name", "patient", "source", "voxels_sha256", "looks"}
    del rows[0]["looks"]
    known = parse_list(json.dumps({"volumes": rows}))
    assert known.match(chest(1)) == "c1"
    assert known.match(replace(chest(1), voxels_sha256="f" * 64)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"volumes": 3}',
        '{"volumes": [{"name": "x"}]}',
        '{"volumes": [{"name": "x", "voxels_sha256": "1", "looks": "AAAA"}]}',
        '{"volumes": [{"name": "x", "voxels_sha256": "1", "looks": "?"}]}',
    ],
)
def test_a_damaged_list_of_training_is_never_taken_for_an_empty_one(text: str) -> None:
    with pytest.raises(InternalError) as refusal:
        parse_list(text)
    assert refusal.value.code == "BAD_TRAINING_LIST"


def test_names_that_a_file_system_would_not_like_stay_apart() -> None:
    paths = {record_path(Path("out"), name).name for name in ("a/b", "a\\b", "a_b", "..", "", "x" * 300)}
    assert len(paths) == 6
    assert all(path.endswith(".json") and len(path) < 100 and "/" not in path for path in paths)


def test_an_engine_has_one_digest_until_its_files_change() -> None:
    assert engine_of_analysis() == engine_of_analysis("learned")
    assert engine_of_analysis().sha256 != engine_of_analysis("classical").sha256


def test_an_unknown_engine_is_refused_by_name() -> None:
    with pytest.raises(UsageError) as refusal:
        network_of("clairvoyant")
    assert refusal.value.code == "UNKNOWN_ENGINE"
    assert network_of("classical") is None


def test_a_record_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError) as refusal:
        write_text(tmp_path / "file" / "record.json", "text")
    assert refusal.value.code == "OUTPUT_FAILED"
