-- One row per block and part, shares and indices apart: the group of blocks that show its session.
-- grain: block_id, part
-- accepted: part in share, index
-- The parts of a page refresh at different moments, so each finds its group on its own: shares by
-- their previous prices, indices where they agree with another block of their shares' group (with a whole
-- one if their own is not), or with two whole ones of the group before
-- or after it; one is enough where the neighbouring sessions contradict the page's own indices and not that group's. A part that no other block agrees with is a group of its own.
-- A part is early where most of it has not moved: it was made for the session of its group, before the
-- open or at it. It is carried over where nothing has: it shows the prices of the session before.
with parts as (
    select
        block_id,
        part,
        count(*) as quote_count,
        count(*) filter (where change = 0) as unchanged_count
    from core.block_quotes
    group by block_id, part
),

seconded as (
    -- groups with a block whose index lines go with those of a neighbouring session
    select distinct fits.group_id
    from core.share_fits as fits
    inner join core.index_links as index_links on fits.block_id = index_links.block_id and index_links.is_agreed
),

homes as (
    select
        agreements.block_id,
        agreements.group_id
    from core.index_agreements as agreements
    left join core.share_fits as fits on agreements.block_id = fits.block_id
    left join core.index_links as index_links on agreements.block_id = index_links.block_id
    left join seconded on agreements.group_id = seconded.group_id
    left join core.group_links as links_on on fits.group_id = links_on.group_id
    left join core.group_links as links_back on fits.group_id = links_back.next_group_id
    where
        agreements.session_offset = 0
        and case
            when fits.group_id = agreements.group_id and index_links.is_agreed then agreements.support >= 0
            when fits.group_id = agreements.group_id and not index_links.is_agreed then agreements.support >= 4
            when fits.group_id = agreements.group_id then agreements.support >= case when fits.is_whole then 1 else 2 end
            when fits.group_id is null then agreements.support >= 4 and agreements.index_count = 4
            else
                (
                    agreements.support >= 4
                    or (agreements.support >= 2 and not index_links.is_agreed and seconded.group_id is not null)
                )
                and agreements.own_support < 2
                and agreements.group_id in (links_on.next_group_id, links_back.group_id)
        end
    qualify row_number() over (
        partition by agreements.block_id
        order by agreements.is_own desc, agreements.support desc, agreements.index_count desc, agreements.group_id
    ) = 1
)

select
    parts.block_id,                                           -- content key of the block
    parts.part,                                               -- `share` or `index`
    coalesce(
        fits.group_id, homes.group_id, concat(parts.part, ' ', parts.block_id)
    ) as group_id,                                            -- key of its group
    case
        when parts.part = 'index' then 4 * parts.unchanged_count >= 3 * parts.quote_count
        else coalesce(fits.is_carried_over, false)
    end as is_carried_over,                                   -- whether it shows the session before its group's
    case
        when parts.part = 'index' then 4 * parts.unchanged_count >= 3 * parts.quote_count
        else coalesce(fits.is_early, false)
    end as is_early,                                          -- whether it was made before the open, or at it
    coalesce(fits.is_whole, true) as is_whole,                -- whether it shows one session alone
    cast(parts.quote_count as integer) as quote_count         -- lines with sound figures
from parts
left join core.share_fits as fits on parts.block_id = fits.block_id and parts.part = 'share'
left join homes on parts.block_id = homes.block_id and parts.part = 'index'
