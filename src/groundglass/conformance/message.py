"""The notification message beside a result: whether it holds together, and fits the objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from groundglass.conformance.contract import extra_series
from groundglass.conformance.findings import Findings
from groundglass.conformance.sorting import Case, Folder
from groundglass.errors import InputError

MESSAGE_BYTES_AT_MOST = 16 * 1024 * 1024
"""A message holds a report of a page; more is no message."""
MESSAGE_NAME = "notification.json"
_REQUIRED = (
    "seriesIUID",
    "pathologyFlag",
    "norma",
    "confidenceLevel",
    "modelId",
    "modelVersion",
    "report",
    "conclusion",
)
_FLAGS = frozenset({"pathologyFlag", "norma"})
_MAY_BE_NULL = ("confidenceLevel",)
"""Named and null: the method gives no probability, which is no figure left out."""
_TIMES = ("downloadStartDT", "downloadEndDT", "processStartDT", "processEndDT")


def check_message(case: Case, folder: Folder, path: Path, findings: Findings) -> None:
    """Check the notification message, where there is one.

    Parameters
    ----------
    case : Case
        The result.
    folder : Folder
        The files of its path.
    path : Path
        The result's path: a message may lie beside the folder of objects.
    findings : Findings
        Gets the defects.
    """
    messages = [text for source in folder.messages if (text := _text(source.size, source.read))]
    beside = path.parent / MESSAGE_NAME
    if not any(map(_is_message, messages)) and path.is_dir() and beside.is_file():
        messages.append(_text(beside.stat().st_size, beside.read_bytes))
    found = [message for text in messages if (message := _is_message(text)) is not None]
    for message in found:
        _check(case, message, findings)
    if not found and case.profile.message:
        findings.add("N3", "check_no_message", {"kind": case.profile.message})


def _text(size: int, read: Any) -> bytes:
    if size > MESSAGE_BYTES_AT_MOST:
        return b""
    try:
        return bytes(read())
    except (OSError, InputError):
        return b""  # a JSON file that cannot be read is no message; nothing else depends on it


def _is_message(text: bytes) -> dict[str, Any] | None:
    """Return a message: an object that holds ``aiResult``, itself or one level down."""
    try:
        data = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    for level in (data, *(value for value in data.values() if isinstance(value, dict))):
        if isinstance(level.get("aiResult"), dict):
            return {**data, **level}
    return None


def _check(case: Case, message: dict[str, Any], findings: Findings) -> None:
    result = message["aiResult"]
    flag, norm = _truth(result.get("pathologyFlag")), _truth(result.get("norma"))
    # of a study that could not be judged neither is said; then the message tells why
    undecided = flag is None and norm is None and _tells_an_error(message.get("error") or result.get("error"))
    missing = [
        name
        for name in _REQUIRED
        if result.get(name) in (None, "") and not (undecided and name in _FLAGS) and name not in _MAY_BE_NULL
    ]
    missing += [name for name in _MAY_BE_NULL if result.get(name, "") == ""]
    missing += ["studyIUID"] if not message.get("studyIUID") else []
    if missing:
        findings.add("N1", "check_message_lacks", {"count": len(missing)}, {"missing": missing})
    both = flag is not None and flag == norm
    if both or (norm and _tells_an_error(message.get("error")) and isinstance(message["error"], dict)):
        # what could not be judged cannot be announced as normal either
        findings.add("N1", "check_message_flags", {}, {"pathologyFlag": flag, "norma": norm})
    level = result.get("confidenceLevel")
    if level not in (None, "") and not _is_percent(level):
        findings.add("N1", "check_message_level", {}, {"confidenceLevel": "not a number from 0 to 100"})
    times = result.get("dateTimeParams") or message.get("dateTimeParams")
    if isinstance(times, dict):
        said = [str(times[name]) for name in _TIMES if times.get(name)]
        if said != sorted(said):
            findings.add("N1", "check_message_times", {}, {"fields": [name for name in _TIMES if times.get(name)]})
    wrong = []
    study = case.source.loaded.study_uid
    if study and message.get("studyIUID") and message["studyIUID"] != study:
        wrong.append("studyIUID")
    named = result.get("seriesIUID")
    series = set(extra_series(case)) | {found.instance.series_uid for found in case.of("report")}
    listed = named if isinstance(named, list) else [named] if named else []
    if any(str(uid) not in series for uid in listed):
        wrong.append("seriesIUID")
    if wrong:
        findings.add("N2", "check_message_uids", {"fields": ", ".join(wrong)}, {"fields": wrong})


def _tells_an_error(error: object) -> bool:
    """Tell whether a message says why a study was not judged: words, or an object with a category or a code."""
    if isinstance(error, dict):
        return any(str(error.get(name) or "").strip() for name in ("category", "code", "text"))
    return isinstance(error, str) and bool(error.strip())


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        return {
            "true": True,
            "1": True,
            "yes": True,
            "да": True,
            "false": False,
            "0": False,
            "no": False,
            "нет": False,
        }.get(value.strip().casefold())
    return None


def _is_percent(value: object) -> bool:
    if isinstance(value, bool):
        return False
    try:
        return 0 <= float(str(value)) <= 100
    except ValueError:
        return False
