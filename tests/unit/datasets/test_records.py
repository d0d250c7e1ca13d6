"""The record of one CT: every figure by hand, and what is unknown stays None."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_ct import ENGINE, SHAPE, made_ct, made_record

from groundglass.cli import run
from groundglass.datasets.assessment import read_folder, read_records, record, record_of, records_json, stored_records
from groundglass.datasets.assessment.record import STORED, Counted, DrawnLesion
from groundglass.errors import InputError


def found_half() -> tuple[np.ndarray, np.ndarray]:
    """Return lesions, of which slice 2 is right and slice 8 is false, and the lungs without their slice 3."""
    lesions, lungs = np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)
    lesions[2, 5:10, 5:25] = True
    lesions[8, 5:10, 5:15] = True
    lungs[:, 5:15, 5:25] = True
    lungs[3] = False
    return lesions, lungs


def test_every_figure_of_a_reading_that_is_half_right() -> None:
    lesions, lungs = found_half()
    probability = np.where(lesions, 0.95, 0.05).astype(np.float32)
    row = record_of(
        made_ct(grade="CT-1"),
        engine=ENGINE,
        lesions=lesions,
        lungs=lungs,
        interval=(7.0, 11.0),
        lesion_probability=probability,
        probability_of_pathology=0.9,
        fold=2,
    )
    assert row.lesion_voxels == Counted(drawn=200, found=150, both=100)
    assert row.lesion_voxels.dice == pytest.approx(200 / 350)
    assert row.lung_voxels == Counted(drawn=2000, found=1800, both=1800)
    assert row.drawn_percent == 10.0
    assert row.drawn_of == "drawn"
    assert row.found_percent == pytest.approx(100 * 150 / 1800, abs=1e-4)
    assert row.covered is True
    assert row.lesion_in_lungs == 0.5
    assert row.drawn_lesions == (DrawnLesion(10.0, True),)
    assert row.found_lesions is not None
    assert [lesion.false for lesion in row.found_lesions] == [False, True]
    assert [lesion.percent for lesion in row.found_lesions] == pytest.approx([100 / 18, 50 / 18], abs=1e-4)
    assert row.slice_scores is not None
    assert row.slice_scores.diseased == tuple(k in (2, 3) for k in range(10))
    assert row.slice_scores.scores[2] == 0.5
    assert row.slice_scores.by == "drawn"
    assert row.calibration is not None
    # of 1900 voxels, lungs and drawn lesions together, 150 were called likely, 100 of them rightly
    assert (row.calibration.n[0], row.calibration.n[9]) == (1750, 150)
    assert (row.calibration.positive[0], row.calibration.positive[9]) == (100, 100)
    assert (row.drawn_ml, row.found_ml) == pytest.approx((200 * 0.02, 150 * 0.02))
    assert row.nsd_2mm is not None
    assert row.nsd_4mm is not None
    assert 0 < row.nsd_2mm <= row.nsd_4mm < 1
    assert (row.grade_given, row.grade_drawn, row.grade_found, row.grade_stable) == ("CT-1", "CT-1", "CT-1", True)
    assert row.disease is True
    assert (row.fold, row.world, row.coverage) == (2, "real", "whole")


def test_a_record_survives_its_file() -> None:
    lesions, lungs = found_half()
    row = record_of(made_ct(), engine=ENGINE, lesions=lesions, lungs=lungs, lesion_probability=lungs * 0.5, seconds=1.0)
    kept = read_records(records_json([row, row], title="two", about="made"), "two.json")
    assert kept.records == (row, row)
    assert (kept.title, kept.about) == ("two", "made")


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"schema": "groundglass/assessment/2", "title": "", "records": []}']
)
def test_a_file_that_holds_no_records_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError) as refusal:
        read_records(text, "some.json")
    assert refusal.value.code == "BAD_RECORD"
    assert "some.json" in refusal.value.line()


def test_a_ct_without_labels_keeps_only_what_was_measured() -> None:
    lesions, lungs = found_half()
    row = record_of(made_ct(lungs=None, lesions=None), engine=ENGINE, lesions=lesions, lungs=lungs)
    assert row.found_percent is not None
    unknown = ("disease", "lesion_voxels", "lung_voxels", "drawn_percent", "drawn_lesions", "slice_scores", "nsd_2mm")
    assert [name for name in unknown if getattr(row, name) is not None] == []
    assert row.covered is None


def test_without_drawn_lungs_the_truth_is_a_percentage_of_those_found() -> None:
    lesions, lungs = found_half()
    row = record_of(made_ct(lungs=None), engine=ENGINE, lesions=lesions, lungs=lungs)
    # the drawn lesion counts as lung: 1800 found voxels and the 100 of it outside them
    assert row.drawn_percent == pytest.approx(100 * 200 / 1900, abs=1e-4)
    assert row.drawn_of == "found"


def test_lungs_without_disease_have_a_true_percentage_of_zero() -> None:
    lesions, lungs = found_half()
    infected = np.zeros(SHAPE[0], dtype=bool)
    for ct in (
        made_ct(lesions=None, infected_slices=infected),
        made_ct(lesions=None, grade="CT-0"),
        made_ct(lesions=made_ct().lesions.with_array(np.zeros(SHAPE, dtype=np.uint8))),  # type: ignore[union-attr]  # made with lesions
    ):
        row = record_of(ct, engine=ENGINE, lesions=lesions, lungs=lungs, interval=(0.0, 9.0))
        assert row.disease is False
        assert row.drawn_percent == 0.0
        assert row.covered is True
        assert row.slice_scores is not None
        assert not any(row.slice_scores.diseased)


def test_what_readers_said_of_slices_comes_before_what_was_drawn() -> None:
    lesions, lungs = found_half()
    infected = np.arange(SHAPE[0]) > 6
    row = record_of(
        made_ct(infected_slices=infected),
        engine=ENGINE,
        lesions=lesions,
        lungs=lungs,
        slice_scores=np.linspace(0, 1, 10),
    )
    assert row.slice_scores is not None
    assert row.slice_scores.diseased == tuple(infected)
    assert row.slice_scores.by == "readers"


def test_a_chest_that_was_not_read_has_no_figures() -> None:
    nothing = np.zeros(SHAPE, dtype=bool)
    row = record_of(made_ct(), engine=ENGINE, lesions=nothing, lungs=nothing, coverage="none")
    assert row.found_percent is None
    assert row.lesion_voxels is None
    assert row.disease is True


def test_lost_spacing_gives_no_millilitres_and_no_surfaces() -> None:
    lesions, lungs = found_half()
    row = record_of(made_ct(spacing_known=False), engine=ENGINE, lesions=lesions, lungs=lungs)
    assert (row.spacing_mm, row.found_ml, row.drawn_ml, row.nsd_2mm) == (None, None, None, None)


def test_a_chest_seen_in_part_is_not_graded() -> None:
    lesions, lungs = found_half()
    row = record_of(made_ct(), engine=ENGINE, lesions=lesions, lungs=lungs, interval=(0.0, 30.0), coverage="partial")
    assert row.grade_found is None
    whole = record_of(made_ct(), engine=ENGINE, lesions=lesions, lungs=lungs, interval=(0.0, 30.0))
    assert (whole.grade_found, whole.grade_stable) == ("CT-1", False)


def test_a_mask_on_another_grid_is_refused() -> None:
    lesions, lungs = found_half()
    with pytest.raises(InputError) as refusal:
        record_of(made_ct(), engine=ENGINE, lesions=lesions[1:], lungs=lungs)
    assert refusal.value.code == "EVALUATION_INPUT"
    with pytest.raises(InputError) as refusal:
        record_of(made_ct(), engine=ENGINE, lesions=lesions, lungs=lungs, slice_scores=np.zeros(3))
    assert refusal.value.code == "EVALUATION_INPUT"


def test_the_truth_of_made_lesions_may_be_handed_in() -> None:
    lesions, lungs = found_half()
    row = record_of(made_ct(source="synthetic"), engine=ENGINE, lesions=lesions, lungs=lungs, true_percent=12.5)
    assert (row.drawn_percent, row.drawn_of, row.world) == (12.5, "given", "synthetic")


def test_the_records_that_ship_can_be_read() -> None:
    files = sorted(STORED.glob("*.json"))
    kept = stored_records()
    assert len(kept) == len(files)
    assert [file for file, one in zip(files, kept, strict=True) if not (one.records and one.title)] == []


def test_the_records_that_ship_are_printed_file_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record, "STORED", tmp_path)
    assert run(["evaluate", "analysis", "stored"]) == 3
    assert capsys.readouterr().err.startswith("error NO_RECORDS: ")
    for name in ("first", "second"):
        (tmp_path / f"{name}.json").write_text(records_json([made_record()], title=f"The {name}", about="Kept."))
    assert run(["evaluate", "analysis", "stored", "--markdown", str(tmp_path / "page.md")]) == 0
    printed = capsys.readouterr().out
    assert printed.index("The first") < printed.index("The second")
    page = (tmp_path / "page.md").read_text()
    assert [line for line in page.splitlines() if line.startswith("# ")] == ["# The first", "# The second"]
    drawings = {path.name for path in tmp_path.glob("*.svg")}
    assert drawings == {"page-1-reliability-slices.svg", "page-2-reliability-slices.svg"}
    assert all(f"]({name})" in page for name in drawings)


def test_records_are_gathered_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "cts").mkdir()
    for name in ("b", "a"):
        (tmp_path / "cts" / f"{name}.json").write_text(records_json([made_record(name)]))
    assert [row.name for row in read_folder(tmp_path)] == ["a", "b"]
    (tmp_path / "other.json").write_bytes(b"\xff")
    with pytest.raises(InputError) as refusal:
        read_folder(tmp_path)
    assert refusal.value.code == "BAD_RECORD"
