//! Vouchers from batch to claim, redemption, refund, expiry and settlement.
//!
//! # Glossary
//! - **batch** 消费券批次: so many vouchers of one funder with the same terms.
//! - **terms** 规则: face value, threshold, windows, caps. Numbered versions; a claim keeps its own.
//! - **claim** 领取: a voucher in a citizen's hand, numbered within its batch from 1.
//! - **stock** 库存: how many a batch has given out; the one row that every claim goes through.
//! - **desk** 领券台: where all who claim a batch at once are written down together.
//! - **settlement** 结算: what a funder owes a merchant; frozen by the lines that it lists, which
//!   are redemptions and refunds. Its amount is their sum.
//! - **book** 名册: what a desk remembers of a batch, all of it read from the claims.
//! - **line** 排队: who waits for a rush; **ticket** 号: the place in it, signed, never stored.
//! - **flag** 异常: what a person should look at. It refuses nobody.
//!
//! # Invariants
//! - Claims of a batch are numbered without gaps; claimed − returned ≤ quantity.
//! - Nobody has more claims of a batch than its caps say.
//! - From a reserved batch only that room claims which knows who earned it.
//! - A claim is answered "yours" after it is durable, never before.
//! - Each claim is in exactly one state; redeemed − refunded ≤ face.
//! - A redemption or a refund stands in one settlement at most; a withdrawn one has no lines. What
//!   was paid is what was confirmed: a refund after that stands in a later one.

mod api;
mod approve_batch;
mod audit;
mod audit_nightly;
mod audit_settlements;
mod bank_file;
mod batch;
mod batch_numbers;
mod batch_routes;
mod batch_sight;
mod batch_tally;
mod batches_api;
mod batches_api_claims;
mod bill;
mod book;
mod change_terms;
mod claim;
mod claim_desk;
mod claim_limits;
mod draft_batch;
mod expire;
mod flags;
mod manned;
mod open_batch;
mod pages;
mod policy;
mod promised;
mod redeem;
mod redeem_desk;
mod redeem_refused;
mod refund;
mod refusal;
mod reserve_batch;
mod routes;
mod section;
mod settlement;
mod settlement_book;
mod settlement_filter;
mod settlement_payments;
mod settlement_routes;
mod settlement_section;
mod settlement_sight;
mod settlement_sums;
mod settlements_api;
mod store;
mod till_api;
mod till_code;
mod together;
mod void_voucher;
mod voucher;
mod waiting;
mod wallet;

pub use approve_batch::approve_batch;
pub use audit::{Audit, Report, audit_all, audit_batch};
pub use audit_nightly::{AUDIT, audit_nightly, run_audit};
pub use batch::{Batch, BatchId, BatchState, Stacking, Terms, TermsFault};
pub use change_terms::{accept_at, change_terms, close_batch};
pub use claim::{ClaimAsk, Claimed, claim, claim_reserved};
pub use claim_desk::{ClaimDesks, warm};
pub use claim_limits::{ClaimRules, configure};
pub use draft_batch::{BatchDraft, draft_batch};
pub use expire::{expire_due, expire_slice};
pub use flags::{FlagError, FlagId, FlagKind, FlagVerdict, find_flags, review_flag};
pub use open_batch::open_batch;
pub use redeem::{RedeemAsk, RedeemError, Redeemed, redeem};
pub use redeem_refused::{LastUse, RedeemRefused};
pub use refund::{RefundAsk, RefundError, Refunded, refund};
pub use refusal::{BatchError, ClaimRefused, Denied};
pub use reserve_batch::{batch_by_id, batches_of, reserve_batch};
pub use routes::routes;
pub use section::install;
pub use settlement::{
    SettleError, Settlement, SettlementId, SettlementState, SettlementStep, draw_settlements,
    turn_settlement,
};
pub use together::{Arrival, Shown, claim_together, redeem_together, settlement_by_id};
pub use void_voucher::{VoidError, give_up, void_voucher};
pub use voucher::{RedemptionId, RefundId, VoucherId, VoucherNo, VoucherState};
pub use waiting::Held;

/// The words for what this room's verbs write into the journal.
pub const VERBS: &[(&str, &str)] = &[
    ("batch.drafted", "起草了一批券"),
    ("batch.approved", "批准了一批券"),
    ("batch.opened", "开始发券"),
    ("batch.changed", "改了券的规则"),
    ("batch.closed", "结束发券"),
    ("batch.reserved", "留给完成挑战的人领"),
    ("batch.acceptance", "定了在哪些商户用"),
    ("voucher.claimed", "发出了券"),
    ("voucher.redeemed", "收了券"),
    ("voucher.refunded", "退了券"),
    ("voucher.voided", "作废了券"),
    ("voucher.expired", "券过期了"),
    ("flag.found", "记下了一条异常"),
    ("flag.reviewed", "看过了异常"),
    ("settlement.drawn", "开出了结算"),
    ("settlement.confirmed", "商户确认了结算"),
    ("settlement.approved", "出资方批准了结算"),
    ("settlement.exported", "列入了付款文件"),
    ("settlement.paid", "付了结算款"),
    ("settlement.disputed", "对结算提出异议"),
    ("settlement.answered", "答复了异议"),
    ("settlement.withdrawn", "撤回了结算"),
];
