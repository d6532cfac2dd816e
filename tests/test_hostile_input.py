"""Files, names and arguments made to do harm: each is refused, or harmless, within its bounds.

Damage by accident stands in `test_damage`; texts of companies in the page, in `test_page`.
"""

import csv
import gzip
import io
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.errors import InputError
from jobs.history.read import read_history
from jobs.models import run
from jobs.models.header import SqlFile
from jobs.models.inputs import Inputs
from jobs.settings import Settings, Warehouse
from jobs.snapshot.capture_times import from_sidecar
from jobs.snapshot.containers import text as html
from jobs.snapshot.containers.found import MEGABYTE, Limits, Reading
from jobs.snapshot.documents import read_documents
from jobs.snapshot.lake import Lake
from jobs.snapshot.sources import find_files
from tests.conftest import ROOT, rows, run_night
from tests.support.commands import psx, stopped
from tests.support.containers import as_html, as_scattered_html, http_response, warc_record
from tests.support.pages import Quote, page, ticker
from tests.test_captures_csv import sidecar
from tests.test_damage import Night, record, text
from tests.test_sources_and_times import UNSTATED, put, stated_under

SQL = "x'; drop table captures; --"


def response(body: bytes, *headers: str) -> bytes:
    return warc_record(http_response(body, "Content-Type: text/html", *headers), "response")


# What becomes much more than it is.


def test_a_response_that_unpacks_without_end_costs_itself_alone(tmp_path: Path) -> None:
    bomb = response(gzip.compress(bytes(40 * MEGABYTE)), "Content-Encoding: gzip")
    archive = response(as_html(text(1))) + bomb + response(as_html(text(2)))
    night = Night(tmp_path, "a.warc", archive)
    assert night.symbols == ["S1", "S2"]
    assert night.refusals == ["larger than 16 MB"]


def test_bombs_within_a_bomb_are_counted_together(tmp_path: Path) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):  # 60 MB, which a single file may become
            archive.writestr(f"{number}.txt", bytes(15 * MEGABYTE))
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.zip", inner.getvalue())
    night = Night(tmp_path, "a.zip", outer.getvalue())
    assert night.refusals == ["expands to more than 200 times its size"]


def test_a_parquet_that_repeats_a_large_text_is_unpacked_within_bounds(tmp_path: Path) -> None:
    """20,000 rows of one text of four megabytes are 80 GB; the file has some hundred bytes."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000), ["x" * 4 * MEGABYTE])
    file = io.BytesIO()
    pq.write_table(pa.table({"text": texts}), file, compression="zstd", store_schema=False)
    assert len(file.getvalue()) < 10_000
    night = Night(tmp_path, "a.parquet", file.getvalue())
    assert night.refusals == ["expands to more than 200 times its size"]


# What keeps a reader busy.

BUSY = {
    "headers that break again and again": ("a.warc", b"WARC/1.0\r\nA:\r\n" * 300_000),
    "a length of 5,000 digits": ("a.wet", warc_record(b"x", Content_Length="9" * 5_000)),
    "chunks of one byte": (
        "a.warc",
        response(b"1\r\nA\r\n" * 500_000 + b"zz", "Transfer-Encoding: chunked"),
    ),
    "elements in elements": ("a.html", b"<html>" + b"<div>" * 1_000_000),
    "a million attributes": ("a.html", b"<html><a " + b"b " * 1_000_000),
    "attributes behind quoted brackets": ("a.html", b"<html><a " + b"b='>' " * 1_000_000),
    "comments that do not end": ("a.html", b"<html>" + b"<!--" * 1_000_000),
    "scripts that do not end": ("a.html", b"<html>" + b"<script>" * 1_000_000),
    "a line of brackets": ("a.txt", b"AB 1 No Change " + b"(" * 1_000_000),
    "a line of digits": ("a.txt", b"AB " + b"1," * 1_000_000 + b" Increased By"),
}
READ_ONE = """
import resource, sys
from pathlib import Path
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
root = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
ingest([root / "landing"], Lake(root / "lake"), root)
status = Path("/proc/self/status").read_text()  # getrusage counts the parent's memory as well
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""


@pytest.mark.parametrize("what", BUSY)
def test_no_file_keeps_a_reader_busy_for_minutes_or_takes_a_gigabyte(
    what: str, tmp_path: Path
) -> None:
    name, content = BUSY[what]
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / name).write_bytes(content)
    command = [sys.executable, "-c", READ_ONE, tmp_path]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert int(done.stdout) < 1_024


def test_the_text_of_a_page_is_the_same_whichever_way_it_is_taken_out() -> None:
    def lines(found: str) -> list[str]:
        return [" ".join(line.split()) for line in found.split("\n") if line.strip()]

    for number in range(50):
        block = ticker([Quote(f"S{number}", "100.00", "25.00", "33.33")])
        for page_of in (as_html, as_scattered_html):
            unbroken = page_of(page(block, number)).replace(b"\n", b" ")
            assert lines(html._stripped(unbroken)) == lines(html._parsed(unbroken))


def test_pipes_and_devices_among_the_files_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    (tmp_path / "below").mkdir()
    os.mkfifo(tmp_path / "below" / "captures.csv")
    assert find_files([tmp_path], tmp_path)["path"].to_list() == ["a.txt"]


# Places outside, times out of this world.


def test_a_captures_csv_dates_no_file_outside_its_folder(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    put(tmp_path / "below" / "b.txt")
    sidecar(tmp_path / "below", "../a.txt,2024-05-03", f"{tmp_path}/a.txt,2024-05-03")
    assert stated_under(tmp_path) == {"a.txt": UNSTATED, "below/b.txt": UNSTATED}


def test_a_captures_csv_of_a_million_lines_is_read(tmp_path: Path) -> None:
    lines = "".join(f"{n}.txt,2024-05-{1 + n % 28:02}\n" for n in range(1_000_000))
    file = put(tmp_path / "captures.csv", f"file,captured_at\n{lines}")
    stated = from_sidecar(file)
    assert stated.height == 1_000_000
    assert stated["stated_at"].null_count() == 0


def test_a_capture_time_that_cannot_be_is_none(tmp_path: Path) -> None:
    said = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1024-05-03T00:00:00Z"]
    archive = [warc_record(text(n).encode(), WARC_Date=at) for n, at in enumerate(said)]
    night = Night(tmp_path, "a.wet", b"".join(archive))
    times = [datetime(9999, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]
    pq.write_table(
        pa.table({"text": [text(7), text(8)], "timestamp": times}), tmp_path / "landing/a.parquet"
    )
    run_night(tmp_path)
    assert [row["captured_at"] for row in night.rows("documents")] == [None] * 6
    assert rows(Warehouse(tmp_path), "select document_count from build_info") == [
        {"document_count": 6}
    ]


# SQL in names, addresses, arguments and settings.


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse whose folder, files, members, addresses and lines are all hostile."""
    root = tmp_path_factory.mktemp("hostile") / "we[i]rd *'; drop table x; --"
    landing = root / "landing"
    landing.mkdir(parents=True)
    (root.parent / "weird i'; drop table x; --").mkdir()
    lines = f"{ticker([Quote('HBL', '101.00', '1.00', '1')])}" + "".join(
        f"{name} 5.00 Increased By ▲ 1.00 (25%)\n"
        for name in ("=1+1", "@SUM(A1)", "+1", "-1", "<script>alert(1)</script>", "x';--")
    )
    (landing / f"2024-01-09 {SQL}.txt").write_text(lines, encoding="utf-8")
    with zipfile.ZipFile(landing / "=cmd.zip", "w") as archive:
        archive.writestr("=HYPERLINK(1).txt", text(1))
    urls = ["=1+1", SQL, "https://x.example/\x01\x1b[2J\x07\u202e", "<img src=x onerror=alert(1)>"]
    records = [warc_record(text(n + 10).encode(), url=url) for n, url in enumerate(urls)]
    (landing / "a.wet").write_bytes(b"".join(records))
    assert psx("parse", "-w", root).returncode == 0
    for _ in range(2):
        done = psx("build", "-w", root)
        assert done.returncode == 0, done.stderr
    return Warehouse(root)


def test_hostile_names_and_addresses_are_kept_as_they_are(hostile: Warehouse) -> None:
    found = rows(hostile, "select url, source from captures")
    assert len(found) == 6
    assert {row["url"] for row in found} == {
        None,
        "=1+1",
        SQL,
        "https://x.example/\x01\x1b[2J\x07\u202e",
        "img src=x onerror=alert(1)",  # angle brackets around an address are the archive's
    }
    assert any(str(row["source"]).endswith(f"/2024-01-09 {SQL}.txt") for row in found)
    rejected = rows(hostile, "select text from rejected_lines")
    assert len(rejected) == 6
    assert psx("check", "-w", hostile.root).returncode == 0


def test_an_export_of_hostile_texts_holds_no_formula(hostile: Warehouse, tmp_path: Path) -> None:
    for kind in ("csv", "excel"):
        assert psx("export", tmp_path, "--format", kind, "-w", hostile.root).returncode == 0
    seen = 0
    for file in tmp_path.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                for cell in row.values():
                    seen += cell.startswith("'")
                    number = cell.removeprefix("-").replace(".", "").replace("e", "")
                    assert cell[:1] not in tuple("=+@\t\r\n-") or number.isdigit() or not cell
    assert seen >= 6
    book = openpyxl.load_workbook(tmp_path / "psx.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert not any(cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row)


def test_no_script_of_a_line_reaches_the_page(hostile: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "day.html"
    done = psx("report", "--date", "2024-01-09", "--output", file, "-w", hostile.root)
    assert done.returncode == 0, done.stderr
    page = file.read_text(encoding="utf-8")
    assert "HBL" in page
    assert "alert(1)" not in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["explain", SQL, "2024-01-09"], 3),
        (["explain", "--block", SQL], 3),
        (["build", "--select", SQL], 2),
        (["build", "--allow", SQL], 2),
        (["export", "out", "--as-of", SQL], 3),
        (["diff", SQL, SQL], 3),
        (["rollback", SQL], 3),
    ],
)
def test_sql_in_an_argument_is_a_name_that_is_not_there(
    words: list[str], code: int, hostile: Warehouse
) -> None:
    found, said = stopped(*words, "-w", hostile.root)
    assert found == code, said
    assert rows(hostile, "select count(*) as n from captures") == [{"n": 6}]


def test_sql_in_the_settings_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "psx.toml").write_text(f'index_history = "{SQL}.csv"\n', encoding="utf-8")
    history = Settings.load(Warehouse(tmp_path)).index_history
    assert history == tmp_path / f"{SQL}.csv"
    with pytest.raises(InputError, match="there is no such index history"):
        read_history(history, pl.Series(dtype=pl.Date))


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/*')",
        "select * from read_text('/etc/passwd')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from parquet_metadata('/etc/passwd')",
    ],
)
def test_a_model_reaches_no_file(sql: str, tmp_path: Path, sample: Warehouse) -> None:
    models = tmp_path / "sql"
    subprocess.run(["cp", "-r", ROOT / "sql", models], check=True)
    (models / "marts" / "spy.sql").write_text(f"-- A spy.\n-- grain: a\n{sql}\n", encoding="utf-8")
    with pytest.raises(run.UsageError, match=r"spy\.sql.*"):
        _build(models, tmp_path)


def test_the_configuration_of_a_build_is_locked(tmp_path: Path, monkeypatch) -> None:
    said: list[str] = []
    whole = run.run_model

    def tried(connection: duckdb.DuckDBPyConnection, model: SqlFile, *engine: Any) -> run.ModelRun:
        for words in ("set enable_external_access = true", "set threads = 1", "attach 'x.duckdb'"):
            with pytest.raises(duckdb.Error) as caught:
                connection.execute(words)
            said.append(str(caught.value))
        return whole(connection, model, *engine)

    monkeypatch.setattr(run, "run_model", tried)
    _build(ROOT / "sql", tmp_path)
    assert len(said) > 100


def _build(sql: Path, root: Path) -> None:
    identity = run.BuildIdentity("20240101T000000.000000Z", datetime(2024, 1, 1, tzinfo=UTC), "0")
    run.build_database(
        root / "market.duckdb", sql, Inputs(Lake(root / "lake"), Settings()), identity
    )


def test_control_characters_of_a_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    (landing / "a\x1b[2J\n\x07.zip").write_bytes(b"PK\x03\x04 no zip")
    (landing / "sound.wet").write_bytes(record(1))
    done = psx("parse", "-w", tmp_path)
    assert done.returncode == 0
    assert "\x1b" not in done.stderr + done.stdout
    assert "\x07" not in done.stderr + done.stdout


FOOTER = """
import io, sys
from jobs.snapshot.containers.corpus import read_parquet
from jobs.snapshot.containers.found import Limits, Reading, Refusal
sound = open(sys.argv[1], "rb").read()
begins = len(sound) - 8 - int.from_bytes(sound[-8:-4], "little")
for place in range(begins, len(sound) - 8):
    damaged = sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :]
    try:
        list(read_parquet(io.BytesIO(damaged), Reading(Limits(1_000_000))))
    except Refusal:
        pass
print("through", len(sound) - 8 - begins)
"""


def test_no_damaged_byte_of_a_parquet_footer_ends_the_process(tmp_path: Path) -> None:
    pages = {"url": ["a", None], "text": [text(7), text(8)], "date": [None, "2024-05-03"]}
    pq.write_table(pa.table(pages), tmp_path / "a.parquet")
    done = subprocess.run(
        [sys.executable, "-c", FOOTER, tmp_path / "a.parquet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("through ")


def test_a_line_break_in_the_name_of_a_damaged_member_stays_in_one_line() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a\nb.txt", text(7))
    damaged = b"XX" + written.getvalue()[2:]  # no header of a member begins so
    reading = Reading(Limits(1_000_000))
    list(read_documents(damaged, "a.zip", reading))
    assert [damage.what.count("\n") for damage in reading.damage] == [0]
    assert "a\\nb.txt" in reading.damage[0].what
