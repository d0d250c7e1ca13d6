"""The independent proof: code that shares nothing with the rest of de-identification reads everything again."""

from groundglass.deidentify.verify.checking import verify
from groundglass.deidentify.verify.findings import CODES, Finding, Verified

__all__ = ["CODES", "Finding", "Verified", "verify"]
