"""Tables of the layouts: cell for cell those that MosMedData published, and as nnU-Net and BIDS want them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from made_layouts import ABOUT, mosmed_members, placed, some_members

from groundglass.datasets.layouts import LAYOUTS
from groundglass.datasets.layouts.nnunet import labels_of, splits_final
from groundglass.datasets.layouts.workbook import sheet_name, workbook
from groundglass.datasets.members import About, Member
from groundglass.errors import UnavailableError

MOSMED, NNUNET, BIDS = (LAYOUTS[name] for name in ("mosmed", "nnunet", "bids"))


def cells_of(content: bytes | Path) -> tuple[list[str], list[list[tuple[object, str]]]]:
    book = openpyxl.load_workbook(io.BytesIO(content) if isinstance(content, bytes) else content)
    (sheet,) = book.worksheets
    return book.sheetnames, [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]


@pytest.mark.real
def test_1110_studies_give_the_published_registry_cell_for_cell(data: Path) -> None:
    about = About(name="mosmed", title={"en": "MosMedData COVID19_1110"}, date="2020-04-28")
    tables = MOSMED.tables(mosmed_members(), about)
    assert tables["dataset_registry.csv"] == (data / "mosmed" / "dataset_registry.csv").read_bytes()
    assert cells_of(tables["dataset_registry.xlsx"]) == cells_of(data / "mosmed" / "dataset_registry.xlsx")


def test_the_registry_has_whole_numbers_text_and_cells_that_are_not_there() -> None:
    _, rows = cells_of(MOSMED.tables([mosmed_members()[0]], ABOUT)["dataset_registry.xlsx"])
    assert [value for value, _ in rows[0]] == ["study_id", "category", "study_file", "mask_file"]
    assert rows[1] == [(1, "n"), ("CT-0", "s"), ("/studies/CT-0/study_0001.nii.gz", "s"), (None, "n")]
    sheet = zipfile.ZipFile(io.BytesIO(MOSMED.tables([mosmed_members()[0]], ABOUT)["dataset_registry.xlsx"]))
    assert b'r="D2"' not in sheet.read("xl/worksheets/sheet1.xml")


def test_the_workbook_tells_neither_who_nor_where_nor_when_it_was_written() -> None:
    content = MOSMED.tables(some_members(MOSMED), ABOUT)["dataset_registry.xlsx"]
    book = zipfile.ZipFile(io.BytesIO(content))
    assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    core = book.read("docProps/core.xml").decode()
    assert core.count("2020-04-28T00:00:00Z") == 2
    assert "<dc:creator></dc:creator>" in core


@pytest.mark.parametrize("text", ["=1+1", "https://example.org", "+7", "{=A1}"])
def test_text_in_a_workbook_stays_text(text: str) -> None:
    _, rows = cells_of(workbook([["a"], [text]], sheet="x", date=""))
    assert rows[1] == [(text, "s")]


@pytest.mark.parametrize(
    ("about", "name"),
    [
        (About(title={"en": "MosMedData COVID19_1110"}, name="mosmed"), "MosMedData COVID19_1110"),
        (About(title={"en": "A title that is far too long for a sheet"}, name="larch"), "larch"),
        (About(title={"en": "What? [a/b] 'x'"}, name="larch"), "What a b 'x"),
        (About(title={"en": "History"}, name="larch"), "larch"),
        (About(), "studies"),
    ],
)
def test_a_sheet_is_named_for_the_set_as_far_as_a_sheet_can_be(about: About, name: str) -> None:
    assert sheet_name(about) == name
    assert cells_of(MOSMED.tables([], about)["dataset_registry.xlsx"])[0] == [name]


def test_without_xlsxwriter_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    with pytest.raises(UnavailableError) as caught:
        MOSMED.tables([], ABOUT)
    assert caught.value.code == "PACKAGE_MISSING"
    assert 'pip install "groundglass[datasets]"' in caught.value.todo


def nnunet(members: list[Member]) -> dict[str, Any]:
    tables = NNUNET.tables(members, ABOUT)
    return {name: json.loads(content) for name, content in tables.items() if name.endswith(".json")}


def test_nnunet_is_told_what_it_wants_to_know() -> None:
    members = some_members(NNUNET)
    table = nnunet(members)["dataset.json"]
    assert table["channel_names"] == {"0": "CT"}
    assert table["labels"] == {"background": 0, "ground_glass": 1, "consolidation": 2}
    assert table["numTraining"] == sum(m.mask_source is not None and m.split != "test" for m in members)
    assert (table["file_ending"], table["licence"], table["release"]) == (".nii.gz", "CC-BY-4.0", "1.2.0")


def test_nnunet_labels_are_consecutive_whatever_the_masks_hold() -> None:
    about = replace(ABOUT, card={"mask_labels": {"3": "lesion", "1": "lesion"}})
    assert labels_of(about) == {"background": 0, "lesion": 1, "label_2": 2, "lesion_3": 3}
    assert labels_of(replace(ABOUT, card={})) == {"background": 0, "lesion": 1}
    assert labels_of(replace(ABOUT, card={"mask_labels": {"999999999": "x", "y": "z"}})) == {
        "background": 0,
        "lesion": 1,
    }


def test_nnunet_trains_on_masks_and_predicts_the_rest() -> None:
    def place(**facts: Any) -> str:
        return str(NNUNET.place(Member(study_id="study_0007", **facts), "study"))

    assert place(mask_source="people") == "imagesTr/study_0007_0000.nii.gz"
    assert place(mask_source="people", split="test") == "imagesTs/study_0007_0000.nii.gz"
    assert place(split="train") == "imagesTs/study_0007_0000.nii.gz"
    tested = Member(study_id="study_0007", mask_source="people", split="test")
    assert str(NNUNET.place(tested, "mask")) == "labelsTs/study_0007.nii.gz"


def test_folds_become_the_splits_of_nnunet() -> None:
    def cases(*parts: str | None) -> list[Member]:
        return [Member(study_id=f"s{n}", split=part, mask_source="people") for n, part in enumerate(parts)]

    assert splits_final(cases("fold-1", "fold-2", "fold-10", "fold-2")) == [
        {"train": ["s1", "s2", "s3"], "val": ["s0"]},
        {"train": ["s0", "s2"], "val": ["s1", "s3"]},
        {"train": ["s0", "s1", "s3"], "val": ["s2"]},
    ]
    assert splits_final(cases("train", "validation", "train")) == [{"train": ["s0", "s2"], "val": ["s1"]}]
    assert splits_final(cases("train", None)) == []
    tables = NNUNET.tables([placed(m, NNUNET) for m in cases("fold-1", "fold-2")], ABOUT)
    assert json.loads(tables["splits_final.json"])[0] == {"train": ["s1"], "val": ["s0"]}


def test_bids_says_that_it_is_only_like_bids() -> None:
    tables = BIDS.tables(some_members(BIDS), ABOUT)
    said = json.loads(tables["dataset_description.json"])
    assert (said["BIDSVersion"], said["DatasetType"], said["License"]) == ("1.9.0", "raw", "CC-BY-4.0")
    assert "does not cover CT" in said["GeneratedBy"][0]["Description"]
    derived = json.loads(tables["derivatives/masks/dataset_description.json"])
    assert derived["DatasetType"] == "derivative"
    assert derived["LesionLabels"] == {"1": "ground_glass", "2": "consolidation"}


def test_bids_participants_have_a_row_each_and_a_word_on_every_column() -> None:
    members = some_members(BIDS)
    tables = BIDS.tables(members, ABOUT)
    rows = list(csv.DictReader(io.StringIO(tables["participants.tsv"].decode()), delimiter="\t"))
    assert [row["participant_id"] for row in rows] == [f"sub-{n:04d}" for n in range(1, 13)]
    assert (rows[2]["age"], rows[2]["kernel"], rows[2]["spo2"]) == ("33", "n/a", "93")
    assert rows[0].keys() == json.loads(tables["participants.json"]).keys()


def test_a_tab_or_line_end_in_a_cell_breaks_no_table_of_bids() -> None:
    member = replace(some_members(BIDS)[0], extra={"note": "one\ttwo\nthree"})
    lines = BIDS.tables([member], ABOUT)["participants.tsv"].decode().split("\n")
    assert len(lines) == 3
    assert lines[1].endswith("one two three")
    assert len({line.count("\t") for line in lines[:2]}) == 1


def test_a_bids_sidecar_tells_the_scan_and_no_date() -> None:
    member = some_members(BIDS)[0]
    sidecar = json.loads(BIDS.tables([member], ABOUT)["sub-0001/ct/sub-0001_ct.json"])
    assert sidecar == {"Modality": "CT", "Manufacturer": "TOSHIBA", "KVP": 120.0, "SpacingBetweenSlices": 8.0}
