"""OHIF, which knows nothing of us, shows our objects on the right anatomy.

What is compared are pixels of the viewer's window alone: the picture before and after an object is laid over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import orthanc
import pytest
from numpy.typing import NDArray
from odd_studies import ODD_STUDIES
from ohif import served
from PIL import Image
from pydicom import dcmread
from scipy import ndimage
from viewer import Viewer, ohif_pages, viewing
from written_objects import WrittenStudy, write_all

pytestmark = pytest.mark.browser
Mask = NDArray[np.bool_]
Rgb = NDArray[np.uint8]
_SOLID_SLICE = 3
"""Slice of the made chest, feet to head, that holds consolidation: bright in dark lung."""
_MORE = (
    "head to feet",
    "feet first",
    "rows and columns swapped",
    "swapped and mirrored",
    "oblique",
    "enhanced",
    "legacy converted",
    "narrow and thin",
    "frames of reference differ",
    "UIDs of 64 characters",
    "type 2 missing",
    "Cyrillic",
)


@dataclass(frozen=True)
class Shown:
    """A study in the viewer."""

    whole: WrittenStudy
    viewer: Viewer

    def title(self, role: str) -> str:
        return str(dcmread(self.whole.files(role)[0], stop_before_pixels=True).SeriesDescription)

    @property
    def source(self) -> str:
        return next(name for name, row in self.viewer.series().items() if row["number"] == 2)

    def scroll(self, index: int) -> Rgb:
        """Go to a slice of the made chest, 0-based from the feet, wherever it is stored; return its picture.

        The viewer itself goes to another slice whenever a segmentation is loaded.
        """
        origin = self.whole.study.origin
        heights = [float(origin.geometry.to_mm(np.array([n, 0, 0]))[2]) for n in range(len(origin.images))]
        image = origin.images[int(np.argsort(heights)[index])]
        assert image is not None
        uids = self.viewer.images()
        first = uids.index(image.sop_uid)
        self.viewer.show(first + (image.frame - 1 if image.frame else 0))
        return self.viewer.picture()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[orthanc.Orthanc]:
    with orthanc.running(tmp_path_factory.mktemp("orthanc")) as running:
        yield running


@pytest.fixture(scope="module")
def address(archive: orthanc.Orthanc) -> Iterator[str]:
    with served(ohif_pages(), archive.http_port) as url:
        yield url


@pytest.fixture
def shown(
    archive: orthanc.Orthanc, address: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Shown]:
    """Return a study in the viewer, its source in front; the parameter is its name and the kind of segmentation."""
    name, seg = request.param
    folder = tmp_path_factory.mktemp("shown")
    archive.forget()
    whole = write_all(next(o for o in ODD_STUDIES if o.name == name).make(folder / "study"), folder / "out", seg=seg)
    archive.store([*whole.sources, *whole.files()])
    with viewing(address) as viewer:
        viewer.open(whole.study.origin.study_uid)
        yield Shown(whole, viewer)
        assert viewer.complaints == []


def grey(picture: Rgb) -> NDArray[np.float64]:
    out: NDArray[np.float64] = picture.astype(np.float64).mean(axis=2)
    return out


def lungs_seen(picture: Rgb) -> Mask:
    """Return what is dark inside the body, its bright islands filled: lungs, in a window for soft tissue."""
    body = ndimage.binary_fill_holes(largest(grey(picture) > 60))
    dark = ndimage.binary_opening(ndimage.binary_erosion(body, iterations=3) & (grey(picture) < 40), iterations=2)
    return np.asarray(ndimage.binary_fill_holes(dark))


def largest(mask: Mask) -> Mask:
    """Return the largest thing, without the buttons and the frame of the viewer."""
    names, _ = ndimage.label(ndimage.binary_opening(mask[8:-8, 8:-40], iterations=3))
    sizes = np.bincount(names.ravel())
    sizes[0] = 0
    out = np.zeros(mask.shape, bool)
    out[8:-8, 8:-40] = names == int(sizes.argmax())
    return out


def solid_seen(picture: Rgb) -> Mask:
    """Return what is bright inside the lungs: consolidation."""
    inside = ndimage.binary_erosion(lungs_seen(picture), iterations=3)
    return np.asarray(inside & (grey(picture) > 80))


def laid_over(before: Rgb, after: Rgb) -> Mask:
    """Return where a colour came into the picture."""
    return np.asarray(np.abs(after.astype(int) - before.astype(int)).max(axis=2) > 12)


def coloured(before: Rgb, after: Rgb, colour: tuple[int, int, int]) -> Mask:
    """Return where the colour of one segment came into the picture."""
    change = after.astype(float) - before.astype(float)
    # what is laid over in part moves every pixel towards the colour
    towards = np.asarray(colour, float) - before.astype(float)
    length = np.linalg.norm(change, axis=2) * np.linalg.norm(towards, axis=2)
    return np.asarray((length > 0) & ((change * towards).sum(axis=2) > 0.97 * length) & laid_over(before, after))


def warm(picture: Rgb) -> Mask:
    """Return what is yellow, orange or red: lesions, whatever blue and green they lie on."""
    return np.asarray(picture[..., 0].astype(int) - picture[..., 2] > 20)


def dice(one: Mask, other: Mask) -> float:
    return float(2 * (one & other).sum() / max(1, one.sum() + other.sum()))


def centre(mask: Mask) -> tuple[float, float]:
    row, column = ndimage.center_of_mass(mask)
    return float(row), float(column)


_OPPOSITE = {"R": "L", "L": "R", "A": "P", "P": "A", "H": "F", "F": "H"}


def along(direction: str, letters: dict[str, str], point: tuple[float, float]) -> float:
    """Return how far a point of the picture lies towards a side of the patient, by the viewer's letters, in pixels."""
    for edge, coordinate in (("left", point[1]), ("top", point[0])):
        if letters[edge][0] == direction:
            return -coordinate
        if letters[edge][0] == _OPPOSITE[direction]:
            return coordinate
    raise AssertionError(f"no letter for {direction} among {letters}")


CASES = [pytest.param(("axial", "binary"), id="axial"), pytest.param(("prone", "labelmap"), id="prone, label map")]
CASES += [
    pytest.param((name, seg), id=f"{name}, {seg}", marks=pytest.mark.nightly)
    for name in _MORE
    for seg in ("binary", "labelmap")
    # OHIF 3.13.2 never ends loading a binary one of 62 x 100 pixels (775 bytes a frame)
    if (name, seg) != ("narrow and thin", "binary")
]


@pytest.mark.parametrize("shown", CASES, indirect=True)
def test_segments_lie_on_lungs_and_consolidation_of_their_side(shown: Shown) -> None:
    viewer = shown.viewer
    index = round(_SOLID_SLICE * (len(shown.whole.study.origin.images) - 1) / 11)
    before = shown.scroll(index)
    letters = viewer.markers()
    viewer.load_segmentation(shown.title("seg-lungs"))
    with_lungs = shown.scroll(index)
    viewer.load_segmentation(shown.title("seg-lesions"))
    with_lesions = shown.scroll(index)
    colours = {label: colour for label, colour in viewer.segments().items() if colour != (0, 0, 0)}
    assert len(colours) == 4
    right_colour, left_colour, _, solid_colour = colours.values()
    assert dice(laid_over(before, with_lungs), lungs_seen(before)) > 0.95
    # consolidation is opaque to X rays, so its place can be seen without us
    assert dice(coloured(with_lungs, with_lesions, solid_colour), solid_seen(before)) > 0.8
    right, left = coloured(before, with_lungs, right_colour), coloured(before, with_lungs, left_colour)
    assert along("R", letters, centre(right)) > along("R", letters, centre(left)) + 100
    assert right.sum() > 1.2 * left.sum()  # the right lung of the made chest is the larger one, and alone has lesions
    lesions = warm(with_lesions)
    assert lesions.any()
    assert dice(lesions, lesions & right) > 0.95
    assert not (lesions & left).any()
    assert along("P", letters, centre(lesions)) > along("P", letters, centre(right)) + 50


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(("axial", "binary"), id="axial"),
        pytest.param(("prone", "binary"), id="prone", marks=pytest.mark.nightly),
        pytest.param(("enhanced", "binary"), id="enhanced", marks=pytest.mark.nightly),
    ],
    indirect=True,
)
def test_marked_pictures_stand_beside_their_source(shown: Shown) -> None:
    viewer = shown.viewer
    title = shown.title("marked")
    row = viewer.series()[title]
    assert not row["unsupported"]
    assert row["images"] == len(shown.whole.files("marked"))
    viewer.side_by_side(shown.source, title)
    drawn = {str(data.SOPInstanceUID): data for data in map(dcmread, shown.whole.files("marked"))}
    slices = [uid for uid in viewer.images(1) if "ImagePositionPatient" in drawn[uid]]
    heights = [float(drawn[uid].ImagePositionPatient[2]) for uid in slices]
    assert heights in (sorted(heights), sorted(heights, reverse=True))
    # the middle one of the marked slices has consolidation
    wanted = slices[len(slices) // 2]
    source = drawn[wanted].SourceImageSequence[0]
    frame = int(source.get("ReferencedFrameNumber", 1)) - 1
    viewer.show(viewer.images(0).index(source.ReferencedSOPInstanceUID) + frame, 0)
    viewer.show(viewer.images(1).index(wanted), 1)
    plain, marked = viewer.picture(0), viewer.picture(1)
    one, other = body_seen(plain, 60), body_seen(marked, 150)
    shape = thumbnail(plain, one) < 40
    lungs = thumbnail(marked, other) < 150
    assert agreement(shape, lungs) > 0.9
    assert agreement(shape[:, ::-1], lungs) < 0.8  # the right lung is larger: a mirrored picture would not fit
    red = (marked[..., 0] > 200) & (marked[..., 1] < 90) & (marked[..., 2] < 90)
    box = ndimage.find_objects(red.astype(int))[0]
    row_of, column_of = within(centre(solid_seen(plain)), one)
    top, left = within((box[0].start, box[1].start), other)
    bottom, right = within((box[0].stop, box[1].stop), other)
    assert top < row_of < bottom
    assert left < column_of < right


def body_seen(picture: Rgb, level: float) -> tuple[slice, slice]:
    """Return the box of the largest bright thing."""
    box = ndimage.find_objects(largest(grey(picture) > level).astype(int))[0]
    return box[0], box[1]


def thumbnail(picture: Rgb, box: tuple[slice, slice]) -> NDArray[np.float64]:
    """Return what lies in a box, on 64 x 64 pixels, so that two scales can be compared."""
    return np.asarray(Image.fromarray(grey(picture)[box].astype(np.uint8)).resize((64, 64)), float)


def agreement(one: Mask, other: Mask) -> float:
    return float((one == other).mean())


def within(point: tuple[float, float], box: tuple[slice, slice]) -> tuple[float, float]:
    """Return a point as parts of a box."""
    row = (point[0] - box[0].start) / (box[0].stop - box[0].start)
    return row, (point[1] - box[1].start) / (box[1].stop - box[1].start)
