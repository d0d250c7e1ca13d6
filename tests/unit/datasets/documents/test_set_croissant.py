"""Croissant metadata: loaded without a word by its own library, which reads the records of a set from the disk."""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
import warnings
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from made_release import folder_of, members, release

from groundglass.datasets.documents import Release, write_documents
from groundglass.datasets.documents.croissant import CONTEXT, identifier, patterns
from groundglass.datasets.members import STUDY_FIELDS


def loaded(folder: Path, caplog: pytest.LogCaptureFixture) -> Any:
    """Return the set as mlcroissant loads it, with nothing to complain of."""
    with warnings.catch_warnings():
        # rdflib and pandas tell of their own future
        warnings.simplefilter("ignore")
        mlcroissant = importlib.import_module("mlcroissant")
        with caplog.at_level(logging.WARNING):
            found = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not found.metadata.ctx.issues.errors
    assert not found.metadata.ctx.issues.warnings
    assert [record.getMessage() for record in caplog.records] == []
    return found


def records(found: Any, name: str) -> list[dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(found.records(name))


def made(folder: Path, full: Release) -> Path:
    folder_of(folder, full)
    write_documents(folder, full)
    return folder


def test_the_records_of_the_studies_are_those_of_the_table(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = made(tmp_path / "set", release())
    found = loaded(folder, caplog)
    rows = records(found, "studies")
    assert len(rows) == 24
    names = {f"studies/{each.name}" for each in STUDY_FIELDS} | {"studies/spo2"}
    assert set(rows[0]) == names
    second, member = rows[1], members()[1]
    assert second["studies/study_id"] == b"study_0002"
    assert second["studies/grade"] == b"CT-1"
    assert second["studies/split"] == b"train"
    assert second["studies/age_years"] == 23
    assert second["studies/kvp"] == 120.0
    assert second["studies/lesion_ml"] == member.lesion_ml
    assert second["studies/localisation"] == [b"right_lower", b"left_lower"]
    assert second["studies/spo2"] == 94
    assert second["studies/consolidation_ml"] is None
    assert (folder / second["studies/study_file"].decode()).is_file()


def test_the_parts_are_a_record_set_that_the_studies_refer_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = loaded(made(tmp_path / "set", release()), caplog)
    assert {row["splits/name"]: row["splits/studies"] for row in records(found, "splits")} == {
        "train": 12,
        "validation": 6,
        "test": 6,
    }


@pytest.mark.parametrize("layout", ["mosmed", "nnunet", "bids"])
def test_every_layout_without_parts_and_words_loads(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, layout: str
) -> None:
    bare = release(layout=layout, card={}, description={}, purpose={}, citation="", doi="", url="", languages=("en",))
    plain = tuple(type(each)(study_id=each.study_id, study_file=each.study_file) for each in members(3))
    found = loaded(made(tmp_path / "set", release(members=plain, recipe=bare.recipe, layout=layout)), caplog)
    assert [row["studies/study_id"] for row in records(found, "studies")] == [
        b"study_0001",
        b"study_0002",
        b"study_0003",
    ]


def test_files_have_their_checksums_and_pictures_their_patterns(tmp_path: Path) -> None:
    folder = made(tmp_path / "set", release())
    content = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    by_id = {each["@id"]: each for each in content["distribution"]}
    table = by_id["studies.csv"]
    assert table["sha256"] == hashlib.sha256((folder / "studies.csv").read_bytes()).hexdigest()
    assert {"studies.csv", "dataset.json", "card.json", "funnel.json", "pictures", "masks"} == set(by_id)
    matched = {
        path.relative_to(folder).as_posix()
        for pattern in by_id["pictures"]["includes"]
        for path in folder.glob(pattern)
    }
    assert matched == {each.study_file for each in members()}
    assert by_id["masks"]["includes"] == ["masks/study_*_mask.nii.gz"]


def test_what_the_card_says_for_responsible_use_is_there(tmp_path: Path) -> None:
    content = json.loads((made(tmp_path / "set", release()) / "croissant.json").read_text(encoding="utf-8"))
    assert content["conformsTo"] == ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"]
    assert content["rai:dataLimitations"] == ["Known limits: One city only."]
    assert content["rai:annotationsPerItem"] == "Readers per study: 2"
    assert any("InstanceNumber" in text for text in content["rai:dataPreprocessingProtocol"])
    assert content["license"] == "https://creativecommons.org/licenses/by-nc-nd/3.0/"
    assert content["datePublished"] == "2020-04-28"
    assert content["@context"] == CONTEXT


def test_the_vocabulary_is_that_of_the_library() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = importlib.import_module("mlcroissant._src.core.context")
        rdf = importlib.import_module("mlcroissant._src.core.rdf")
    assert rdf.make_context(context.Context(conforms_to=context.CroissantVersion.V_1_0)) == CONTEXT


def test_patterns_take_a_folder_and_an_ending_each() -> None:
    paths = ["sub-0001/ct/sub-0001_ct.nii.gz", "sub-0002/ct/sub-0002_ct.nii.gz", "a/x.nii.gz"]
    assert patterns(paths) == ["a/x.nii.gz", "sub-*/ct/sub-*_ct.nii.gz"]
    assert all(any(PurePosixPath(path).match(pattern) for pattern in patterns(paths)) for path in paths)
    assert identifier("Набор chest 2020!") == "chest_2020"
    assert identifier("Набор") == "dataset"
