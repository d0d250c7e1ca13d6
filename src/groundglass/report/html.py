"""The report as one HTML file: no script, no font and no picture from elsewhere."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from groundglass.report.document import Document, Figure
from groundglass.report.files import TEMPLATES, write_whole

if TYPE_CHECKING:
    from groundglass.report.page import ReportPage

_PLAIN = re.compile(r"[^A-Za-z0-9 .,_-]")


def write_html(path: Path, page: ReportPage) -> None:
    """Write the report as a self-contained HTML file, whole or not at all.

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
    """
    # imported here: it needs all of the analysis, which other pages made by environment() do not
    from groundglass.report.content import document_of

    write_whole(path, render_html(document_of(page)).encode("utf-8", "replace"))


def render_html(document: Document) -> str:
    """Return the HTML text of a report."""
    return environment().get_template("report.html.j2").render(d=document)


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """Return where templates are rendered: everything escaped, a missing value an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["data_uri"] = _data_uri
    made.filters["css_string"] = _css_string
    return made


def _data_uri(figure: Figure) -> Markup:
    # Markup: base64 holds nothing to escape, and escaping megabytes takes longer than all the rest.
    return Markup(f"data:{figure.media_type};base64,") + Markup(base64.b64encode(figure.data).decode("ascii"))


def _css_string(text: str) -> Markup:
    """Return a CSS string literal (CSS Syntax 3, 4.3.7): every character that could end it goes as its number."""
    escaped = _PLAIN.sub(lambda found: f"\\{ord(found.group()):x} ", text)
    return Markup(f'"{escaped}"')
