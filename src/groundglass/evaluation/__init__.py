"""Metrics with intervals: classification, calibration, agreement, overlap. Pure: arrays in, estimates out."""
