"""A report page of invented figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from groundglass.analysis.grade import grade
from groundglass.analysis.result import (
    SCHEMA_NAME,
    AcquisitionSection,
    Check,
    GradeSection,
    InvolvementSection,
    LesionItem,
    LesionsSection,
    LungsSection,
    Message,
    Result,
    SeveritySection,
    SliceRow,
    SoftwareSection,
    StudySection,
    ZonesSection,
)
from groundglass.analysis.routing import route
from groundglass.dicom.header import Acquisition, Identity
from groundglass.phrases import Language, Notice
from groundglass.render import Picture
from groundglass.render.picture import encode_jpeg, encode_png
from groundglass.report import ReportPage

IDENTITY = Identity("INVENTED^Anna^Maria", "ID-0042", "19800512", "F", "039Y", "ACC7", study_date="20200327")


def made_result(percent: float = 31.2, interval: tuple[float, float] = (27.9, 34.6)) -> Result:
    zones = ZonesSection(12.0, 33.0, 47.5, 8.0, 25.0, 55.0)
    involvement = InvolvementSection(percent, interval, 28.0, 34.9, 34.9, zones)
    items = tuple(
        LesionItem(n, "mixed", "left", "lower", 90.0 / n, 2.0, -430.5, ((1, 2, 3), (4, 5, 6)), (1.0, 2.0, 30.0), 0.9)
        for n in range(1, 14)
    )
    graded = grade(involvement)
    return Result(
        schema=SCHEMA_NAME,
        status="ok",
        refusal=None,
        acquisition_datetime="2020-03-27T10:11:12",
        study=StudySection("1.2.3.4", "1.2.3.4.5", "1.2.3", 300, "HFS"),
        acquisition=AcquisitionSection(
            (0.8, 0.7, 0.7), "FC07", 120.0, "MADE UP", "no", "whole", (Check("c", "warning", "A check at 2.5 mm."),)
        ),
        lungs=LungsSection(4321.0, 2300.0, 2021.0, -780.0, "classical/1"),
        lesions=LesionsSection(1348.0, 1001.0, 347.0, 700.0, items),
        involvement=involvement,
        slices=tuple(SliceRow(i, 0.8 * i, None, 20.0, float(i % 7), 0.5) for i in range(300)),
        probability_of_pathology=None,
        grade=graded,
        routing=route(graded),
        severity=SeveritySection(13, None),
        comparison=None,
        dose=None,
        warnings=(Message("w", "A warning of 1.5 mm."),),
        software=SoftwareSection("groundglass", "0.1.0", (), {"rules": "paper-2020-default"}),
        seconds={"lungs": 1.25},
        intended_use="For research use only, not for diagnosis.",
    )


def made_pictures() -> tuple[Picture, ...]:
    rgb = np.zeros((60, 80, 3), np.uint8)
    rgb[20:30, 10:40] = (255, 48, 48)
    caption = Notice("picture_key_slice", {"slice": 3, "slices": 300, "position_mm": -12, "percent": "4.5"}, "info")
    first = Picture("key-slice-01", "key_slice", encode_png(rgb), caption, 2, 80, 60, encode_jpeg(rgb))
    space = Notice("picture_lungs_3d", {}, "info")
    return first, Picture("lungs-3d", "lungs_3d", encode_png(rgb), space, None, 80, 60)


def made_page(language: Language = "en", result: Result | None = None) -> ReportPage:
    return ReportPage(
        result=result or made_result(),
        identity=IDENTITY,
        acquisition=Acquisition(manufacturer="MADE UP", model="Scanner", kernel="FC07", kvp=120.0),
        pictures=made_pictures(),
        language=language,
    )


def refused() -> Result:
    return replace(
        made_result(),
        status="refused",
        refusal=Message("NOT_A_CHEST", "no lungs were found, series 1.2.3, choose another series"),
        acquisition=None,
        lungs=None,
        lesions=None,
        involvement=None,
        slices=(),
        grade=None,
        routing=None,
        severity=None,
    )


def partial() -> Result:
    made = made_result()
    if made.acquisition is None or made.grade is None:
        raise ValueError("the made result is complete")
    none = GradeSection(None, None, None, made.grade.rules, None)
    return replace(
        made,
        status="partial",
        grade=none,
        routing=route(none),
        acquisition=replace(made.acquisition, coverage="partial"),
    )


def unsided() -> Result:
    made = made_result()
    if made.involvement is None or made.lungs is None:
        raise ValueError("the made result is complete")
    share = replace(
        made.involvement,
        right_percent=None,
        left_percent=None,
        worse_lung_percent=None,
        zones=ZonesSection(None, None, None, None, None, None),
    )
    return replace(
        made,
        involvement=share,
        lungs=replace(made.lungs, right_volume_ml=None, left_volume_ml=None),
        grade=grade(share),
    )
