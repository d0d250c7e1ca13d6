"""Phrases: analysis."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {}

add(PHRASES)
