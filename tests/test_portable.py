"""What of DuckDB's SQL is refused because Spark and Sail lack it, or take it for something else."""

from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from jobs.models.graph import load_models
from jobs.models.header import read_sql_file
from jobs.models.portable import MOST_SCANS, carried_over, complaints
from jobs.settings import sql_folder
from tests.support.commands import psx

REFUSED = {
    "select a, sum(b) as s from t group by all": "group by all",
    "select a from t order by all": "order by all",
    "select a from t asof join u on t.a >= u.a": "asof",
    "select a from t positional join u": "positional",
    "select list(a order by b) as x from t": "ordered aggregate",
    "select string_agg(a, ',' order by b) as x from t": "ordered aggregate",
    "select * exclude (a) from t": "exclude",
    "select * replace (a + 1 as a) from t": "replace",
    "select columns('a.*') from t": "columns",
    "select quantile_cont(a, 0.9) as q from t": "quantile_cont",
    "select quantile_disc(a, 0.9) as q from t": "quantile_disc",
    "select mad(a) as m from t": "mad",
    "with recursive x as (select 1 as a) select a from x": "recursive",
    "select a from (with x as (select 1 as a) select a from x) as y": "a `with` inside",
    "with x as materialized (select 1 as a) select a from x": "materialized",
    "select a from t union all by name select a from u": "by name",
    "select a from t limit 10%": "limit",
    "select a from t using sample 10%": "sample",
    "select time '09:00' as b from t": "time of day",
    "select case when a in (select b from u) then 1 end as c from t": "in (select",
    "select count(*) filter (where a in (select b from u)) as n from t": "in (select",
    "select [x + 1 for x in l] as l from t": "list comprehension",
    "select list_transform(l, x -> x + 1) as l from t": "lambda",
    "select dayofweek(d) as n from t": "dayofweek",
    "select time_bucket(interval 1 day, d) as n from t": "time_bucket",
    "select isnan(a) as n from t": "isnan",
    "select regexp_matches(a, 'b') as n from t": "regexp_matches",
    "select l[1] as n from t": "element of a list",
    "select arg_max(a, b, 3) as n from t": "n largest",
    "select a from range(10) as r(a)": "generate_series",
}

TAKEN = [
    "select a, max_by(b, c) as b, median(c) as m from t group by a",
    "select a from t where a in (select b from u) and not (a in (select c from u))",
    "select a from t qualify row_number() over (partition by a order by b desc nulls last) = 1",
    "select count(*) filter (where a > 0) as n from t",
    "select sum(a) over (order by n range between 19 preceding and current row) as s from t",
]


def _model(folder: Path, query: str) -> Path:
    file = folder / "marts" / "m.sql"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"-- One row.\n-- grain: a\n{query}\n")
    return file


@pytest.mark.parametrize("query", REFUSED)
def test_a_construct_is_refused_with_its_line_and_a_rewrite(tmp_path: Path, query: str) -> None:
    file = _model(tmp_path, query)
    said = [str(complaint) for complaint in complaints(read_sql_file(file))]
    assert any(REFUSED[query] in line for line in said), said
    assert all(line.startswith(f"{file}:3: ") and "; " in line for line in said)


@pytest.mark.parametrize("query", TAKEN)
def test_the_portable_subset_is_taken(tmp_path: Path, query: str) -> None:
    assert complaints(read_sql_file(_model(tmp_path, query))) == []


def test_a_place_is_told_by_its_own_line(tmp_path: Path) -> None:
    file = _model(tmp_path, "with t as (\n    select 1 as a\n)\n\nselect a\nfrom t\ngroup by all")
    (complaint,) = complaints(read_sql_file(file))
    assert complaint.line == 8  # the last line before it that the parser knows


def test_every_model_of_the_house_carries_over() -> None:
    models = load_models(sql_folder())
    assert [str(c) for model in models for c in complaints(model)] == []
    done = psx("check", "--portable")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{len(models)} models carry over to Spark\n"


def flat(name: str) -> str:
    return name.replace(".", "__")


def test_ctes_that_would_be_written_out_beyond_measure_are_kept_as_tables() -> None:
    hops = ", ".join(f"h{n + 1} as (select a.i from h{n} as a, h{n} as b)" for n in range(6))
    query = (
        f"with h0 as (select i from core.t), once as (select i from h0), {hops} select i from h6"
    )
    steps = carried_over(f"{query} union all select i from once", "core.m", flat)
    assert [table for table, _ in steps] == [f"core__m__h{n}" for n in range(6)] + ["core__m"]
    assert steps[0].query == "SELECT `i` FROM `core__t` AS `t`"
    assert steps[1].query.count("core__m__h0") == 2
    assert "`h6` AS (SELECT" in steps[-1].query
    assert "`once` AS (SELECT" in steps[-1].query
    assert "core__m__h5" in steps[-1].query


def scans(query: exp.Expr, ctes: dict[str, exp.Expr]) -> int:
    """The tables that a query reads, where each CTE is written out in place."""
    tables = [table.name for table in query.find_all(exp.Table)]
    return sum(scans(ctes[name], ctes) if name in ctes else 1 for name in tables)


def test_every_model_stays_within_measure() -> None:
    for model in load_models(sql_folder()):
        for _, text in carried_over(model.sql, model.name, flat):
            query: Any = sqlglot.parse_one(text, dialect="spark")
            ctes = {cte.alias: cte.this for cte in query.ctes}
            query.set("with_", None)
            assert scans(query, ctes) <= MOST_SCANS, model.name


def test_duckdbs_way_of_counting_is_spelled_out() -> None:
    query = (
        "with c as (select a from core.t) select c.a / 2 as h, avg(u.b) as m, 0.5 as w from c, u"
    )
    ((table, carried),) = carried_over(query, "marts.m", flat)
    assert table == "marts__m"
    assert "FROM `core__t` AS `t`" in carried
    assert "FROM `c`, `u` AS `u`" in carried
    assert "CAST(`c`.`a` AS DOUBLE) / 2" in carried
    assert "AVG(CAST(`u`.`b` AS DOUBLE))" in carried
    assert "CAST(0.5 AS DOUBLE) AS `w`" in carried


def test_what_is_counted_once_each_and_named_in_capitals_carries_over() -> None:
    query = "with C as (select a from core.t) select avg(distinct a) as m from c"
    ((_, carried),) = carried_over(query, "marts.m", flat)
    assert "AVG(DISTINCT CAST(`a` AS DOUBLE))" in carried
    assert "FROM `c`" in carried
    assert "WITH `c` AS (" in carried
