"""Every container gives the same lines for the same pages, and its own capture times."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.snapshot.documents import look
from jobs.snapshot.ingest import ingest
from jobs.snapshot.kinds import Kind, kind_of
from jobs.snapshot.lake import Lake
from tests.support.containers import AT, CONTAINERS, as_html, http_response, warc_record
from tests.support.pages import Quote, page, ticker
from tests.support.sample import Figures

FIGURES = ["symbol", "price", "change", "change_pct", "is_repeated", "rejected_because"]

TWO_QUOTES = ticker(
    [Quote("OGDC", "137.75", "4.88", "3.67"), Quote("KSE30", "23595", "371", "1.6")]
)


def read(folder: Path, root: Path) -> dict[str, pl.DataFrame]:
    """The lake's tables, after the files of `folder` went in."""
    lake = Lake(root / "lake")
    ingest([folder], lake, root)
    return {
        name: pl.read_parquet(lake.parquet_files(name)) for name in ("documents", "lines", "damage")
    }


@pytest.fixture(scope="module")
def pages(real: Figures) -> dict[str, str]:
    return {name: page(real.block(name), seed) for seed, name in enumerate(real.quotes)}


@pytest.fixture(scope="module")
def expected(real: Figures) -> list[tuple[Any, ...]]:
    """The figures of all pages as the real captures print them, page by page, in any order."""
    return sorted(
        (q.symbol, float(q.price), float(q.change), float(q.pct))
        for quotes in real.quotes.values()
        for q in quotes
        if float(q.price) not in (0, float(q.change))
    )


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_gives_the_lines_of_its_pages(
    container: str, pages: dict[str, str], expected: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    folder = tmp_path / "landing"
    folder.mkdir()
    CONTAINERS[container](folder, pages)
    found = read(folder, tmp_path)
    documents = found["documents"]
    assert documents["outcome"].value_counts().rows() == [("block", 112)]
    assert documents["document_id"].n_unique() == 112
    assert found["damage"].is_empty()
    lines = documents.join(found["lines"], on="block_id")
    accepted = lines.filter(pl.col("rejected_because").is_null())
    figures = accepted.select("symbol", pl.col("price", "change", "change_pct").cast(pl.Float64))
    assert sorted(figures.rows()) == expected
    assert lines["rejected_because"].drop_nulls().to_list() == ["zero_price"] * 28
    repeated = lines.group_by("document_id").agg(pl.col("is_repeated").sum())
    assert sorted(repeated["is_repeated"])[-3:] == [16, 18, 18]


def one_document(content: bytes, name: str, tmp_path: Path) -> dict[str, Any]:
    folder = tmp_path / "landing"
    folder.mkdir()
    (folder / name).write_bytes(content)
    (row,) = read(folder, tmp_path)["documents"].rows(named=True)
    return row


def test_an_archive_record_has_its_own_address_and_time_and_not_those_of_the_archive(
    tmp_path: Path,
) -> None:
    info = warc_record(b"x", "warcinfo", WARC_Date="2026-01-01T00:00:00Z", url="file.warc.gz")
    row = one_document(info + warc_record(TWO_QUOTES.encode()), "a.wet", tmp_path)
    assert (row["url"], row["captured_at"]) == ("https://x.example/", AT)
    assert (row["captured_precision"], row["accepted_line_count"]) == ("second", 2)


def test_a_page_is_read_by_the_charset_that_its_server_declared(tmp_path: Path) -> None:
    html = as_html("é" + TWO_QUOTES).replace(b"<meta charset='utf-8'>", b"")
    latin = html.decode().replace("▲", "&#9650;").encode("latin-1")
    body = http_response(latin, "Content-Type: text/html; charset=ISO-8859-1")
    row = one_document(warc_record(body, "response"), "a.warc", tmp_path)
    assert row["ticker_line_count"] >= 1


def test_responses_that_are_no_pages_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "landing"
    folder.mkdir()
    picture = http_response(TWO_QUOTES.encode(), "Content-Type: image/png")
    (folder / "a.warc").write_bytes(
        warc_record(picture, "response") + warc_record(TWO_QUOTES.encode(), "metadata")
    )
    assert read(folder, tmp_path)["documents"].is_empty()


@pytest.mark.parametrize(
    ("row", "expected", "precision"),
    [
        ({"captured_at": "2024-05-03T14:00"}, datetime(2024, 5, 3, 9, tzinfo=UTC), "second"),
        ({"timestamp": "2024-05-03T14:00"}, datetime(2024, 5, 3, 14, tzinfo=UTC), "second"),
        ({"timestamp": "2024-05-03T14:00:00Z"}, datetime(2024, 5, 3, 14, tzinfo=UTC), "second"),
        ({"fetch_time": "20240503140000"}, datetime(2024, 5, 3, 14, tzinfo=UTC), "second"),
        ({"date": "2024-05-03"}, datetime(2024, 5, 2, 19, tzinfo=UTC), "day"),
        ({"warc_date": "2024-05-03 14:00:00+05:00"}, datetime(2024, 5, 3, 9, tzinfo=UTC), "second"),
        ({"date": "some day"}, None, None),
        (
            {"date": "2020-01-01", "timestamp": "2024-05-03T14:00:00Z"},
            datetime(2024, 5, 3, 14, tzinfo=UTC),
            "second",
        ),
    ],
)
def test_the_capture_time_of_a_json_row(
    row: dict[str, str], expected: datetime | None, precision: str | None, tmp_path: Path
) -> None:
    content = json.dumps({"text": TWO_QUOTES, **row}).encode()
    found = one_document(content, "a.jsonl", tmp_path)
    assert (found["captured_at"], found["captured_precision"]) == (expected, precision)


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("timestamp", pa.array([datetime(2024, 5, 3, 14)]), datetime(2024, 5, 3, 14, tzinfo=UTC)),
        ("captured_at", pa.array([datetime(2024, 5, 3, 14)]), datetime(2024, 5, 3, 9, tzinfo=UTC)),
        ("date", pa.array(["2024-05-03T14:00:00Z"]), datetime(2024, 5, 3, 14, tzinfo=UTC)),
        (
            "fetch_time",
            pa.array([datetime(2024, 5, 3, 14, tzinfo=UTC)], pa.timestamp("ns", "Asia/Karachi")),
            datetime(2024, 5, 3, 14, tzinfo=UTC),
        ),
    ],
)
def test_the_capture_time_of_a_parquet_row(
    name: str, column: pa.Array, expected: datetime, tmp_path: Path
) -> None:
    table = pa.table({"text": [TWO_QUOTES], name: column, "more": [1]})
    pq.write_table(table, tmp_path / "a.parquet")
    found = one_document((tmp_path / "a.parquet").read_bytes(), "a.parquet", tmp_path)
    assert found["captured_at"] == expected


def test_a_member_of_a_zip_is_dated_by_its_path_and_named(tmp_path: Path) -> None:
    import zipfile  # noqa: PLC0415

    folder = tmp_path / "landing"
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("2024-05-03/x.txt", TWO_QUOTES)
    (row,) = read(folder, tmp_path)["documents"].rows(named=True)
    assert row["member"] == "2024-05-03/x.txt"
    assert row["captured_at"] == datetime(2024, 5, 2, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"OGDC 1.00 Increased By", "a.html", Kind.HTML),
        (b"OGDC 1.00 Increased By", "a", Kind.TEXT),
        (b"<!DOCTYPE html>", "a.txt", Kind.HTML),
        (b'{"text": "x"}', "a.txt", Kind.JSON_LINES),
        (b"{curly} text", "a.txt", Kind.TEXT),
        (b"PAR1", "a.txt", Kind.PARQUET),
        (b"WARC/1.1\r\n", "a.gz", Kind.ARCHIVE),
        (b"\x1f\x8b\x08", "a.txt", Kind.GZIP),
        (b"no magic", "a.parquet", Kind.PARQUET),
        (b"no magic", "a.tar", Kind.TEXT),
    ],
)
def test_a_kind_is_told_by_content_first_and_name_second(
    head: bytes, name: str, kind: Kind
) -> None:
    assert kind_of(head, name) is kind


def test_a_look_tells_what_is_packed_in_what(pages: dict[str, str], tmp_path: Path) -> None:
    CONTAINERS["misnamed wet.gz"](tmp_path, pages)
    assert look(tmp_path / "pages.txt") == "web archive in gzip"
