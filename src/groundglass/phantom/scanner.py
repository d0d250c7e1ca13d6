"""What the scanner adds: blur and noise of the reconstruction kernel, circular field of view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from groundglass.phantom.grids import Plane
from groundglass.phantom.options import Kernel

# Kernel: frequency of half modulation (1/mm), edge enhancement, frequency of the noise peak (1/mm), noise relative to
# the soft-tissue kernel. Schematic: a body kernel is near 0.35/mm at half modulation, a lung kernel near twice that
# with overshoot and two to three times the noise.
KERNELS: dict[Kernel, tuple[float, float, float, float]] = {
    "FC07": (0.36, 0.0, 0.22, 1.0),
    "FC51": (0.62, 0.35, 0.48, 2.3),
}


@dataclass(frozen=True)
class Scanner:
    """Blur and noise of one kernel on one pixel grid."""

    transfer: NDArray[np.float32]
    spectrum: NDArray[np.float32]
    sigma_hu: float
    rows: int

    @classmethod
    def of(cls, kernel: Kernel, *, rows: int, pixel_mm: float, noise_hu: float, variant: str) -> Scanner:
        """Return the scanner of a kernel; ``noise_hu`` is the standard deviation in a slice of the soft kernel."""
        half, lift, peak, louder = KERNELS[kernel]
        f = np.hypot(fft.fftfreq(rows, pixel_mm)[:, None], fft.rfftfreq(rows, pixel_mm)[None, :])
        transfer = np.exp(-np.log(2) * (f / half) ** 2) * (1 + lift * (f / half) ** 2)
        power = 1.4 if variant == "test" else 1.0
        noise = (f + 0.015) ** (power / 2) * np.exp(-0.5 * (f / peak) ** 2)
        # Unit variance of the filtered noise: mean square of the full (not the halved) spectrum.
        twice = np.ones(f.shape[1])
        twice[1 : (rows + 1) // 2] = 2
        noise /= np.sqrt((noise**2 * twice).sum() / rows**2)
        return cls(transfer.astype(np.float32), noise.astype(np.float32), noise_hu * louder, rows)

    def white(self, rng: np.random.Generator) -> NDArray[np.complex64]:
        """Draw white noise of one slice, in frequency space."""
        return np.asarray(fft.rfft2(rng.standard_normal((self.rows, self.rows), dtype=np.float32)))

    def see(self, hu: Plane, white: NDArray[np.complex64]) -> Plane:
        """Return the slice as reconstructed, with the noise that the kernel makes of white noise."""
        seen = fft.rfft2(hu + 1000) * self.transfer + white * (self.spectrum * np.float32(self.sigma_hu))
        return np.asarray(fft.irfft2(seen, s=hu.shape) - 1000, dtype=np.float32)
