//! The zip container of a workbook being marked: a few parts are edited, the rest is copied byte
//! for byte.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::notes::{self, Edited, notes_of};
use super::sheet::Editor;
use super::styles::{BARE as BARE_STYLES, Styles};
use super::{MarkError, Marks, Reasons, Target};
use crate::package::{Package, plain_name, rels_of};
use crate::unreadable::Unreadable;
use crate::xlsx::{Relation, Workbook, relations};

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const EMPTY_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
</Relationships>"#;
const TYPES: &str = "[Content_Types].xml";
/// The relationships that are added to a sheet.
const NOTES_ID: &str = "rIdNotes";
const DRAWING_ID: &str = "rIdNotesDrawing";
const STYLES_ID: &str = "rIdStyles";

/// Parts that replace or join those of the container, by name.
type Parts = BTreeMap<String, Vec<u8>>;

/// Copies the workbook with its marks.
pub(super) fn mark(
    mut book: Workbook,
    target: &Target<'_>,
    marks: &Marks,
    reasons: &Reasons,
    out: &Path,
) -> Result<(), MarkError> {
    let sheet_part = book.sheet_part(target.sheet)?;
    let styles_part = book.styles_part().map(str::to_owned);
    let workbook_part = book.part().to_owned();
    let package = book.package();
    let mut parts = Parts::new();
    let mut types = package.text(TYPES)?.ok_or(Unreadable::Truncated)?;
    let mut styles = match &styles_part {
        Some(part) => Styles::read(package.text(part)?.ok_or(Unreadable::Truncated)?)?,
        None => Styles::read(BARE_STYLES.to_owned())?,
    };
    let mut noted = Noted::plan(package, &sheet_part, marks)?;
    let drawing_id = if noted.edited.is_some() { DRAWING_ID } else { "" };
    let mut zip = ZipWriter::new(BufWriter::new(File::create(out)?));
    let options = SimpleFileOptions::default();
    // The sheet is streamed first: only then is it known which styles it needs.
    zip.start_file(real_name(package, &sheet_part), options).map_err(Unreadable::from)?;
    let part = package.part(&sheet_part)?.ok_or(Unreadable::Truncated)?;
    // The editor writes in small pieces, which the packer takes badly.
    let zip = BufWriter::with_capacity(1 << 18, zip);
    let editor = Editor::new(zip, &mut styles, marks, target, reasons, drawing_id);
    let (zip, drawing) = editor.copy(part)?;
    let mut zip = zip.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    noted.finish(package, &drawing, &mut types, &mut parts)?;
    let styles_name = match styles_part {
        Some(part) => part,
        None => add_styles(package, &workbook_part, &mut types, &mut parts)?,
    };
    parts.insert(styles_name, styles.finish()?.into_bytes());
    parts.insert(TYPES.to_owned(), types.into_bytes());
    write_parts(package, &mut zip, parts, &sheet_part)?;
    zip.finish().map_err(Unreadable::from)?.flush()?;
    Ok(())
}

/// Writes the edited parts and copies the others in their packed form.
fn write_parts(
    package: &mut Package,
    zip: &mut ZipWriter<BufWriter<File>>,
    parts: Parts,
    sheet_part: &str,
) -> Result<(), MarkError> {
    let options = SimpleFileOptions::default();
    let mut written = vec![plain_name(sheet_part)];
    for (name, bytes) in &parts {
        let name = real_name(package, name);
        zip.start_file(&name, options).map_err(Unreadable::from)?;
        zip.write_all(bytes)?;
        written.push(plain_name(&name));
    }
    let archive = package.archive();
    for at in 0..archive.len() {
        let part = archive.by_index_raw(at).map_err(Unreadable::from)?;
        let name = plain_name(&String::from_utf8_lossy(part.name_raw()));
        if !written.contains(&name) {
            zip.raw_copy_file(part).map_err(Unreadable::from)?;
        }
    }
    Ok(())
}

/// A part's name as the container spells it.
fn real_name(package: &mut Package, name: &str) -> String {
    let plain = plain_name(name);
    let names = package.archive().file_names().filter_map(Result::ok);
    let known = names.map(std::borrow::Cow::into_owned).find(|known| plain_name(known) == plain);
    known.unwrap_or_else(|| name.to_owned())
}

/// Puts text before the last end tag.
fn insert(text: &mut String, new: &str) {
    let at = text.rfind("</").unwrap_or(text.len());
    text.insert_str(at, new);
}

/// The prefix of a document's root, as `x:` or nothing, read from its end tag.
fn root_prefix(text: &str) -> String {
    let name = text.rfind("</").map_or("", |at| &text[at + 2..]);
    name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"))
}

/// The relationships part of a part, opened so that entries can be put in.
fn relations_text(package: &mut Package, part: &str) -> Result<String, Unreadable> {
    let text = package.text(&rels_of(part))?;
    Ok(text.filter(|text| text.contains("</")).unwrap_or_else(|| EMPTY_RELATIONS.to_owned()))
}

fn relate(text: &mut String, id: &str, kind: &str, target: &str) {
    let p = root_prefix(text);
    let new =
        format!("<{p}Relationship Id=\"{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"/{target}\"/>");
    insert(text, &new);
}

fn declare(types: &mut String, part: &str, kind: &str) {
    let p = root_prefix(types);
    insert(
        types,
        &format!("<{p}Override PartName=\"/{part}\" ContentType=\"{CONTENT}.{kind}+xml\"/>"),
    );
}

fn add_styles(
    package: &mut Package,
    workbook_part: &str,
    types: &mut String,
    parts: &mut Parts,
) -> Result<String, Unreadable> {
    let name = "xl/styles.xml".to_owned();
    declare(types, &name, "styles");
    let mut text = relations_text(package, workbook_part)?;
    relate(&mut text, STYLES_ID, "styles", &name);
    parts.insert(rels_of(workbook_part), text.into_bytes());
    Ok(name)
}

/// What becomes of a sheet's notes.
struct Noted {
    sheet_part: String,
    relations: Vec<Relation>,
    comments: Option<String>,
    /// `None` when there is nothing to note and nothing noted before.
    edited: Option<Edited>,
}

impl Noted {
    fn plan(package: &mut Package, sheet_part: &str, marks: &Marks) -> Result<Self, Unreadable> {
        let relations = relations(package, sheet_part)?;
        let comments = relations.iter().find(|relation| relation.kind == "comments");
        let comments = comments.map(|relation| relation.target.clone());
        let existing = match &comments {
            Some(part) => package.text(part)?,
            None => None,
        };
        let notes = notes_of(marks);
        let edited = if notes.is_empty() && existing.is_none() {
            None
        } else {
            Some(notes::edit(existing, &notes)?)
        };
        Ok(Self { sheet_part: sheet_part.to_owned(), relations, comments, edited })
    }

    /// Makes the parts, once the sheet has said which drawing it names.
    fn finish(
        &mut self,
        package: &mut Package,
        drawing: &str,
        types: &mut String,
        parts: &mut Parts,
    ) -> Result<(), Unreadable> {
        let Some(edited) = self.edited.take() else { return Ok(()) };
        let mut text = relations_text(package, &self.sheet_part)?;
        let comments = self.comments.take().unwrap_or_else(|| {
            let part = free_name(package, "xl/comments", ".xml");
            declare(types, &part, "comments");
            relate(&mut text, NOTES_ID, "comments", &part);
            part
        });
        let known = self.relations.iter().find(|relation| relation.id == drawing);
        let (shapes_part, old) = if let Some(relation) = known {
            (relation.target.clone(), vml(package, &relation.target)?)
        } else {
            let part = free_name(package, "xl/drawings/vmlDrawing", ".vml");
            relate(&mut text, DRAWING_ID, "vmlDrawing", &part);
            (part, None)
        };
        if !types.contains("Extension=\"vml\"") && !types.contains("Extension=\"VML\"") {
            let kind = "application/vnd.openxmlformats-officedocument.vmlDrawing";
            let p = root_prefix(types);
            insert(types, &format!("<{p}Default Extension=\"vml\" ContentType=\"{kind}\"/>"));
        }
        parts.insert(shapes_part, notes::shapes(old, &edited).into_bytes());
        parts.insert(comments, edited.text.into_bytes());
        parts.insert(rels_of(&self.sheet_part), text.into_bytes());
        Ok(())
    }
}

/// An old drawing's text. Its bytes need not be UTF-8 throughout, and what is not is lost.
fn vml(package: &mut Package, part: &str) -> Result<Option<String>, Unreadable> {
    let Some(mut part) = package.held_part(part)? else { return Ok(None) };
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut part, &mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn free_name(package: &Package, before: &str, after: &str) -> String {
    let mut names = (1_u64..).map(|n| format!("{before}{n}{after}"));
    // A container has a finite number of parts, so some name is free.
    names.find(|name| !package.has(name)).unwrap_or_default()
}
