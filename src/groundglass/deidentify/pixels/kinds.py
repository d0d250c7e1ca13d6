"""What an object is: by class, modality, image type and body of the header; a table, read from top to bottom."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal, cast, get_args

from pydicom.dataset import Dataset

from groundglass.deidentify.pixels.outcome import ObjectKind

Default = Literal["keep", "look", "read", "drop"]
"""What is done where the profile does not say otherwise: keep without a look (no pixels, or masks), quick look and text
reader for suspects, text reader for every frame, leave out."""


@dataclass(frozen=True, slots=True)
class KindRow:
    """One row of ``kinds.csv``: the first whose pattern fits names the kind."""

    field: str
    pattern: re.Pattern[str]
    kind: ObjectKind
    default: Default
    reason: str
    source: str


@lru_cache(maxsize=1)
def kind_rows() -> tuple[KindRow, ...]:
    """Return the table of kinds.

    Raises
    ------
    ValueError
        If the table in the package names a kind or default that does not exist.
    """
    text = files("groundglass.deidentify.pixels").joinpath("kinds.csv").read_text(encoding="utf-8")
    rows = []
    for row in csv.DictReader(text.splitlines()):
        if row["kind"] not in get_args(ObjectKind) or row["default"] not in get_args(Default):
            raise ValueError(f"kinds.csv: {row['kind']}, {row['default']}")
        whole = row["field"] == "sop_class"
        pattern = f"(?:{row['pattern']})\\Z" if whole else row["pattern"]
        rows.append(
            KindRow(
                row["field"],
                re.compile(pattern, re.IGNORECASE),
                cast(ObjectKind, row["kind"]),
                cast(Default, row["default"]),
                row["reason"],
                row["source"],
            )
        )
    return tuple(rows)


@lru_cache(maxsize=4096)
def _row_of(fields: tuple[tuple[str, str], ...]) -> KindRow:
    by_name = dict(fields)
    for row in kind_rows():
        value = by_name.get(row.field, "")
        if value or row.field == "sop_class":
            fits = row.pattern.match if row.field == "sop_class" else row.pattern.search
            if fits(value):
                return row
    return kind_rows()[-1]


def row_of(ds: Dataset) -> KindRow:
    """Return the row of the table that fits an object.

    Parameters
    ----------
    ds : Dataset
        Its data set, with file meta information where there is any.

    Returns
    -------
    KindRow
        Kind, default and reason.
    """
    sop_class = _text(ds, "SOPClassUID")
    if not sop_class:
        sop_class = str(getattr(ds, "file_meta", {}).get("MediaStorageSOPClassUID", "") or "").strip(" \0")
    modality = _text(ds, "Modality").upper()
    pixels = any(name in ds for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"))
    colour = pixels and _text(ds, "SamplesPerPixel") not in ("", "1")
    palette = _text(ds, "PhotometricInterpretation").upper().startswith("PALETTE")
    ct = sop_class.startswith("1.2.840.10008.5.1.4.1.1.2") or modality == "CT"
    fields = {
        "sop_class": sop_class,
        "modality": modality,
        "image_type": _text(ds, "ImageType") if pixels or "Rows" in ds else "",
        "description": _text(ds, "SeriesDescription") if pixels or "Rows" in ds else "",
        "document": "1" if "EncapsulatedDocument" in ds else "",
        "colour_ct": "1" if ct and (colour or palette) else "",
        "no_class_ct": "1" if not sop_class and pixels and modality == "CT" else "",
        "no_class_pixels": "1" if not sop_class and pixels else "",
    }
    return _row_of(tuple(fields.items()))


def kind_of(ds: Dataset) -> tuple[ObjectKind, str]:
    """Return what an object is, and by what it was recognised.

    Parameters
    ----------
    ds : Dataset
        Its data set, with file meta information where there is any.

    Returns
    -------
    tuple of ObjectKind and str
        The kind, and a short code: the reason column of ``kinds.csv``.
    """
    row = row_of(ds)
    return row.kind, row.reason


def _text(ds: Dataset, keyword: str) -> str:
    value = ds.get(keyword)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip(" \0")
    try:
        return "\\".join(str(part) for part in value).strip(" \0")
    except TypeError:
        return str(value)
