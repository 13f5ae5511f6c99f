//! The demo city's phones: a file that its owner alone may read.

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use kernel::{Cx, Phone};

/// Lines that are kept.
const LINES: usize = 50;

/// Adds a line: when, to whom, the code; parted by tabs. The newest stands last.
pub(super) fn write(file: &Path, cx: &Cx, phone: &Phone, code: &str) -> io::Result<()> {
    let before = match fs::read_to_string(file) {
        Ok(before) => before,
        Err(why) if why.kind() == io::ErrorKind::NotFound => String::new(),
        Err(why) => return Err(why),
    };
    let mut lines: Vec<&str> = before.lines().collect();
    let new = format!("{}\t{}\t{code}", cx.now, phone.expose());
    lines.push(&new);
    let kept = lines[lines.len().saturating_sub(LINES)..].join("\n");
    let mut options = fs::OpenOptions::new();
    let mut opened = options.write(true).create(true).truncate(true).mode(0o600).open(file)?;
    // One that was there keeps its mode otherwise.
    opened.set_permissions(fs::Permissions::from_mode(0o600))?;
    writeln!(opened, "{kept}")
}
