//! Filters for templates: `use web::filters;` where a template is derived.

// What `filter_fn` generates has no docs of its own and chooses its own inlining.
#![allow(missing_docs, clippy::inline_always)]

use askama::{
    Values,
    filters::{Html, Safe, escape},
};

use crate::Lang;

/// The text in the page's language: `{{ "单位台账"|t }}`; sentences with values too.
#[askama::filter_fn]
pub fn t(text: impl AsRef<str>, env: &dyn Values) -> askama::Result<String> {
    let lang = askama::get_value::<Lang>(env, "lang").copied().unwrap_or_default();
    Ok(lang.say(text.as_ref()).into_owned())
}

/// A text that may hold names as they were typed: on an English page what is Chinese in it says so,
/// for a voice that reads the page aloud: `{{ unit.name|named }}`, `{{ row.name|t|named }}`.
#[askama::filter_fn]
pub fn named(text: impl AsRef<str>, env: &dyn Values) -> askama::Result<Safe<String>> {
    let lang = askama::get_value::<Lang>(env, "lang").copied().unwrap_or_default();
    let safe = |part: &str| match escape(part, Html) {
        Ok(safe) => safe.to_string(),
        Err(never) => match never {},
    };
    Ok(Safe(match lang {
        Lang::Zh => safe(text.as_ref()),
        Lang::En => marked(text.as_ref(), safe),
    }))
}

/// Puts what is Chinese into spans of its own. It goes on over digits and marks, as names have
/// them inside, up to the next Latin letter.
fn marked(text: &str, safe: impl Fn(&str) -> String) -> String {
    let (mut marked, mut rest) = (String::with_capacity(text.len() + 32), text);
    while let Some(from) = rest.find(is_chinese) {
        let (before, chinese) = rest.split_at(from);
        let run = chinese.find(|one: char| one.is_ascii_alphabetic()).unwrap_or(chinese.len());
        let end = chinese[..run].rfind(is_chinese).unwrap_or_default();
        let end = end + chinese[end..].chars().next().map_or(0, char::len_utf8);
        marked += &safe(before);
        marked += "<span lang=\"zh\">";
        marked += &safe(&chinese[..end]);
        marked += "</span>";
        rest = &chinese[end..];
    }
    marked + &safe(rest)
}

fn is_chinese(one: char) -> bool {
    matches!(one, '\u{3400}'..='\u{9fff}')
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::marked;

    #[test]
    fn what_is_chinese_says_so() {
        for (text, wanted) in [
            ("", ""),
            ("Trading", "Trading"),
            ("昆山第2号贸易", "[昆山第2号贸易]"),
            ("万象汇 · Trading · 张浦镇，", "[万象汇] · Trading · [张浦镇]，"),
            ("A座 12", "A[座] 12"),
        ] {
            let spans = marked(text, str::to_owned);
            let short = spans.replace("<span lang=\"zh\">", "[").replace("</span>", "]");
            assert_eq!(short, wanted);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_unsafe_comes_in(text in "[<&\"a-c0-2 甲乙丙·，]{0,24}") {
            let spans = marked(&text, |part| part.replace('<', "(").replace('&', "+"));
            let bare = spans.replace("<span lang=\"zh\">", "").replace("</span>", "");
            prop_assert_eq!(bare, text.replace('<', "(").replace('&', "+"));
        }
    }
}
