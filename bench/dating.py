"""How well pages without a date are placed: `make dating` prints the table.

Markets with the truth known (`bench.market`) are rendered as pages, parsed and built in three
situations; every part of every page is compared with the session that it truly shows. A part
counts as placed where psx placed it, and as wrong where that is another session.
"""

import argparse
import csv
import json
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from itertools import pairwise, product
from pathlib import Path

import duckdb

from bench.market import KARACHI, Capture, Market
from jobs.models.inputs import Inputs
from jobs.models.run import BuildIdentity, build_database
from jobs.settings import Settings, Warehouse, sql_folder
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake

SITUATIONS = {
    "full": "the whole index history",
    "holes": "the history without 30 % of its days",
    "anchors": "no history, one dated page in 50 sessions",
}
BOUNDS = (0.0, 0.95, 0.99, 0.999)
"""Confidences from which placed parts are counted apart."""
AFTER_ALL_PAGES = datetime(2027, 1, 1, tzinfo=UTC)
ANCHOR_EVERY = 50
AFTER_CLOSE = 17
"""Hour in Karachi from which a page shows the session's end on every weekday."""


def run(situation: str, seed: int, session_count: int) -> Counter[str]:
    """Build one market in one situation; counts of parts by what became of them."""
    market = Market(seed, session_count)
    captures = list(market.captures())
    pick = random.Random(seed)
    anchors = choose_anchors(market, captures, pick) if situation == "anchors" else set()
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(Path(folder))
        warehouse.landing.mkdir()
        write_pages(captures, anchors, warehouse.landing / "pages.jsonl")
        ingest([warehouse.landing], Lake(warehouse.lake), warehouse.root)
        history = warehouse.root / "history.csv"
        write_history(market, situation, pick, history)
        nobody = BuildIdentity("dating", AFTER_ALL_PAGES, "bench")
        # Without a row there is no history to read: a situation of its own.
        given = None if situation == "anchors" else history
        settings = Settings(index_history=given, built_in_history=False)
        inputs = Inputs(Lake(warehouse.lake), settings)
        build_database(warehouse.database, sql_folder(), inputs, nobody)
        placed = read_placements(warehouse)
    reachable = reachable_sessions(market, captures, anchors)
    determined = determined_sessions(market, captures, anchors) if anchors else set()
    counts: Counter[str] = Counter()
    for capture in captures:
        truth = {"index": capture.index_session, "share": capture.share_session}
        for part, session in truth.items():
            found, confidence = placed.get((capture.name, part), (None, 0.0))
            counts["parts"] += 1
            counts["reachable"] += session in reachable
            counts["determined"] += session in determined
            counts["placed"] += found is not None
            counts["wrong"] += found not in (session, None)
            if found is not None:
                sure = max(bound for bound in BOUNDS if confidence >= bound)
                counts[f"placed at {sure}"] += 1
                counts[f"wrong at {sure}"] += found != session
    return counts


def choose_anchors(market: Market, captures: list[Capture], pick: random.Random) -> set[str]:
    """One page in every fifty sessions whose day somebody noted: a sound one, after the close."""
    days = [session.day for session in market.sessions]
    names = set()
    for first in range(0, len(days), ANCHOR_EVERY):
        span = set(days[first : first + ANCHOR_EVERY])
        fit = [
            capture.name
            for capture in captures
            if capture.share_session in span
            and capture.is_closing
            and capture.captured_at.astimezone(KARACHI).hour >= AFTER_CLOSE
        ]
        names |= {pick.choice(fit)} if fit else set()
    return names


def reachable_sessions(market: Market, captures: list[Capture], anchors: set[str]) -> set[date]:
    """Sessions that an unbroken run joins to a dated page: each one captured at its end."""
    closing = {capture.share_session for capture in captures if capture.is_closing}
    seen = {capture.share_session for capture in captures}
    anchored = {capture.share_session for capture in captures if capture.name in anchors}
    runs: list[set[date]] = [{market.sessions[0].day}]
    for before, session in pairwise(s.day for s in market.sessions):
        if before in closing and session in seen:
            runs[-1].add(session)
        else:
            runs.append({session})
    return {day for run in runs if run & anchored for day in run}


def determined_sessions(market: Market, captures: list[Capture], anchors: set[str]) -> set[date]:
    """Sessions that somebody could date who knew every neighbourhood, and nothing else.

    Between two dated pages he knows the order of all sessions seen, and of each pair of neighbours
    whether sessions are missing between them, but not how many. The calendar tells how many are
    missing in all: if as many as there are gaps, each gap is one session and everything is dated;
    else only what an unbroken run joins to one of the two pages.
    """
    days = [session.day for session in market.sessions]
    seen = {days.index(capture.share_session) for capture in captures}
    dated = sorted({days.index(c.share_session) for c in captures if c.name in anchors})
    found = {*_unbroken(dated[0], -1, seen), *_unbroken(dated[-1], 1, seen)}
    for first, last in pairwise(dated):
        between = [n for n in range(first, last + 1) if n in seen]
        steps = [after - before for before, after in pairwise(between)]
        if max(steps) <= 2:
            found |= set(between)
        else:
            found |= {*_unbroken(first, 1, seen), *_unbroken(last, -1, seen)}
    return {days[n] for n in found}


def _unbroken(number: int, step: int, seen: set[int]) -> Iterator[int]:
    while number in seen:
        yield number
        number += step


def write_pages(captures: list[Capture], anchors: set[str], file: Path) -> None:
    """All pages as JSON lines; a time of capture only for the anchors."""
    with file.open("w", encoding="utf-8") as handle:
        for capture in captures:
            row = {"url": capture.name, "text": capture.text}
            if capture.name in anchors:
                row["timestamp"] = capture.captured_at.isoformat()
            handle.write(json.dumps(row) + "\n")


def write_history(market: Market, situation: str, pick: random.Random, file: Path) -> None:
    """The official closes that the situation leaves."""
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["date", "close", "low", "high"])
        for row in market.history():
            if situation == "full" or (situation == "holes" and pick.random() >= 0.3):
                writer.writerow(row)


def read_placements(warehouse: Warehouse) -> dict[tuple[str, str], tuple[date, float]]:
    """The session and the confidence of each placed part, by page and part."""
    with duckdb.connect(warehouse.database, read_only=True) as connection:
        found = connection.sql(
            "select url, part, placements.trade_date, placements.confidence"
            " from core.placements as placements"
            " join staging.documents as documents using (block_id)"
            " where placements.trade_date is not null"
        ).fetchall()
    return {(url, part): (day, confidence) for url, part, day, confidence in found}


def main() -> None:
    """Run every situation over all seeds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8, help="markets in each situation")
    parser.add_argument("--sessions", type=int, default=1_040, help="sessions of each market")
    parser.add_argument("--first", type=int, default=1, help="seed of the first market")
    asked = parser.parse_args()
    jobs = list(product(SITUATIONS, range(asked.first, asked.first + asked.seeds)))
    totals: dict[str, Counter[str]] = {situation: Counter() for situation in SITUATIONS}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(run, *zip(*((s, n, asked.sessions) for s, n in jobs), strict=True))
        for (situation, _), counts in zip(jobs, results, strict=True):
            totals[situation] += counts
    print(f"{asked.seeds} markets of {asked.sessions:,} sessions, from seed {asked.first} on\n")
    print("| known | parts | placed | wrong | unplaced | reachable | at best |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for situation, known in SITUATIONS.items():
        print(row(known, totals[situation], is_chained=situation == "anchors"))
    print("\n| known | confidence | placed | wrong |\n| --- | --- | --- | --- |")
    for situation, known in SITUATIONS.items():
        counts = totals[situation]
        for bound, upper in pairwise([*BOUNDS[1:], 1.0]):
            placed, wrong = counts[f"placed at {bound}"], counts[f"wrong at {bound}"]
            share = f"{100 * wrong / placed:.3f} %" if placed else "none"
            print(f"| {known} | {bound} to {upper} | {placed:,} | {wrong} ({share}) |")


def row(known: str, counts: Counter[str], *, is_chained: bool) -> str:
    """One row of the table, in percent of the parts."""

    def percent(name: str, digits: int = 2) -> str:
        return f"{100 * counts[name] / counts['parts']:.{digits}f} %"

    unplaced = f"{100 - 100 * counts['placed'] / counts['parts']:.2f} %"
    reach = percent("reachable") if is_chained else "all"
    best = percent("determined") if is_chained else "all"
    return (
        f"| {known} | {counts['parts']:,} | {percent('placed')} | {percent('wrong', 4)}"
        f" | {unplaced} | {reach} | {best} |"
    )


if __name__ == "__main__":
    main()
