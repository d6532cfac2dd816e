"""Files for other programs name tables and columns that exist, as they are."""

import re
from xml.etree import ElementTree

import pytest

from jobs.settings import Warehouse
from tests.conftest import ROOT, rows

CONNECT = ROOT / "docs" / "connect"
TABLEAU_TYPES = {
    "date": {"DATE"},
    "string": {"VARCHAR"},
    "real": {"DECIMAL(18,4)", "DOUBLE"},
    "integer": {"INTEGER", "BIGINT"},
    "boolean": {"BOOLEAN"},
}
RELATIONS = re.findall(
    r"^\| `(\w+)\.(\w+)` \| `(\w+)\.(\w+)` \|$",
    (CONNECT / "README.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def types(sample: Warehouse) -> dict[tuple[str, str], str]:
    """The type of each column of each mart."""
    query = (
        "select table_name, column_name, data_type from duckdb_columns()"
        " where schema_name = 'main' and not internal"
    )
    return {
        (str(row["table_name"]), str(row["column_name"])): str(row["data_type"])
        for row in rows(sample, query)
    }


def test_the_tableau_source_names_columns_of_the_marts(types: dict[tuple[str, str], str]) -> None:
    source = ElementTree.parse(CONNECT / "tableau.tds").getroot()
    joined = [relation.get("table") for relation in source.iterfind(".//relation[@table]")]
    assert joined == ["[main].[daily_movers]", "[main].[daily_market_breadth]"]
    keys = [str(e.get("op"))[1:-1].split("].[") for e in source.iterfind(".//expression/*")]
    assert [tuple(key) in types for key in keys] == [True, True]
    mapped = {
        str(entry.get("key")): tuple(str(entry.get("value"))[1:-1].split("].["))
        for entry in source.iterfind(".//cols/map")
    }
    assert [place for place in mapped.values() if place not in types] == []
    columns = {str(c.get("name")): str(c.get("datatype")) for c in source.iterfind("column")}
    assert list(columns) == list(mapped)
    assert len(columns) > 10
    for name, datatype in columns.items():
        assert types[mapped[name]] in TABLEAU_TYPES[datatype], name


@pytest.mark.parametrize(("many", "many_column", "one", "one_column"), RELATIONS)
def test_a_relation_leads_from_every_row_to_one_row(
    many: str, many_column: str, one: str, one_column: str, sample: Warehouse
) -> None:
    counted = f"select count(*) as n, count(distinct {one_column}) as d from {one}"
    (row,) = rows(sample, counted)
    assert row["n"] == row["d"]
    assert rows(sample, f"select {many_column} from {many}") != []
    missed = f"select {many_column} from {many} except select {one_column} from {one}"
    assert rows(sample, missed) == []


def test_the_readme_of_the_folder_lists_relations_and_files() -> None:
    assert len(RELATIONS) == 5
    page = (CONNECT / "README.md").read_text(encoding="utf-8")
    files = {file.name for file in CONNECT.iterdir()} - {"README.md"}
    assert files == {"powerbi.pq", "tableau.tds"}
    assert [name for name in files if f"]({name})" not in page] == []


def test_the_power_query_names_no_column_of_a_mart() -> None:
    text = (CONNECT / "powerbi.pq").read_text(encoding="utf-8")
    code = "\n".join(line for line in text.splitlines() if not line.startswith("//"))
    assert set(re.findall(r"\[(\w+)\]", code)) == {"Name", "Extension", "Content"}
    assert set(re.findall(r'"(\w+)"', code)) == {"table_name", "rows"}
