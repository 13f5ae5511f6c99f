//! A statement composed from parts, for lists whose conditions a person chooses.
//!
//! Parts are `&'static str`, so no typed text can become SQL; values are bound. `?` in a part
//! stands for the next bound value.

use crate::{Engine, ToValue, Value};

/// A statement under composition.
#[derive(Clone, Debug, Default)]
pub struct Query {
    text: String,
    values: Vec<Value>,
}

impl Query {
    /// Begins with this part.
    pub fn new(part: &'static str) -> Self {
        Self { text: part.to_owned(), values: Vec::new() }
    }
    /// Adds a part without values.
    #[must_use]
    pub fn part(mut self, part: &'static str) -> Self {
        self.text.push_str(part);
        self
    }
    /// Adds a part whose `?`s are these values, in order.
    #[must_use]
    pub fn with<const N: usize>(mut self, part: &'static str, values: [Value; N]) -> Self {
        self.bind_part(part, values.into());
        self
    }
    /// Adds `column IN (…)`; an empty list matches nothing.
    #[must_use]
    pub fn any_of<T: ToValue>(
        mut self,
        column: &'static str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let values: Vec<Value> = values.into_iter().map(ToValue::to_value).collect();
        if values.is_empty() {
            self.text.push_str("FALSE");
            return self;
        }
        self.text.push_str(column);
        self.text.push_str(" IN (");
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.text.push_str(", ");
            }
            self.bind_part("?", vec![value]);
        }
        self.text.push(')');
        self
    }
    /// Adds another composed query in place, for example a condition between brackets.
    #[must_use]
    pub fn nested(mut self, inner: Self) -> Self {
        let shift = self.values.len();
        let mut rest = inner.text.as_str();
        while let Some(at) = rest.find('$') {
            self.text.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            // A dollar without a number is part of a JSON path.
            if let Ok(number) = rest[..digits].parse::<usize>() {
                self.text.push_str(&(number + shift).to_string());
            }
            rest = &rest[digits..];
        }
        self.text.push_str(rest);
        self.values.extend(inner.values);
        self
    }

    fn bind_part(&mut self, part: &'static str, values: Vec<Value>) {
        let mut pieces = part.split('?');
        self.text.push_str(pieces.next().unwrap_or_default());
        let mut values = values.into_iter();
        for piece in pieces {
            let value = values.next();
            debug_assert!(value.is_some(), "more ? than values in `{part}`");
            self.values.extend(value);
            self.text.push('$');
            self.text.push_str(&self.values.len().to_string());
            self.text.push_str(piece);
        }
        debug_assert!(values.next().is_none(), "more values than ? in `{part}`");
    }

    pub(crate) fn into_parts(self) -> (String, Vec<Value>) {
        (self.text, self.values)
    }

    /// The text as it will be sent, for a test that reads plans.
    pub fn text(&self, _engine: Engine) -> &str {
        &self.text
    }
}
