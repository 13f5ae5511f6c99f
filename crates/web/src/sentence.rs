//! Sentences with values in them: filled in, and known again in English.
//!
//! A verb does not know who will read its refusal. It writes a Chinese sentence with the values in
//! it, which may be stored, and travels up as text. `locales/en.toml` holds the sentence with `{}`
//! for each value; at the edge, where the reader's language is known, the sentence is recognised,
//! its values are taken out, and the English one is filled with them.

use std::{borrow::Cow, collections::HashMap};

/// Fills the `{}`s of a sentence in order, so that a sentence is translated whole. Where another
/// language needs another order it writes `{1}`, `{2}`, counted in the order of the Chinese.
pub fn fill(sentence: &str, values: &[&str]) -> String {
    let mut filled = String::with_capacity(sentence.len() + 16);
    let mut values_in_order = values.iter();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((number, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        let value = match number.parse::<usize>() {
            Ok(number) => values.get(number.wrapping_sub(1)),
            Err(_) => values_in_order.next(),
        };
        filled.push_str(value.copied().unwrap_or_default());
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A Chinese sentence with holes, and its English.
struct Sentence<'a> {
    /// What stands before, between and behind the holes.
    pieces: Vec<&'a str>,
    english: &'a str,
}

impl<'a> Sentence<'a> {
    fn of(chinese: &'a str, english: &'a str) -> Option<Self> {
        let pieces: Vec<&str> = chinese.split("{}").collect();
        // A sentence of holes alone would know everything again.
        (pieces.len() > 1 && pieces.iter().any(|piece| is_chinese(piece)))
            .then_some(Self { pieces, english })
    }

    fn length(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    /// The values in a text that is this sentence filled in.
    fn values<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, others) = self.pieces.split_first()?;
        let (last, middle) = others.split_last()?;
        let mut rest = text.strip_prefix(first)?.strip_suffix(last)?;
        let mut values = Vec::with_capacity(others.len());
        for piece in middle {
            let (value, after) = rest.split_once(piece)?;
            values.push(value);
            rest = after;
        }
        values.push(rest);
        Some(values)
    }
}

/// Everything that English can say, by the Chinese.
pub(crate) struct Phrases<'a> {
    exact: &'a HashMap<String, String>,
    /// The longest first, so that the most particular one is recognised.
    sentences: Vec<Sentence<'a>>,
}

impl<'a> Phrases<'a> {
    pub(crate) fn of(exact: &'a HashMap<String, String>) -> Self {
        let mut sentences: Vec<_> =
            exact.iter().filter_map(|(chinese, english)| Sentence::of(chinese, english)).collect();
        sentences.sort_by_key(|one| (std::cmp::Reverse(one.length()), one.pieces.concat()));
        Self { exact, sentences }
    }

    /// The English of a text; what is not known stays as it is.
    pub(crate) fn english<'t>(&self, text: &'t str) -> Cow<'t, str>
    where
        'a: 't,
    {
        self.known(text)
            .or_else(|| self.joined(text, '。', ". ", "."))
            .or_else(|| self.joined(text, '；', "; ", ""))
            .or_else(|| self.joined(text, '，', ", ", ""))
            .unwrap_or(Cow::Borrowed(text))
    }

    fn known<'t>(&self, text: &'t str) -> Option<Cow<'t, str>>
    where
        'a: 't,
    {
        if let Some(english) = self.exact.get(text) {
            return Some(Cow::Borrowed(english));
        }
        if !is_chinese(text) {
            return None;
        }
        self.sentences.iter().find_map(|sentence| {
            let values = sentence.values(text)?;
            let values: Vec<_> = values.into_iter().map(|value| self.value(value)).collect();
            let values: Vec<&str> = values.iter().map(|value| &**value).collect();
            Some(Cow::Owned(fill(sentence.english, &values)))
        })
    }

    /// A value may be a word of ours or a list of them, or a name, which stays.
    fn value<'t>(&self, value: &'t str) -> Cow<'t, str>
    where
        'a: 't,
    {
        let known = self.known(value).or_else(|| self.joined(value, '、', ", ", ""));
        known.unwrap_or(Cow::Borrowed(value))
    }

    /// Several texts in one, when every one of them is known: half a translation reads worse than
    /// none.
    fn joined(&self, text: &str, mark: char, glue: &str, end: &str) -> Option<Cow<'static, str>> {
        if !text.contains(mark) || !is_chinese(text) {
            return None;
        }
        let parts = text.split_inclusive(mark).map(|part| {
            let bare = part.trim_end_matches(mark);
            // With its full stop, where the file has it so.
            self.known(part)
                .or_else(|| self.known(bare))
                .or_else(|| (!is_chinese(bare)).then_some(Cow::Borrowed(bare)))
        });
        let parts: Vec<Cow<str>> = parts.collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(|part| part.trim_end_matches('.')).collect();
        let ending = if text.ends_with(mark) { end } else { "" };
        Some(Cow::Owned(parts.join(glue) + ending))
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|one| matches!(one, '\u{3400}'..='\u{9fff}'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told() -> HashMap<String, String> {
        let told = [
            ("企业", "Enterprise"),
            ("商会", "Chamber"),
            ("正式党员 {} 人，多于职工 {} 人", "{} members, more than {2} employees"),
            ("可选：{}", "One of: {}"),
            ("{}不能放在{}下面", "Below {2} there can be no {1}"),
            ("“{}”没有。", "There is no “{}”."),
            ("什么也没有改", "Nothing was changed"),
            ("{} → {}", "never"),
        ];
        told.map(|(chinese, english)| (chinese.to_owned(), english.to_owned())).into()
    }

    #[test]
    fn a_sentence_takes_its_values_in_order() {
        assert_eq!(fill("共 {} 家，第 {} 家", &["27", "1"]), "共 27 家，第 1 家");
        assert_eq!(fill("共 {} 家", &[]), "共  家");
        assert_eq!(fill("没有", &["1"]), "没有");
        assert_eq!(fill("{2} of {1}", &["a", "b"]), "b of a");
        assert_eq!(fill("a { b", &[]), "a { b");
    }

    #[test]
    fn a_sentence_is_known_again_with_its_values() {
        let told = told();
        let english = |text: &'static str| Phrases::of(&told).english(text).into_owned();
        assert_eq!(english("正式党员 9 人，多于职工 5 人"), "9 members, more than 5 employees");
        assert_eq!(english("可选：企业、商会"), "One of: Enterprise, Chamber");
        assert_eq!(english("商会不能放在企业下面"), "Below Enterprise there can be no Chamber");
        assert_eq!(
            english("商会不能放在企业下面。什么也没有改。"),
            "Below Enterprise there can be no Chamber. Nothing was changed."
        );
        assert_eq!(
            english("“万象汇”没有。什么也没有改。"),
            "There is no “万象汇”. Nothing was changed."
        );
    }

    #[test]
    fn what_is_not_known_stays_whole() {
        let told = told();
        for text in ["万象汇", "企业，万象汇", "甲 → 乙", "", "。", "什么也没有改。再说。"]
        {
            assert_eq!(Phrases::of(&told).english(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,20}|[企业商会可选：“”{}。，、没有 ]{0,20}") {
            let told = told();
            let _ = Phrases::of(&told).english(&text);
        }

        #[test]
        fn filled_values_are_found_again(one in "[a-z0-9]{0,6}", other in "[a-z0-9]{0,6}") {
            let told = told();
            let text = fill("正式党员 {} 人，多于职工 {} 人", &[&one, &other]);
            let english = fill("{} members, more than {} employees", &[&one, &other]);
            prop_assert_eq!(Phrases::of(&told).english(&text), english);
        }
    }
}
