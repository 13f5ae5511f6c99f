-- Accounts, roles on scopes, sessions, API tokens. Owned by people.

CREATE TABLE account (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    display_folded TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    -- A PHC string: argon2id with its own salt and cost.
    password_hash TEXT NOT NULL,
    -- Set while the password is one that somebody else has seen: it opens nothing but the choice
    -- of an own one, and that only until then.
    one_time_until TIMESTAMPTZ,
    failed_count BIGINT NOT NULL,
    locked_until TIMESTAMPTZ,
    last_signed_in_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID
);

-- A role on a scope. The city has the nil id, so that one index keeps a grant from being given
-- twice.
CREATE TABLE role_grant (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    role TEXT NOT NULL,
    scope_kind TEXT NOT NULL,
    scope_id UUID NOT NULL,
    granted_at TIMESTAMPTZ NOT NULL,
    granted_by UUID,
    revoked_at TIMESTAMPTZ,
    revoked_by UUID
);
CREATE UNIQUE INDEX role_grant_in_force ON role_grant (account_id, role, scope_kind, scope_id)
    WHERE revoked_at IS NULL;
CREATE INDEX role_grant_by_account ON role_grant (account_id);
CREATE INDEX role_grant_by_scope ON role_grant (role, scope_kind, scope_id);

CREATE TABLE session (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    secret_hash BYTEA NOT NULL UNIQUE,
    device TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    end_reason TEXT
);
CREATE INDEX session_by_account ON session (account_id, ended_at);
CREATE INDEX session_by_age ON session (opened_at);

CREATE TABLE api_token (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    -- A day, not an instant: enough to find tokens that nobody needs, no trace of a person's hours.
    last_used_on DATE,
    revoked_at TIMESTAMPTZ,
    revoked_by UUID
);
CREATE INDEX api_token_by_account ON api_token (account_id);
