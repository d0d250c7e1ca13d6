"""What leaves as DICOM: segmentations, structured report, marked pictures, key objects, the PDF, and their identity."""
