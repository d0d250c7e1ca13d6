"""The table of attributes: PS3.15 table E.1-1, what is done beyond it, and the rule that decides for one attribute."""

from __future__ import annotations

from groundglass.deidentify.table.rules import Explanation, Rules

__all__ = ["Explanation", "Rules"]
