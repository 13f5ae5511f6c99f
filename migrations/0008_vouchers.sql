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
    -- A guard that does not hold writes a number below zero here, and is refused for it.
    claimed_count BIGINT NOT NULL CHECK (claimed_count >= 0),
    returned_count BIGINT NOT NULL,
    -- Claims up to this number are in `voucher_holder`.
    filed_count BIGINT NOT NULL,
    CHECK (claimed_count - returned_count <= quantity),
    CHECK (filed_count <= claimed_count)
);

-- Every claim, in the order in which they were given: numbers of a batch run from 1 without gaps,
-- so a set of claims is written to the end of the table and of its index, whatever citizens they
-- are of. An index by citizen here would cost a page of the disk for each claim (measured:
-- decision 0011); `voucher_holder` is that index, written later and in its own order.
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

-- Where the vouchers of a batch may be spent; none listed: at every active member of its campaign.
CREATE TABLE voucher_acceptance (
    batch_no BIGINT NOT NULL REFERENCES voucher_batch (no),
    merchant_id UUID NOT NULL,
    PRIMARY KEY (batch_no, merchant_id)
);

-- What was taken off a bill at a till. Never changed: a refund is a record of its own. Every
-- uniqueness here is a guard against two nodes that write at once.
CREATE TABLE voucher_redemption (
    id UUID PRIMARY KEY,
    batch_no BIGINT NOT NULL,
    claim_no BIGINT NOT NULL,
    merchant_id UUID NOT NULL,
    cashier_id UUID NOT NULL,
    bill_on DATE NOT NULL,
    bill_no TEXT NOT NULL,
    -- Which voucher on the bill, from 1.
    turn_no BIGINT NOT NULL,
    bill_fen BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0 AND amount_fen <= bill_fen),
    -- The half minute of the code that was shown: a code is good for one redemption.
    code_step BIGINT NOT NULL,
    -- Of the key that the request carried, and of what it asked for.
    key_hash BYTEA,
    body_hash BYTEA,
    redeemed_at TIMESTAMPTZ NOT NULL,
    UNIQUE (batch_no, claim_no, code_step),
    UNIQUE (merchant_id, bill_on, bill_no, turn_no),
    UNIQUE (cashier_id, key_hash)
);
CREATE INDEX voucher_redemption_by_merchant ON voucher_redemption (merchant_id, redeemed_at);

-- Goods came back, and the money with them: a part or all of one redemption.
CREATE TABLE voucher_refund (
    id UUID PRIMARY KEY,
    redemption_id UUID NOT NULL REFERENCES voucher_redemption (id),
    -- Which refund of the redemption, from 1: of two at once one is refused.
    turn_no BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    -- Whether the voucher may be spent again, by the batch's rule.
    gives_back BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    refunded_by UUID,
    refunded_at TIMESTAMPTZ NOT NULL,
    UNIQUE (redemption_id, turn_no)
);

-- Vouchers that staff took back.
CREATE TABLE voucher_void (
    batch_no BIGINT NOT NULL,
    claim_no BIGINT NOT NULL,
    reason TEXT NOT NULL,
    voided_by UUID,
    voided_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (batch_no, claim_no)
);

-- How far the expiry of one version of a batch's terms has come: 1, at the end of its use; 2, for
-- what a refund gave back, when the days after it are over.
CREATE TABLE voucher_expiry (
    batch_no BIGINT NOT NULL,
    terms_version BIGINT NOT NULL,
    round BIGINT NOT NULL CHECK (round IN (1, 2)),
    done_to BIGINT NOT NULL,
    is_done BOOLEAN NOT NULL,
    PRIMARY KEY (batch_no, terms_version, round)
);

-- What a funder owes a merchant: frozen by the lines that it lists, its amount is their sum.
CREATE TABLE voucher_settlement (
    id UUID PRIMARY KEY,
    campaign_id UUID NOT NULL,
    funder_id UUID NOT NULL,
    merchant_id UUID NOT NULL,
    -- Redemptions and refunds before this instant that were in no other settlement.
    until_at TIMESTAMPTZ NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('drawn', 'confirmed', 'approved', 'paid', 'disputed', 'withdrawn')),
    -- Why it is disputed or was withdrawn; else empty.
    state_reason TEXT NOT NULL,
    -- The bank's, once it is paid; else empty.
    paid_reference TEXT NOT NULL,
    version BIGINT NOT NULL,
    drawn_at TIMESTAMPTZ NOT NULL,
    drawn_by UUID,
    confirmed_at TIMESTAMPTZ,
    confirmed_by UUID,
    approved_at TIMESTAMPTZ,
    approved_by UUID,
    paid_at TIMESTAMPTZ,
    paid_by UUID
);
CREATE INDEX voucher_settlement_by_campaign ON voucher_settlement (campaign_id, drawn_at);
CREATE INDEX voucher_settlement_by_merchant ON voucher_settlement (merchant_id, drawn_at);

-- Each redemption and each refund stands in one settlement at most.
CREATE TABLE voucher_settlement_line (
    id UUID PRIMARY KEY,
    settlement_id UUID NOT NULL REFERENCES voucher_settlement (id),
    redemption_id UUID UNIQUE REFERENCES voucher_redemption (id),
    refund_id UUID UNIQUE REFERENCES voucher_refund (id),
    CHECK ((redemption_id IS NULL) <> (refund_id IS NULL))
);
CREATE INDEX voucher_settlement_line_by_settlement ON voucher_settlement_line (settlement_id);

-- What somebody should look at. Nothing is refused because of it.
CREATE TABLE voucher_flag (
    id UUID PRIMARY KEY,
    campaign_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('own_voucher', 'many_numbers', 'split_bill', 'burst')),
    -- Whom or what it is about: the same is not noted twice.
    about TEXT NOT NULL,
    said TEXT NOT NULL,
    found_at TIMESTAMPTZ NOT NULL,
    reviewed_at TIMESTAMPTZ,
    reviewed_by UUID,
    verdict TEXT NOT NULL,
    UNIQUE (campaign_id, kind, about)
);
