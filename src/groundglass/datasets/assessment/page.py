"""Every table that records can fill, in the order of the accuracy page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from groundglass.datasets.assessment.case_tables import (
    case_table,
    data_table,
    grade_table,
    normal_table,
    slice_table,
    study_table,
)
from groundglass.datasets.assessment.lesion_tables import (
    interval_table,
    lesion_table,
    lesionwise_table,
    lung_table,
    percent_table,
)
from groundglass.datasets.assessment.made_tables import phantom_table, synthetic_table
from groundglass.datasets.assessment.mosmed_tables import mosmed_tables
from groundglass.datasets.assessment.record import CtRecord
from groundglass.datasets.assessment.reliability import reliabilities, reliability_svg, reliability_table
from groundglass.datasets.assessment.table import Table, markdown

REAL_TABLES = (
    data_table,
    lesion_table,
    percent_table,
    interval_table,
    lesionwise_table,
    lung_table,
    slice_table,
    study_table,
    normal_table,
    grade_table,
)
"""In the order in which they are printed."""
LEGEND = (
    "n counts CTs unless it says otherwise. In brackets: 95 % intervals, from drawing patients with replacement unless "
    "a table says otherwise; fewer than three patients give none."
)
"""Stands above the tables."""


def measured_by(records: Sequence[CtRecord]) -> str:
    """Return one sentence on what measured the CTs: engines, version, networks.

    Parameters
    ----------
    records : sequence of CtRecord
        In any order.
    """
    versions = sorted({record.engine.version for record in records})
    methods = sorted({record.engine.method for record in records})
    models = sorted({f"{model.name} {model.sha256[:12]}" for record in records for model in record.engine.models})
    networks = f", networks {', '.join(models)}" if models else ""
    return f"Measured by groundglass {', '.join(versions)}, engine {', '.join(methods)}{networks}."


def tables_of(records: Sequence[CtRecord], *, each_ct: bool = True) -> tuple[Table, ...]:
    """Return every table that the records can fill: real CTs, synthetic lesions, phantoms, never mixed.

    Parameters
    ----------
    records : sequence of CtRecord
        In any order.
    each_ct : bool
        Also a table with a row a CT.
    """
    worlds: dict[str, list[CtRecord]] = {"real": [], "synthetic": [], "phantom": []}
    for record in records:
        worlds[record.world].append(record)
    found: list[Table | None] = [make(worlds["real"]) for make in REAL_TABLES]
    found += [reliability_table(row) for row in reliabilities(worlds["real"])]
    found += mosmed_tables(worlds["real"])
    found.append(synthetic_table(worlds["synthetic"]))
    found.append(phantom_table(worlds["phantom"]))
    if each_ct:
        for world, title in (("real", ""), ("synthetic", ", synthetic lesions"), ("phantom", ", phantoms")):
            table = case_table(worlds[world])
            found.append(table and replace(table, key=f"cts-{world}", title=table.title + title))
    return tuple(table for table in found if table is not None)


def reliability_drawings(records: Sequence[CtRecord]) -> dict[str, str]:
    """Return the reliability diagrams of real CTs as SVG, by the key of the table they belong to.

    Parameters
    ----------
    records : sequence of CtRecord
        In any order.
    """
    real = [record for record in records if record.world == "real"]
    return {row.key: reliability_svg(row) for row in reliabilities(real)}


def page_markdown(
    tables: Sequence[Table], *, title: str = "", about: str = "", drawings: Mapping[str, str] | None = None
) -> str:
    """Return tables as a page of Markdown.

    Parameters
    ----------
    tables : sequence of Table
        In their order.
    title, about : str
        Heading of the page, and what stands below it.
    drawings : mapping of str to str
        File name of the drawing that goes with a table, by the table's key.
    """
    shown = []
    for table in tables:
        name = (drawings or {}).get(table.key)
        picture = f"![{table.title}]({name})" if name else ""
        shown.append(replace(table, note="\n\n".join(part for part in (table.note, picture) if part)))
    return markdown(shown, title=title, about="\n\n".join(part for part in (about, LEGEND) if part))
