"""The nightly parse adds content to the lake once, whatever becomes of its file."""

import gzip
import os
from contextlib import suppress
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.snapshot.ingest import Ingested, Options, ingest
from jobs.snapshot.lake import Lake
from jobs.snapshot.versions import TABLES
from tests.support.pages import Quote, article, page, ticker

# 3.39 of 69.20 is 4.8988 %, -0.36 of 112.76 is -0.3193 %
AIRLINK = Quote("AIRLINK", "72.59", "3.39", "4.9")
HBL = Quote("HBL", "112.40", "-0.36", "-0.32")
PAGE = page(ticker([AIRLINK, HBL]), seed=1)
OTHER = page(ticker([HBL]), seed=2)
CUT = page(ticker([AIRLINK]) + "HBL 112.40 Decreased By ▼ -0.3\n", seed=3)
PROSE = article(4)


class Night:
    """A warehouse of which only the landing folder and the lake are used."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.landing = home / "landing"
        self.landing.mkdir()
        self.lake = Lake(home / "lake")

    def put(self, name: str, content: str | bytes) -> Path:
        file = self.landing / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def run(self, batch_megabytes: int = 256) -> Ingested:
        return ingest([self.landing], self.lake, self.home, Options(batch_megabytes))

    def table(self, name: str) -> pl.DataFrame:
        return pl.concat([pl.read_parquet(file) for file in self.lake.parquet_files(name)])

    def symbols(self) -> list[str]:
        return sorted(self.table("lines")["symbol"].drop_nulls())


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def test_the_first_run_says_what_it_found_and_did(night: Night) -> None:
    for name, content in [("a.txt", PAGE), ("b.txt", CUT), ("c.txt", PROSE), ("d.txt", OTHER)]:
        night.put(name, content)
    assert night.run() == Ingested(
        files_found=4,
        files_parsed=4,
        documents=4,
        blocks=3,
        lines_accepted=4,
        lines_rejected=1,
    )
    documents = night.table("documents")
    assert sorted(documents["outcome"]) == ["block", "block", "block", "no_block"]
    assert night.symbols() == ["AIRLINK", "AIRLINK", "HBL", "HBL"]
    assert sorted(night.table("files")["path"]) == [f"landing/{c}.txt" for c in "abcd"]


def test_a_second_run_parses_nothing_and_says_so(night: Night) -> None:
    night.put("a.txt", PAGE)
    night.put("b.txt", CUT)
    night.run()
    before = {file: file.read_bytes() for file in night.lake.folder.rglob("*") if file.is_file()}
    assert night.run() == Ingested(files_found=2, files_unchanged=2)
    after = {file: file.read_bytes() for file in night.lake.folder.rglob("*") if file.is_file()}
    assert after == before


def test_an_empty_landing_folder_is_no_failure(night: Night) -> None:
    result = night.run()
    assert result == Ingested(remarks=result.remarks)
    assert len(result.remarks.warnings) == 1
    assert night.lake.batches() == []
    assert night.lake.known_files().height == 0


def test_a_copy_a_renamed_and_a_touched_file_are_not_parsed_again(night: Night) -> None:
    first, second = night.put("a.txt", PAGE), night.put("b.txt", OTHER)
    touched = night.put("c.txt", CUT)
    night.run()
    night.put("copy/of a.txt", PAGE)
    second.rename(night.landing / "b2.txt")
    os.utime(touched, ns=(1, 1_600_000_000_000_000_000))
    first_status = first.stat()

    assert night.run() == Ingested(files_found=4, files_unchanged=1, files_moved=3)
    assert night.table("documents").height == 3
    assert night.symbols() == ["AIRLINK", "AIRLINK", "HBL", "HBL"]
    known = night.lake.known_files()
    assert sorted(known["path"]) == [
        "landing/a.txt",
        "landing/b.txt",
        "landing/b2.txt",
        "landing/c.txt",
        "landing/copy/of a.txt",
    ]
    assert known["file_id"].n_unique() == 3
    assert first.stat() == first_status
    assert night.run() == Ingested(files_found=4, files_unchanged=4)


def test_copies_that_arrive_together_are_parsed_once(night: Night) -> None:
    for name in ["a.txt", "b.txt", "c/a.txt"]:
        night.put(name, PAGE)
    found = night.run()
    assert (found.files_parsed, found.files_moved, found.documents) == (1, 2, 1)
    assert night.table("documents").height == 1
    assert night.table("files").height == 3


def test_a_changed_file_is_parsed_and_its_old_content_stays(night: Night) -> None:
    file = night.put("a.txt", OTHER)
    night.run()
    file.write_text(PAGE, encoding="utf-8")
    found = night.run()
    assert (found.files_parsed, found.files_unchanged, found.lines_accepted) == (1, 0, 2)
    assert night.table("documents").height == 2
    assert night.symbols() == ["AIRLINK", "HBL", "HBL"]
    file.write_text(OTHER, encoding="utf-8")  # and back
    assert night.run() == Ingested(files_found=1, files_moved=1)
    assert night.run() == Ingested(files_found=1, files_unchanged=1)


def test_a_capture_time_stated_later_is_recorded_without_parsing(night: Night) -> None:
    night.put("a.txt", PAGE)
    night.put("b.txt", OTHER)
    night.run()
    for day in ["2024-05-03", "2024-05-06"]:
        night.put("captures.csv", f"file,captured_at\na.txt,{day}\n")
        assert night.run() == Ingested(files_found=2, files_unchanged=1, files_moved=1)
        newest = night.lake.known_files().filter(pl.col("path") == "landing/a.txt")
        said = newest.select(
            pl.col("stated_at").dt.convert_time_zone("Asia/Karachi").dt.to_string("%F %T"),
            "stated_precision",
            "stated_by",
        )
        assert said.rows() == [(f"{day} 00:00:00", "day", "captures.csv")]
        assert night.run() == Ingested(files_found=2, files_unchanged=2)
    (night.landing / "captures.csv").unlink()
    assert night.run().files_moved == 1
    assert night.lake.known_files()["stated_at"].null_count() == 2
    assert night.table("documents").height == 2


def test_another_witness_of_the_same_capture_time_is_recorded(night: Night) -> None:
    night.put("2024-05-03.txt", PAGE)
    night.run()
    night.put("captures.csv", "file,captured_at\n2024-05-03.txt,2024-05-03\n")
    assert night.run() == Ingested(files_found=1, files_moved=1)
    assert night.lake.known_files()["stated_by"].to_list() == ["captures.csv"]


def test_gzip_is_told_by_content_and_not_by_name(night: Night) -> None:
    night.put("zipped.txt", gzip.compress(PAGE.encode()))
    night.put("plain.txt.gz", OTHER)
    assert night.run().refused == []
    assert night.symbols() == ["AIRLINK", "HBL", "HBL"]


def test_gzip_of_several_members_is_read_to_its_end(night: Night) -> None:
    raw = PAGE.encode()
    night.put("a.txt.gz", gzip.compress(raw[:50]) + gzip.compress(raw[50:]))
    night.run()
    assert night.symbols() == ["AIRLINK", "HBL"]


ZIPPED = gzip.compress(PAGE.encode())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ZIPPED[:2], id="two bytes"),
        pytest.param(ZIPPED[:10], id="head alone"),
        pytest.param(ZIPPED[:20] + b"\xff\xff\xff\xff" + ZIPPED[24:], id="damaged within"),
        pytest.param(b"\x1f\x8b and then some text", id="no gzip at all"),
    ],
)
def test_gzip_of_which_nothing_can_be_read_is_refused_and_the_others_go_in(
    content: bytes, night: Night
) -> None:
    night.put("a.txt", OTHER)
    night.put("b.txt.gz", content)
    night.put("c.txt", PROSE)
    found = night.run()
    (sentence,) = found.refused
    assert sentence.startswith("landing/b.txt.gz document 1: ")
    assert (found.documents, found.blocks, found.lines_accepted) == (3, 1, 1)
    (refused,) = night.table("documents").filter(outcome="refused").iter_rows(named=True)
    assert sentence.endswith(refused["refused_because"])
    assert refused["block_id"] is None
    assert {count for name, count in refused.items() if name.endswith("_count")} == {0}
    assert sorted(night.table("documents")["outcome"]) == ["block", "no_block", "refused"]
    assert night.symbols() == ["HBL"]
    assert night.run() == Ingested(files_found=3, files_unchanged=3)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ZIPPED[:-1], id="last byte missing"),
        pytest.param(ZIPPED + ZIPPED[:30], id="second member cut"),
        pytest.param(ZIPPED + b"more", id="something behind it"),
    ],
)
def test_gzip_that_is_damaged_behind_its_text_is_read(content: bytes, night: Night) -> None:
    night.put("b.txt.gz", content)
    found = night.run()
    assert (found.refused, found.damaged_spans, found.documents) == ([], 1, 1)
    assert night.symbols() == ["AIRLINK", "HBL"]


def test_a_mended_file_takes_the_place_of_the_refused_one(night: Night) -> None:
    night.put("a.txt.gz", ZIPPED[:10])
    night.run()
    night.put("a.txt.gz", ZIPPED)
    assert night.run().refused == []
    assert night.symbols() == ["AIRLINK", "HBL"]


def test_a_byte_order_mark_is_no_part_of_the_first_line(night: Night) -> None:
    night.put("a.txt", "\ufeff" + PAGE)
    night.run()
    lines = night.table("lines")
    assert lines["text"][0] == "AIRLINK 72.59 Increased By ▲ 3.39 (4.9%)"
    assert lines["rejected_because"].null_count() == 2


def test_bytes_that_are_no_utf8_cost_nothing_but_themselves(night: Night) -> None:
    arrow, other_arrow = "▲".encode(), "▼".encode()
    damaged = PAGE.encode().replace(arrow, b"\xe2\x96").replace(other_arrow, b"\xff")
    night.put("a.txt", damaged + b"caf\xe9 \xff\xfe\n")
    found = night.run()
    assert (found.refused, found.lines_accepted, found.lines_rejected) == ([], 2, 0)
    assert night.table("lines")["text"][0] == "AIRLINK 72.59 Increased By \ufffd 3.39 (4.9%)"


def test_an_empty_file_is_a_document_without_a_block(night: Night) -> None:
    night.put("a.txt", "")
    night.put("b.txt", PAGE)
    assert (night.run().documents, night.table("documents").height) == (2, 2)
    assert sorted(night.table("documents")["outcome"]) == ["block", "no_block"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_an_unreadable_file_is_told_and_tried_again(night: Night) -> None:
    closed = night.put("a.txt", PAGE)
    night.put("b.txt", OTHER)
    closed.chmod(0)
    (sentence,) = night.run().refused
    assert sentence.startswith("landing/a.txt: cannot be read (Permission denied)")
    closed.chmod(0o600)
    assert night.run().files_parsed == 1


def test_a_file_that_vanishes_during_the_run_is_told_and_tried_again(night: Night) -> None:
    gone = night.put("a.txt", PAGE)
    night.put("b.txt", OTHER)
    found = ingest(
        [night.landing], night.lake, night.home, Options(), lambda _: gone.unlink(missing_ok=True)
    )
    (sentence,) = found.refused
    assert sentence.startswith("landing/a.txt: cannot be read (No such file or directory)")
    assert (found.files_found, found.files_parsed, night.symbols()) == (2, 1, ["HBL"])
    night.put("a.txt", PAGE)
    assert (night.run().files_parsed, night.symbols()) == (1, ["AIRLINK", "HBL", "HBL"])


def test_small_batches_hold_the_same_rows_as_one_large_batch(tmp_path: Path) -> None:
    nights = []
    for name in ["whole", "parts"]:
        (tmp_path / name).mkdir()
        night = Night(tmp_path / name)
        for number in range(5):  # each above a megabyte, two with the same ticker
            text = [PAGE, OTHER, CUT, PROSE, PAGE][number] + f"{number} paper kites. " * 70_000
            os.utime(night.put(f"{number}.txt", text), ns=(number, number))
        nights.append(night)
    whole, parts = nights
    assert whole.run(256) == parts.run(1)
    assert (len(whole.lake.batches()), len(parts.lake.batches())) == (1, 5)
    for table in TABLES:
        # a block that several batches show stands in each of them
        one, many = (n.table(table).unique().rows() for n in nights)
        assert sorted(one, key=repr) == sorted(many, key=repr)
    assert whole.table("lines").height == 5
    assert parts.table("documents").height == 5


def test_batches_that_many_tasks_wrote_are_compacted_like_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.snapshot.lake.MOST_SMALL_BATCHES", 2)
    lake = Lake(tmp_path / "lake")
    for number in range(3):
        with lake.batch() as aside:
            for table, schema in TABLES.items():
                (aside / f"{table}.parquet").mkdir()
                for part in range(2 if table == "documents" else 0):
                    row = {"file_id": f"{number}-{part}", "document": part}
                    rows = pa.Table.from_pylist([row], schema)
                    pq.write_table(rows, aside / f"{table}.parquet" / f"part-{part}.parquet")
                (aside / f"{table}.parquet" / "_SUCCESS").touch()
    assert [batch.name for batch in lake.batches()] == ["batch-00000001-00000003"]
    (together,) = lake.parquet_files("documents")
    found = pq.read_table(together)["file_id"].to_pylist()
    assert found == ["0-0", "0-1", "1-0", "1-1", "2-0", "2-1"]


def test_a_batch_whose_making_fails_is_not_there(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with suppress(RuntimeError), lake.batch() as aside:
        (aside / "documents.parquet").mkdir()
        raise RuntimeError
    assert list((tmp_path / "lake").iterdir()) == []
