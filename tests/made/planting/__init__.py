"""Invented identifiers planted into copies of DICOM files, each in a place of its own, for the tests of de-identification.

``marks`` invents, the other modules plant, ``searching`` looks for what is left with a reader of its own.
"""
