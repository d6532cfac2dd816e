"""`python -m jobs` is `psx`."""

from jobs.cli import main

main()
