"""Coded concepts: what a number or a region is called in the terms of SNOMED CT, DCM, LOINC and UCUM.

Every code says where it was read. What has no code in those gets one of ours (scheme ``99GROUNDGLASS``).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Scheme = Literal["SCT", "DCM", "LN", "UCUM", "RADLEX", "RFC5646", "UMLS", "99GROUNDGLASS"]

PRIVATE_SCHEME: Final = "99GROUNDGLASS"
PRIVATE_SCHEME_UID: Final = "2.25.150488586654064292767129027208712321694"
"""Names our coding scheme in CodingSchemeIdentificationSequence (PS3.3 C.12.1.1.5); drawn once from a random UUID."""
PRIVATE_SCHEME_NAME: Final = "groundglass result codes"


@dataclass(frozen=True, slots=True)
class Code:
    """One coded concept (PS3.3 section 8.8).

    Attributes
    ----------
    value : str
        Code value.
    scheme : str
        Coding scheme designator (PS3.16 section 8).
    meaning : str
        Words of the code, English, at most 64 characters.
    source : str
        Where the code was read.
    """

    value: str
    scheme: Scheme
    meaning: str
    source: str


_KEY = "PS3.16 TID 2010 and CID 7010"
_OBSERVER = "PS3.16 TID 1002 and 1004"
_ANATOMY = "PS3.16 CID 4030 CT and MR anatomy imaged; PS3.16 annex L"
_SEGMENT = "PS3.16 CID 7150 and 7151, segmented property categories and types"
_FAMILY = "PS3.16 CID 7162 Surface processing algorithm families"
_ZONE = "PS3.16 CID 6124 and 6126, as in pydicom 3.0's concept dictionary"
_SIDE = "PS3.16 CID 244 Laterality"
_MEASURE = "PS3.16 CID 7461 to 7469 and annex D, as used in TID 1411 and 1419"
_UNIT = "UCUM; PS3.16 CID 7181 and 7460"
_OPACITY = "PS3.16 CID 6104 Abnormal opacity finding or feature"
_GROUP = "PS3.16 TID 1411 and 1501"
_UNCERTAIN = "PS3.16 CID 225 Measurement uncertainty concepts, TID 310 row 5"
_DOSE = "PS3.16 TID 10011 to 10013"
_DOSE_UNIT = "UCUM; PS3.16 TID 10012 and 10013"
_RANGE = "UCUM; PS3.16 section 7.2.2, scores without unit"
_DEIDENTIFIED = "PS3.16 CID 7050 De-identification Method"
_OURS = "no standard code found; defined here"


def _ours(value: str, meaning: str) -> Code:
    return Code(value, PRIVATE_SCHEME, meaning, _OURS)


CODES: Final = MappingProxyType(
    {
        # documents
        "diagnostic_imaging_report": Code("18748-4", "LN", "Diagnostic imaging study", "LOINC; PS3.16 CID 7001"),
        "of_interest": Code("113000", "DCM", "Of Interest", _KEY),
        "rejected_for_quality": Code("113001", "DCM", "Rejected for Quality Reasons", _KEY),
        "other_failure": Code("111220", "DCM", "Other failure", "PS3.16 CID 7011"),
        "document_title_modifier": Code("113011", "DCM", "Document Title Modifier", _KEY),
        "key_object_description": Code("113012", "DCM", "Key Object Description", _KEY),
        "language": Code("121049", "DCM", "Language of Content Item and Descendants", "PS3.16 TID 1204"),
        "language_en": Code("en", "RFC5646", "English", "PS3.16 CID 5000"),
        "language_ru": Code("ru", "RFC5646", "Russian", "PS3.16 CID 5000"),
        "observer_type": Code("121005", "DCM", "Observer Type", _OBSERVER),
        "device": Code("121007", "DCM", "Device", "PS3.16 CID 270"),
        "device_observer_uid": Code("121012", "DCM", "Device Observer UID", _OBSERVER),
        "device_observer_name": Code("121013", "DCM", "Device Observer Name", _OBSERVER),
        # where
        "chest": Code("816094009", "SCT", "Chest", _ANATOMY),
        "lung": Code("39607008", "SCT", "Lung", _ANATOMY),
        "right": Code("24028007", "SCT", "Right", _SIDE),
        "left": Code("7771000", "SCT", "Left", _SIDE),
        "both": Code("51440002", "SCT", "Bilateral", _SIDE),
        "upper_zone": Code("281392002", "SCT", "Upper zone of lung", _ZONE),
        "middle_zone": Code("281393007", "SCT", "Middle zone of lung", _ZONE),
        "lower_zone": Code("281394001", "SCT", "Lower zone of lung", _ZONE),
        # segments
        "anatomical_structure": Code("91723000", "SCT", "Anatomical Structure", _SEGMENT),
        "abnormal_structure": Code("49755003", "SCT", "Morphologically Abnormal Structure", _SEGMENT),
        "ground_glass": Code(
            "112120", "DCM", "Ground glass opacity", "PS3.16 CID 6104 Abnormal opacity finding or feature"
        ),
        "consolidation": Code(
            "95436008", "SCT", "Lung consolidation", "SNOMED CT, 95436008 Lung consolidation (disorder)"
        ),
        # how segments are made
        "segmentation": Code("113076", "DCM", "Segmentation", "PS3.16 CID 7203 Image derivation"),
        "source_for_processing": Code(
            "121322", "DCM", "Source image for image processing operation", "PS3.16 CID 7202 Source image purposes"
        ),
        "artificial_intelligence": Code("123110", "DCM", "Artificial Intelligence", _FAMILY),
        "morphological_operations": Code("123104", "DCM", "Morphological Operations", _FAMILY),
        # units
        "ml": Code("ml", "UCUM", "milliliter", _UNIT),
        "percent": Code("%", "UCUM", "Percent", _UNIT),
        "hu": Code("[hnsf'U]", "UCUM", "Hounsfield unit", _UNIT),
        "one": Code("1", "UCUM", "no units", _UNIT),
        "mm": Code("mm", "UCUM", "millimeter", _UNIT),
        "msv": Code("mSv", "UCUM", "mSv", _DOSE_UNIT),
        "mgy": Code("mGy", "UCUM", "mGy", _DOSE_UNIT),
        "mgy_cm": Code("mGy.cm", "UCUM", "mGy.cm", _DOSE_UNIT),
        "msv_per_mgy_cm": Code("mSv/mGy.cm", "UCUM", "mSv/mGy.cm", _DOSE_UNIT),
        "score_of_24": Code("{0:24}", "UCUM", "range: 0:24", _RANGE),
        "score_of_25": Code("{0:25}", "UCUM", "range: 0:25", _RANGE),
        # a measurement report and what its templates name
        "measurement_report": Code("126000", "DCM", "Imaging Measurement Report", "PS3.16 CID 7021, title of TID 1500"),
        "procedure_reported": Code("121058", "DCM", "Procedure reported", "PS3.16 TID 1500 row 4"),
        "ct_chest": Code("24627-2", "LN", "CT Chest", "LOINC; PS3.16 CID 7000, there as the title of a report"),
        "device_observer_manufacturer": Code("121014", "DCM", "Device Observer Manufacturer", _OBSERVER),
        "device_observer_model": Code("121015", "DCM", "Device Observer Model Name", _OBSERVER),
        "device_observer_serial": Code("121016", "DCM", "Device Observer Serial Number", _OBSERVER),
        "imaging_measurements": Code("126010", "DCM", "Imaging Measurements", "PS3.16 TID 1500 row 6"),
        "qualitative_evaluations": Code("C0034375", "UMLS", "Qualitative Evaluations", "PS3.16 TID 1500 row 12"),
        "measurement_group": Code("125007", "DCM", "Measurement Group", _GROUP),
        "tracking_identifier": Code("112039", "DCM", "Tracking Identifier", _GROUP),
        "tracking_uid": Code("112040", "DCM", "Tracking Unique Identifier", _GROUP),
        "finding": Code("121071", "DCM", "Finding", _GROUP),
        "finding_site": Code("363698007", "SCT", "Finding Site", _GROUP),
        "laterality": Code("272741003", "SCT", "Laterality", _GROUP),
        "derivation": Code("121401", "DCM", "Derivation", "PS3.16 TID 300 row 4"),
        "referenced_segment": Code("121191", "DCM", "Referenced Segment", _GROUP),
        "source_series": Code("121232", "DCM", "Source series for segmentation", _GROUP),
        "source_image": Code("121233", "DCM", "Source image for segmentation", _GROUP),
        "source_of_measurement": Code("121112", "DCM", "Source of Measurement", "PS3.16 CID 7552"),
        "algorithm_name": Code("111001", "DCM", "Algorithm Name", "PS3.16 TID 4019"),
        "algorithm_version": Code("111003", "DCM", "Algorithm Version", "PS3.16 TID 4019"),
        "center": Code("111010", "DCM", "Center", "PS3.16 CID 219 Geometry graphical representation"),
        "summary": Code("121111", "DCM", "Summary", "PS3.16 annex D"),
        "conclusion": Code("121077", "DCM", "Conclusion", "PS3.16 CID 7002 Diagnostic imaging report elements"),
        "modality": Code("121139", "DCM", "Modality", "PS3.16 annex D"),
        "target_region": Code("123014", "DCM", "Target Region", "PS3.16 annex D"),
        "study_instance_uid": Code("110180", "DCM", "Study Instance UID", "PS3.16 CID 404"),
        "findings": Code("121070", "DCM", "Findings", "PS3.16 annex D"),
        # radiation
        "dose_data": Code("113811", "DCM", "CT Accumulated Dose Data", _DOSE),
        "dose_event": Code("113819", "DCM", "CT Acquisition", _DOSE),
        "dose_event_uid": Code("113769", "DCM", "Irradiation Event UID", _DOSE),
        "dlp_total": Code("113813", "DCM", "CT Dose Length Product Total", _DOSE),
        "effective_dose_total": Code("113814", "DCM", "CT Effective Dose Total", _DOSE),
        "ctdivol": Code("113830", "DCM", "Mean CTDIvol", _DOSE),
        "dose_phantom": Code("113835", "DCM", "CTDIw Phantom Type", _DOSE),
        "dose_phantom_head": Code("113690", "DCM", "IEC Head Dosimetry Phantom", "PS3.16 CID 4052: 16 cm"),
        "dose_phantom_body": Code("113691", "DCM", "IEC Body Dosimetry Phantom", "PS3.16 CID 4052: 32 cm"),
        "dlp": Code("113838", "DCM", "DLP", _DOSE),
        "dose_factor": Code("113840", "DCM", "Effective Dose Conversion Factor", _DOSE),
        "effective_dose": Code("113839", "DCM", "Effective Dose", _DOSE),
        "comment": Code("121106", "DCM", "Comment", "PS3.16 annex D"),
        # measured
        "attenuation": Code("112031", "DCM", "Attenuation Coefficient", "PS3.16 CID 7469, CID 6141"),
        "lower_uncertainty": Code("371885007", "SCT", "-, range of lower measurement uncertainty", _UNCERTAIN),
        "upper_uncertainty": Code("371886008", "SCT", "+, range of upper measurement uncertainty", _UNCERTAIN),
        "lesion_volume": _ours("lesion-volume", "Volume of lesions"),
        "ground_glass_volume": _ours("glass-volume", "Volume of ground-glass opacity"),
        "consolidation_volume": _ours("solid-volume", "Volume of consolidation"),
        "involvement": _ours("involvement", "Share of the lung involved"),
        "interval_low": _ours("ci95-low", "Lower limit of the 95 % interval"),
        "interval_high": _ours("ci95-high", "Upper limit of the 95 % interval"),
        "worse_lung": _ours("worse-lung", "Share of the worse lung involved"),
        "share_of_lungs": _ours("share-of-lungs", "Share of both lungs"),
        "opacity_probability": _ours("p-opacity", "Probability of opacity compatible with pneumonia"),
        "six_zone_score": _ours("six-zone-score", "Six-zone severity score"),
        "lobe_score": _ours("lobe-score", "Five-lobe severity score"),
        "mixed_lesion": _ours("mixed-lesion", "Ground-glass opacity with consolidation"),
        # concluded
        "target_pathology": _ours("target-pathology", "Target pathology: opacity compatible with pneumonia"),
        "target_found": _ours("target-found", "Target pathology found"),
        "target_not_found": _ours("target-not-found", "Target pathology not found"),
        "target_below": _ours("target-below", "Less than the share that counts as a finding"),
        "grade": _ours("ct-grade", "Grade CT-0 to CT-4 by the share of lung involved"),
        "grade_0": _ours("CT-0", "CT-0, zero: no picture of pneumonia measured"),
        "grade_1": _ours("CT-1", "CT-1, mild"),
        "grade_2": _ours("CT-2", "CT-2, moderate"),
        "grade_3": _ours("CT-3", "CT-3, severe"),
        "grade_4": _ours("CT-4", "CT-4, critical"),
        "grade_none": _ours("CT-none", "Not graded"),
        "grade_rules": _ours("grade-rules", "Rules of the grade"),
        "grade_low": _ours("grade-low", "Grade at the lower end of the 95 % interval"),
        "grade_high": _ours("grade-high", "Grade at the upper end of the 95 % interval"),
        "grade_stability": _ours("grade-stability", "Stability of the grade"),
        "grade_stable": _ours("stable", "Stable: the interval lies within the grade"),
        "grade_unstable": _ours("unstable", "Unstable: the interval crosses a limit"),
        "grade_by_worse_lung": _ours("grade-worse-lung", "Grade by the worse lung alone"),
        "grade_reason": _ours("grade-reason", "Why there is no grade"),
        "routing_row": _ours("routing-row", "Row of the routing table"),
        "routing_decision": _ours("routing-decision", "Decision by the routing table"),
        "routing_urgency": _ours("routing-urgency", "Urgency"),
        "routing_basis": _ours("routing-basis", "Basis of the routing"),
        "routing_missing": _ours("routing-missing", "Clinical data that are missing"),
        "routing_conflict": _ours("routing-conflict", "Conflict or gap in the routing table"),
        "acquisition_check": _ours("check", "Acquisition against the scanning protocol"),
        "warning": _ours("warning", "Warning"),
        "intended_use": _ours("intended-use", "Intended use"),
        "statement": _ours("note", "Note"),
        # fields of a programme's report
        "service_fields": _ours("service", "Report of the AI service"),
        "service_date_time": _ours("service-time", "Date and time of processing"),
        "service_warning_software": _ours("service-warning1", "Warning: prepared by software"),
        "service_warning_use": _ours("service-warning2", "Warning: research, decision support"),
        "service_purpose": _ours("service-purpose", "Purpose of the service"),
        "service_technical_data": _ours("service-data", "Technical data"),
        "service_technological_defects": _ours("service-defects", "Technological defects"),
        "service_user_guide": _ours("service-guide", "User guide"),
        # how an object was de-identified
        "deid_basic": Code("113100", "DCM", "Basic Application Confidentiality Profile", _DEIDENTIFIED),
        "deid_pixels": Code("113101", "DCM", "Clean Pixel Data Option", _DEIDENTIFIED),
        "deid_graphics": Code("113103", "DCM", "Clean Graphics Option", _DEIDENTIFIED),
        "deid_structured": Code("113104", "DCM", "Clean Structured Content Option", _DEIDENTIFIED),
        "deid_descriptors": Code("113105", "DCM", "Clean Descriptors Option", _DEIDENTIFIED),
        "deid_modified_dates": Code(
            "113107", "DCM", "Retain Longitudinal Temporal Information Modified Dates Option", _DEIDENTIFIED
        ),
        "deid_patient": Code("113108", "DCM", "Retain Patient Characteristics Option", _DEIDENTIFIED),
        "deid_device": Code("113109", "DCM", "Retain Device Identity Option", _DEIDENTIFIED),
        "deid_uids": Code("113110", "DCM", "Retain UIDs Option", _DEIDENTIFIED),
        "deid_safe_private": Code("113111", "DCM", "Retain Safe Private Option", _DEIDENTIFIED),
        "volume": Code("118565006", "SCT", "Volume", _MEASURE),
        "mean": Code("373098007", "SCT", "Mean", "PS3.16 CID 3488 Min/max/mean"),
    }
)
"""Every code by our name for it."""


def code(name: str) -> Code:
    """Return a code by our name for it.

    Raises
    ------
    KeyError
        If the table has none of that name.
    """
    return CODES[name]
