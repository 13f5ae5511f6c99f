-- Campaigns, sponsors, funders, members, sub-events. Owned by campaigns.

-- A body that pays for vouchers. Its bank account is sealed; the tail is what pages may show.
CREATE TABLE funder (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    account_sealed BYTEA NOT NULL,
    account_tail TEXT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE campaign (
    id UUID PRIMARY KEY,
    -- The end of the public page's address.
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    about TEXT NOT NULL,
    about_en TEXT NOT NULL,
    phone TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('draft', 'approved', 'running', 'settling', 'closed', 'cancelled')),
    -- Why it was sent back, ended early or cancelled; else empty.
    state_reason TEXT NOT NULL,
    from_on DATE NOT NULL,
    -- The last day itself.
    last_on DATE NOT NULL,
    -- Who wrote the terms last: they do not approve them.
    drafted_by UUID,
    -- Set while the public page stands.
    approved_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    CHECK (from_on <= last_on)
);
CREATE INDEX campaign_by_state ON campaign (state, from_on);

CREATE TABLE campaign_place (
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    place_id UUID NOT NULL REFERENCES place (id),
    turn_no BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, place_id)
);

CREATE TABLE campaign_sponsor (
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    turn_no BIGINT NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('host', 'organiser', 'supporter')),
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    PRIMARY KEY (campaign_id, turn_no)
);

-- What a funder pledges. The campaign's budget is the sum of these rows and stands nowhere else.
CREATE TABLE campaign_pledge (
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    funder_id UUID NOT NULL REFERENCES funder (id),
    turn_no BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    agreed_at TIMESTAMPTZ,
    agreed_by UUID,
    PRIMARY KEY (campaign_id, funder_id)
);
CREATE INDEX campaign_pledge_by_funder ON campaign_pledge (funder_id);

-- Nobody takes part without having accepted by an account of their own.
CREATE TABLE campaign_member (
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    merchant_id UUID NOT NULL REFERENCES merchant (id),
    state TEXT NOT NULL CHECK (state IN
        ('invited', 'accepted', 'active', 'suspended', 'declined', 'left')),
    -- Why it declined, was suspended or left; else empty.
    reason TEXT NOT NULL,
    invited_at TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ,
    accepted_by UUID,
    version BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, merchant_id),
    CHECK (accepted_by IS NOT NULL OR state NOT IN ('accepted', 'active', 'suspended'))
);
CREATE INDEX campaign_member_by_merchant ON campaign_member (merchant_id, state);

-- When a member took part, in [from_at, to_at); no end while it does.
CREATE TABLE campaign_member_span (
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    merchant_id UUID NOT NULL REFERENCES merchant (id),
    from_at TIMESTAMPTZ NOT NULL,
    to_at TIMESTAMPTZ,
    PRIMARY KEY (campaign_id, merchant_id, from_at)
);

CREATE TABLE sub_event (
    id UUID PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    kind TEXT NOT NULL CHECK (kind IN
        ('check_in_challenge', 'goods_fair', 'food_fair', 'farm_contest')),
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    about TEXT NOT NULL,
    about_en TEXT NOT NULL,
    place_id UUID NOT NULL REFERENCES place (id),
    from_at TIMESTAMPTZ NOT NULL,
    to_at TIMESTAMPTZ NOT NULL,
    cancelled_at TIMESTAMPTZ,
    cancel_reason TEXT NOT NULL,
    version BIGINT NOT NULL,
    CHECK (from_at < to_at)
);
CREATE INDEX sub_event_by_campaign ON sub_event (campaign_id, from_at);

-- A line of the programme: something at a time, at a place, of the whole or of one sub-event.
CREATE TABLE programme_item (
    id UUID PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    sub_event_id UUID REFERENCES sub_event (id),
    title TEXT NOT NULL,
    title_en TEXT NOT NULL,
    place_id UUID REFERENCES place (id),
    from_at TIMESTAMPTZ NOT NULL,
    to_at TIMESTAMPTZ NOT NULL,
    CHECK (from_at <= to_at)
);
CREATE INDEX programme_item_by_campaign ON programme_item (campaign_id, from_at);
