//! Citizens without an account: a verified phone, consent, and a signed token.
//!
//! # Glossary
//! - **citizen** 市民: a running number behind which stands a phone number, encrypted. Nothing else
//!   of the person is kept.
//! - **token** 市民令牌: says "citizen number so-and-so, since then" and is signed by the site. It
//!   is checked without a question to the database, so a whole city may come in one second.
//! - **revocation** 作废: tokens of a citizen from before an instant open nothing any more.
//!
//! # Invariants
//! - One phone number is one citizen.
//! - A phone number leaves the database only through a verb that writes it into the journal.
//! - A token is of this site's secret, of a citizen, and younger than [`TOKEN_DAYS`].

mod citizen;
mod door;
mod enrol;
mod revoked;
mod sealed;
mod store;
mod token;

pub use citizen::{Citizen, CONSENT_VERSION};
pub use door::Door;
pub use enrol::enrol;
pub use revoked::{Revoked, refresh_revoked, sign_out_everywhere};
pub use token::{TOKEN_DAYS, mint};
