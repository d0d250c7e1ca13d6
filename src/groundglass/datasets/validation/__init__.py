"""Check anyone's data set: structure, tables, pictures, masks, doubles, parts, identity.

:func:`validate` reads a folder of any supported layout to its end, whatever is damaged in it; :func:`report_of` and
:func:`lines_of` say what was found, :func:`page` shows it. The kinds of finding are
:data:`groundglass.datasets.findings.FINDINGS`.
"""

from __future__ import annotations

from groundglass.datasets.validation.page import page
from groundglass.datasets.validation.reporting import lines_of, message, report_of
from groundglass.datasets.validation.running import Validated, validate

__all__ = ["Validated", "lines_of", "message", "page", "report_of", "validate"]
