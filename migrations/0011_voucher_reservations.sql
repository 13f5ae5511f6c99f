-- Batches that nobody claims from but by what they did elsewhere. Owned by vouchers.

CREATE TABLE voucher_reservation (
    batch_no BIGINT PRIMARY KEY REFERENCES voucher_batch (no),
    reserved_at TIMESTAMPTZ NOT NULL,
    reserved_by UUID
);
