"""The report of a de-identification as one HTML page, in English or Russian."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundglass.phrases import Language
from groundglass.report.deidentified.content import content_of
from groundglass.report.html import environment

__all__ = ["page"]


def page(report: Mapping[str, Any], language: Language = "en") -> str:
    """Return the page of a report, without scripts and without anything from elsewhere.

    Parameters
    ----------
    report : mapping
        Schema ``groundglass/deidentification/1``; holds ids of ours only. What is not there is not shown.
    language : {"en", "ru"}
        Language of the page.

    Returns
    -------
    str
        HTML.
    """
    return environment().get_template("deidentified.html.j2").render(d=content_of(report, language))
