"""``groundglass dose``: radiation dose of studies, from their dose reports and captures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from groundglass.dicom.dose import DoseReading


def dose(
    paths: Annotated[list[Path], Parameter(name="PATH", negative=())],
    /,
    *,
    factors: str | None = None,
    levels: Path | None = None,
    lang: Literal["en", "ru"] = "en",
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Print the radiation dose of every study: each irradiation with CTDIvol, DLP and effective dose, and sums.

    Parameters
    ----------
    paths : list of Path
        Folders, zips or files; dose reports and dose captures among them are read.
    factors : str
        Table of conversion factors k: mu-2944-11, icrp-102 or icrp-103. Default: the setting dose_factors.
    levels : Path
        TOML or JSON file of diagnostic reference levels. Default: the setting dose_levels; none without either.
    lang : {"en", "ru"}
        Language of the words.
    json : bool
        One JSON object a study and line.
    """
    import json as json_text
    import sys

    from groundglass.dicom.dose import find_doses, read_levels
    from groundglass.phrases import say_notice
    from groundglass.settings import load_settings

    settings = load_settings()
    source = levels or (Path(settings.dose_levels) if settings.dose_levels else None)
    readings, notices = find_doses(
        paths,
        factors=factors or settings.dose_factors,
        levels=read_levels(source) if source is not None else None,
    )
    for reading in readings:
        row = _row(reading, lang)
        text = (
            json_text.dumps(row, ensure_ascii=False, allow_nan=False) if json else "\n".join(_lines(row, lang)) + "\n"
        )
        sys.stdout.write(text + "\n")
    for notice in notices:
        sys.stderr.write(say_notice(notice, lang) + "\n")
    return 0


def _row(reading: DoseReading, lang: Literal["en", "ru"]) -> dict[str, Any]:
    from dataclasses import asdict

    from groundglass.dicom.dose.regions import region_name

    section = reading.section(lang)
    table = reading.factors
    used = {(event.region, event.k) for event in section.events if event.k is not None}
    rows = [
        {"region": region_name(row.region), "k": row.k, "phantom_cm": row.phantom_cm, "source": row.source}
        for row in table.rows
        if (region_name(row.region), row.k) in used
    ]
    return {
        "study_uid": reading.study_uid,
        "events": [asdict(event) for event in section.events],
        "total": asdict(section.total),
        "factors": {
            "name": table.name,
            "version": table.version,
            "rows": rows,
        },
        "note": section.note,
        "warnings": [asdict(warning) for warning in section.warnings],
    }


def _lines(row: dict[str, Any], lang: Literal["en", "ru"]) -> list[str]:
    from groundglass.phrases import say
    from groundglass.phrases.dose import region_words

    def figure(value: float | None, digits: int) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    heads = [
        say(f"dose_column_{name}", lang) for name in ("number", "region", "ctdivol", "phantom", "dlp", "k", "effective")
    ]
    cells = [
        [
            str(number),
            region_words(event["region"], lang),
            figure(event["ctdivol_mgy"], 2),
            figure(event["phantom_cm"], 0),
            figure(event["dlp_mgy_cm"], 2),
            figure(event["k"], 4),
            figure(event["effective_msv"], 2),
        ]
        for number, event in enumerate(row["events"], 1)
    ]
    total = row["total"]
    cells.append(
        ["", say("dose_sum", lang), "", "", figure(total["dlp_mgy_cm"], 2), "", figure(total["effective_msv"], 2)]
    )
    widths = [max(len(line[column]) for line in (heads, *cells)) for column in range(len(heads))]
    lines = [say("dose_study", lang, uid=row["study_uid"] or "-")]
    for line in (heads, *cells):
        padded = [
            text.ljust(w) if column == 1 else text.rjust(w)
            for column, (text, w) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    lines += [
        say("dose_factors_used", lang, title=f"{row['factors']['name']} ({row['factors']['version']})"),
        row["note"],
    ]
    lines += [f"! {warning['message']}" for warning in row["warnings"]]
    return lines
