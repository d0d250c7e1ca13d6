"""``groundglass check-result``: anyone's result held against its study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from groundglass.conformance.checking import CheckedResult

_DEFECTS_FOUND = 3


def check_result(
    study: Annotated[Path, Parameter(name="STUDY")],
    result: Annotated[Path, Parameter(name="RESULT")],
    /,
    *,
    profile: Literal["default", "moscow"] = "default",
    lang: Literal["en", "ru"] = "en",
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Check any vendor's result against the study it was made from.

    Exit code 3 when defects are found.

    Parameters
    ----------
    study : Path
        Folder, zip or file of the study.
    result : Path
        Folder, zip or file of the result.
    profile : {"default", "moscow"}
        Whose rules.
    lang : {"en", "ru"}
        Language of the messages.
    json : bool
        One JSON object.
    """
    import json as json_text
    import sys

    from groundglass.conformance.checking import check_result as check

    found = check(study, result, profile=profile)
    if json:
        sys.stdout.write(json_text.dumps(found.row(lang), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(found, lang)) + "\n")
    return 0 if found.clean else _DEFECTS_FOUND


def _lines(found: CheckedResult, lang: Literal["en", "ru"]) -> list[str]:
    objects = ", ".join(f"{kind} {count}" for kind, count in found.counts.items()) or "nothing"
    lines = [f"profile {found.profile}; result holds: {objects}"]
    for finding in found.findings:
        lines.append(f"{finding.severity:<8} {finding.code:<3} {finding.message(lang)}")
        lines += [f"             {name}: {_shown(value)}" for name, value in finding.evidence.items()]
    errors = sum(1 for finding in found.findings if finding.severity == "error")
    lines.append("no defects" if found.clean else f"{errors} defects")
    return lines


def _shown(value: Any) -> str:
    """Return evidence on one line; of a list the first few."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    if isinstance(value, list) and value and isinstance(value[0], dict):
        rest = f" ... {len(value)} listed" if len(value) > 3 else ""
        return "; ".join(_shown(each) for each in value[:3]) + rest
    if isinstance(value, list):
        rest = f" ... {len(value)} listed" if len(value) > 6 else ""
        return " ".join(str(each) for each in value[:6]) + rest
    return str(value)
