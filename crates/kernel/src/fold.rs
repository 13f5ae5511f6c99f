//! Makes texts that people type alike comparable: width, case, blanks and invisible characters.

/// The half-width form of a full-width ASCII character or of the ideographic space; any other
/// character as it is.
pub fn narrow(letter: char) -> char {
    match letter {
        '\u{3000}' => ' ',
        // The block of full-width forms repeats ASCII from `!` to `~` at this distance.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

/// Characters that nobody sees: controls (but not blanks), zero-width and direction marks,
/// soft hyphens, variation selectors, byte-order marks.
pub fn is_invisible(letter: char) -> bool {
    if letter.is_whitespace() {
        return false;
    }
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The text for comparing: half width, ASCII in lower case, inner blanks as one space, no blanks
/// around it, nothing invisible. Folding twice changes nothing.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for letter in text.chars().map(narrow) {
        if letter.is_whitespace() {
            gap = true;
        } else if !is_invisible(letter) {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push(letter.to_ascii_lowercase());
        }
    }
    folded
}

/// A name for matching: as [`fold`], and without any blanks, all brackets round, one middle dot.
pub fn fold_name(name: &str) -> String {
    let visible = name.chars().map(narrow).filter(|c| !c.is_whitespace() && !is_invisible(*c));
    visible
        .map(|letter| match letter {
            '[' | '{' | '【' | '〔' | '〖' | '〈' | '《' => '(',
            ']' | '}' | '】' | '〕' | '〗' | '〉' | '》' => ')',
            '•' | '・' | '‧' | '∙' => '·',
            _ => letter.to_ascii_lowercase(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn width_case_and_blanks_fold() {
        assert_eq!(fold("　ＡＢＣ　１２３\u{200b}\t商 圈 \r\n"), "abc 123 商 圈");
        assert_eq!(fold("昆山\u{0}万象汇（北区）"), "昆山万象汇(北区)");
        assert_eq!(fold(" \u{feff} "), "");
    }

    #[test]
    fn names_lose_blanks_and_their_brackets_agree() {
        let plain = fold_name("昆山万象汇(北区)3号楼");
        for name in
            ["昆山 万象汇 （北区） 3号楼", "昆山万象汇【北区】３号楼", "昆山万象汇〔北区〕3号楼"]
        {
            assert_eq!(fold_name(name), plain);
        }
        assert_eq!(fold_name("尼格・买提"), fold_name("尼格·买提"));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,30}|.{0,30}|[ａ-ｚＡ-Ｚ　\\t a-zA-Z]{0,20}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert!(!once.contains("  ") && once.trim() == once);
            let name = fold_name(&text);
            prop_assert_eq!(fold_name(&name), name.clone());
            prop_assert_eq!(fold_name(&once), name);
        }
    }
}
