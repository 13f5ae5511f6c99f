//! What an organiser typed into the form of a batch, as terms.

use jiff::{Timestamp, civil::DateTime};
use kernel::{Code as _, Fen, fold_name, time::city_zone};
use web::{FieldErrors, Form};

use crate::{Stacking, Terms, TermsFault};

/// The field of the form that a fault of the terms is about: money is typed in yuan.
fn field_of(fault: TermsFault) -> &'static str {
    let field = fault.field();
    field.strip_suffix("_fen").unwrap_or(field)
}

/// Notes faults of the terms at the fields that are there.
pub(crate) fn note(faults: &[TermsFault], errors: &mut FieldErrors) {
    for fault in faults {
        errors.add(field_of(*fault), fault.to_string());
    }
}

fn money(form: &Form, name: &'static str, errors: &mut FieldErrors) -> Fen {
    match form.get(name).parse::<Fen>() {
        Ok(fen) => fen,
        Err(why) => {
            errors.add(name, why.message());
            // Never used: the error above keeps the verb from being called.
            Fen::ZERO
        }
    }
}

/// A whole number, as people write it: `10,000`, full width too.
fn whole(text: &str) -> Option<i64> {
    fold_name(text).replace([',', '，'], "").parse().ok()
}

fn number(form: &Form, name: &'static str, errors: &mut FieldErrors) -> i64 {
    let typed = form.required(name, errors);
    whole(&typed).unwrap_or_else(|| {
        errors.add(name, "请填一个整数，如 10000");
        0
    })
}

fn moment(form: &Form, name: &'static str, errors: &mut FieldErrors) -> Timestamp {
    let typed = form.required(name, errors).replace(' ', "T");
    let civil = typed.parse::<DateTime>().ok();
    let at = civil.and_then(|civil| civil.to_zoned(city_zone()).ok());
    if at.is_none() {
        errors.add(name, "时间要写成 2021-06-01 10:00 这样");
    }
    // Never used: the error above keeps the verb from being called.
    at.map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp())
}

/// Reads the terms. A budget that is left empty is what all vouchers together are worth.
pub(crate) fn read(form: &Form, errors: &mut FieldErrors) -> Terms {
    let face = money(form, "face", errors);
    let quantity = number(form, "quantity", errors);
    let budget = if form.get("budget").is_empty() {
        face.checked_mul(quantity).unwrap_or(Fen::ZERO)
    } else {
        money(form, "budget", errors)
    };
    let threshold =
        if form.get("threshold").is_empty() { face } else { money(form, "threshold", errors) };
    let stacking = Stacking::from_code(form.get("stacking"));
    if stacking.is_none() {
        errors.add("stacking", "请从列表里选");
    }
    let terms = Terms {
        name: form.required("name", errors),
        face,
        threshold,
        quantity,
        budget,
        person_cap: number(form, "person_cap", errors),
        day_cap: number(form, "day_cap", errors),
        claim_from: moment(form, "claim_from", errors),
        claim_until: moment(form, "claim_until", errors),
        use_from: moment(form, "use_from", errors),
        use_until: moment(form, "use_until", errors),
        partial: form.get("partial") == "yes",
        stacking: stacking.unwrap_or(Stacking::Alone),
        restock: form.get("restock") == "yes",
        refund_days: number(form, "refund_days", errors),
        admit_per_second: number(form, "admit_per_second", errors),
    };
    // What does not read says so itself; a fault of it would only be an echo.
    let faults: Vec<_> =
        terms.faults().into_iter().filter(|one| errors.get(field_of(*one)).is_none()).collect();
    if errors.is_empty() {
        note(&faults, errors);
    } else {
        let sound = |one: &&TermsFault| !matches!(one, TermsFault::Budget | TermsFault::Windows);
        note(&faults.iter().filter(sound).copied().collect::<Vec<_>>(), errors);
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Vec<(&'static str, &'static str)> {
        vec![
            ("name", "满100减20"),
            ("face", "20"),
            ("threshold", "100"),
            ("quantity", "10,000"),
            ("budget", ""),
            ("person_cap", "1"),
            ("day_cap", "1"),
            ("claim_from", "2021-10-01T10:00"),
            ("claim_until", "2021-11-01 00:00"),
            ("use_from", "2021-10-01T00:00"),
            ("use_until", "2021-11-01T00:00"),
            ("stacking", "alone"),
            ("restock", "yes"),
            ("refund_days", "7"),
            ("admit_per_second", "0"),
        ]
    }

    #[test]
    fn an_empty_budget_is_what_all_are_worth() {
        let mut errors = FieldErrors::new();
        let terms = read(&Form::of(typed()), &mut errors);
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!((terms.budget, terms.quantity), (Fen(20_000_000), 10_000));
        assert_eq!(terms.claim_from.to_string(), "2021-10-01T02:00:00Z");
        assert!(terms.restock && !terms.partial);
    }

    #[test]
    fn every_wrong_field_says_so_itself() {
        let mut fields = typed();
        let mut put = |name: &str, value| {
            for field in &mut fields {
                if field.0 == name {
                    field.1 = value;
                }
            }
        };
        put("face", "二十");
        put("quantity", "很多");
        put("claim_from", "明天");
        put("stacking", "all");
        put("day_cap", "9");
        let mut errors = FieldErrors::new();
        read(&Form::of(fields), &mut errors);
        for field in ["face", "quantity", "claim_from", "stacking", "person_cap"] {
            assert!(errors.get(field).is_some(), "{field}: {errors:?}");
        }
        assert!(errors.get("budget").is_none() && errors.get("name").is_none(), "{errors:?}");
    }

    #[test]
    fn money_that_is_too_little_is_told_at_its_field() {
        let mut fields = typed();
        fields.retain(|(name, _)| *name != "budget");
        fields.push(("budget", "100"));
        let mut errors = FieldErrors::new();
        read(&Form::of(fields), &mut errors);
        assert!(errors.get("budget").is_some_and(|why| why.contains("面额")), "{errors:?}");
    }
}
