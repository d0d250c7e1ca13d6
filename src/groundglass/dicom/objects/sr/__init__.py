"""The structured report: Comprehensive 3D SR with TID 1500, one a study, also when nothing was found."""

from groundglass.dicom.objects.sr.report import structured_report

__all__ = ["structured_report"]
