//! The name in a list that was most likely meant by a mistyped one, or none if it is not clear.

use pinyin::ToPinyin;

use crate::fold::fold_name;

/// Other names in use for three towns; the folded name on the left means the right one.
const OTHER_NAMES: [(&str, &str); 13] = [
    ("花桥", "花桥经济开发区"),
    ("花桥镇", "花桥经济开发区"),
    ("花桥开发区", "花桥经济开发区"),
    ("花桥国际商务城", "花桥经济开发区"),
    ("高新区", "昆山高新区"),
    ("昆山高新技术产业开发区", "昆山高新区"),
    ("昆山国家高新区", "昆山高新区"),
    ("玉山镇", "昆山高新区"),
    ("开发区", "昆山开发区"),
    ("经开区", "昆山开发区"),
    ("昆山经开区", "昆山开发区"),
    ("经济技术开发区", "昆山开发区"),
    ("昆山经济技术开发区", "昆山开发区"),
];

/// What it costs to put in, leave out or change one character. A change to one that sounds alike
/// costs half, since input by pinyin makes just that slip.
const SLIP: usize = 2;
const SOUND_ALIKE: usize = 1;

/// The one of `names` that `typed` most likely means, if one is clearly nearer than all others.
///
/// In turn: the same when folded; a known other name; the only one that contains the typed text
/// or is contained in it; the least edit distance, when it is small and no other name is as near.
pub fn nearest<'a>(typed: &str, names: &[&'a str]) -> Option<&'a str> {
    let typed = fold_name(typed);
    if typed.is_empty() {
        return None;
    }
    let folded: Vec<(String, &'a str)> =
        names.iter().map(|name| (fold_name(name), *name)).collect();
    let other_name = OTHER_NAMES.iter().find(|(other, _)| *other == typed).map(|(_, name)| *name);
    only(&folded, |name| name == typed)
        .or_else(|| only(&folded, |name| Some(name) == other_name))
        .or_else(|| only(&folded, |name| holds(name, &typed) || holds(&typed, name)))
        .or_else(|| least_distant(&typed, &folded))
}

/// The single name for which this holds; the same name listed twice is still one.
fn only<'a>(names: &[(String, &'a str)], is_meant: impl Fn(&str) -> bool) -> Option<&'a str> {
    let mut meant = names.iter().filter(|(folded, _)| is_meant(folded));
    let (first, name) = meant.next()?;
    meant.all(|(other, _)| other == first).then_some(*name)
}

/// One character is too little to tell a name by.
fn holds(whole: &str, part: &str) -> bool {
    whole.contains(part) && part.chars().nth(1).is_some()
}

fn least_distant<'a>(typed: &str, names: &[(String, &'a str)]) -> Option<&'a str> {
    let typed: Vec<char> = typed.chars().collect();
    // One slip in each three characters; a single character has no slip to spare.
    let allowed = if typed.len() < 2 { 0 } else { SLIP * (typed.len() / 3).max(1) };
    let mut best: Option<(usize, &(String, &'a str))> = None;
    let mut is_tie = false;
    for entry in names {
        let cost = distance(&typed, &entry.0);
        match best {
            Some((least, kept)) if cost == least => is_tie |= kept.0 != entry.0,
            Some((least, _)) if cost > least => {}
            _ => (best, is_tie) = (Some((cost, entry)), false),
        }
    }
    best.filter(|(cost, _)| *cost <= allowed && !is_tie).map(|(_, (_, name))| *name)
}

/// The weighted edit distance, one row at a time.
fn distance(typed: &[char], name: &str) -> usize {
    let mut row: Vec<usize> = (0..=typed.len()).map(|place| place * SLIP).collect();
    for (line, letter) in name.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = (line + 1) * SLIP;
        for (place, other) in typed.iter().enumerate() {
            let changed = diagonal + change(letter, *other);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(diagonal + SLIP).min(row[place] + SLIP);
        }
    }
    row[typed.len()]
}

fn change(one: char, other: char) -> usize {
    if one == other {
        return 0;
    }
    let sound = |letter: char| letter.to_pinyin().map(pinyin::Pinyin::plain);
    if sound(one).is_some() && sound(one) == sound(other) { SOUND_ALIKE } else { SLIP }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOWNS: [&str; 11] = [
        "昆山开发区",
        "昆山高新区",
        "花桥经济开发区",
        "张浦镇",
        "周市镇",
        "陆家镇",
        "巴城镇",
        "千灯镇",
        "淀山湖镇",
        "周庄镇",
        "锦溪镇",
    ];

    #[test]
    fn a_town_is_recognised() {
        for (typed, town) in [
            ("张浦镇", "张浦镇"),
            ("张浦", "张浦镇"),
            ("张铺镇", "张浦镇"),
            ("昆山市张浦镇", "张浦镇"),
            ("花桥镇", "花桥经济开发区"),
            ("花桥", "花桥经济开发区"),
            ("高新区", "昆山高新区"),
            ("开发区", "昆山开发区"),
            (" 昆山 开发区 ", "昆山开发区"),
            ("淀山湖", "淀山湖镇"),
            ("殿山湖镇", "淀山湖镇"),
            ("千登镇", "千灯镇"),
            ("周壮镇", "周庄镇"),
            ("周是镇", "周市镇"),
            ("锦溪真", "锦溪镇"),
            ("昆山经济技术开发区", "昆山开发区"),
        ] {
            assert_eq!(nearest(typed, &TOWNS), Some(town), "{typed}");
        }
    }

    #[test]
    fn no_guess_is_made_where_it_is_not_clear() {
        for typed in ["", "周镇", "镇", "周", "昆山", "苏州工业园区", "太仓市", "周大镇", "X"]
        {
            assert_eq!(nearest(typed, &TOWNS), None, "{typed}");
        }
        assert_eq!(nearest("花桥镇", &["张浦镇"]), None);
        assert_eq!(nearest("张浦镇", &[]), None);
    }

    #[test]
    fn any_list_of_names_will_do() {
        let malls = ["万象汇", "万达广场商圈", "九方购物中心", "欧尚超市"];
        assert_eq!(nearest("万达广场", &malls), Some("万达广场商圈"));
        assert_eq!(nearest("九芳购物中心", &malls), Some("九方购物中心"));
        assert_eq!(nearest("万", &malls), None);
        assert_eq!(nearest("ＫＦＣ(昆山)", &["kfc（昆山）", "kfc（太仓）"]), Some("kfc（昆山）"));
    }

    proptest! {
        #[test]
        fn a_name_is_nearest_to_itself(place in 0..11usize) {
            prop_assert_eq!(nearest(TOWNS[place], &TOWNS), Some(TOWNS[place]));
        }
        #[test]
        fn the_answer_does_not_hang_on_the_order(typed in "[昆山开发区高新花桥张浦周市庄镇陆家]{0,6}") {
            let mut turned = TOWNS;
            turned.reverse();
            prop_assert_eq!(nearest(&typed, &TOWNS), nearest(&typed, &turned));
        }
        #[test]
        fn distance_has_two_ends(one in "[张浦铺镇a]{0,6}", other in "[张浦铺镇a]{0,6}") {
            let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
            prop_assert_eq!(distance(&a, &other), distance(&b, &one));
            prop_assert_eq!(distance(&a, &other) == 0, one == other);
        }
    }
}
