"""Phantoms and changed chests that show where reading fails, or must say that it may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import ndimage

from groundglass.datasets.formats import LabelledCt, voxels_sha256
from groundglass.phantom.making import make
from groundglass.phantom.options import PhantomOptions
from groundglass.volume import Geometry, Volume

Change = Callable[[Volume], Volume]
VEIN_HU, VEIN_RANGE_HU = 220, (15, 75)
"""Contrast in blood of a CT of the pulmonary arteries, and the HU of blood and muscle without it."""
MASS_MM, MASS_HU = 22.0, 35
"""Radius and density of a solid mass without air."""
CHILD = 0.6
"""Length of a child of about three years against an adult."""


def with_contrast(volume: Volume) -> Volume:
    """Brighten the soft tissue between the lungs, as contrast does heart and great vessels."""
    hu, spacing = volume.array, volume.geometry.spacing_mm
    body = hu > -250
    lung = (hu < -500) & (hu > -1000)
    columns = np.flatnonzero(lung.any(axis=(0, 1)))
    middle, half = int(columns.mean()), (columns[-1] - columns[0]) / 2
    rows = np.flatnonzero(lung.any(axis=(0, 2)))
    part = np.zeros(hu.shape, dtype=bool)
    # heart and great vessels: the middle third of the chest, in front of the spine
    front, back = int(rows[0] + 0.12 * np.ptp(rows)), int(rows[0] + 0.68 * np.ptp(rows))
    part[:, front:back, int(middle - 0.33 * half) : int(middle + 0.33 * half)] = True
    blood = part & body & (hu >= VEIN_RANGE_HU[0]) & (hu <= VEIN_RANGE_HU[1])
    weight = ndimage.gaussian_filter(blood.astype(np.float32), [0.8 / mm for mm in spacing])
    return volume.with_array(np.rint(hu + weight * (VEIN_HU - 40)).astype(np.int16))


def with_mass(volume: Volume) -> Volume:
    """Put a round solid mass into the middle of the larger lung."""
    hu, spacing = volume.array, volume.geometry.spacing_mm
    lung = ndimage.binary_opening((hu < -600) & (hu > -980), iterations=1)
    labels, count = ndimage.label(lung[::2, ::4, ::4])
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    # air around the patient touches the edge of the picture
    for plane in (labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]):
        sizes[np.unique(plane)] = 0
    depth = ndimage.distance_transform_edt(
        labels == int(np.argmax(sizes)), sampling=(2 * spacing[0], 4 * spacing[1], 4 * spacing[2])
    )
    k, i, j = np.array(np.unravel_index(int(np.argmax(depth)), depth.shape)) * (2, 4, 4)
    z, y, x = (np.arange(n, dtype=np.float32) for n in hu.shape)
    far = np.sqrt(
        (((z - k) * spacing[0]) ** 2)[:, None, None]
        + (((y - i) * spacing[1]) ** 2)[None, :, None]
        + (((x - j) * spacing[2]) ** 2)[None, None, :]
    )
    weight = np.clip((MASS_MM - far) / 2 + 0.5, 0, 1)
    return volume.with_array(np.rint(hu * (1 - weight) + MASS_HU * weight).astype(np.int16))


def as_child(volume: Volume) -> Volume:
    """Shrink all lengths."""
    geometry = volume.geometry
    affine = geometry.affine.copy()
    affine[:3, :3] *= CHILD
    return Volume(volume.array, Geometry(geometry.shape, affine, geometry.frame_of_reference_uid, geometry.sided))


def soft_window(volume: Volume) -> Volume:
    """Cut the HU off as a window for soft tissue does: lung and air become one."""
    return volume.with_array(np.clip(volume.array, -160, 240).astype(np.int16))


def narrow_window(volume: Volume) -> Volume:
    """Cut the HU off as a narrow lung window does."""
    return volume.with_array(np.clip(volume.array, -1000, -200).astype(np.int16))


def wrong_slope(volume: Volume) -> Volume:
    """Read 8-bit codes of the window -1350..150 as if it were -1000..400: HU off by up to 350."""
    code = np.rint((np.clip(volume.array, -1350, 150) + 1350) * (255 / 1500))
    return volume.with_array(np.rint(code * (1400 / 255) - 1000).astype(np.int16))


def shifted(volume: Volume) -> Volume:
    """Leave the intercept out by 200 HU."""
    return volume.with_array((volume.array + np.int16(200)).astype(np.int16))


def very_noisy(volume: Volume) -> Volume:
    """Add the noise of a far too small dose, streaks left and right included."""
    rng = np.random.default_rng(5)
    noise = rng.standard_normal(volume.array.shape, dtype=np.float32) * 90
    noise = ndimage.gaussian_filter1d(noise, 2.0, axis=2) * 2.5
    return volume.with_array(np.clip(volume.array + np.rint(noise), -1024, 3071).astype(np.int16))


@dataclass(frozen=True)
class Failure:
    """One phantom.

    Attributes
    ----------
    name : str
        Short, for files.
    why : str
        What it shows.
    options : PhantomOptions
        How it is made.
    change : callable or None
        What is done to it afterwards.
    """

    name: str
    why: str
    options: PhantomOptions = field(default_factory=PhantomOptions)
    change: Change | None = None

    def made(self) -> LabelledCt:
        """Make it."""
        phantom = make(self.options)
        volume = phantom.volume if self.change is None else self.change(phantom.volume)
        lungs, lesions = phantom.lungs, phantom.lesions
        if volume.geometry is not phantom.volume.geometry:
            lungs, lesions = (replace(m, geometry=volume.geometry) for m in (lungs, lesions))
        return LabelledCt(
            name=self.name, patient=self.name, source="phantom", volume=volume, lungs=lungs, lesions=lesions,
            exact_hu=True, spacing_known=True, voxels_sha256=voxels_sha256(volume.array),
            gravity="front" if self.options.prone else "back",
        )  # fmt: skip


def failures() -> tuple[Failure, ...]:
    """Return every phantom of the failure modes; all are of the ``train`` variant."""

    def small(**changes: object) -> PhantomOptions:
        return PhantomOptions.small(**({"slices": 100, "variant": "train"} | changes))

    return (
        Failure("plain", "nothing odd: ground glass and a little consolidation", small(involvement=12.0)),
        Failure("healthy", "no lesions at all", small()),
        Failure(
            "pleural-consolidation",
            "consolidation against the pleura looks like chest wall",
            small(involvement=45.0, consolidation_share=0.8, seed=9),
        ),
        Failure("severe", "four fifths of the lungs diseased, little healthy lung left", small(grade="CT-4")),
        Failure(
            "effusion", "fluid beside the lung must not count", small(involvement=12.0, effusion_ml=700.0, seed=11)
        ),
        Failure("expiration", "dense healthy lung at expiration looks like faint ground glass", small(breath=0.0)),
        Failure("noise", "noise and streaks of a far too small dose", small(involvement=12.0), very_noisy),
        Failure("thick", "slices of 10 mm mix vessels, lesions and lung", small(slices=32, involvement=12.0)),
        Failure("mass", "a round solid mass is no pneumonia", small(seed=12), with_mass),
        Failure("contrast", "contrast brightens vessels in the lungs", small(seed=13), with_contrast),
        Failure("child", "lengths of a child: never tested on a real one", small(seed=14), as_child),
        Failure("one-lung", "one lung missing", small(missing_lung="left", seed=15)),
        Failure("wrong-codes", "8-bit codes of one window read as another's", small(involvement=12.0), wrong_slope),
        Failure("narrow-window", "HU cut off at -200", small(involvement=12.0), narrow_window),
        Failure("soft-window", "HU cut off at -160 from below: no lung is left", small(involvement=12.0), soft_window),
        Failure("shifted", "all HU too high by 200", small(involvement=12.0), shifted),
    )
