"""The reference page of what ``groundglass dataset validate`` can find."""

from __future__ import annotations

from _markdown import table  # lies beside this script

from groundglass.datasets.findings import FINDINGS
from groundglass.phrases import say


def findings_page() -> str:
    """Return every kind of finding with its severity, what it means and what to do."""
    rows = [
        (f"`{code}`", kind.severity, kind.why, say(f"finding_{code.lower()}_todo")) for code, kind in FINDINGS.items()
    ]
    return f"""# Findings of a data set

What `groundglass dataset validate` can find. An error makes it end with exit code 3. Codes are stable.

{table(["code", "severity", "what it means", "what to do"], rows)}
"""
