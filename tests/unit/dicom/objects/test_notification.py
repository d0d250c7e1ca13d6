"""The message of the Moscow profile."""

from __future__ import annotations

import json
import pkgutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from made_objects import STARTED, made_making, made_study, without_findings
from pydicom.dataset import Dataset

import groundglass
from groundglass.analysis.result import Message
from groundglass.dicom.objects.notification import CATEGORIES, notification, refusal
from groundglass.dicom.objects.sr import structured_report
from groundglass.errors import ERROR_CODES


def _texts(item: Dataset) -> list[str]:
    inner = [text for each in item.get("ContentSequence") or [] for text in _texts(each)]
    return [str(item.TextValue), *inner] if "TextValue" in item else inner


@pytest.mark.parametrize("found", [True, False])
def test_the_flag_of_pathology_agrees_with_norma(tmp_path: Path, found: bool) -> None:
    study = made_study(tmp_path / "ct")
    study = study if found else without_findings(study)
    making = made_making("moscow", "ru")
    report = structured_report(study.origin, study.findings, making, segs={})
    message = json.loads(notification(study.findings.result, making, "1.2.3", 42, report))
    told = message["aiResult"]
    assert told["pathologyFlag"] is found
    assert told["norma"] is not found
    assert told["confidenceLevel"] == (97 if found else 3)
    assert told["seriesIUID"] == "1.2.3"
    assert told["modelId"] == 42
    assert message["studyIUID"] == study.origin.study_uid
    assert told["dateTimeParams"]["processEndDT"] == "2026-03-04T10:21:05"
    assert {told["report"], told["conclusion"]} <= set(_texts(report))
    assert ("не обнаружен" in told["conclusion"].lower()) is not found
    assert "норм" not in told["conclusion"].lower()


def test_a_part_of_the_lungs_without_a_finding_is_never_called_normal(tmp_path: Path) -> None:
    study = without_findings(made_study(tmp_path / "ct"))
    rules = study.findings.result.grade
    assert rules is not None
    part = replace(
        study.findings.result, status="partial", grade=replace(rules, value=None, interval=None, stable=None)
    )
    told = json.loads(notification(part, made_making("moscow"), "1.2.3", 42, Dataset()))
    assert told["aiResult"]["norma"] is None
    assert told["aiResult"]["pathologyFlag"] is None
    assert told["error"]["category"] == "Body part error"


def test_a_refusal_names_the_category_of_the_programme(tmp_path: Path) -> None:
    result = made_study(tmp_path / "ct").findings.result
    refused = replace(result, status="refused", refusal=Message("NOT_A_CHEST", "no lungs were found"))
    message = json.loads(refusal(refused, STARTED))
    assert message["error"]["category"] == "Body part error"
    odd = json.loads(refusal(replace(result, refusal=Message("SOMETHING_ELSE", "x")), STARTED))
    assert odd["error"]["category"] == "Other"


def test_every_code_with_a_category_exists() -> None:
    for package in ("groundglass.dicom", "groundglass.pipeline"):
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    assert groundglass.__version__
    assert set(CATEGORIES) <= set(ERROR_CODES)
