"""Frames: one slice each, from a file of its own or from an enhanced or legacy-converted multi-frame."""

from __future__ import annotations

from dataclasses import dataclass

from groundglass.dicom.elements import Element
from groundglass.dicom.headers import FUNCTIONAL_GROUPS, Instance
from groundglass.dicom.values import Values

_MEASURES, _POSITION, _ORIENTATION, _TRANSFORM = 0x00289110, 0x00209113, 0x00209116, 0x00289145
_CONTENT, _FRAME_TYPE, _RECONSTRUCTION, _CARDIAC = 0x00209111, 0x00189329, 0x00189314, 0x00189118
_UNASSIGNED = (0x00209171, 0x00209170)
"""UnassignedPerFrame- and UnassignedSharedConvertedAttributesSequence of legacy objects (PS3.3 C.7.6.16.2.25)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One slice: where it lies, how its numbers become HU, and what tells it from its neighbours.

    Attributes
    ----------
    instance : Instance
        The file it lies in.
    index : int
        0-based frame number within the file.
    position_mm : tuple of 3 float or None
        ImagePositionPatient, LPS mm.
    orientation : tuple of 6 float or None
        ImageOrientationPatient: direction along a row (growing column), then along a column (growing row).
    pixel_spacing_mm : tuple of 2 float or None
        Between rows, between columns.
    """

    instance: Instance
    index: int
    position_mm: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    pixel_spacing_mm: tuple[float, ...] | None
    thickness_mm: float | None
    slope: float | None
    intercept: float | None
    rescale_type: str
    image_type: tuple[str, ...]
    kernel: str
    acquisition_number: int | None
    instance_number: int | None
    time: str
    temporal: str
    stack_id: str
    problems: dict[str, str]

    @property
    def label(self) -> str:
        """File and frame for messages."""
        if self.instance.layout.frames <= 1:
            return self.instance.source.label
        return f"{self.instance.source.label} frame {self.index + 1}"


def frames_of(instance: Instance) -> tuple[Frame, ...]:
    """Return the slices of one file, none where it has no pixels.

    Parameters
    ----------
    instance : Instance
        Header; its number of frames has been checked against the limits.
    """
    if instance.layout.tag == 0 or instance.layout.frames < 1:
        return ()
    shared = instance.values().item(FUNCTIONAL_GROUPS[0])
    per_frame = instance.values().items(FUNCTIONAL_GROUPS[1])
    if not shared.data and not per_frame:
        return tuple(_plain(instance, index) for index in range(instance.layout.frames))
    return tuple(
        _grouped(instance, index, shared, per_frame[index] if index < len(per_frame) else {})
        for index in range(instance.layout.frames)
    )


def _plain(instance: Instance, index: int) -> Frame:
    return Frame(
        instance=instance,
        index=index,
        position_mm=instance.position_mm,
        orientation=instance.orientation,
        pixel_spacing_mm=instance.pixel_spacing_mm,
        thickness_mm=instance.thickness_mm,
        slope=instance.slope,
        intercept=instance.intercept,
        rescale_type=instance.rescale_type,
        image_type=instance.image_type,
        kernel=instance.kernel,
        acquisition_number=instance.acquisition_number,
        instance_number=instance.instance_number,
        time=instance.acquisition_time or instance.content_time,
        temporal=instance.temporal,
        stack_id="",
        problems=instance.problems,
    )


def _grouped(instance: Instance, index: int, shared: Values, own: dict[int, Element]) -> Frame:
    """Take each functional group from the frame, else from the shared item, else from the top of the file."""
    problems = dict(instance.problems)
    mine = Values(own, little=instance.layout.little, problems=problems)
    common = Values(shared.data, little=instance.layout.little, problems=problems)

    def group(tag: int) -> Values:
        found = mine.item(tag)
        return found if found.data else common.item(tag)

    unassigned = [mine.item(_UNASSIGNED[0]), common.item(_UNASSIGNED[1])]
    measures, content, transform = group(_MEASURES), group(_CONTENT), group(_TRANSFORM)
    slope = transform.sole(0x00281053, "RescaleSlope")
    intercept = transform.sole(0x00281052, "RescaleIntercept")
    kernels = [group(_RECONSTRUCTION), *unassigned]
    kernel = next((k for k in (v.text(0x00181210) for v in kernels) if k), instance.kernel)
    acquisition = content.short(0x00209156, "FrameAcquisitionNumber")
    number = next((n for n in (v.integer(0x00200013, "InstanceNumber") for v in unassigned) if n is not None), None)
    temporal = (
        content.text(0x00209128).encode().hex(),
        str(group(_CARDIAC).double(0x00209241, "NominalPercentageOfCardiacPhase") or ""),
    )
    return Frame(
        instance=instance,
        index=index,
        position_mm=group(_POSITION).numbers(0x00200032, "ImagePositionPatient", 3) or instance.position_mm,
        orientation=group(_ORIENTATION).numbers(0x00200037, "ImageOrientationPatient", 6) or instance.orientation,
        pixel_spacing_mm=measures.numbers(0x00280030, "PixelSpacing", 2) or instance.pixel_spacing_mm,
        thickness_mm=measures.number(0x00180050, "SliceThickness") or instance.thickness_mm,
        slope=instance.slope if slope is None else slope,
        intercept=instance.intercept if intercept is None else intercept,
        rescale_type=transform.text(0x00281054).upper() or instance.rescale_type,
        image_type=group(_FRAME_TYPE).texts(0x00089007) or instance.image_type,
        kernel=kernel.replace("\\", " ").strip(),
        acquisition_number=instance.acquisition_number if acquisition is None else acquisition,
        instance_number=index + 1 if number is None else number,
        time=content.text(0x00189074) or instance.acquisition_time,
        temporal="/".join(filter(None, (instance.temporal, *temporal))),
        stack_id=content.text(0x00209056),
        problems=problems,
    )
