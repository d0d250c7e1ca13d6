"""Real dose objects of every maker at hand against what dcsrdump and dcmdump show of them, read by eye.

The table was written down from the output of those programs, not from that of the reader under test.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from groundglass.cli import run
from groundglass.dicom.dose import DoseReading, find_doses

pytestmark = pytest.mark.real

Row = tuple[str | None, str | None, float | None, int | None, float | None]
NO = None
_GE_VCT = "1.3.6.1.4.1.5962.99.1.2026073515.1319176460.1479494856107."
_GE_PIXELMED = "1.3.6.1.4.1.5962.99.1.3581082065.863539667.1365085747665."
_CONTINUED = "1.3.6.1.4.1.5962.99.1.64928122.996247427.1524778350970."
_MULTI = "1.3.6.1.4.1.5962.99.1.792239193.1702185591.1516915727449."
_FLASH_QA = "1.3.6.1.4.1.5962.99.1.3532166422.478333303.1485295916310."
_FLASH_TAP = "1.3.6.1.4.1.5962.99.1.2662687737.2058515598.1471541535737."
_TOSHIBA = "1.3.6.1.4.1.5962.99.1.4177303012.1711291841.1485941052900."
_TOSHIBA_CHECK = "1.3.6.1.4.1.5962.99.1.4226553877.745998417.1511760107541."
_TOSHIBA_MULTI = "1.3.6.1.4.1.5962.99.1.1042634278.1704769588.1538640959014."
_TRUNK = "chest_abdomen_pelvis"

READ_BY_EYE: dict[str, tuple[float, list[Row]]] = {
    # file: stated DLP in all; of each event its UID, region, CTDIvol in mGy, phantom in cm, DLP in mGy cm
    "CT-ESR-GE_Optima": (
        415.82,
        [
            (_GE_VCT + "5.0", "abdomen", NO, NO, NO),
            (_GE_VCT + "6.0", "abdomen", NO, NO, NO),
            (_GE_VCT + "7.0", "abdomen", 3.23, 32, 155.97),
            (_GE_VCT + "8.0", "abdomen", NO, NO, NO),
            (_GE_VCT + "9.0", "abdomen", NO, NO, NO),
            (_GE_VCT + "10.0", "abdomen", 5.3, 32, 259.85),
        ],
    ),
    "CT-ESR-GE_VCT": (
        2002.39,
        [
            *((f"{_GE_VCT}{n}.0", NO, NO, NO, NO) for n in (16, 17, 18, 19)),
            (_GE_VCT + "20.0", NO, 32.83, 32, 16.41),
            (_GE_VCT + "21.0", NO, 8.74, 32, 429.19),
            (_GE_VCT + "22.0", NO, 4.93, 32, 246.69),
            *((f"{_GE_VCT}{n}.0", NO, NO, NO, NO) for n in (23, 24, 25, 26)),
            (_GE_VCT + "27.0", NO, 6.23, 16, 3.12),
            (_GE_VCT + "28.0", NO, 22.26, 16, 890.26),
            *((f"{_GE_VCT}{n}.0", NO, NO, NO, NO) for n in (29, 30, 31, 32, 33, 34, 35, 36)),
            (_GE_VCT + "37.0", NO, 5.84, 32, 2.92),
            (_GE_VCT + "38.0", NO, 176.12, 32, 352.24),
            (_GE_VCT + "39.0", NO, 29.31, 32, 14.66),
            (_GE_VCT + "40.0", NO, 29.31, 32, 14.66),
            (_GE_VCT + "41.0", NO, 31.66, 32, 15.83),
            (_GE_VCT + "42.0", NO, 32.83, 32, 16.41),
        ],
    ),
    "CT-RDSR-GEPixelMed": (
        586.34,
        [(_GE_PIXELMED + "9.0", NO, 60.41, 16, 475.04), (_GE_PIXELMED + "3.0", NO, 222.59, 16, 111.30)],
    ),
    "CT-RDSR-Philips_BigBore4DCT": (
        541.1,
        [("1.3.6.1.4.1.5962.99.1.3978416086.606123744.1563051577302.4.0", NO, 23.7, 32, 541.1)],
    ),
    "CT-RDSR-Siemens-Continued-1": (
        60.17,
        [(_CONTINUED + "6.0", "chest", 0.14, 32, 5.05), (_CONTINUED + "7.0", "chest", 2.03, 32, 55.12)],
    ),
    "CT-RDSR-Siemens-Continued-2": (
        56.44,
        [(_CONTINUED + "11.0", "chest", 0.14, 32, 4.62), (_CONTINUED + "12.0", "chest", 2.22, 32, 51.82)],
    ),
    "CT-RDSR-Siemens-Multi-1": (7.46, [(_MULTI + "4.0", "chest", 0.15, 32, 7.46)]),
    "CT-RDSR-Siemens-Multi-2": (
        77.27,
        [(_MULTI + "4.0", "chest", 0.15, 32, 7.46), (_MULTI + "5.0", "chest", 8.13, 32, 69.81)],
    ),
    "CT-RDSR-Siemens-Multi-3": (
        236.09,
        [
            (_MULTI + "4.0", "chest", 0.15, 32, 7.46),
            (_MULTI + "5.0", "chest", 8.13, 32, 69.81),
            (_MULTI + "8.0", "chest", 7.02, 32, 158.82),
        ],
    ),
    "CT-RDSR-Siemens_Flash-QA-DS": (
        1590.0,
        [
            (_FLASH_QA + "4.0", "abdomen", 15.45, 32, 29.67),
            (_FLASH_QA + "5.0", "chest", 21.95, 32, 84.28),  # its code is the heart
            (_FLASH_QA + "6.0", "chest", 5.52, 32, 21.18),
            (_FLASH_QA + "7.0", "chest", 33.83, 32, 129.89),
            (_FLASH_QA + "8.0", "chest", 13.17, 32, 50.58),
            (_FLASH_QA + "9.0", "chest", 6.26, 32, 24.05),
            (_FLASH_QA + "10.0", "chest", 17.1, 32, 65.68),
            (_FLASH_QA + "11.0", "chest", 65.47, 32, 815.33),
            (_FLASH_QA + "12.0", "chest", 29.67, 32, 369.34),
        ],
    ),
    "CT-RDSR-Siemens_Flash-TAP-SS": (
        724.52,
        [
            (_FLASH_TAP + "4.0", "whole_body", 0.14, 32, 11.51),
            (_FLASH_TAP + "5.0", "abdomen", 1.2, 32, 1.2),
            (_FLASH_TAP + "6.0", "abdomen", 3.61, 32, 3.61),
            (_FLASH_TAP + "7.0", "abdomen", 9.91, 32, 708.2),
        ],
    ),
    "CT-RDSR-ToshibaPixelMed": (
        349.70,
        [
            (_TOSHIBA + "3.0", _TRUNK, NO, NO, NO),
            (_TOSHIBA + "4.0", _TRUNK, 25.40, 32, 208.50),
            (_TOSHIBA + "5.0", _TRUNK, 24.70, 32, 141.20),
        ],
    ),
    "CT-RDSR-Toshiba_DoseCheck": (
        502.40,
        [
            (_TOSHIBA_CHECK + "4.0", "abdomen", 5.30, 32, 251.20),
            (_TOSHIBA_CHECK + "5.0", "abdomen", 5.30, 32, 251.20),
        ],
    ),
    "CT-RDSR-Toshiba_MultiValSD": (
        136.90,
        [
            (_TOSHIBA_MULTI + "4.0", "neck_chest_abdomen_pelvis", NO, NO, NO),  # protocol "Neck+CAP+C (SureStart)"
            (_TOSHIBA_MULTI + "5.0", "neck_chest_abdomen_pelvis", NO, NO, NO),
            (_TOSHIBA_MULTI + "6.0", "neck_chest", 3.20, 32, 136.90),  # protocol "100sec Neck & Chest +C (vHP)"
        ],
    ),
    "CT-SC-Philips_Brilliance16P": (
        1102.44609,
        [
            (NO, "abdomen", 0.0, NO, 0.0),  # surview; BodyPartExamined of the whole object
            (NO, "abdomen", 7.201, NO, 196.01),  # "PRE KIDNEYS"
            (NO, "abdomen", 11.3294, NO, 248.585973),  # "30S KIDNEYS"
            (NO, _TRUNK, 9.3157, NO, 657.85012),  # "100S C/A/P"
        ],
    ),
}


def _rows(reading: DoseReading) -> list[Row]:
    return [(one.uid, one.region, one.ctdivol_mgy, one.phantom_cm, one.dlp_mgy_cm) for one in reading.events]


def _same(found: list[Row], expected: list[Row]) -> bool:
    return found == [
        tuple(pytest.approx(cell, abs=1e-4) if isinstance(cell, float) else cell for cell in row) for row in expected
    ]


@pytest.mark.parametrize("name", READ_BY_EYE)
def test_each_real_object_agrees_with_what_was_read_by_eye(name: str, data: Path) -> None:
    total, expected = READ_BY_EYE[name]
    readings, _ = find_doses([data / "conformance" / "openrem_ct_sr" / f"{name}.dcm"])
    assert len(readings) == 1
    assert _same(_rows(readings[0]), expected), _rows(readings[0])
    assert readings[0].total.dlp_mgy_cm == pytest.approx(total, abs=0.005)
    codes = {notice.code for notice in readings[0].notices}
    assert not codes & {"dose_total_differs", "dose_count_differs", "dose_file_unreadable"}


def test_every_object_of_the_folder_is_in_the_table(data: Path) -> None:
    there = {path.stem for path in (data / "conformance" / "openrem_ct_sr").glob("*.dcm")}
    assert there == set(READ_BY_EYE)


def test_the_folder_as_a_whole_joins_continued_and_cumulative_reports(data: Path) -> None:
    readings, _ = find_doses([data / "conformance" / "openrem_ct_sr"])
    assert len(readings) == 12, "15 objects of 12 studies"
    by_study = {reading.study_uid: reading for reading in readings}
    continued = by_study[_CONTINUED + "5.0"]
    assert _same(
        _rows(continued), READ_BY_EYE["CT-RDSR-Siemens-Continued-1"][1] + READ_BY_EYE["CT-RDSR-Siemens-Continued-2"][1]
    )
    assert continued.total.dlp_mgy_cm == pytest.approx(60.17 + 56.44)
    cumulative = by_study[_MULTI + "3.0"]
    assert _same(_rows(cumulative), READ_BY_EYE["CT-RDSR-Siemens-Multi-3"][1])
    assert cumulative.total.effective_msv == pytest.approx(236.09 * 0.017)


def test_a_number_of_two_values_beside_the_dose_stops_nothing(data: Path) -> None:
    """The Toshiba object has the noise "10.50/ 15.00" in a private container below an irradiation."""
    readings, _ = find_doses([data / "conformance" / "openrem_ct_sr" / "CT-RDSR-Toshiba_MultiValSD.dcm"])
    assert readings[0].events[2].dlp_mgy_cm == 136.90
    assert "dose_several_values" not in {notice.code for notice in readings[0].notices}


def test_captures_of_a_newer_philips_carry_event_uids_phantoms_and_regions(data: Path) -> None:
    """Ingenuity CT: read by eye from dcmdump of the DOSE_INFO page of each examination summary."""
    readings, _ = find_doses([data / "conformance" / "dcm_qa_ct" / "Philips"])
    rows = sorted((row for reading in readings for row in _rows(reading)), key=lambda row: row[4] or 0)
    root = "1.3.46.670589.33.1."
    assert rows == [
        (root + "14889030584085642825.28122366872628447007", "whole_body", 0.085, 32, 2.2),
        (root + "26448423223751662662.23175844992788790182", "head", 14.0, 16, 274.9),
        (root + "2847455575357700429.3006561540821405372", "head", 45.2, 16, 619.3),
        (root + "30727271192276102474.29882018542830579221", "head", 45.7, 16, 667.3),
    ]
    assert sorted(reading.total.dlp_mgy_cm or 0 for reading in readings) == [277.1, 1286.6]


def test_the_other_pages_of_an_examination_summary_are_no_dose(data: Path) -> None:
    for name in ("I10", "I40", "I60"):  # reference surview, patient information, results
        page = data / "conformance" / "dcm_qa_ct" / "Philips" / "S21570" / "S4010" / name
        assert run(["dose", str(page)]) == 3


def test_no_name_or_number_of_a_patient_is_printed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = data / "conformance" / "openrem_ct_sr"
    assert run(["dose", str(folder), "--json"]) == 0
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    assert len(lines) == 12
    for word in ("Patient^", "Schmidt", "SMITH", "OpenREM", "qaz98", "4018119567876617", "Gilead", "testæøå", "Neck"):
        assert word not in printed.out + printed.err
