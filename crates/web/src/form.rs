//! Forms: what was typed, and what is wrong with it, field by field.

use std::{collections::BTreeMap, str::FromStr};

use axum::extract::{FromRequest, Request};

use crate::{Refused, State};

/// What a person typed, by field name. Order within a name is kept.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// Takes `a=1&b=2` apart.
    pub fn parse(body: &[u8]) -> Self {
        let fields = form_urlencoded::parse(body).into_owned().collect();
        Self { fields }
    }
    /// A form with these values, as a page first shows it.
    pub fn of<N: Into<String>, V: Into<String>>(fields: impl IntoIterator<Item = (N, V)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { fields }
    }
    /// The value as typed, without surrounding space; empty when absent.
    pub fn get(&self, name: &str) -> &str {
        let first = self.fields.iter().find(|(one, _)| one == name);
        first.map_or("", |(_, value)| value.trim())
    }
    /// Every value of a repeated field.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let name = name.to_owned();
        self.fields.iter().filter(move |(one, _)| *one == name).map(|(_, value)| value.trim())
    }
    /// Every field as sent.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
    /// The value, or nothing when left empty.
    pub fn optional(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }
    /// The value that must be there; notes the error otherwise.
    pub fn required(&self, name: &'static str, errors: &mut FieldErrors) -> String {
        let value = self.get(name);
        if value.is_empty() {
            errors.add(name, "这一项要填");
        }
        value.to_owned()
    }
    /// The value as a `T`, or nothing when left empty; notes the error when it is something else.
    pub fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        wrong: &'static str,
        errors: &mut FieldErrors,
    ) -> Option<T> {
        let value = self.optional(name)?;
        let parsed = value.parse().ok();
        if parsed.is_none() {
            errors.add(name, wrong);
        }
        parsed
    }
}

/// Reads an urlencoded body; the gate has already checked its secret.
impl FromRequest<State> for Form {
    type Rejection = Refused;
    async fn from_request(request: Request, _: &State) -> Result<Self, Refused> {
        let limit = crate::gate::FORM_LIMIT;
        let body = axum::body::to_bytes(request.into_body(), limit).await;
        body.map(|body| Self::parse(&body)).map_err(|why| Refused::body(&why, limit))
    }
}

/// What is wrong, by field.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors {
    errors: BTreeMap<String, String>,
}

impl FieldErrors {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Notes what is wrong with a field; the first note stays.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.entry(field.into()).or_insert_with(|| message.into());
    }
    /// What is wrong with a field.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.errors.get(field).map(String::as_str)
    }
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }
    /// How many fields are wrong.
    pub fn len(&self) -> usize {
        self.errors.len()
    }
    /// Field by field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.errors.iter().map(|(field, message)| (field.as_str(), message.as_str()))
    }
    /// Goes on only when nothing is wrong.
    pub fn check(self) -> Result<(), Refused> {
        if self.is_empty() { Ok(()) } else { Err(Refused::Invalid(self)) }
    }
}
