//! What is bound to a statement's `$n`: one small set of types that both engines store alike.

use jiff::{Timestamp, civil::Date};
use kernel::Id;
use sqlx::{
    Arguments, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgTypeInfo, types::Oid},
    sqlite::SqliteArguments,
};
use uuid::Uuid;

/// A column type, as migrations write it for PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `BOOLEAN`
    Bool,
    /// `BIGINT`
    Int,
    /// `DOUBLE PRECISION`
    Float,
    /// `TEXT`
    Text,
    /// `UUID`; a 16-byte blob on SQLite
    Uuid,
    /// `BYTEA`
    Bytes,
    /// `DATE`; `YYYY-MM-DD` on SQLite
    Date,
    /// `TIMESTAMPTZ`; whole microseconds since 1970 on SQLite, so that order is time order
    Instant,
}

/// A value on its way into a statement.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each variant is the Kind of the same name
pub enum Value {
    Null(Kind),
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Uuid(Uuid),
    Bytes(Vec<u8>),
    Date(Date),
    Instant(Timestamp),
}

impl Value {
    /// Its column type.
    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Self::Null(kind) => *kind,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Float(_) => Kind::Float,
            Self::Text(_) => Kind::Text,
            Self::Uuid(_) => Kind::Uuid,
            Self::Bytes(_) => Kind::Bytes,
            Self::Date(_) => Kind::Date,
            Self::Instant(_) => Kind::Instant,
        }
    }
}

/// A Rust type that can be bound.
pub trait ToValue {
    /// Its column type, needed to send a typed NULL.
    const KIND: Kind;
    /// The value to bind.
    fn to_value(self) -> Value;
}

macro_rules! to_value {
    ($($rust:ty => $kind:ident, |$one:ident| $make:expr;)+) => {$(
        impl ToValue for $rust {
            const KIND: Kind = Kind::$kind;
            fn to_value(self) -> Value {
                let $one = self;
                Value::$kind($make)
            }
        }
    )+};
}
to_value! {
    bool => Bool, |one| one;
    i64 => Int, |one| one;
    i32 => Int, |one| i64::from(one);
    u32 => Int, |one| i64::from(one);
    f64 => Float, |one| one;
    String => Text, |one| one;
    &String => Text, |one| one.clone();
    &str => Text, |one| one.to_owned();
    Uuid => Uuid, |one| one;
    Vec<u8> => Bytes, |one| one;
    &[u8] => Bytes, |one| one.to_vec();
    Date => Date, |one| one;
    Timestamp => Instant, |one| one;
}
impl<K> ToValue for Id<K> {
    const KIND: Kind = Kind::Uuid;
    fn to_value(self) -> Value {
        Value::Uuid(self.uuid())
    }
}
impl<T: ToValue> ToValue for Option<T> {
    const KIND: Kind = T::KIND;
    fn to_value(self) -> Value {
        self.map_or(Value::Null(T::KIND), ToValue::to_value)
    }
}
impl<T: ToValue + Clone> ToValue for &Option<T> {
    const KIND: Kind = T::KIND;
    fn to_value(self) -> Value {
        self.clone().to_value()
    }
}

/// The values of `$1`, `$2`, … in order.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        [$($crate::ToValue::to_value($value)),*]
    };
}

/// Refuses what one of the engines cannot keep, before it reaches either: PostgreSQL has no NUL in
/// text, SQLite turns NaN into NULL. A refusal by PostgreSQL would also end the transaction.
pub(crate) fn storable(value: &Value) -> Result<(), BoxDynError> {
    match value {
        Value::Text(one) if one.contains('\0') => {
            Err("text with the character NUL (U+0000) cannot be stored".into())
        }
        Value::Float(one) if !one.is_finite() => {
            Err(format!("{one} cannot be stored: only finite numbers can").into())
        }
        _ => Ok(()),
    }
}

pub(crate) fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, BoxDynError> {
    let mut into = SqliteArguments::default();
    for value in values {
        add_sqlite(&mut into, value)?;
    }
    Ok(into)
}

pub(crate) fn add_sqlite(into: &mut SqliteArguments, value: Value) -> Result<(), BoxDynError> {
    storable(&value)?;
    match value {
        Value::Null(_) => into.add(None::<i64>),
        Value::Bool(one) => into.add(one),
        Value::Int(one) => into.add(one),
        Value::Float(one) => into.add(one),
        Value::Text(one) => into.add(one),
        Value::Uuid(one) => into.add(one.into_bytes().to_vec()),
        Value::Bytes(one) => into.add(one),
        Value::Date(one) => into.add(one.to_string()),
        Value::Instant(one) => into.add(one.as_microsecond()),
    }
}

pub(crate) fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, BoxDynError> {
    let mut into = PgArguments::default();
    for value in values {
        storable(&value)?;
        match value {
            Value::Null(kind) => add_null(&mut into, kind)?,
            Value::Bool(one) => into.add(one)?,
            Value::Int(one) => into.add(one)?,
            Value::Float(one) => into.add(one)?,
            Value::Text(one) => into.add(one)?,
            Value::Uuid(one) => into.add(PgUuid(one))?,
            Value::Bytes(one) => into.add(one)?,
            Value::Date(one) => into.add(PgDate(one))?,
            Value::Instant(one) => into.add(PgInstant(one))?,
        }
    }
    Ok(into)
}

fn add_null(into: &mut PgArguments, kind: Kind) -> Result<(), BoxDynError> {
    match kind {
        Kind::Bool => into.add(None::<bool>),
        Kind::Int => into.add(None::<i64>),
        Kind::Float => into.add(None::<f64>),
        Kind::Text => into.add(None::<String>),
        Kind::Uuid => into.add(None::<PgUuid>),
        Kind::Bytes => into.add(None::<Vec<u8>>),
        Kind::Date => into.add(None::<PgDate>),
        Kind::Instant => into.add(None::<PgInstant>),
    }
}

/// PostgreSQL counts days and microseconds from 2000-01-01.
const PG_EPOCH: Date = Date::constant(2000, 1, 1);
const PG_EPOCH_MICROS: i64 = 946_684_800_000_000;

macro_rules! pg_type {
    ($name:ident($inner:ty), $oid:literal, $array:literal, |$one:ident| $bytes:expr) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name(pub(crate) $inner);
        impl Type<Postgres> for $name {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($oid))
            }
            fn compatible(_: &PgTypeInfo) -> bool {
                true
            }
        }
        impl PgHasArrayType for $name {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($array))
            }
        }
        impl Encode<'_, Postgres> for $name {
            fn encode_by_ref(&self, into: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let $one = self.0;
                into.extend_from_slice(&$bytes);
                Ok(IsNull::No)
            }
        }
    };
}
pg_type!(PgUuid(Uuid), 2950, 2951, |one| one.into_bytes());
pg_type!(PgDate(Date), 1082, 1182, |one| days_since_2000(one)?.to_be_bytes());
pg_type!(PgInstant(Timestamp), 1184, 1185, |one| {
    (one.as_microsecond() - PG_EPOCH_MICROS).to_be_bytes()
});

fn days_since_2000(on: Date) -> Result<i32, jiff::Error> {
    Ok(PG_EPOCH.until(on)?.get_days())
}

pub(crate) fn date_from_postgres(days: i32) -> Result<Date, jiff::Error> {
    PG_EPOCH.checked_add(jiff::Span::new().try_days(days)?)
}

pub(crate) fn instant_from_postgres(micros: i64) -> Result<Timestamp, jiff::Error> {
    Timestamp::from_microsecond(micros.saturating_add(PG_EPOCH_MICROS))
}
