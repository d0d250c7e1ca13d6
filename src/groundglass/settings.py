"""Settings: one table of (name, default, help); environment and files are read here and nowhere below."""

from __future__ import annotations

INTENDED_USE: dict[str, dict[str, str]] = {
    "research": {
        "en": "For research use only, not for diagnosis.",
        "ru": "Только для исследовательских целей, не для диагностики.",
    },
}
"""The fixed set of intended-use sentences; every output carries one."""

DEFAULT_INTENDED_USE = "research"
