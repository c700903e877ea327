"""Measurements: scenarios in, tables out."""
