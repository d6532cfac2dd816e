"""Mutated containers for the readers, and what must hold of all that comes of them."""

import random
import tempfile
import time
from pathlib import Path

import polars as pl

from bench.fuzz.damage import damaged_bytes
from bench.fuzz.documents import check_consistent, check_sums, counts, sound_quotes
from jobs.snapshot.containers.found import MEGABYTE, PAGES, Limits, Page, Reading
from jobs.snapshot.documents import read_documents
from jobs.snapshot.parse import parse
from jobs.snapshot.portions import Portion
from tests.support.containers import CONTAINERS
from tests.support.pages import article, ticker

LIMITS = Limits(document_bytes=MEGABYTE)
"""What the readers are given, and must keep to."""

SLOWEST = 2.0
"""Seconds of processor time that one container, of some KB, may take."""

Seed = tuple[str, bytes]
"""A file's name and its content."""

_COSTLY = (".zip", ".jsonl", ".jsonl.gz", ".ndjson.zst", ".parquet")
"""Kinds that take milliseconds a file; each gets a quarter of the share that another kind gets."""


def seeds(number: int) -> list[Seed]:
    """Sound files of every kind, with up to three small pages; as often as they shall be used."""
    pick = random.Random(number)
    pages = {
        f"2024-05-0{n + 1}": f"{ticker(sound_quotes(pick, 2))}\n{article(n, 1)}" for n in range(3)
    }
    found: list[Seed] = []
    for write in CONTAINERS.values():
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), pages)
            files = sorted(file for file in Path(folder).rglob("*") if file.is_file())
            share = 1 if files[0].name.endswith(_COSTLY) else 4
            found += [(files[0].name, files[0].read_bytes())] * share
    return found


def mutations(seed: str, count: int, sound: list[Seed]) -> list[Seed]:
    """`count` damaged files; some go by the name of another kind."""
    draw = random.Random(seed).random
    made = []
    for _ in range(count):
        name, content = sound[int(draw() * len(sound))]
        other_name, other = sound[int(draw() * len(sound))]
        made.append((other_name if draw() < 0.1 else name, damaged_bytes(draw, content, other)))
    return made


def check(files: list[Seed]) -> dict[str, int]:
    """Read the files, parse all that they hold, and look at what came of it.

    Returns:
        The counts of files, of documents, of refused ones and of ticker lines.

    Raises:
        AssertionError: something does not hold; it says what.
        Exception: a reader failed; the file's place in the batch is added to it.
    """
    portion, spans = Portion(), 0
    for number, (name, content) in enumerate(files):
        reading = Reading(LIMITS)
        begun = time.process_time()
        try:
            read(portion, f"{number}", name, content, reading)
        except Exception as error:
            error.add_note(f"file {number} of the batch, {name}: {content[:200]!r}")
            raise
        took = time.process_time() - begun
        assert took < SLOWEST, f"file {number} of the batch, {name}, takes {took:.1f} s"
        spans += len(reading.damage)
        for damage in reading.damage:
            assert damage.what
            assert "\n" not in damage.what, f"damage of several lines: {damage.what!r}"
    parsed = parse(portion.documents())
    documents, lines = pl.DataFrame(parsed.documents), pl.DataFrame(parsed.lines)
    check_sums(documents)
    check_consistent(lines.filter(pl.col("rejected_because").is_null()))
    refused = documents.filter(pl.col("outcome") == "refused")
    assert (refused["ticker_line_count"] == 0).all()
    return {
        "containers": len(files),
        **counts(parsed),
        "refused": refused.height,
        "damaged_spans": spans,
    }


def read(portion: Portion, file_id: str, name: str, content: bytes, reading: Reading) -> None:
    """Read one file into a portion; its pages are of the right shape and within the limit."""
    number = 1
    for found in read_documents(content, name, reading):
        if isinstance(found, Page):
            assert (found.text is None) == (found.refused_because is not None)
            assert len(found.text or b"") <= 3 * LIMITS.document_bytes, "a page beyond the limit"
            portion.add(file_id, number, found)
            number += 1
        else:
            assert found.schema == PAGES
            portion.add(file_id, number, found)
            number += found.num_rows
