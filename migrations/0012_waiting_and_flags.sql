-- Who waits for a rush, and what a flag rests on. Owned by vouchers.

-- How many came before the opening, by the lot that their number draws: docs/decisions/0013.
CREATE TABLE voucher_line (
    batch_no BIGINT NOT NULL REFERENCES voucher_batch (no),
    lot BIGINT NOT NULL CHECK (lot BETWEEN 0 AND 255),
    given_count BIGINT NOT NULL,
    PRIMARY KEY (batch_no, lot)
);

-- When whoever comes next is let in, in microseconds since 1970: who comes after the opening is
-- given this moment, and moves it on.
CREATE TABLE voucher_turn (
    batch_no BIGINT PRIMARY KEY REFERENCES voucher_batch (no),
    next_us BIGINT NOT NULL
);

-- Which devices stood at a till that a citizen had signed in on before: a keyed hash, forgotten
-- with the citizens'. Read only to find who takes their own vouchers.
CREATE TABLE voucher_till_device (
    account_id UUID NOT NULL,
    hint BYTEA NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, hint)
);
CREATE INDEX voucher_till_device_by_age ON voucher_till_device (seen_at);

-- The records that a flag points to. A claim, and its redemption where the flag is about a till.
CREATE TABLE voucher_flag_item (
    flag_id UUID NOT NULL REFERENCES voucher_flag (id),
    turn_no BIGINT NOT NULL,
    batch_no BIGINT NOT NULL,
    claim_no BIGINT NOT NULL,
    redemption_id UUID REFERENCES voucher_redemption (id),
    PRIMARY KEY (flag_id, turn_no)
);

-- Why whoever looked at it decided so; empty until then.
ALTER TABLE voucher_flag ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- Up to which redemption all were looked at.
CREATE TABLE voucher_flag_mark (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    redemption_id UUID NOT NULL
);
