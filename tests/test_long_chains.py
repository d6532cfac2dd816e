"""Chains as long as a market's history: too many rows for a case in `tests/models`."""

import duckdb

from jobs.models.header import read_sql_file
from jobs.settings import sql_folder

LENGTH = 4096
"""Sessions of some sixteen years, and as far as the model promises to look back."""


def test_every_group_of_a_long_chain_has_its_place() -> None:
    model = read_sql_file(sql_folder() / "core" / "chains.sql")
    with duckdb.connect() as connection:
        connection.execute(
            "create schema core;"
            "create table core.block_parts as"
            f" select 'share' as part, 'g' || n as group_id from range({LENGTH}) as groups (n);"
            "create table core.group_links as"
            " select 'g' || n as group_id, 'g' || n + 1 as next_group_id"
            f" from range({LENGTH} - 1) as links (n);"
        )
        found = connection.sql(model.sql).to_arrow_table().to_pylist()
    assert {(row["group_id"], row["chain_id"], row["chain_position"]) for row in found} == {
        (f"g{n}", "g0", n) for n in range(LENGTH)
    }
