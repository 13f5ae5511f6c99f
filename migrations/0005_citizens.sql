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
