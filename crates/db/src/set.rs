//! Whole sets of rows in one statement: how hot verbs and imports write.
//!
//! `{rows}` in the text becomes a relation named `rows` with the declared columns: `jsonb_each` on
//! SQLite (one bound JSON text), `unnest` on PostgreSQL (one bound array per column). Measured
//! here before it was decided: sets of 256 write 185,000 rows/s on SQLite where one statement per
//! row and commit writes 4,600/s.

use std::{
    fmt::Write as _,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use sqlx::{Arguments as _, error::BoxDynError, postgres::PgArguments};

use crate::{
    Engine, Kind, Value,
    statement::note_ran,
    value::{PgDate, PgInstant, PgUuid, storable},
};

/// A statement over a set of rows. Made by [`set_sql!`](crate::set_sql).
#[derive(Debug)]
pub struct SetStatement {
    templates: [&'static str; 2],
    columns: &'static [(&'static str, Kind)],
    /// `file:line` where it stands.
    pub place: &'static str,
    texts: OnceLock<[String; 2]>,
    ran: [AtomicBool; 2],
}

/// All set statements of the binary, collected at link time.
#[linkme::distributed_slice]
#[allow(unsafe_code)] // linkme places the static in a section of its own
pub static SET_STATEMENTS: [SetStatement];

impl SetStatement {
    #[doc(hidden)]
    pub const fn new(
        templates: [&'static str; 2],
        columns: &'static [(&'static str, Kind)],
        place: &'static str,
    ) -> Self {
        let ran = [AtomicBool::new(false), AtomicBool::new(false)];
        Self { templates, columns, place, texts: OnceLock::new(), ran }
    }

    pub(crate) fn note_ran(&self, engine: Engine) {
        if !self.ran[engine as usize].swap(true, Ordering::Relaxed) {
            note_ran(engine, self.place);
        }
    }

    /// The text for one engine.
    pub fn text(&'static self, engine: Engine) -> &'static str {
        let texts = self.texts.get_or_init(|| {
            [
                self.templates[0].replace("{rows}", &sqlite_relation(self.columns)),
                self.templates[1].replace("{rows}", &postgres_relation(self.columns)),
            ]
        });
        &texts[engine as usize]
    }

    /// The declared columns, in order.
    pub fn columns(&self) -> &'static [(&'static str, Kind)] {
        self.columns
    }
}

fn sqlite_relation(columns: &[(&str, Kind)]) -> String {
    let mut text = String::from("(SELECT ");
    for (place, (name, kind)) in columns.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        // JSON has no bytes: ids and hashes travel as hex.
        let _ = match kind {
            Kind::Uuid | Kind::Bytes => write!(text, "{comma}unhex(value->>{place}) AS {name}"),
            _ => write!(text, "{comma}value->>{place} AS {name}"),
        };
    }
    // `jsonb_each` hands each row on as it was parsed; `json_each` would write it out as text again
    // and parse that once more for its columns: three times the cost.
    text + " FROM jsonb_each($1)) AS rows"
}

fn postgres_relation(columns: &[(&str, Kind)]) -> String {
    let mut arrays = String::new();
    let mut names = String::new();
    for (place, (name, kind)) in columns.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        let sql_type = match kind {
            Kind::Bool => "boolean",
            Kind::Int => "bigint",
            Kind::Float => "double precision",
            Kind::Text => "text",
            Kind::Uuid => "uuid",
            Kind::Bytes => "bytea",
            Kind::Date => "date",
            Kind::Instant => "timestamptz",
        };
        let _ = write!(arrays, "{comma}${}::{sql_type}[]", place + 1);
        let _ = write!(names, "{comma}{name}");
    }
    format!("unnest({arrays}) AS rows({names})")
}

/// Writes a statement over a set of rows:
/// `set_sql!("INSERT INTO t (id, name) SELECT id, name FROM {rows}", id: Uuid, name: Text)`.
///
/// On SQLite an `ON CONFLICT` after `SELECT … FROM {rows}` needs a `WHERE TRUE` before it, which
/// PostgreSQL accepts too. The escape hatch, counted by a ratchet, is
/// `set_sql!(sqlite: "…", postgres: "…", name: Kind, …)`.
#[macro_export]
macro_rules! set_sql {
    ($text:literal, $($name:ident: $kind:ident),+ $(,)?) => {
        $crate::set_sql!(sqlite: $text, postgres: $text, $($name: $kind),+)
    };
    (
        sqlite: $sqlite:literal, postgres: $postgres:literal, $($name:ident: $kind:ident),+ $(,)?
    ) => {{
        #[$crate::linkme::distributed_slice($crate::set::SET_STATEMENTS)]
        #[linkme(crate = $crate::linkme)]
        #[allow(unsafe_code)] // linkme places the static in a section of its own
        static STATEMENT: $crate::SetStatement = $crate::SetStatement::new(
            [$sqlite, $postgres],
            &[$((stringify!($name), $crate::Kind::$kind)),+],
            concat!(file!(), ":", line!()),
        );
        &STATEMENT
    }};
}

/// The rows of a set statement, in the order of its columns.
#[derive(Debug, Default)]
pub struct Rows {
    rows: Vec<Vec<Value>>,
}

impl Rows {
    /// No rows yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Room for so many rows.
    pub fn with_capacity(rows: usize) -> Self {
        Self { rows: Vec::with_capacity(rows) }
    }
    /// One more row: `rows.push(args![id, name])`.
    pub fn push<const N: usize>(&mut self, row: [Value; N]) {
        self.rows.push(Vec::from(row));
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// The rows themselves.
    pub(crate) fn into_rows(self) -> Vec<Vec<Value>> {
        self.rows
    }
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<const N: usize> FromIterator<[Value; N]> for Rows {
    fn from_iter<I: IntoIterator<Item = [Value; N]>>(rows: I) -> Self {
        Self { rows: rows.into_iter().map(Vec::from).collect() }
    }
}

impl IntoIterator for Rows {
    type Item = Vec<Value>;
    type IntoIter = std::vec::IntoIter<Vec<Value>>;
    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

/// Checks every row against the declared columns. SQLite would take any value in any column, and
/// both would silently drop or invent a column in a row of another length.
pub(crate) fn check_rows(columns: &[(&str, Kind)], rows: &[Vec<Value>]) -> Result<(), BoxDynError> {
    for row in rows {
        if row.len() != columns.len() {
            let (has, wants) = (row.len(), columns.len());
            return Err(format!("a row has {has} values for {wants} columns").into());
        }
        for (value, (name, kind)) in row.iter().zip(columns) {
            if value.kind() != *kind {
                return Err(format!("{name}: {value:?} is not {kind:?}").into());
            }
            storable(value).map_err(|why| format!("{name}: {why}"))?;
        }
    }
    Ok(())
}

/// The one JSON text that SQLite's `jsonb_each` reads.
pub(crate) fn sqlite_json(rows: &[Vec<Value>]) -> String {
    let mut text = String::with_capacity(rows.len() * 128);
    text.push('[');
    for (place, row) in rows.iter().enumerate() {
        text.push_str(if place == 0 { "[" } else { ",[" });
        for (column, value) in row.iter().enumerate() {
            if column > 0 {
                text.push(',');
            }
            write_json(&mut text, value);
        }
        text.push(']');
    }
    text.push(']');
    text
}

fn write_json(text: &mut String, value: &Value) {
    let wrote = match value {
        Value::Null(_) => write!(text, "null"),
        Value::Bool(one) => write!(text, "{one}"),
        Value::Int(one) => write!(text, "{one}"),
        Value::Float(one) => write!(text, "{one:?}"),
        Value::Uuid(one) => {
            write_hex(text, one.as_bytes());
            Ok(())
        }
        Value::Date(one) => write!(text, "\"{one}\""),
        Value::Instant(one) => write!(text, "{}", one.as_microsecond()),
        Value::Bytes(bytes) => {
            write_hex(text, bytes);
            Ok(())
        }
        Value::Text(one) => {
            write_json_string(text, one);
            Ok(())
        }
    };
    debug_assert!(wrote.is_ok(), "writing to a String cannot fail");
}

fn write_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.reserve(2 * bytes.len() + 2);
    text.push('"');
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text.push('"');
}

fn write_json_string(text: &mut String, one: &str) {
    text.push('"');
    // What stands between two letters that need a sign of their own goes over as a whole.
    let mut rest = one;
    while let Some(place) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
        text.push_str(&rest[..place]);
        match rest.as_bytes()[place] {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            control => {
                let _ = write!(text, "\\u{control:04x}");
            }
        }
        rest = &rest[place + 1..];
    }
    text.push_str(rest);
    text.push('"');
}

/// One array per column, as PostgreSQL's `unnest` reads them.
pub(crate) fn postgres_arrays(
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
) -> Result<PgArguments, BoxDynError> {
    let mut turned: Vec<Vec<Value>> =
        columns.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, value) in turned.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let mut into = PgArguments::default();
    for ((name, kind), values) in columns.iter().zip(turned) {
        add_array(&mut into, *kind, values).map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(into)
}

macro_rules! array_of {
    ($into:expr, $values:expr, $kind:ident, |$one:ident| $make:expr) => {{
        let mut array = Vec::with_capacity($values.len());
        for value in $values {
            array.push(match value {
                Value::Null(_) => None,
                Value::$kind($one) => Some($make),
                other => return Err(format!("{other:?} is not {}", stringify!($kind)).into()),
            });
        }
        $into.add(array)
    }};
}

fn add_array(into: &mut PgArguments, kind: Kind, values: Vec<Value>) -> Result<(), BoxDynError> {
    match kind {
        Kind::Bool => array_of!(into, values, Bool, |one| one),
        Kind::Int => array_of!(into, values, Int, |one| one),
        Kind::Float => array_of!(into, values, Float, |one| one),
        Kind::Text => array_of!(into, values, Text, |one| one),
        Kind::Uuid => array_of!(into, values, Uuid, |one| PgUuid(one)),
        Kind::Bytes => array_of!(into, values, Bytes, |one| one),
        Kind::Date => array_of!(into, values, Date, |one| PgDate(one)),
        Kind::Instant => array_of!(into, values, Instant, |one| PgInstant(one)),
    }
}
