"""``groundglass dataset validate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

_FOUND = 3
_DEFECT = 1


def validate(
    folder: Annotated[Path, Parameter(name="DIR")],
    /,
    *,
    layout: Literal["auto", "mosmed", "nnunet", "bids", "pairs"] = "auto",
    page: Path | None = None,
    lang: Literal["en", "ru"] = "en",
    jobs: int = 2,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Check a data set: structure, tables, pictures, masks, doubles, parts, identity.

    Each finding is an error or a warning. Exit code 3 when there are errors, 1 when a check itself
    broke down.

    Parameters
    ----------
    folder : Path
        Of the set.
    layout : {"auto", "mosmed", "nnunet", "bids", "pairs"}
        How its files lie.
    page : Path
        Write what was found as an HTML page too.
    lang : {"en", "ru"}
        Language of messages and page.
    jobs : int
        Worker processes.
    json : bool
        Print everything that was found as one JSON object.
    """
    import json as json_text
    import sys

    from groundglass.datasets import validation
    from groundglass.errors import UsageError
    from groundglass.report.files import write_whole

    if jobs < 1:
        raise UsageError("USAGE", what=f"{jobs} worker processes", where="--jobs", todo="give 1 or more")
    with _progress() as progress:
        found = validation.validate(folder, layout=layout, processes=jobs, on_progress=progress)
    if page is not None:
        write_whole(page, validation.page(found, lang).encode("utf-8", "replace"))
    if json:
        report = validation.report_of(found, lang)
        sys.stdout.write(json_text.dumps(report, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(validation.lines_of(found, lang)) + "\n")
    if any(each.code == "CHECK_FAILED" for each in found.findings):
        return _DEFECT
    return _FOUND if found.errors else 0


def _progress() -> Any:
    """Return a context that gives a function to call with studies done and of all."""
    from groundglass.cli.deidentify import _progress as bar

    return bar()
