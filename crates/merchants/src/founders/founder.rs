//! A founder, and the steps of a founder's way.

use jiff::Timestamp;
use kernel::{Date, Fen, code_enum, fold_name, id_kind};
use places::PlaceId;

use super::FounderError;
use crate::{FounderId, MerchantId, NAME_LIMIT};

id_kind!(StepMark, StepId, "fst");

/// Which words of consent stand beside the box.
pub const CONSENT_VERSION: i64 = 1;
/// The longest title of a step, in characters.
pub const STEP_LIMIT: usize = 100;
/// More than this is a slip of the hand.
const AMOUNT_LIMIT: Fen = Fen(10_000_000_000);

code_enum! {
    /// What somebody founds.
    pub enum FounderKind {
        /// Sells over the net.
        Ecommerce = "ecommerce_founder" "电商从业者",
        /// Runs a community's shop.
        StoreManager = "store_manager" "社区店长",
    }
}

code_enum! {
    /// What happened on a founder's way.
    pub enum StepKind {
        Training = "training" "培训",
        Milestone = "milestone" "里程碑",
        Support = "support" "扶持",
        Shop = "shop" "开店",
    }
}

/// A founder, without the phone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founder {
    /// Which.
    pub id: FounderId,
    /// What they found.
    pub kind: FounderKind,
    /// Their name; empty once they withdrew. Masked on screens but for who keeps the register.
    pub name: String,
    /// The town that looks after them.
    pub town: PlaceId,
    /// Since when they are in the register.
    pub registered_on: Date,
    /// Whether a phone is kept.
    pub has_phone: bool,
    /// When they took their consent back.
    pub withdrawn_at: Option<Timestamp>,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}

impl Founder {
    /// Whether they are in the register.
    pub const fn is_registered(&self) -> bool {
        self.withdrawn_at.is_none()
    }
}

/// Who registers, as told by themselves or for them.
#[derive(Clone, Debug)]
pub struct Registration {
    /// What they found.
    pub kind: FounderKind,
    /// Their name.
    pub name: String,
    /// The town that looks after them.
    pub town: PlaceId,
    /// Since when.
    pub on: Date,
    /// Whether they agreed to be in the register.
    pub consents: bool,
}

/// What is told of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFacts {
    /// What happened.
    pub kind: StepKind,
    /// When.
    pub on: Date,
    /// In words.
    pub title: String,
    /// Who held the training, who gave the support; empty otherwise.
    pub by_whom: String,
    /// Of a support in money.
    pub amount: Option<Fen>,
    /// The shop that was opened, as far as it is known here.
    pub merchant: Option<MerchantId>,
    /// Where that is.
    pub place: Option<PlaceId>,
}

impl StepFacts {
    /// The facts without blanks around them, if they can be kept. What does not belong to the kind
    /// of step is refused rather than dropped.
    pub fn checked(&self, founder: &Founder, today: Date) -> Result<Self, FounderError> {
        let (title, by_whom) = (self.title.trim().to_owned(), self.by_whom.trim().to_owned());
        if fold_name(&title).is_empty() {
            return Err(FounderError::NoTitle);
        }
        let long = |text: &str, limit: usize| text.chars().count() > limit || text.contains('\0');
        if long(&title, STEP_LIMIT) || long(&by_whom, NAME_LIMIT) {
            return Err(FounderError::LongText);
        }
        if self.on > today {
            return Err(FounderError::InTheFuture);
        }
        if self.on < founder.registered_on {
            return Err(FounderError::BeforeRegistration(founder.registered_on));
        }
        if matches!(self.kind, StepKind::Support | StepKind::Training)
            && fold_name(&by_whom).is_empty()
        {
            return Err(FounderError::ByNobody);
        }
        let positive = |one: Fen| one > Fen::ZERO && one <= AMOUNT_LIMIT;
        if self.amount.is_some_and(|one| self.kind != StepKind::Support || !positive(one)) {
            return Err(FounderError::BadAmount);
        }
        let has_shop = self.merchant.is_some() || self.place.is_some();
        if has_shop && self.kind != StepKind::Shop {
            return Err(FounderError::NotAShop);
        }
        Ok(Self { title, by_whom, ..self.clone() })
    }
}

/// A step that was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub id: StepId,
    /// Whose.
    pub founder: FounderId,
    /// What is told of it.
    pub facts: StepFacts,
    /// Why it was struck; empty while it counts.
    pub struck_for: String,
    /// When it was struck.
    pub struck_at: Option<Timestamp>,
}

impl Step {
    /// Whether it counts.
    pub const fn stands(&self) -> bool {
        self.struck_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use kernel::Code as _;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_step_that_is_kept_fits_its_kind(
            kind in 0..4_usize, title in "\\PC{0,110}", by in "[a-z ]{0,5}",
            amount in proptest::option::of(-5..500_i64), at_place: bool, day in 1..=31_i8
        ) {
            let cx = testkit::cx();
            let date = |day| Date::new(2021, 10, day).unwrap();
            let founder = Founder {
                id: cx.new_id(),
                kind: FounderKind::Ecommerce,
                name: "张三".into(),
                town: cx.new_id(),
                registered_on: date(10),
                has_phone: false,
                withdrawn_at: None,
                version: 1,
            };
            let facts = StepFacts {
                kind: StepKind::ALL[kind],
                on: date(day),
                title,
                by_whom: by,
                amount: amount.map(Fen),
                merchant: None,
                place: at_place.then(|| cx.new_id()),
            };
            if let Ok(kept) = facts.checked(&founder, date(20)) {
                prop_assert!((10..=20).contains(&day) && !kept.title.is_empty());
                prop_assert!(kept.amount.is_none() || kept.kind == StepKind::Support);
                prop_assert!(kept.place.is_none() || kept.kind == StepKind::Shop);
                prop_assert!(kept.amount.is_none_or(|one| one > Fen::ZERO));
                prop_assert_eq!(kept.checked(&founder, date(20)).unwrap(), kept);
            }
        }
    }
}
