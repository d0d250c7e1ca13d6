"""``groundglass dataset describe``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from groundglass.datasets.describing import Described
    from groundglass.datasets.statistics import Statistics

WIDTH_IN_FILES = 140
"""Columns of the tables where they go to a file or a pipe."""


def describe(
    folder: Annotated[Path, Parameter(name="DIR")],
    /,
    *,
    layout: Literal["auto", "mosmed", "nnunet", "bids", "pairs"] = "auto",
    lang: Literal["en", "ru"] = "en",
    figures: Path | None = None,
    measure: Annotated[bool, Parameter(negative=())] = False,
    jobs: int = 2,
    overwrite: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Print statistics and card of a data set, made by groundglass or by anybody.

    What its tables do not tell is measured: slices and spacing from the headers of pictures, volumes from masks. A
    damaged set is described as far as it goes; groundglass dataset validate names what is wrong with it.

    Parameters
    ----------
    folder : Path
        Folder of one version of a data set.
    layout : {"auto", "mosmed", "nnunet", "bids", "pairs"}
        How its files lie; auto tells it from them.
    lang : {"en", "ru"}
        Language of tables, figures and warnings.
    figures : Path
        Folder for the figures as SVG; needs groundglass[datasets].
    measure : bool
        Measure headers and masks again though tables tell their numbers.
    jobs : int
        Files read at once.
    overwrite : bool
        Replace figures that are there.
    json : bool
        Print one JSON object.
    """
    import json as json_text
    import sys

    from groundglass.datasets.describing import describe as described_of
    from groundglass.errors import UsageError
    from groundglass.phrases import say_notice

    if jobs < 1:
        raise UsageError("USAGE", what=f"{jobs} files at once", where="--jobs", todo="give 1 or more")
    if figures is not None:
        _require_free(figures, overwrite=overwrite)
    with _progress() as progress:
        found = described_of(folder, layout=layout, measure=measure, threads=jobs, on_progress=progress, language=lang)
    if figures is not None:
        _draw(found.statistics, figures, lang)
    if json:
        sys.stdout.write(json_text.dumps(found.to_json(lang), ensure_ascii=False, indent=1) + "\n")
    else:
        _show(found, lang)
    sys.stdout.flush()
    for notice in found.notices:
        sys.stderr.write(say_notice(notice, lang) + "\n")
    return 0


def _require_free(folder: Path, *, overwrite: bool) -> None:
    from groundglass.errors import OUTPUT_EXISTS, InputError

    if not overwrite and folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        todo = "give --overwrite or another folder"
        raise InputError(OUTPUT_EXISTS, what="there is something already", where=f"--figures {folder.name}", todo=todo)


def _draw(statistics: Statistics, folder: Path, language: Literal["en", "ru"]) -> None:
    from groundglass.datasets.statistics import figures
    from groundglass.errors import OUTPUT_FAILED, UnavailableError

    made = figures(statistics, language)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in made.items():
            (folder / name).write_bytes(content)
    except OSError as reason:
        raise UnavailableError(
            OUTPUT_FAILED,
            what=f"the figures cannot be written ({reason.strerror or type(reason).__name__})",
            where=f"--figures {folder.name}",
            todo="free space or choose another folder",
        ) from reason


def _show(found: Described, language: Literal["en", "ru"]) -> None:
    import sys

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else WIDTH_IN_FILES)
    for name, text in found.heading(language):
        console.print(Text.assemble((f"{name}: ", "bold"), text), soft_wrap=True)
    for title, header, rows in found.tables(language):
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
        for place, name in enumerate(header):
            table.add_column(Text(name), justify="left" if place == 0 or _wordy(rows, place) else "right")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        with console.capture() as drawn:
            console.print(table)
        lines = (line.rstrip() for line in drawn.get().splitlines())
        console.print(Text(f"\n{title}", style="bold"), soft_wrap=True)
        sys.stdout.write("\n".join(line for line in lines if line) + "\n")


def _wordy(rows: Any, place: int) -> bool:
    """Tell whether a column holds words rather than numbers."""
    return any(sum(char.isalpha() for char in row[place]) > len(row[place]) / 2 for row in rows)


def _progress() -> Any:
    """Return a context that gives a function to call with studies done and of all: a bar on a terminal."""
    import contextlib
    import sys
    from collections.abc import Iterator

    @contextlib.contextmanager
    def bar() -> Iterator[Callable[[int, int], None] | None]:
        if not sys.stderr.isatty():
            yield None
            return
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as shown:
            task = shown.add_task("studies", total=None)
            yield lambda done, total: shown.update(task, completed=done, total=total or None)

    return bar()
