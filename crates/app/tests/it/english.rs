//! Every Chinese text that a page shows can also be shown in English.
//!
//! `english-missing.txt` lists what is not so yet. It may only shrink: a line that is no longer
//! needed fails too.

use std::collections::BTreeSet;

use crate::tidy::source::{File, Rust, files};

const LIST: &str = include_str!("english-missing.txt");

#[test]
fn every_text_has_its_english() {
    let mut missing = BTreeSet::new();
    for file in files().iter().filter(|file| file.source_of().is_some()) {
        let texts = match file.ending() {
            "html" => Template::of(&file.text).translated,
            "rs" => in_rust(&file.text),
            _ => continue,
        };
        let unknown = texts.into_iter().filter(|text| is_chinese(text) && !web::Lang::knows(text));
        missing.extend(unknown.map(|text| line("en", file, &text)));
    }
    compare("en", &missing, "add the English to locales/en.toml");
}

#[test]
fn no_chinese_stands_in_a_template_outside_of_the_filter() {
    let mut bare = BTreeSet::new();
    for file in files().iter().filter(|file| file.source_of().is_some()) {
        if file.ending() == "html" {
            let texts = Template::of(&file.text).bare;
            bare.extend(texts.into_iter().map(|text| line("bare", file, &text)));
        }
    }
    compare("bare", &bare, "write {{ \"…\"|t }}");
}

fn line(why: &str, file: &File, text: &str) -> String {
    format!("{why}\t{}\t{text}", file.path)
}

#[track_caller]
fn compare(why: &str, found: &BTreeSet<String>, advice: &str) {
    let listed: BTreeSet<String> = LIST
        .lines()
        .filter(|line| line.split('\t').next() == Some(why))
        .map(str::to_owned)
        .collect();
    let new: Vec<&str> = found.difference(&listed).map(String::as_str).collect();
    let gone: Vec<&str> = listed.difference(found).map(String::as_str).collect();
    assert!(new.is_empty(), "{} to mend ({advice}):\n{}", new.len(), new.join("\n"));
    assert!(gone.is_empty(), "strike from english-missing.txt:\n{}", gone.join("\n"));
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|one| matches!(one, '\u{3400}'..='\u{9fff}'))
}

/// The Chinese of a template: what goes through the filter, and what does not.
#[derive(Debug, Default, PartialEq, Eq)]
struct Template {
    translated: Vec<String>,
    bare: Vec<String>,
}

impl Template {
    fn of(text: &str) -> Self {
        let mut found = Self::default();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '<']) {
            let (before, from) = rest.split_at(at);
            let end = |close: &str| from.find(close).map_or(from.len(), |at| at + close.len());
            found.plain(before);
            rest = if from.starts_with("{#") {
                &from[end("#}")..]
            } else if from.starts_with("<!--") {
                &from[end("-->")..]
            } else if from.starts_with("{{") || from.starts_with("{%") {
                let close = if from.starts_with("{{") { "}}" } else { "%}" };
                let (code, after) = from.split_at(end(close));
                found.code(code);
                after
            } else {
                &from[1..]
            };
        }
        found.plain(rest);
        found
    }

    /// Text and tags as they stand: what lies between marks is one piece.
    fn plain(&mut self, text: &str) {
        let pieces = text.split(['<', '>', '"', '\n']).map(str::trim);
        self.bare.extend(pieces.filter(|piece| is_chinese(piece)).map(str::to_owned));
    }

    /// Inside of `{{ }}` and `{% %}`: string literals, with the filter or without.
    fn code(&mut self, code: &str) {
        let mut rest = code;
        while let Some(at) = rest.find('"') {
            let (text, after) = literal(&rest[at + 1..]);
            if is_chinese(&text) {
                let filtered = after.trim_start().strip_prefix('|').map(str::trim_start);
                let is_t = filtered.and_then(|after| after.strip_prefix('t'));
                // `|t`, and not `|title`.
                let whole = is_t.is_some_and(|after| !after.starts_with(char::is_alphanumeric));
                if whole { &mut self.translated } else { &mut self.bare }.push(text);
            }
            rest = after;
        }
    }
}

/// What follows an opening quote: the literal's value, and the rest behind its closing quote.
fn literal(from: &str) -> (String, &str) {
    let mut text = String::new();
    let mut letters = from.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (text, &from[at + 1..]),
            '\\' => match letters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((at, '\n')) => {
                    let (next, after) = literal(from[at..].trim_start());
                    return (text + &next, after);
                }
                Some((_, other)) => text.push(other),
                None => break,
            },
            other => text.push(other),
        }
    }
    (text, "")
}

/// The crates that speak to whoever is at a page.
const SPEAKING: [&str; 7] =
    ["kernel", "office", "web", "people", "places", "organisations", "reports"];
/// Files whose Chinese is read from people's sheets and searches, or founded once as a city's own
/// names, or written into workbooks, which are Chinese: none of it is shown by a page.
const READ: [&str; 14] = [
    "kernel/src/loose_date.rs",
    "kernel/src/mask.rs",
    "kernel/src/money.rs",
    "kernel/src/nearest.rs",
    "kernel/src/phone.rs",
    "office/src/mark/mod.rs",
    "office/src/template.rs",
    "organisations/src/export.rs",
    "organisations/src/import/columns.rs",
    "organisations/src/import/words.rs",
    "places/src/atlas.rs",
    "places/src/found_city.rs",
    "places/src/industry.rs",
    "places/src/unit_kind.rs",
];

#[test]
fn every_sentence_has_its_english_wherever_it_is_written() {
    let mut missing = BTreeSet::new();
    let speaks = |file: &File| SPEAKING.contains(&file.source_of().unwrap_or_default());
    for file in files().iter().filter(|file| file.ending() == "rs" && speaks(file)) {
        if READ.iter().any(|path| file.path.ends_with(path)) {
            continue;
        }
        let (code, _) = file.text.split_once("#[cfg(test)]").unwrap_or((&file.text, ""));
        let written = Rust::read(code).strings.into_iter();
        let sentences = written.map(|(_, text)| holes(&literal(&(text + "\"")).0));
        let unknown = sentences.filter(|text| is_chinese(text) && !web::Lang::knows(text));
        missing.extend(unknown.map(|text| line("said", file, &text)));
    }
    compare("said", &missing, "add the English to locales/en.toml");
}

/// `{name}` → `{}`, as the file of English writes a value.
fn holes(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { break };
        plain.push_str(before);
        plain.push_str("{}");
        rest = after;
    }
    plain + rest
}

/// The words before a literal that say it will be shown in the reader's language: the function
/// itself, a page's title, an enum's label.
const SHOWN: [&str; 3] = ["t(\"", ".page(\"", "NavItem { label: \""];

fn in_rust(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('"') {
        let until = &text[..=at];
        let line = until.rsplit('\n').next().unwrap_or_default();
        let before_t = until.strip_suffix("t(\"").and_then(|before| before.chars().next_back());
        let is_t = before_t.is_some_and(|one| !one.is_alphanumeric() && one != '_');
        let shown = SHOWN[1..].iter().any(|words| until.ends_with(words));
        if (is_t || shown || is_label(line)) && !line.trim_start().starts_with("//") {
            found.push(literal(&text[at + 1..]).0);
        }
    }
    found
}

/// `Variant = "code" "` in a `code_enum!`, up to the label.
fn is_label(line: &str) -> bool {
    let Some((name, code)) = line.trim().split_once(" = \"") else { return false };
    let Some((code, gap)) = code.split_once('"') else { return false };
    let word = |text: &str| text.chars().all(|one| one.is_alphanumeric() || one == '_');
    word(name) && word(code) && gap == " \""
}

#[test]
fn templates_are_read() {
    let text = "<p title=\"提示\">文字{{ \"说\"|t }}{# 注 #}{% let x = \"值\" %}<!-- 不算 -->\n\
                {{ \"名\"|title }}</p>";
    let found = Template::of(text);
    assert_eq!(found.translated, ["说"]);
    assert_eq!(found.bare, ["提示", "文字", "值", "名"]);
}

#[test]
fn sentences_are_read() {
    let code =
        "// \"甲\"\nlet a = format!(\"乙 {one} 丙 {}\", two); let b = '\"'; f(\"丁\\\n    戊\");";
    let written = Rust::read(code).strings.into_iter();
    let read: Vec<_> = written.map(|(_, text)| holes(&literal(&(text + "\"")).0)).collect();
    assert_eq!(read, ["乙 {} 丙 {}", "丁戊"]);
}

#[test]
fn rust_is_read() {
    let text = "ask.t(\"甲\"); // ask.t(\"乙\")\n x.page(\"丙\", \"\");\n  Open = \"open\" \"丁\",\n\
                let_t(\"戊\"); let a = \"己\" \"庚\";";
    assert_eq!(in_rust(text), ["甲", "乙", "丙", "丁"]);
}
