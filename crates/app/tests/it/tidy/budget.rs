//! Bounds on lines, functions and files, so that each can be taken in at once.

use std::collections::BTreeMap;

use super::{files, require_none, source::File};

/// Characters in a line.
const LINE: usize = 100;
/// Lines in a file.
const FILE: usize = 500;
/// Lines in a function, from its name to its closing brace.
const FUNCTION: usize = 60;
/// `-- only sqlite` and `-- only postgres` in migrations. May only shrink.
const ONLY: usize = 3;

/// Parts of composed queries with a text for each engine (`Query::either`). May only shrink.
const EITHER: usize = 1;

/// Files that are longer for a good reason, each with the lines it may have. May only shrink.
const LONG_FILES: [(&str, usize); 0] = [];
/// Functions that are longer for a good reason: file, name, lines. May only shrink.
const LONG_FUNCTIONS: [(&str, &str, usize); 0] = [];

fn is_code(file: &File) -> bool {
    let script = file.path.starts_with("scripts/") || file.path.starts_with(".ci/");
    script || matches!(file.ending(), "rs" | "sql" | "css" | "js" | "mjs")
}

#[test]
fn lines_fit_beside_each_other() {
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| is_code(file)) {
        // A test's literals are what it is about: a sheet's XML, say, is one line.
        let literals_count = !file.path.contains("/tests/");
        let code = file.rust().filter(|_| !literals_count).map(|rust| rust.code);
        for (no, line) in (1..).zip(code.as_ref().unwrap_or(&file.text).lines()) {
            let length = if literals_count {
                line.chars().count()
            } else {
                line.split_whitespace().map(|word| word.chars().count() + 1).sum()
            };
            // A link cannot be broken.
            if length > LINE && !line.contains("https://") {
                complaints.push(format!("{}:{no}: {length} characters", file.path));
            }
        }
    }
    require_none(complaints);
}

#[test]
fn files_are_about_one_thing() {
    let mut allowed: BTreeMap<_, _> = LONG_FILES.into_iter().collect();
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| is_code(file)) {
        let length = file.text.lines().count();
        if length > FILE {
            let most = allowed.remove(&*file.path).unwrap_or(FILE);
            if length > most {
                complaints.push(format!("{}: {length} lines, {most} at most", file.path));
            }
        }
    }
    complaints.extend(allowed.keys().map(|path| format!("{path}: no longer long, unlist it")));
    require_none(complaints);
}

#[test]
fn functions_fit_a_screen() {
    let mut allowed = LONG_FUNCTIONS.to_vec();
    let mut complaints = Vec::new();
    for file in files() {
        let Some(rust) = file.rust() else { continue };
        for (no, name, length) in functions(&rust.code) {
            if length > FUNCTION {
                let same = |one: &(&str, &str, usize)| one.0 == file.path && one.1 == name;
                let place = allowed.iter().position(same);
                let most = place.map_or(FUNCTION, |place| allowed.remove(place).2);
                if length > most {
                    complaints.push(format!("{}:{no}: `{name}` has {length} lines", file.path));
                }
            }
        }
    }
    complaints.extend(allowed.iter().map(|(path, name, _)| format!("{path}: unlist `{name}`")));
    require_none(complaints);
}

/// Line, name and length of every function that has a body.
fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let mut open: Vec<(usize, String, Option<usize>)> = Vec::new();
    let mut found = Vec::new();
    let mut depth = 0;
    let (mut brackets, mut line) = (0_i32, 1);
    let mut word = String::new();
    let mut after_fn = false;
    for letter in code.chars() {
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            if after_fn {
                open.push((line, word.clone(), None));
            }
            after_fn = word == "fn";
            word.clear();
        }
        // The `fn` of a type such as `fn(u8)` names nothing.
        after_fn &= letter.is_whitespace();
        match letter {
            '\n' => line += 1,
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            // A declaration without a body.
            ';' if brackets == 0 => {
                open.pop_if(|(_, _, body)| body.is_none());
            }
            '{' => {
                if let Some((_, _, body @ None)) = open.last_mut() {
                    *body = Some(depth);
                }
                depth += 1;
            }
            '}' => {
                depth -= 1;
                if let Some((from, name, _)) = open.pop_if(|(_, _, body)| *body == Some(depth)) {
                    found.push((from, name, line - from + 1));
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn functions_are_measured() {
    let code = "trait T {\n fn a();\n fn b(f: fn(u8) -> u8) {\n  fn c() {\n  }\n }\n}\n\
                fn d([x; 2]: [u8; 2])\nwhere\n  X: Y,\n{\n  if x { y }\n}\n";
    let found = functions(code);
    let found: Vec<_> = found.iter().map(|(at, name, length)| (*at, &**name, *length)).collect();
    assert_eq!(found, [(4, "c", 2), (3, "b", 4), (8, "d", 6)]);
}

#[test]
fn migrations_are_one_set_for_both_engines() {
    let files = files();
    let migrations = files.iter().filter(|file| file.path.starts_with("migrations/"));
    let only: Vec<_> = migrations
        .flat_map(|file| file.lines().map(move |(no, line)| (&file.path, no, line.trim())))
        .filter(|(_, _, line)| line.starts_with("-- only "))
        .collect();
    assert_eq!(only.len(), ONLY, "parts for one engine: {only:#?}");
}

#[test]
fn composed_queries_mostly_have_one_text() {
    let calls: Vec<_> = files()
        .into_iter()
        .filter(|file| file.source_of().is_some())
        .filter_map(|file| Some((file.rust()?.code.matches(".either(").count(), file.path)))
        .filter(|(count, _)| *count > 0)
        .collect();
    let count: usize = calls.iter().map(|(count, _)| count).sum();
    assert_eq!(count, EITHER, "parts with two texts: {calls:?}");
}
