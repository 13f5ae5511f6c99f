//! The database layer against both real engines.

mod files;
mod idempotency;
mod jobs;
mod journal;
mod migrations;
mod queries;
mod sets;
mod statements;
mod transactions;
mod values;
