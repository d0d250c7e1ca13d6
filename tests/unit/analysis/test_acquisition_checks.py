"""Acquisition against the protocol: every row, both severities, nothing refused."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundglass.analysis.acquisition_checks import RANGE_CHECKS, WORD_CHECKS, AcquisitionFacts, check_acquisition
from groundglass.phrases import LANGUAGES, say_notice

KEPT = AcquisitionFacts(
    kvp=120,
    contrast="no",
    gantry_tilt_degrees=0,
    slice_thickness_mm=1.0,
    increment_mm=0.8,
    fov_mm=400,
    pixel_mm=0.78,
    rib_margin_mm=12,
    margin_above_mm=50,
    margin_below_mm=55,
    scan_seconds=8,
    rotation_seconds=0.5,
    noise_hu=22,
    kernel_class="soft",
    breath="inspiration",
    arms_up=True,
    patient_position="HFS",
)


def test_protocol_kept_in_every_point_is_said_so() -> None:
    assert [notice.code for notice in check_acquisition(KEPT)] == ["check_protocol_kept"]


def test_feet_first_on_the_back_is_no_deviation() -> None:
    assert [notice.code for notice in check_acquisition(replace(KEPT, patient_position="FFS"))] == [
        "check_protocol_kept"
    ]


@pytest.mark.parametrize(
    ("changed", "code", "severity"),
    [
        ({"kvp": 100.0}, "check_kvp", "info"),
        ({"kvp": 70.0}, "check_kvp", "warning"),
        ({"contrast": "yes"}, "check_contrast", "warning"),
        ({"gantry_tilt_degrees": 0.5}, "check_gantry_tilt", "info"),
        ({"gantry_tilt_degrees": -12.0}, "check_gantry_tilt", "warning"),
        ({"slice_thickness_mm": 2.0}, "check_slice_thickness", "info"),
        ({"slice_thickness_mm": 5.0}, "check_slice_thickness", "info"),
        ({"slice_thickness_mm": 8.0}, "check_slice_thickness", "warning"),
        ({"increment_mm": 1.0}, "check_increment", "info"),
        ({"increment_mm": 8.0}, "check_increment", "warning"),
        ({"increment_mm": 1.5}, "check_gap", "info"),
        ({"increment_mm": 10.0}, "check_gap", "warning"),
        ({"fov_mm": 330.0}, "check_fov", "info"),
        ({"fov_mm": 200.0}, "check_fov", "warning"),
        ({"fov_mm": 600.0}, "check_fov", "info"),
        ({"pixel_mm": 2.0}, "check_pixel", "warning"),
        ({"rib_margin_mm": 5.0}, "check_rib_margin", "info"),
        ({"rib_margin_mm": 0.0}, "check_rib_margin", "warning"),
        ({"margin_above_mm": 20.0}, "check_margin_above", "info"),
        ({"margin_above_mm": 0.0}, "check_margin_above", "warning"),
        ({"margin_below_mm": 0.0}, "check_margin_below", "warning"),
        ({"scan_seconds": 14.0}, "check_scan_seconds", "info"),
        ({"scan_seconds": 25.0}, "check_scan_seconds", "warning"),
        ({"rotation_seconds": 0.75}, "check_rotation_seconds", "info"),
        ({"noise_hu": 45.0}, "check_noise", "info"),
        ({"noise_hu": 80.0}, "check_noise", "warning"),
        ({"kernel_class": "lung"}, "check_lung_kernel", "info"),
        ({"breath": "expiration"}, "check_expiration", "warning"),
        ({"arms_up": False}, "check_arms_down", "info"),
        ({"patient_position": "HFP"}, "check_not_supine", "info"),
    ],
)
def test_each_deviation_is_named_with_its_severity(changed: dict[str, Any], code: str, severity: str) -> None:
    found = {notice.code: notice.severity for notice in check_acquisition(replace(KEPT, **changed))}
    assert found[code] == severity
    assert "check_protocol_kept" not in found


def test_noise_is_compared_at_the_thickness_of_the_protocol() -> None:
    notice = check_acquisition(replace(KEPT, noise_hu=20.0, slice_thickness_mm=5.0))
    assert {n.code: n.values.get("value") for n in notice}["check_noise"] == "20"
    thin = check_acquisition(replace(KEPT, noise_hu=20.0, slice_thickness_mm=1.0))
    assert "check_noise" not in [n.code for n in thin]


def test_what_the_source_does_not_state_is_counted_and_not_held_against_it() -> None:
    (notice,) = check_acquisition(AcquisitionFacts())
    assert notice.code == "check_not_stated"
    assert notice.values["count"] == notice.values["total"] == len(RANGE_CHECKS) + len(WORD_CHECKS)


def test_number_that_is_not_finite_counts_as_not_stated() -> None:
    (notice,) = check_acquisition(replace(KEPT, kvp=float("nan")))
    assert (notice.code, notice.values["count"]) == ("check_not_stated", 1)


def test_silent_scanner_without_noise_is_measured_not_missing() -> None:
    assert [notice.code for notice in check_acquisition(replace(KEPT, noise_hu=0.0))] == ["check_protocol_kept"]


def test_every_check_has_a_source_and_looks_at_a_known_fact() -> None:
    known = {row.name for row in fields(AcquisitionFacts)} | {"gap_mm", "noise_at_5_mm_hu"}
    rows = [(check.fact, check.source) for check in RANGE_CHECKS] + [(word.fact, word.source) for word in WORD_CHECKS]
    for fact, source in rows:
        assert source.startswith("Morozov et al. 2020, Table 1")
        assert fact in known
    for check in RANGE_CHECKS:
        assert check.warn_low <= check.low < check.high <= check.warn_high


@given(
    st.builds(
        AcquisitionFacts,
        **{
            row.name: st.none() | st.floats()
            for row in fields(AcquisitionFacts)
            if row.name not in ("contrast", "kernel_class", "breath", "arms_up", "patient_position")
        },
    )
)
def test_no_number_is_refused_and_every_notice_has_words(facts: AcquisitionFacts) -> None:
    for notice in check_acquisition(facts):
        assert notice.severity in ("info", "warning")
        assert all(say_notice(notice, language) for language in LANGUAGES)
