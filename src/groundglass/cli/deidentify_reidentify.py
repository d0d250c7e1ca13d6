"""``groundglass deidentify reidentify``: who stands behind an id of a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from groundglass.deidentify.project import Answer, Checked, Identity, Project

_TAMPERED = 3
_SOURCES_SHOWN = 10
"""Files named on the screen; --json names all."""


def reidentify(
    ids: Annotated[list[str] | None, Parameter(name="ID", negative=())] = None,
    /,
    *,
    project: Path | None = None,
    reason: str = "",
    check: Annotated[bool, Parameter(negative=())] = False,
    lang: Literal["en", "ru"] = "en",
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Say who stands behind a pseudonym, UID or output file of a project; every call is logged.

    Only with the project's key. Exit code 3 when an id is unknown, or --check finds a table or the log changed.

    Parameters
    ----------
    ids : list of str
        Pseudonyms, study, series and SOP instance UIDs, names of output files or folders.
    project : Path
        Folder of the project. Default: the one in the user's data folder.
    reason : str
        Why the person must be found; goes into the log, so without names. Asked for unless --check stands alone.
    check : bool
        Read all tables and the log and say whether they are as they were written.
    lang : {"en", "ru"}
        Language of the words.
    json : bool
        One JSON object an id and line.
    """
    from groundglass.deidentify.project import Project
    from groundglass.deidentify.project import check as look
    from groundglass.deidentify.project import reidentify as lead_back
    from groundglass.errors import UsageError
    from groundglass.settings import load_settings

    if not ids and not check:
        todo = "give a pseudonym, UID or output file, or --check"
        raise UsageError("USAGE", what="no id is given", where="the command line", todo=todo)
    opened = Project.open(project, load_settings().project_passphrase or None, create=False)
    code = 0
    if ids:
        _tell(lead_back(opened, ids, reason=reason), len(ids), lang, json)
    if check:
        found = look(opened)
        _tell_check(opened, found, lang, json)
        code = 0 if found.whole else _TAMPERED
    return code


def _tell(answer: Answer, asked: int, lang: Literal["en", "ru"], json: bool) -> None:
    import json as json_text
    import sys
    from dataclasses import asdict

    from groundglass.deidentify.project.identity import unknown
    from groundglass.phrases import say

    told: set[str] = set()
    for identity in answer.identities:
        new = identity.pseudonym not in told
        told.add(identity.pseudonym)
        text = json_text.dumps(asdict(identity), ensure_ascii=False) if json else "\n".join(_lines(identity, lang, new))
        sys.stdout.write(text + "\n")
    sys.stdout.flush()
    if answer.log.broken:
        lines = ", ".join(map(str, answer.log.broken))
        sys.stderr.write(say("reid_log_broken", lang, lines=lines) + "\n")
    if answer.unknown:
        raise unknown(answer.unknown, asked)


def _lines(identity: Identity, lang: Literal["en", "ru"], new: bool) -> list[str]:
    from groundglass.phrases import say

    lines = [f"{identity.asked}: {say(f'reid_kind_{identity.kind}', lang)}, {identity.pseudonym}"]
    if new:  # of several ids of one person he is told once
        lines += [f"  {_plain(name)}" for name in identity.names]
    if new and identity.days is not None:
        lines.append(f"  {say('reid_days', lang, days=identity.days)}")
    lines += [f"  {name}: {uid}" for name, uid in identity.uids]
    lines += [f"  {_plain(source)}" for source in identity.sources[:_SOURCES_SHOWN]]
    if len(identity.sources) > _SOURCES_SHOWN:
        lines.append(f"  {say('reid_more', lang, count=len(identity.sources) - _SOURCES_SHOWN)}")
    return lines


def _plain(text: str) -> str:
    """Return text of a source without what could command a terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)


def _tell_check(project: Project, found: Checked, lang: Literal["en", "ru"], json: bool) -> None:
    import json as json_text
    import sys

    from groundglass.phrases import say

    entries = 0 if found.log is None else len(found.log.entries)
    broken = () if found.log is None else found.log.broken
    if json:
        row: dict[str, Any] = {
            "project": project.id,
            "rows": dict(found.rows),
            "log_entries": entries,
            "log_broken": list(broken),
            "errors": [{"code": error.code, "what": error.what, "where": error.where} for error in found.errors],
            "whole": found.whole,
        }
        sys.stdout.write(json_text.dumps(row, ensure_ascii=False) + "\n")
        return
    rows = sum(found.rows.values())
    lines = [say("reid_checked", lang, project=project.id, rows=rows, tables=len(found.rows), entries=entries)]
    lines += [error.line() for error in found.errors]
    if broken:
        lines.append(say("reid_chain_broken", lang, lines=", ".join(map(str, broken))))
    if found.whole:
        lines.append(say("reid_whole", lang))
    sys.stdout.write("\n".join(lines) + "\n")
