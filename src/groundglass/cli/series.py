"""``groundglass series``: every series, and why it is or is not the one to grade."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from groundglass.dicom.series import SeriesEntry, StudyEntry


def series(
    paths: Annotated[list[Path], Parameter(name="PATH", negative=())],
    /,
    *,
    lang: Literal["en", "ru"] = "en",
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Print every series with the reason why it is or is not the one to grade.

    Parameters
    ----------
    paths : list of Path
        Folders or zips of DICOM, or DICOM files.
    lang : {"en", "ru"}
        Language of the reasons.
    json : bool
        One JSON object a series and line.
    """
    import json as json_text
    import sys

    from groundglass.dicom.series import scan
    from groundglass.errors import InputError
    from groundglass.phrases import say_notice
    from groundglass.pipeline.study import is_nifti

    volumes = [path for path in paths if is_nifti(path)]
    for number, _ in enumerate(volumes, 1):
        sys.stdout.write(_nifti_line(number, as_json=json))
    others = [path for path in paths if not is_nifti(path)]
    if volumes and not others:
        return 0
    found = scan(others)
    for study in found.studies:
        if not json:
            sys.stdout.write(f"{study.study_id}\n")
        for entry in study.series:
            row = _row(study, entry, lang)
            if json:
                sys.stdout.write(json_text.dumps(row, ensure_ascii=False) + "\n")
            else:
                sys.stdout.write("\n".join(_lines(row)) + "\n")
    for notice in found.notices:
        sys.stderr.write(say_notice(notice, lang) + "\n")
    if not found.studies:
        raise InputError(
            "NO_STUDY", what="no DICOM image was found", where="the paths given", todo="give a folder or zip of DICOM"
        )
    return 0


def _nifti_line(number: int, *, as_json: bool) -> str:
    import json as json_text

    text = "a NIfTI volume is one series and is graded as it is"
    if as_json:
        return (
            json_text.dumps({"input": number, "role": "nifti", "usable": True, "chosen": True, "reasons": [text]})
            + "\n"
        )
    return f"-> input {number}  {text}\n"


def _row(study: StudyEntry, entry: SeriesEntry, lang: Literal["en", "ru"]) -> dict[str, Any]:
    from groundglass.phrases import say_notice

    reasons = [{"code": notice.code, "message": say_notice(notice, lang)} for notice in entry.reasons]
    if entry.error is not None and all(reason["code"].upper() != entry.error.code for reason in reasons):
        reasons.append({"code": entry.error.code, "message": f"{entry.error.what}; {entry.error.todo}"})
    return {
        "study_id": study.study_id,
        "series_id": entry.series_id,
        "study_uid": entry.study_uid,
        "series_uid": entry.series_uid,
        "modality": entry.modality,
        "description": entry.description,
        "kernel": entry.kernel,
        "slices": entry.slices,
        "spacing_mm": list(entry.spacing_mm) if entry.spacing_mm else None,
        "role": entry.role,
        "usable": entry.usable,
        "chosen": entry.chosen,
        "reasons": reasons,
    }


def _lines(row: dict[str, Any]) -> list[str]:
    mark = "->" if row["chosen"] else "  "
    spacing = " x ".join(f"{side:.2f}" for side in row["spacing_mm"]) + " mm" if row["spacing_mm"] else "no spacing"
    facts = [row["modality"] or "?", row["role"], f"{row['slices']} slices", spacing, row["kernel"] or "no kernel"]
    return [
        f"{mark} {row['series_id']}  "
        + ", ".join(str(fact) for fact in facts)
        + f"  {row['description'] or ''}".rstrip(),
        *(f"       {reason['message']}" for reason in row["reasons"]),
    ]
