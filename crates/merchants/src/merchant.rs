//! A merchant: a business with the place that it stands at. And what is known of where its money
//! goes.

use std::fmt;

use kernel::{Uscc, code_enum, fold, fold_name, id_kind, mask_middle};
use places::PlaceId;

use crate::MerchantError;

id_kind!(MerchantKind, MerchantId, "mch");

code_enum! {
    /// Whether a merchant takes part in anything.
    pub enum MerchantState {
        /// It does.
        Active = "active" "营业",
        /// Not for now; what it has done before stands.
        Suspended = "suspended" "暂停",
        /// Never again. It stays in the books.
        Closed = "closed" "已退出",
    }
}

impl MerchantState {
    /// Whether a merchant may go from this state into the other.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active, Self::Suspended | Self::Closed)
                | (Self::Suspended, Self::Active | Self::Closed)
        )
    }
}

/// A merchant, without what is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merchant {
    /// Which.
    pub id: MerchantId,
    /// As its sign says; of those still here, one of a name at a place.
    pub name: String,
    /// Whose business it is, when that was told; a chain's shops share it.
    pub uscc: Option<Uscc>,
    /// The shop, area or front that it stands at.
    pub place: PlaceId,
    /// The town in which that place lay when it was told.
    pub town: PlaceId,
    /// Whether it takes part.
    pub state: MerchantState,
    /// Whether a contact phone is kept.
    pub has_phone: bool,
    /// Whether an account for settlements is kept.
    pub has_payee: bool,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}

impl Merchant {
    /// Whether it takes part in anything now.
    pub fn is_active(&self) -> bool {
        self.state == MerchantState::Active
    }
}

/// Where a merchant's money goes. Never shown whole but to who pays it.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Payee {
    /// In whose name the account is.
    pub holder: String,
    /// The bank and its branch.
    pub bank: String,
    /// Digits alone.
    pub account: String,
}

impl Payee {
    /// The account with its middle hidden: `6222***********1234`.
    pub fn masked_account(&self) -> String {
        mask_middle(&self.account, 4, 4)
    }

    /// As typed: blanks and hyphens of the account are nobody's business.
    pub fn read(holder: &str, bank: &str, account: &str) -> Result<Self, MerchantError> {
        let (holder, bank) = (holder.trim().to_owned(), bank.trim().to_owned());
        let account: String = fold(account).chars().filter(|one| !" -".contains(*one)).collect();
        let fits = |text: &str| !fold_name(text).is_empty() && is_short(text, NAME_LIMIT);
        let digits = account.bytes().all(|one| one.is_ascii_digit());
        if !fits(&holder) || !fits(&bank) || !digits || !(8..=30).contains(&account.len()) {
            return Err(MerchantError::BadPayee);
        }
        Ok(Self { holder, bank, account })
    }
}

impl fmt::Debug for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payee({})", self.masked_account())
    }
}

/// The longest name, in characters: it has to stand in a column and on a poster.
pub const NAME_LIMIT: usize = 60;
/// The longest reason, answer or other line, in characters.
pub const TEXT_LIMIT: usize = 200;

fn is_short(text: &str, limit: usize) -> bool {
    text.chars().count() <= limit && !text.contains('\0')
}

/// A name as written and folded: something visible, not too long.
pub(crate) fn fit_name(name: &str) -> Result<(String, String), MerchantError> {
    let name = name.trim().to_owned();
    let folded = fold_name(&name);
    if folded.is_empty() {
        return Err(MerchantError::NoName);
    }
    if !is_short(&name, NAME_LIMIT) {
        return Err(MerchantError::BadName);
    }
    Ok((name, folded))
}

/// A reason: some words, not too many.
pub(crate) fn fit_reason(reason: &str) -> Result<String, MerchantError> {
    let reason = reason.trim();
    if fold_name(reason).is_empty() {
        return Err(MerchantError::NoReason);
    }
    if is_short(reason, TEXT_LIMIT) { Ok(reason.to_owned()) } else { Err(MerchantError::LongText) }
}

#[cfg(test)]
mod tests {
    use kernel::Code as _;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_left_does_not_come_back() {
        for state in MerchantState::ALL {
            assert!(!MerchantState::Closed.may_become(*state));
            assert!(!state.may_become(*state));
        }
        assert!(MerchantState::Suspended.may_become(MerchantState::Active));
    }

    proptest! {
        #[test]
        fn an_account_is_never_shown_whole(digits in "[0-9]{8,30}", blank in "[ -]{0,2}") {
            let typed = format!("{}{blank}{}", &digits[..4], &digits[4..]);
            let payee = Payee::read("昆山拾光里餐饮有限公司", "农商行", &typed).unwrap();
            prop_assert_eq!(&payee.account, &digits);
            let shown = format!("{payee:?}");
            prop_assert!(!shown.contains(&digits));
            prop_assert!(payee.masked_account().contains('*') || digits.len() <= 8);
        }

        #[test]
        fn any_text_for_a_payee_is_answered(one in "\\PC{0,70}", other in ".{0,40}") {
            if let Ok(payee) = Payee::read(&one, &one, &other) {
                prop_assert!(payee.account.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
