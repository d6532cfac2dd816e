"""The cookbook's queries give the printed answers, on the shipped sample."""

from pathlib import Path

import pytest

from docs.cookbook import COOKBOOK, answer, examples, filled
from jobs.settings import Warehouse

SECTIONS = COOKBOOK.read_text(encoding="utf-8").split("\n## ")[1:]


@pytest.mark.parametrize(("query", "printed"), examples(COOKBOOK))
def test_a_query_gives_the_printed_answer(query: str, printed: str, checkout: Warehouse) -> None:
    assert answer(query, checkout.database) == printed


def test_every_heading_is_a_question_with_one_query_and_one_answer() -> None:
    headings = [section.split("\n", 1)[0] for section in SECTIONS]
    assert [heading for heading in headings if not heading.endswith("?")] == []
    assert [section.count("```sql\n") for section in SECTIONS] == [1] * len(SECTIONS)
    assert len(examples(COOKBOOK)) == len(SECTIONS) >= 15


def test_answers_are_short_and_ordered() -> None:
    for query, printed in examples(COOKBOOK):
        lines = printed.splitlines()
        assert max(map(len, lines)) <= 110
        rows = [line for line in lines[4:] if line.startswith("│")]
        assert 1 <= len(rows) <= 12
        assert len(rows) == 1 or "\norder by " in query


def test_a_stale_answer_is_filled_in_anew(tmp_path: Path, checkout: Warehouse) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Ask\n\n```sql\nselect 40 + 2 as sum\n```\n\n```text\nstale\n```\n\nEnd.\n")
    table = "┌───────┐\n│  sum  │\n│ int32 │\n├───────┤\n│    42 │\n└───────┘\n"
    assert filled(page, checkout.database) == (
        f"# Ask\n\n```sql\nselect 40 + 2 as sum\n```\n\n```text\n{table}```\n\nEnd.\n"
    )
