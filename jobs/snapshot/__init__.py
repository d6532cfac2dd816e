"""Snapshot files to rows: containers, the grammar of the page, the lake."""
