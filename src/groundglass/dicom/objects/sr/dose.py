"""The radiation dose, as the dose objects of the study state it (codes of PS3.16 TID 10011 to 10013)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundglass.dicom.objects.origin import is_uid
from groundglass.dicom.objects.sr.items import coded, container, number, text, uid

if TYPE_CHECKING:
    from highdicom.sr import ContainerContentItem, ContentItem

    from groundglass.analysis.result import DoseEvent, DoseSection
    from groundglass.dicom.objects.sr.wording import Words

_PHANTOMS = {16: "dose_phantom_head", 32: "dose_phantom_body"}
DECIMALS = 2
"""Dose objects state mGy and mGy cm to a hundredth at most."""


def dose_container(dose: DoseSection, words: Words) -> ContainerContentItem:
    """Return the container of totals and events.

    Parameters
    ----------
    dose : DoseSection
        Of the result.
    words : Words
        Language.
    """
    items: list[ContentItem] = [text("comment", words("dose_note"))]
    if dose.total.dlp_mgy_cm is not None:
        items.append(number("dlp_total", round(dose.total.dlp_mgy_cm, DECIMALS), "mgy_cm"))
    if dose.total.effective_msv is not None:
        items.append(number("effective_dose_total", round(dose.total.effective_msv, DECIMALS), "msv"))
    if dose.factors:
        items.append(text("comment", words("dose_factors", factors=dose.factors)))
    items += [_event(event, words) for event in dose.events]
    items += [text("warning", message.message) for message in dose.warnings]
    return container("dose_data", items)


def _event(event: DoseEvent, words: Words) -> ContentItem:
    items: list[ContentItem] = []
    if is_uid(event.uid):
        items.append(uid("dose_event_uid", event.uid or ""))
    if event.region:
        items.append(text("target_region", event.region))
    if event.ctdivol_mgy is not None:
        items.append(number("ctdivol", round(event.ctdivol_mgy, DECIMALS), "mgy"))
    if event.phantom_cm in _PHANTOMS:
        items.append(coded("dose_phantom", _PHANTOMS[event.phantom_cm]))
    if event.dlp_mgy_cm is not None:
        items.append(number("dlp", round(event.dlp_mgy_cm, DECIMALS), "mgy_cm"))
    if event.k is not None:
        items.append(number("dose_factor", event.k, "msv_per_mgy_cm"))
    if event.effective_msv is not None:
        items.append(number("effective_dose", round(event.effective_msv, DECIMALS), "msv"))
    return container("dose_event", items or [text("comment", words("dose_no_figures"))])
