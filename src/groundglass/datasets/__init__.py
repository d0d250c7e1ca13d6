"""Sets of chest CTs with labels: reading them, telling them apart."""
