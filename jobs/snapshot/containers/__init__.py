"""Readers, one file a container: bytes in, pages out, and what was damaged on the way."""
