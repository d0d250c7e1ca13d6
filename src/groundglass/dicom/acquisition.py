"""Identity and acquisition of a series from its header: the text in its character set, numbers over all slices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from groundglass.dicom.frames import Frame
from groundglass.dicom.header import Acquisition, Identity
from groundglass.dicom.headers import FUNCTIONAL_GROUPS, IDENTITY_TAGS, Instance
from groundglass.dicom.values import decoded

_CONTRAST_WORDS = re.compile(
    r"CONTRAST|\+C\b|\bCE\b|ARTERIAL|VENOUS|ANGIO|\bCTA\b|\bCTPA\b|КОНТРАСТ|\bКУ\b|АРТЕР|ВЕНОЗН", re.I
)
_NO_CONTRAST_WORDS = re.compile(
    r"WITHOUT|W/?O\b|NON[- ]?CON|\bNO CONTRAST|NATIVE|\bPLAIN\b|UNENHANCED|БЕЗ\b|НАТИВ", re.I
)
_NO_AGENT = frozenset({"NO", "NONE", "N", "0", "NO CONTRAST", "WITHOUT", "НЕТ", "N/A", "UNKNOWN"})
_AGE = re.compile(r"\d{3}[DWMY]")


def identity_of(instance: Instance) -> Identity:
    """Return the patient line exactly as the header has it, in its character set."""
    sets = character_sets(instance)
    return Identity(**{name: _human(instance, tag, sets, name.endswith("name")) for name, tag in IDENTITY_TAGS.items()})


def character_sets(instance: Instance) -> tuple[str, ...]:
    """Return the values of SpecificCharacterSet."""
    return instance.values().texts(0x00080005)


def description_of(instance: Instance) -> str:
    """Return SeriesDescription in its character set."""
    return _human(instance, 0x0008103E, character_sets(instance))


def _human(instance: Instance, tag: int, sets: tuple[str, ...], person_name: bool = False) -> str:
    element = instance.elements.get(tag)
    return "" if element is None else decoded(element.value, sets, person_name=person_name)


def acquisition_of(frames: Sequence[Frame]) -> Acquisition:
    """Return how a series was made.

    Parameters
    ----------
    frames : sequence of Frame
        All slices of the stack.
    """
    first = frames[0]
    instance = first.instance
    sets = character_sets(instance)
    v = instance.values()
    shared = v.item(FUNCTIONAL_GROUPS[0])
    details, exposure, table = shared.item(0x00189325), shared.item(0x00189321), shared.item(0x00189308)
    currents = [c for c in (_current(frame) for frame in _one_per_file(frames)) if c is not None and c > 0]
    times = [t for t in (_seconds(frame.instance.acquisition_time) for frame in _one_per_file(frames)) if t is not None]
    description = _human(instance, 0x0008103E, sets)
    protocol = _human(instance, 0x00181030, sets)
    agent = _human(instance, 0x00180010, sets)
    return Acquisition(
        modality=instance.modality or "CT",
        manufacturer=instance.manufacturer or None,
        model=instance.model or None,
        kernel=first.kernel or None,
        kvp=_positive(v.number(0x00180060, "KVP") or details.double(0x00180060, "KVP")),
        tube_current_ma=(min(currents), max(currents)) if currents else None,
        exposure_time_ms=_positive(v.number(0x00181150, "ExposureTime") or exposure.double(0x00189328, "ExposureTime")),
        pitch=_positive(v.double(0x00189311, "SpiralPitchFactor") or table.double(0x00189311, "SpiralPitchFactor")),
        slice_thickness_mm=_positive(first.thickness_mm),
        reconstruction_diameter_mm=_positive(v.number(0x00181100, "ReconstructionDiameter")),
        gantry_tilt_degrees=instance.tilt_degrees,
        patient_position=position_of(instance) or None,
        contrast=contrast_of(agent, f"{description} {protocol}", bool(v.items(0x00180012))),
        contrast_agent=agent or None,
        body_part=instance.body_part or None,
        image_type=first.image_type,
        series_description=description or None,
        protocol_name=protocol or None,
        scan_duration_s=round(max(times) - min(times), 3) if len(times) > 1 and max(times) > min(times) else None,
        acquisition_datetime=acquisition_datetime(instance),
        lossy_ratio=instance.lossy_ratio,
        extra={},
    )


def contrast_of(agent: str, words: str, has_sequence: bool = False) -> Literal["yes", "no", "unknown"]:
    """Tell whether contrast was given: the agent decides, then the words of description and protocol.

    Parameters
    ----------
    agent : str
        ContrastBolusAgent.
    words : str
        Descriptions.
    has_sequence : bool
        ContrastBolusAgentSequence has items.
    """
    if has_sequence or (agent and agent.strip().upper() not in _NO_AGENT):
        return "yes"
    if _NO_CONTRAST_WORDS.search(words) or agent:
        return "no"
    return "yes" if _CONTRAST_WORDS.search(words) else "unknown"


_ORIENTATION_CODES = {
    "F-10340": "S",
    "40199007": "S",
    "F-10310": "P",
    "1240000": "P",
    "F-10317": "DR",
    "102535000": "DR",
    "F-10319": "DL",
    "102536004": "DL",
}
"""Modifier of a recumbent patient, SNOMED and its older form (PS3.16 CID 20)."""
_GANTRY_CODES = {"F-10470": "HF", "102540008": "HF", "F-10480": "FF", "102541007": "FF"}
"""Patient to gantry (PS3.16 CID 21): headfirst, feet-first."""


def position_of(instance: Instance) -> str:
    """Return PatientPosition, or what the orientation codes of an enhanced object say; empty where nothing does."""
    if instance.patient_position:
        return instance.patient_position
    shared = instance.values().item(FUNCTIONAL_GROUPS[0]).item(0x00209450)
    for v in (instance.values(), shared):
        lying = _ORIENTATION_CODES.get(v.item(0x00540410).item(0x00540412).text(0x00080100), "")
        entering = _GANTRY_CODES.get(v.item(0x00540414).text(0x00080100), "")
        if lying and entering:
            return entering + lying
    return ""


def acquisition_datetime(instance: Instance) -> str | None:
    """Return the time of acquisition as ISO 8601 (local time of the scanner), None where no date is stated."""
    v = instance.values()
    joined = v.text(0x0008002A)
    if not re.match(r"\d{8}", joined):
        dates = ((0x00080022, 0x00080032), (0x00080023, 0x00080033), (0x00080021, 0x00080031), (0x00080020, 0x00080030))
        for date_tag, time_tag in dates:
            date = v.text(date_tag).replace(".", "")
            if re.match(r"\d{8}$", date):
                joined = date + v.text(time_tag).replace(":", "")
                break
        else:
            return None
    match = re.match(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})?(\d{2})?)?", joined)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else 0 for part in match.groups())
    if not (1970 <= year <= 2200 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        return None
    date = f"{year:04d}-{month:02d}-{day:02d}"
    return date if match.group(4) is None else f"{date}T{hour:02d}:{minute:02d}:{min(second, 59):02d}"


def _one_per_file(frames: Sequence[Frame]) -> list[Frame]:
    seen: dict[int, Frame] = {}
    for frame in frames:
        seen.setdefault(id(frame.instance), frame)
    return list(seen.values())


def _current(frame: Frame) -> float | None:
    v = frame.instance.values()
    exposure = v.item(FUNCTIONAL_GROUPS[0]).item(0x00189321)
    return v.number(0x00181151, "XRayTubeCurrent") or exposure.double(0x00189330, "XRayTubeCurrentInmA")


def _seconds(time: str) -> float | None:
    match = re.match(r"(\d{2}):?(\d{2}):?(\d{2}(?:\.\d{1,6})?)", time)
    return None if match is None else int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None
