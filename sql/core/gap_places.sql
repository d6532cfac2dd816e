-- One row per chain that its votes leave undated and place in a gap that it may have: how well it fits there.
-- grain: chain_id, first_session_number
-- check: fit between 0 and 1
-- A chain may be where the gap is long enough, and prices at both of its ends are near: within 2.5 % at the median of
-- ten shares or more for one session between; up to 3.5 % counts a fifth, up to 5 % a fiftieth. Sessions right beside
-- each other would mostly be linked, the surer the more whole blocks of the earlier one there are: each counts two
-- fifths, up to three of them at either end. That the history knows the close before to be another one counts a
-- hundredth, and so does a level out of its range; what is said of a session counts once, by the index lines that are
-- tied closest. One share not listed counts a twentieth, and two or more that squared. No place is after a stated capture.
-- Groups of which a fifth of the shares have the previous prices of another group may be mixtures of two sessions,
-- so their chains have no place.
with undated as (
    select
        chains.chain_id,
        chains.group_id,
        chains.chain_position
    from core.chains as chains
    left join core.chain_dates as dates on chains.chain_id = dates.chain_id
    where coalesce(dates.confidence, 0.0) < 0.99
),

spans as (
    select
        undated.chain_id,
        max(undated.chain_position) as last_position,
        min_by(undated.group_id, undated.chain_position) as first_group_id,
        max_by(undated.group_id, undated.chain_position) as last_group_id,
        min(clock.session_number - undated.chain_position) as latest_session_number
    from undated
    left join core.clock_evidence as clock
        on undated.group_id = clock.group_id and clock.part = 'share' and clock.lag = 0
    group by undated.chain_id
),

roomy as (
    select
        spans.*,
        gaps.session_number,
        gaps.group_id,
        gaps.whole_count,
        gaps.next_session_number,
        gaps.next_group_id
    from spans
    inner join core.session_gaps as gaps on gaps.next_session_number - gaps.session_number >= spans.last_position + 2
),

mixed as (
    select
        undated.chain_id
    from undated
    inner join core.group_prices as own on undated.group_id = own.group_id
    inner join core.group_prices as other
        on own.symbol = other.symbol and own.previous_price = other.previous_price and own.group_id <> other.group_id
    inner join (select group_id, count(*) as share_count from core.group_prices group by group_id) as sizes
        on own.group_id = sizes.group_id
    where undated.chain_id in (select chain_id from roomy)
    group by undated.chain_id, own.group_id, other.group_id, sizes.share_count
    having 5 * count(*) >= sizes.share_count
),

fitting as (
    select *
    from roomy
    where chain_id not in (select chain_id from mixed)
),

distances as (
    select
        pairs.group_id,
        pairs.other_id,
        median(abs(ln(cast(own.previous_price as double) / cast(other.previous_price as double)))) as distance
    from (
        select first_group_id as group_id, group_id as other_id from fitting
        union
        select last_group_id, next_group_id from fitting
    ) as pairs
    inner join core.group_prices as own on pairs.group_id = own.group_id
    inner join core.group_prices as other on pairs.other_id = other.group_id and own.symbol = other.symbol
    where own.previous_price > 0 and other.previous_price > 0
    group by pairs.group_id, pairs.other_id
    having count(*) >= 10
),

own_blocks as (
    select
        group_id,
        count(*) as whole_count
    from core.share_fits
    where is_whole
    group by group_id
),

places as (
    select
        fitting.chain_id,
        sessions.session_number as first_session_number,
        greatest(
            before.distance / sqrt(sessions.session_number - fitting.session_number),
            after.distance / sqrt(fitting.next_session_number - sessions.session_number - fitting.last_position)
        ) as distance,
        case when sessions.session_number - fitting.session_number = 1 then least(fitting.whole_count, 3) else 0 end
        + case
            when fitting.next_session_number - sessions.session_number - fitting.last_position = 1
                then least(coalesce(own_blocks.whole_count, 0), 3)
            else 0
        end as unlinked_count
    from fitting
    inner join distances as before on fitting.first_group_id = before.group_id and fitting.group_id = before.other_id
    inner join distances as after on fitting.last_group_id = after.group_id and fitting.next_group_id = after.other_id
    inner join core.sessions as sessions
        on
            sessions.session_number > fitting.session_number
            and sessions.session_number + fitting.last_position < fitting.next_session_number
    left join own_blocks on fitting.last_group_id = own_blocks.group_id
    where sessions.session_number <= coalesce(fitting.latest_session_number, sessions.session_number)
),

voices as (
    select
        ties.share_group_id,
        indices.previous_level,
        indices.level
    from core.index_ties as ties
    inner join core.index_groups as indices on ties.index_group_id = indices.group_id
    where ties.session_offset = 0
    qualify row_number() over (
        partition by ties.share_group_id order by ties.weight_limit desc, ties.index_group_id
    ) = 1
),

objections as (
    select
        places.chain_id,
        places.first_session_number,
        count(*) filter (where abs(voices.previous_level - sessions.previous_official_close) > 15)
        + count(*) filter (
            where voices.level not between sessions.official_low - 15 and sessions.official_high + 15
        ) as objection_count
    from places
    inner join core.chains as chains on places.chain_id = chains.chain_id
    inner join voices on chains.group_id = voices.share_group_id
    inner join core.sessions as sessions
        on places.first_session_number + chains.chain_position = sessions.session_number
    group by places.chain_id, places.first_session_number
),

unlisted as (
    select
        places.chain_id,
        places.first_session_number,
        count(distinct prices.symbol) as symbol_count
    from places
    inner join core.chains as chains on places.chain_id = chains.chain_id
    inner join core.group_prices as prices on chains.group_id = prices.group_id
    inner join core.sessions as sessions
        on places.first_session_number + chains.chain_position = sessions.session_number
    inner join core.listings as listings
        on
            prices.symbol = listings.symbol
            and sessions.trade_date between listings.applies_from and listings.applies_to
    where sessions.trade_date not between listings.listed_from and listings.listed_to
    group by places.chain_id, places.first_session_number
)

select
    places.chain_id,                          -- key of the chain
    places.first_session_number,              -- number of the session on which it would begin
    100.0 * places.distance as distance_pct,  -- how far its prices are at the median from those at the ends of the gap, for one session between, percent
    cast(
        case when places.distance <= 0.025 then 1.0 when places.distance <= 0.035 then 0.2 else 0.02 end
        * power(0.4, places.unlinked_count)
        * power(0.01, coalesce(objections.objection_count, 0))
        * power(0.05, least(coalesce(unlisted.symbol_count, 0), 2)) as double
    ) as fit                                  -- how likely such figures are there, beside those of a place that nothing speaks against
from places
left join objections
    on places.chain_id = objections.chain_id and places.first_session_number = objections.first_session_number
left join unlisted
    on places.chain_id = unlisted.chain_id and places.first_session_number = unlisted.first_session_number
where places.distance <= 0.05
