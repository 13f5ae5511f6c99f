//! The terms of a campaign as somebody wants them, and what makes them fit.

use std::collections::HashSet;

use kernel::{Date, Fen};
use places::{Atlas, PlaceId};
use web::FieldErrors;

use crate::{FunderId, Sponsor};

/// What is agreed to.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The end of the public page's address: 3 to 40 of `a-z`, `0-9` and `-`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its name in English, or empty.
    pub name_en: String,
    /// What it is, in a few sentences.
    pub about: String,
    /// The same in English, or empty.
    pub about_en: String,
    /// Whom visitors ring up; empty for the site's own number.
    pub phone: String,
    /// Its first day.
    pub from_on: Date,
    /// Its last day, still in it.
    pub last_on: Date,
    /// The places that it spans.
    pub places: Vec<PlaceId>,
    /// The bodies on the poster.
    pub sponsors: Vec<Sponsor>,
    /// Who pays how much. A draft may still be without.
    pub pledges: Vec<(FunderId, Fen)>,
}

/// The longest name, in characters.
pub(crate) const NAME_LIMIT: usize = 60;
/// The longest description, in characters.
pub(crate) const ABOUT_LIMIT: usize = 1_000;
/// The longest reason, in characters.
pub(crate) const REASON_LIMIT: usize = 200;
/// More places, sponsors or funders than any campaign has.
const LIST_LIMIT: usize = 100;
/// The longest campaign, in days: a longer one is several.
const DAY_LIMIT: i32 = 366;
/// The largest pledge: ten billion yuan, so that a hundred of them still add up.
const PLEDGE_LIMIT: Fen = Fen(1_000_000_000_000);

impl Terms {
    /// What is wrong with them; the slug's uniqueness and the funders are the verb's to check.
    pub(crate) fn check(&self, atlas: &Atlas) -> FieldErrors {
        let mut errors = FieldErrors::new();
        check_name(&self.name, &mut errors);
        self.check_slug(&mut errors);
        check_length("name_en", &self.name_en, NAME_LIMIT * 2, &mut errors);
        check_length("about", &self.about, ABOUT_LIMIT, &mut errors);
        check_length("about_en", &self.about_en, ABOUT_LIMIT * 3, &mut errors);
        check_phone(&self.phone, &mut errors);
        self.check_dates(&mut errors);
        self.check_places(atlas, &mut errors);
        self.check_pledges(&mut errors);
        let sponsors_fit = self.sponsors.len() <= LIST_LIMIT
            && self
                .sponsors
                .iter()
                .all(|one| !one.name.trim().is_empty() && is_short(&one.name, NAME_LIMIT));
        if !sponsors_fit {
            errors.add("sponsors", "每行写一家单位，名称不超过 60 个字");
        }
        errors
    }

    fn check_slug(&self, errors: &mut FieldErrors) {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(3..=40).contains(&self.slug.len()) || !self.slug.bytes().all(fits) {
            errors.add("slug", "网址的末尾用 3 到 40 个小写字母、数字或短横，如 55-2021");
        }
    }

    fn check_dates(&self, errors: &mut FieldErrors) {
        if self.last_on < self.from_on {
            errors.add("last_on", "最后一天在第一天以前，请改其中一个");
            return;
        }
        if (self.last_on - self.from_on).get_days() > DAY_LIMIT {
            errors.add("last_on", "一次活动最长一年，请分成几次");
        }
    }

    fn check_places(&self, atlas: &Atlas, errors: &mut FieldErrors) {
        let mut seen = HashSet::new();
        if self.places.is_empty() || self.places.len() > LIST_LIMIT {
            errors.add("places", "请至少选一个地点");
        } else if self.places.iter().any(|place| atlas.place(*place).is_none()) {
            errors.add("places", "有的地点已经关闭，请从列表里选");
        } else if !self.places.iter().all(|place| seen.insert(*place)) {
            errors.add("places", "同一个地点选了两次，请去掉一个");
        }
    }

    fn check_pledges(&self, errors: &mut FieldErrors) {
        let mut seen = HashSet::new();
        for (funder, amount) in &self.pledges {
            if *amount <= Fen(0) {
                errors.add("pledges", "出资金额要大于 0，请改，或去掉这家");
            } else if *amount > PLEDGE_LIMIT {
                errors.add("pledges", "出资金额太大，请核对是不是多写了几个 0");
            } else if !seen.insert(*funder) {
                errors.add("pledges", "同一家出资单位写了两次，请合成一行");
            }
        }
        if self.pledges.len() > LIST_LIMIT {
            errors.add("pledges", "出资单位太多，请核对");
        }
    }
}

pub(crate) fn is_short(text: &str, limit: usize) -> bool {
    text.chars().count() <= limit && !text.contains('\0')
}

pub(crate) fn check_length(
    field: &'static str,
    text: &str,
    limit: usize,
    errors: &mut FieldErrors,
) {
    if !is_short(text, limit) {
        errors.add(field, format!("最多 {limit} 个字，请写短一些"));
    }
}

pub(crate) fn check_name(name: &str, errors: &mut FieldErrors) {
    if kernel::fold_name(name).is_empty() {
        errors.add("name", "这一项要填");
    }
    check_length("name", name, NAME_LIMIT, errors);
}

/// Digits, with the signs that people put between them; it is dialled, not parsed.
pub(crate) fn check_phone(phone: &str, errors: &mut FieldErrors) {
    let fits = |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | ' ' | '+');
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    if !phone.is_empty() && (!phone.chars().all(fits) || !(5..=20).contains(&digits)) {
        errors.add("phone", "电话写成 0512-5555 0100 这样");
    }
}
