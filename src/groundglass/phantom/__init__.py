"""A digital chest with known truth: ``make(PhantomOptions(...))`` and ``write(phantom, out)``."""

from __future__ import annotations

from groundglass.phantom.making import make
from groundglass.phantom.options import PhantomOptions
from groundglass.phantom.truth import Phantom, PhantomTruth
from groundglass.phantom.writing import write

__all__ = ["Phantom", "PhantomOptions", "PhantomTruth", "make", "write"]
