"""Marts for the eye: what the commands print."""
