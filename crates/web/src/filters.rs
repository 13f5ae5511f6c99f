//! Filters for templates: `use web::filters;` where a template is derived.

// What `filter_fn` generates has no docs of its own and chooses its own inlining.
#![allow(missing_docs, clippy::inline_always)]

use askama::Values;

use crate::Lang;

/// The text in the page's language: `{{ "单位台账"|t }}`; sentences with values too.
#[askama::filter_fn]
pub fn t(text: impl AsRef<str>, env: &dyn Values) -> askama::Result<String> {
    let lang = askama::get_value::<Lang>(env, "lang").copied().unwrap_or_default();
    Ok(lang.say(text.as_ref()).into_owned())
}

/// A count with thousands separators: `{{ total|count }}`.
#[askama::filter_fn]
pub fn count(number: impl TryInto<i64>, _: &dyn Values) -> askama::Result<String> {
    let number = number.try_into().map_err(|_| askama::Error::Fmt)?;
    Ok(grouped(number))
}

/// 1234567 → `1,234,567`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
