"""A small labelled CT with counts known by hand, and records made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from groundglass.datasets.assessment import CtRecord, Engine, record_of
from groundglass.datasets.formats.labelled import LabelledCt, lesion_labels, lung_labels
from groundglass.volume import Geometry, Volume

SHAPE = (10, 20, 30)
ENGINE = Engine("0.0", "made/1", "0" * 64)
SPACING_MM = (5.0, 2.0, 2.0)


def made_ct(**changes: Any) -> LabelledCt:
    """Return a CT whose lungs have 10 x 10 x 20 voxels, a tenth of which is lesion: slices 2 and 3."""
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = *SPACING_MM, 1.0
    geometry = Geometry(SHAPE, affine)
    lungs, lesions = np.zeros(SHAPE, dtype=np.uint8), np.zeros(SHAPE, dtype=np.uint8)
    lungs[:, 5:15, 5:25] = 1
    lesions[2:4, 5:10, 5:25] = 3
    values: dict[str, Any] = {
        "name": "made_1",
        "patient": "made_1",
        "source": "made",
        "volume": Volume(np.zeros(SHAPE, dtype=np.int16), geometry),
        "lungs": lung_labels(lungs, geometry),
        "lesions": lesion_labels(lesions, geometry),
        "exact_hu": True,
        "spacing_known": True,
        "voxels_sha256": "1" * 64,
    }
    return LabelledCt(**(values | changes))


def made_record(name: str = "made_1", **changes: Any) -> CtRecord:
    """Return the record of a perfect reading, with whatever else is wanted."""
    ct = made_ct()
    assert ct.lesions is not None
    assert ct.lungs is not None
    perfect = record_of(ct, engine=ENGINE, lesions=ct.lesions.array, lungs=ct.lungs.array, interval=(8.0, 12.0))
    return replace(perfect, name=name, patient=name, **changes)
