"""Damaged and hostile files: what is readable is kept, what is lost is recorded."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.snapshot.containers.found import MEGABYTE, Limits
from jobs.snapshot.ingest import Ingested, Options, ingest
from jobs.snapshot.lake import Lake
from tests.support.containers import as_html, chunked, http_response, warc_record, zstd_of
from tests.support.pages import Quote, article, page, ticker

Row = dict[str, Any]


def text(number: int) -> str:
    """A page with one share and an article; each number gives another page."""
    quote = Quote(f"S{number}", "100.00", "25.00", "33.33")
    return page(ticker([quote]), number)


def record(number: int) -> bytes:
    return warc_record(text(number).encode(), url=f"https://x.example/{number}")


class Night:
    """One parse of a landing folder, and what it left in the lake."""

    def __init__(self, root: Path, name: str, content: bytes, **limits: int) -> None:
        self.root = root
        self.landing = root / "landing"
        self.landing.mkdir(exist_ok=True)
        (self.landing / name).write_bytes(content)
        (self.landing / "sound.txt").write_text(text(999), encoding="utf-8")
        self.lake = Lake(root / "lake")
        options = Options(limits=Limits(**limits))
        self.result: Ingested = ingest([self.landing], self.lake, root, options)

    def rows(self, table: str) -> list[Row]:
        return pl.read_parquet(self.lake.parquet_files(table)).rows(named=True)

    @property
    def symbols(self) -> list[str]:
        """The symbols of all accepted lines, the sound file's apart, which is always there."""
        found = sorted(row["symbol"] for row in self.rows("lines") if row["symbol"])
        assert "S999" in found
        found.remove("S999")
        return found

    @property
    def damage(self) -> list[tuple[str, int | None, int | None]]:
        return [(r["what"], r["byte_offset"], r["bytes_lost"]) for r in self.rows("damage")]

    @property
    def refusals(self) -> list[str]:
        return [r["refused_because"] for r in self.rows("documents") if r["outcome"] == "refused"]


def test_a_truncated_gzip_text_keeps_what_was_readable(tmp_path: Path) -> None:
    whole = gzip.compress((text(1) + article(5, 40)).encode())
    night = Night(tmp_path, "a.txt.gz", whole[:-200])
    assert night.symbols == ["S1"]
    assert night.damage == [("gzip ends early", len(whole) - 200, None)]


def test_a_truncated_archive_keeps_the_records_before_its_end(tmp_path: Path) -> None:
    members = [gzip.compress(record(n)) for n in range(3)]
    night = Night(tmp_path, "a.wet.gz", b"".join(members)[:-30])
    assert night.symbols[:2] == ["S0", "S1"]
    assert night.damage[0][0] == "gzip ends early"


def test_a_corrupt_member_in_the_middle_costs_itself_alone(tmp_path: Path) -> None:
    members = [gzip.compress(record(n)) for n in range(5)]
    members[2] = members[2][:20] + bytes(len(members[2]) - 20)
    night = Night(tmp_path, "a.wet.gz", b"".join(members))
    assert night.symbols == ["S0", "S1", "S3", "S4"]
    ((what, offset, lost),) = night.damage
    assert what.startswith("damaged gzip")
    start = len(members[0]) + len(members[1])
    assert offset == start
    assert lost == len(members[2])


def test_bytes_between_members_are_passed_over(tmp_path: Path) -> None:
    first, second = gzip.compress(record(1)), gzip.compress(record(2))
    night = Night(tmp_path, "a.wet.gz", first + b"rubbish" * 5000 + second)
    assert night.symbols == ["S1", "S2"]
    assert night.damage == [("bytes that are no gzip", len(first), 35_000)]


def test_padding_behind_a_gzip_is_no_damage(tmp_path: Path) -> None:
    night = Night(tmp_path, "a.wet.gz", gzip.compress(record(1)) + bytes(10_000))
    assert (night.symbols, night.damage) == (["S1"], [])


def test_a_damaged_zstd_frame_costs_itself_alone(tmp_path: Path) -> None:
    frames = [zstd_of(record(n)) for n in range(3)]
    frames[1] = frames[1][:30] + bytes(len(frames[1]) - 30)
    night = Night(tmp_path, "a.wet.zst", b"".join(frames))
    assert night.symbols == ["S0", "S2"]
    assert len(night.damage) == 1


def test_rubbish_between_records_is_passed_over(tmp_path: Path) -> None:
    rubbish = b"\x00rubbish\xff" * 100
    night = Night(tmp_path, "a.wet", record(1) + rubbish + record(2))
    assert night.symbols == ["S1", "S2"]
    ((what, offset, lost),) = night.damage
    assert (what, offset) == ("no archive record", len(record(1)))
    assert abs(lost - len(rubbish)) <= 4


@pytest.mark.parametrize("said", ["20", "99999999999999", "-1", "many", "2500"])
def test_a_wrong_content_length_is_mended_by_the_next_header(said: str, tmp_path: Path) -> None:
    wrong = warc_record(text(2).encode(), Content_Length=said)
    night = Night(tmp_path, "a.wet", record(1) + wrong + record(3))
    assert night.symbols == ["S1", "S2", "S3"]
    assert [what for what, _, _ in night.damage] == ["wrong Content-Length"]
    assert night.damage[0][1] == len(record(1))


def test_a_record_that_is_cut_off_keeps_its_beginning(tmp_path: Path) -> None:
    night = Night(tmp_path, "a.wet", (record(1) + record(2))[:-100])
    assert night.symbols == ["S1", "S2"]
    assert [what for what, _, _ in night.damage] == ["archive record ends early"]


def test_a_header_that_never_ends_is_passed_over(tmp_path: Path) -> None:
    endless = b"WARC/1.0\r\nWARC-Type: conversion\r\nX: " + b"y" * 200_000
    night = Night(tmp_path, "a.wet", record(1) + endless + b"\r\n\r\n" + record(2))
    assert night.symbols == ["S1", "S2"]
    assert len(night.damage) == 1


def test_a_response_with_broken_encodings_keeps_what_was_readable(tmp_path: Path) -> None:
    whole = chunked(gzip.compress(as_html(text(2) + article(3, 60))))
    cut = http_response(whole[: len(whole) * 2 // 3], "Content-Type: text/html",
                        "Transfer-Encoding: chunked", "Content-Encoding: gzip")  # fmt: skip
    undone = http_response(as_html(text(3)), "Content-Type: text/html", "Content-Encoding: gzip")
    archive = b"".join(warc_record(body, "response") for body in (cut, undone))
    assert Night(tmp_path, "a.warc", archive).symbols == ["S2", "S3"]


def test_bad_utf_8_costs_its_own_line_alone(tmp_path: Path) -> None:
    block = ticker(
        [Quote("S1", "100.00", "25.00", "33.33"), Quote("S2", "100.00", "25.00", "33.33")]
    )
    night = Night(tmp_path, "a.txt", block.encode().replace(b"S2 100", b"S2 1\xff\xfe00"))
    assert night.symbols == ["S1"]
    assert [r["rejected_because"] for r in night.rows("lines") if r["rejected_because"]] != []


def test_a_parquet_without_its_footer_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": [text(1)]}), tmp_path / "a.parquet")
    night = Night(tmp_path, "a.parquet", (tmp_path / "a.parquet").read_bytes()[:-20])
    assert night.symbols == []
    assert night.refusals[0].startswith("damaged Parquet: ")


def test_a_parquet_with_a_damaged_row_group_keeps_the_others(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    table = pa.table({"text": [text(n) for n in range(9)]})
    pq.write_table(table, file, row_group_size=3, compression="zstd", use_dictionary=False)
    group = pq.ParquetFile(file).metadata.row_group(1).column(0)
    content = bytearray(file.read_bytes())
    start = group.data_page_offset
    content[start : start + group.total_compressed_size] = bytes(group.total_compressed_size)
    night = Night(tmp_path, "a.parquet", bytes(content))
    assert night.symbols == ["S0", "S1", "S2", "S6", "S7", "S8"]
    assert night.damage[0][0].startswith("Parquet row group 1: ")


@pytest.mark.parametrize("column", [[1], [None], [["x"]]])
def test_a_parquet_whose_text_is_no_text_is_refused(column: list[object], tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": column}), tmp_path / "a.parquet")
    night = Night(tmp_path, "a.parquet", (tmp_path / "a.parquet").read_bytes())
    assert len(night.refusals) == 1


def test_lines_that_are_no_json_are_refused_one_by_one(tmp_path: Path) -> None:
    bad = ['{"text": "cut', "[1, 2]", '{"text": 5}', '{"body": "x"}', ""]
    rows = [json.dumps({"text": text(1)}), *bad, json.dumps({"text": text(2)})]
    night = Night(tmp_path, "a.jsonl", "\n".join(rows).encode())
    assert night.symbols == ["S1", "S2"]
    assert len(night.refusals) == 4


def test_a_line_that_is_too_long_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    long = json.dumps({"text": "x" * 3 * MEGABYTE})
    content = "\n".join([long, json.dumps({"text": text(1)})]).encode()
    night = Night(tmp_path, "a.jsonl", content, document_bytes=MEGABYTE)
    assert night.symbols == ["S1"]
    assert night.refusals == ["larger than 1 MB"]


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.wet", "a.parquet", "a.zip", "a.html"])
def test_a_document_that_is_too_large_is_refused(name: str, tmp_path: Path) -> None:
    large = text(1) + "x" * 2 * MEGABYTE
    packed = io.BytesIO()
    if name == "a.parquet":
        pq.write_table(pa.table({"text": [large, text(2)]}), packed)
    elif name == "a.zip":
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("large.txt", large)
            archive.writestr("small.txt", text(2))
    elif name == "a.wet":
        packed.write(warc_record(large.encode()) + record(2))
    else:
        packed.write(gzip.compress(large.encode()) if name.endswith(".gz") else large.encode())
    night = Night(tmp_path, name, packed.getvalue(), document_bytes=MEGABYTE)
    assert night.symbols == (["S2"] if name in ("a.parquet", "a.zip", "a.wet") else [])
    assert night.refusals == ["larger than 1 MB"]
    assert night.damage == []


def bomb(name: str) -> bytes:
    """A few KB that become 300 MB."""
    nothing = bytes(300 * MEGABYTE)
    if name == "a.txt.zst":
        return zstd_of(nothing)
    if name == "twice.txt.gz":
        return gzip.compress(gzip.compress(nothing))
    if name == "a.zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(30):
                archive.writestr(f"{number}.txt", nothing[: 10 * MEGABYTE])
        return out.getvalue()
    return gzip.compress(nothing)


@pytest.mark.parametrize("name", ["a.wet.gz", "a.jsonl.gz", "a.zip", "a.txt.zst", "twice.txt.gz"])
def test_a_bomb_is_refused(name: str, tmp_path: Path) -> None:
    night = Night(tmp_path, name, bomb(name))
    assert night.symbols == []
    assert night.refusals
    assert set(night.refusals) <= {"expands to more than 200 times its size", "larger than 16 MB"}


def test_packing_without_end_is_refused(tmp_path: Path) -> None:
    content = text(1).encode()
    for _ in range(6):
        content = gzip.compress(content)
    assert Night(tmp_path, "a.txt.gz", content).refusals == ["packed more than 3 times over"]


def test_a_damaged_zip_member_costs_itself_alone(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.txt", text(number))
    content = out.getvalue().replace(b"S1 100.00", b"S1 100.01")
    night = Night(tmp_path, "a.zip", content)
    assert night.symbols == ["S0", "S2"]
    assert night.refusals[0].startswith("damaged zip member: Bad CRC-32")


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    assert Night(tmp_path, "a.zip", b"PK\x03\x04 no zip").refusals[0].startswith("damaged zip: ")


def test_a_member_named_outside_stays_inside(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../escaped.txt", text(1))
    (tmp_path / "deep").mkdir()
    night = Night(tmp_path / "deep", "a.zip", out.getvalue())
    assert night.symbols == ["S1"]
    assert list(tmp_path.rglob("escaped.txt")) == []


def test_a_second_night_reads_nothing_of_it_again(tmp_path: Path) -> None:
    night = Night(tmp_path, "a.wet.gz", gzip.compress(record(1))[:-10])
    again = ingest([night.landing], night.lake, tmp_path)
    assert (again.files_unchanged, again.documents) == (2, 0)
