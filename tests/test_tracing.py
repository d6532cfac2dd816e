"""From a figure back to its line, and from one night to the next: explain, diff, restatements."""

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from jobs.errors import DataRefusedError, ExitCode
from jobs.models import published
from jobs.models.build import build
from jobs.settings import Settings, Warehouse
from tests.conftest import rows, run_night
from tests.support.commands import psx, stopped
from tests.support.scenes import MARKET, Scene, day, night, write

KNOWN = range(8)


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Session 7 from two pages, 8 from none, 9 from one, and a page that nothing dates."""
    pages = {
        f"{day(7)}T1000": MARKET.page(7, at="noon"),
        f"{day(7)}T1200": MARKET.page(7),
        "later": MARKET.page(9),
        "lost": Scene(shares=[f"X{n}" for n in "ABCDEFG"]).share_lines(3),
    }
    return night(tmp_path_factory.mktemp("traced"), pages)


def explained(warehouse: Warehouse, *words: object) -> list[str]:
    done = psx("explain", *words, "-w", warehouse.root)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.strip() for line in done.stdout.splitlines()]


def test_a_figure_is_explained_down_to_the_text_of_its_line(traced: Warehouse) -> None:
    lines = explained(traced, "SG", day(7))
    close, base = MARKET.close("SG", 7), MARKET.base("SG", 7)
    assert lines[0] == f"SG on {day(7):%A %d %B %Y}"
    assert any(line.startswith(f"value      {close:,.2f} PKR") for line in lines)
    assert any(line.startswith("status     close:") for line in lines)
    (text,) = (line for line in lines if line.startswith("line "))
    number = int(text.split()[1])
    file = traced.landing / f"{day(7)}T1200.txt"
    written = file.read_text(encoding="utf-8").splitlines()[number - 1]
    assert text.removeprefix(f"line {number}").strip() == written.strip()
    assert f"{close:.2f}" in written
    assert f"{close - base:.2f}" in written
    assert any(file.name in line for line in lines if line.startswith("page"))


def test_the_pages_that_lost_are_named_with_the_reason(traced: Warehouse) -> None:
    lines = explained(traced, "SG", day(7))
    (index,) = (n for n, line in enumerate(lines) if line.startswith("1 other page(s)"))
    assert lines[index + 1].startswith(f"{MARKET.noon('SG', 7):,.2f}")
    assert f"{day(7)}T1000.txt" in lines[index + 1]
    assert lines[index + 2] == "not known to be the session's end"


def test_an_implied_figure_names_the_page_that_implies_it(traced: Warehouse) -> None:
    lines = explained(traced, "sg", day(8))
    assert any(line.startswith("status     implied:") for line in lines)
    assert any(line.startswith(f"implied by {day(9)}") for line in lines)
    assert any("later.txt" in line for line in lines)


def test_a_level_that_a_page_made_before_the_open_implies_is_explained_so(tmp_path: Path) -> None:
    # Its indices show session 7 unmoved, for it was made before session 8; nothing else shows 7.
    flat = MARKET.share_lines(8, at="noon") + MARKET.index_lines(8, at="flat")
    warehouse = night(tmp_path, {"a": MARKET.share_lines(8), "b": flat})
    lines = explained(warehouse, "KSE100", day(7))
    (said,) = (line for line in lines if line.startswith("implied by"))
    assert said.startswith(f"implied by a page made before the next open, which shows {day(7)}, by")


def test_an_index_is_explained_with_its_official_close(traced: Warehouse) -> None:
    lines = explained(traced, "KSE100", day(7))
    official = MARKET.close("KSE100", 7)
    assert f"official   {official:,.2f} by the index history" in lines


def test_a_block_is_argued_from_its_evidence(traced: Warehouse) -> None:
    (row,) = rows(traced, "select block_id from captures where source like '%later.txt'")
    lines = explained(traced, "--block", str(row["block_id"])[:12])
    assert lines[0] == f"block {row['block_id']}: 20 shares, 4 indices"
    assert any(f"{day(9):%A %d %B %Y}, by index_history" in line for line in lines)
    assert any("implied close of the session before is the official one" in x for x in lines)


def test_an_unplaced_block_says_why(traced: Warehouse) -> None:
    (row,) = rows(traced, "select capture_id from captures where source like '%lost.txt'")
    lines = explained(traced, "--block", str(row["capture_id"]))
    assert "shares: unplaced, no_index_line" in lines
    assert "nothing speaks for any session" in lines


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["SG"], ExitCode.USAGE, "explain takes SYMBOL and DATE, or --block and a key"),
        (["SG", "2024-01-17", "--block", "a"], ExitCode.USAGE, "explain takes SYMBOL and DATE"),
        (["NOSUCH", "2024-01-17"], ExitCode.INPUT, "NOSUCH: no page shows such a share"),
        (["SG", "2023-01-17"], ExitCode.INPUT, "SG on 2023-01-17: no such figure; the nearest"),
        (["--block", "nosuch"], ExitCode.INPUT, "nosuch: no such block"),
        (["--block", ""], ExitCode.INPUT, "more than one block"),
    ],
)
def test_what_cannot_be_explained_is_said_in_one_line(
    words: list[str], code: ExitCode, said: str, traced: Warehouse
) -> None:
    returned, line = stopped("explain", *words, "-w", traced.root)
    assert (returned, said in line) == (code, True), line


def restated(warehouse: Warehouse) -> list[dict[str, object]]:
    return rows(
        warehouse,
        "select key, column_name, old_value, new_value, reason from restatements"
        f" where trade_date = '{day(7)}' and key = 'SG' order by new_build_id, column_name",
    )


def text(price: float) -> str:
    """A price as the database prints it."""
    return f"{price:.4f}"


def test_a_late_file_restates_what_it_changes(tmp_path: Path) -> None:
    night(tmp_path, {f"{day(7)}T1000": MARKET.page(7, at="noon")}, known=KNOWN)
    assert restated(Warehouse(tmp_path)) == []
    night(tmp_path, {f"{day(7)}T1200": MARKET.page(7)}, known=KNOWN)
    found = {str(row["column_name"]): row for row in restated(Warehouse(tmp_path))}
    bound = "high_seen" if MARKET.close("SG", 7) > MARKET.noon("SG", 7) else "low_seen"
    assert set(found) == {
        "last_price",
        "adjusted_price",
        "change",
        "change_pct",
        bound,
        "price_status",
    }
    assert found["last_price"]["old_value"] == text(MARKET.noon("SG", 7))
    assert found["last_price"]["new_value"] == text(MARKET.close("SG", 7))
    assert {row["reason"] for row in found.values()} == {"late_file"}
    builds = rows(
        Warehouse(tmp_path), "select distinct old_build_id, new_build_id from restatements"
    )
    first, second = sorted(g.name for g in Warehouse(tmp_path).generations.iterdir())
    assert builds == [{"old_build_id": first, "new_build_id": second}]


def test_restatements_stay_through_later_nights(tmp_path: Path) -> None:
    night(tmp_path, {f"{day(7)}T1000": MARKET.page(7, at="noon")}, known=KNOWN)
    night(tmp_path, {f"{day(7)}T1200": MARKET.page(7)}, known=KNOWN)
    before = rows(Warehouse(tmp_path), "select * from restatements order by all")
    run_night(tmp_path, history=tmp_path / "history.csv")
    assert rows(Warehouse(tmp_path), "select * from restatements order by all") == before != []


def test_a_next_session_that_confirms_a_close_restates_its_status(tmp_path: Path) -> None:
    pages = {"a": MARKET.page(7), "z": MARKET.page(7)[5:]}
    night(tmp_path, pages, known=range(7))
    night(tmp_path, {"next": MARKET.page(8)}, known=range(7))
    found = [row for row in restated(Warehouse(tmp_path)) if row["column_name"] == "price_status"]
    assert [(row["old_value"], row["new_value"], row["reason"]) for row in found] == [
        ("unordered", "close", "better_close")
    ]


def test_a_new_ex_date_restates_the_adjusted_price_once(tmp_path: Path) -> None:
    close = MARKET.close("SG", 7)
    base = round(close * 0.8, 2)
    market = Scene(bases={("SG", 8): base}, overrides={("SG", 8): round(base * 0.98, 2)})
    # Without a page of session 7 nothing shows that session 8 began lower than it had ended.
    pages = {"a": market.page(5), "b": market.page(6), "d": market.page(8)}
    night(tmp_path, pages, market=market)
    warehouse = night(tmp_path, {"c": market.page(7)}, market=market)
    changed = rows(warehouse, "from price_adjustments")
    assert [(row["symbol"], row["trade_date"]) for row in changed] == [("SG", day(8))]
    # Session 7 stays at its base of session 8, seen from there; 5 and 6 move with the factor.
    found = rows(
        warehouse,
        "select trade_date, old_value, new_value, reason from restatements"
        " where key = 'SG' and column_name = 'adjusted_price' order by trade_date",
    )
    ratio = base / close
    before = market.close("SG", 6)
    (row,) = found
    assert (row["trade_date"], row["reason"]) == (day(6), "other_session")
    assert float(str(row["old_value"])) == before
    assert float(str(row["new_value"])) == pytest.approx(before * ratio, abs=1e-3)


def test_a_new_history_that_moves_a_page_restates_it(tmp_path: Path) -> None:
    # The first history gives the close that leads to session 7 to session 8 instead.
    wrong = {
        ("KSE100", 6): 50_000.0,
        ("KSE100", 7): MARKET.close("KSE100", 6),
    }
    write(tmp_path / "landing", {"a.txt": MARKET.page(7, at="noon")})
    history = Scene(overrides=wrong).history(KNOWN, tmp_path / "history.csv")
    run_night(tmp_path, history=history)
    assert rows(Warehouse(tmp_path), "select trade_date from captures") == [{"trade_date": day(8)}]
    MARKET.history(KNOWN, history)
    with pytest.raises(DataRefusedError, match="guard max_sessions_back: 1 is more than 0"):
        run_night(tmp_path, history=history)
    build(
        Warehouse(tmp_path),
        Settings(index_history=history, built_in_history=False).allowing(["max_sessions_back"]),
    )
    found = rows(
        Warehouse(tmp_path),
        "select new_value, reason from restatements"
        f" where key = 'SG' and column_name = 'last_price' and trade_date = '{day(8)}'",
    )
    assert found == [{"new_value": None, "reason": "placed_anew"}]


def test_a_history_that_changes_what_is_known_of_a_close_restates_it(tmp_path: Path) -> None:
    page = {"a": MARKET.page(7), "b": MARKET.page(7)[5:]}
    night(tmp_path, page, known=range(8))
    night(tmp_path, {}, known=range(7))
    found = [row for row in restated(Warehouse(tmp_path)) if row["column_name"] == "price_status"]
    assert [(row["old_value"], row["new_value"], row["reason"]) for row in found] == [
        ("close", "unordered", "new_reference")
    ]


def test_another_version_of_the_code_is_named_as_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(tmp_path, {f"{day(7)}T1000": MARKET.page(7, at="noon")}, known=KNOWN)
    queries = published._queries
    monkeypatch.setattr(
        published,
        "_queries",
        lambda known: [
            (t, q.replace("code_version", "'0.0.1'") if t == "build" else q)
            for t, q in queries(known)
        ],
    )
    night(tmp_path, {f"{day(7)}T1200": MARKET.page(7)}, known=KNOWN)
    assert {row["reason"] for row in restated(Warehouse(tmp_path))} == {"new_code"}


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Session 7 from a page at noon; the second night brings its end, and session 8."""
    root = tmp_path_factory.mktemp("nights")
    night(root, {f"{day(7)}T1000": MARKET.page(7, at="noon")}, known=KNOWN)
    pages = {f"{day(7)}T1200": MARKET.page(7), f"{day(8)}T1200": MARKET.share_lines(8)}
    return night(root, pages, known=KNOWN)


def test_a_diff_shows_rows_added_and_changed(two_nights: Warehouse) -> None:
    done = psx("diff", "--rows", "2", "-w", two_nights.root)
    assert (done.returncode, done.stderr) == (0, "")
    older, newer = sorted(g.name for g in two_nights.generations.iterdir())
    lines = done.stdout.splitlines()
    assert lines[0] == f"{older} -> {newer}"
    at = lines.index("daily_quotes: 20 added, 0 gone, 20 changed")
    assert "last_price 20" in lines[at + 1]
    assert lines[at + 2] == f"  + {day(8)} SA"
    assert lines[at + 4] == "  + and 18 more"
    noon, close = MARKET.noon("SA", 7), MARKET.close("SA", 7)
    assert lines[at + 5].startswith(f"  ~ {day(7)} SA: ")
    assert f"last_price {text(noon)} -> {text(close)}" in lines[at + 5]


def test_a_diff_the_other_way_shows_rows_gone(two_nights: Warehouse) -> None:
    older, newer = sorted(g.name for g in two_nights.generations.iterdir())
    done = psx("diff", newer, older, "--rows", "0", "-w", two_nights.root)
    assert "daily_quotes: 0 added, 20 gone, 20 changed" in done.stdout.splitlines()


def test_a_build_does_not_differ_from_itself(two_nights: Warehouse) -> None:
    (newest,) = rows(two_nights, "select build_id from build_info")
    name = newest["build_id"]
    done = psx("diff", name, name, "-w", two_nights.root)
    assert done.stdout.splitlines() == [f"{name} -> {name}", "no difference"]


def test_a_diff_tells_of_columns_that_only_one_build_has(
    two_nights: Warehouse, tmp_path: Path
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(two_nights.root, root, symlinks=True)
    older, newer = sorted(g for g in Warehouse(root).generations.iterdir())
    with duckdb.connect(older / "market.duckdb") as connection:
        connection.execute("alter table daily_quotes rename column flag to mark")
    done = psx("diff", "-w", root)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("daily_quotes:"))
    assert lines[at + 1 : at + 3] == ["  + column flag", "  - column mark"]
    assert newer.name in lines[0]


def test_one_build_alone_cannot_be_compared(traced: Warehouse) -> None:
    code, line = stopped("diff", "-w", traced.root)
    assert (code, "no build before the published one is kept" in line) == (ExitCode.INPUT, True)
    code, line = stopped("diff", "1999", "-w", traced.root)
    assert (code, "1999: no such build is kept" in line) == (ExitCode.INPUT, True)


def test_an_export_as_of_an_earlier_build_has_its_figures(
    two_nights: Warehouse, tmp_path: Path
) -> None:
    older, newer = sorted(g.name for g in two_nights.generations.iterdir())
    for name, expected in ((older, MARKET.noon("SG", 7)), (newer, MARKET.close("SG", 7))):
        folder = tmp_path / name
        done = psx("export", folder, "--as-of", name, "-w", two_nights.root)
        assert done.returncode == 0, done.stderr
        quotes = pl.read_parquet(folder / "daily_quotes.parquet")
        found = quotes.filter(symbol="SG", trade_date=day(7))["last_price"].to_list()
        assert [float(price) for price in found] == [expected]
    code, line = stopped("export", tmp_path / "x", "--as-of", "1999", "-w", two_nights.root)
    assert (code, "no such build is kept" in line) == (ExitCode.INPUT, True)
    assert not (tmp_path / "x").exists()


def test_status_lists_the_builds_that_are_kept(two_nights: Warehouse) -> None:
    done = psx("status", "-w", two_nights.root)
    for generation in two_nights.generations.iterdir():
        assert generation.name in done.stdout


def test_a_diff_shows_a_changed_capture_time_without_packages_of_developers(
    tmp_path: Path,
) -> None:
    """2026-11-26: `psx diff` needed pytz for instants, which `make build` does not install."""
    write(tmp_path / "landing", {"a.txt": MARKET.page(6)})
    history = MARKET.history(range(20), tmp_path / "history.csv")
    run_night(tmp_path, history=history)
    dated = tmp_path / "landing" / f"{day(6)}T1800.txt"
    shutil.copyfile(tmp_path / "landing" / "a.txt", dated)
    run_night(tmp_path, history=history)
    (tmp_path / "without" / "pytz").mkdir(parents=True)
    (tmp_path / "without" / "pytz" / "__init__.py").write_text("raise ImportError(__name__)\n")
    done = psx("diff", "-w", tmp_path, PYTHONPATH=str(tmp_path / "without"))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"captured_at none -> {day(6)} 13:00:00+00:00" in done.stdout


def test_index_lines_carried_over_from_the_session_before_are_explained(tmp_path: Path) -> None:
    """2026-11-26: their evidence is of the session that they were made for, a day later."""
    flat = MARKET.share_lines(6) + MARKET.index_lines(7, at="flat")
    warehouse = night(tmp_path, {"a": flat, "b": MARKET.page(6)})
    (page,) = rows(warehouse, "select block_id from captures where index_state = 'carried_over'")
    shown = explained(warehouse, "--block", page["block_id"])
    assert any(line.startswith(f"indices: {day(6):%A %d %B %Y}, by ") for line in shown)
    assert any("nothing has moved" in line for line in shown)
    assert any(line.startswith(f"{day(6)}, weight") for line in shown)
