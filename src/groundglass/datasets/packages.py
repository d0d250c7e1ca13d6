"""Packages that only some features need: there, or a named error that says what to install."""

from __future__ import annotations

import importlib
from typing import Any

from groundglass.errors import UnavailableError, declare

PACKAGE_MISSING = declare("PACKAGE_MISSING", "A feature needs a package that is not installed.")


def package(name: str, *, feature: str, extra: str) -> Any:
    """Return a package that not everybody has.

    Parameters
    ----------
    name : str
        As it is imported.
    feature : str
        What needs it, for the message.
    extra : str
        Of groundglass, that brings it.

    Raises
    ------
    UnavailableError
        ``PACKAGE_MISSING``.
    """
    try:
        return importlib.import_module(name)
    except ImportError as reason:
        raise UnavailableError(
            PACKAGE_MISSING,
            what=f"{feature} needs the package {name.partition('.')[0]}, which is not installed",
            where=feature,
            todo=f'install it with: pip install "groundglass[{extra}]"',
        ) from reason
