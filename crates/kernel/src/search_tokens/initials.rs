//! The initials of each character's readings, kept as sets so that indexing looks nothing up twice.

use std::sync::LazyLock;

use pinyin::ToPinyinMulti;

/// What can be an initial, in the order of the bits of [`Initials`].
pub const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// A set: the letters a–z as the low 26 bits, then the digits 0–9.
pub type Initials = u64;

/// The block of characters in everyday use, whose readings are looked up once for all.
const EVERYDAY: std::ops::RangeInclusive<char> = '\u{4e00}'..='\u{9fff}';

static KEPT: LazyLock<Vec<u32>> = LazyLock::new(|| EVERYDAY.map(read).collect());

/// The initials of every reading of a Chinese character; a letter or digit is its own initial;
/// any other character has none.
pub fn initials_of(letter: char) -> Initials {
    match letter {
        'a'..='z' => 1 << (u32::from(letter) - u32::from('a')),
        '0'..='9' => 1 << (26 + u32::from(letter) - u32::from('0')),
        _ if letter.is_ascii() => 0,
        _ if EVERYDAY.contains(&letter) => {
            let place = (u32::from(letter) - u32::from(*EVERYDAY.start())) as usize;
            u64::from(KEPT[place])
        }
        _ => u64::from(read(letter)),
    }
}

/// The letters and digits of a set, in order.
pub fn letters_in(initials: Initials) -> impl Iterator<Item = char> {
    members(initials).map(|place| char::from(LETTERS[place]))
}

/// The places in [`LETTERS`] of a set's members, in order.
pub fn members(initials: Initials) -> impl Iterator<Item = usize> {
    let mut rest = initials;
    std::iter::from_fn(move || {
        (rest != 0).then(|| {
            let place = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            place
        })
    })
}

fn read(letter: char) -> u32 {
    let readings = letter.to_pinyin_multi().into_iter().flatten();
    // A few interjections are read ê or ń; their first letter is none that people type.
    let firsts = readings.filter_map(|reading| reading.plain().bytes().next());
    firsts.filter(u8::is_ascii_lowercase).fold(0, |set, first| set | 1 << (first - b'a'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(letter: char) -> String {
        letters_in(initials_of(letter)).collect()
    }

    #[test]
    fn readings_have_their_initials() {
        // An old reading is tóng.
        assert_eq!(text('重'), "ctz");
        assert_eq!(text('山'), "s");
        assert_eq!(text('k'), "k");
        assert_eq!(text('7'), "7");
        assert_eq!(text('（'), "");
        assert_eq!(text('ア'), "");
        assert!(!text('㐀').is_empty(), "characters outside the everyday block are read too");
    }

    #[test]
    fn nearly_every_everyday_character_has_a_reading() {
        let silent = ('\u{4e00}'..='\u{9fa5}').filter(|c| initials_of(*c) == 0).count();
        assert!(silent < 20, "{silent} characters cannot be found by their initials");
    }
}
