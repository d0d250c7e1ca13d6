"""De-identification: studies leave a hospital without identity, and it can be shown (DICOM PS3.15 annex E)."""
