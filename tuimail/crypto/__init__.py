"""Signed and encrypted mail: what it turned out to be."""
