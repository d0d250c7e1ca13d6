"""The marked series: slices of the source with red rectangles, outlines and words, opened beside it in any viewer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from groundglass.dicom.objects.marked import captions
from groundglass.dicom.objects.marked.choice import Slice, chosen, sheet_of
from groundglass.dicom.objects.marked.image import Assembly
from groundglass.dicom.objects.marked.pixels import encoded
from groundglass.render.marked import captioned, draw_marked

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.making import Making
    from groundglass.dicom.objects.origin import Origin

__all__ = ["marked_series"]

_THREADS = 2
"""Drawing and encoding leave the interpreter free; more threads than the two cores of a small machine gain nothing."""


def marked_series(origin: Origin, findings: Findings, making: Making) -> list[FileDataset]:
    """Return the marked series: single-frame Secondary Capture images (PS3.3 A.8.1), one a slice, then the drawings.

    Parameters
    ----------
    origin : Origin
        The source.
    findings : Findings
        Masks on its grid, result and drawings.
    making : Making
        Identity, times, language; its profile says whether every slice is drawn.

    Returns
    -------
    list of FileDataset
        In the order of InstanceNumber, run-length encoded. Slices with a finding, or every slice that has a source
        image; where nothing was found, one slice that says so. Never empty where the source has an image.

    Raises
    ------
    InternalError
        ``GRID_MISMATCH`` if a mask does not lie on the source.
    """
    findings.require_grid_of(origin)
    slices = chosen(origin, findings, every=making.profile.marked.every_slice)
    words = captions.Captions(origin, findings, making)
    sheet = sheet_of(origin, findings, slices, words)
    assembly = Assembly(origin, findings, making, sheet)

    def drawn(one: Slice) -> bytes:
        rgb = draw_marked(
            findings.volume.array[one.index],
            findings.lesions.array[one.index],
            sheet,
            words.of(one),
            origin.geometry.spacing_mm[1:],
        )
        return encoded(rgb)

    with ThreadPoolExecutor(_THREADS) as pool:
        images = [
            assembly.slice_image(one, stream, words.of(one))
            for one, stream in zip(slices, pool.map(drawn, slices), strict=True)
        ]
    number = assembly.after(slices)
    for drawing in findings.drawings:
        picture = captions.opened(drawing.png)
        lines = words.of_drawing(drawing, picture.shape[1])
        rgb = captioned(np.ascontiguousarray(picture), lines)
        images.append(assembly.drawing_image(drawing, number, rgb.shape[:2], encoded(rgb), lines))
        number += 1
    return images
