"""The lines of docs/nightly.md do what the page says: they save pages and build one warehouse."""

import functools
import re
import shlex
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jobs.settings import Warehouse
from tests.conftest import ROOT, rows
from tests.support.commands import run
from tests.support.pages import page, ticker
from tests.support.scenes import MARKET, day

NIGHTLY = (ROOT / "docs" / "nightly.md").read_text(encoding="utf-8")
SITE = "https://www.brecorder.com/"


def cron_lines() -> list[str]:
    """The commands of the cron examples, as cron hands them to the shell."""
    blocks = re.findall(r"```cron\n(.*?)```", NIGHTLY, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line[0] != "#"]
    return [line.split(maxsplit=5)[5].replace("\\%", "%") for line in lines]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A server on loopback whose front page carries a ticker."""
    folder = tmp_path / "site"
    folder.mkdir()
    lines = "".join(f"<p>{line}</p>\n" for line in ticker(MARKET.page(5)).splitlines())
    (folder / "index.html").write_text(f"<html><body>{lines}</body></html>", encoding="utf-8")
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def moved(command: str, tmp_path: Path, site: str = "") -> str:
    """The command with its places below `tmp_path`, and this checkout."""
    places = {
        "/srv/psx-warehouse": str(ROOT),
        "/data/": f"{tmp_path}/",
        "/var/log/": f"{tmp_path}/",
        SITE: site,
    }
    for documented, here in places.items():
        command = command.replace(documented, here)
    return command


def test_the_cron_line_saves_a_page_under_its_karachi_time(site: str, tmp_path: Path) -> None:
    save, _ = cron_lines()
    assert SITE in save
    before = datetime.now(ZoneInfo("Asia/Karachi")).replace(second=0, microsecond=0, tzinfo=None)
    done = run("sh", "-c", moved(save, tmp_path, site))
    assert (done.returncode, done.stderr) == (0, "")
    (saved,) = (tmp_path / "pages").iterdir()
    assert before <= datetime.strptime(saved.name, "%Y-%m-%dT%H%M.html")
    assert saved.read_bytes() == (tmp_path / "site" / "index.html").read_bytes()
    saved.unlink()
    done = run("sh", "-c", moved(save, tmp_path, f"{site}no-such-page"))
    assert done.returncode != 0
    assert list((tmp_path / "pages").iterdir()) == []


def test_nights_by_cron_and_systemd_give_one_growing_warehouse(tmp_path: Path) -> None:
    # The made-up market has a history of its own, given once by hand; the cron line has no option.
    _, night = cron_lines()
    (given,) = re.findall(r"```sh\n(make build .*INDEX_HISTORY.*)\n```", NIGHTLY)
    pages = tmp_path / "pages"
    pages.mkdir()
    (tmp_path / "psx").mkdir()
    (tmp_path / "psx" / "psx.toml").write_text("built_in_history = false\n", encoding="utf-8")
    MARKET.history(range(4, 12), tmp_path / "kse100.csv")
    for number in (5, 6):
        (pages / f"s{number}.txt").write_text(page(ticker(MARKET.page(number)), number))
    first = run("sh", "-c", moved(given, tmp_path), cwd=ROOT)
    assert first.returncode == 0, first.stderr
    (tmp_path / "kse100.csv").unlink()
    for number in (7, 8):
        (pages / f"s{number}.txt").write_text(page(ticker(MARKET.page(number)), number))
    second = run("sh", "-c", moved(night, tmp_path))
    log = (tmp_path / "psx.log").read_text(encoding="utf-8")
    assert second.returncode == 0, log
    assert "parsed 2 new of 4 files" in log
    assert sessions(tmp_path) == [day(n) for n in (5, 6, 7, 8)]
    # The third night is that of the systemd unit.
    (pages / "s9.txt").write_text(page(ticker(MARKET.page(9)), 9))
    folder, start = systemd_unit()
    third = run(*shlex.split(moved(start, tmp_path)), cwd=Path(moved(folder, tmp_path)))
    assert third.returncode == 0, third.stderr
    assert sessions(tmp_path) == [day(n) for n in (5, 6, 7, 8, 9)]
    assert rows(Warehouse(tmp_path / "psx"), "from restatements") == []


def sessions(tmp_path: Path) -> list[object]:
    query = "select distinct trade_date from daily_quotes where origin = 'captured' order by 1"
    return [row["trade_date"] for row in rows(Warehouse(tmp_path / "psx"), query)]


def systemd_unit() -> tuple[str, str]:
    """The folder and the command of the service."""
    (folder,) = re.findall(r"^WorkingDirectory=(.*)$", NIGHTLY, re.MULTILINE)
    (start,) = re.findall(r"^ExecStart=(.*)$", NIGHTLY, re.MULTILINE)
    return folder, start
