//! Words that say nothing about what a thing is, and so are not used to name one.

use super::{files, require_none};

const BANNED: [&str; 10] = [
    "util", "utils", "helper", "helpers", "manager", "managers", "data", "process", "common",
    "misc",
];
/// What an identifier follows where it is declared.
const DECLARES: [&str; 10] =
    ["fn", "struct", "enum", "trait", "mod", "type", "const", "static", "let", "mut"];
const DECLARES_JS: [&str; 5] = ["function", "class", "const", "let", "var"];

#[test]
fn no_file_is_named_with_an_empty_word() {
    let mut complaints = Vec::new();
    for file in files() {
        let banned = file.path.split(['/', '.', '-', '_']).find(|word| BANNED.contains(word));
        if let Some(word) = banned {
            complaints.push(format!("{}: `{word}`", file.path));
        }
    }
    require_none(complaints);
}

#[test]
fn nothing_is_declared_with_an_empty_word() {
    let mut complaints = Vec::new();
    for file in files() {
        let declares: &[&str] = match file.ending() {
            "rs" => &DECLARES,
            "js" | "mjs" => &DECLARES_JS,
            _ => continue,
        };
        let code = file.rust().map_or_else(|| file.text.clone(), |rust| rust.code);
        for (no, line) in (1..).zip(code.lines()) {
            for name in declared(line, declares) {
                if let Some(word) = words(name).find(|word| BANNED.contains(&&**word)) {
                    complaints.push(format!("{}:{no}: `{name}` has `{word}`", file.path));
                }
            }
        }
    }
    require_none(complaints);
}

/// The identifiers that this line declares.
fn declared<'a>(line: &'a str, declares: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let mut words = line
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty());
    let mut before = "";
    std::iter::from_fn(move || {
        loop {
            let word = words.next()?;
            let found = declares.contains(&before) && !declares.contains(&word);
            before = word;
            if found {
                return Some(word);
            }
        }
    })
}

/// The words of a `snake_case` or `CamelCase` name, in lower case.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for letter in name.chars() {
        if letter == '_' || (letter.is_uppercase() && lower_before) {
            words.push(std::mem::take(&mut word));
        }
        if letter != '_' {
            word.extend(letter.to_lowercase());
        }
        lower_before = letter.is_lowercase();
    }
    words.push(word);
    words.into_iter()
}

#[test]
fn names_fall_into_words() {
    assert_eq!(words("DateHelper_x").collect::<Vec<_>>(), ["date", "helper", "x"]);
    assert_eq!(words("metadata").collect::<Vec<_>>(), ["metadata"]);
    let line = "pub(crate) async fn a_util(x: u8) { let mut data = 1; const B: u8 = 2; }";
    assert_eq!(declared(line, &DECLARES).collect::<Vec<_>>(), ["a_util", "data", "B"]);
}
