//! Chinese, which the templates are written in, and English, looked up by the Chinese.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use crate::sentence::Phrases;

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// 简体中文, the source.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// As `<html lang>` writes it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
    /// The text in this language; a text that English lacks stays Chinese, and a test finds it.
    pub fn t(self, text: &str) -> &str {
        match self {
            Self::Zh => text,
            Self::En => ENGLISH.get(text).map_or(text, String::as_str),
        }
    }
    /// The same for a text that may be a sentence with values in it, or several sentences: what
    /// verbs say, as they do not know who reads it.
    pub fn say(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Zh => Cow::Borrowed(text),
            Self::En => PHRASES.english(text),
        }
    }
    /// Whether English has this text.
    pub fn knows(text: &str) -> bool {
        ENGLISH.contains_key(text)
    }
}

static ENGLISH: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let text = include_str!("../../../locales/en.toml");
    // The file is part of the binary and a test reads it.
    toml::from_str(text).expect("locales/en.toml is a flat table of strings")
});

static PHRASES: LazyLock<Phrases<'static>> = LazyLock::new(|| Phrases::of(&ENGLISH));

#[cfg(test)]
mod tests {
    use super::{ENGLISH, Lang};

    #[test]
    fn english_has_a_place_for_every_value() {
        for (chinese, english) in &*ENGLISH {
            let holes = chinese.matches("{}").count();
            let numbered = (1..=9).filter(|no| english.contains(&format!("{{{no}}}"))).count();
            assert_eq!(holes, english.matches("{}").count() + numbered, "{chinese}");
        }
    }

    #[test]
    fn english_is_looked_up_by_the_chinese() {
        assert_eq!(Lang::En.t("今日"), "Today");
        assert_eq!(Lang::Zh.t("今日"), "今日");
    }
}
