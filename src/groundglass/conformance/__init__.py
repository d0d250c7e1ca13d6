"""Checking anyone's result of a chest CT against the study it was made from."""
