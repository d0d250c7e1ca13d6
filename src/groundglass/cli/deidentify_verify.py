"""``groundglass deidentify verify``: the independent proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from groundglass.deidentify.verify import Verified

_FOUND = 3


def verify(
    source: Annotated[Path, Parameter(name="IN")],
    output: Annotated[Path, Parameter(name="OUT")],
    /,
    *,
    planted: Path | None = None,
    project: Path | None = None,
    uids_kept: Annotated[bool, Parameter(negative=())] = False,
    show_values: Annotated[bool, Parameter(negative=())] = False,
    lang: Literal["en", "ru"] = "en",
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Look for everything that IN knows of its patients in OUT, with code that shares nothing with run.

    Exit code 3 when anything is found.

    Parameters
    ----------
    source : Path
        Folder, archive or file that was de-identified.
    output : Path
        What was made of it.
    planted : Path, optional
        Further identifiers to look for: one a line, or CSV with kind,value.
    project : Path, optional
        Project folder, to see that it does not lie under OUT.
    uids_kept : bool
        UIDs were kept on purpose: those of IN are remarks.
    show_values : bool
        Print what was found; without it only the first letter and the length.
    lang : {"en", "ru"}
        Language of the messages.
    json : bool
        One JSON object.
    """
    import json as json_text
    import sys

    from groundglass.deidentify.verify import verify as check

    found = check(source, output, planted=planted, project=project, lang=lang, uids_kept=uids_kept)
    if json:
        sys.stdout.write(json_text.dumps(found.row(values=show_values), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(found, show_values)) + "\n")
    return 0 if found.clean else _FOUND


def _lines(found: Verified, show_values: bool) -> list[str]:
    """Return what a person reads: findings, what was read, what cannot be seen, the sentence last."""
    from groundglass.phrases import say

    lines = []
    for finding in found.findings:
        value = finding.value if show_values else finding.masked
        parts = [finding.file, finding.place, finding.kind, value, finding.encoding]
        more = f" (+{finding.files - 1})" if finding.files > 1 else ""
        lines.append(f"{finding.severity:<8} {finding.code:<4} {'  '.join(p for p in parts if p)}{more}")
        lines.append(f"              {finding.message(found.lang)}")
    lines.append(say("verify_read", found.lang, **found.counts))
    lines.append(say("verify_unseen", found.lang))
    lines.append(found.sentence)
    return lines
