-- Units, their dated states, organisations, coverage, imports. Owned by organisations.

CREATE TABLE worker (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('city', 'town')),
    station_id UUID REFERENCES station (id),
    body_id UUID REFERENCES industry_body (id),
    account_id UUID,
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX worker_by_name ON worker (name_folded);

CREATE TABLE organisation (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    established_on DATE NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE unit_number (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    last BIGINT NOT NULL
);
INSERT INTO unit_number (one, last) VALUES (1, 0);

CREATE TABLE unit (
    -- The register number; on SQLite also the row's own, so that search needs no second index.
    no INTEGER PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    uscc TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    note TEXT NOT NULL,
    version BIGINT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    changed_by UUID
);
CREATE INDEX unit_by_name ON unit (name_folded, no);

-- What held of a unit in [from_on, to_on). Spans of a unit never overlap; the open one ends on
-- 9999-12-31. That unit, organisation and worker exist is asked once for a whole set of states by
-- the one place that writes them: a foreign key would ask for each row (decision 0009).
CREATE TABLE unit_state (
    unit_no INTEGER NOT NULL,
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    town_id UUID NOT NULL,
    front TEXT NOT NULL,
    place_id UUID,
    station_id UUID,
    body_id UUID,
    industry TEXT NOT NULL,
    status TEXT NOT NULL,
    headcount BIGINT NOT NULL,
    member_count BIGINT NOT NULL,
    cover TEXT NOT NULL CHECK (cover IN ('none', 'separate', 'joint')),
    organisation_id UUID,
    work_mask BIGINT NOT NULL,
    worker_id UUID,
    -- Why it left the denominator, the evidence, and who approved; empty while it operates.
    status_reason TEXT NOT NULL,
    status_evidence TEXT NOT NULL,
    status_approved_by UUID,
    PRIMARY KEY (unit_no, from_on)
);
CREATE INDEX unit_state_by_end
    ON unit_state (to_on, town_id, front, status, cover, member_count, unit_no);
CREATE INDEX unit_state_by_start ON unit_state (from_on, unit_no);
CREATE INDEX unit_state_by_place ON unit_state (place_id, to_on, unit_no);
CREATE INDEX unit_state_by_station ON unit_state (station_id, to_on, unit_no);
CREATE INDEX unit_state_by_body ON unit_state (body_id, to_on, unit_no);

-- For each token of names and addresses, runs of the numbers of the units that have it: the first
-- number, then seven bits a byte the distance to the next. Made and read by postings.rs.
CREATE TABLE unit_search (
    token BIGINT NOT NULL,
    first_no INTEGER NOT NULL,
    last_no INTEGER NOT NULL,
    steps BYTEA NOT NULL,
    PRIMARY KEY (token, first_no)
);

-- only sqlite
-- What an index tells apart, for the planner, which otherwise guesses that five equal columns tell
-- more than a unit's number, and reads a town's whole ledger for each of its units. Written down
-- rather than measured by ANALYZE, so that plans are the same at every size and from the first day.
-- The numbers: rows in all, then how many share the first column, the first two, and so on.
ANALYZE unit_number;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('unit_state', 'sqlite_autoindex_unit_state_1', '300000 3 1'),
    ('unit_state', 'unit_state_by_end', '300000 300 60 30 15 8 5 1'),
    ('unit_state', 'unit_state_by_start', '300000 300 1'),
    ('unit_state', 'unit_state_by_place', '300000 600 300 1'),
    ('unit_state', 'unit_state_by_station', '300000 5000 2500 1'),
    ('unit_state', 'unit_state_by_body', '300000 10000 5000 1'),
    ('unit', 'sqlite_autoindex_unit_1', '100000 1'),
    ('unit', 'sqlite_autoindex_unit_2', '100000 1'),
    ('unit', 'unit_by_name', '100000 2 1');
ANALYZE sqlite_schema;
-- both

-- 口径: a named, versioned rule of who should establish an organisation.
CREATE TABLE definition (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    member_floor BIGINT NOT NULL,
    note TEXT NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    published_by UUID
);
INSERT INTO definition (version, name, member_floor, note, published_at, published_by)
-- only sqlite
VALUES (1, '三名以上正式党员应建', 3, '', 0, NULL);
-- only postgres
VALUES (1, '三名以上正式党员应建', 3, '', 'epoch', NULL);
-- both

-- Coverage as a running sum: what changed on a day in a cell, and, at the first of a month, the
-- sum of all days before it. A past date costs one month of steps, never a scan of units.
-- The axis `cell` has town by front by industry by station. The others have the sums of these
-- along one key alone, of the whole city (scope nil) and of each town: a month of them is a few
-- hundred rows where the cells are thousands. What an axis does not tell apart is nil or empty.
CREATE TABLE coverage_step (
    axis TEXT NOT NULL,
    scope_id UUID NOT NULL,
    on_date DATE NOT NULL,
    town_id UUID NOT NULL,
    front TEXT NOT NULL,
    industry TEXT NOT NULL,
    station_id UUID NOT NULL,
    operating BIGINT NOT NULL,
    separate BIGINT NOT NULL,
    joint BIGINT NOT NULL,
    work BIGINT NOT NULL,
    work_covered BIGINT NOT NULL,
    eligible BIGINT NOT NULL,
    covered_eligible BIGINT NOT NULL,
    PRIMARY KEY (axis, scope_id, on_date, town_id, front, industry, station_id)
);
CREATE INDEX coverage_step_by_day ON coverage_step (on_date);
CREATE TABLE coverage_mark (
    axis TEXT NOT NULL,
    scope_id UUID NOT NULL,
    on_date DATE NOT NULL,
    town_id UUID NOT NULL,
    front TEXT NOT NULL,
    industry TEXT NOT NULL,
    station_id UUID NOT NULL,
    operating BIGINT NOT NULL,
    separate BIGINT NOT NULL,
    joint BIGINT NOT NULL,
    work BIGINT NOT NULL,
    work_covered BIGINT NOT NULL,
    eligible BIGINT NOT NULL,
    covered_eligible BIGINT NOT NULL,
    PRIMARY KEY (axis, scope_id, on_date, town_id, front, industry, station_id)
);
CREATE INDEX coverage_mark_by_day ON coverage_mark (on_date);
-- Months that have their mark, even when the mark has no cells.
CREATE TABLE coverage_month (
    on_date DATE PRIMARY KEY
);

CREATE TABLE saved_view (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    sort_no BIGINT NOT NULL,
    UNIQUE (account_id, name)
);

CREATE TABLE import_batch (
    id UUID PRIMARY KEY,
    label TEXT NOT NULL UNIQUE,
    file_id UUID NOT NULL,
    file_name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('checking', 'ready', 'unreadable', 'writing', 'written', 'undone', 'abandoned')),
    holds_on DATE,
    holds_from TEXT NOT NULL,
    layout TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    done_count BIGINT NOT NULL,
    new_count BIGINT NOT NULL,
    changed_count BIGINT NOT NULL,
    same_count BIGINT NOT NULL,
    wrong_count BIGINT NOT NULL,
    failure_code TEXT,
    failure_message TEXT,
    -- JSON: coverage before and after, once written; empty until then.
    impact TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    written_at TIMESTAMPTZ,
    written_by UUID,
    undone_at TIMESTAMPTZ,
    undone_by UUID
);
CREATE INDEX import_batch_by_age ON import_batch (created_at);

-- A row that is not the same as the ledger: for the check page, the marked workbook, and undoing.
-- A batch is never deleted, so no foreign key watches over a hundred thousand rows of it.
CREATE TABLE import_row (
    batch_id UUID NOT NULL,
    row_no BIGINT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('new', 'changed', 'wrong')),
    name TEXT NOT NULL,
    uscc TEXT NOT NULL,
    -- Wrong: cells with reasons. New and changed: cells before and after.
    cells TEXT NOT NULL,
    unit_no INTEGER,
    -- The unit's version after writing; undoing goes on only while it is still that.
    written_version BIGINT,
    PRIMARY KEY (batch_id, row_no)
);
CREATE INDEX import_row_by_outcome ON import_row (batch_id, outcome, row_no);

-- A suggestion that a person took over: it stands in place of the cell whenever the file is read
-- again, and the file itself stays as it came.
CREATE TABLE import_fix (
    batch_id UUID NOT NULL REFERENCES import_batch (id) ON DELETE CASCADE,
    row_no BIGINT NOT NULL,
    column_name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (batch_id, row_no, column_name)
);

-- What stood before a batch changed a unit, so that undoing restores and does not guess. Units
-- that a batch registered need none: before it there was nothing.
CREATE TABLE import_before (
    batch_id UUID NOT NULL REFERENCES import_batch (id) ON DELETE CASCADE,
    unit_no INTEGER NOT NULL,
    before TEXT NOT NULL,
    PRIMARY KEY (batch_id, unit_no)
);
