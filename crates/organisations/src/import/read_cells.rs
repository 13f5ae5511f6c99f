//! Texts and counts as people type them into cells.

use kernel::fold::{is_invisible, narrow};
use office::Cell;

use super::{check::Reading, columns::Column, draft::Wish, problem::Problem};

/// The largest count that is taken for one; beyond it somebody typed a code or a phone number.
const COUNT_LIMIT: i64 = 1_000_000;

/// A text as it is kept: one line, single blanks, nothing invisible; full-width letters and digits
/// are narrowed, while brackets and marks of Chinese text stay as they were written.
pub(super) fn text(cell: &Cell) -> String {
    let raw = cell.as_text();
    let mut kept = String::with_capacity(raw.len());
    let mut gap = false;
    for letter in raw.chars() {
        let narrowed = narrow(letter);
        let letter = if narrowed.is_ascii_alphanumeric() { narrowed } else { letter };
        if letter.is_whitespace() {
            gap = true;
        } else if !is_invisible(letter) {
            if gap && !kept.is_empty() {
                kept.push(' ');
            }
            gap = false;
            kept.push(letter);
        }
    }
    kept
}

/// A count of persons: a whole number from zero up. Empty keeps what was.
pub(super) fn count(row: &mut Reading<'_>, column: Column) -> Wish<i64> {
    let cell = row.cell(column).into_owned();
    if cell.is_empty() {
        return Wish::Keep;
    }
    let (not_a_number, negative, too_large) = match column {
        Column::Members => ("members-not-number", "members-negative", "members-too-large"),
        _ => ("headcount-not-number", "headcount-negative", "headcount-too-large"),
    };
    let shown = text(&cell);
    let problem = match cell.as_integer() {
        Some(number) if (0..=COUNT_LIMIT).contains(&number) => return Wish::Be(number),
        Some(number) if number < 0 => {
            Problem::at(column, negative, &shown, "人数不能是负数").advise("请填 0 或更大的整数")
        }
        Some(_) => Problem::at(column, too_large, &shown, "人数大得不像真的")
            .advise("请核对，这一格可能填成了别的号码"),
        None => {
            let why = match column {
                Column::Members => "要填整数，这一格决定是否应建",
                _ => "要填整数",
            };
            Problem::at(column, not_a_number, &shown, why)
                .advise("请只填数字")
                .fixed_by(only_number(&shown))
        }
    };
    row.wrong(problem);
    Wish::Keep
}

/// The one whole number in a text such as `约 4` or `12人`.
fn only_number(text: &str) -> Option<String> {
    if text.contains(['-', '－', '—', '~', '.', '．', '万', '%']) {
        return None;
    }
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit());
    let mut numbers = numbers.by_ref().filter(|part| !part.is_empty());
    let only = numbers.next().filter(|_| numbers.next().is_none())?;
    only.parse::<i64>().ok().filter(|number| *number <= COUNT_LIMIT).map(|one| one.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_among_words_is_offered() {
        assert_eq!(only_number("约 4"), Some("4".into()));
        assert_eq!(only_number("12人"), Some("12".into()));
        for unclear in ["3-5", "三人", "1.5", "2 或 3", "1万", "99999999999999999999"] {
            assert_eq!(only_number(unclear), None, "{unclear}");
        }
    }

    #[test]
    fn texts_are_cleaned_and_keep_their_brackets() {
        let cell = Cell::text("　昆山　ＡＢＣ\n（中国）\u{200b}有限公司 ");
        assert_eq!(text(&cell), "昆山 ABC （中国）有限公司");
    }
}
