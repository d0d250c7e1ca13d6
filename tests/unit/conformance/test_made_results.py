"""Every code has a made case that raises it and nothing else; clean results stay clean in every dialect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import made_picture_defects
import pytest
from made_defects import CASES, MadeCase, with_message
from vendor import DIALECTS, Study, made_result, made_study

from groundglass.conformance.checking import CheckedResult, check_result, check_with
from groundglass.conformance.codes import DEFECTS
from groundglass.conformance.source import Source, open_source
from groundglass.dicom.limits import ReadingLimits

OF_EVERY_RESULT = {"E1", "N3"}
"""Remarks: pictures hold text that is not read; no message lies beside."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return made_study(tmp_path_factory.mktemp("study") / "phantom")


@pytest.fixture(scope="module")
def source(study: Study) -> Source:
    """Return the study as the check opens it, once for all cases."""
    return open_source(study.folder, (), ReadingLimits())


def checked(source: Source, folder: Path, profile: str) -> CheckedResult:
    return check_with(lambda _: source, folder, profile, ReadingLimits())


def codes(found: CheckedResult) -> set[str]:
    return {finding.code for finding in found.findings} - OF_EVERY_RESULT


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_clean_result_is_clean_under_both_profiles(
    study: Study, source: Source, dialect: str, tmp_path: Path
) -> None:
    folder = made_result(study, dialect).write(tmp_path / "result")
    for profile in ("default", "moscow"):
        found = checked(source, folder, profile)
        # pictures are asked for in one profile, and missed in the other
        lacking = {"V1"} if dialect == "seg" else set()
        assert codes(found) == lacking, [finding.row() for finding in found.findings]
        assert found.clean == (not lacking or profile == "default")


@pytest.mark.parametrize("made", CASES, ids=lambda made: f"{made.code}-{made.name}")
def test_each_made_defect_raises_its_code_and_no_other(
    study: Study, source: Source, made: MadeCase, tmp_path: Path
) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    made.make(study, folder)
    found = checked(source, folder, made.profile)
    seen = {f.code for f in found.findings if (f.code, f.severity) != ("V1", "warning")}
    assert seen - OF_EVERY_RESULT - {"E2", "E3"} == {made.code}, [(f.code, f.message()) for f in found.findings]
    raised = next(finding for finding in found.findings if finding.code == made.code)
    assert raised.severity == ("warning" if made.profile == "default" and made.code in ("B2", "P4") else "error")


def test_every_code_has_a_made_case() -> None:
    assert made_picture_defects.mirrored_pictures in [made.make for made in CASES]
    remarks = {code for code, defect in DEFECTS.items() if defect.severity == "info"}
    assert {made.code for made in CASES} == set(DEFECTS) - remarks


def test_a_fitting_message_is_no_defect(study: Study, tmp_path: Path) -> None:
    with_message(study, tmp_path / "result")
    assert codes(check_result(study.folder, tmp_path / "result", profile="moscow")) == set()


@pytest.mark.parametrize(
    "options",
    [
        {"slices": 40, "rows": 120, "involvement": 8.0, "seed": 11, "position": "FFP"},
        {"slices": 48, "rows": 96, "involvement": 45.0, "seed": 12, "sex": "female"},
    ],
    ids=str,
)
def test_a_clean_result_stays_clean_whatever_the_chest(tmp_path: Path, options: dict[str, Any]) -> None:
    other = made_study(tmp_path / "study", **options)
    for dialect in ("rgb", "padded", "seg"):
        folder = made_result(other, dialect).write(tmp_path / dialect)
        found = check_result(other.folder, folder, profile="moscow")
        assert codes(found) - {"V1"} == set(), (dialect, [finding.row() for finding in found.findings])
