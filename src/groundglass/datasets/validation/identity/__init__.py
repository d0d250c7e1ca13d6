"""What of a patient's identity is left in names, headers, texts, tables and documents of a set."""
