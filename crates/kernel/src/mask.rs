//! Hides most of a personal text before it is shown.

/// The family name and a star for each further character: `张**`. A compound family name is kept
/// whole; of a name in Latin letters only the first letter is.
pub fn mask_name(name: &str) -> String {
    let name = name.trim();
    let family = match name.chars().next() {
        _ if COMPOUND.iter().any(|family| name.starts_with(family)) => 2,
        Some(_) => 1,
        None => return String::new(),
    };
    let length = name.chars().count();
    if length == 1 {
        return "*".into();
    }
    // A compound family name alone (欧阳) is a family name 欧 and a given name.
    let kept = if length > family { family } else { 1 };
    mask_middle(name, kept, 0)
}

/// Keeps the first `head` and the last `tail` characters and puts a star for each one between.
/// A text that has no more than these is hidden whole: never is everything shown.
pub fn mask_middle(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    let is_short = length <= head.saturating_add(tail);
    let shown = |place: usize| !is_short && (place < head || place >= length - tail);
    text.chars().enumerate().map(|(place, c)| if shown(place) { c } else { '*' }).collect()
}

/// The compound family names that are met most often.
const COMPOUND: [&str; 24] = [
    "欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "东方",
    "南宫", "端木", "宇文", "长孙", "轩辕", "独孤", "司空", "闻人", "东郭", "西门", "呼延", "申屠",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_keep_the_family_name() {
        for (name, masked) in [
            ("张三丰", "张**"),
            ("张三", "张*"),
            ("欧阳娜娜", "欧阳**"),
            ("欧阳", "欧*"),
            (" 李四 ", "李*"),
            ("王", "*"),
            ("", ""),
            ("Anna", "A***"),
        ] {
            assert_eq!(mask_name(name), masked);
        }
    }

    #[test]
    fn the_middle_is_hidden() {
        assert_eq!(mask_middle("320583199001011234", 6, 4), "320583********1234");
        assert_eq!(mask_middle("1234", 2, 2), "****");
        assert_eq!(mask_middle("昆山市前进路1号", 3, 0), "昆山市*****");
    }

    proptest! {
        #[test]
        fn something_is_always_hidden(
            text in "[一-龥a-z0-9]{1,20}", head: usize, tail in 0..30usize
        ) {
            let masked = mask_middle(&text, head % 30, tail);
            prop_assert!(masked.contains('*'));
            prop_assert_eq!(masked.chars().count(), text.chars().count());
            prop_assert!(mask_name(&text).contains('*'));
            prop_assert!(mask_middle(&text, head, usize::MAX).chars().all(|c| c == '*'));
        }
    }
}
