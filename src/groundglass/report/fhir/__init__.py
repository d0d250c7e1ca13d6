"""Results as FHIR R5 and R4B transaction bundles."""

from groundglass.report.fhir.bundle import FhirBundle, FhirOptions, fhir_bundle
from groundglass.report.fhir.releases import FhirRelease

__all__ = ["FhirBundle", "FhirOptions", "FhirRelease", "fhir_bundle"]
