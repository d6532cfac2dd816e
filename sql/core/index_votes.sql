-- One row per group of index parts and session: what it says of the shares that it is tied to.
-- grain: index_group_id, session_number
-- Indices of the session before say nothing: their close is the previous level that the shares' own pages
-- show. What exceeds the tie's limit is taken from all candidates alike, so that the best stays the best.
select
    ties.index_group_id,                                           -- key of the group of index parts
    ties.share_group_id as group_id,                               -- key of the group of share parts
    sessions.session_number - ties.session_offset as session_number, -- number of the shares' session
    evidence.distance,                                             -- points between implied and official close
    evidence.weight - greatest(
        max(evidence.weight) over (partition by ties.index_group_id) - ties.weight_limit, 0.0
    ) as weight                                                    -- log odds of this session against one unknown
from core.index_evidence as evidence
inner join core.index_ties as ties on evidence.group_id = ties.index_group_id and ties.session_offset >= 0
inner join core.sessions as sessions on evidence.trade_date = sessions.trade_date
