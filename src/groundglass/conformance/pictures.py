"""Every picture of the result held against its slice: frame, contrast, likeness, marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.conformance.atlas import TISSUE_WINDOW_HU, Atlas, in_window
from groundglass.conformance.decoding import LUNG_WINDOW_HU, Decoder, Picture, PictureFile
from groundglass.conformance.marks import Mark, find_marks
from groundglass.conformance.matching import Shot, displaced_mm, shots_of
from groundglass.conformance.objects import ResultObject
from groundglass.conformance.placement import (
    MIRROR_GAIN,
    SURE_LIKENESS,
    Placement,
    judged,
    refined,
    searched,
    simple_placements,
)
from groundglass.conformance.source import BODY, FIELD, LUNG, Source
from groundglass.conformance.stated_place import misplaced_mm
from groundglass.conformance.tone import (
    FLAT_LEVELS,
    Fault,
    Tone,
    bins_of,
    coloured_pixels,
    drawn_over,
    expected_levels,
    tone_of,
)
from groundglass.dicom.frames import frames_of
from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import InputError

SAMPLES = 5
"""Pictures of a series by which its placement is found; all others are only verified."""
WRONG_SLICE_GAIN = 0.06
"""By how much another slice must be liker than the one named; neighbours 10 mm apart differ by 0.02 to 0.15."""
NEIGHBOUR_GAIN = 0.01
"""By how much a neighbour must be liker to be taken in place of the slice named."""
WRONG_SLICE_MM = 10.0
"""Nearer slices are too much alike to blame a picture for."""
LIKE_THE_OTHERS, UNLIKE = 0.85, 0.5
"""A picture less like its slice is looked at alone, while others of its series are placed; marks and text cost 0.1.
Below the second figure it shows something else."""
SEARCHES_AT_MOST = 30
"""Pictures looked at alone; each takes a good part of a second."""
BLANK_LEVEL, BRIGHT_LEVEL, BLANKED_SHARE = 2, 60, 0.05
"""Body shown black where it should be at least so bright; the share of the body from which a part of it is blanked."""
SURE_SLICE = 0.9
"""Likeness from which a picture that names nothing is laid on the slice it shows."""
PADDING_SHARE = 0.4
"""Where the slice fills less than the rest of the picture, the other part shows other things: a panel."""
LEAST_SEEN_SHARE = 0.08
"""A smaller part of the frame is like some place or other by chance; one lung takes about a tenth."""
LUNG_PIXELS = 1500
"""Lung pixels of 512 x 512 from which a slice's contrast is judged."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedMark:
    """One mark on one slice.

    Attributes
    ----------
    mark : Mark
        Its shape.
    shot : Shot
        Its picture.
    body_share, field_share : float
        Part of its area, with what it encloses, over the body, and over lung and its margin.
    area_mm2 : float
        Area of it, with what it encloses.
    placement : Placement
        Of the slice in the picture.
    cut : bool
        It reaches the side of a picture that is cropped.
    """

    mark: Mark
    shot: Shot
    body_share: float
    field_share: float
    area_mm2: float
    placement: Placement
    cut: bool = False


@dataclass(slots=True)
class Seen:
    """What the pictures show.

    Attributes
    ----------
    undecodable : list of (ResultObject, str)
        With the code of the reason.
    placements : list of (Placement, sequence of Shot, tuple of int)
        Of each group of like pictures that could be placed, and the pictures' size.
    wrong_slice : list of (Shot, int)
        Pictures that show another slice than they name, and which.
    unlike, unplaced, by_number, grey_unjudged : list of Shot
        Pictures that are like no slice though they name one; that could not be laid on a slice; that were by their
        number; in which grey drawing could not be told.
    blanked : list of (Shot, float)
        Pictures in which a part of the body is black, and its share.
    faults : dict of str to list of Shot
        Pictures by fault of contrast.
    displaced : list of (Shot, float)
        Pictures whose stated position is another than that of the slice they name, mm.
    marks : list of PlacedMark
        Everything drawn that may be a mark.
    unmarked : int
        Pictures of slices on which nothing is drawn.
    covered : set of int
        Slices that a picture shows.
    searches : int
        Pictures that were looked at alone.
    """

    undecodable: list[tuple[ResultObject, str]] = field(default_factory=list)
    placements: list[tuple[Placement, Sequence[Shot], tuple[int, int]]] = field(default_factory=list)
    wrong_slice: list[tuple[Shot, int]] = field(default_factory=list)
    unlike: list[Shot] = field(default_factory=list)
    unplaced: list[Shot] = field(default_factory=list)
    blanked: list[tuple[Shot, float]] = field(default_factory=list)
    by_number: list[Shot] = field(default_factory=list)
    grey_unjudged: list[Shot] = field(default_factory=list)
    faults: dict[Fault, list[Shot]] = field(default_factory=lambda: defaultdict(list))
    displaced: list[tuple[Shot, float]] = field(default_factory=list)
    marks: list[PlacedMark] = field(default_factory=list)
    unmarked: int = 0
    covered: set[int] = field(default_factory=set)
    searches: int = 0


def look_at(images: Sequence[ResultObject], source: Source, limits: ReadingLimits) -> Seen:
    """Look at every picture.

    Parameters
    ----------
    images : sequence of ResultObject
        Objects of kind image.
    source : Source
        The study.
    limits : ReadingLimits
        For sizes.

    Returns
    -------
    Seen
        What was found; nothing raises for a bad picture.
    """
    seen = Seen()
    atlas = Atlas(source)
    with Decoder(limits) as decoder:
        for group in _groups(images, source, limits, seen):
            _look_at_group(group, source, atlas, decoder, seen)
    return seen


def _groups(images: Sequence[ResultObject], source: Source, limits: ReadingLimits, seen: Seen) -> Iterator[list[Shot]]:
    """Yield pictures that belong together: of one series and size."""
    groups: dict[tuple[object, ...], list[Shot]] = defaultdict(list)
    for found in images:
        stranger = found.instance.study_uid != (source.loaded.study_uid or "")
        if stranger and not any(source.holds(r.sop_uid) for r in found.references):
            continue  # of another study, as is said already: nothing of it belongs on these slices
        layout = found.instance.layout
        if layout.frames > limits.max_slices or layout.tag == 0:
            seen.undecodable.append((found, "ABSURD_SIZE" if layout.frames > limits.max_slices else "PIXELS_MISSING"))
            seen.covered |= {p for r in found.references if (p := source.place(r.sop_uid, r.frame)) is not None}
            continue
        for shot in shots_of(found, source):
            groups[found.instance.series_uid, layout.rows, layout.columns].append(shot)
    yield from groups.values()


def _look_at_group(group: list[Shot], source: Source, atlas: Atlas, decoder: Decoder, seen: Seen) -> None:
    opened: tuple[ResultObject, PictureFile] | None = None
    placement: Placement | None = None
    bad: set[str] = set()

    def picture_of(shot: Shot) -> Picture | None:
        nonlocal opened
        try:
            if opened is None or opened[0] is not shot.found:
                opened = None
                opened = (shot.found, decoder.open(shot.found))
            return opened[1].picture(shot.frame)
        except InputError as reason:
            if shot.found.label not in bad:
                bad.add(shot.found.label)
                seen.undecodable.append((shot.found, reason.code))
            return None

    placement = _placement_of_group(group, source, atlas, picture_of)
    if placement is not None:
        seen.placements.append((placement, group, _size(group[0])))
    for shot in group:
        if shot.slice is not None and shot.how == "reference":
            seen.covered.add(shot.slice)  # it was processed, whatever else is wrong with the picture
        picture = picture_of(shot)
        if picture is not None and not shot.overview:
            _look_at_shot(shot, picture, placement, source, atlas, seen)


def _size(shot: Shot) -> tuple[int, int]:
    layout = shot.found.instance.layout
    return layout.rows or 0, layout.columns or 0


def _placement_of_group(group: list[Shot], source: Source, atlas: Atlas, picture_of: Any) -> Placement | None:
    """Find where slices lie in the pictures of a group, by those on which most lung is seen."""
    lung = (source.zones[:, ::4, ::4] & LUNG > 0).sum((1, 2))
    rows, columns = source.geometry.shape[1:]
    aspect = source.geometry.spacing_mm[1] / source.geometry.spacing_mm[2]
    simple = simple_placements(_size(group[0]), (rows, columns), aspect)
    placed = [shot for shot in group if not shot.overview]
    known = [shot for shot in placed if shot.slice is not None]
    known.sort(key=lambda shot: -int(lung[shot.slice or 0]))
    # from the better half, spread, so that one bad picture does not decide
    good = known[: max(SAMPLES, len(known) // 2)]
    tries = good[:: max(1, len(good) // SAMPLES)][:SAMPLES] or placed[:: max(1, len(placed) // SAMPLES)][:SAMPLES]
    samples: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]] = []
    tissue: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]] = []
    for shot in tries:
        picture = picture_of(shot)
        if picture is None or float(picture.grey.std()) < 2:
            continue
        place = shot.slice
        scores = atlas.scores(picture.grey)
        if place is None or (scores.max() >= SURE_SLICE and scores.max() - scores[place] > WRONG_SLICE_GAIN):
            place = int(scores.argmax())  # where the slice lies in the frame is asked first; which it is, later
        samples.append((picture.grey, in_window(source.hu[place], LUNG_WINDOW_HU)))
        tissue.append((picture.grey, in_window(source.hu[place], TISSUE_WINDOW_HU)))
    if not samples:
        return None
    found = _placed(simple, samples)
    return found if found is not None else _placed(simple, tissue)


def _placed(
    simple: Sequence[Placement], samples: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]]
) -> Placement | None:
    """Return the placement under which pictures and slices are like; None where none is."""
    best: Placement | None = None
    for candidate in simple:
        each = [judged(candidate, grey, slice_) for grey, slice_ in samples]
        middle = median(abs(p.likeness) for p in each)
        flips = [p.flip for p in each]
        flip = max(set(flips), key=flips.count)
        if best is None or middle > best.likeness + 0.01:
            best = replace(candidate, likeness=middle, flip=flip)
    if best is not None and best.likeness >= SURE_LIKENESS + 0.1:
        return best
    looked = max((searched(grey, slice_) for grey, slice_ in samples[:2]), key=lambda p: p.likeness)
    rows, columns = looked.visible(samples[0][0].shape, samples[0][1].shape)
    seen = (rows.stop - rows.start) * (columns.stop - columns.start)
    if seen < LEAST_SEEN_SHARE * samples[0][1].size:
        looked = replace(looked, likeness=0.0)
    if looked.likeness >= SURE_LIKENESS and (best is None or looked.likeness > best.likeness + 0.05):
        return refined(looked, *_likest(looked, samples))
    return best if best is not None and best.likeness >= SURE_LIKENESS else None


def _likest(
    placement: Placement, samples: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the sample that the placement fits best."""
    return max(samples[:2], key=lambda sample: judged(placement, *sample).likeness)


def _look_at_shot(
    shot: Shot, picture: Picture, placement: Placement | None, source: Source, atlas: Atlas, seen: Seen
) -> None:
    named = shot
    grey = picture.grey
    even = float(grey.std()) < 2
    if shot.slice is not None and shot.how == "reference":
        off = _displaced(shot, source)
        if off is not None:
            seen.displaced.append((shot, off))
        if even:
            seen.faults["flat"].append(shot)
            return
    if placement is None and shot.how == "reference" and _is_dull(grey, shot, source):
        # a slice with little lung may be dull by right
        lung = np.count_nonzero(source.zones[shot.slice or 0] & LUNG)
        dull = seen.faults["flat"] if lung >= LUNG_PIXELS * source.zones[0].size / 512**2 else seen.unplaced
        dull.append(shot)
        return
    if placement is None or even:
        (seen.unlike if shot.how == "reference" else seen.unplaced).append(shot)
        return
    whole = min(placement.scale) > 0 and placement.offset == (0.0, 0.0) and _fills(placement, grey.shape, source)
    if whole:
        flipped = grey[:: -1 if placement.flip[0] else 1, :: -1 if placement.flip[1] else 1]
        scores = atlas.scores(flipped)
        wrong = len(seen.wrong_slice)
        found = _verified(shot, scores, source, seen)
        suspect = found is not None and found.slice is not None and scores[found.slice] < LIKE_THE_OTHERS
        if found is not None and found.slice is not None and shot.how == "reference" and shot.slice is not None:
            # a mirrored picture is often liker to another slice, but likest to the mirror image of its own
            turned = max(float(atlas.scores(each)[shot.slice]) for each in (flipped[:, ::-1], flipped[::-1]))
            if turned > max(float(scores[shot.slice]) + MIRROR_GAIN, float(scores.max())):
                suspect, found = True, shot
                del seen.wrong_slice[wrong:]
        if suspect and found is not None and found.slice is not None:
            # one picture of many that was cropped, moved or mirrored alone
            alone = _placed_alone(found, grey, source, seen)
            if alone is not None:
                placement = alone
                seen.placements.append((alone, [found], (grey.shape[0], grey.shape[1])))
                whole = alone.offset == (0.0, 0.0) and _fills(alone, grey.shape, source)
            elif scores[found.slice] < UNLIKE:
                found = None
        if found is None:
            (seen.unlike if shot.how == "reference" else seen.unplaced).append(shot)
            return
        shot = found
    if shot.slice is None:
        seen.unplaced.append(shot)
        return
    seen.covered.add(shot.slice)
    if not any(other is named for other, _ in seen.displaced[-1:]):
        apart = misplaced_mm(shot, placement, (grey.shape[0], grey.shape[1]), source, whole=whole)
        if apart is not None:
            seen.displaced.append((shot, apart))
    _judge(shot, picture, placement, source, seen, whole=whole)


def _is_dull(grey: NDArray[np.uint8], shot: Shot, source: Source) -> bool:
    """Tell a picture that would fill its frame, and in which the body hardly differs in grey."""
    rows, columns = source.geometry.shape[1:]
    if abs(grey.shape[0] * columns - grey.shape[1] * rows) > max(rows, columns):
        return False
    at = np.ix_(np.arange(grey.shape[0]) * rows // grey.shape[0], np.arange(grey.shape[1]) * columns // grey.shape[1])
    zones = source.zones[shot.slice or 0][at]
    body = grey[(zones & BODY) > 0]
    if not body.size:
        return False
    return float(np.percentile(body, 90) - np.percentile(body, 10)) < FLAT_LEVELS / 2


def _fills(placement: Placement, shape: tuple[int, ...], source: Source) -> bool:
    sizes = zip(shape, placement.scale, source.geometry.shape[1:], strict=True)
    return all(abs(size - scale * full) <= 1.0 for size, scale, full in sizes)


def _displaced(shot: Shot, source: Source) -> float | None:
    """Return how far a stated position is off, where it is off by more than rounding."""
    frames = frames_of(shot.found.instance)
    if shot.slice is None or shot.frame >= len(frames):
        return None
    off = displaced_mm(frames[shot.frame], shot.slice, source)
    return off if off is not None and off > 1.0 else None


def _verified(shot: Shot, scores: NDArray[np.float32], source: Source, seen: Seen) -> Shot | None:
    """Return the picture with the slice that it shows; None where it shows none."""
    best = int(scores.argmax())
    if shot.slice is None or shot.how == "number":
        if shot.slice is not None and scores[best] - scores[shot.slice] <= 0.02:
            best = shot.slice
        if scores[best] < SURE_SLICE:
            return None
        seen.by_number.append(shot)
        return replace(shot, slice=best)
    own = float(scores[shot.slice])
    apart = abs(best - shot.slice) * source.geometry.spacing_mm[0]
    if scores[best] >= SURE_SLICE and scores[best] - own > WRONG_SLICE_GAIN and apart > WRONG_SLICE_MM:
        seen.wrong_slice.append((shot, best))
        return replace(shot, slice=best)
    # a neighbour that is clearly liker is what the picture shows, and what marks are told from
    return replace(shot, slice=best) if scores[best] - own > NEIGHBOUR_GAIN else shot


def _placed_alone(shot: Shot, grey: NDArray[np.uint8], source: Source, seen: Seen) -> Placement | None:
    """Return where the slice lies in one picture, if elsewhere than in the others of its group."""
    if seen.searches >= SEARCHES_AT_MOST or shot.slice is None:
        return None
    seen.searches += 1
    rows, columns = source.geometry.shape[1:]
    aspect = source.geometry.spacing_mm[1] / source.geometry.spacing_mm[2]
    simple = simple_placements((grey.shape[0], grey.shape[1]), (rows, columns), aspect)
    found = _placed(simple, [(grey, in_window(source.hu[shot.slice], LUNG_WINDOW_HU))])
    usual = found is None or (found.offset == (0.0, 0.0) and found.flip == (False, False))
    return None if found is None or (usual and _fills(found, grey.shape, source)) else found


def _judge(shot: Shot, picture: Picture, placement: Placement, source: Source, seen: Seen, *, whole: bool) -> None:
    """Judge contrast and marks of one picture that lies on a slice."""
    place = shot.slice or 0
    shape: tuple[int, int] = source.geometry.shape[1:]
    grey = picture.grey
    at_rows, at_columns = placement.to_source(np.arange(grey.shape[0]), np.arange(grey.shape[1]), shape)
    same = whole and grey.shape == shape and placement.flip == (False, False)
    bins = bins_of(source.hu[place])
    zones = source.zones[place]
    on_slice = np.ones(grey.shape, dtype=bool)
    beneath: tuple[Any, ...] = (slice(None), slice(None))
    if not same:
        on_slice = (at_rows >= 0)[:, None] & (at_columns >= 0)[None, :]
        beneath = np.ix_(np.maximum(at_rows, 0), np.maximum(at_columns, 0))
        zones = np.where(on_slice, zones[beneath], 0)
    tone = _tone(picture, bins[beneath], on_slice)
    blank = (grey <= BLANK_LEVEL) & (tone.bright[bins][beneath] > BRIGHT_LEVEL) & ((zones & BODY) > 0)
    share = float(np.count_nonzero(blank)) / max(1, int(np.count_nonzero(zones & BODY)))
    if share > BLANKED_SHARE:
        seen.blanked.append((shot, share))
        return
    lung = int(np.count_nonzero(zones & LUNG))
    if picture.window_stated:
        fault = tone.fault(with_lung=lung >= LUNG_PIXELS * grey.size / 512**2)
        if fault:
            seen.faults[fault].append(shot)
            if fault in ("flat", "saturated"):
                return
    reach = 0 if same else max(1, int(np.ceil(1 / min(placement.scale))))
    low, high = (level[beneath] for level in expected_levels(tone, bins, reach))
    if not on_slice.all():
        outside = np.median(grey[~on_slice]).astype(np.float32)
        low, high = np.where(on_slice, low, outside), np.where(on_slice, high, outside)
    coloured, drawn, told = drawn_over(grey, picture.colour, low, high)
    if not on_slice.all() and on_slice.mean() < 1 - PADDING_SHARE:
        coloured, drawn = coloured & on_slice, drawn & on_slice
    if not told and picture.colour is None:
        seen.grey_unjudged.append(shot)
        return
    pixel_mm2 = (
        source.geometry.spacing_mm[1] * source.geometry.spacing_mm[2] / (placement.scale[0] * placement.scale[1])
    )
    marks = find_marks(coloured, drawn, grey)
    if not marks:
        seen.unmarked += 1
    for mark in marks:
        under = zones[mark.box][mark.inside]
        body = float(np.count_nonzero(under & BODY)) / under.size
        near = float(np.count_nonzero(under & FIELD)) / under.size
        cut = not whole and any(
            side.start <= 1 or side.stop >= size - 1 for side, size in zip(mark.box, grey.shape, strict=True)
        )
        seen.marks.append(PlacedMark(mark, shot, body, near, under.size * pixel_mm2, placement, cut))


def _tone(picture: Picture, bins: NDArray[np.intp], on_slice: NDArray[np.bool_]) -> Tone:
    plain = on_slice
    if picture.colour is not None:
        plain = on_slice & ~coloured_pixels(picture.colour)
        if np.count_nonzero(plain) < 0.2 * np.count_nonzero(on_slice):
            plain = on_slice
    return tone_of(picture.grey, bins, plain)
