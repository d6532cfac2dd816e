"""Models tried on a few rows each: what goes in and what must come out lies in `tests/models`."""

import re
from pathlib import Path

import pytest

from docs.generate import column_types
from tests.conftest import ROOT
from tests.support.model_cases import Case, Types, outcome, read_cases

FILES = sorted((Path(__file__).parent / "models").glob("*.toml"))
CASES = [(file.stem, case) for file in FILES for case in read_cases(file)]


@pytest.fixture(scope="module")
def types() -> Types:
    return column_types()


@pytest.mark.parametrize("case", [pytest.param(c, id=f"{stem}: {c.name}") for stem, c in CASES])
def test_a_model_gives_the_expected_rows(case: Case, types: Types) -> None:
    found, expected = outcome(case, types)
    assert found == expected


MODEL = 'file = "core/quotes.sql"\n[[case]]\nname = "one"\n'
GOOD = """
given."core.session_blocks" = '''
trade_date | block_id | part
2024-01-09 | b1       | share
'''
given."core.block_quotes" = '''
block_id | part  | symbol | price
b1       | share | HBL    | 101.50
'''
expect = '''
trade_date | symbol | price
2024-01-09 | HBL    | 101.50
'''
"""


def only_case(folder: Path, text: str) -> Case:
    (folder / "case.toml").write_text(MODEL + text, encoding="utf-8")
    (case,) = read_cases(folder / "case.toml")
    return case


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('given."core.session', 'given."core.sessions', "core.quotes does not read core.sessions"),
        ("block_id | part  |", "block_id | parts |", "core.block_quotes has no column parts"),
        ("trade_date | symbol", "day        | symbol", "expected has no column day"),
        ("| HBL    | 101.50\n'''\nexp", "| HBL\n'''\nexp", "share . HBL: expected 4 cells"),
        ("expect =", 'cte = "all_of_it"\nexpect =', "core.quotes has no CTE all_of_it"),
    ],
)
def test_a_case_that_names_what_is_not_there_fails_loudly(
    right: str, wrong: str, complaint: str, tmp_path: Path, types: Types
) -> None:
    assert GOOD.count(right) == 1
    with pytest.raises(ValueError, match=complaint):
        outcome(only_case(tmp_path, GOOD.replace(right, wrong)), types)


@pytest.mark.parametrize("text", [GOOD + "expects = ''\n", GOOD.replace("expect =", "hope =")])
def test_a_case_with_an_unknown_key_fails_loudly(text: str, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument|required positional"):
        only_case(tmp_path, text)


def test_the_case_in_the_documentation_holds(tmp_path: Path, types: Types) -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    ((_, shown),) = re.findall(r"(```toml\n)(.*?)```", text, re.DOTALL)
    (tmp_path / "case.toml").write_text(shown, encoding="utf-8")
    (case,) = read_cases(tmp_path / "case.toml")
    found, expected = outcome(case, types)
    assert found == expected
    assert [row["symbol"] for row in found] == ["HBL"]


def test_rows_that_differ_are_seen_as_different(tmp_path: Path, types: Types) -> None:
    found, expected = outcome(only_case(tmp_path, GOOD), types)
    assert found == expected
    assert len(found) == 1
    for wrong in ("101.51", "101.50\n2024-01-09 | MCB    | 101.50"):
        spoilt = "101.50".join(GOOD.split("101.50")[:2]) + wrong + GOOD.split("101.50")[2]
        found, expected = outcome(only_case(tmp_path, spoilt), types)
        assert found != expected
