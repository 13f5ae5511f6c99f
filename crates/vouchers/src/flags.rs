//! What somebody should look at: one person's many numbers, a till that takes its own vouchers,
//! a till that takes many in a minute. Found from records by a chore; nobody is refused for it.

mod find;
mod find_crowds;
pub(crate) mod find_tills;
mod review;
mod sight;
mod till_device;

use campaigns::CampaignId;
use jiff::Timestamp;
use kernel::{actor::AccountId, code_enum, id_kind};

use crate::{RedemptionId, VoucherNo, VoucherState};

pub use find::find_flags;
pub use review::{FlagError, review_flag};
pub(crate) use sight::{FLAG_READERS, FlagSight, Sort, desk_line};
pub(crate) use till_device::note_device;

id_kind!(FlagMark, FlagId, "vfl");

code_enum! {
    /// What was noticed.
    pub enum FlagKind {
        OwnVoucher = "own_voucher" "收了自己的券",
        ManyNumbers = "many_numbers" "一部手机很多号",
        SplitBill = "split_bill" "一次买拆成几单",
        Burst = "burst" "一分钟收很多张",
    }
}

code_enum! {
    /// What whoever looked at it decided.
    pub enum FlagVerdict {
        Fine = "fine" "没有问题",
        Void = "void" "有问题",
    }
}

/// A flag as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Flag {
    pub(crate) id: FlagId,
    pub(crate) campaign: CampaignId,
    pub(crate) kind: FlagKind,
    /// What was seen, in a sentence.
    pub(crate) said: String,
    pub(crate) found_at: Timestamp,
    pub(crate) verdict: Option<FlagVerdict>,
    pub(crate) reviewed_at: Option<Timestamp>,
    pub(crate) reviewed_by: Option<AccountId>,
    pub(crate) reason: String,
    /// How many records it points to.
    pub(crate) items: i64,
}

/// A flag that is about to be kept.
pub(crate) struct NewFlag {
    pub(crate) campaign: CampaignId,
    pub(crate) kind: FlagKind,
    /// Whom or what it is about, so that the same is kept once.
    pub(crate) about: String,
    pub(crate) said: String,
    pub(crate) items: Vec<(VoucherNo, Option<RedemptionId>)>,
}

/// A record that a flag points to, as it stands now.
#[derive(Clone, Debug)]
pub(crate) struct FlagItem {
    pub(crate) voucher: VoucherNo,
    pub(crate) state: VoucherState,
    pub(crate) citizen: i64,
    pub(crate) claimed_at: Timestamp,
    pub(crate) redemption: Option<Taken>,
}

/// The redemption of an item.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) id: RedemptionId,
    pub(crate) cashier: AccountId,
    pub(crate) at: Timestamp,
    pub(crate) amount: kernel::Fen,
}
