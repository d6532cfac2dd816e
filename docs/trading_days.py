"""The exchange's calendar: `make calendar` writes sql/reference/trading_days.csv anew.

Days are those that the `holidays` package gives for the exchange (XKAR), with one correction: from
the first to the last built-in close the exchange traded on exactly the days that have one.
Holidays that follow the moon are estimates until they are announced.
"""

import csv
from datetime import date, timedelta

import holidays

from jobs.settings import sql_folder

FIRST_YEAR, LAST_YEAR = 2015, 2035
FILE = sql_folder() / "reference" / "trading_days.csv"


def trading_days() -> list[date]:
    """The days of the file, in order."""
    closed = holidays.financial_holidays("XKAR", years=range(FIRST_YEAR, LAST_YEAR + 1))
    with FILE.with_name("index_closes.csv").open(encoding="utf-8", newline="") as handle:
        traded = {date.fromisoformat(row["trade_date"]) for row in csv.DictReader(handle)}
    first, last = min(traded), max(traded)
    days = [
        date(FIRST_YEAR, 1, 1) + timedelta(n)
        for n in range((date(LAST_YEAR + 1, 1, 1) - date(FIRST_YEAR, 1, 1)).days)
    ]
    return [
        day
        for day in days
        if (day in traded if first <= day <= last else day.weekday() < 5 and day not in closed)
    ]


def write() -> None:
    """Write the file."""
    lines = ["trade_date", *map(str, trading_days())]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
