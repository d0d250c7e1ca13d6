"""The record of what was written: so that the same result is the same bytes again, and a changed one takes it back.

``objects.json`` lies beside ``result.json``. It holds when the objects were made, what they were made of (a digest),
and each object with its hash. A rerun that finds the digest unchanged takes the times from the record and must come to
the same bytes; whatever differs becomes a new generation with new UIDs, and a rejection note names all it replaces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from groundglass.errors import InputError, declare

RECORD_FILE = "objects.json"
RECORD_SCHEMA: Final = "groundglass/objects/1"
BAD_OBJECTS_RECORD = declare("BAD_OBJECTS_RECORD", "The record of an earlier run, objects.json, cannot be read.")


@dataclass(frozen=True, slots=True)
class WrittenObject:
    """One object as it was written.

    Attributes
    ----------
    role : str
        The series it belongs to.
    sop_class, sop_uid, series_uid : str
        Which.
    file : str
        Below the folder of objects.
    sha256 : str
        Of the whole file.
    """

    role: str
    sop_class: str
    sop_uid: str
    series_uid: str
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ObjectsRecord:
    """What one run wrote.

    Attributes
    ----------
    study_uid : str
        StudyInstanceUID: objects of one study never take back those of another.
    content : str
        Digest of everything the objects say but their times.
    generation : int
        1 for the first run of a study into its folder; one more for each that replaced another.
    started, made : datetime
        Times that stand in the objects.
    objects : tuple of WrittenObject
        What was written.
    replaced : tuple of WrittenObject
        What earlier generations wrote, rejection notes left out.
    """

    study_uid: str
    content: str
    generation: int
    started: datetime
    made: datetime
    objects: tuple[WrittenObject, ...]
    replaced: tuple[WrittenObject, ...] = ()

    def superseded(self) -> tuple[WrittenObject, ...]:
        """Return what a new generation has to take back."""
        return (*self.replaced, *(one for one in self.objects if one.role != "rejection"))


def records_json(records: Iterable[ObjectsRecord]) -> str:
    """Return records as the text of ``objects.json``, one a study."""
    listed = [
        {
            "study_uid": record.study_uid,
            "content": record.content,
            "generation": record.generation,
            "started": record.started.isoformat(timespec="seconds"),
            "made": record.made.isoformat(timespec="seconds"),
            "objects": [asdict(one) for one in record.objects],
            "replaced": [asdict(one) for one in record.replaced],
        }
        for record in records
    ]
    return json.dumps({"schema": RECORD_SCHEMA, "records": listed}, indent=1) + "\n"


def read_records(folder: Path) -> dict[str, ObjectsRecord]:
    """Return the records in a folder of results by StudyInstanceUID; empty where there are none.

    Raises
    ------
    InputError
        ``BAD_OBJECTS_RECORD``: without them, UIDs could be given twice and replaced objects would not be taken back.
    """
    path = folder / RECORD_FILE
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != RECORD_SCHEMA:
            raise ValueError("another schema")
        records = [_record(one) for one in data["records"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as reason:
        raise InputError(
            BAD_OBJECTS_RECORD,
            what="the record of an earlier run cannot be read",
            where=RECORD_FILE,
            todo="restore it, or remove it together with the dicom folder if none of those objects was ever sent",
        ) from reason
    return {record.study_uid: record for record in records}


def _record(data: dict[str, Any]) -> ObjectsRecord:
    return ObjectsRecord(
        study_uid=_text(data["study_uid"]),
        content=_text(data["content"]),
        generation=int(data["generation"]),
        started=datetime.fromisoformat(data["started"]),
        made=datetime.fromisoformat(data["made"]),
        objects=tuple(_written(one) for one in data["objects"]),
        replaced=tuple(_written(one) for one in data["replaced"]),
    )


def _written(data: dict[str, Any]) -> WrittenObject:
    return WrittenObject(**{field.name: _text(data[field.name]) for field in fields(WrittenObject)})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is wanted")
    return value
