import csv
from importlib.resources import files
from typing import Any, get_args

import numpy as np
import pytest
from pictured_objects import CAPTURE, CT, object_of
from pydicom.dataset import Dataset
from pydicom.uid import UID

from groundglass.deidentify.pixels import ObjectKind, PixelCleaner, kind_of, kind_rows, row_of
from groundglass.deidentify.profile import PixelRules

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_PICTURE = np.zeros((8, 8), np.uint16)


def _of_class(sop_class: str, **more: object) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID = UID(sop_class)
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    return ds


@pytest.mark.parametrize(
    ("sop_class", "kind", "default"),
    [
        (CT, "image", "look"),
        (CT + ".1", "image", "look"),
        (CT + ".2", "image", "look"),
        (_STORAGE + "128", "image", "look"),
        (_STORAGE + "1.1", "image", "read"),
        (_STORAGE + "6.1", "image", "read"),
        (CAPTURE, "capture", "drop"),
        (CAPTURE + ".4", "capture", "drop"),
        (_STORAGE + "104.1", "document", "drop"),
        (_STORAGE + "104.5", "document", "drop"),
        (_STORAGE + "88.67", "structured", "keep"),
        (_STORAGE + "88.59", "structured", "keep"),
        (_STORAGE + "11.1", "presentation", "keep"),
        (_STORAGE + "66.4", "segmentation", "keep"),
        (_STORAGE + "66.7", "segmentation", "keep"),
        (_STORAGE + "66", "raw", "drop"),
        (_STORAGE + "9.4.1", "other", "drop"),
        (_STORAGE + "481.3", "other", "keep"),
        ("1.2.840.10008.1.3.10", "directory", "drop"),
        ("1.3.12.2.1107.5.9.1", "raw", "drop"),
        ("1.2.840.10008.5.1.4.1.1.999.1", "other", "drop"),
        ("", "other", "drop"),
    ],
)
def test_the_class_names_the_kind(sop_class: str, kind: str, default: str) -> None:
    row = row_of(_of_class(sop_class))
    assert (row.kind, row.default) == (kind, default)


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"ImageType": ["DERIVED", "SECONDARY", "DOSE_INFO"]}, "dose-capture"),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "capture"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "localizer"),
        ({"ImageType": ["DERIVED", "SECONDARY", "REFORMATTED"]}, "image"),
        ({"SeriesDescription": "Dose Report"}, "dose-capture"),
        ({"SeriesDescription": "Low dose chest"}, "image"),
    ],
)
def test_image_type_and_description_name_captures_among_ct_images(more: dict[str, Any], kind: str) -> None:
    assert kind_of(object_of(_PICTURE, **more))[0] == kind


def test_a_coloured_ct_image_is_a_picture_of_a_screen() -> None:
    assert kind_of(object_of(np.zeros((8, 8, 3), np.uint8))) == ("capture", "colour-picture")


def test_an_image_stays_one_whatever_else_it_holds() -> None:
    assert kind_of(object_of(_PICTURE, EncapsulatedDocument=b"%PDF"))[0] == "image"


def test_a_ct_image_without_its_class_is_an_image_and_another_picture_is_not() -> None:
    ds = object_of(_PICTURE)
    del ds.SOPClassUID
    assert kind_of(ds)[0] == "image"
    ds.Modality = "OT"
    assert kind_of(ds)[0] == "capture"


def test_every_row_of_the_table_has_a_known_kind_a_reason_and_a_source() -> None:
    text = files("groundglass.deidentify.pixels").joinpath("kinds.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == len(kind_rows())
    for row in rows:
        assert None not in row.values()
        assert None not in row
        assert row["kind"] in get_args(ObjectKind)
        assert row["reason"]
        assert row["source"]


@pytest.mark.parametrize("captures", ["drop", "blank"])
@pytest.mark.parametrize("sop_class", ["1.2.3.4.5", _STORAGE + "104.1", _STORAGE + "66", "1.2.840.10008.1.3.10"])
def test_what_cannot_be_looked_through_is_left_out(sop_class: str, captures: str) -> None:
    outcome = PixelCleaner(PixelRules(captures=captures)).clean(_of_class(sop_class))  # type: ignore[arg-type]  # a string of the profile
    assert outcome.action == "drop"
    assert outcome.reason
