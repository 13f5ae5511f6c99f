//! The habits that STYLE.md asks for, as far as a program can tell.
//!
//! Every list of exceptions may only shrink: an entry that is no longer needed fails too.

mod budget;
mod layers;
mod names;
pub(crate) mod source;
mod tables;

use source::files;

/// Fails with one line for each complaint.
#[track_caller]
fn require_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn every_rust_file_says_first_what_it_is_for() {
    let silent = files().into_iter().filter(|file| {
        let first = file.text.lines().next().unwrap_or_default();
        file.is_rust() && first.strip_prefix("//! ").is_none_or(str::is_empty)
    });
    require_none(silent.map(|file| format!("{}:1: begin with //!", file.path)).collect());
}

#[test]
fn no_path_of_one_persons_machine() {
    // Put together here, so that this file does not find itself.
    let homes = [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Use", "rs/")];
    let mut complaints = Vec::new();
    for file in files() {
        for (no, line) in file.lines() {
            if homes.iter().any(|home| line.contains(home)) {
                complaints.push(format!("{}:{no}: a path of one machine", file.path));
            }
        }
    }
    require_none(complaints);
}

#[test]
fn an_allowed_lint_has_its_reason() {
    let mut complaints = Vec::new();
    for file in files().into_iter().filter(source::File::is_rust) {
        let lines: Vec<&str> = file.text.lines().collect();
        for (no, line) in lines.iter().enumerate() {
            let code = line.trim_start();
            let allows = code.starts_with("#[allow(") || code.starts_with("#![allow(");
            let before = no.checked_sub(1).and_then(|no| lines.get(no)).copied();
            let told = code.contains("// ")
                || code.contains("reason = ")
                || before.is_some_and(|before| before.trim_start().starts_with("// "));
            // A long attribute gives its reason on a line of its own.
            let later = lines.iter().skip(no).take(4).any(|line| line.contains("reason = "));
            if allows && !told && !later {
                complaints.push(format!("{}:{}: allow without a reason", file.path, no + 1));
            }
        }
    }
    require_none(complaints);
}
