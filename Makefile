# One door to everything. `make help` lists what there is.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build test contract pictures bench check frontend setup-test clean

# nextest runs each test in a process of its own and sums up at the end; plain cargo also does.
NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)
RAN := $(CURDIR)/target/ran
LAST := every_statement_ran_on_both_engines
ifdef NEXTEST
SUITE := cargo nextest run --workspace --profile suite
LAST_TEST := cargo nextest run --workspace --run-ignored only -E 'package(app) & test($(LAST))'
else
SUITE := cargo test --workspace --no-fail-fast --lib --bins --tests
LAST_TEST := cargo test --workspace --test it -- --ignored $(LAST)
endif

help: ## List these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: frontend ## Start the demo city on http://127.0.0.1:8080
	cargo run --release --bin tongpin -- demo

build: frontend ## Leave the program in target/release/tongpin
	cargo build --release --bin tongpin

test: setup-test frontend ## Run the whole suite, on SQLite and PostgreSQL and in Chromium
	rm -rf '$(RAN)' && mkdir -p '$(RAN)'
	TONGPIN_RAN='$(RAN)' scripts/with-postgres $(SUITE)
	TONGPIN_RAN='$(RAN)' $(LAST_TEST)
	cd frontend && npm test
	cargo build --bin tongpin
	cd frontend && node e2e/live.mjs
	cd frontend && node e2e/festival.mjs
	scripts/contract

contract: frontend ## Hold the API to its own document with schemathesis, which it installs itself
	cargo build --bin tongpin
	scripts/contract

pictures: frontend ## Take the pictures that the documents show, from the demo city
	cargo build --release --bin tongpin
	cd frontend && TONGPIN=../target/release/tongpin LIVE_UNITS=12000 node e2e/live.mjs --pictures ../docs/pictures
	cd frontend && TONGPIN=../target/release/tongpin node e2e/festival.mjs --pictures ../docs/pictures

bench: frontend ## Measure: import, coverage, lists, start, memory, claims; both engines
	POSTGRES_DURABLE=1 scripts/with-postgres scripts/bench
	POSTGRES_DURABLE=1 scripts/with-postgres scripts/bench-rush

check: frontend ## Format, clippy, licences and advisories, the frontend's lints, tidiness
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cd frontend && npm run lint
	cargo test -p app --test it tidy
	@command -v cargo-deny >/dev/null || { echo "cargo-deny is missing, so licences and" \
	  "advisories were not checked. Install it: cargo install cargo-deny --locked" >&2; exit 1; }
	cargo deny check licenses bans sources
	@if cargo deny fetch db; then cargo deny --offline check advisories; else \
	  echo "NOT CHECKED: the database of advisories could not be fetched (no network?), so" \
	  "whether a dependency has a known weakness is unknown. Run 'cargo deny check advisories'" \
	  "where github.com can be reached."; [ -z "$${ADVISORIES_REQUIRED:-}" ]; fi

frontend: frontend/node_modules/.package-lock.json ## Bundle styles and scripts into frontend/dist
	cd frontend && npm run build

# npm writes this file at the end of an installation, so it tells whether one is up to date.
frontend/node_modules/.package-lock.json: frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund
	touch $@

setup-test: ## See that everything the tests need is here; as root on Debian, install it
	scripts/setup-test

clean: ## Remove everything that was built
	cargo clean
	rm -rf frontend/dist frontend/node_modules
