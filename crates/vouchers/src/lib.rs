//! Vouchers from batch to claim, redemption, refund, expiry and settlement.
//!
//! # Glossary
//! - **batch** 消费券批次: so many vouchers of one funder with the same terms.
//! - **terms** 规则: face value, threshold, windows, caps. Numbered versions; a claim keeps its own.
//! - **claim** 领取: a voucher in a citizen's hand, numbered within its batch from 1.
//! - **stock** 库存: how many a batch has given out; the one row that every claim goes through.
//! - **desk** 领券台: where all who claim a batch at once are written down together.
//! - **book** 名册: what a desk remembers of a batch, all of it read from the claims.
//!
//! # Invariants
//! - Claims of a batch are numbered without gaps; claimed − returned ≤ quantity.
//! - Nobody has more claims of a batch than its caps say.
//! - A claim is answered "yours" after it is durable, never before.
//! - Each claim is in exactly one state; redeemed − refunded ≤ face.

mod api;
mod approve_batch;
mod audit;
mod batch;
mod book;
mod claim;
mod claim_desk;
mod draft_batch;
mod open_batch;
mod policy;
mod refusal;
mod routes;
mod store;
mod voucher;

pub use audit::{Audit, audit_batch};
pub use approve_batch::approve_batch;
pub use batch::{Batch, BatchId, BatchState, Stacking, Terms, TermsFault};
pub use claim::{ClaimAsk, Claimed, claim};
pub use claim_desk::{ClaimDesks, warm};
pub use draft_batch::{BatchDraft, draft_batch};
pub use open_batch::open_batch;
pub use refusal::{BatchError, ClaimRefused, Denied};
pub use routes::routes;
pub use voucher::{VoucherId, VoucherNo};
