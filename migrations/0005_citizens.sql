-- Citizens known by a verified phone. Owned by citizens.

CREATE TABLE citizen_number (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    last BIGINT NOT NULL
);
INSERT INTO citizen_number (one, last) VALUES (1, 0);

-- The phone stands here encrypted, and as a keyed hash to find it by: neither tells the number
-- without the site's secret, which is not in the database.
CREATE TABLE citizen (
    no BIGINT PRIMARY KEY,
    phone_hash BYTEA NOT NULL UNIQUE,
    phone_sealed BYTEA NOT NULL,
    consent_version BIGINT NOT NULL,
    verified_at TIMESTAMPTZ NOT NULL,
    -- Tokens issued before this instant open nothing: signed out everywhere, or withdrawn.
    tokens_from TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ
);

-- Citizens some of whose tokens open nothing although they have not expired; every node keeps the
-- few of them in memory. A row may go when the tokens would have expired anyway.
CREATE TABLE citizen_revocation (
    citizen_no BIGINT PRIMARY KEY,
    tokens_from TIMESTAMPTZ NOT NULL
);
CREATE INDEX citizen_revocation_by_age ON citizen_revocation (tokens_from);

-- A code for signing in: one for each phone, the newest. The phone and the message stand encrypted,
-- the code as a keyed hash; the message is dropped once the gateway was given it.
CREATE TABLE citizen_code (
    phone_hash BYTEA PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    phone_sealed BYTEA NOT NULL,
    message_sealed BYTEA,
    code_hash BYTEA NOT NULL,
    consent_version BIGINT NOT NULL,
    delivery TEXT NOT NULL CHECK (delivery IN ('waiting', 'taken', 'refused', 'unsure')),
    try_count BIGINT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX citizen_code_by_end ON citizen_code (expires_at);

-- When a phone was asked codes for within the last day: how often it may be is counted here.
CREATE TABLE citizen_code_ask (
    code_id UUID PRIMARY KEY,
    phone_hash BYTEA NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX citizen_code_ask_by_phone ON citizen_code_ask (phone_hash, asked_at);
CREATE INDEX citizen_code_ask_by_age ON citizen_code_ask (asked_at);

-- Questions that were answered, so that none lets two pass.
CREATE TABLE citizen_question (
    nonce BYTEA PRIMARY KEY,
    answered_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX citizen_question_by_age ON citizen_question (answered_at);

-- Which citizens signed in on one device, as a keyed hash of the device's cookie that changes every
-- 30 days. Only for the eyes of who reviews; refuses nobody by itself.
CREATE TABLE citizen_device (
    hint BYTEA NOT NULL,
    citizen_no BIGINT NOT NULL REFERENCES citizen (no),
    seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hint, citizen_no)
);
CREATE INDEX citizen_device_by_citizen ON citizen_device (citizen_no);
CREATE INDEX citizen_device_by_age ON citizen_device (seen_at);

-- Whose phone may go because they have not come back for long.
CREATE INDEX citizen_by_visit ON citizen (verified_at);
