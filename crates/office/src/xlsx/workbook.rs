//! A workbook's table of contents: sheets, strings, date formats, defined names.

use std::ops::ControlFlow;

use quick_xml::events::Event;

use super::dates::date_formats;
use super::sheet::{self, Context};
use super::strings::shared_strings;
use crate::cell::Cell;
use crate::package::{Package, rels_of, resolve};
use crate::source::{Merge, Sink};
use crate::unreadable::Unreadable;
use crate::xml;

/// One sheet as the workbook lists it.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub name: String,
    pub part: String,
    pub hidden: bool,
}

/// An opened workbook.
pub(crate) struct Workbook {
    package: Package,
    part: String,
    sheets: Vec<Sheet>,
    names: Vec<(String, String)>,
    context: Option<Context>,
    is_1904: bool,
    styles_part: Option<String>,
    strings_part: Option<String>,
}

/// One relationship: id, the last word of its type, target part.
pub(crate) struct Relation {
    pub id: String,
    pub kind: String,
    pub target: String,
}

/// The relationships of a part.
pub(crate) fn relations(package: &mut Package, part: &str) -> Result<Vec<Relation>, Unreadable> {
    let Some(text) = package.text(&rels_of(part))? else { return Ok(Vec::new()) };
    let mut reader = xml::reader(text.as_bytes());
    let mut relations = Vec::new();
    let mut buf = Vec::new();
    loop {
        buf.clear();
        match reader.read_event_into(&mut buf)? {
            Event::Start(tag) | Event::Empty(tag)
                if tag.local_name().as_ref() == "Relationship" =>
            {
                let get = |name| xml::text_attribute(&tag, name).unwrap_or_default();
                let kind = get("Type").rsplit('/').next().unwrap_or_default().to_owned();
                let external = xml::attribute(&tag, "TargetMode") == Some("External");
                if !external {
                    let target = resolve(part, &get("Target"));
                    relations.push(Relation { id: get("Id"), kind, target });
                }
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

impl Workbook {
    /// Reads the table of contents; strings and formats follow when a sheet is read.
    pub fn open(mut package: Package) -> Result<Self, Unreadable> {
        let part = relations(&mut package, "")?
            .into_iter()
            .find(|relation| relation.kind == "officeDocument")
            .map(|relation| relation.target)
            .ok_or(Unreadable::NotASpreadsheet { looks_like: None })?;
        let relations = relations(&mut package, &part)?;
        let text = package.text(&part)?.ok_or(Unreadable::Truncated)?;
        let target = |kind: &str| {
            let found = relations.iter().find(|relation| relation.kind == kind);
            found.map(|relation| relation.target.clone())
        };
        let mut book = Self {
            package,
            part,
            sheets: Vec::new(),
            names: Vec::new(),
            context: None,
            is_1904: false,
            styles_part: target("styles"),
            strings_part: target("sharedStrings"),
        };
        book.read_contents(&text, &relations)?;
        Ok(book)
    }

    fn read_contents(&mut self, text: &str, relations: &[Relation]) -> Result<(), Unreadable> {
        let mut reader = xml::reader(text.as_bytes());
        let mut buf = Vec::new();
        let mut name = None;
        let mut is_workbook = false;
        loop {
            buf.clear();
            match reader.read_event_into(&mut buf)? {
                Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                    "workbook" => is_workbook = true,
                    "workbookPr" => {
                        self.is_1904 = xml::attribute(&tag, "date1904").is_some_and(xml::is_true);
                    }
                    "sheet" => {
                        let id = xml::text_attribute(&tag, "id").unwrap_or_default();
                        let known = relations
                            .iter()
                            .find(|relation| relation.id == id && relation.kind == "worksheet");
                        if let Some(relation) = known {
                            self.sheets.push(Sheet {
                                name: xml::text_attribute(&tag, "name").unwrap_or_default(),
                                part: relation.target.clone(),
                                hidden: xml::attribute(&tag, "state")
                                    .is_some_and(|state| state != "visible"),
                            });
                        }
                    }
                    "definedName" => {
                        let named = xml::text_attribute(&tag, "name").unwrap_or_default();
                        name = Some((named, String::new()));
                    }
                    _ => {}
                },
                Event::Text(piece) => {
                    if let Some((_, value)) = &mut name {
                        value.push_str(&piece);
                    }
                }
                Event::GeneralRef(reference) => {
                    if let Some((_, value)) = &mut name {
                        xml::push_entity(&reference, value);
                    }
                }
                Event::End(tag) if tag.local_name().as_ref() == "definedName" => {
                    self.names.extend(name.take());
                }
                Event::Eof if is_workbook => return Ok(()),
                Event::Eof => return Err(Unreadable::NotASpreadsheet { looks_like: None }),
                _ => {}
            }
        }
    }

    /// Names of the sheets that a person sees.
    pub fn visible(&self) -> Vec<String> {
        self.sheets.iter().filter(|sheet| !sheet.hidden).map(|sheet| sheet.name.clone()).collect()
    }

    /// The part that holds the table of contents.
    pub fn part(&self) -> &str {
        &self.part
    }

    /// The part that holds a sheet.
    pub fn sheet_part(&self, name: &str) -> Result<String, Unreadable> {
        let found = self.sheets.iter().find(|sheet| sheet.name == name);
        found.map(|sheet| sheet.part.clone()).ok_or(Unreadable::Truncated)
    }

    /// The part that holds the styles.
    pub fn styles_part(&self) -> Option<&str> {
        self.styles_part.as_deref()
    }

    /// The container, for copying.
    pub fn package(&mut self) -> &mut Package {
        &mut self.package
    }

    /// Streams the rows of a sheet.
    pub fn stream(&mut self, name: &str, sink: &mut Sink<'_>) -> Result<Vec<Merge>, Unreadable> {
        let part = self.sheet_part(name)?;
        if self.context.is_none() {
            self.context = Some(self.load_context()?);
        }
        // Loaded just above, so this is never the default.
        let context = self.context.take().unwrap_or_default();
        let result = match self.package.part(&part)? {
            Some(part) => sheet::stream(part, &context, sink),
            None => Err(Unreadable::Truncated),
        };
        self.context = Some(context);
        result
    }

    fn load_context(&mut self) -> Result<Context, Unreadable> {
        let mut context = Context { is_1904: self.is_1904, ..Context::default() };
        if let Some(part) = self.styles_part.clone()
            && let Some(part) = self.package.held_part(&part)?
        {
            context.dates = date_formats(part)?;
        }
        if let Some(part) = self.strings_part.clone()
            && let Some(part) = self.package.held_part(&part)?
        {
            context.strings = shared_strings(part)?;
        }
        Ok(context)
    }

    /// The last row that the sheet's dimension claims.
    pub fn rows_hint(&mut self, name: &str) -> Result<Option<u64>, Unreadable> {
        let part = self.sheet_part(name)?;
        let Some(part) = self.package.part(&part)? else { return Ok(None) };
        sheet::last_row(part)
    }

    /// The text that a defined name stands for: a constant, or the content of one cell.
    pub fn defined_text(&mut self, name: &str) -> Result<Option<String>, Unreadable> {
        let found = self.names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((_, value)) = found else { return Ok(None) };
        if let Some(constant) = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) {
            return Ok(Some(constant.to_owned()));
        }
        let Some((sheet, cell)) = value.rsplit_once('!') else { return Ok(None) };
        let sheet = sheet.trim_matches('\'').replace("''", "'");
        let Some((column, row)) = super::parse_reference(&cell.replace('$', "")) else {
            return Ok(None);
        };
        if !self.sheets.iter().any(|known| known.name == sheet) {
            return Ok(None);
        }
        let mut text = None;
        self.stream(&sheet, &mut |number, cells| {
            if number == row {
                let cell = cells.iter().find(|(at, _)| *at == column);
                text = cell.map(|(_, cell): &(u32, Cell)| cell.as_text().into_owned());
            }
            let past = number >= row;
            Ok(if past { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(text)
    }
}
