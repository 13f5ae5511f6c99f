//! A statement composed from parts, for lists whose conditions a person chooses.
//!
//! Parts are `&'static str`, so no typed text can become SQL; values are bound. `?` in a part
//! stands for the next bound value.

use crate::{Engine, ToValue, Value};

/// A statement under composition, in both engines' words.
#[derive(Clone, Debug, Default)]
pub struct Query {
    sides: [Side; 2],
}

#[derive(Clone, Debug, Default)]
struct Side {
    text: String,
    values: Vec<Value>,
}

/// A part and the values of its `?`s, in order.
pub type Part = (&'static str, Vec<Value>);

impl Query {
    /// Begins with this part.
    pub fn new(part: &'static str) -> Self {
        Self::default().part(part)
    }
    /// Adds a part without values.
    #[must_use]
    pub fn part(mut self, part: &'static str) -> Self {
        for side in &mut self.sides {
            side.text.push_str(part);
        }
        self
    }
    /// Adds a part whose `?`s are these values, in order.
    #[must_use]
    pub fn with<const N: usize>(mut self, part: &'static str, values: [Value; N]) -> Self {
        for side in &mut self.sides {
            side.push((part, values.to_vec()));
        }
        self
    }
    /// The escape hatch: parts that the engines word differently.
    #[must_use]
    pub fn either(
        mut self,
        sqlite: impl IntoIterator<Item = Part>,
        postgres: impl IntoIterator<Item = Part>,
    ) -> Self {
        let [on_sqlite, on_postgres] = &mut self.sides;
        sqlite.into_iter().for_each(|part| on_sqlite.push(part));
        postgres.into_iter().for_each(|part| on_postgres.push(part));
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
        self = self.part(column).part(" IN (");
        for (place, value) in values.into_iter().enumerate() {
            self = self.with(if place == 0 { "?" } else { ", ?" }, [value]);
        }
        self.part(")")
    }
    /// Adds `column IN (…)` for a list that may be long: one bound text, read as a set.
    #[must_use]
    pub fn any_number(self, column: &'static str, numbers: &[i64]) -> Self {
        let list = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let list = Value::Text(format!("[{list}]"));
        self.part(column).either(
            [(" IN (SELECT value FROM json_each(?))", vec![list.clone()])],
            [(" IN (SELECT value::bigint FROM json_array_elements_text(?::json))", vec![list])],
        )
    }
    /// Adds another composed query in place, for example a condition between brackets.
    #[must_use]
    pub fn nested(mut self, inner: Self) -> Self {
        for (side, inner) in self.sides.iter_mut().zip(inner.sides) {
            push_shifted(&mut side.text, &inner.text, side.values.len());
            side.values.extend(inner.values);
        }
        self
    }

    pub(crate) fn into_parts(self, engine: Engine) -> (String, Vec<Value>) {
        let [sqlite, postgres] = self.sides;
        let side = match engine {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        };
        (side.text, side.values)
    }

    /// The text as it will be sent, for a test that reads plans.
    pub fn text(&self, engine: Engine) -> &str {
        &self.sides[engine as usize].text
    }
}

impl Side {
    fn push(&mut self, (part, values): Part) {
        push_part(&mut self.text, part, self.values.len(), values.len());
        self.values.extend(values);
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
        // A dollar without a number is part of a JSON path.
        if let Ok(number) = rest[..digits].parse::<usize>() {
            text.push_str(&(number + shift).to_string());
        }
        rest = &rest[digits..];
    }
    text.push_str(rest);
}
