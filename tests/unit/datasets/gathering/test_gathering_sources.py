"""Studies found in folders, zips and files."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest
from gathered_studies import gathered, recipe_over, series_uid, study_uid, write_report, write_seg, write_study, zipped

from groundglass.datasets.gathering import folders, gather
from groundglass.datasets.recipe.model import SelectionRule, SourceRule
from groundglass.deidentify.known import look
from groundglass.errors import InputError


def test_a_study_comes_with_what_its_header_says(tmp_path: Path) -> None:
    write_study(tmp_path / "in" / "one" / "ct", 1)
    write_study(
        tmp_path / "in" / "two", 2, PatientAge=None, PatientSex="X", StudyDate="20200301", PatientBirthDate="19700302"
    )
    found, _ = gathered(recipe_over(tmp_path / "in"))
    one = found[1]
    assert (one.key, one.study_uid, one.series_uid) == (study_uid(1), study_uid(1), series_uid(1))
    assert (one.patient_id, one.accession, one.study_date, one.organisation) == (
        "P0001",
        "A0001",
        "20200402",
        "First Clinic",
    )
    assert (one.sex, one.age_years, one.kernel, one.kernel_class, one.manufacturer) == (
        "F",
        21,
        "FC07",
        "soft",
        "TOSHIBA",
    )
    assert (one.folder, one.slices, len(one.files), one.refusal) == ("one", 12, 12, None)
    assert one.spacing_mm == pytest.approx((2.0, 4.8, 4.8))
    assert one.patient == look(one.files[0]).patient  # type: ignore[union-attr]  # it is DICOM
    assert (found[2].age_years, found[2].sex, found[2].study_date) == (49, "", "20200301")
    assert pickle.loads(pickle.dumps(one)) == one
    assert "Planted" not in "".join(source.label for source in one.files)


def test_the_organisation_of_a_source_wins(tmp_path: Path) -> None:
    write_study(tmp_path / "a", 1)
    write_study(tmp_path / "b", 2)
    found, _ = gathered(recipe_over(SourceRule(path=tmp_path / "a", organisation="Second"), tmp_path / "b"))
    assert (found[1].organisation, found[2].organisation) == ("Second", "First Clinic")


def test_copies_of_a_study_are_one_study(tmp_path: Path) -> None:
    write_study(tmp_path / "in" / "one", 1)
    shutil.copytree(tmp_path / "in" / "one", tmp_path / "in" / "copy")
    zipped(tmp_path / "in" / "one", tmp_path / "in" / "one.zip")
    found, _ = gathered(recipe_over(tmp_path / "in"))
    assert list(found) == [1]
    assert found[1].slices == 12
    assert len(found[1].files) == 12


@pytest.mark.parametrize("held", [20_000, 15])
def test_series_of_a_study_in_folders_far_apart_are_one_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    for number in range(1, 6):
        write_study(tmp_path / "in" / "thick" / str(number), number, series=1, step_mm=8.0, slices=10)
        write_study(tmp_path / "in" / "thin" / str(number), number, series=2, step_mm=1.0, slices=20)
    whole, _ = gathered(recipe_over(tmp_path / "in"))
    monkeypatch.setattr(folders, "MOST_HEADERS_HELD", held)
    monkeypatch.setattr(folders, "FEWEST_HEADERS_HELD", held // 2)
    found, _ = gathered(recipe_over(tmp_path / "in"))
    assert found == whole
    assert {each.series_uid for each in found.values()} == {series_uid(number, 2) for number in range(1, 6)}


def test_reports_and_outlines_of_a_study_are_no_studies(tmp_path: Path) -> None:
    write_study(tmp_path / "in" / "one", 1)
    write_report(tmp_path / "in" / "reports" / "r1.dcm", 1)
    write_report(tmp_path / "in" / "reports" / "r2.dcm", 2)
    write_seg(tmp_path / "in" / "outlines" / "o3.dcm", 3)
    found, told = gathered(recipe_over(tmp_path / "in"))
    assert list(found) == [1]
    assert told["studies_without_pictures"].values == {"count": 2}


def test_a_study_that_cannot_be_used_comes_with_its_reason(tmp_path: Path) -> None:
    write_study(tmp_path / "in" / "one", 1, slices=2)
    (tmp_path / "in" / "note.txt").write_text("hello", encoding="utf-8")
    found, told = gathered(recipe_over(tmp_path / "in"))
    assert found[1].refusal is not None
    assert found[1].refusal.code == "TOO_FEW_SLICES"
    assert found[1].files == ()
    assert told["files_not_dicom"].values == {"count": 1}


def test_of_several_series_the_one_is_taken_that_the_recipe_describes(tmp_path: Path) -> None:
    write_study(tmp_path / "in", 1, series=1, step_mm=1.0, slices=20)
    write_study(
        tmp_path / "in", 1, series=2, step_mm=1.0, slices=20, SeriesDescription="LUNG 1.0", ConvolutionKernel="FC51"
    )
    write_study(tmp_path / "in", 1, series=3, step_mm=5.0, slices=12, SeriesDescription="THICK")

    def taken(**rule: object) -> int:
        found, _ = gathered(recipe_over(tmp_path / "in", selection=SelectionRule(**rule)))  # type: ignore[arg-type]
        return int(found[1].series_uid.rpartition(".")[2])

    assert taken() == 1
    assert taken(kernel="lung") == 2
    assert taken(kernels=("fc5*",)) == 2
    assert taken(series_description=("*body*",)) == 1
    assert taken(series_description=("*thick*",)) == 3
    assert taken(slice_spacing_mm=(4.0, None)) == 3
    assert taken(series_description=("*other*",)) == 1


def test_two_patients_under_one_study_uid_are_two_studies(tmp_path: Path) -> None:
    write_study(tmp_path / "in" / "a", 1)
    write_study(tmp_path / "in" / "b", 1, series=2, PatientID="OTHER")
    found = gather(recipe_over(tmp_path / "in"))
    assert len({each.key for each in found}) == 2
    assert {each.patient for each in found} == {"id p0001 ", "id other "}


def test_studies_without_uids_are_told_apart(tmp_path: Path) -> None:
    for number in (1, 2):
        write_study(tmp_path / "in" / str(number), number, StudyInstanceUID=None)
    found = gather(recipe_over(tmp_path / "in"))
    assert len({each.key for each in found}) == 2
    assert {each.study_uid for each in found} == {""}
    assert [each.key for each in found] == [each.key for each in gather(recipe_over(tmp_path / "in"))]


def test_the_same_patient_has_the_same_key_in_each_study(tmp_path: Path) -> None:
    write_study(tmp_path / "in" / "1", 1, PatientID=" abc ")
    write_study(tmp_path / "in" / "2", 2, PatientID="ABC")
    found, _ = gathered(recipe_over(tmp_path / "in"))
    assert found[1].patient == found[2].patient


def test_the_folder_of_a_study_is_the_outermost_that_holds_no_other(tmp_path: Path) -> None:
    write_study(tmp_path / "in" / "p1" / "visit1" / "ct", 1)
    write_study(tmp_path / "in" / "p1" / "visit2" / "ct", 2)
    write_study(tmp_path / "in" / "p2" / "visit1" / "ct", 3)
    zipped(write_study(tmp_path / "out", 4), tmp_path / "in" / "four.zip")
    write_study(tmp_path / "in" / "loose", 5)
    found, _ = gathered(recipe_over(tmp_path / "in"))
    assert {number: each.folder for number, each in found.items()} == {
        1: "visit1",
        2: "visit2",
        3: "p2",
        4: "four",
        5: "loose",
    }


def test_the_order_does_not_depend_on_names_of_folders(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write_study(tmp_path / "a" / f"z{9 - number}", number)
        write_study(tmp_path / "b" / f"y{number}", number)
    keys = [[each.key for each in gather(recipe_over(tmp_path / name))] for name in "ab"]
    assert keys[0] == keys[1] == sorted(keys[0])


def test_sources_without_any_study_are_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError) as caught:
        gather(recipe_over(tmp_path / "in"))
    assert caught.value.code == "NO_STUDIES"


@pytest.mark.real
def test_real_studies_and_odd_files_are_gathered(data: Path) -> None:
    found = gather(recipe_over(data / "studies", data / "conformance"))
    usable = {each.folder: each for each in found if each.refusal is None}
    assert usable["P001"].slices == 148
    assert usable["P001"].age_years == 39
    assert usable["normal001"].sex == "F"
    assert len(found) > 15


def test_a_broken_source_is_named_by_its_place_in_the_recipe(tmp_path: Path) -> None:
    write_study(tmp_path / "in", 1)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputError) as caught:
        gather(recipe_over(tmp_path / "in", tmp_path / "broken.zip"))
    assert caught.value.code == "BROKEN_ARCHIVE"
    assert caught.value.where.startswith("sources[2].path")
