-- The place tree and what covers it. Owned by places.

-- A place keeps its id for ever; where it hangs and what it is called are dated spans, so that
-- its past stands as it was after a move, a merge or a split.
CREATE TABLE place (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('city', 'town', 'front', 'area', 'shop')),
    -- Only fronts have one: park, building, district, maker_space, characteristic_town.
    front TEXT,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE place_span (
    place_id UUID NOT NULL REFERENCES place (id),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    parent_id UUID REFERENCES place (id),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    address TEXT NOT NULL,
    sort_no BIGINT NOT NULL,
    PRIMARY KEY (place_id, from_on)
);
CREATE INDEX place_span_by_parent ON place_span (parent_id, from_on);

-- What became of a place: 'merged' into, or 'split' from, another.
CREATE TABLE place_succession (
    id UUID PRIMARY KEY,
    from_place_id UUID NOT NULL REFERENCES place (id),
    to_place_id UUID NOT NULL REFERENCES place (id),
    kind TEXT NOT NULL CHECK (kind IN ('merged', 'split')),
    on_date DATE NOT NULL,
    reason TEXT NOT NULL
);

CREATE TABLE station (
    id UUID PRIMARY KEY,
    town_id UUID NOT NULL REFERENCES place (id),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    address TEXT NOT NULL,
    opened_on DATE NOT NULL,
    closed_on DATE NOT NULL,
    version BIGINT NOT NULL
);

-- A station covers a place and everything in it, unless something nearer is covered by another.
CREATE TABLE station_cover (
    station_id UUID NOT NULL REFERENCES station (id),
    place_id UUID NOT NULL REFERENCES place (id),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    PRIMARY KEY (station_id, place_id, from_on)
);

CREATE TABLE industry_body (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('industry_committee', 'special_committee')),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    lead_unit TEXT NOT NULL,
    sort_no BIGINT NOT NULL,
    version BIGINT NOT NULL
);

-- Which units a body takes by default: the first rule in order that fits. An empty column fits all.
CREATE TABLE industry_body_rule (
    body_id UUID NOT NULL REFERENCES industry_body (id),
    turn_no BIGINT NOT NULL,
    unit_kind TEXT NOT NULL,
    industry TEXT NOT NULL,
    front TEXT NOT NULL,
    PRIMARY KEY (body_id, turn_no)
);

-- 每区镇每行业一重点
CREATE TABLE key_site (
    id UUID PRIMARY KEY,
    town_id UUID NOT NULL REFERENCES place (id),
    industry TEXT NOT NULL,
    place_id UUID NOT NULL REFERENCES place (id),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX key_site_by_town ON key_site (town_id, industry, from_on);
