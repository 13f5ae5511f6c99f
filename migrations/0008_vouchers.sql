-- Voucher batches, claims, redemptions, refunds, settlements. Owned by vouchers.

CREATE TABLE voucher_batch_number (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    last BIGINT NOT NULL
);
INSERT INTO voucher_batch_number (one, last) VALUES (1, 0);

CREATE TABLE voucher_batch (
    id UUID PRIMARY KEY,
    -- A running number: short in the keys of a table with tens of millions of rows.
    no BIGINT NOT NULL UNIQUE,
    campaign_id UUID NOT NULL,
    funder_id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'open', 'closed')),
    -- Of the row, for two people at once.
    version BIGINT NOT NULL,
    terms_version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    approved_at TIMESTAMPTZ,
    approved_by UUID,
    opened_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ
);
CREATE INDEX voucher_batch_by_campaign ON voucher_batch (campaign_id, no);

-- What a batch promises. A change makes a new version; who claimed before keeps the older one.
CREATE TABLE voucher_terms (
    batch_no BIGINT NOT NULL REFERENCES voucher_batch (no),
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    face_fen BIGINT NOT NULL,
    threshold_fen BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    budget_fen BIGINT NOT NULL,
    person_cap BIGINT NOT NULL,
    day_cap BIGINT NOT NULL,
    claim_from TIMESTAMPTZ NOT NULL,
    claim_until TIMESTAMPTZ NOT NULL,
    use_from TIMESTAMPTZ NOT NULL,
    use_until TIMESTAMPTZ NOT NULL,
    -- Whether a part may be spent and the rest kept.
    partial BOOLEAN NOT NULL,
    -- alone: no other voucher on the same bill; with_others: one of each batch; free: any number.
    stacking TEXT NOT NULL CHECK (stacking IN ('alone', 'with_others', 'free')),
    -- Whether a voided or expired voucher goes back into the stock.
    restock BOOLEAN NOT NULL,
    -- Days after use_until in which a refund still gives the voucher back; 0: never after expiry.
    refund_days BIGINT NOT NULL,
    -- Whether who comes waits in line, and how many are let in each second.
    admit_per_second BIGINT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    changed_by UUID,
    PRIMARY KEY (batch_no, version)
);

-- The stock of a batch: the one row that every claim of it goes through, and the lock of all of
-- them. `claimed_count` is the number of the newest claim: who wants to write claims says which
-- number they saw last, and is refused when it is no longer that.
CREATE TABLE voucher_stock (
    batch_no BIGINT PRIMARY KEY REFERENCES voucher_batch (no),
    is_open BOOLEAN NOT NULL,
    terms_version BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    claimed_count BIGINT NOT NULL,
    returned_count BIGINT NOT NULL,
    -- Claims up to this number are in `voucher_holder`.
    filed_count BIGINT NOT NULL,
    CHECK (claimed_count - returned_count <= quantity),
    CHECK (filed_count <= claimed_count)
);

-- Every claim, in the order in which they were given: numbers of a batch run from 1 without gaps,
-- so a set of claims is written to the end of the table and of its index, whatever citizens they
-- are of. An index by citizen here would cost a page of the disk for each claim (measured:
-- decision 0008); `voucher_holder` is that index, written later and in its own order.
CREATE TABLE voucher_claim (
    batch_no BIGINT NOT NULL,
    claim_no BIGINT NOT NULL,
    citizen_no BIGINT NOT NULL,
    terms_version BIGINT NOT NULL,
    claimed_at TIMESTAMPTZ NOT NULL,
    -- Of the key that the request carried, and of its body: 16 bytes, or none.
    key_hash BYTEA,
    state TEXT NOT NULL CHECK (state IN ('held', 'spent', 'expired', 'voided')),
    redeemed_fen BIGINT NOT NULL,
    refunded_fen BIGINT NOT NULL,
    PRIMARY KEY (batch_no, claim_no)
);

CREATE TABLE voucher_holder (
    citizen_no BIGINT NOT NULL,
    batch_no BIGINT NOT NULL,
    claim_no BIGINT NOT NULL,
    PRIMARY KEY (citizen_no, batch_no, claim_no)
);
