"""The tables made of records: what is counted, and what is kept apart."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from made_ct import made_record

from groundglass.datasets.assessment import CtRecord, Table, page_markdown, reliability_drawings, table_json, tables_of
from groundglass.datasets.assessment.record import Counted, FoundLesion, SliceScores
from groundglass.datasets.assessment.table import cell_text
from groundglass.evaluation.bin_counts import BinCounts


def table(records: list[CtRecord], key: str) -> Table:
    (found,) = (table for table in tables_of(records) if table.key == key)
    return found


def texts(of: Table) -> list[list[str]]:
    return [[cell_text(cell) for cell in row] for row in of.rows]


def with_dice(name: str, both: int, **changes: object) -> CtRecord:
    return made_record(name, lesion_voxels=Counted(drawn=200, found=200, both=both), **changes)


def test_dice_is_the_mean_of_patients_and_pooled_by_source_and_in_all() -> None:
    records = [
        with_dice("a_1", 100, source="a"),
        with_dice("a_2", 200, source="a"),
        replace(with_dice("b_1", 150, source="b"), lesion_voxels=Counted(drawn=1000, found=1000, both=900)),
    ]
    rows = texts(table(records, "lesions"))
    assert [row[:3] for row in rows] == [["a", "2", "2"], ["b", "1", "1"], ["all", "3", "3"]]
    assert rows[0][3].startswith("0.750 ± 0.354")
    assert rows[2][3].startswith("0.800 ± 0.265 (0.5")
    assert rows[2][4] == "0.500 to 1.000"
    assert rows[2][5].startswith("0.857 (")


def test_a_patient_with_two_cts_counts_once() -> None:
    records = [with_dice("x", 100), with_dice("x", 100), with_dice("y", 200)]
    (row,) = texts(table(records, "lesions"))
    assert row[1:3] == ["3", "2"]
    assert row[3].startswith("0.750")


def test_what_was_seen_in_training_is_counted_apart_in_every_table() -> None:
    seen = with_dice("seen", 200, seen_in_training=True)
    records = [with_dice("new", 100), seen]
    for made in tables_of(records):
        if made.key.startswith("reliability"):
            assert ("seen in training" in made.title) == made.key.endswith("-seen")
            continue
        rows = texts(made)
        marked = [any("seen in training" in cell for cell in row) for row in rows]
        assert True in marked, made.key
        assert False in marked, made.key
    rows = texts(table(records, "lesions"))
    assert [row[3] for row in rows] == ["0.500", "1.000"]


def test_the_fold_that_was_tuned_on_is_shown_apart() -> None:
    records = [with_dice("a", 100, fold=0), with_dice("b", 200, fold=1, tuned_on=True)]
    labels = [row[0] for row in texts(table(records, "lesions"))]
    assert labels == ["made", "all but the fold tuned on", "the fold tuned on"]
    assert [row[1] for row in texts(table(records, "cts-real"))] == ["0", "1 (tuned on)"]


def test_worlds_are_never_mixed() -> None:
    records = [
        with_dice("real", 100),
        with_dice("phantom", 200, world="phantom", source="phantom"),
        with_dice("made", 200, world="synthetic", source="synthetic"),
    ]
    assert [row[1] for row in texts(table(records, "lesions"))] == ["1"]
    assert [row[:2] for row in texts(table(records, "phantoms"))] == [["phantom", "1"]]
    assert [row[:2] for row in texts(table(records, "synthetic"))] == [["synthetic", "1"]]


def test_a_phantom_is_right_within_a_point_and_an_unread_one_is_off() -> None:
    phantom = {"world": "phantom", "source": "phantom"}
    records = [
        made_record("p1", found_percent=10.9, **phantom),
        made_record("p2", found_percent=11.1, grade_found="CT-2", grade_stable=False, **phantom),
        made_record("p3", found_percent=30.0, interval=(28.0, 33.0), grade_found="CT-2", grade_stable=True, **phantom),
        made_record("p4", found_percent=None, interval=None, coverage="none", **phantom),
    ]
    (row,) = texts(table(records, "phantoms"))
    assert row[5:7] == ["1 of 4", "2 of 4"]
    assert row[8] == "2 of 4 (right: 1)"


def test_made_lesions_may_be_off_by_three_points_or_fifteen_percent() -> None:
    made = {"world": "synthetic", "source": "synthetic"}
    records = [
        made_record("s1", drawn_percent=10.0, found_percent=12.9, **made),
        made_record("s2", drawn_percent=60.0, found_percent=51.5, **made),
        made_record("s3", drawn_percent=60.0, found_percent=50.5, **made),
        made_record("s4", drawn_percent=60.0, found_percent=None, **made),
    ]
    (row,) = texts(table(records, "synthetic"))
    assert row[1] == "4"
    assert row[4] == "2 of 4"


def test_lesions_are_sorted_by_size_and_false_ones_counted_a_ct() -> None:
    false = tuple(FoundLesion(percent, True) for percent in (0.05, 0.05, 0.3, 2.0))
    records = [made_record(name, found_lesions=false) for name in "abc"]
    rows = texts(table(records, "lesionwise"))
    assert [row[1] for row in rows] == ["under 0.1 %", "0.1 to 0.5 %", "0.5 to 2 %", "from 2 %"]
    assert [row[2] for row in rows] == ["0", "0", "0", "3"]
    assert rows[3][3].startswith("1.00 (0.4")  # three patients
    assert [row[5].split()[0] for row in rows] == ["2.00", "1.00", "0.00", "1.00"]


def test_a_ct_nearly_without_disease_is_no_case_of_dice_but_one_of_false_involvement() -> None:
    nearly = made_record("nearly", drawn_percent=0.01, found_percent=3.5, interval=(0.3, 8.0))
    normal = made_record("normal", disease=False, lesion_voxels=None, drawn_percent=0.0, found_percent=0.05)
    keys = {made.key for made in tables_of([nearly])}
    assert "lesions" not in keys
    rows = texts(table([nearly, normal], "normals"))
    assert rows[0][:4] == ["made", "1", "0.05", "0.05"]
    assert rows[1][0] == "made, under 0.1 % drawn"
    assert rows[1][2:] == ["3.50", "3.50", "1 of 1", "0 of 1"]


def slices(scores: tuple[float, ...], diseased: tuple[bool, ...]) -> SliceScores:
    return SliceScores(scores, diseased, "readers")


def test_the_auc_of_slices_is_a_mean_over_patients_with_both_kinds() -> None:
    records = [
        made_record("p", slice_scores=slices((0.1, 0.9, 0.8), (False, True, True))),
        made_record("q", slice_scores=slices((0.9, 0.1), (False, True))),
        made_record("healthy", slice_scores=SliceScores((0.0, 0.0), (False, False), "none")),
    ]
    (row,) = texts(table(records, "slices"))
    assert row[2] == "2"
    assert row[3].startswith("0.500 ±")
    assert row[4:7] == ["3", "7", "3"]


def test_the_slices_of_one_patient_do_not_pass_for_patients() -> None:
    scores = tuple(k / 40 for k in range(40))
    diseased = tuple(k > 12 and k != 30 for k in range(40))
    one = made_record("p", slice_scores=slices(scores, diseased))
    (row,) = texts(table([one], "slices"))
    assert "(" not in row[3]
    two = [one, made_record("q", slice_scores=SliceScores((0.0,) * 40, (False,) * 40, "none"))]
    assert "(" not in texts(table(two, "slices"))[0][7]


def test_cts_with_and_without_disease_are_told_apart() -> None:
    chances = {"a": 0.9, "b": 0.4, "c": 0.5, "d": 0.1}
    records = [
        made_record(name, disease=name in "ab", found_percent=20.0 if name in "ab" else 0.0, probability_of_pathology=p)
        for name, p in chances.items()
    ]
    (row,) = texts(table(records, "studies"))
    assert row[1:3] == ["2", "2"]
    assert row[3].startswith("0.750 (")
    assert row[4].startswith("1.000 (")
    assert "studies" not in {made.key for made in tables_of(records[:2])}


def test_a_ct_that_was_not_read_is_named_and_counted() -> None:
    lost = made_record("lost", coverage="none", found_percent=None, lesion_voxels=None, interval=None)
    assert texts(table([made_record(), lost], "data"))[0][4] == "1"
    assert "not read" in texts(table([made_record(), lost], "cts-real"))[1]


def test_mosmed_stands_beside_the_figures_of_others() -> None:
    grades = ("CT-0", "CT-0", "CT-1", "CT-2", "CT-3", "CT-4")
    records = [
        made_record(
            f"study_{k}", source="mosmed", grade_given=grade, grade_found=grade, found_percent=20.0 * max(0, k - 1),
            probability_of_pathology=k / 10, disease=grade != "CT-0",
            lesion_voxels=Counted(100, 100, 80) if k == 2 else None,
        )
        for k, grade in enumerate(grades)
    ]  # fmt: skip
    rows = {row[0]: row for row in texts(table(records, "mosmed"))}
    assert rows["AUC of the probability of pathology"][2] == "6"
    assert rows["AUC of the probability of pathology"][3].startswith("1.000 (")
    assert rows["AUC of the percentage"][3].startswith("1.000 (")
    assert rows["Spearman"][3].startswith("1.000")
    assert rows["kappa, quadratic weights"][3].startswith("1.00")
    assert rows["Dice, mean ± SD"][2:] == ["1", "0.800"]
    assert rows["volume error, ml, mean ± SD"][3] == "0.0"
    assert "surface Dice at 2 mm, mean ± SD" in rows
    published = texts(table(records, "published"))
    assert ["lesions", "0.588 ± 0.206"] in [row[:2] for row in published]
    assert all(row[3] for row in published)


def test_other_sets_have_no_table_of_mosmed() -> None:
    assert not {"mosmed", "published"} & {made.key for made in tables_of([made_record()])}


def test_reliability_is_a_table_and_a_drawing() -> None:
    counts = BinCounts((80, *(0,) * 8, 20), (4.0, *(0.0,) * 8, 19.0), (4, *(0,) * 8, 10))
    records = [made_record(name, calibration=counts) for name in "abcd"]
    made = table(records, "reliability-voxels")
    assert texts(made) == [
        ["0.0 to 0.1", "320", "0.050", "0.050 (0.050 to 0.050)"],
        ["0.9 to 1.0", "80", "0.950", "0.500 (0.500 to 0.500)"],
    ]
    assert "0.090" in made.note
    assert "n = 4 patients" in made.note
    svg = reliability_drawings(records)["reliability-voxels"]
    dots = ElementTree.fromstring(svg).findall("{http://www.w3.org/2000/svg}circle")
    assert len(dots) == 2


def test_a_page_holds_every_table_and_drawing() -> None:
    records = [made_record("a"), made_record("b")]
    tables = tables_of(records)
    page = page_markdown(tables, title="Accuracy", about="Made.", drawings={"reliability-slices": "slices.svg"})
    assert page.startswith("# Accuracy\n\nMade.\n\n")
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == [made.title for made in tables]
    assert "](slices.svg)" in page


def test_each_figure_of_json_tells_its_interval_and_method() -> None:
    records = [with_dice(name, both) for name, both in (("a", 100), ("b", 120), ("c", 150))]
    row = json.loads(table_json(table(records, "lesions")))["rows"][0]
    assert row[3]["value"] == pytest.approx(0.6166667)
    assert row[3]["n"] == 3
    assert row[3]["low"] < row[3]["value"] < row[3]["high"]
    assert "bootstrap by patient" in row[3]["method"]
