-- One row per group of share parts: the chain of neighbouring sessions that it belongs to, and its place in it.
-- grain: group_id
-- check: chain_position >= 0
-- Each step doubles how far back a group sees, so twelve of them reach 4,096 sessions; what is still
-- not at its chain's head by then runs in a circle and stands alone.
with back_1 as (
    select
        share_groups.group_id,
        coalesce(links.group_id, share_groups.group_id) as head_id,
        case when links.group_id is null then 0 else 1 end as steps
    from (select distinct group_id from core.block_parts where part = 'share') as share_groups
    left join core.group_links as links on share_groups.group_id = links.next_group_id
),

back_2 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_1 as a
    inner join back_1 as b on a.head_id = b.group_id
),

back_4 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_2 as a
    inner join back_2 as b on a.head_id = b.group_id
),

back_8 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_4 as a
    inner join back_4 as b on a.head_id = b.group_id
),

back_16 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_8 as a
    inner join back_8 as b on a.head_id = b.group_id
),

back_32 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_16 as a
    inner join back_16 as b on a.head_id = b.group_id
),

back_64 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_32 as a
    inner join back_32 as b on a.head_id = b.group_id
),

back_128 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_64 as a
    inner join back_64 as b on a.head_id = b.group_id
),

back_256 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_128 as a
    inner join back_128 as b on a.head_id = b.group_id
),

back_512 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_256 as a
    inner join back_256 as b on a.head_id = b.group_id
),

back_1024 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_512 as a
    inner join back_512 as b on a.head_id = b.group_id
),

back_2048 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_1024 as a
    inner join back_1024 as b on a.head_id = b.group_id
),

back_4096 as (
    select a.group_id, b.head_id, a.steps + b.steps as steps
    from back_2048 as a
    inner join back_2048 as b on a.head_id = b.group_id
)

select
    reached.group_id,                                                                    -- key of the group
    case when links.group_id is null then reached.head_id else reached.group_id end as chain_id, -- key of the chain: its first group
    case when links.group_id is null then reached.steps else 0 end as chain_position     -- sessions since the chain's first
from back_4096 as reached
left join core.group_links as links on reached.head_id = links.next_group_id
