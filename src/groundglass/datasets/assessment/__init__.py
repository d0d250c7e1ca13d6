"""Measuring labelled CTs and holding what is found against their labels: records, and the tables made of them.

``assess(open_set(folder))`` runs the shipped analysis; :func:`record_of` takes masks and probabilities from anywhere,
such as a network that never saw the patient; ``tables_of(records)`` prints what the accuracy page says.
"""

from __future__ import annotations

from groundglass.datasets.assessment.choosing import AssessmentOptions
from groundglass.datasets.assessment.contamination import TRAINED_ON, list_json, trained_on
from groundglass.datasets.assessment.measuring import record_of, record_of_reading
from groundglass.datasets.assessment.page import LEGEND, measured_by, page_markdown, reliability_drawings, tables_of
from groundglass.datasets.assessment.record import (
    CtRecord,
    Engine,
    RecordFile,
    read_folder,
    read_records,
    records_json,
    stored_records,
)
from groundglass.datasets.assessment.running import Assessment, assess, measure, write_text
from groundglass.datasets.assessment.table import Table, table_json

__all__ = [
    "LEGEND",
    "TRAINED_ON",
    "Assessment",
    "AssessmentOptions",
    "CtRecord",
    "Engine",
    "RecordFile",
    "Table",
    "assess",
    "list_json",
    "measure",
    "measured_by",
    "page_markdown",
    "read_folder",
    "read_records",
    "record_of",
    "record_of_reading",
    "records_json",
    "reliability_drawings",
    "stored_records",
    "table_json",
    "tables_of",
    "trained_on",
    "write_text",
]
