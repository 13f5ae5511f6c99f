//! What a file is, by its content: names lie, and many systems call a web page `.xls`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::limits::Limits;
use crate::package::Package;
use crate::unreadable::Unreadable;

/// What a file turned out to be.
pub(crate) enum Content {
    /// An Office Open XML workbook, with or without macros.
    Xlsx(Package),
    /// An `OpenDocument` spreadsheet.
    Ods(Package),
    /// A binary workbook of Excel 97–2003.
    Xls,
    /// Text, to be split at commas, tabs or semicolons.
    Text,
}

const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// Decides what the file is, or why it cannot be read.
pub(crate) fn sniff(path: &Path, limits: &Limits) -> Result<Content, Unreadable> {
    let mut head = Vec::with_capacity(4096);
    let file = File::open(path).map_err(Unreadable::Io)?;
    file.take(4096).read_to_end(&mut head).map_err(Unreadable::Io)?;
    if head.is_empty() {
        return Err(Unreadable::Truncated);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return sniff_zip(Package::open(path, limits)?);
    }
    if head.starts_with(OLE) {
        return sniff_ole(path);
    }
    if OLE.starts_with(&head) || b"PK\x03\x04".starts_with(&head) {
        return Err(Unreadable::Truncated);
    }
    match foreign(&head) {
        Some(looks_like) => Err(Unreadable::NotASpreadsheet { looks_like: Some(looks_like) }),
        None if is_binary(&head) => Err(Unreadable::NotASpreadsheet { looks_like: None }),
        None => Ok(Content::Text),
    }
}

fn sniff_zip(mut package: Package) -> Result<Content, Unreadable> {
    let mimetype = if package.has("mimetype") { package.text("mimetype")? } else { None };
    if mimetype.is_some_and(|text| text.trim().starts_with(ODS)) {
        let manifest = package.text("META-INF/manifest.xml")?.unwrap_or_default();
        if manifest.contains("encryption-data") {
            return Err(Unreadable::Encrypted);
        }
        return Ok(Content::Ods(package));
    }
    let looks_like = if package.has("xl/workbook.bin") {
        "二进制工作簿（.xlsb）"
    } else if package.has("[Content_Types].xml") && package.has("_rels/.rels") {
        if package.has_folder("word/") {
            "Word 文档"
        } else if package.has_folder("ppt/") {
            "PowerPoint 演示文稿"
        } else {
            return Ok(Content::Xlsx(package));
        }
    } else {
        "压缩包"
    };
    Err(Unreadable::NotASpreadsheet { looks_like: Some(looks_like) })
}

/// An OLE container holds a workbook, an encrypted package or some other document. Its directory
/// may lie anywhere, so the stream names are looked for in the whole file, in bounded pieces.
fn sniff_ole(path: &Path) -> Result<Content, Unreadable> {
    let utf16 =
        |name: &str| -> Vec<u8> { name.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let names = ["EncryptedPackage", "Workbook", "Book", "WordDocument", "PowerPoint Document"];
    let needles = names.map(|name| utf16(&format!("{name}\0")));
    let mut found = [false; 5];
    let mut file = File::open(path).map_err(Unreadable::Io)?;
    let mut window = Vec::with_capacity(1 << 17);
    loop {
        let before = window.len();
        let read = Read::by_ref(&mut file)
            .take(1 << 16)
            .read_to_end(&mut window)
            .map_err(Unreadable::Io)?;
        for (seen, needle) in found.iter_mut().zip(&needles) {
            // Names start at a multiple of 128 bytes, but windows of any offset are as cheap.
            *seen = *seen || window.windows(needle.len()).any(|piece| piece == needle.as_slice());
        }
        if read == 0 {
            break;
        }
        // Keep a tail, so that a name across two pieces is seen.
        let keep = (before + read).min(64);
        window.drain(..before + read - keep);
    }
    let [encrypted, workbook, book, word, slides] = found;
    match (encrypted, workbook || book) {
        (true, _) => Err(Unreadable::Encrypted),
        (false, true) => Ok(Content::Xls),
        _ if word => Err(Unreadable::NotASpreadsheet { looks_like: Some("Word 文档") }),
        _ if slides => {
            Err(Unreadable::NotASpreadsheet { looks_like: Some("PowerPoint 演示文稿") })
        }
        // The directory of a file that was cut off is often the part that is gone.
        _ => Err(Unreadable::Truncated),
    }
}

/// Formats that people choose by mistake, by their first bytes.
fn foreign(head: &[u8]) -> Option<&'static str> {
    let binary: [(&[u8], &str); 9] = [
        (b"%PDF", " PDF"),
        (b"\x89PNG", "图片"),
        (b"\xFF\xD8\xFF", "图片"),
        (b"GIF8", "图片"),
        (b"{\\rtf", "写字板文档"),
        (b"Rar!", "压缩包"),
        (b"7z\xBC\xAF", "压缩包"),
        (b"\x1F\x8B", "压缩包"),
        (b"SQLite format 3", "数据库文件"),
    ];
    if let Some((_, name)) = binary.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(name);
    }
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = text.trim_start_matches(['\u{FEFF}', ' ', '\r', '\n', '\t']);
    if text.starts_with("<?xml") && text.contains("urn:schemas-microsoft-com:office:spreadsheet") {
        return Some(" Excel 2003 的 XML 表格");
    }
    let page = ["<html", "<!doctype", "<table", "<meta", "<head", "<style"];
    if page.iter().any(|tag| text.starts_with(tag)) || text.contains("<html") {
        return Some("网页（有些系统把网页存成 .xls）");
    }
    text.starts_with("<?xml").then_some(" XML 文件")
}

/// Control characters that no text has. UTF-16 is full of zeros, so it is excused.
fn is_binary(head: &[u8]) -> bool {
    if crate::csv::looks_utf16(head).is_some() {
        return false;
    }
    head.iter().any(|&b| matches!(b, 0..=8 | 0x0E..=0x1A | 0x1C..=0x1F))
}
