"""Structured reports of the made study, and a walk over their content on bare pydicom."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from made_objects import MadeStudy, made_making
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from groundglass.analysis.quantify import RegionFigures
from groundglass.analysis.result import DoseEvent, DoseSection, DoseTotal
from groundglass.dicom.objects.making import Making
from groundglass.dicom.objects.seg import segmentations
from groundglass.dicom.objects.sr import structured_report

REGIONS = (
    RegionFigures("right", None, 850.1, 53.1, 7.3, -790.4),
    RegionFigures("right", "upper", 250.0, 0.0, 0.0, -842.0),
    RegionFigures("right", "lower", 300.0, 30.2, 7.3, -701.6),
    RegionFigures("left", None, 575.9, 0.0, 0.0, -849.7),
)
DOSE = DoseSection(
    events=(
        DoseEvent("1.2.3.4", "Head", 40.5, 16, 600.25, 0.0021, 1.2605),
        DoseEvent(None, "Chest", 10.125, 32, 400.0, 0.014, 5.6),
        DoseEvent(None, None, None, None, None, None, None),
    ),
    total=DoseTotal(1000.25, 6.8605),
    factors="made table 1",
    note="An estimate for a population.",
)


def report_of(study: MadeStudy, making: Making | None = None, *, with_segs: bool = True) -> FileDataset:
    """Return the report of a study, with its segmentations."""
    chosen = making or made_making()
    segs = segmentations(study.origin, study.findings, chosen) if with_segs else {}
    return structured_report(study.origin, study.findings, chosen, segs=segs)


def again(data: FileDataset) -> Dataset:
    """Return what stands in the file."""
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return dcmread(io.BytesIO(buffer.getvalue()))


@dataclass(frozen=True)
class Item:
    """One content item: its codes, its value, and the codes of what it lies in."""

    path: tuple[str, ...]
    relation: str
    kind: str
    value: Any
    unit: str
    data: Dataset

    @property
    def name(self) -> str:
        """Code value of the concept name."""
        return self.path[-1]


def walk(item: Dataset, above: tuple[str, ...] = ()) -> Iterator[Item]:
    """Return every content item below and including one, depth first, with nothing but pydicom."""
    name = item.ConceptNameCodeSequence[0].CodeValue if "ConceptNameCodeSequence" in item else ""
    path, unit = (*above, str(name)), ""
    value: Any = None
    if item.ValueType == "TEXT":
        value = str(item.TextValue)
    elif item.ValueType == "CODE":
        value = str(item.ConceptCodeSequence[0].CodeValue)
    elif item.ValueType == "NUM":
        measured = item.MeasuredValueSequence[0]
        value, unit = float(measured.NumericValue), str(measured.MeasurementUnitsCodeSequence[0].CodeValue)
    elif item.ValueType == "UIDREF":
        value = str(item.UID)
    elif item.ValueType in ("IMAGE", "COMPOSITE"):
        value = str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
    elif item.ValueType == "SCOORD3D":
        value = tuple(float(number) for number in item.GraphicData)
    yield Item(path, str(item.get("RelationshipType", "")), str(item.ValueType), value, unit, item)
    for child in item.get("ContentSequence", ()):
        yield from walk(child, path)


def groups_of(data: Dataset) -> dict[str, list[Item]]:
    """Return the items of each measurement group by its tracking identifier."""
    found = {}
    for item in walk(data):
        if item.name == "125007":
            inside = list(walk(item.data))[1:]
            found[next(str(one.value) for one in inside if one.name == "112039")] = inside
    return found


def figures(items: list[Item]) -> dict[str, tuple[Any, str]]:
    """Return the numbers of a group by the code of their name."""
    return {item.name: (item.value, item.unit) for item in items if item.kind == "NUM"}


def with_more(study: MadeStudy) -> MadeStudy:
    """Return the study with a dose and, where it has lesions, figures of regions."""
    result = replace(study.findings.result, dose=DOSE)
    regions = REGIONS if study.findings.lesions.array.any() else ()
    return replace(study, findings=replace(study.findings, result=result, regions=regions))


def part_of_the_lungs(study: MadeStudy) -> MadeStudy:
    """Return the study as one that shows only part of the lungs, without a grade."""
    result = study.findings.result
    if result.grade is None or result.acquisition is None:
        raise ValueError("the made study has a grade")
    changed = replace(
        result,
        status="partial",
        acquisition=replace(result.acquisition, coverage="partial"),
        grade=replace(result.grade, value=None, interval=None, stable=None, by_worse_lung=None),
    )
    return replace(study, findings=replace(study.findings, result=changed))
