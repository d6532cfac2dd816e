-- One row per block with five shares or more: the group of blocks that show one session.
-- grain: block_id
-- All pages of one session imply the same previous price for a share, to the paisa, and those of two
-- sessions agree on hardly any. Blocks whose previous prices are the same, symbol by symbol, have one
-- print; prints that agree on seven tenths of the symbols that they share, and on five at least, are
-- one group. A print that agrees so with no other (a page half refreshed, or with many bad figures)
-- joins the one that it agrees with best, on three fifths: it may follow a group, never join two.
with quotes as (
    select
        quotes.block_id,
        quotes.symbol,
        quotes.previous_price
    from core.block_quotes as quotes
    inner join core.blocks as blocks on quotes.block_id = blocks.block_id
    where not quotes.is_index and blocks.share_line_count >= 5 and not blocks.is_mostly_zero
),

block_prints as (
    select
        block_id,
        md5(array_to_string(list_sort(list(concat(symbol, ' ', cast(previous_price as varchar)))), ' ')) as print_id
    from quotes
    group by block_id
),

print_prices as (
    select distinct
        block_prints.print_id,
        quotes.symbol,
        quotes.previous_price
    from block_prints
    inner join quotes on block_prints.block_id = quotes.block_id
),

akin as (
    select
        a.print_id,
        b.print_id as other_id,
        count(*) as equal_count
    from print_prices as a
    inner join print_prices as b on a.symbol = b.symbol and a.previous_price = b.previous_price
    group by a.print_id, b.print_id
    having count(*) >= 5
),

shared as (
    select
        akin.print_id,
        akin.other_id,
        akin.equal_count,
        count(*) as common_count
    from akin
    inner join print_prices as a on akin.print_id = a.print_id
    inner join print_prices as b on akin.other_id = b.print_id and a.symbol = b.symbol
    group by akin.print_id, akin.other_id, akin.equal_count
),

agreeing as (
    select
        print_id,
        other_id
    from shared
    where 10 * equal_count >= 7 * common_count
),

first_labels as (
    select
        print_id,
        min(other_id) as label,
        count(*) as agreeing_count
    from agreeing
    group by print_id
),

second_labels as (
    select
        agreeing.print_id,
        min(first_labels.label) as label
    from agreeing
    inner join first_labels on agreeing.other_id = first_labels.print_id
    group by agreeing.print_id
),

followed as (
    select
        shared.print_id,
        shared.other_id
    from shared
    inner join first_labels on shared.print_id = first_labels.print_id and first_labels.agreeing_count = 1
    where shared.print_id <> shared.other_id and 5 * shared.equal_count >= 3 * shared.common_count
    qualify row_number() over (
        partition by shared.print_id order by shared.equal_count desc, shared.common_count, shared.other_id
    ) = 1
)

select
    block_prints.block_id,                                     -- content key of the block
    case
        when followed.print_id is null then second_labels.label
        when leaders.agreeing_count = 1 then least(followed.print_id, followed.other_id)
        else led.label
    end as group_id                                            -- key of the group: a print of it
from block_prints
inner join second_labels on block_prints.print_id = second_labels.print_id
left join followed on block_prints.print_id = followed.print_id
left join first_labels as leaders on followed.other_id = leaders.print_id
left join second_labels as led on followed.other_id = led.print_id
