"""The report of one study as HTML and PDF, in English or Russian."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundglass.report.html import write_html
    from groundglass.report.page import ReportPage
    from groundglass.report.pdf import write_pdf

_HOME = {
    "ReportPage": "groundglass.report.page",
    "write_html": "groundglass.report.html",
    "write_pdf": "groundglass.report.pdf",
}

__all__ = ["ReportPage", "write_html", "write_pdf"]


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: the page of another report needs none of the analysis."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'groundglass.report' has no attribute {name!r}")
