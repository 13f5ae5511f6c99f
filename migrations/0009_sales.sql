-- Live shows, sales records, contests. Owned by sales.

-- A live show that sells for a campaign. What it sold stands in its records and nowhere else.
CREATE TABLE live_show (
    id UUID PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    sub_event_id UUID REFERENCES sub_event (id),
    title TEXT NOT NULL,
    -- Who speaks, as they agreed to be named.
    host TEXT NOT NULL,
    platform TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'on_air', 'ended')),
    on_air_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    -- The end of the wall screen's address, while there is one.
    wall_code TEXT UNIQUE,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX live_show_by_campaign ON live_show (campaign_id);

-- When it is to be on the air: a show of three days has three.
CREATE TABLE live_show_slot (
    show_id UUID NOT NULL REFERENCES live_show (id),
    turn_no BIGINT NOT NULL,
    from_at TIMESTAMPTZ NOT NULL,
    to_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (show_id, turn_no),
    CHECK (from_at < to_at)
);

CREATE TABLE live_show_merchant (
    show_id UUID NOT NULL REFERENCES live_show (id),
    merchant_id UUID NOT NULL REFERENCES merchant (id),
    PRIMARY KEY (show_id, merchant_id)
);

-- What it sells: a product of the catalogue, or its name alone.
CREATE TABLE live_show_product (
    show_id UUID NOT NULL REFERENCES live_show (id),
    turn_no BIGINT NOT NULL,
    product_id UUID REFERENCES product (id),
    title TEXT NOT NULL,
    PRIMARY KEY (show_id, turn_no)
);

-- Where a platform's exports keep what we ask for, as a person confirmed it last.
CREATE TABLE sale_mapping (
    platform TEXT PRIMARY KEY,
    columns TEXT NOT NULL,
    confirmed_by UUID,
    confirmed_at TIMESTAMPTZ NOT NULL
);

-- A platform's export, from the file to its records.
CREATE TABLE sale_batch (
    id UUID PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    sub_event_id UUID REFERENCES sub_event (id),
    show_id UUID REFERENCES live_show (id),
    -- Whose sales all rows are; none when the file has a column for it.
    merchant_id UUID REFERENCES merchant (id),
    platform TEXT NOT NULL,
    file_id UUID NOT NULL REFERENCES stored_file (id),
    file_sha256 BYTEA NOT NULL,
    columns TEXT NOT NULL,
    is_mapped BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('uploaded', 'written', 'abandoned', 'undone')),
    uploaded_by UUID,
    uploaded_at TIMESTAMPTZ NOT NULL,
    ended_by UUID,
    ended_at TIMESTAMPTZ,
    version BIGINT NOT NULL
);
CREATE INDEX sale_batch_by_campaign ON sale_batch (campaign_id, uploaded_at);
CREATE INDEX sale_batch_by_file ON sale_batch (file_sha256);

-- A sale, or something of a sale that came back. Amounts are of one record; sums are asked for.
CREATE TABLE sale (
    id UUID PRIMARY KEY,
    side TEXT NOT NULL CHECK (side IN ('sale', 'return')),
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    sub_event_id UUID REFERENCES sub_event (id),
    show_id UUID REFERENCES live_show (id),
    merchant_id UUID NOT NULL REFERENCES merchant (id),
    source TEXT NOT NULL CHECK (source IN ('platform', 'till', 'declaration')),
    platform TEXT NOT NULL,
    -- A keyed hash of the order's number, of a sale that has one.
    order_hash BYTEA,
    -- The sale that a return is of, and its turn among the returns of it.
    returns_of UUID REFERENCES sale (id),
    return_no BIGINT,
    item TEXT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    -- When it was sold, or came back.
    sold_at TIMESTAMPTZ NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('submitted', 'verified', 'questioned', 'corrected', 'rejected', 'withdrawn')),
    batch_id UUID REFERENCES sale_batch (id),
    -- Who handed it in, or corrected it last: not the one who verifies it.
    submitted_by UUID,
    submitted_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    CHECK ((side = 'return') = (returns_of IS NOT NULL)),
    CHECK ((side = 'return') = (return_no IS NOT NULL))
);
-- No order counts twice, whatever file or source tells of it.
CREATE UNIQUE INDEX sale_one_order ON sale (order_hash)
    WHERE side = 'sale' AND state NOT IN ('rejected', 'withdrawn');
CREATE UNIQUE INDEX sale_one_return ON sale (returns_of, return_no);
CREATE INDEX sale_by_campaign ON sale (campaign_id, sold_at);
CREATE INDEX sale_by_show ON sale (show_id, sold_at);
CREATE INDEX sale_by_merchant ON sale (merchant_id, sold_at);
CREATE INDEX sale_by_batch ON sale (batch_id);

-- Who judged a record when, and why.
CREATE TABLE sale_step (
    sale_id UUID NOT NULL REFERENCES sale (id),
    turn_no BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('submitted', 'verified', 'questioned', 'corrected', 'rejected', 'withdrawn')),
    by_id UUID,
    by_name TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    why TEXT NOT NULL,
    -- What it said from then on.
    amount_fen BIGINT NOT NULL,
    sold_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (sale_id, turn_no)
);

CREATE TABLE sale_evidence (
    sale_id UUID NOT NULL REFERENCES sale (id),
    sha256 BYTEA NOT NULL,
    file_id UUID NOT NULL REFERENCES stored_file (id),
    noted_by TEXT NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (sale_id, sha256)
);
CREATE INDEX sale_evidence_by_file ON sale_evidence (sha256);

-- A contest among members that said yes to it, on what was verified.
CREATE TABLE contest (
    id UUID PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    sub_event_id UUID REFERENCES sub_event (id),
    name TEXT NOT NULL,
    -- Sales in [from_at, cut_off_at) count; returns of them, and all records, until returns_until.
    from_at TIMESTAMPTZ NOT NULL,
    cut_off_at TIMESTAMPTZ NOT NULL,
    returns_until TIMESTAMPTZ NOT NULL,
    -- Points for a yuan of verified net sales, for one of them sold in a live show, for an order.
    weight_net BIGINT NOT NULL CHECK (weight_net BETWEEN 0 AND 1000),
    weight_live BIGINT NOT NULL CHECK (weight_live BETWEEN 0 AND 1000),
    weight_order BIGINT NOT NULL CHECK (weight_order BETWEEN 0 AND 1000),
    -- Once open, none of the above is ever written again.
    opened_at TIMESTAMPTZ,
    opened_by UUID,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    CHECK (from_at < cut_off_at AND cut_off_at <= returns_until)
);
CREATE INDEX contest_by_campaign ON contest (campaign_id);

CREATE TABLE contest_entrant (
    contest_id UUID NOT NULL REFERENCES contest (id),
    merchant_id UUID NOT NULL REFERENCES merchant (id),
    entered_at TIMESTAMPTZ NOT NULL,
    entered_by UUID NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    PRIMARY KEY (contest_id, merchant_id)
);
