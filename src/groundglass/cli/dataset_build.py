"""``groundglass dataset build``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from groundglass.datasets.building import Built, LeftOut

_MANY = 20
"""Lines of one kind that are shown; --json has them all."""
_SHOWN = 3
"""Studies named behind a remark."""


def build(
    recipe: Annotated[Path, Parameter(name="RECIPE")],
    /,
    *,
    out: Annotated[Path, Parameter(name=["--out", "-o"])],
    project: Path | None = None,
    jobs: int = 2,
    plan: Annotated[bool, Parameter(negative=())] = False,
    lang: Literal["en", "ru"] = "en",
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Make a version of a data set in OUT/NAME-VERSION: chosen, de-identified, converted, described.

    A killed build goes on where it stopped when the same command is given again. A version that is there is never
    changed. A study that cannot be read or converted falls out, and the funnel counts it.

    Parameters
    ----------
    recipe : Path
        YAML or JSON file that says from which studies and how.
    out : Path
        Folder of all versions.
    project : Path
        Folder that keeps the key and the way back, apart from OUT and the sources. Default: the recipe's, else one in
        the user's data folder; made on first use.
    jobs : int
        Worker processes.
    plan : bool
        Only choose the studies and print the funnel; nothing is written.
    lang : {"en", "ru"}
        Language of what is printed.
    json : bool
        Print one JSON object.
    """
    import json as json_text
    import os
    import sys

    from groundglass.datasets.building import build as build_set
    from groundglass.datasets.building import chosen
    from groundglass.datasets.recipe.reading import read_recipe
    from groundglass.deidentify.project import Project, default_folder, require_apart
    from groundglass.phrases import say, say_notice
    from groundglass.settings import load_settings

    if jobs < 1:
        raise _usage(f"{jobs} worker processes")
    settings = load_settings()
    given = read_recipe(recipe)
    folder = project or given.project or default_folder(os.environ)
    require_apart(folder, out, *(rule.path for rule in given.sources))
    opened = Project.open(folder, passphrase=settings.project_passphrase or None)
    if project is None and given.project is None:
        sys.stderr.write(f"the key and the way back lie in {opened.folder}\n")
    if plan:
        choice = chosen(given, out, project=opened)
        for notice in choice.notices:
            sys.stderr.write(say_notice(notice, lang) + "\n")
        _tell_left_out(choice.left_out)
        row = {"funnel": choice.funnel.rows(), "left_out": _left_out(choice.left_out)}
        text = json_text.dumps(row, ensure_ascii=False, indent=1)
        sys.stdout.write((text if json else "\n".join(_steps(choice.funnel, lang))) + "\n")
        return 0
    with _progress() as progress:
        built = build_set(
            given,
            out,
            project=opened,
            processes=jobs,
            memory_bytes=int(settings.worker_memory_gib * 2**30),
            timeout_s=settings.study_timeout_s,
            on_progress=progress,
        )
    for notice in built.notices:
        sys.stderr.write(say_notice(notice, lang) + "\n")
    for remark in built.remarks:
        example, count = say_notice(remark.notice, lang), len(remark.labels)
        sys.stderr.write(f"{say('dataset_remark', lang, count=count, example=example)} ({_some(remark.labels)})\n")
    _tell_left_out(built.left_out)
    if json:
        sys.stdout.write(json_text.dumps(_row(built), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(built, lang)) + "\n")
    return 0


def _usage(what: str) -> Exception:
    from groundglass.errors import UsageError

    return UsageError("USAGE", what=what, where="--jobs", todo="give 1 or more")


def _row(built: Built) -> dict[str, Any]:
    from groundglass.phrases import say_notice

    return {
        "folder": built.folder.as_posix(),
        "studies": len(built.members),
        "patients": len({member.patient_id for member in built.members}),
        "resumed": built.resumed,
        "unchanged": built.unchanged,
        "fingerprint": built.fingerprint,
        "funnel": built.funnel.rows(),
        "notices": [{"code": notice.code, "message": say_notice(notice)} for notice in built.notices],
        "remarks": [
            {"code": each.notice.code, "example": say_notice(each.notice), "studies": list(each.labels)}
            for each in built.remarks
        ],
        "left_out": _left_out(built.left_out),
    }


def _left_out(studies: Sequence[LeftOut]) -> list[dict[str, str]]:
    return [{"study": each.label, "code": each.code, "message": each.message} for each in studies]


def _tell_left_out(studies: Sequence[LeftOut]) -> None:
    import sys

    for each in studies[:_MANY]:
        sys.stderr.write(f"left out {each.label}: {each.code}: {each.message}\n")
    if len(studies) > _MANY:
        sys.stderr.write(f"and {len(studies) - _MANY} more, see --json\n")


def _some(labels: Sequence[str]) -> str:
    more = len(labels) - _SHOWN
    return ", ".join(labels[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _steps(funnel: Any, language: Literal["en", "ru"]) -> list[str]:
    from groundglass.phrases import say

    lines = [f"{say('dataset_left', language):>10} {say('dataset_out', language):>10}"]
    for step in funnel.steps:
        reasons = ", ".join(f"{code} {count}" for code, count in sorted(step.reasons.items()))
        words = say(f"funnel_{step.code}", language, **step.values)
        lines.append(
            f"{step.studies_left:>7} {-step.studies_out or '':>7}  {words}{f' ({reasons})' if reasons else ''}"
        )
    return lines


def _lines(built: Built, language: Literal["en", "ru"]) -> list[str]:
    from groundglass.phrases import say

    if built.unchanged:
        return [say("dataset_unchanged", language, folder=built.folder.as_posix())]
    lines = _steps(built.funnel, language)
    lines.append(
        say(
            "dataset_built",
            language,
            studies=len(built.members),
            patients=len({member.patient_id for member in built.members}),
            folder=built.folder.as_posix(),
        )
    )
    if built.resumed:
        lines.append(say("dataset_resumed", language, count=built.resumed))
    lines.append(f"SHA256SUMS {built.fingerprint}")
    lines.append(say("dataset_next", language, folder=built.folder.as_posix()))
    return lines


def _progress() -> Any:
    """Return a context that gives a function to call with the stage: a bar on a terminal, else nothing."""
    import contextlib
    import sys
    from collections.abc import Iterator

    @contextlib.contextmanager
    def bar() -> Iterator[Callable[[str, int, int], None] | None]:
        if not sys.stderr.isatty():
            yield None
            return
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as shown:
            task = shown.add_task("gathering", total=None)
            yield lambda stage, done, total: shown.update(task, description=stage, completed=done, total=total or None)

    return bar()
