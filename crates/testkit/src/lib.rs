//! A real database of each engine for a test, a fixed clock, a seeded rng; and, for tests of the
//! whole binary, its process ([`server`]), clients that load it ([`load`], [`wire`]), and a service
//! of somebody else's that misbehaves ([`outside`]).
//!
//! ```text
//! testkit::on_both!(a_unit_is_kept);
//!
//! async fn a_unit_is_kept(db: TestDb) {
//!     let cx = db.cx();
//!     …
//! }
//! ```
//!
//! makes the tests `a_unit_is_kept::sqlite` and `a_unit_is_kept::postgres`. The second needs a
//! server: `make test` starts a throw-away one, and so does
//! `scripts/with-postgres cargo nextest run -p CRATE`.

#[cfg(feature = "app")]
pub mod app;
#[cfg(feature = "app")]
mod citizens;
mod clock;
mod database;
pub mod load;
mod on_both;
pub mod outside;
mod rng;
pub mod server;
pub mod wire;

pub use clock::Clock;
pub use database::{Locale, TestDb};
pub use db::Engine;
pub use on_both::{Passes, run};
pub use rng::Rng;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use kernel::{Actor, Cx};

/// The actor of a test that does not care who acts.
pub const SYSTEM: Actor = Actor::System { name: "test" };

/// A context for a test without a database: the start of [`Clock`], acted by [`SYSTEM`].
///
/// Each call has its own seed, so that ids made in two contexts never meet.
pub fn cx() -> Cx {
    cx_as(SYSTEM)
}

/// A context for a test without a database, acted by this actor.
pub fn cx_as(actor: Actor) -> Cx {
    static SEED: AtomicU64 = AtomicU64::new(1_000);
    let rng = Rng::seeded(SEED.fetch_add(1, Ordering::Relaxed));
    Cx::new(&Clock::new(), Arc::new(rng), actor)
}
