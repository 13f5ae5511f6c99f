//! The file that a bank takes in to pay many at once: a table of text with a line for each payment.

use encoding_rs::GB18030;
use kernel::{Fen, code_enum};

code_enum! {
    /// How the file's text is written.
    pub(crate) enum Charset {
        Utf8 = "utf-8" "UTF-8（带 BOM）",
        Gb18030 = "gb18030" "GB18030",
    }
}

/// One line: who gets how much, for what.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    /// In whose name the account is.
    pub(crate) holder: String,
    /// Digits alone.
    pub(crate) account: String,
    /// The bank and its branch.
    pub(crate) bank: String,
    /// Above zero.
    pub(crate) amount: Fen,
    /// What it is for, as the payee's statement will say it.
    pub(crate) purpose: String,
    /// Ours, by which the payment is found again.
    pub(crate) reference: String,
}

/// The columns, in order, as banks' own templates call them.
const HEADER: [&str; 6] = ["收款户名", "收款账号", "开户行", "金额（元）", "用途", "业务参考号"];

/// The whole file. Lines end as RFC 4180 says; amounts have two decimals and no commas.
pub(crate) fn write(payments: &[Payment], charset: Charset) -> Vec<u8> {
    let mut text = String::new();
    push_line(&mut text, HEADER.map(str::to_owned));
    for one in payments {
        let amount = one.amount.to_string().replace(',', "");
        push_line(
            &mut text,
            [
                cell(&one.holder),
                one.account.clone(),
                cell(&one.bank),
                amount,
                cell(&one.purpose),
                cell(&one.reference),
            ],
        );
    }
    match charset {
        Charset::Utf8 => ["\u{feff}", &text].concat().into_bytes(),
        // It has a place for every character, so that none is replaced.
        Charset::Gb18030 => GB18030.encode(&text).0.into_owned(),
    }
}

/// What a program for sheets would take for a formula begins with an apostrophe instead; what
/// breaks a line becomes a blank.
fn cell(text: &str) -> String {
    let text: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    let text = text.trim();
    let is_formula = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

fn push_line(into: &mut String, cells: [String; 6]) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            into.push(',');
        }
        if cell.contains([',', '"']) {
            into.push('"');
            into.push_str(&cell.replace('"', "\"\""));
            into.push('"');
        } else {
            into.push_str(&cell);
        }
    }
    into.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The cells of a text as RFC 4180 says, written here a second time.
    fn read(text: &str) -> Vec<Vec<String>> {
        let mut lines = Vec::new();
        for line in text.split_terminator("\r\n") {
            let (mut cells, mut rest) = (Vec::new(), line);
            loop {
                let (cell, after) = if let Some(quoted) = rest.strip_prefix('"') {
                    let end = quoted.replace("\"\"", "\u{1}\u{1}").find('"').unwrap();
                    (quoted[..end].replace("\"\"", "\""), &quoted[end + 1..])
                } else {
                    let end = rest.find(',').unwrap_or(rest.len());
                    (rest[..end].to_owned(), &rest[end..])
                };
                cells.push(cell);
                match after.strip_prefix(',') {
                    Some(after) => rest = after,
                    None => break,
                }
            }
            lines.push(cells);
        }
        lines
    }

    fn payment(holder: &str, fen: i64) -> Payment {
        Payment {
            holder: holder.into(),
            account: "6222000011112345".into(),
            bank: "昆山农商行".into(),
            amount: Fen(fen),
            purpose: "消费券结算".into(),
            reference: "vst_1".into(),
        }
    }

    #[test]
    fn amounts_have_two_decimals_and_codes_stay_whole() {
        let file = write(&[payment("拾光里", 123_456_705)], Charset::Utf8);
        let text = String::from_utf8(file).unwrap();
        let line = text.strip_prefix('\u{feff}').unwrap().lines().nth(1).unwrap();
        assert_eq!(line, "拾光里,6222000011112345,昆山农商行,1234567.05,消费券结算,vst_1");
    }

    proptest! {
        #[test]
        fn any_name_comes_back_in_both_charsets_and_is_no_formula(
            name in "[=+\\-@＝\\PC,\"\r\n\t龘𠮷]{0,30}", fen in 1..=i64::MAX,
        ) {
            let wanted = cell(&name);
            prop_assert!(!wanted.starts_with(['=', '+', '-', '@', '\t', '\r']));
            for charset in [Charset::Utf8, Charset::Gb18030] {
                let bytes = write(&[payment(&name, fen)], charset);
                let text = match charset {
                    Charset::Utf8 => String::from_utf8(bytes).unwrap()[3..].to_owned(),
                    Charset::Gb18030 => GB18030.decode(&bytes).0.into_owned(),
                };
                let lines = read(&text);
                prop_assert_eq!(lines.len(), 2);
                prop_assert_eq!(&lines[0], &HEADER.map(str::to_owned).to_vec());
                prop_assert_eq!(&lines[1][0], &wanted);
                prop_assert_eq!(lines[1][3].parse::<Fen>(), Ok(Fen(fen)));
                prop_assert_eq!(lines[1].len(), 6);
            }
        }
    }
}
