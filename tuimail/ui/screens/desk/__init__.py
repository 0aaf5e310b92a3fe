"""Facets of the main screen's desk: one subject each."""
