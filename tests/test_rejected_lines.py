"""Each way in which a ticker line can be wrong has its reason code, and costs no other line.

The figures are worked out by hand: OGDC rose by 4.88 from 132.87 to 137.75, which is 3.6728 %.
"""

from decimal import Decimal

import pytest

from jobs.snapshot.grammar import Reason
from tests.support.pages import article
from tests.test_grammar_and_parse import lines_of, parsed

ABOVE = "HBL 112.40 Decreased By ▼ -0.36 (-0.32%)"
BELOW = "KSE100 71,902 Increased By 1235.2 (1.75%)"

REJECTED = {
    Reason.TEXT_BEFORE: [
        "OG DC 137.75 Increased By ▲ 4.88 (3.67%)",
        "O GDC 137.75 Increased By ▲ 4.88 (3.67%)",
        "Page 7 OGDC 137.75 Increased By ▲ 4.88 (3.67%)",
        "▲ OGDC 137.75 Increased By ▲ 4.88 (3.67%)",
        "On 2024-05-03 OGDC 137.75 Increased By 4.88 (3.67%)",
        "Last year KSE100 41,000 Increased By 500 (1.23%)",
        "Pak Elektron LTD 137.75 Increased By ▲ 4.88 (3.67%)",
    ],
    Reason.CUT_OFF: [
        "OGDC 137.75 Increased By ▲ 4.88 (3.67%",
        "OGDC 137.75 Increased By ▲ 4.88 (3",
        "OGDC 137.75 Increased By ▲ 4.88",
        "OGDC 137.75 Increased By ▲ 4.8",
        "OGDC 137.75 Increased By ▲",
        "OGDC 137.75 Increased By",
        "OGDC 137.75 Increased",
        "OGDC 137.75 Decre",
        "OGDC 137.75 N",
        "BR30 24,786 Increased By 749.4 (3.12",
    ],
    Reason.MALFORMED: [
        "OGDC 137.75 Increased By ▲ 4.88 3.67%)",
        "OGDC 137.75 Increased By ▲ 4.88 (3.67)",
        "OGDC 137.75 Increased By ▲ (3.67%)",
        "OGDC 137.75 Increased By ▲ +4.88 (3.67%)",
        "OGDC 137.75 Soared By ▲ 4.88 (3.67%)",
        "OGDC 137.75 ▲ 4.88 (3.67%)",
        "Ogdc 137.75 Increased By ▲ 4.88 (3.67%)",
        "O-GDC 137.75 Increased By ▲ 4.88 (3.67%)",
        "OGDC -137.75 Increased By ▲ 4.88 (3.67%)",
        "OGDC Rs137.75 Increased By ▲ 4.88 (3.67%)",
        "OGDCOGDCOGDCO 137.75 Increased By ▲ 4.88 (3.67%)",
        "OGDC 137.75 Increased By ▲ 4.88 (3.67%) and more",
        "OGDC 137.75 Increased By ▲ 4.88 (3.67%).",
    ],
    Reason.BAD_NUMBER: [
        "OGDC 137.7 Increased By ▲ 4.88 (3.67%)",
        "OGDC 138 Increased By ▲ 4.88 (3.67%)",
        "OGDC 13,7.75 Increased By ▲ 4.88 (3.67%)",
        "OGDC 1,37.75 Increased By ▲ 4.88 (3.67%)",
        "OGDC 137.75 Increased By ▲ 4.9 (3.67%)",
        "OGDC 137.75 Increased By ▲ 5 (3.67%)",
        "OGDC 137.75 Increased By ▲ 4.88 (3.673%)",
        "OGDC 123456789012345678.00 Increased By ▲ 4.88 (3.67%)",
        "OGDC 137.75 Increased By ▲ 4.88 (99999999999999999999%)",
        "BR30 24,786.50 Increased By 749.4 (3.12%)",
        "BR30 2,4786 Increased By 749.4 (3.12%)",
        "BR30 24,786 Increased By 749.401 (3.12%)",
    ],
    Reason.ZERO_PRICE: [
        "OGDC 0.00 No Change ▼ 0.00 (0%)",
        "OGDC 0.00 Decreased By ▼ -137.75 (-100%)",
        "OGDC 4.88 Increased By ▲ 4.88 (100%)",
        "OGDC 4.88 Increased By ▲ 4.89 (100%)",
        "BR30 0 No Change 0 (0%)",
    ],
    Reason.DIRECTION_MISMATCH: [
        "OGDC 137.75 Decreased By ▲ 4.88 (3.67%)",
        "OGDC 137.75 Increased By ▼ 4.88 (3.67%)",
        "OGDC 137.75 No Change ▲ 4.88 (3.67%)",
        "OGDC 137.75 Increased By ▲ -4.88 (-3.42%)",
        "OGDC 137.75 Decreased By ▲ -4.88 (-3.42%)",
        "OGDC 137.75 Decreased By ▲▲ -4.88 (-3.42%)",
        "OGDC 137.75 Decreased By ?▲ -4.88 (-3.42%)",
        "OGDC 137.75 Increased By ▲ 0.00 (0%)",
        "OGDC 137.75 No Change ▲ 0.00 (0%)",
        "BR30 24,786 Decreased By 749.4 (3.12%)",
    ],
    Reason.PCT_MISMATCH: [
        "OGDC 137.75 Increased By ▲ 4.88 (3.7%)",
        "OGDC 137.75 Increased By ▲ 4.88 (-3.67%)",
        "OGDC 137.75 Increased By ▲ 4.88 (36.73%)",
        "OGDC 137.75 No Change ▼ 0.00 (0.03%)",
        "BR30 24,786 Increased By 749.4 (3.21%)",
    ],
    Reason.CONFLICTING: [
        "HBL 112.41 Decreased By ▼ -0.36 (-0.32%)",
        "HBL 112.40 Decreased By ▼ -0.37 (-0.32%)",
        "HBL 112.40 Decreased By ▼ -0.36 (-0.33%)",
        "HBL 112.40 Increased By ▲ 0.36 (0.32%)",
    ],
}


def test_every_reason_code_has_its_cases_and_its_meaning() -> None:
    assert set(REJECTED) == set(Reason)
    assert all(reason.meaning for reason in Reason)


@pytest.mark.parametrize(
    ("line", "reason"),
    [(line, reason) for reason, lines in REJECTED.items() for line in lines],
)
def test_a_bad_line_is_rejected_with_its_reason_and_takes_no_other_down(
    line: str, reason: Reason
) -> None:
    result = parsed(f"{ABOVE}\n{line}\n{BELOW}\n{article(3)}")
    above, bad, below = lines_of(result)
    assert (bad["line"], bad["text"], bad["rejected_because"]) == (2, line, reason.value)
    assert bad["is_repeated"] is False
    assert {bad[name] for name in ("symbol", "is_index", "price", "change", "change_pct")} == {None}
    assert (above["symbol"], above["price"]) == ("HBL", Decimal("112.40"))
    assert (below["symbol"], below["price"]) == ("KSE100", Decimal(71902))
    counts = result.documents.to_pylist()[0]
    assert (counts["accepted_line_count"], counts["rejected_line_count"]) == (2, 1)


UP, DOWN = "OGDC 137.75 Increased By {} 4.88 (3.67%)", "OGDC 137.75 Decreased By {} -4.88 (-3.42%)"


@pytest.mark.parametrize(
    ("arrow_up", "arrow_down"),
    [
        pytest.param("▲", "▼", id="as they are"),
        pytest.param("\u00e2\u2013\u00b2", "\u00e2\u2013\u00bc", id="read as cp1252"),
        pytest.param("\u00e2\u0096\u00b2", "\u00e2\u0096\u00bc", id="read as latin-1"),
        pytest.param("&#9650;", "&#9660;", id="decimal reference"),
        pytest.param("&#x25B2;", "&#x25BC;", id="hexadecimal reference"),
        pytest.param("&#x25b2;", "&#X25bc;", id="hexadecimal reference in other letters"),
    ],
)
def test_an_arrow_counts_however_it_is_spelled(arrow_up: str, arrow_down: str) -> None:
    good = [UP.format(arrow_up), DOWN.format(arrow_down)]
    bad = [UP.format(arrow_down), DOWN.format(arrow_up)]
    rows = parsed(*good, *bad).lines.to_pylist()
    assert [row["rejected_because"] for row in rows] == [None] * 2 + ["direction_mismatch"] * 2
    assert [row["change"] for row in rows[:2]] == [Decimal("4.88"), Decimal("-4.88")]
    assert [row["text"] for row in rows] == good + bad


@pytest.mark.parametrize("arrow", ["", "?", "\ufffd", "\ufffd\ufffd\ufffd", "???"])
def test_a_lost_arrow_leaves_the_words_and_the_sign_to_decide(arrow: str) -> None:
    rows = parsed(UP.format(arrow), DOWN.format(arrow)).lines.to_pylist()
    assert [(row["change"], row["rejected_because"]) for row in rows] == [
        (Decimal("4.88"), None),
        (Decimal("-4.88"), None),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "  OGDC 1,037.75 Increased By ▲ 37.75 (3.78%)  ",  # 37.75 / 1000 = 3.775 %
        "OGDC\t1,037.75\u00a0Increased By ▲\t37.75 (3.78%)\u00a0",
        "OGDC 1037.75 Increased By ▲37.75(3.78%)",
    ],
)
def test_spaces_and_thousands_commas_do_not_matter(line: str) -> None:
    (row,) = parsed(line).lines.to_pylist()
    assert (row["symbol"], row["price"], row["change"]) == (
        "OGDC",
        Decimal("1037.75"),
        Decimal("37.75"),
    )


def test_an_unchanged_share_may_print_a_bare_zero() -> None:
    (row,) = parsed("SSGC 10.54 No Change ▼ 0 (0%)").lines.to_pylist()
    assert (row["price"], row["change"], row["rejected_because"]) == (Decimal("10.54"), 0, None)


@pytest.mark.parametrize(
    ("line", "pct", "sound"),
    [
        # 10 of 100 is 10 % exactly: the printed percent may be 0.02 off
        *(
            ("AAA 110.00 Increased By ▲ 10.00 ({}%)", pct, sound)
            for pct, sound in [("10.02", True), ("9.98", True), ("10.03", False), ("9.97", False)]
        ),
        *(
            ("AAA 90.00 Decreased By ▼ -10.00 ({}%)", pct, sound)
            for pct, sound in [("-10.02", True), ("-9.98", True), ("-10.03", False), ("10", False)]
        ),
        # 4.88 of 132.87 is 3.6728 %: 3.69 is off by 0.017, 3.65 by 0.023
        ("AAA 137.75 Increased By ▲ 4.88 ({}%)", "3.69", True),
        ("AAA 137.75 Increased By ▲ 4.88 ({}%)", "3.65", False),
        ("AAA 10.00 No Change ▼ 0.00 ({}%)", "0.02", True),
        ("AAA 10.00 No Change ▼ 0.00 ({}%)", "-0", True),
        ("AAA 10.00 No Change ▼ 0.00 ({}%)", "-0.03", False),
        # an index at 110 may be 109.5 to 110.5, its change 9.95 to 10.05: 0.1 more to first order
        *(
            ("BR30 110 Increased By 10 ({}%)", pct, sound)
            for pct, sound in [("10.12", True), ("9.88", True), ("10.13", False), ("9.87", False)]
        ),
        # at 1,100 a tenth of that: 0.01 more
        *(
            ("BR30 1,100 Increased By 100 ({}%)", pct, sound)
            for pct, sound in [("10.03", True), ("9.97", True), ("10.04", False), ("9.96", False)]
        ),
    ],
)
def test_the_percent_may_be_off_by_its_tolerance_and_no_more(
    line: str, pct: str, sound: bool
) -> None:
    (row,) = parsed(line.format(pct)).lines.to_pylist()
    assert row["rejected_because"] == (None if sound else "pct_mismatch")
    assert row["change_pct"] == (Decimal(pct) if sound else None)


def test_shares_printed_twice_with_a_cut_end_are_repeated_and_one_is_cut_off() -> None:
    shares = [
        "AIRLINK 72.59 Increased By ▲ 3.39 (4.9%)",
        "HBL 112.40 Decreased By ▼ -0.36 (-0.32%)",
        "SSGC 10.54 No Change ▼ 0.00 (0%)",
    ]
    result = parsed("\n".join([*shares, BELOW, *shares[:2], shares[2][:-6]]) + "\n" + article(5))
    document = result.documents.to_pylist()[0]
    assert document["ticker_line_count"] == 7
    assert document["accepted_line_count"] == 6
    assert document["repeated_line_count"] == 2
    assert document["rejected_line_count"] == 1
    assert [
        (row["line"], row["symbol"], row["is_repeated"], row["rejected_because"])
        for row in lines_of(result)
    ] == [
        (1, "AIRLINK", False, None),
        (2, "HBL", False, None),
        (3, "SSGC", False, None),
        (4, "KSE100", False, None),
        (5, "AIRLINK", True, None),
        (6, "HBL", True, None),
        (7, None, False, "cut_off"),
    ]


def test_a_rejected_first_copy_leaves_the_place_to_the_second() -> None:
    result = parsed(
        "HBL 112.40 Decreased By ▼ -0.36 (-3.2%)\n"
        "HBL 112.40 Decreased By ▼ -0.36 (-0.32%)\n"
        "HBL 112.40 Decreased By ▼ -0.36 (-0.32%)\n"
    )
    assert [(row["rejected_because"], row["is_repeated"]) for row in lines_of(result)] == [
        ("pct_mismatch", False),
        (None, False),
        (None, True),
    ]
