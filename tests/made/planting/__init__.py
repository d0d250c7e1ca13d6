"""Invented identifiers planted into copies of DICOM files, each in a place of its own, for tests.

``marks`` invents, the other modules plant, ``searching`` looks for what is left with a reader of its own.
"""
