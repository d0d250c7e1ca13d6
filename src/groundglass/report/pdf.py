"""The report as PDF, typeset by Typst from a fixed template and data; nothing is ever pasted into markup."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from groundglass.errors import InternalError, declare
from groundglass.report.content import document_of
from groundglass.report.document import Document
from groundglass.report.files import TEMPLATES, write_whole
from groundglass.report.page import ReportPage
from groundglass.report.wording import breakable

_TEMPLATE = "report.typ"
REPORT_NOT_TYPESET = declare("REPORT_NOT_TYPESET", "The PDF report could not be typeset: a defect of groundglass.")


def write_pdf(path: Path, page: ReportPage) -> None:
    """Write the report as PDF, whole or not at all.

    Parameters
    ----------
    path : Path
        Where to; an existing file is replaced.
    page : ReportPage
        What was measured and drawn.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED`` if the file cannot be written.
    InternalError
        ``REPORT_NOT_TYPESET`` if the template fails.
    """
    write_whole(path, render_pdf(document_of(page)))


def render_pdf(document: Document) -> bytes:
    """Return the PDF bytes of a report.

    Raises
    ------
    InternalError
        ``REPORT_NOT_TYPESET`` if the template fails.
    """
    import typst

    data = _plain(asdict(document))
    with tempfile.TemporaryDirectory(prefix="groundglass-report-") as folder:
        root = Path(folder)
        (root / _TEMPLATE).write_bytes((TEMPLATES / _TEMPLATE).read_bytes())
        for gallery, drawn in zip(data["galleries"], document.galleries, strict=True):
            for entry, figure in zip(gallery["figures"], drawn.figures, strict=True):
                del entry["data"]
                (root / figure.file).write_bytes(figure.data)
        # The words travel in memory: the patient line is never written to the temporary folder.
        inputs = {"data": json.dumps(data, ensure_ascii=True)}
        try:
            made = typst.compile(str(root / _TEMPLATE), root=folder, format="pdf", sys_inputs=inputs)
        except RuntimeError as error:  # TypstError is one; others come from the compiler's own file access
            raise InternalError(
                REPORT_NOT_TYPESET,
                what="the PDF report could not be typeset",
                where="report.pdf",
                todo="use report.html, and report this as a defect of groundglass",
            ) from error
    return bytes(made)


def _plain(value: Any) -> Any:
    """Give every string places to break, and leave pictures out of reach of JSON."""
    if isinstance(value, str):
        return breakable(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
