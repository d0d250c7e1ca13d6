"""The marked series: slices of the source with red rectangles, outlines and words, opened beside it in any viewer."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from groundglass.dicom.objects.marked import captions
from groundglass.dicom.objects.marked.choice import Slice, chosen, sheet_of
from groundglass.dicom.objects.marked.image import Assembly
from groundglass.dicom.objects.marked.pixels import encoded
from groundglass.render.marked import captioned, draw_marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydicom.dataset import FileDataset

    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.making import Making
    from groundglass.dicom.objects.origin import Origin
    from groundglass.render.marked import Words

__all__ = ["marked_images", "marked_series"]

_THREADS = 2
"""Drawing and encoding leave the interpreter free; more threads than the two cores of a small machine gain nothing."""
_AHEAD = 16


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
        In the order of InstanceNumber, uncompressed. Slices with a finding, or every slice that has a source
        image; where nothing was found, one slice that says so. Never empty where the source has an image.

    Raises
    ------
    InternalError
        ``GRID_MISMATCH`` if a mask does not lie on the source.
    """
    return list(marked_images(origin, findings, making))


def marked_images(origin: Origin, findings: Findings, making: Making) -> Iterator[FileDataset]:
    """Yield the images of :func:`marked_series` one by one, so that they can be written while others are drawn.

    Parameters
    ----------
    origin, findings, making
        As there.

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
    spacing_mm = origin.geometry.spacing_mm[1:]

    def drawn(one: Slice) -> tuple[bytes, Words]:
        written = words.of(one)
        hu, labels = findings.volume.array[one.index], findings.lesions.array[one.index]
        return encoded(draw_marked(hu, labels, sheet, written, spacing_mm)), written

    with ThreadPoolExecutor(_THREADS) as pool:
        for one, (stream, written) in _ahead(pool, drawn, slices):
            yield assembly.slice_image(one, stream, written)
    for number, drawing in enumerate(findings.drawings, start=assembly.after(slices)):
        picture = captions.opened(drawing.png)
        lines = words.of_drawing(drawing, picture.shape[1])
        rgb = captioned(picture, lines)
        yield assembly.drawing_image(drawing, number, rgb.shape[:2], encoded(rgb), lines)


def _ahead(
    pool: Executor, drawn: Callable[[Slice], tuple[bytes, Words]], slices: list[Slice]
) -> Iterator[tuple[Slice, tuple[bytes, Words]]]:
    """Yield what the pool makes of each slice, in order, only a few ahead: a picture takes most of a megabyte."""
    waiting: deque[tuple[Slice, Future[tuple[bytes, Words]]]] = deque()
    for one in slices:
        waiting.append((one, pool.submit(drawn, one)))
        if len(waiting) > _AHEAD:
            first, made = waiting.popleft()
            yield first, made.result()
    for first, made in waiting:
        yield first, made.result()
