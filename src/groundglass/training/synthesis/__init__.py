"""Lesions of known volume put into real lungs without lesions: what a network is taught, and tried, on."""

from groundglass.training.synthesis.making import synthesise
from groundglass.training.synthesis.options import SynthesisOptions, Synthetic, draw_options

__all__ = ["SynthesisOptions", "Synthetic", "draw_options", "synthesise"]
