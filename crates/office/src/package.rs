//! A zip container from a stranger: opened within bounds, its parts read within bounds.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFile;

use crate::limits::Limits;
use crate::unreadable::{Overflow, Unreadable};

/// Below this total no ratio is suspicious: tiny files of repeated cells pack very well.
const RATIO_FLOOR: u64 = 16 << 20;

/// An opened container. Names are compared without case and with either slash, because some
/// exporters write `XL\Worksheets\Sheet1.xml`.
pub(crate) struct Package {
    archive: ZipArchive<BufReader<File>>,
    index: HashMap<String, usize>,
    held_bytes: u64,
}

/// The bytes of one part, never more than the directory declared.
pub(crate) type Part<'a> = BufReader<Bounded<ZipFile<'a, BufReader<File>>>>;

impl Package {
    /// Opens the container and judges its directory before anything is unpacked.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Unreadable> {
        let file = File::open(path).map_err(Unreadable::Io)?;
        let packed = file.metadata().map_err(Unreadable::Io)?.len();
        let mut archive =
            ZipArchive::new(BufReader::new(file)).map_err(|_| Unreadable::Truncated)?;
        let mut index = HashMap::with_capacity(archive.len());
        let mut total = 0_u64;
        for at in 0..archive.len() {
            let part = archive.by_index_raw(at)?;
            if part.encrypted() {
                return Err(Unreadable::Encrypted);
            }
            total = total.saturating_add(part.size());
            index.entry(plain_name(&String::from_utf8_lossy(part.name_raw()))).or_insert(at);
        }
        let inflated = total > RATIO_FLOOR && total / packed.max(1) > limits.ratio;
        if total > limits.unpacked_bytes || inflated {
            return Err(Unreadable::Bomb);
        }
        Ok(Self { archive, index, held_bytes: limits.held_bytes })
    }

    /// True when the container has the part.
    pub fn has(&self, name: &str) -> bool {
        self.index.contains_key(&plain_name(name))
    }

    /// True when a part lies under the folder.
    pub fn has_folder(&self, prefix: &str) -> bool {
        self.index.keys().any(|name| name.starts_with(prefix))
    }

    /// A part for streaming; `None` when there is no such part.
    pub fn part(&mut self, name: &str) -> Result<Option<Part<'_>>, Unreadable> {
        let Some(&at) = self.index.get(&plain_name(name)) else { return Ok(None) };
        let part = self.archive.by_index(at)?;
        let left = part.size();
        Ok(Some(BufReader::with_capacity(1 << 16, Bounded { inner: part, left })))
    }

    /// A part whose content will be held in memory, so bounded more tightly.
    pub fn held_part(&mut self, name: &str) -> Result<Option<Part<'_>>, Unreadable> {
        let held_bytes = self.held_bytes;
        match self.part(name)? {
            Some(part) if part.get_ref().left > held_bytes => Err(Unreadable::Bomb),
            other => Ok(other),
        }
    }

    /// The whole text of a small part.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Unreadable> {
        let Some(mut part) = self.held_part(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes)?;
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        Ok(Some(String::from_utf8(bytes.to_vec()).map_err(|_| Unreadable::Truncated)?))
    }

    /// The container itself, for copying parts as they are.
    pub fn archive(&mut self) -> &mut ZipArchive<BufReader<File>> {
        &mut self.archive
    }
}

/// A part's name as it is compared.
pub(crate) fn plain_name(name: &str) -> String {
    name.trim_start_matches(['/', '\\']).replace('\\', "/").to_ascii_lowercase()
}

/// Resolves a relationship target against the part that holds it.
pub(crate) fn resolve(base_part: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = base_part.split('/').collect();
    path.pop();
    for step in target.split(['/', '\\']) {
        match step {
            "" | "." => {}
            ".." => drop(path.pop()),
            name => path.push(name),
        }
    }
    path.join("/")
}

/// The relationships part that belongs to a part: `xl/workbook.xml` →
/// `xl/_rels/workbook.xml.rels`.
pub(crate) fn rels_of(part: &str) -> String {
    match part.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/_rels/{name}.rels"),
        None => format!("_rels/{part}.rels"),
    }
}

/// A reader that fails with [`Overflow`] when a part unpacks to more than it declared: the
/// directory was judged before, and it can lie.
pub(crate) struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf).map_err(overflow)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => {
                self.left = left;
                Ok(read)
            }
            None => Err(io::Error::other(Overflow)),
        }
    }
}

/// The zip crate refuses such parts as well, with an error that only its text tells from damage.
fn overflow(error: io::Error) -> io::Error {
    if error.to_string().contains("larger than its declared") {
        io::Error::other(Overflow)
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Bounded, rels_of, resolve};
    use crate::unreadable::Unreadable;

    #[test]
    fn a_part_that_lies_about_its_size_is_stopped() {
        let mut bounded = Bounded { inner: &[0_u8; 100][..], left: 50 };
        let error = bounded.read_to_end(&mut Vec::new()).expect_err("more than declared");
        assert!(matches!(Unreadable::from(error), Unreadable::Bomb));
    }

    #[test]
    fn targets_resolve_against_their_part() {
        assert_eq!(resolve("xl/workbook.xml", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl/worksheets/sheet1.xml", "../comments1.xml"), "xl/comments1.xml");
        assert_eq!(resolve("xl/workbook.xml", "/xl/styles.xml"), "xl/styles.xml");
        assert_eq!(rels_of("xl/workbook.xml"), "xl/_rels/workbook.xml.rels");
    }
}
