//! One answered row of either engine.

use jiff::{Timestamp, civil::Date};
use kernel::{Code, Id};
use sqlx::{Row as _, TypeInfo as _, ValueRef as _, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{Fault, Result, value};

pub(crate) enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// A row; columns are taken by their place in the SELECT.
pub struct Row {
    pub(crate) inner: Inner,
    pub(crate) statement: &'static str,
}

impl Row {
    /// The column at this zero-based place.
    pub fn get<T: FromColumn>(&self, column: usize) -> Result<T> {
        T::from_column(self, column)
    }

    /// A stored word of a closed set.
    pub fn code<T: Code>(&self, column: usize) -> Result<T> {
        let text: String = self.get(column)?;
        T::from_code(&text).ok_or_else(|| self.wrong(column, format!("unknown word `{text}`")))
    }

    /// A stored word of a closed set, or nothing.
    pub fn maybe_code<T: Code>(&self, column: usize) -> Result<Option<T>> {
        if self.is_null(column)? { Ok(None) } else { self.code(column).map(Some) }
    }

    fn is_null(&self, column: usize) -> Result<bool> {
        Ok(match &self.inner {
            Inner::Sqlite(row) => row.try_get_raw(column)?.is_null(),
            Inner::Postgres(row) => row.try_get_raw(column)?.is_null(),
        })
    }

    /// SQLite turns anything into anything (NULL into 0, `abc` into 0, 2.9 into 2) where PostgreSQL
    /// refuses. So that both refuse, what is stored must be of one of these storage classes.
    fn stored(&self, column: usize, classes: &[&str]) -> Result<()> {
        if let Inner::Sqlite(row) = &self.inner {
            let raw = row.try_get_raw(column)?;
            let class = raw.type_info();
            if raw.is_null() || !classes.contains(&class.name()) {
                let class = if raw.is_null() { "NULL" } else { class.name() };
                let classes = classes.join(" or ");
                return Err(self.wrong(column, format!("{class} is stored, not {classes}")));
            }
        }
        Ok(())
    }

    fn wrong(&self, column: usize, why: impl ToString) -> Fault {
        Fault::Column { column, statement: self.statement, why: why.to_string() }
    }
}

/// A Rust type that a column can become.
pub trait FromColumn: Sized {
    /// Reads it; an unexpected type or NULL is a fault.
    fn from_column(row: &Row, column: usize) -> Result<Self>;
}

impl FromColumn for i64 {
    fn from_column(row: &Row, column: usize) -> Result<Self> {
        row.stored(column, &["INTEGER"])?;
        Ok(match &row.inner {
            Inner::Sqlite(row) => row.try_get_unchecked(column)?,
            Inner::Postgres(row) => {
                let raw = row.try_get_raw(column)?;
                match raw.type_info().name() {
                    "INT4" => i64::from(row.try_get::<i32, _>(column)?),
                    _ => row.try_get(column)?,
                }
            }
        })
    }
}
impl FromColumn for u32 {
    fn from_column(row: &Row, column: usize) -> Result<Self> {
        let wide: i64 = row.get(column)?;
        Self::try_from(wide).map_err(|why| row.wrong(column, why))
    }
}

macro_rules! alike {
    ($($rust:ty: $classes:expr),+) => {$(
        impl FromColumn for $rust {
            fn from_column(row: &Row, column: usize) -> Result<Self> {
                row.stored(column, &$classes)?;
                Ok(match &row.inner {
                    Inner::Sqlite(row) => row.try_get_unchecked(column)?,
                    Inner::Postgres(row) => row.try_get(column)?,
                })
            }
        }
    )+};
}
alike!(
    bool: ["INTEGER"],
    f64: ["REAL", "INTEGER"],
    String: ["TEXT"],
    // An empty literal in a migration is text to SQLite.
    Vec<u8>: ["BLOB", "TEXT"]
);

impl FromColumn for Uuid {
    fn from_column(row: &Row, column: usize) -> Result<Self> {
        row.stored(column, &["BLOB"])?;
        let bytes = match &row.inner {
            Inner::Sqlite(row) => row.try_get_unchecked::<Vec<u8>, _>(column)?,
            Inner::Postgres(row) => row.try_get_unchecked::<Vec<u8>, _>(column)?,
        };
        Self::from_slice(&bytes).map_err(|why| row.wrong(column, why))
    }
}
impl<K> FromColumn for Id<K> {
    fn from_column(row: &Row, column: usize) -> Result<Self> {
        row.get(column).map(Self::from_uuid)
    }
}
impl FromColumn for Date {
    fn from_column(row: &Row, column: usize) -> Result<Self> {
        row.stored(column, &["TEXT"])?;
        let read = match &row.inner {
            Inner::Sqlite(row) => row.try_get_unchecked::<String, _>(column)?.parse(),
            Inner::Postgres(row) => {
                value::date_from_postgres(row.try_get_unchecked::<i32, _>(column)?)
            }
        };
        read.map_err(|why: jiff::Error| row.wrong(column, why))
    }
}
impl FromColumn for Timestamp {
    fn from_column(row: &Row, column: usize) -> Result<Self> {
        row.stored(column, &["INTEGER"])?;
        let read = match &row.inner {
            Inner::Sqlite(row) => Self::from_microsecond(row.try_get_unchecked(column)?),
            Inner::Postgres(row) => value::instant_from_postgres(row.try_get_unchecked(column)?),
        };
        read.map_err(|why| row.wrong(column, why))
    }
}
impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(row: &Row, column: usize) -> Result<Self> {
        if row.is_null(column)? { Ok(None) } else { T::from_column(row, column).map(Some) }
    }
}
