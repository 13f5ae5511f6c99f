//! A statement composed from parts, for lists whose conditions a person chooses.
//!
//! Parts are `&'static str`, so no typed text can become SQL; values are bound. `?` in a part
//! stands for the next bound value.

use crate::{Engine, ToValue, Value};

/// A statement under composition, in both engines' words.
#[derive(Clone, Debug, Default)]
pub struct Query {
    text: [String; 2],
    values: Vec<Value>,
}

impl Query {
    /// Begins with this part.
    pub fn new(part: &'static str) -> Self {
        Self { text: [part.to_owned(), part.to_owned()], values: Vec::new() }
    }
    /// Adds a part without values.
    #[must_use]
    pub fn part(mut self, part: &'static str) -> Self {
        self.push(part);
        self
    }
    /// Adds a part whose `?`s are these values, in order.
    #[must_use]
    pub fn with<const N: usize>(mut self, part: &'static str, values: [Value; N]) -> Self {
        self.bind_part(part, values.into());
        self
    }
    /// The escape hatch: a part that the engines word differently; each text's `?`s are these
    /// values, in order.
    #[must_use]
    pub fn either<const N: usize>(
        mut self,
        sqlite: &'static str,
        postgres: &'static str,
        values: [Value; N],
    ) -> Self {
        let first = self.values.len();
        for (text, part) in self.text.iter_mut().zip([sqlite, postgres]) {
            push_part(text, part, first, N);
        }
        self.values.extend(values);
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
            return self.part("FALSE");
        }
        self.push(column);
        self.push(" IN (");
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.push(", ");
            }
            self.bind_part("?", vec![value]);
        }
        self.part(")")
    }
    /// Adds `column IN (…)` for a list that may be long: one bound text, read as a set.
    #[must_use]
    pub fn any_number(mut self, column: &'static str, numbers: &[i64]) -> Self {
        self.push(column);
        let list = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        self.either(
            " IN (SELECT value FROM json_each(?))",
            " IN (SELECT value::bigint FROM json_array_elements_text(?::json))",
            [Value::Text(format!("[{list}]"))],
        )
    }
    /// Adds another composed query in place, for example a condition between brackets.
    #[must_use]
    pub fn nested(mut self, inner: Self) -> Self {
        let shift = self.values.len();
        for (text, inner) in self.text.iter_mut().zip(&inner.text) {
            push_shifted(text, inner, shift);
        }
        self.values.extend(inner.values);
        self
    }

    fn push(&mut self, part: &str) {
        for text in &mut self.text {
            text.push_str(part);
        }
    }

    fn bind_part(&mut self, part: &'static str, values: Vec<Value>) {
        let first = self.values.len();
        for text in &mut self.text {
            push_part(text, part, first, values.len());
        }
        self.values.extend(values);
    }

    pub(crate) fn into_parts(self, engine: Engine) -> (String, Vec<Value>) {
        let [sqlite, postgres] = self.text;
        let text = match engine {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        };
        (text, self.values)
    }

    /// The text as it will be sent, for a test that reads plans.
    pub fn text(&self, engine: Engine) -> &str {
        &self.text[engine as usize]
    }
}

/// Adds a part, its `?`s becoming `$first+1`, `$first+2`, …
fn push_part(text: &mut String, part: &'static str, first: usize, count: usize) {
    debug_assert_eq!(part.matches('?').count(), count, "as many ? as values in `{part}`");
    for (place, piece) in part.split('?').enumerate() {
        if place > 0 {
            text.push('$');
            text.push_str(&(first + place).to_string());
        }
        text.push_str(piece);
    }
}

/// Adds a composed text, every `$n` becoming `$n+shift`.
fn push_shifted(text: &mut String, inner: &str, shift: usize) {
    let mut rest = inner;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = rest[..digits].parse().unwrap_or(0);
        text.push_str(&(number + shift).to_string());
        rest = &rest[digits..];
    }
    text.push_str(rest);
}
