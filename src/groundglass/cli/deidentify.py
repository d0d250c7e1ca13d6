"""``groundglass deidentify run`` and ``plan``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from groundglass.deidentify.plan import PlannedFile

_FILES_FAILED = 3
_MANY = 20
"""Lines of one kind that are shown; the report has them all."""


def run(
    source: Annotated[Path, Parameter(name="IN")],
    out: Annotated[Path, Parameter(name="OUT")],
    /,
    *,
    profile: Path | None = None,
    project: Path | None = None,
    jobs: int = 2,
    lang: Literal["en", "ru"] = "en",
    overwrite: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Take the identity out of every DICOM file of IN and write them, under names of ours, to OUT.

    A killed run goes on where it stopped when the same command is given again. Exit code 3 when a DICOM file could not
    be cleaned; it is then not in OUT.

    Parameters
    ----------
    source : Path
        Folder, zip or file.
    out : Path
        Folder for the cleaned files, deidentification.json and .html.
    profile : Path
        TOML file of options. Default: the Basic Profile with clean pixels, graphics, descriptors and structured
        content, dates moved; age, sex, size and weight stay.
    project : Path
        Folder that keeps the key and the way back, apart from OUT. Default: one in the user's data folder; made on
        first use.
    jobs : int
        Worker processes.
    lang : {"en", "ru"}
        Language of the page.
    overwrite : bool
        Write into a folder that holds something else.
    json : bool
        Print the report as one JSON object.
    """
    import json as json_text
    import sys

    from groundglass.deidentify.profiles import load_profile
    from groundglass.deidentify.run import deidentify
    from groundglass.report.deidentified import page
    from groundglass.settings import load_settings

    settings = load_settings()
    options = load_profile(profile)
    opened = _project(project, out)
    if project is None:
        sys.stderr.write(f"the key and the way back lie in {opened.folder}\n")
    with _progress() as progress:
        done = deidentify(
            [source],
            out,
            project=opened,
            profile=options,
            processes=_at_least_one(jobs),
            overwrite=overwrite,
            memory_bytes=int(settings.worker_memory_gib * 2**30),
            page=lambda report: page(report, lang),
            on_progress=progress,
        )
    if json:
        sys.stdout.write(json_text.dumps(done.report, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(_summary(done.report, done.resumed)) + "\n")
    return _FILES_FAILED if done.failed else 0


def plan(
    source: Annotated[Path, Parameter(name="IN")],
    /,
    *,
    profile: Path | None = None,
    jobs: int = 2,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Print the planned action for each element of each file; nothing is written and no value is shown.

    Parameters
    ----------
    source : Path
        Folder, zip or file.
    profile : Path
        TOML file of options.
    jobs : int
        Worker processes.
    json : bool
        One JSON object a file and line. Else files with the same plan are shown together.
    """
    import json as json_text
    import sys

    from groundglass.deidentify.plan import plan as planned
    from groundglass.deidentify.profiles import load_profile
    from groundglass.phrases import Notice, say_notice
    from groundglass.settings import load_settings

    notices: list[Notice] = []
    files = planned(
        [source],
        profile=load_profile(profile),
        processes=_at_least_one(jobs),
        memory_bytes=int(load_settings().worker_memory_gib * 2**30),
        notices=notices,
    )
    if json:
        for file in files:
            sys.stdout.write(json_text.dumps(file.row(), ensure_ascii=False) + "\n")
    else:
        for same in _same(list(files)):
            sys.stdout.write("\n".join(_plan_lines(same)) + "\n\n")
    for notice in notices:
        sys.stderr.write(say_notice(notice) + "\n")
    return 0


def _project(folder: Path | None, out: Path) -> Any:
    """Open the project; where it lies is looked at before a key is made there."""
    import os

    from groundglass.deidentify.project import Project, default_folder, require_apart
    from groundglass.settings import load_settings

    require_apart(folder or default_folder(os.environ), out)
    return Project.open(folder, passphrase=load_settings().project_passphrase or None)


def _at_least_one(jobs: int) -> int:
    from groundglass.errors import UsageError

    if jobs < 1:
        raise UsageError("USAGE", what=f"{jobs} worker processes", where="--jobs", todo="give 1 or more")
    return jobs


def _summary(report: Any, resumed: int) -> list[str]:
    counts = report["counts"]
    lines = [
        f"{counts['files_in']} files: {counts['files_out']} written, {counts['dropped']} dropped by rule, "
        f"{counts['failed']} could not be cleaned, {counts['not_dicom']} no DICOM (not copied)"
        + (f"; {resumed} of them done by an earlier run" if resumed else "")
    ]
    lines.append("actions: " + ", ".join(f"{name} {count}" for name, count in report["actions"].items()))
    if report["blanked"]:
        lines.append(f"text blanked in the pictures of {len(report['blanked'])} files")
    dropped: dict[tuple[str, str], int] = {}
    for row in report["dropped"]:
        key = (row["kind"], row["reason"])
        dropped[key] = dropped.get(key, 0) + 1
    lines += [f"dropped: {count} x {kind} ({reason})" for (kind, reason), count in sorted(dropped.items())]
    needs = report["needs_person"]
    lines += [f"needs a person: {row.get('file', row.get('label'))}: {row['message']}" for row in needs[:_MANY]]
    if len(needs) > _MANY:
        lines.append(f"needs a person: {len(needs) - _MANY} more, see deidentification.json")
    lines.append("now run: groundglass deidentify verify IN OUT")
    return lines


def _same(files: Sequence[PlannedFile]) -> list[list[PlannedFile]]:
    groups: dict[str, list[PlannedFile]] = {}
    for file in files:
        key = repr((file.outcome, file.kind, file.reason, file.elements, file.remarks))
        groups.setdefault(key, []).append(file)
    return list(groups.values())


def _plan_lines(files: Sequence[PlannedFile]) -> list[str]:
    first = files[0]
    more = f" and {len(files) - 1} more files" if len(files) > 1 else ""
    lines = [f"{first.label}{more}: {first.kind or 'no object'}, {first.outcome} {first.reason}".rstrip()]
    for row in first.elements:
        path = "".join(f"{part} > " for part in row["path"].split("/") if part)
        source = " ".join(part for part in (row["rule"], row["code"]) if part)
        times = f" x {row['count']}" if row["count"] > 1 else ""
        mark = "*" if row["changed"] else " "
        lines.append(f"  {mark} {row['tag']} {row['action']:<9} {source:<12} {path}{row['name'] or '(no name)'}{times}")
    lines += [f"    needs a person: {code}" for code in first.remarks]
    return lines


def _progress() -> Any:
    """Return a context that gives a function to call with files done and of all: a bar on a terminal, else nothing."""
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
            task = shown.add_task("files", total=None)
            yield lambda done, total: shown.update(task, completed=done, total=total)

    return bar()
