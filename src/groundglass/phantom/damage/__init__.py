"""Damaged input, made on purpose: what breaks on the way from the scanner, and what somebody breaks to do harm.

A seed gives a small chest, stored one of many ways, with one to three damages; the same seed always gives the same
bytes. Whatever reads studies can be tried on it: it must end in a valid result or in an error of its own.
"""

from __future__ import annotations

from groundglass.phantom.damage.bases import BASES, small_chest
from groundglass.phantom.damage.inputs import DamagedInput
from groundglass.phantom.damage.table import DAMAGES, Damage, damaged_input

__all__ = ["BASES", "DAMAGES", "Damage", "DamagedInput", "damaged_input", "small_chest"]
