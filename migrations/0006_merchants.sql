-- Merchants, their products, founders. Owned by merchants.

-- A business with the place that it stands at; a chain has one for each of its shops. Phone and
-- payee stand here encrypted: neither opens without the site's secret, which is kept elsewhere.
CREATE TABLE merchant (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    -- Empty while nobody has told it.
    uscc TEXT NOT NULL,
    place_id UUID NOT NULL REFERENCES place (id),
    -- Where the place lay when it was told: whose merchant it is should the place be gone.
    town_id UUID NOT NULL REFERENCES place (id),
    phone_sealed BYTEA,
    payee_sealed BYTEA,
    state TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'closed')),
    registered_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX merchant_one_name_at_place ON merchant (place_id, name_folded)
    WHERE state <> 'closed';

-- What a merchant shows to the nation and the world, in both languages.
CREATE TABLE product (
    id UUID PRIMARY KEY,
    merchant_id UUID NOT NULL REFERENCES merchant (id),
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    about_zh TEXT NOT NULL,
    about_en TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('local', 'partner')),
    -- The partner region's name; for a local product its town or village, or empty.
    region TEXT NOT NULL,
    maker TEXT NOT NULL,
    -- First and last month in which there is any; a season may run over New Year.
    season_from BIGINT NOT NULL CHECK (season_from BETWEEN 1 AND 12),
    season_to BIGINT NOT NULL CHECK (season_to BETWEEN 1 AND 12),
    -- Nothing while the price is to be asked for.
    price_fen BIGINT,
    price_for TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'listed', 'withdrawn')),
    created_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX product_by_merchant ON product (merchant_id);

CREATE TABLE product_picture (
    file_id UUID PRIMARY KEY REFERENCES stored_file (id),
    product_id UUID NOT NULL REFERENCES product (id),
    turn_no BIGINT NOT NULL,
    media TEXT NOT NULL CHECK (media IN ('jpeg', 'png', 'webp')),
    shows_zh TEXT NOT NULL,
    shows_en TEXT NOT NULL,
    UNIQUE (product_id, turn_no)
);

-- What somebody without an account asks a merchant. Person and words go when they are no longer
-- needed; that there was a question, and when, stays.
CREATE TABLE product_enquiry (
    id UUID PRIMARY KEY,
    product_id UUID NOT NULL REFERENCES product (id),
    name TEXT NOT NULL,
    phone_sealed BYTEA,
    -- By which too many questions of one number are noticed.
    phone_hash BYTEA,
    message TEXT NOT NULL,
    consent_version BIGINT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    answer TEXT NOT NULL,
    closed_at TIMESTAMPTZ,
    forgotten_at TIMESTAMPTZ
);
CREATE INDEX product_enquiry_by_product ON product_enquiry (product_id, asked_at);
CREATE INDEX product_enquiry_by_phone ON product_enquiry (phone_hash, asked_at);
CREATE INDEX product_enquiry_by_age ON product_enquiry (forgotten_at, asked_at);

-- E-commerce founders and community store managers, with their consent.
CREATE TABLE founder (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('ecommerce_founder', 'store_manager')),
    name TEXT NOT NULL,
    phone_sealed BYTEA,
    town_id UUID NOT NULL REFERENCES place (id),
    registered_on DATE NOT NULL,
    consent_version BIGINT NOT NULL,
    consented_at TIMESTAMPTZ NOT NULL,
    -- Then name and phone are gone, and what was done for them is counted for nobody.
    withdrawn_at TIMESTAMPTZ,
    version BIGINT NOT NULL
);
CREATE INDEX founder_by_town ON founder (town_id);

-- What happened on a founder's way. Nothing is erased: what was written in error is struck.
CREATE TABLE founder_step (
    id UUID PRIMARY KEY,
    founder_id UUID NOT NULL REFERENCES founder (id),
    kind TEXT NOT NULL CHECK (kind IN ('training', 'milestone', 'support', 'shop')),
    on_date DATE NOT NULL,
    title TEXT NOT NULL,
    -- Who held the training or gave the support; empty otherwise.
    by_whom TEXT NOT NULL,
    -- Of a support in money.
    amount_fen BIGINT,
    -- The shop that was opened, as far as it is known here.
    merchant_id UUID REFERENCES merchant (id),
    place_id UUID REFERENCES place (id),
    noted_at TIMESTAMPTZ NOT NULL,
    struck_at TIMESTAMPTZ,
    struck_for TEXT NOT NULL
);
CREATE INDEX founder_step_by_founder ON founder_step (founder_id, on_date);
CREATE INDEX founder_step_by_kind ON founder_step (kind, on_date);
