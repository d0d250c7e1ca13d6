"""The report of one study as HTML and PDF, in English or Russian."""

from __future__ import annotations

from groundglass.report.html import write_html
from groundglass.report.page import ReportPage
from groundglass.report.pdf import write_pdf

__all__ = ["ReportPage", "write_html", "write_pdf"]
