//! A question in plain words, for when somebody asks for many codes: which of four words is a
//! fruit? It is text, so it is read aloud, enlarged and translated like any other. It keeps out
//! what does not read at all, and slows down the rest; limits do the real work
//! (docs/decisions/0008-a-question-in-words.md).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac as _;
use jiff::{SignedDuration, Timestamp};
use kernel::{Cx, Keys};
use subtle::ConstantTimeEq as _;

/// How long a question may be answered.
pub(crate) const LIVES: SignedDuration = SignedDuration::from_mins(15);
/// Words to choose from.
pub(crate) const CHOICES: usize = 4;
const NONCE: usize = 16;
const SIGNED: usize = NONCE + 4;
const SIGNATURE: usize = 16;

/// A question, and five things that it asks for. No thing may be of two kinds.
const KINDS: [(&str, [&str; 5]); 6] = [
    ("下面哪一个是水果？", ["苹果", "香蕉", "西瓜", "橘子", "葡萄"]),
    ("下面哪一个是动物？", ["小猫", "小狗", "公鸡", "老牛", "兔子"]),
    ("下面哪一个是衣服？", ["毛衣", "裤子", "裙子", "外套", "衬衫"]),
    ("下面哪一个是家具？", ["桌子", "椅子", "沙发", "衣柜", "书架"]),
    ("下面哪一个是车？", ["汽车", "公交车", "自行车", "卡车", "三轮车"]),
    ("下面哪一个是餐具？", ["筷子", "勺子", "饭碗", "盘子", "杯子"]),
];

/// A question as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// What comes back with the answer: it says which question it was, signed.
    pub(crate) id: String,
    /// In Chinese; English by the usual table.
    pub(crate) text: &'static str,
    /// The words, of which one is right.
    pub(crate) choices: [&'static str; CHOICES],
    right: usize,
}

/// What came back: the question's id and the place of the chosen word, counted from zero.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answered {
    pub(crate) id: String,
    pub(crate) choice: Option<usize>,
}

impl Question {
    /// A fresh one.
    pub(crate) fn new(keys: &Keys, cx: &Cx) -> Self {
        let mut signed = [0; SIGNED];
        signed[..NONCE].copy_from_slice(&cx.random::<NONCE>());
        let seconds = u32::try_from((cx.now + LIVES).as_second()).unwrap_or(0);
        signed[NONCE..].copy_from_slice(&seconds.to_be_bytes());
        Self::of(keys, &signed)
    }

    /// The question behind these bytes: which it is, nobody can tell without the site's secret.
    fn of(keys: &Keys, signed: &[u8; SIGNED]) -> Self {
        let mut hash = keys.hash("tongpin question");
        hash.update(signed);
        let drawn: [u8; 32] = hash.finalize().into_bytes().into();
        let pick = |at: usize, of: usize| usize::from(drawn[at]) % of;
        let kind = pick(0, KINDS.len());
        let (right, shift) = (pick(1, CHOICES), pick(2, KINDS.len() - CHOICES + 1));
        let mut others = (1..KINDS.len()).map(|step| (kind + shift + step) % KINDS.len());
        let mut choices = [""; CHOICES];
        for (place, choice) in choices.iter_mut().enumerate() {
            let from = if place == right {
                kind
            } else {
                others.by_ref().find(|other| *other != kind).unwrap_or(kind)
            };
            *choice = KINDS[from].1[pick(3 + place, 5)];
        }
        let id = [&signed[..], &signature(keys, signed)].concat();
        Self { id: URL_SAFE_NO_PAD.encode(id), text: KINDS[kind].0, choices, right }
    }
}

fn signature(keys: &Keys, signed: &[u8]) -> [u8; SIGNATURE] {
    let mut hash = keys.hash("tongpin question id");
    hash.update(signed);
    let whole: [u8; 32] = hash.finalize().into_bytes().into();
    let mut short = [0; SIGNATURE];
    short.copy_from_slice(&whole[..SIGNATURE]);
    short
}

impl Answered {
    /// The question's nonce, when it is one of ours, still fresh, and the answer is right.
    pub(crate) fn check(&self, keys: &Keys, now: Timestamp) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.id).ok()?;
        let (signed, given) = bytes.split_first_chunk::<SIGNED>()?;
        if !bool::from(given.ct_eq(&signature(keys, signed))) {
            return None;
        }
        let (nonce, seconds) = signed.split_first_chunk::<NONCE>()?;
        let until = i64::from(u32::from_be_bytes(seconds.try_into().ok()?));
        // One from a clock that was put back since would last longer than it may.
        let left = until - now.as_second();
        let fresh = left > 0 && left <= LIVES.as_secs() + 60;
        let right = Question::of(keys, signed).right;
        (fresh && self.choice == Some(right)).then(|| nonce.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn kind_of(word: &str) -> usize {
        KINDS.iter().position(|(_, words)| words.contains(&word)).expect("a word of ours")
    }

    #[test]
    fn one_word_is_right_and_the_others_are_of_other_kinds() {
        let (keys, cx) = (Keys::new([5; 32]), testkit::cx());
        let mut places = HashSet::new();
        for _ in 0..500 {
            let question = Question::new(&keys, &cx);
            let kind = KINDS.iter().position(|(text, _)| *text == question.text).expect("ours");
            let kinds: Vec<_> = question.choices.iter().map(|word| kind_of(word)).collect();
            assert_eq!(kinds.iter().filter(|one| **one == kind).count(), 1, "{question:?}");
            assert_eq!(kinds.iter().collect::<HashSet<_>>().len(), CHOICES, "{question:?}");
            assert_eq!(kinds[question.right], kind);
            places.insert(question.right);
        }
        assert_eq!(places.len(), CHOICES, "the right word stands everywhere");
    }

    #[test]
    fn no_word_is_of_two_kinds() {
        let words: Vec<_> = KINDS.iter().flat_map(|(_, words)| words).collect();
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
    }

    #[test]
    fn only_the_right_answer_to_our_own_fresh_question_passes() {
        let (keys, cx) = (Keys::new([5; 32]), testkit::cx());
        let question = Question::new(&keys, &cx);
        let answer = |choice| Answered { id: question.id.clone(), choice };
        assert!(answer(Some(question.right)).check(&keys, cx.now).is_some());
        assert!(answer(Some((question.right + 1) % CHOICES)).check(&keys, cx.now).is_none());
        assert!(answer(None).check(&keys, cx.now).is_none());
        let right = answer(Some(question.right));
        assert!(right.check(&keys, cx.now + LIVES).is_none(), "too old");
        assert!(right.check(&keys, cx.now - LIVES).is_none(), "of a clock that was put back");
        assert!(right.check(&Keys::new([6; 32]), cx.now).is_none(), "of another site");
        let mut forged = right.clone();
        forged.id.replace_range(..1, if forged.id.starts_with('A') { "B" } else { "A" });
        assert!(forged.check(&keys, cx.now).is_none());
        assert!(Answered { id: String::new(), choice: Some(0) }.check(&keys, cx.now).is_none());
    }
}
