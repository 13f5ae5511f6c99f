//! The repository's own text, and Rust taken apart into code and string literals.

use std::{fs, path::Path};

/// One text file, by its path from the root of the repository.
pub(crate) struct File {
    pub path: String,
    pub text: String,
}

/// Rust with comments and literals told apart from code; line breaks stay where they are.
#[derive(Default)]
pub(crate) struct Rust {
    /// The code, with a blank for each character of a comment or literal.
    pub code: String,
    /// Each string literal as written, escapes included, with its line.
    pub strings: Vec<(usize, String)>,
}

/// Where other people's, built or generated files lie.
const NOT_OURS: [&str; 7] =
    ["target", "node_modules", "dist", "out", "snapshots", "fixtures", "data"];
/// What is text, and ours.
const ENDINGS: [&str; 12] =
    ["rs", "sql", "toml", "html", "css", "js", "mjs", "md", "sh", "txt", "json", "yml"];

/// Every text file of the repository, in a fixed order.
pub(crate) fn files() -> Vec<File> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).canonicalize();
    let root = root.expect("the repository is there");
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    found.sort_by(|one: &File, other| one.path.cmp(&other.path));
    assert!(found.len() > 50, "the repository was not found at {}", root.display());
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository can be listed") {
        let entry = entry.expect("its entries too");
        let name = entry.file_name().into_string().expect("file names are UTF-8");
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let hidden = name.starts_with('.') && name != ".ci" && name != ".config";
            if !hidden && !NOT_OURS.contains(&&*name) {
                walk(root, &path, found);
            }
            continue;
        }
        let ending = path.extension().and_then(|ending| ending.to_str());
        let shown = path.strip_prefix(root).expect("it lies below the root");
        let shown = shown.to_str().expect("file names are UTF-8").replace('\\', "/");
        let script = ["Makefile", "scripts/", ".ci/"].iter().any(|one| shown.starts_with(one));
        if script || ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
            // A file that somebody is just replacing may be gone by now.
            if let Ok(text) = fs::read_to_string(&path) {
                found.push(File { path: shown, text });
            }
        }
    }
}

impl File {
    pub fn is_rust(&self) -> bool {
        self.ending() == "rs"
    }

    pub fn ending(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    /// Lines, counted from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// The crate whose `src` it belongs to.
    pub fn source_of(&self) -> Option<&str> {
        let (name, rest) = self.path.strip_prefix("crates/")?.split_once('/')?;
        rest.starts_with("src/").then_some(name)
    }

    pub fn rust(&self) -> Option<Rust> {
        self.is_rust().then(|| Rust::read(&self.text))
    }
}

impl Rust {
    pub fn read(text: &str) -> Self {
        let mut apart = Self::default();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let part_of_a_word = |one: char| one.is_alphanumeric() || one == '_';
            // The b of br"…" is no word of its own.
            let before = apart.code.strip_suffix('b').unwrap_or(&apart.code);
            let word = before.ends_with(part_of_a_word);
            let length = match letter {
                '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => block_comment(rest),
                '"' => apart.keep(rest, 1, quoted(rest)),
                'r' if !word && raw_hashes(rest).is_some() => {
                    let hashes = raw_hashes(rest).unwrap_or_default();
                    apart.keep(rest, hashes + 2, raw(rest, hashes))
                }
                '\'' => character(rest),
                _ => {
                    apart.code.push(letter);
                    rest = &rest[letter.len_utf8()..];
                    continue;
                }
            };
            let blank = |one| if one == '\n' { '\n' } else { ' ' };
            apart.code.extend(rest[..length].chars().map(blank));
            rest = &rest[length..];
        }
        apart
    }

    /// Notes a literal that begins `open` bytes on and is `length` long, with its quotes.
    fn keep(&mut self, rest: &str, open: usize, length: usize) -> usize {
        let line = self.code.matches('\n').count() + 1;
        let close = length.saturating_sub(open.saturating_sub(1).max(1));
        self.strings.push((line, rest[open..close.max(open)].to_owned()));
        length
    }
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    for (at, _) in text.char_indices() {
        if text[at..].starts_with("/*") {
            depth += 1;
        } else if at > 0 && text[..at].ends_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    text.len()
}

fn quoted(text: &str) -> usize {
    let mut escaped = true; // the opening quote
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// How many `#` a raw literal has, if one begins here.
fn raw_hashes(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('r')?;
    let hashes = rest.bytes().take_while(|byte| *byte == b'#').count();
    rest[hashes..].starts_with('"').then_some(hashes)
}

fn raw(text: &str, hashes: usize) -> usize {
    let close = format!("\"{}", "#".repeat(hashes));
    let open = hashes + 2;
    text[open..].find(&close).map_or(text.len(), |at| open + at + close.len())
}

/// A character literal, or the quote alone where a lifetime begins.
fn character(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    match (letters.next(), letters.next()) {
        (Some((_, '\\')), Some(_)) => {
            text[3..].find('\'').map_or(text.len(), |close| 3 + close + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[test]
fn rust_is_taken_apart() {
    let rust = Rust::read(
        "let a = \"x \\\" // no\"; // let b = 1;\nlet c: &'a str = r#\"y \"z\" \"#; /* let /* d */ */\n\
         let e = '\"'; let f = '\\''; let g = b\"\\\\\"; for\"h\nh\"",
    );
    let strings: Vec<_> = rust.strings.iter().map(|(line, text)| (*line, &**text)).collect();
    assert_eq!(strings, [(1, "x \\\" // no"), (2, "y \"z\" "), (3, "\\\\"), (3, "h\nh")]);
    let words: Vec<_> = rust.code.split_whitespace().collect();
    let wanted = "let a = ; let c: & a str = ; let e = ; let f = ; let g = b ; for";
    assert_eq!(words, wanted.split(' ').collect::<Vec<_>>());
    assert_eq!(rust.code.lines().count(), 4);
}
