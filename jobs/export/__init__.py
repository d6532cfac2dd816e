"""Marts to files that BI tools read."""
