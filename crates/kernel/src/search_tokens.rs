//! Search by any two adjacent characters, by one Chinese character, or by pinyin initials: the
//! tokens that an index stores, those that a query asks for, and the final check.
//!
//! A database finds candidates by tokens; [`QueryTokens::matches`] then keeps those in which the
//! characters really stand side by side. Tokens consist of `[a-z0-9]` only, so that an index may
//! read them as numbers: a letter for the sort of token, then each character's code point in
//! base 36.

mod initials;

use crate::fold::narrow;
use initials::{Initials, LETTERS, initials_of, letters_in, members};

/// Only so many words of a query are looked up in the index, and only so many characters of each;
/// the rest is left to [`QueryTokens::matches`]. It bounds what a query can cost.
const INDEXED_WORDS: usize = 4;
const INDEXED_CHARACTERS: usize = 24;

/// The texts of one record as search sees them: letters, digits and characters in half width and
/// lower case. Punctuation and blanks are gone, so that `万象汇（北区）` is found by `汇北`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folded {
    /// Fields in turn, each ended by [`FIELD_END`].
    text: Vec<char>,
}

/// Stands between fields so that no match runs from one into the next.
const FIELD_END: char = '\n';

impl Folded {
    /// One text.
    pub fn new(text: &str) -> Self {
        Self::from_fields([text])
    }

    /// Several fields of one record, any of which may match.
    pub fn from_fields<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = Vec::with_capacity(24);
        for field in fields {
            text.extend(searchable(field));
            text.push(FIELD_END);
        }
        Self { text }
    }

    /// Calls `see` once for each token of this record, in a stable order, without allocating for
    /// each of them.
    pub fn for_each_token(&self, mut see: impl FnMut(&str)) {
        let mut texts = Vec::with_capacity(2 * self.text.len());
        // For each initial those that follow it: a set of pairs that needs no sorting.
        let mut followers: [Initials; LETTERS.len()] = [0; LETTERS.len()];
        let mut previous: Option<(char, Initials)> = None;
        for letter in self.text.iter().copied() {
            if letter == FIELD_END {
                previous = None;
                continue;
            }
            if stands_alone(letter) {
                texts.push(Token::Single(letter));
            }
            let ends = initials_of(letter);
            if let Some((first, starts)) = previous {
                texts.push(Token::Pair(first, letter));
                members(starts).for_each(|start| followers[start] |= ends);
            }
            previous = Some((letter, ends));
        }
        texts.sort_unstable_by_key(Token::order);
        texts.dedup();
        let mut buffer = String::with_capacity(12);
        let mut show = |token: Token| {
            buffer.clear();
            token.write(&mut buffer);
            see(&buffer);
        };
        texts.into_iter().for_each(&mut show);
        for (start, ends) in LETTERS.iter().zip(followers) {
            letters_in(ends).for_each(|end| show(Token::Initials(char::from(*start), end)));
        }
    }
}

/// All tokens of a text, each once, in a stable order.
pub fn index_tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    Folded::new(text).for_each_token(|token| tokens.push(token.to_owned()));
    tokens
}

/// What a person typed into a search box, ready to be looked up and checked. Words divided by
/// blanks must all match, in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryTokens {
    words: Vec<Word>,
    any_of: Vec<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: Vec<char>,
    /// Letters alone may be meant as initials.
    may_be_initials: bool,
}

/// Reads a query, or nothing if it holds less than one Chinese character or two letters or
/// digits: then there is nothing to look up.
pub fn query_tokens(query: &str) -> Option<QueryTokens> {
    let words: Vec<Word> = query
        .split(|c: char| c.is_whitespace())
        .map(|word| searchable(word).collect::<Vec<char>>())
        .filter(|text| !text.is_empty())
        .map(|text| Word { may_be_initials: may_be_initials(&text), text })
        .collect();
    let mut any_of = vec![Vec::new()];
    for word in words.iter().filter(|word| word.is_indexed()).take(INDEXED_WORDS) {
        let ways = word.ways();
        any_of = any_of
            .iter()
            .flat_map(|so_far| ways.iter().map(move |way| [so_far.as_slice(), way].concat()))
            .collect();
    }
    for all_of in &mut any_of {
        all_of.sort_unstable();
        all_of.dedup();
    }
    any_of.dedup();
    let asks = any_of.iter().all(|all_of| !all_of.is_empty());
    asks.then_some(QueryTokens { words, any_of })
}

impl QueryTokens {
    /// A record is a candidate if it has every token of any one of these lists. There is at least
    /// one list (more only where letters may be initials), and none is empty.
    pub fn any_of(&self) -> &[Vec<String>] {
        &self.any_of
    }

    /// Whether every word stands in the record: its characters side by side in one field, or its
    /// letters as the initials of characters side by side, with any reading of each.
    pub fn matches(&self, record: &Folded) -> bool {
        self.words.iter().all(|word| {
            record.text.windows(word.text.len()).any(|window| {
                window == word.text.as_slice()
                    || (word.may_be_initials && are_initials(&word.text, window))
            })
        })
    }
}

impl Word {
    fn is_indexed(&self) -> bool {
        self.text.len() > 1 || stands_alone(self.text[0])
    }

    /// The lists of tokens by which the word can be found.
    fn ways(&self) -> Vec<Vec<String>> {
        let text = &self.text[..self.text.len().min(INDEXED_CHARACTERS)];
        if let [letter] = text {
            return vec![vec![Token::Single(*letter).text()]];
        }
        let pairs = || text.windows(2).map(|pair| (pair[0], pair[1]));
        let mut ways = vec![pairs().map(|(one, two)| Token::Pair(one, two).text()).collect()];
        if self.may_be_initials {
            ways.push(pairs().map(|(one, two)| Token::Initials(one, two).text()).collect());
        }
        ways
    }
}

/// The characters that search looks at.
fn searchable(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(narrow).filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase())
}

/// Whether one such character is worth a token of its own: a Chinese one is, a letter is not.
fn stands_alone(letter: char) -> bool {
    !letter.is_ascii()
}

fn may_be_initials(text: &[char]) -> bool {
    text.len() > 1
        && text.iter().all(char::is_ascii_alphanumeric)
        && text.iter().any(char::is_ascii_lowercase)
}

fn are_initials(letters: &[char], window: &[char]) -> bool {
    letters.iter().zip(window).all(|(letter, character)| {
        letters_in(initials_of(*character)).any(|initial| initial == *letter)
    })
}

/// One entry of the index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Single(char),
    Pair(char, char),
    Initials(char, char),
}

impl Token {
    /// One number for each token of text, which compares quicker than its parts.
    fn order(&self) -> u64 {
        let (one, two) = match *self {
            Self::Single(one) => (one, '\0'),
            Self::Pair(one, two) | Self::Initials(one, two) => (one, two),
        };
        u64::from(u32::from(one)) << 32 | u64::from(u32::from(two))
    }

    /// Every sort has a first letter of its own and a fixed length, so no two tokens collide.
    fn write(self, to: &mut String) {
        match self {
            Self::Single(one) if is_near(one) => write_code(to, 'c', [one], 3),
            Self::Single(one) => write_code(to, 'd', [one], 4),
            Self::Pair(one, two) if is_near(one) && is_near(two) => {
                write_code(to, 't', [one, two], 3);
            }
            Self::Pair(one, two) => write_code(to, 'u', [one, two], 4),
            // Letters and digits stand for themselves.
            Self::Initials(one, two) => to.extend(['p', one, two]),
        }
    }

    fn text(self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }
}

/// Whether three base-36 digits hold the code point: all but rare Chinese characters are here.
fn is_near(letter: char) -> bool {
    u32::from(letter) < 36 * 36 * 36
}

fn write_code<const N: usize>(to: &mut String, sort: char, letters: [char; N], digits: usize) {
    to.push(sort);
    for letter in letters {
        let mut rest = u32::from(letter) as usize;
        let mut code = [b'0'; 4];
        for slot in code[..digits].iter_mut().rev() {
            *slot = DIGITS[rest % 36];
            rest /= 36;
        }
        // All digits are ASCII, so that the default is never taken.
        to.push_str(std::str::from_utf8(&code[..digits]).unwrap_or_default());
    }
}

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const MALL: &str = "昆山万象汇（北区）3号楼";

    /// What a database does with the tokens, and then the check.
    fn finds(query: &str, name: &str) -> bool {
        let Some(query) = query_tokens(query) else { return false };
        let index: HashSet<String> = index_tokens(name).into_iter().collect();
        let is_candidate = query.any_of().iter().any(|all| all.iter().all(|t| index.contains(t)));
        let matches = query.matches(&Folded::new(name));
        assert!(is_candidate || !matches, "the index must never lose a match");
        is_candidate && matches
    }

    #[test]
    fn any_two_adjacent_characters_find() {
        for query in ["昆山", "象汇", "汇北", "区3", "3号", "号楼", "万象汇(北区)", "３号", "昆"]
        {
            assert!(finds(query, MALL), "{query}");
        }
        for query in ["昆万", "山昆", "南", "4号", "汇象", "", "3", "（）"] {
            assert!(!finds(query, MALL), "{query}");
        }
        assert!(finds("fc", "KFC肯德基A座") && finds("基a", "KFC肯德基A座"));
    }

    #[test]
    fn initials_find_in_every_reading() {
        for query in ["wxh", "WXH", "ks", "kswxhbq3hl", "hb", "q3"] {
            assert!(finds(query, MALL), "{query}");
        }
        assert!(!finds("kw", MALL) && !finds("w", MALL) && !finds("hxw", MALL));
        assert!(finds("cq", "重庆小面") && finds("zq", "重庆小面") && finds("cqxm", "重庆小面"));
        assert!(finds("az", "A座") && finds("kfckdj", "KFC肯德基"));
    }

    #[test]
    fn tokens_side_by_side_are_not_enough() {
        // Every pair of 上海上 is in 海上上海, the three characters in a row are not.
        let query = query_tokens("上海上").unwrap();
        let index = index_tokens("海上上海");
        assert!(query.any_of()[0].iter().all(|token| index.contains(token)));
        assert!(!finds("上海上", "海上上海"));
    }

    #[test]
    fn words_match_in_any_order() {
        assert!(finds("北区 昆山", MALL) && finds("wxh　3号", MALL) && finds("3 北区", MALL));
        assert!(!finds("昆山 南区", MALL));
        assert_eq!(query_tokens("ks wxh").unwrap().any_of().len(), 4);
        assert_eq!(query_tokens("2021").unwrap().any_of().len(), 1);
        assert_eq!(query_tokens("aa bb cc dd ee ff gg").unwrap().any_of().len(), 16);
        assert_eq!(query_tokens(" a ~ 1"), None);
    }

    #[test]
    fn a_match_stays_within_one_field() {
        let record = Folded::from_fields(["万象汇", "北区"]);
        assert!(query_tokens("北区 象汇").unwrap().matches(&record));
        assert!(!query_tokens("汇北").unwrap().matches(&record));
        let mut tokens = Vec::new();
        record.for_each_token(|token| tokens.push(token.to_owned()));
        assert!(!tokens.contains(&Token::Pair('汇', '北').text()));
    }

    #[test]
    fn text_and_initials_do_not_collide() {
        assert_eq!(Token::Pair('万', '象').text(), "tfevrq9");
        assert_ne!(Token::Pair('w', 'x').text(), Token::Initials('w', 'x').text());
        assert_eq!(Token::Initials('w', 'x').text(), "pwx");
        assert_eq!(Token::Single('𠮷').text().len(), 5);
    }

    proptest! {
        #[test]
        fn every_part_of_a_name_finds_it(
            name in "[一-龥㐀-䶵a-zA-Z0-9（）· 重𠮷]{2,20}", from in 0..20usize, length in 1..20usize
        ) {
            let letters: Vec<char> = searchable(&name).collect();
            let part: String = letters.iter().skip(from).take(length).collect();
            let is_enough = part.chars().count() > 1 || part.chars().any(stands_alone);
            prop_assert_eq!(finds(&part, &name), is_enough, "{} in {}", part, name);
        }

        #[test]
        fn every_run_of_initials_finds_the_name(
            name in "[一-龥a-z]{2,12}", choices in prop::collection::vec(any::<usize>(), 12)
        ) {
            let letters: Vec<char> = searchable(&name).collect();
            let run: Option<String> = letters.iter().zip(choices).map(|(letter, choice)| {
                let readings: Vec<char> = letters_in(initials_of(*letter)).collect();
                (!readings.is_empty()).then(|| readings[choice % readings.len()])
            }).collect();
            prop_assume!(run.is_some());
            prop_assert!(finds(&run.unwrap(), &name));
        }

        #[test]
        fn tokens_are_plain_words_and_distinct(name in "\\PC{0,20}|[\u{20000}-\u{2fa1d}Ａ-ｚ]{0,9}") {
            let tokens = index_tokens(&name);
            let distinct: HashSet<&String> = tokens.iter().collect();
            prop_assert_eq!(distinct.len(), tokens.len());
            for token in &tokens {
                let plain = token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
                prop_assert!(plain && token.len() <= 9);
            }
        }

        #[test]
        fn different_pairs_have_different_tokens(one: [char; 2], other: [char; 2]) {
            let (a, b) = (Token::Pair(one[0], one[1]), Token::Pair(other[0], other[1]));
            prop_assert_eq!(a.text() == b.text(), one == other);
        }

        #[test]
        fn no_candidate_is_lost(
            query in "[昆山万象重上海a-z0-9 ]{0,8}", name in "[昆山万象重上海a-z0-9（]{0,16}"
        ) {
            finds(&query, &name);
        }
    }
}
