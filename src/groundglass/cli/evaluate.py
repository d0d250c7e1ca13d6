"""``groundglass evaluate``: how accurate the analysis is, on labelled data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groundglass.datasets.assessment import Assessment, AssessmentOptions, CtRecord, Table

STORED, RECORDS = "stored", "records"
NAMED_AT_MOST = 20
"""CTs named in the closing error; each has a line of its own above it."""
WIDTH_IN_FILES = 160
"""Columns of the tables where they go to a file or a pipe, so that no figure is broken over lines."""


def analysis(
    labelled: Annotated[str, Parameter(name="SET")],
    folder: Annotated[Path | None, Parameter(name="DIR")] = None,
    /,
    *,
    out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None,
    contaminated: Annotated[bool, Parameter(negative=())] = False,
    engine: Literal["learned", "classical"] = "learned",
    networks: Annotated[list[Path] | None, Parameter(name="--network", negative=())] = None,
    tuned_on_fold: int | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
    markdown: Path | None = None,
    overwrite: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Run the analysis over a labelled data set and print how accurate it is, with intervals by patient.

    Parameters
    ----------
    labelled : str
        Layout of the data set: auto tells it from the folder; stored prints the records that ship with groundglass, and
        records those in DIR, without measuring anything.
    folder : Path
        Folder of the data set.
    out : Path
        Folder for a record of each CT, written as it ends; a second run goes on from there.
    contaminated : bool
        Measure CTs that the network was trained on, and count them apart, instead of refusing them.
    engine : {"learned", "classical"}
        learned: the network that ships, guarded by classical analysis; classical: that alone.
    networks : list of Path
        ONNX file that measures instead of the network that ships; given several times, such as one a fold, each CT is
        measured by the first that was not trained on it.
    tuned_on_fold : int
        Fold on which choices of design were made; shown apart.
    json : bool
        One JSON object a table and line.
    markdown : Path
        Also write the tables as a page of Markdown to this file, reliability diagrams beside it.
    overwrite : bool
        Replace an earlier page.
    """
    from groundglass.errors import OUTPUT_EXISTS, InputError

    if markdown is not None and markdown.exists() and not overwrite:
        raise InputError(
            OUTPUT_EXISTS,
            what="the page is there already",
            where=markdown.name,
            todo="give --overwrite or another name",
        )
    if labelled == STORED:
        return _print_stored(as_json=json, page=markdown)
    if folder is None:
        raise _usage("DIR is missing", "name the folder of the data set")
    if labelled == RECORDS:
        from groundglass.datasets.assessment import read_folder

        _print_pages([("Accuracy of the analysis", "", read_folder(folder))], as_json=json, page=markdown)
        return 0
    from groundglass.datasets.assessment import AssessmentOptions
    from groundglass.settings import load_settings

    options = AssessmentOptions(
        out=out,
        contaminated=contaminated,
        engine=engine,
        networks=tuple(networks or ()),
        tuned_on_fold=tuned_on_fold,
        settings=load_settings(),
    )
    return _measure(labelled, folder, options, as_json=json, page=markdown)


def _measure(layout: str, folder: Path, options: AssessmentOptions, *, as_json: bool, page: Path | None) -> int:
    import sys

    from groundglass.cli.analyze import ProgressBars
    from groundglass.datasets.assessment import assess
    from groundglass.datasets.formats import open_set

    opened = open_set(folder, layout)
    with ProgressBars() as progress:
        done = assess(opened, options, on_event=lambda name, k, n: progress(name, "measured" if name else "done", k, n))
    if done.reused:
        sys.stderr.write(f"{done.reused} of {len(opened)} CTs were measured in an earlier run\n")
    for name, error in done.failures:
        sys.stderr.write(f"{name}: {error.line()}\n")
    if done.records:
        _print_pages([("Accuracy of the analysis", "", done.records)], as_json=as_json, page=page)
    if done.failures:
        raise _failed(done)
    return 0


def _failed(done: Assessment) -> Exception:
    from groundglass.datasets.assessment import TRAINED_ON
    from groundglass.errors import InputError

    if len(done.failures) == 1 and not done.records:
        return done.failures[0][1]
    total = len(done.failures) + len(done.records)
    seen = [name for name, error in done.failures if error.code == TRAINED_ON]
    if len(seen) == len(done.failures):
        return InputError(
            TRAINED_ON,
            what=f"{len(seen)} of {total} CTs were trained on: {_some(seen)}",
            where="the data set",
            todo="leave them out, or give --contaminated to count them apart; the others are measured",
        )
    named = _some([f"{name} ({error.code})" for name, error in done.failures])
    return InputError(
        "CTS_FAILED",
        what=f"{len(done.failures)} of {total} CTs were not measured: {named}",
        where="the data set",
        todo="see the error of each above; the others are measured",
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _print_stored(*, as_json: bool, page: Path | None) -> int:
    from groundglass.datasets.assessment import stored_records
    from groundglass.errors import InputError

    files = stored_records()
    if not files:
        raise InputError(
            "NO_RECORDS", what="no records ship with this version", where="groundglass", todo="name a data set"
        )
    _print_pages([(kept.title, kept.about, kept.records) for kept in files], as_json=as_json, page=page)
    return 0


def _print_pages(pages: Sequence[tuple[str, str, Sequence[CtRecord]]], *, as_json: bool, page: Path | None) -> None:
    """Print the tables of each (title, about, records); write them all to one page, drawings beside it."""
    import sys

    from groundglass.datasets.assessment import (
        measured_by,
        page_markdown,
        reliability_drawings,
        table_json,
        tables_of,
        write_text,
    )

    made = [
        (title, "\n\n".join(part for part in (about, measured_by(records)) if part), tables_of(records))
        for title, about, records in pages
    ]
    if page is not None:
        texts = []
        for number, ((title, about, tables), (_, _, records)) in enumerate(zip(made, pages, strict=True), start=1):
            stem = page.stem if len(pages) == 1 else f"{page.stem}-{number}"
            drawings = {f"{stem}-{key}.svg": (key, svg) for key, svg in reliability_drawings(records).items()}
            for name, (_, svg) in drawings.items():
                write_text(page.with_name(name), svg)
            names = {key: name for name, (key, _) in drawings.items()}
            texts.append(page_markdown(tables, title=title, about=about, drawings=names))
        write_text(page, "\n".join(texts))
    for title, about, tables in made:
        if as_json:
            sys.stdout.writelines(table_json(table, of=title) + "\n" for table in tables)
        else:
            _show(tables, title, about)


def _show(tables: Sequence[Table], title: str, about: str) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    from groundglass.datasets.assessment import LEGEND
    from groundglass.datasets.assessment.table import cell_text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_IN_FILES)
    for text in (title, about, LEGEND):
        if text:
            console.print(Text(text))
            console.print()
    for table in tables:
        grid = RichTable(title=table.title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
        for place, name in enumerate(table.columns):
            grid.add_column(Text(name), justify="left" if place == 0 else "right", overflow="fold")
        for row in table.rows:
            grid.add_row(*(Text(cell_text(cell)) for cell in row))
        console.print(grid)
        if table.note:
            console.print(Text(table.note))
        console.print()


def _usage(what: str, todo: str) -> Exception:
    from groundglass.errors import UsageError

    return UsageError("USAGE", what=what, where="the command line", todo=todo)
