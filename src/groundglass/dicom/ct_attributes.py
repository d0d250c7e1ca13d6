"""The attributes of a written CT series: what every slice shares, what each has, and the groups of a multi-frame.

References
----------
DICOM PS3.3 A.3.3 (CT Image IOD), A.38.1.3 (Enhanced CT), A.70 (Legacy Converted Enhanced CT), C.7.6.16 (functional
groups), PS3.16 CID 4030 (anatomy: SNOMED CT 51185008, thorax).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage
from pydicom.valuerep import format_number_as_ds

from groundglass.dicom.ct_encoding import stored_range
from groundglass.volume import Geometry

if TYPE_CHECKING:
    from groundglass.dicom.ct_writer import CTHeader, SeriesUIDs, Storage


def common(header: CTHeader, storage: Storage, uids: SeriesUIDs, geometry: Geometry) -> Dataset:
    """Return what every slice of the series shares."""
    spacing = geometry.spacing_mm
    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 192"
    data.ImageType = list(header.image_type)
    data.SOPClassUID = CTImageStorage
    data.SOPInstanceUID = ""
    for name in ("InstanceCreationDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(data, name, header.study_date)
    for name in ("InstanceCreationTime", "StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime"):
        setattr(data, name, header.study_time)
    data.AccessionNumber = header.accession_number
    data.Modality = "CT"
    data.Manufacturer = header.manufacturer
    data.ManufacturerModelName = header.model
    data.InstitutionName = header.institution
    data.ReferringPhysicianName = header.referring_physician
    data.StationName = "PHANTOM"
    data.StudyDescription = header.study_description
    data.SeriesDescription = header.series_description
    data.PatientName = header.patient_name
    data.PatientID = header.patient_id
    data.PatientBirthDate = header.birth_date
    data.PatientSex = header.sex
    data.PatientAge = header.age
    data.BodyPartExamined = header.body_part
    data.PatientPosition = header.patient_position
    data.ProtocolName = header.protocol_name
    data.SoftwareVersions = header.software
    data.DeviceSerialNumber = "0"
    data.StudyInstanceUID = uids.study
    data.SeriesInstanceUID = uids.series
    data.StudyID = header.study_id
    data.SeriesNumber = header.series_number
    data.FrameOfReferenceUID = uids.frame_of_reference
    data.PositionReferenceIndicator = ""
    data.SamplesPerPixel = 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.Rows, data.Columns = geometry.shape[1], geometry.shape[2]
    data.BitsAllocated = 16
    data.BitsStored = storage.bits_stored
    data.HighBit = storage.bits_stored - 1
    data.PixelRepresentation = int(storage.signed)
    data.BurnedInAnnotation = "NO"
    data.LossyImageCompression = "00"
    data.KVP = _ds(header.kvp)
    data.DataCollectionDiameter = "500"
    data.ReconstructionDiameter = _ds(spacing[2] * geometry.shape[2])
    data.GantryDetectorTilt = _ds(header.gantry_tilt_degrees)
    data.TableHeight = "0"
    data.RotationDirection = "CW"
    data.ExposureTime = round(header.exposure_time_ms)
    data.FilterType = header.filter_type
    data.ConvolutionKernel = header.kernel
    data.RevolutionTime = header.rotation_s
    data.SpiralPitchFactor = header.pitch
    data.SliceThickness = _ds(header.slice_thickness_mm or spacing[0])
    data.SpacingBetweenSlices = _ds(spacing[0])
    data.PixelSpacing = [_ds(spacing[1]), _ds(spacing[2])]
    data.ImageOrientationPatient = _orientation(geometry)
    data.RescaleIntercept = _ds(storage.intercept_hu)
    data.RescaleSlope = _ds(storage.slope_hu)
    data.RescaleType = "HU"
    data.WindowCenter = _ds(header.window_center_hu)
    data.WindowWidth = _ds(header.window_width_hu)
    if header.contrast_agent:
        data.ContrastBolusAgent = header.contrast_agent
    if storage.padding_hu is not None:
        low, high = stored_range(storage.bits_stored, storage.signed)
        value = round((storage.padding_hu - storage.intercept_hu) / storage.slope_hu)
        data.add_new("PixelPaddingValue", "SS" if storage.signed else "US", min(max(value, low), high))
    return data


def set_slice(data: Dataset, header: CTHeader, uids: SeriesUIDs, geometry: Geometry, index: int) -> None:
    """Set what belongs to one slice."""
    position = geometry.to_mm(np.array([index, 0, 0]))
    data.SOPInstanceUID = uids.sop[index]
    data.AcquisitionNumber = 1
    data.InstanceNumber = index + 1
    data.ImagePositionPatient = [_ds(value) for value in position]
    data.SliceLocation = _ds(float(position @ _normal(geometry)))
    current = _current(header, index)
    data.XRayTubeCurrent = round(current)
    data.Exposure = round(current * header.exposure_time_ms / 1000)


def add_frames(data: Dataset, header: CTHeader, storage: Storage, uids: SeriesUIDs, geometry: Geometry) -> None:
    """Turn the shared attributes into those of one multi-frame image, with its functional groups."""
    count = geometry.shape[0]
    legacy = storage.legacy
    data.SOPClassUID = LegacyConvertedEnhancedCTImageStorage if legacy else EnhancedCTImageStorage
    data.SOPInstanceUID = uids.sop[0]
    data.InstanceNumber = 1
    data.NumberOfFrames = count
    data.ImageType = [*header.image_type[:2], "VOLUME", "NONE"]
    data.AcquisitionNumber = 1
    data.AcquisitionDateTime = header.study_date + header.study_time
    data.AcquisitionDuration = header.scan_duration_s
    data.PixelPresentation = "MONOCHROME"
    data.VolumetricProperties = "VOLUME"
    data.VolumeBasedCalculationTechnique = "NONE"
    data.PresentationLUTShape = "IDENTITY"
    data.ContentQualification = "RESEARCH"
    data.AcquisitionContextSequence = Sequence()
    shared, frames = _shared_groups(data, header, storage, uids), []
    for name in _PER_FRAME_KEYWORDS:
        if name in data:
            delattr(data, name)
    for index in range(count):
        frames.append(_frame_groups(header, storage, geometry, index))
    if legacy:
        shared.UnassignedSharedConvertedAttributesSequence = Sequence([Dataset()])
        for frame in frames:
            frame.UnassignedPerFrameConvertedAttributesSequence = Sequence([Dataset()])
    data.SharedFunctionalGroupsSequence = Sequence([shared])
    data.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dimension_uid = uids.series + ".1" if len(uids.series) < 60 else uids.series
    organization = Dataset()
    organization.DimensionOrganizationUID = dimension_uid
    data.DimensionOrganizationSequence = Sequence([organization])
    pointer = Dataset()
    pointer.DimensionOrganizationUID = dimension_uid
    pointer.DimensionIndexPointer = 0x00200032  # ImagePositionPatient
    pointer.FunctionalGroupPointer = 0x00209113  # PlanePositionSequence
    data.DimensionIndexSequence = Sequence([pointer])


_PER_FRAME_KEYWORDS = (
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    *("SliceLocation", "RescaleIntercept", "RescaleSlope", "RescaleType", "WindowCenter", "WindowWidth"),
    *("ConvolutionKernel", "KVP", "XRayTubeCurrent", "Exposure", "ExposureTime", "FilterType", "RevolutionTime"),
    *("SpiralPitchFactor", "ReconstructionDiameter", "DataCollectionDiameter", "GantryDetectorTilt", "TableHeight"),
    *("RotationDirection", "BodyPartExamined", "AcquisitionDate", "AcquisitionTime"),
)
"""What a single-frame image says at its top and a multi-frame image in its functional groups."""


def _shared_groups(data: Dataset, header: CTHeader, storage: Storage, uids: SeriesUIDs) -> Dataset:
    shared = Dataset()
    shared.PixelMeasuresSequence = _item(
        SliceThickness=data.SliceThickness,
        PixelSpacing=data.PixelSpacing,
        SpacingBetweenSlices=data.SpacingBetweenSlices,
    )
    shared.PlaneOrientationSequence = _item(ImageOrientationPatient=data.ImageOrientationPatient)
    shared.PixelValueTransformationSequence = _item(
        RescaleIntercept=data.RescaleIntercept, RescaleSlope=data.RescaleSlope, RescaleType="HU"
    )
    shared.FrameVOILUTSequence = _item(WindowCenter=data.WindowCenter, WindowWidth=data.WindowWidth)
    shared.FrameAnatomySequence = _item(
        FrameLaterality="U",
        AnatomicRegionSequence=_item(CodeValue="51185008", CodingSchemeDesignator="SCT", CodeMeaning="Thorax"),
    )
    frame_type = _item(
        FrameType=list(data.ImageType),
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="NONE",
    )
    shared.CTImageFrameTypeSequence = frame_type
    if storage.legacy:
        return shared
    shared.CTAcquisitionTypeSequence = _item(AcquisitionType="SPIRAL", ConstantVolumeFlag="NO", FluoroscopyFlag="NO")
    shared.CTAcquisitionDetailsSequence = _item(
        RotationDirection="CW",
        RevolutionTime=header.rotation_s,
        SingleCollimationWidth=0.5,
        TotalCollimationWidth=32.0,
        TableHeight=0.0,
        GantryDetectorTilt=header.gantry_tilt_degrees,
        DataCollectionDiameter=500.0,
    )
    shared.CTTableDynamicsSequence = _item(TableSpeed=95.0, TableFeedPerRotation=47.5, SpiralPitchFactor=header.pitch)
    shared.CTReconstructionSequence = _item(
        ReconstructionAlgorithm="FILTER_BACK_PROJ",
        ConvolutionKernel=header.kernel,
        ConvolutionKernelGroup="SOFT_TISSUE",
        ReconstructionDiameter=float(data.ReconstructionDiameter),
        ReconstructionAngle=360.0,
        ImageFilter="NONE",
        ReconstructionPixelSpacing=[float(side) for side in data.PixelSpacing],
    )
    shared.IrradiationEventIdentificationSequence = _item(IrradiationEventUID=uids.series)
    shared.CTGeometrySequence = _item(DistanceSourceToDetector=1072.0, DistanceSourceToDataCollectionCenter=600.0)
    shared.CTExposureSequence = _item(
        ExposureTimeInms=header.exposure_time_ms,
        XRayTubeCurrentInmA=_current(header, 0),
        ExposureInmAs=_current(header, 0) * header.exposure_time_ms / 1000,
        ExposureModulationType="NONE",
    )
    shared.CTXRayDetailsSequence = _item(
        KVP=header.kvp, FocalSpots=[1.0], FilterType="NONE", FilterMaterial=["ALUMINUM"]
    )
    return shared


def _frame_groups(header: CTHeader, storage: Storage, geometry: Geometry, index: int) -> Dataset:
    frame = Dataset()
    frame.FrameContentSequence = _item(
        FrameAcquisitionNumber=1,
        FrameReferenceDateTime=header.study_date + header.study_time,
        FrameAcquisitionDateTime=header.study_date + header.study_time,
        FrameAcquisitionDuration=header.exposure_time_ms,
        StackID="1",
        InStackPositionNumber=index + 1,
        DimensionIndexValues=[index + 1],
    )
    position = geometry.to_mm(np.array([index, 0, 0]))
    if not storage.legacy:
        table = float(position[2])
        frame.CTPositionSequence = _item(
            TablePosition=table,
            DataCollectionCenterPatient=[0.0, 0.0, table],
            ReconstructionTargetCenterPatient=[0.0, 0.0, table],
        )
    frame.PlanePositionSequence = _item(ImagePositionPatient=[_ds(value) for value in position])
    return frame


def _item(**attributes: object) -> Sequence:
    item = Dataset()
    for name, value in attributes.items():
        setattr(item, name, value)
    return Sequence([item])


def _orientation(geometry: Geometry) -> list[str]:
    """ImageOrientationPatient: where columns run along a row, then where rows run down a column (PS3.3 C.7.6.2.1.1)."""
    return [_ds(value) for value in (*geometry.cosines[:, 2], *geometry.cosines[:, 1])]


def _normal(geometry: Geometry) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    normal = np.cross(geometry.cosines[:, 2], geometry.cosines[:, 1])
    return np.asarray(normal, dtype=np.float64)


def _current(header: CTHeader, index: int) -> float:
    current = header.tube_current_ma
    return float(current[min(index, len(current) - 1)]) if isinstance(current, tuple) else float(current)


def _ds(value: float) -> str:
    """Return a decimal string of at most 16 characters (PS3.5 6.2), without a minus zero."""
    number = float(value)
    return format_number_as_ds(number if number else 0.0)
