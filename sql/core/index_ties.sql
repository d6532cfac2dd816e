-- One row per group of index parts: the group of shares whose session tells its own.
-- grain: index_group_id
-- check: weight_limit > 0
-- check: session_offset between -1 and 1
-- Index lines vouch for the shares beside them, and shares for the index lines: on 98 % of pages both
-- are of one session (weight 11), and surer the more blocks agree (15, 19). It is less (8) where other pages of
-- its shares' session show other indices, and little (3) where the neighbouring sessions have been compared
-- without making the page one of its shares' group, or where pages with other shares show the same indices.
-- Half refreshed shares vouch for nothing. Index lines that were set back before the open are made for the session
-- after that of shares that still show their moves. Index lines that show as levels what a group of shares
-- calls the previous levels are of the session before (11, 15). Where index lines of a page alone are of another
-- session, it is mostly that after, above shares that stood still: on one page in fifty (-4), and on most of
-- those whose indices the neighbouring sessions of the shares contradict (2).
with members as (
    select
        group_id as index_group_id,
        count(*) as block_count,
        min(block_id) as block_id
    from core.block_parts
    where part = 'index'
    group by group_id
),

supported as (
    select
        index_group_id,
        index_group_id as share_group_id,
        0 as session_offset,
        case when block_count < 3 then 15.0 else 19.0 end as weight_limit
    from members
    where index_group_id in (select group_id from core.block_parts where part = 'share')
),

alone as (
    select
        index_group_id,
        block_id
    from members
    where index_group_id not in (select index_group_id from supported)
),

contested as (
    -- another group's pages show these index lines, and none of its own shares' does
    select distinct block_id
    from core.index_agreements
    where session_offset = 0 and not is_own and support >= 2 and own_support < 2
),

beside as (
    select
        alone.index_group_id,
        share_parts.group_id as share_group_id,
        case when index_parts.is_early and not share_parts.is_early then 1 else 0 end as session_offset,
        case
            when links.is_agreed is not null or contested.block_id is not null then 3.0
            when supported.share_group_id is not null then 8.0
            else 11.0
        end as weight_limit,
        case
            when index_parts.is_early then null
            when not links.is_agreed then 2.0
            else -4.0
        end as next_weight
    from alone
    left join core.index_links as links on alone.block_id = links.block_id
    left join contested on alone.block_id = contested.block_id
    inner join core.block_parts as share_parts on alone.block_id = share_parts.block_id and share_parts.part = 'share'
    left join supported on share_parts.group_id = supported.share_group_id
    inner join core.block_parts as index_parts on alone.block_id = index_parts.block_id and index_parts.part = 'index'
    where
        share_parts.is_whole
        and (index_parts.is_early or not share_parts.is_early)
),

before as (
    select
        alone.index_group_id,
        agreements.group_id as share_group_id,
        agreements.session_offset,
        case when agreements.support < 4 then 11.0 else 15.0 end as weight_limit
    from alone
    inner join core.index_agreements as agreements on alone.block_id = agreements.block_id
    where agreements.session_offset = -1 and agreements.support >= 2 and (agreements.is_own or agreements.index_count = 4)
    qualify row_number() over (
        partition by alone.index_group_id
        order by agreements.is_own desc, agreements.support desc, agreements.index_count desc, agreements.group_id
    ) = 1
),

tied as (
    select index_group_id, share_group_id, session_offset, weight_limit, null as next_weight from supported
    union all
    select index_group_id, share_group_id, session_offset, weight_limit, next_weight from beside
    union all
    select index_group_id, share_group_id, session_offset, weight_limit, null
    from before
    where index_group_id not in (select index_group_id from beside)
)

select
    index_group_id,                              -- key of the group of index parts
    share_group_id,                              -- key of the group of share parts
    session_offset,                              -- sessions from the shares' session to the indices'
    cast(next_weight as double) as next_weight,  -- log odds of the session after that one against it; null if out of the question
    cast(weight_limit as double) as weight_limit -- the most that one can say of the other, as log odds
from tied
