"""Training of the networks; the only place that knows torch."""
