-- The ground that every domain stands on: journal, jobs, files, idempotency. Owned by db.

CREATE TABLE journal_head (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    -- A guard that does not hold writes a number below zero here, and is refused for it.
    seq BIGINT NOT NULL CHECK (seq >= 0),
    hash BYTEA NOT NULL
);
INSERT INTO journal_head (one, seq, hash) VALUES (1, 0, '');

CREATE TABLE journal (
    seq BIGINT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    by_system BOOLEAN NOT NULL,
    request_id UUID NOT NULL,
    verb TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id UUID,
    scope_id UUID,
    detail TEXT NOT NULL,
    hash BYTEA NOT NULL
);
CREATE INDEX journal_by_subject ON journal (subject_id, seq);
CREATE INDEX journal_by_request ON journal (request_id);

CREATE TABLE job (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'dead')),
    run_at TIMESTAMPTZ NOT NULL,
    attempt_count BIGINT NOT NULL,
    attempt_limit BIGINT NOT NULL,
    lease_until TIMESTAMPTZ,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE INDEX job_by_turn ON job (state, run_at);

CREATE TABLE stored_file (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    byte_count BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID
);
CREATE TABLE stored_file_part (
    file_id UUID NOT NULL REFERENCES stored_file (id) ON DELETE CASCADE,
    part_no BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (file_id, part_no)
);

CREATE TABLE idempotency_key (
    actor_key TEXT NOT NULL,
    client_key TEXT NOT NULL,
    body_sha256 BYTEA NOT NULL,
    status BIGINT NOT NULL,
    location TEXT,
    content_type TEXT,
    answer BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (actor_key, client_key)
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at);

-- What holds of this database itself, such as whose secret it was filled with.
CREATE TABLE fact (
    name TEXT PRIMARY KEY,
    word TEXT NOT NULL
);
