"""What kind of picture a series is, and which one of a study is graded, with reasons in two languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from dicom_factory import Edit, chest_hu, codes, only, refusal_code, studies, write_series
from pydicom.dataset import Dataset

from groundglass.dicom import kernels, roles, selection
from groundglass.dicom.kernels import kernel_kind
from groundglass.dicom.roles import CLUES, ROLES, role_by_header
from groundglass.dicom.selection import RULES, SeriesFacts, beaten_by, rank
from groundglass.dicom.series import load
from groundglass.errors import ERROR_CODES
from groundglass.phrases import LANGUAGES, say, say_notice


def role(image_type: str = "ORIGINAL\\PRIMARY\\AXIAL", description: str = "", **more: str) -> str:
    fields = {"sop_class": "1.2.840.10008.5.1.4.1.1.2", "modality": "CT", "device": "SIEMENS", "rescale_type": ""}
    return role_by_header(image_type=image_type, description=description, **{**fields, **more})


@pytest.mark.parametrize(
    ("image_type", "description", "wanted"),
    [
        ("ORIGINAL\\PRIMARY\\AXIAL", "ThorRoutine 2.0 D40s", "axial"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "Lung 1.0 CE AIDR 3D", "axial"),
        ("ORIGINAL\\PRIMARY\\AXIAL\\HELIX", "Низкая доза ОГК", "axial"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "Export thorax", "axial"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "Thorax insp/exp", "axial"),
        ("DERIVED\\PRIMARY\\AXIAL", "Chest 1.0", "axial_derived"),
        ("ORIGINAL\\PRIMARY\\LOCALIZER", "", "localizer"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "Scout", "localizer"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "Surview", "localizer"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "Topogram 0.6 T20f", "localizer"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "Топограмма", "localizer"),
        ("DERIVED\\SECONDARY\\REFORMATTED\\AVERAGE", "SAG 3X3", "reformat"),
        ("DERIVED\\SECONDARY\\AXIAL\\CT_SOM7 SPI\\MPR", "Cor 3 mm", "reformat"),
        ("DERIVED\\SECONDARY\\MIP", "", "projection"),
        ("DERIVED\\SECONDARY\\MIN_IP", "", "projection"),
        ("DERIVED\\SECONDARY\\PROJECTION IMAGE", "", "projection"),
        ("DERIVED\\SECONDARY\\AXIAL", "Lung MIP 10 mm", "projection"),
        ("DERIVED\\SECONDARY\\AXIAL", "MinIP", "projection"),
        ("DERIVED\\SECONDARY\\VRT", "", "projection"),
        ("DERIVED\\SECONDARY\\OTHER\\CSA BLACK IMAGE", "Patient Protocol", "dose_report"),
        ("DERIVED\\SECONDARY\\SCREEN SAVE", "", "secondary_capture"),
        ("DERIVED\\SECONDARY\\DOSE_INFO", "", "dose_report"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "Dose Report", "dose_report"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "Отчёт о дозе", "dose_report"),
        ("DERIVED\\SECONDARY\\AXIAL\\IODINE", "", "spectral_map"),
        ("DERIVED\\PRIMARY\\AXIAL", "VNC 1.0", "spectral_map"),
        ("DERIVED\\PRIMARY\\AXIAL", "Z Effective", "spectral_map"),
        ("DERIVED\\PRIMARY\\AXIAL", "MonoE 50 keV", "monoenergetic"),
        ("DERIVED\\PRIMARY\\AXIAL\\MONO_E", "", "monoenergetic"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "CT AC 3.0", "attenuation_correction"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "CTAC", "attenuation_correction"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "Thorax EXP 1.0", "expiratory"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "ОГК выдох", "expiratory"),
        ("ORIGINAL\\PRIMARY\\AXIAL", "CBCT pelvis", "cone_beam"),
        ("DERIVED\\PRIMARY\\PERFUSION\\RCBF", "", "perfusion_map"),
    ],
)
def test_a_role_is_recognised_by_the_words_of_its_vendor(image_type: str, description: str, wanted: str) -> None:
    assert role(image_type, description) == wanted


def test_kinds_of_objects_are_recognised_by_class_and_modality() -> None:
    assert role(sop_class="1.2.840.10008.5.1.4.1.1.7") == "secondary_capture"
    assert role(sop_class="1.2.840.10008.5.1.4.1.1.7.4") == "secondary_capture"
    assert role(sop_class="1.2.840.10008.5.1.4.1.1.88.67", modality="SR") == "not_an_image"
    assert role(sop_class="1.2.840.10008.5.1.4.1.1.66.4", modality="SEG") == "not_an_image"
    assert role(device="Varian Medical Systems On-Board Imager") == "cone_beam"
    assert role(rescale_type="Z_EFF") == "spectral_map"


def test_every_role_has_words_and_a_code_that_exists() -> None:
    for name, row in ROLES.items():
        assert all(say(row.notice, language) for language in LANGUAGES), name
        assert (row.code in ERROR_CODES) == (row.use == "no"), name
    assert {clue.role for clue in CLUES} <= set(ROLES)
    assert all(clue.source for clue in roles.CLUES)


def unusual(what: str) -> Edit:
    def edit(_: int, ds: Dataset) -> None:
        match what:
            case "sagittal" | "original sagittal" | "original coarse sagittal":
                ds.ImageType = ["ORIGINAL" if "original" in what else "DERIVED", "PRIMARY", "AXIAL"]
                ds.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
                ds.ImagePositionPatient = [float(ds.ImagePositionPatient[2]), -140, -100]
            case "coronal":
                ds.ImageType = ["DERIVED", "SECONDARY", "MPR"]
                ds.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
                ds.ImagePositionPatient = [-150, float(ds.ImagePositionPatient[2]), -100]
            case "thick slab":
                ds.SliceThickness = "10"
            case "capture":
                ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
            case _:
                ds.SeriesDescription = what

    return edit


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("sagittal", "REFORMAT"),
        ("coronal", "REFORMAT"),
        ("thick slab", "THICK_SLAB"),
        ("capture", "SECONDARY_CAPTURE"),
        ("MIP 10 mm", "PROJECTION"),
        ("CBCT", "CONE_BEAM"),
        ("Iodine map", "SPECTRAL_MAP"),
        ("Scout", "LOCALIZER_ONLY"),
    ],
)
def test_a_series_that_is_no_axial_original_is_refused_by_name(tmp_path: Path, what: str, code: str) -> None:
    write_series(tmp_path, edit=unusual(what))
    assert refusal_code(tmp_path) == code


def test_an_original_volume_stored_along_another_axis_is_used_where_nothing_better_is_there(tmp_path: Path) -> None:
    write_series(tmp_path, edit=unusual("original sagittal"))
    entry = only(tmp_path)
    assert (entry.usable, entry.role) == (True, "other_plane")
    assert codes(entry) == {"role_other_plane"}
    assert load(entry).volume.geometry.axis_codes == ("L", "F", "P")


def test_original_sagittal_slices_far_apart_are_refused(tmp_path: Path) -> None:
    write_series(tmp_path, edit=unusual("original coarse sagittal"), step_mm=5.0)
    assert refusal_code(tmp_path) == "REFORMAT"


@pytest.mark.parametrize(
    ("keyword", "value", "warning"),
    [
        ("ContrastBolusAgent", "ULTRAVIST 370", "contrast_given"),
        ("PatientPosition", "HFP", "position_prone"),
        ("PatientPosition", "FFS", "position_feet_first"),
        ("PatientPosition", "HFDL", "position_on_side"),
        ("PatientPosition", "", "position_unknown"),
        ("SeriesDescription", "Thorax EXP", "role_expiratory"),
        ("SeriesDescription", "WB CT AC", "role_attenuation_correction"),
        ("SeriesDescription", "Mono 70 keV", "role_monoenergetic"),
        ("ImageType", ["DERIVED", "PRIMARY", "AXIAL"], "role_axial_derived"),
        ("LossyImageCompression", "01", "lossy_compression"),
    ],
)
def test_what_is_unusual_but_usable_is_warned_about(tmp_path: Path, keyword: str, value: object, warning: str) -> None:
    write_series(tmp_path, edit=lambda _, ds: setattr(ds, keyword, value))
    entry = only(tmp_path)
    assert entry.usable
    assert warning in codes(entry)
    assert all(say_notice(n, language) for n in entry.notices for language in LANGUAGES)


def test_gapped_high_resolution_ct_is_used_with_a_warning(tmp_path: Path) -> None:
    write_series(tmp_path, step_mm=10.0)
    assert codes(only(tmp_path)) == {"slices_sparse"}


def test_thick_slices_are_used_with_a_warning(tmp_path: Path) -> None:
    write_series(tmp_path, step_mm=8.0, edit=lambda _, ds: setattr(ds, "SliceThickness", "8"))
    assert codes(only(tmp_path)) == {"slices_thick"}


def add(folder: Path, number: int, *, step_mm: float = 2.0, slices: int = 10, **values: object) -> None:
    """Add a series to a study."""

    def edit(_: int, ds: Dataset) -> None:
        ds.SeriesInstanceUID = f"1.2.826.0.1.1.1{number}"
        ds.SeriesNumber = number
        for keyword, value in values.items():
            setattr(ds, keyword, value)

    write_series(folder, step_mm=step_mm, edit=edit, prefix=str(number), hu=chest_hu(slices, 16))


GOOD = SeriesFacts(
    role="axial",
    extent_mm=300,
    step_mm=2,
    thickness_mm=2,
    kernel="soft",
    contrast="no",
    patient_position="HFS",
    body_part="",
    words="",
    slices=150,
    series_number=5,
    lossy=False,
    bridged=0,
)


@pytest.mark.parametrize(
    ("rule", "worse", "better"),
    [
        ("usual picture", replace(GOOD, role="attenuation_correction"), replace(GOOD, step_mm=8, kernel="bone")),
        ("usual picture", replace(GOOD, role="expiratory"), replace(GOOD, step_mm=8, kernel="bone")),
        ("usual picture", replace(GOOD, role="monoenergetic"), replace(GOOD, step_mm=8, kernel="bone")),
        ("whole chest", replace(GOOD, extent_mm=90), replace(GOOD, extent_mm=220, step_mm=5, kernel="lung")),
        ("region", replace(GOOD, words="Head routine"), replace(GOOD, words="Thorax", kernel="lung")),
        ("region", replace(GOOD, words="Брюшная полость"), replace(GOOD, words="ОГК", kernel="lung")),
        ("original", replace(GOOD, role="axial_derived"), replace(GOOD, step_mm=5)),
        ("supine", replace(GOOD, patient_position="HFP"), replace(GOOD, kernel="lung")),
        ("thin", replace(GOOD, step_mm=8), replace(GOOD, kernel="lung")),
        ("thin", replace(GOOD, step_mm=1, thickness_mm=5), replace(GOOD, kernel="lung")),
        ("no contrast", replace(GOOD, contrast="yes"), replace(GOOD, kernel="lung")),
        ("kernel", replace(GOOD, kernel="lung", step_mm=1, thickness_mm=1), GOOD),
        ("kernel", replace(GOOD, kernel="bone"), replace(GOOD, kernel="lung")),
        ("lossless", replace(GOOD, lossy=True, step_mm=1), GOOD),
        ("complete", replace(GOOD, bridged=3, step_mm=1), GOOD),
        ("thinner", GOOD, replace(GOOD, step_mm=1)),
        ("longer", GOOD, replace(GOOD, extent_mm=320)),
        ("first", GOOD, replace(GOOD, series_number=2)),
    ],
)
def test_the_better_series_ranks_first_by_the_rule_meant(rule: str, worse: SeriesFacts, better: SeriesFacts) -> None:
    assert rank(better) > rank(worse)
    assert beaten_by(worse, better) == rule


def test_the_chosen_series_does_not_depend_on_the_order_of_files(tmp_path: Path) -> None:
    for folder, numbers in (("x", (1, 2)), ("y", (4, 3))):
        add(tmp_path / folder, numbers[0], ConvolutionKernel="FC51")
        add(tmp_path / folder, numbers[1], ConvolutionKernel="FC07")
        (study,) = studies(tmp_path / folder)
        assert study.chosen is not None
        assert study.chosen.kernel == "FC07"
        assert [entry.chosen for entry in study.series] == [True, False]
        assert all(say_notice(n, language) for e in study.series for n in e.reasons for language in LANGUAGES)


def test_every_loser_is_told_the_rule_it_lost_by(tmp_path: Path) -> None:
    add(tmp_path, 1, ConvolutionKernel="FC51")
    add(tmp_path, 2)
    (study,) = studies(tmp_path)
    assert study.series[0].reasons[0].code == "select_chosen"
    assert study.series[1].reasons[0].code == "select_beaten_kernel"
    for rule in RULES:
        assert say(f"select_beaten_{rule.name.replace(' ', '_')}", "ru")
        assert rule.source


def test_body_part_alone_never_refuses(tmp_path: Path) -> None:
    write_series(tmp_path, edit=lambda _, ds: setattr(ds, "BodyPartExamined", "HEAD"))
    assert only(tmp_path).usable


@pytest.mark.parametrize(
    ("manufacturer", "kernel", "wanted"),
    [
        ("TOSHIBA", "FC07", "soft"),
        ("TOSHIBA", "FC18", "soft"),
        ("TOSHIBA", "FC51", "lung"),
        ("Canon Medical Systems", "FC86", "lung"),
        ("TOSHIBA", "FC30", "bone"),
        ("SIEMENS", "B30f", "soft"),
        ("SIEMENS", "D40s", "soft"),
        ("SIEMENS", "Br40d 3", "soft"),
        ("SIEMENS", "Br38f 3", "soft"),
        ("SIEMENS", "I26f 3", "soft"),
        ("SIEMENS", "Qr40d 3", "soft"),
        ("SIEMENS", "B60f", "lung"),
        ("SIEMENS", "B70f", "lung"),
        ("SIEMENS", "Bl57d 3", "lung"),
        ("SIEMENS", "Br64d 3", "lung"),
        ("SIEMENS", "I70f 3", "lung"),
        ("GE MEDICAL SYSTEMS", "STANDARD", "soft"),
        ("GE MEDICAL SYSTEMS", "SOFT", "soft"),
        ("GE MEDICAL SYSTEMS", "LUNG", "lung"),
        ("GE MEDICAL SYSTEMS", "BONE", "bone"),
        ("Philips", "B", "soft"),
        ("Philips", "YA", "lung"),
        ("Philips", "L", "lung"),
        ("Philips", "YC", "lung"),
        ("UIH", "B_SOFT_C", "soft"),
        ("UIH", "B_SHARP_C", "lung"),
        ("", "B30f", "soft"),
        ("", "LUNG", "lung"),
        ("", "", "unknown"),
        ("Nobody", "K17", "unknown"),
    ],
)
def test_kernels_are_known_by_vendor(manufacturer: str, kernel: str, wanted: str) -> None:
    assert kernel_kind(kernel, manufacturer) == wanted
    assert all(rule.source for rule in kernels.KERNELS)


def test_a_missing_kernel_is_looked_for_in_the_description() -> None:
    assert kernel_kind("", "TOSHIBA", "LUNG 1.0") == "lung"
    assert kernel_kind("", "", "ОГК лёгкие") == "lung"
    assert kernel_kind("", "TOSHIBA", "BODY 1.0") == "soft"


def test_rank_prefers_in_the_order_of_the_table() -> None:
    assert len(rank(GOOD)) == len(RULES)
    assert [rule.name for rule in selection.RULES][:3] == ["usual picture", "whole chest", "region"]
