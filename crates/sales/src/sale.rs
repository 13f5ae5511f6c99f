//! A sales record: a sale, or something of a sale that came back, with where it was told from and
//! how far it is believed.

use campaigns::{CampaignId, SubEventId};
use jiff::Timestamp;
use kernel::{Fen, Keys, actor::AccountId, code_enum, fold_name, id_kind};
use merchants::MerchantId;

use crate::{BatchId, ShowId};
use hmac::Mac as _;

id_kind!(SaleIdKind, SaleId, "sal");

code_enum! {
    /// What a record says.
    pub enum Side {
        Sale = "sale" "销售",
        Return = "return" "退货",
    }
}

code_enum! {
    /// Where a record comes from.
    pub enum Source {
        Platform = "platform" "平台导出",
        Till = "till" "收银台",
        Declaration = "declaration" "商户申报",
    }
}

code_enum! {
    /// How far a record is believed.
    pub enum SaleState {
        Submitted = "submitted" "待核实",
        Verified = "verified" "已核实",
        Questioned = "questioned" "有疑问",
        Corrected = "corrected" "已更正，待核实",
        Rejected = "rejected" "不予认定",
        Withdrawn = "withdrawn" "已撤回",
    }
}

code_enum! {
    /// What can be done with a record.
    pub enum Step {
        Verify = "verify" "核实",
        Question = "question" "提出疑问",
        Correct = "correct" "更正",
        Reject = "reject" "不予认定",
        Withdraw = "withdraw" "撤回",
    }
}

impl SaleState {
    /// Where a step leads from here; `None` where it cannot be taken.
    pub const fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Submitted | Self::Corrected | Self::Questioned, Step::Verify) => {
                Some(Self::Verified)
            }
            // A doubt may come late.
            (Self::Submitted | Self::Corrected | Self::Verified, Step::Question) => {
                Some(Self::Questioned)
            }
            (Self::Questioned, Step::Correct) => Some(Self::Corrected),
            (Self::Questioned, Step::Reject) => Some(Self::Rejected),
            (Self::Submitted, Step::Withdraw) => Some(Self::Withdrawn),
            _ => None,
        }
    }

    /// Whether it counts in a total at all.
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Rejected | Self::Withdrawn)
    }

    /// Whether somebody still has to say what it is worth.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::Questioned | Self::Corrected)
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Which.
    pub id: SaleId,
    /// What it says.
    pub side: Side,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Of which sub-event.
    pub sub_event: Option<SubEventId>,
    /// Sold in which show.
    pub show: Option<ShowId>,
    /// By whom.
    pub merchant: MerchantId,
    /// Where the record comes from.
    pub source: Source,
    /// The platform it was sold on, or empty.
    pub platform: String,
    /// The hash of its order's number; returns and a few declarations have none.
    pub order: Option<Vec<u8>>,
    /// Of a return: which sale it is of, and its turn among the returns of it.
    pub returns_of: Option<(SaleId, i64)>,
    /// What was sold.
    pub item: String,
    /// For how much; always above zero.
    pub amount: Fen,
    /// When it was sold, or came back.
    pub sold_at: Timestamp,
    /// How far it is believed.
    pub state: SaleState,
    /// The file that it came in.
    pub batch: Option<BatchId>,
    /// Who handed it in, or corrected it last.
    pub submitted_by: Option<AccountId>,
    /// When it was handed in.
    pub submitted_at: Timestamp,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}

/// A hundred million yuan: what is more is a slip, and a million such records still add up.
pub const AMOUNT_LIMIT: Fen = Fen(10_000_000_000);
/// From this many characters on an order's number is one in the whole country.
const LONG_NUMBER: usize = 10;

/// Whether an amount is one that a record may have.
pub(crate) fn is_amount(amount: Fen) -> bool {
    Fen::ZERO < amount && amount <= AMOUNT_LIMIT
}

/// Makes an order's number unreadable and still the same each time. A platform's number is long
/// and stands for itself, so that the same order told of by two sources is found; a short one, as
/// a till prints, counts within its merchant.
pub fn order_hash(keys: &Keys, merchant: MerchantId, number: &str) -> Option<Vec<u8>> {
    let number: String = fold_name(number).chars().filter(|one| one.is_alphanumeric()).collect();
    let number = number.to_lowercase();
    if number.is_empty() {
        return None;
    }
    let mut hash = keys.hash("sales order");
    if number.chars().count() < LONG_NUMBER {
        hash.update(merchant.uuid().as_bytes());
    }
    hash.update(number.as_bytes());
    Some(hash.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use kernel::Code as _;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn merchant(no: u128) -> MerchantId {
        MerchantId::from_uuid(Uuid::from_u128(no))
    }

    #[test]
    fn what_does_not_count_stays_so() {
        for state in SaleState::ALL.iter().filter(|state| !state.counts()) {
            for step in Step::ALL {
                assert_eq!(state.after(*step), None);
            }
        }
    }

    #[test]
    fn nothing_is_verified_and_open() {
        assert!(!SaleState::Verified.is_open());
        for state in SaleState::ALL.iter().filter(|state| state.is_open()) {
            assert!(state.counts());
        }
    }

    #[test]
    fn a_long_number_is_the_same_for_all_and_a_short_one_is_not() {
        let keys = Keys::new([3; 32]);
        let long = |no, text: &str| order_hash(&keys, merchant(no), text);
        assert_eq!(long(1, "4820-1122 3344"), long(2, "’482011223344"));
        assert_ne!(long(1, "0007"), long(2, "0007"));
        assert_eq!(long(1, "a-07"), long(1, "Ａ07"));
        assert_eq!(long(1, " -- "), None);
        assert_ne!(
            long(1, "482011223344"),
            order_hash(&Keys::new([4; 32]), merchant(1), "482011223344")
        );
    }

    proptest! {
        #[test]
        fn a_hash_tells_nothing_of_the_number(text in "[0-9]{10,20}") {
            let hash = order_hash(&Keys::new([3; 32]), merchant(1), &text).unwrap();
            prop_assert_eq!(hash.len(), 32);
        }
    }
}
