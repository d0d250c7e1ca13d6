"""The Series Instance UID by the mask of a profile, where that gives a valid and unique one."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from groundglass.dicom.objects.origin import is_uid

_ORIGINAL = re.compile(r"\{original\[:(\d+)\]\}")


@dataclass(frozen=True, slots=True)
class ServiceIds:
    """Numbers that a programme gives to a service.

    Attributes
    ----------
    model_id, add_id : int
        Of the model, and of its kind of result.
    """

    model_id: int = 1
    add_id: int = 1


def masked_uid(mask: str, original: str, ids: ServiceIds, count: int, taken: Collection[str]) -> tuple[str, str]:
    """Return the UID by the mask and an empty text, or an empty UID and why there is none.

    Parameters
    ----------
    mask : str
        Such as ``{original[:56]}.{model_id}.{add_id}.{count}``.
    original : str
        Series Instance UID of the source.
    ids : ServiceIds
        Fill the mask.
    count : int
        Generation of the result, from 1.
    taken : collection of str
        Series Instance UIDs of the study and of earlier results.
    """
    kept = original
    found = _ORIGINAL.search(mask)
    if found:
        kept = original[: int(found[1])]
    uid = _ORIGINAL.sub("{original}", mask).format(original=kept, model_id=ids.model_id, add_id=ids.add_id, count=count)
    if len(uid) > 64:
        return "", f"it would have {len(uid)} characters, 64 are allowed"
    if not is_uid(uid):
        return "", "it would not be a valid UID"
    if kept != original:
        # long UIDs of scanners differ in their last digits, which are those that are cut off
        return "", "the UID of the source would be cut, and two studies could get the same"
    if uid in taken:
        return "", "another series of the study has the same"
    return uid, ""
