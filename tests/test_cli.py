"""The command as a user runs it: exit codes, one line of error, results on standard output."""

import gzip
import json
import os
import shutil
import sys
import tomllib
from pathlib import Path

import duckdb
import pytest

from jobs.errors import ExitCode
from jobs.files import exclusive
from jobs.settings import Warehouse
from tests.conftest import ROOT
from tests.support.commands import psx, run, stopped
from tests.support.pages import Quote, article, page, ticker

LANDING = ROOT / "warehouse" / "landing"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of two pages, parsed and built by the command."""
    root = tmp_path_factory.mktemp("cli")
    (root / "landing").mkdir()
    text = page(ticker([Quote("HBL", "101.00", "1.00", "1")]), 1)
    (root / "landing" / "2024-01-09T1000.txt").write_text(text, encoding="utf-8")
    (root / "landing" / "none.txt").write_text(article(3), encoding="utf-8")
    assert psx("parse", "-w", root).returncode == 0
    assert psx("build", "-w", root).returncode == 0
    return root


def test_the_help_lists_commands_in_order_and_exit_codes() -> None:
    said = " ".join(psx("--help").stdout.split())
    places = [said.index(f" {name} ") for name in ("parse", "build", "check", "export", "status")]
    assert places == sorted(places)
    for code in ExitCode:
        assert f"{code.value} {code.meaning}" in said


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    done = psx("--version")
    assert (done.returncode, done.stdout) == (0, f"psx-warehouse {project['version']}\n")


@pytest.mark.parametrize("kept", ["landing", "landing/new", "lake", "export", "report", "current"])
def test_nothing_is_written_into_what_psx_keeps(root: Path, kept: str) -> None:
    before = sorted(path for path in root.rglob("*"))
    for words in (["export", root / kept], ["report", "-o", root / kept / "page.html"]):
        code, said = stopped(*words, "-w", root)
        assert code == 2
        assert said.endswith("name another place")
    assert stopped("report", "-o", root / ".lock", "-w", root)[0] == 2
    assert sorted(path for path in root.rglob("*")) == before


def test_a_folder_or_a_device_is_not_replaced_by_a_page(root: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        code, said = stopped("report", "-o", place, "-w", root)
        assert (code, said) == (3, f"{place}: is there, and is no file; name another one")
    assert (tmp_path / "pipe").is_fifo()


def test_addresses_are_for_a_cluster(tmp_path: Path) -> None:
    code, said = stopped("parse", "-w", tmp_path, "s3a://crawl/2024")
    assert code == 2
    assert said == "s3a://crawl/2024: addresses are for a cluster to read; name one by --remote"
    code, said = stopped("parse", "-w", "s3a://crawl/warehouse", tmp_path)
    assert code == 2
    assert said.endswith("name a folder by its path; no object storage will do")


@pytest.mark.parametrize("command", ["parse", "build", "check", "export", "status"])
def test_the_help_of_a_command_tells_its_exit_codes(command: str) -> None:
    done = psx(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 another run holds the warehouse" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["fly"], "No such command 'fly'"),
        (["parse", "--no-such-option"], "No such option: --no-such-option"),
        (["export"], "Missing argument"),
        (["parse", "--limit", "none"], "Invalid value for '--limit'"),
    ],
)
def test_wrong_usage_exits_with_2(words: list[str], complaint: str) -> None:
    code, said = stopped(*words)
    assert code == 2
    assert complaint in said


FAULTY = """
import sys
from jobs.cli import main
from jobs.report import summary

def build_facts(connection):
    raise RuntimeError("one\\ntwo")

summary.build_facts = build_facts
sys.argv = ["psx", "status", "-w", sys.argv[1]]
main()
"""


def test_a_fault_of_psx_exits_with_1_and_hides_its_traceback(root: Path) -> None:
    done = run(sys.executable, "-c", FAULTY, root)
    assert (done.returncode, done.stdout) == (1, "")
    said = "psx: internal error, RuntimeError: one two (PSX_DEBUG=1 shows where; please report it)"
    assert done.stderr == f"{said}\n"
    assert "in build_facts" in run(sys.executable, "-c", FAULTY, root, PSX_DEBUG="1").stderr


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ("speed = 5", "unknown setting 'speed'"),
        ("keep_generations = 0", "must be a whole number from 1, not 0"),
        ("keep_generations = 'x'", "must be a whole number from 1, not 'x'"),
        ("index_history = 5", "must be a path in quotes, not 5"),
        ("keep_generations", "psx.toml"),
    ],
)
def test_a_wrong_setting_exits_with_2(settings: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "psx.toml").write_text(settings, encoding="utf-8")
    code, said = stopped("build", "-w", tmp_path)
    assert code == 2
    assert complaint in said


def test_missing_input_exits_with_3(root: Path, tmp_path: Path) -> None:
    assert stopped("parse", "-w", tmp_path, tmp_path / "gone") == (
        3,
        f"{tmp_path / 'gone'}: there is no such file or folder",
    )
    code, said = stopped("build", "-w", tmp_path)
    assert (code, said.endswith("run psx parse first")) == (3, True)
    for command in (["check"], ["status"], ["export", tmp_path / "out"]):
        code, said = stopped(*command, "-w", tmp_path)
        assert (code, said.endswith("run psx build first")) == (3, True)
    code, said = stopped("build", "-w", root, "--index-history", tmp_path / "gone.csv")
    assert (code, said.endswith("there is no such index history")) == (3, True)


def test_a_damaged_lake_or_warehouse_exits_with_3(root: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(root, broken, symlinks=True)
    (broken / "lake" / "batch-00000001" / "lines.parquet").write_bytes(b"no Parquet")
    code, said = stopped("build", "-w", broken)
    assert (code, "lines.parquet" in said) == (3, True)
    (broken / "lake" / "batch-00000001" / "files.parquet").write_bytes(b"no Parquet")
    code, said = stopped("parse", "-w", broken)
    assert (code, "files.parquet" in said) == (3, True)
    (broken / "current" / "market.duckdb").write_bytes(b"no database" * 1000)
    code, said = stopped("status", "-w", broken)
    assert (code, "market.duckdb" in said) == (3, True)


@pytest.mark.parametrize("table", ["files", "documents", "lines"])
def test_rot_within_a_file_of_the_lake_exits_with_3_and_names_it(
    table: str, root: Path, tmp_path: Path
) -> None:
    file = tmp_path / "lake" / "batch-00000001" / f"{table}.parquet"
    shutil.copytree(root / "lake", tmp_path / "lake")
    content = bytearray(file.read_bytes())
    for place in range(4, len(content) // 3):  # the pages; the footer stays sound
        content[place] ^= 0x5A
    file.write_bytes(content)
    code, said = stopped("build", "-w", tmp_path)
    assert code == 3
    assert str(file) in said


def test_a_database_that_is_no_warehouse_exits_with_3(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "market.duckdb") as connection:
        connection.execute("create table t as select 1 as i")
    for command in (["status"], ["check"], ["export", tmp_path / "out"]):
        code, said = stopped(*command, "-w", tmp_path)
        assert (code, "market.duckdb" in said) == (3, True)


def test_unsaved_work_exits_with_4(root: Path) -> None:
    log = root / "market.duckdb.wal"
    log.write_bytes(b"x")
    try:
        code, said = stopped("build", "-w", root)
    finally:
        log.unlink()
    assert (code, "use duckdb -readonly" in said) == (4, True)


@pytest.mark.parametrize("command", ["parse", "build"])
def test_a_second_run_exits_with_5_and_says_who_holds_the_lock(command: str, root: Path) -> None:
    with exclusive(root / ".lock", "parse"):
        code, said = stopped(command, "-w", root)
    assert code == 5
    assert f"psx parse (process {os.getpid()} on " in said


def test_readers_need_no_lock(root: Path) -> None:
    with exclusive(root / ".lock", "build"):
        assert psx("status", "-w", root).returncode == 0
        assert psx("check", "-w", root).returncode == 0


def test_parsing_again_says_that_there_is_nothing_new(root: Path) -> None:
    done = psx("parse", "-w", root)
    assert done.stdout == "nothing new: all 2 files were parsed before\n"
    assert done.stderr == ""


def test_a_parse_for_a_log_says_its_result_and_nothing_else(tmp_path: Path) -> None:
    done = psx("parse", "-w", tmp_path, LANDING)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("parsed 72 new of 72 files")
    assert not {"\r", "\x1b"} & set(done.stdout)


def test_a_build_ends_with_the_newest_session_and_the_counts(root: Path) -> None:
    done = psx("build", "-w", root)
    assert done.stderr == ""
    for words in (
        "Tuesday 09 January 2024",
        "2 documents (1 with a ticker, 1 without, 0 refused)",
        "1 lines accepted, 0 rejected",
        "1 captures placed on 1 sessions, 0 unplaced",
    ):
        assert words in done.stdout
    assert "HBL" in done.stdout


def test_the_status_is_json_for_a_script(root: Path) -> None:
    found = json.loads(psx("status", "-w", root, "--json").stdout)
    assert (found["document_count"], found["accepted_line_count"]) == (2, 1)
    assert (found["newest_trade_date"], found["unplaced_count"]) == ("2024-01-09", 0)
    assert "document_count" in psx("status", "-w", root).stdout


def ticker_lines(file: Path) -> int:
    """How many lines stand above the first empty one; a page without a ticker opens with it."""
    content = file.read_bytes()
    text = (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8-sig")
    return text.splitlines().index("")


def test_the_status_of_the_sample_counts_what_its_pages_hold(sample: Warehouse) -> None:
    pages = [f for f in LANDING.rglob("*") if f.is_file() and f.name != "captures.csv"]
    lines = [ticker_lines(page) for page in pages]
    done = psx("status", "--json", "-w", sample.root)
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert found["file_count"] == found["document_count"] == len(pages) == 72
    assert found["block_count"] == sum(count > 0 for count in lines) == 70
    assert (found["no_block_count"], found["placed_count"], found["unplaced_count"]) == (2, 66, 4)
    assert found["ticker_line_count"] == sum(lines)
    assert found["accepted_line_count"] == sum(lines) - 29  # 28 without a price, one cut off
    assert (found["rejected_line_count"], found["repeated_line_count"]) == (29, 15)


def test_python_runs_the_module_as_the_command(root: Path) -> None:
    done = run(sys.executable, "-m", "jobs", "status", "--json", "-w", root)
    assert (done.returncode, done.stdout) == (0, psx("status", "--json", "-w", root).stdout)


def test_the_warehouse_can_be_named_by_the_environment_from_anywhere(
    root: Path, tmp_path: Path
) -> None:
    assert psx("check", cwd=tmp_path, PSX_WAREHOUSE=str(root)).returncode == 0
    relative = psx("status", "--json", "-w", root.name, cwd=root.parent)
    assert json.loads(relative.stdout)["document_count"] == 2


def test_an_export_prints_the_files_it_wrote(root: Path, tmp_path: Path) -> None:
    done = psx("export", tmp_path / "out", "-w", root)
    printed = {Path(line) for line in done.stdout.splitlines()}
    assert printed == set((tmp_path / "out").iterdir())


def test_a_dry_run_prints_what_would_be_read_and_writes_nothing(tmp_path: Path) -> None:
    done = psx("parse", "--dry-run", "--glob", "*00*", "-w", tmp_path / "new", LANDING)
    assert done.returncode == 0
    assert "text" in done.stdout
    assert "2024-05-03 00:00 by path" in done.stdout
    assert "nothing was read into the lake" in done.stdout
    assert not (tmp_path / "new").exists()


def test_a_refused_file_is_told_on_standard_error_and_the_night_goes_on(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "a.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "landing" / "b.txt").write_text("HBL 101.00 Increased By", encoding="utf-8")
    done = psx("parse", "-w", tmp_path)
    assert done.returncode == 0
    assert done.stderr.startswith("psx: refused landing/a.zip document 1: damaged zip")
    assert "2 documents, 1 with a ticker; 0 lines accepted, 1 rejected" in done.stdout


def test_a_full_disk_or_a_closed_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    code, said = stopped("parse", "-w", tmp_path / "file" / "warehouse", LANDING)
    assert code == 3
    assert "Not a directory" in said


def test_a_home_folder_that_no_shell_expanded_is_found(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    text = page(ticker([Quote("HBL", "101.00", "1.00", "1")]), 1)
    (tmp_path / "pages" / "2024-01-09.txt").write_text(text, encoding="utf-8")
    (tmp_path / "h.csv").write_text("date,close\n2024-01-08,64000\n", encoding="utf-8")
    home = {"HOME": str(tmp_path)}
    assert psx("parse", "-w", "~/wh", "~/pages", cwd=tmp_path, **home).returncode == 0
    built = psx("build", "-w", "~/wh", "--index-history", "~/h.csv", cwd=tmp_path, **home)
    assert (tmp_path / "wh" / "market.duckdb").is_file(), built.stderr
    exported = psx("export", "~/out", "-w", "~/wh", cwd=tmp_path, **home)
    assert exported.stdout.startswith(str(tmp_path / "out"))
    assert not (tmp_path / "~").exists()


def test_a_terminal_without_an_arrow_gets_a_substitute(root: Path) -> None:
    done = psx("explain", "HBL", "2024-01-09", "-w", root, PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "HBL 101.00 Increased By ? 1.00 (1%)" in done.stdout


def test_a_settings_file_may_begin_with_a_byte_order_mark(root: Path, tmp_path: Path) -> None:
    (tmp_path / "psx.toml").write_bytes(b"\xef\xbb\xbfkeep_generations = 0\n")
    code, said = stopped("parse", "-w", tmp_path, root / "landing")
    assert code == 2
    assert "keep_generations" in said
