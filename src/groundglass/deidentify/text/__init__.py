"""Text: what is known of a patient, and what may stay of a value (PS3.15 E.3.5 and E.3.7)."""

from groundglass.deidentify.text.cleaner import Cleaned, Cleaner
from groundglass.deidentify.text.identifiers import Identifiers
from groundglass.deidentify.text.numbers import numeric_suspicious
from groundglass.deidentify.text.written_dates import reads_as_date

__all__ = ["Cleaned", "Cleaner", "Identifiers", "numeric_suspicious", "reads_as_date"]
