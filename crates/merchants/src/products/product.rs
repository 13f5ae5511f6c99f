//! A product: what it is, where it comes from, when there is any, what it costs.

use kernel::{Date, Fen, Folded, code_enum, fold_name, query_tokens};

use super::ProductError;
use crate::{MerchantId, NAME_LIMIT, ProductId, TEXT_LIMIT};

code_enum! {
    /// Where a product comes from.
    pub enum Origin {
        Local = "local" "本地",
        /// A region that the city is paired with.
        Partner = "partner" "对口地区",
    }
}

code_enum! {
    /// Whether a product is shown.
    pub enum ProductState {
        /// Not yet.
        Draft = "draft" "草稿",
        Listed = "listed" "在售",
        /// Not any more; its page is gone.
        Withdrawn = "withdrawn" "已下架",
    }
}

/// The months in which there is any of it: first and last. A season may run over New Year; from
/// January to December is all year.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct Season {
    /// From 1 to 12.
    #[schemars(range(min = 1, max = 12))]
    pub from: i8,
    /// From 1 to 12.
    #[schemars(range(min = 1, max = 12))]
    pub to: i8,
}

impl Season {
    /// At any time.
    pub const ALL_YEAR: Self = Self { from: 1, to: 12 };

    /// A season of these months; nothing when one of them is no month.
    pub fn new(from: i8, to: i8) -> Option<Self> {
        ((1..=12).contains(&from) && (1..=12).contains(&to)).then_some(Self { from, to })
    }

    /// Whether there is any in this month, from 1 to 12.
    pub const fn holds(self, month: i8) -> bool {
        if self.from <= self.to {
            self.from <= month && month <= self.to
        } else {
            self.from <= month || month <= self.to
        }
    }

    /// Whether there is any at any time: the month after the last is the first.
    pub const fn is_all_year(self) -> bool {
        self.to % 12 + 1 == self.from
    }
}

/// What is told of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductFacts {
    /// In Chinese.
    pub name_zh: String,
    /// In English, or empty.
    pub name_en: String,
    /// In Chinese, or empty; needed before it is shown.
    pub about_zh: String,
    /// In English, or empty.
    pub about_en: String,
    /// From here, or from a partner region.
    pub origin: Origin,
    /// The partner region; for a local product its town or village, or empty.
    pub region: String,
    /// Who makes or grows it, or empty.
    pub maker: String,
    /// When there is any.
    pub season: Season,
    /// Nothing while it is to be asked for.
    pub price: Option<Fen>,
    /// What the price is for (每盒 500 克), or empty.
    pub price_for: String,
}

/// The longest description, in characters: a screen or two of a phone.
pub const ABOUT_LIMIT: usize = 2_000;
/// The highest price: a slip of the hand beyond.
pub const PRICE_LIMIT: Fen = Fen(100_000_000);

impl ProductFacts {
    /// The facts without blanks around them, if they can be kept.
    pub fn checked(&self) -> Result<Self, ProductError> {
        let fits = |text: &str, limit: usize| {
            let text = text.trim();
            let short = text.chars().count() <= limit && !text.contains('\0');
            if short { Ok(text.to_owned()) } else { Err(ProductError::LongText(limit)) }
        };
        let facts = Self {
            name_zh: fits(&self.name_zh, NAME_LIMIT)?,
            name_en: fits(&self.name_en, TEXT_LIMIT)?,
            about_zh: fits(&self.about_zh, ABOUT_LIMIT)?,
            about_en: fits(&self.about_en, ABOUT_LIMIT)?,
            origin: self.origin,
            region: fits(&self.region, NAME_LIMIT)?,
            maker: fits(&self.maker, NAME_LIMIT)?,
            season: Season::new(self.season.from, self.season.to).ok_or(ProductError::BadSeason)?,
            price: self.price,
            price_for: fits(&self.price_for, NAME_LIMIT)?,
        };
        if fold_name(&facts.name_zh).is_empty() {
            return Err(ProductError::NoName);
        }
        if facts.origin == Origin::Partner && fold_name(&facts.region).is_empty() {
            return Err(ProductError::NoRegion);
        }
        if facts.price.is_some_and(|price| price <= Fen::ZERO || price > PRICE_LIMIT) {
            return Err(ProductError::BadPrice);
        }
        Ok(facts)
    }
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Which.
    pub id: ProductId,
    /// Whose.
    pub merchant: MerchantId,
    /// What is told of it.
    pub facts: ProductFacts,
    /// Whether it is shown.
    pub state: ProductState,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}

impl Product {
    /// Whether it is shown, as long as its merchant is active.
    pub fn is_listed(&self) -> bool {
        self.state == ProductState::Listed
    }
}

/// What a visitor looks for; empty looks for everything.
#[derive(Clone, Debug, Default)]
pub struct Seek {
    /// Two characters, or pinyin initials, of the name, the region, the maker or the merchant.
    pub words: String,
    /// From here, or from a partner region.
    pub origin: Option<Origin>,
    /// Of this merchant.
    pub merchant: Option<MerchantId>,
    /// Of which there is any in the month of this day.
    pub month: Option<Date>,
}

impl Seek {
    /// Those that are looked for, in their order, each with its merchant's name.
    pub fn among(&self, all: Vec<(Product, String)>) -> Vec<(Product, String)> {
        let words = self.words.trim();
        let tokens = query_tokens(words);
        let named = |facts: &ProductFacts, merchant: &str| {
            let fields = [&facts.name_zh, &facts.name_en, &facts.region, &facts.maker];
            let fields = fields.into_iter().map(String::as_str).chain([merchant]);
            let folded = Folded::from_fields(fields);
            words.is_empty() || tokens.as_ref().is_some_and(|tokens| tokens.matches(&folded))
        };
        let fits = |(one, merchant): &(Product, String)| {
            self.origin.is_none_or(|origin| one.facts.origin == origin)
                && self.merchant.is_none_or(|merchant| one.merchant == merchant)
                && self.month.is_none_or(|on| one.facts.season.holds(on.month()))
                && named(&one.facts, merchant)
        };
        all.into_iter().filter(fits).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts() -> ProductFacts {
        ProductFacts {
            name_zh: "阳澄湖大闸蟹".into(),
            name_en: String::new(),
            about_zh: String::new(),
            about_en: String::new(),
            origin: Origin::Local,
            region: "巴城镇".into(),
            maker: String::new(),
            season: Season { from: 9, to: 12 },
            price: Some(Fen(12_800)),
            price_for: "每公斤".into(),
        }
    }

    #[test]
    fn what_cannot_be_kept_says_why() {
        assert_eq!(facts().checked().unwrap(), facts());
        let wrong = |change: fn(&mut ProductFacts)| {
            let mut facts = facts();
            change(&mut facts);
            facts.checked().unwrap_err()
        };
        assert!(matches!(wrong(|one| one.name_zh = " \u{200b}".into()), ProductError::NoName));
        assert!(matches!(wrong(|one| one.price = Some(Fen(0))), ProductError::BadPrice));
        assert!(matches!(wrong(|one| one.season.to = 13), ProductError::BadSeason));
        let nowhere = wrong(|one| {
            one.origin = Origin::Partner;
            one.region = " ".into();
        });
        assert!(matches!(nowhere, ProductError::NoRegion));
        assert!(matches!(
            wrong(|one| one.about_zh = "长".repeat(2_001)),
            ProductError::LongText(_)
        ));
    }

    proptest! {
        #[test]
        fn a_season_holds_its_ends_and_as_many_months_as_it_is_long(
            from in 1..=12i8, to in 1..=12i8
        ) {
            let season = Season::new(from, to).unwrap();
            prop_assert!(season.holds(from) && season.holds(to));
            let months = (1..=12).filter(|month| season.holds(*month)).count();
            let long = (to - from).rem_euclid(12) + 1;
            prop_assert_eq!(months, usize::try_from(long).unwrap());
            prop_assert_eq!(season.is_all_year(), months == 12);
        }

        #[test]
        fn any_facts_are_answered(text in "\\PC{0,80}", months: (i8, i8), price: i64) {
            let told = ProductFacts {
                name_zh: text.clone(),
                region: text.clone(),
                maker: text,
                season: Season { from: months.0, to: months.1 },
                price: Some(Fen(price)),
                ..facts()
            };
            if let Ok(kept) = told.checked() {
                prop_assert_eq!(kept.checked().unwrap(), kept);
            }
        }
    }
}
