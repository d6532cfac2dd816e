-- The shares of the last build that no page shows any more.
select
    count(distinct old.key) as figure,
    settings.max_vanished_symbols as at_most,
    min(old.key) as example
from published.figures as old
left join daily_quotes as quotes on old.key = quotes.symbol
cross join reference.settings as settings
where old.table_name = 'daily_quotes' and quotes.symbol is null
group by settings.max_vanished_symbols
