"""A second version: studies come, go and are graded anew; names stay, and the first is not touched."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from made_builds import Kitchen, digests, kitchen
from made_dummies import make_dummies
from made_sets import StudyTree, write_tables

import groundglass as gg
from groundglass.datasets.building import Built

WITHDRAWN, REGRADED = "d0003", "d0005"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Kitchen:
    """Versions 1.0.0 and 1.1.0; between them two studies came, one went, one was graded anew."""
    folder = tmp_path_factory.mktemp("versions")
    tree = make_dummies(folder / "tree", {"CT-0": 5, "CT-1": 7, "CT-2": 2}, masks=3)
    later = folder / "later"
    later.mkdir()
    for name in ("d0013", "d0014"):
        shutil.move(tree.archive / name, later / name)
    made = kitchen(tree, folder / "place")
    splits = {"shares": {"train": 0.5, "test": 0.5}}
    first = made.cook(splits=splits)
    assert len(first.members) == 12
    for name in ("d0013", "d0014"):
        shutil.move(later / name, tree.archive / name)
    rows = [dict(row) for row in StudyTree(tree.folder).rows]
    for row in rows:
        if row["folder"] == REGRADED:
            row["category"] = "CT-3"
    write_tables(tree, rows)
    withdrawn = next(row["study_uid"] for row in rows if row["folder"] == WITHDRAWN)
    made.cook(
        splits=splits,
        version="1.1.0",
        date="2026-06-01",
        selection={"exclude_studies": [withdrawn]},
        changes=["Two studies of June."],
    )
    return made


def _rows(version: Path) -> dict[str, dict[str, str]]:
    with (version / "studies.csv").open(encoding="utf-8", newline="") as file:
        return {row["study_key"]: row for row in csv.DictReader(file)}


def test_studies_keep_their_names_patients_and_parts(place: Kitchen) -> None:
    first, second = (_rows(place.out / f"dummies-{number}") for number in ("1.0.0", "1.1.0"))
    both = first.keys() & second.keys()
    assert (len(first), len(second), len(both)) == (12, 13, 11)
    for key in both:
        for name in ("study_id", "patient_id", "split"):
            assert first[key][name] == second[key][name]
    new = {row["study_id"] for key, row in second.items() if key not in first}
    assert new == {"study_0013", "study_0014"}  # the number of the one that went is not given again
    changed = [key for key in both if first[key]["grade"] != second[key]["grade"]]
    assert [second[key]["grade"] for key in changed] == ["CT-3"]


def test_the_changelog_says_what_came_went_and_changed(place: Kitchen) -> None:
    first, second = (_rows(place.out / f"dummies-{number}") for number in ("1.0.0", "1.1.0"))
    text = (place.out / "dummies-1.1.0" / "CHANGELOG.md").read_text(encoding="utf-8")
    (gone,) = {row["study_id"] for key, row in first.items() if key not in second}
    (moved,) = {row["study_id"] for key, row in second.items() if row["grade"] == "CT-3"}
    for word in ("1.1.0", "1.0.0", "2026-06-01", "Two studies of June.", "study_0013", "study_0014", gone, moved):
        assert word in text


def test_the_first_version_is_as_it_was(place: Kitchen) -> None:
    first = place.out / "dummies-1.0.0"
    lines = (first / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    there = digests(first)
    del there["SHA256SUMS"]
    assert listed == there


def test_a_version_that_is_not_later_is_refused(place: Kitchen) -> None:
    with pytest.raises(gg.InputError) as caught:
        place.cook(version="1.0.5", previous=str(place.out / "dummies-1.1.0"))
    assert caught.value.code == "DATASET_VERSION_NOT_LATER"


def test_a_withdrawn_study_that_comes_back_has_its_old_name_or_a_new_one_but_nobody_elses(place: Kitchen) -> None:
    built: Built = place.cook(version="1.2.0", splits={"shares": {"train": 0.5, "test": 0.5}})
    names = [member.study_id for member in built.members]
    assert len(names) == len(set(names)) == 14
    first = _rows(place.out / "dummies-1.0.0")
    taken = {row["study_id"]: key for key, row in first.items()}
    for member in built.members:
        assert taken.get(member.study_id, member.study_key) == member.study_key
