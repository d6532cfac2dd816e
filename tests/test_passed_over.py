"""What is read by its content, what is passed over, and what a parse says of it."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from jobs.report.parsed import ingested_lines, plan_lines
from jobs.snapshot.ingest import Ingested, ingest, plan
from jobs.snapshot.lake import Lake
from jobs.snapshot.passed_over import PassedOver
from jobs.snapshot.sources import ALL_FILES, Remarks, find_files
from tests.support.containers import AT, as_html, http_response, warc_record
from tests.support.pages import Quote, ticker

TEXT = ticker([Quote("OGDC", "137.75", "4.88", "3.67"), Quote("KSE30", "23595", "371", "1.6")])
HTML = as_html(TEXT)
MHTML = (
    b"From: <Saved>\r\nSnapshot-Content-Location: https://x.example/1\r\n"
    b"Date: Fri, 3 May 2024 14:00:00 +0500\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="--b"\r\n\r\n'
    b"----b\r\nContent-Type: text/css\r\n\r\nOGDC 1.00 No Change 0.00 (0%)\r\n"
    b"----b\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n" + HTML + b"\r\n----b--\r\n"
)


def gzipped(content: bytes) -> bytes:
    """The same bytes each time: they name a test."""
    return gzip.compress(content, mtime=0)


WARC = gzipped(warc_record(http_response(HTML), "response"))


def zip_of(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


WACZ = zip_of(
    **{
        "archive/data.warc.gz": WARC,
        "pages/pages.jsonl": b'{"text": "a list of pages"}\n',
        "datapackage.json": b"{}",
    }
)


def night(root: Path, files: dict[str, bytes]) -> tuple[Ingested, pl.DataFrame]:
    """What a parse of `files` counts, and the documents with their paths."""
    for name, content in files.items():
        file = root / "landing" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    lake = Lake(root / "lake")
    result = ingest([root / "landing"], lake, root)
    if not lake.parquet_files("documents"):
        return result, pl.DataFrame()
    documents, seen = (pl.read_parquet(lake.parquet_files(t)) for t in ("documents", "files"))
    return result, documents.join(seen.select("file_id", "path"), on="file_id")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("40191815/index-rises", HTML),
        ("page.html?id=3", HTML),
        ("page.xhtml", HTML),
        ("page.php@id=3", HTML),
        ("page.text", TEXT.encode()),
        ("page", TEXT.encode("utf-16")),
        ("page.gz", gzipped(HTML)),
        ("page.mhtml", MHTML),
        ("saved", MHTML),
        ("crawl.wacz", WACZ),
        ("crawl", WARC),
        ("rows.json", json.dumps({"text": TEXT}).encode()),
    ],
)
def test_a_page_is_read_whatever_its_suffix(name: str, content: bytes, tmp_path: Path) -> None:
    result, documents = night(tmp_path, {name: content})
    assert (result.files_parsed, result.lines_accepted) == (1, 2)
    assert documents["outcome"].to_list() == ["block"]
    assert result.remarks.passed_over.total == 0


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("style.css", b"a {}", ".css"),
        ("style.css?v=3", b"a {}", ".css"),
        ("style.css.gz", gzipped(b"a {}"), ".css"),
        ("a.txt.xz", lzma.compress(TEXT.encode()), "no reader for xz"),
        ("a.txt.bz2", bz2.compress(TEXT.encode()), "no reader for bzip2"),
        ("pages.tar.gz", gzipped(b"x"), "no reader for tar"),
        ("picture", b"\x89PNG\r\n\x1a\n", "no reader for PNG"),
        ("packed", lzma.compress(TEXT.encode()), "no reader for xz"),
        ("cache", b"OGDC\x00\x01", "binary"),
        ("cache.gz", gzipped(b"OGDC\x00\x01"), "binary"),
        ("_SUCCESS", b"", "empty"),
        ("rows.json", b'[{"text": "x"}]', "no JSON lines with a text"),
        ("package.json", b'{"name": "x"}\n', "no JSON lines with a text"),
    ],
)
def test_what_is_no_page_is_passed_over_and_counted(
    name: str, content: bytes, why: str, tmp_path: Path
) -> None:
    result, documents = night(tmp_path, {name: content})
    assert (result.files_found, documents.height) == (0, 0)
    assert dict(result.remarks.passed_over.counts) == {why: 1}
    (*_, said) = ingested_lines(result)
    assert said.startswith("1 file passed over: ")
    assert (name in said) is not why.startswith(".")


def test_hidden_files_and_those_of_editors_are_passed_over_without_a_word(tmp_path: Path) -> None:
    names = [".DS_Store", "a.txt~", ".a.txt.swp", "~$a.docx", "._a.txt", ".git/HEAD", "a.tmp"]
    result, _ = night(tmp_path, dict.fromkeys([*names, "a.txt"], b"x"))
    assert (result.files_found, result.remarks.passed_over.total) == (1, 0)


def test_the_count_is_by_kind_and_names_the_first_few(tmp_path: Path) -> None:
    files = {f"{n}.css": b"" for n in range(3)} | {f"{n}.bin": b"\0" for n in range(5)}
    result, _ = night(tmp_path, files | {"a.png": b"", "a.txt": TEXT.encode()})
    (*_, said) = ingested_lines(result)
    assert said.startswith("9 files passed over: landing/0.bin, landing/1.bin, landing/2.bin")
    assert said.endswith("and 2 more (binary), 3 .css, 1 .png")
    remarks = Remarks(PassedOver(names_kept=None))
    landing = tmp_path / "landing"
    planned = plan([landing], Lake(tmp_path / "new"), tmp_path, ALL_FILES, remarks)
    told = [line for line in plan_lines(planned, remarks.passed_over) if "passed over" in line]
    assert len(told) == 9


def test_a_folder_without_a_snapshot_is_warned_of(tmp_path: Path) -> None:
    result, _ = night(tmp_path, {"a.css": b"x"})
    (warning,) = result.remarks.warnings
    assert str(tmp_path / "landing") in warning


def test_a_file_that_is_named_is_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(lzma.compress(b"x"))
    result = ingest([tmp_path / "a.txt"], Lake(tmp_path / "lake"), tmp_path)
    assert (result.documents, len(result.refused)) == (1, 1)
    assert "xz" in result.refused[0]


# Containers in containers.


def test_an_mhtml_keeps_its_address_and_its_time(tmp_path: Path) -> None:
    _, documents = night(tmp_path, {"page.mht": MHTML})
    (row,) = documents.rows(named=True)
    assert row["url"] == "https://x.example/1"
    assert row["captured_at"] == datetime(2024, 5, 3, 9, tzinfo=UTC)


def test_what_is_in_a_zip_keeps_its_own_times_and_gets_the_name_of_its_member(
    tmp_path: Path,
) -> None:
    undated = json.dumps({"text": TEXT}) + "\n"
    dated = json.dumps({"text": TEXT, "timestamp": "2025-11-03T08:00:00Z"})
    members = {
        "2024-05-03/a.warc.gz": WARC,
        "2024-05-03/a.jsonl": (undated + dated).encode(),
        "2024-05-03/a.txt": TEXT.encode(),
        "2024-05-03/a.zip": zip_of(**{"b.txt": TEXT.encode()}),
    }
    _, documents = night(tmp_path, {"crawl.zip": zip_of(**members)})
    day = datetime(2024, 5, 2, 19, tzinfo=UTC)
    found = documents.sort("document").select("member", "url", "captured_at", "captured_precision")
    assert found.rows() == [
        ("2024-05-03/a.warc.gz", "https://x.example/", AT, "second"),
        ("2024-05-03/a.jsonl", None, day, "day"),
        ("2024-05-03/a.jsonl", None, AT, "second"),
        ("2024-05-03/a.txt", None, day, "day"),
        ("2024-05-03/a.zip/b.txt", None, day, "day"),
    ]


def test_a_member_that_is_no_page_is_counted_and_takes_no_other_along(tmp_path: Path) -> None:
    members = {"a.png": b"x", "b.txt": lzma.compress(b"x"), "c.zip": b"PK\x03\x04", "d": b"\0"}
    result, documents = night(tmp_path, {"a.zip": zip_of(**members, **{"e.txt": TEXT.encode()})})
    assert dict(result.remarks.passed_over.counts) == {".png": 1, "binary": 1}
    assert result.remarks.passed_over.names["binary"] == ["landing/a.zip/d"]
    assert sorted(documents["outcome"]) == ["block", "refused", "refused"]


def test_an_archive_larger_than_a_document_is_read_from_a_zip(tmp_path: Path) -> None:
    filler = warc_record(b"x" * (9 << 20), "metadata")
    large = filler + filler + warc_record(TEXT.encode())
    result, documents = night(tmp_path, {"a.zip": zip_of(**{"a.warc": large, "b.txt": large})})
    assert (result.lines_accepted, result.refused) == (4, [])
    assert documents["captured_at"].to_list()[0] == AT


# Links and warehouses.


def names(folder: Path, *given: Path) -> list[str]:
    return find_files(given or [folder], folder)["path"].to_list()


def put(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x", encoding="utf-8")
    return file


def test_links_to_folders_are_followed_and_loops_end(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "deep" / "a.txt")
    put(tmp_path / "landing" / "b.txt")
    (tmp_path / "landing" / "2024").symlink_to("../elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to("../landing")
    (tmp_path / "landing" / "self").symlink_to(".")
    found = names(tmp_path, tmp_path / "landing")
    assert found == ["landing/2024/deep/a.txt", "landing/b.txt"]


def test_a_folder_is_named_by_itself_and_not_by_a_link(tmp_path: Path) -> None:
    put(tmp_path / "z" / "a.txt")
    (tmp_path / "a").symlink_to("z")
    assert names(tmp_path) == ["z/a.txt"]


def test_a_dangling_link_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("nowhere")
    remarks = Remarks()
    assert find_files([tmp_path], tmp_path, remarks=remarks).is_empty()
    assert remarks.passed_over.total == 1


def test_what_psx_keeps_in_a_warehouse_is_no_snapshot(tmp_path: Path) -> None:
    warehouse = tmp_path / "data" / "psx"
    kept = ["lake/batch-1/files.parquet", "generations/1/report/index.html", "export/a.parquet"]
    for name in [*kept, ".lock", "market.duckdb", "landing/a.txt", "notes"]:
        put(warehouse / name)
    (warehouse / "report").symlink_to("generations/1/report")
    put(tmp_path / "data" / "export" / "b.txt")
    assert names(tmp_path) == ["data/export/b.txt", "data/psx/landing/a.txt"]
