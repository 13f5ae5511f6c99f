-- Check-in challenges, their stations, who walks them, and visits. Owned by challenges.

-- The rules of a campaign's check-in challenge. Its name and words are its sub-event's.
CREATE TABLE challenge (
    id UUID PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    sub_event_id UUID NOT NULL UNIQUE REFERENCES sub_event (id),
    state TEXT NOT NULL CHECK (state IN ('draft', 'open', 'closed')),
    -- Whether the stations are to be visited in the order of their turns.
    in_order BOOLEAN NOT NULL,
    -- How many stations complete it.
    need_count BIGINT NOT NULL CHECK (need_count >= 1),
    -- Most visits of one person on one day; 0 for no limit.
    day_limit BIGINT NOT NULL CHECK (day_limit >= 0),
    -- The voucher batch that who completes it claims from; a draft may be without.
    reward_batch_id UUID UNIQUE REFERENCES voucher_batch (id),
    -- Visits count in [from_at, to_at).
    from_at TIMESTAMPTZ NOT NULL,
    to_at TIMESTAMPTZ NOT NULL,
    opened_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    -- Why it was closed; else empty.
    close_reason TEXT NOT NULL,
    -- When nobody in it could be told from anybody else any more.
    forgotten_at TIMESTAMPTZ,
    -- Raised by every change of the rules and of the stations.
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    CHECK (from_at < to_at),
    CHECK (state = 'draft' OR reward_batch_id IS NOT NULL)
);
CREATE INDEX challenge_by_campaign ON challenge (campaign_id);

-- Where one checks in: at a member merchant, or at a place that the organiser looks after.
CREATE TABLE challenge_station (
    id UUID PRIMARY KEY,
    challenge_id UUID NOT NULL REFERENCES challenge (id),
    -- From 1; the first two digits of its codes.
    turn_no BIGINT NOT NULL CHECK (turn_no BETWEEN 1 AND 99),
    merchant_id UUID REFERENCES merchant (id),
    place_id UUID NOT NULL REFERENCES place (id),
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    -- Minutes of the day, on the city's clocks: open in [open_from, open_to), over midnight when
    -- they stand the other way round, all day when they are the same.
    open_from BIGINT NOT NULL CHECK (open_from BETWEEN 0 AND 1439),
    open_to BIGINT NOT NULL CHECK (open_to BETWEEN 0 AND 1439),
    -- Minutes on foot to the nearest other station: who comes from any of them needs as many.
    near_minutes BIGINT NOT NULL CHECK (near_minutes BETWEEN 0 AND 240),
    closed_at TIMESTAMPTZ,
    close_reason TEXT NOT NULL,
    UNIQUE (challenge_id, turn_no)
);

-- Somebody who takes part. The only row that says who; when the time is over it no longer does, nor
-- what they claimed.
CREATE TABLE challenge_walker (
    id UUID PRIMARY KEY,
    challenge_id UUID NOT NULL REFERENCES challenge (id),
    citizen_no BIGINT,
    completed_at TIMESTAMPTZ,
    reward TEXT NOT NULL CHECK (reward IN ('none', 'waiting', 'sold_out', 'over', 'given')),
    -- Under which key the voucher is claimed: random, so that nothing that stays leads to it.
    claim_key UUID,
    -- The voucher that was claimed.
    voucher_id UUID,
    CHECK ((completed_at IS NULL) = (reward = 'none')),
    CHECK (voucher_id IS NULL OR reward = 'given'),
    CHECK (voucher_id IS NOT NULL OR reward <> 'given' OR citizen_no IS NULL)
);
CREATE UNIQUE INDEX challenge_walker_once ON challenge_walker (challenge_id, citizen_no);
CREATE INDEX challenge_walker_by_reward ON challenge_walker (reward, completed_at);

-- A visit, with its verdict. When who it was is forgotten, its times become days.
CREATE TABLE challenge_visit (
    id UUID PRIMARY KEY,
    challenge_id UUID NOT NULL REFERENCES challenge (id),
    station_id UUID NOT NULL REFERENCES challenge_station (id),
    walker_id UUID NOT NULL REFERENCES challenge_walker (id),
    visited_at TIMESTAMPTZ NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'reviewed', 'rejected')),
    -- Why it was laid before a person or rejected; none for what was accepted at once.
    reason TEXT CHECK (reason IN ('expired', 'out_of_turn', 'out_of_period', 'out_of_hours',
        'station_closed', 'day_limit', 'too_fast', 'shared_device', 'by_reviewer')),
    -- What the reviewer tells the person; else empty.
    said TEXT NOT NULL,
    judged_by UUID,
    judged_at TIMESTAMPTZ,
    CHECK (verdict = 'accepted' OR reason IS NOT NULL)
);
-- A station counts once, whatever number of phones are held up to it.
CREATE UNIQUE INDEX challenge_visit_once ON challenge_visit (station_id, walker_id)
    WHERE verdict <> 'rejected';
CREATE INDEX challenge_visit_by_challenge ON challenge_visit (challenge_id, verdict, visited_at);
CREATE INDEX challenge_visit_by_walker ON challenge_visit (walker_id, visited_at);
