//! One form page for this room's forms: fields one below the other, what is wrong beside each.

use askama::Template;
use axum::http::StatusCode;
use web::{Answer, Ask, FieldErrors, Form, Page, filters, html_with};

/// What a field takes.
#[derive(Clone, Debug)]
pub(crate) enum Takes {
    Line,
    Money,
    Moment,
    Text,
    Choice(Vec<Choice>),
    /// Any number of boxes; those whose value stands in `ticked`.
    Many(Vec<Choice>, Vec<String>),
}

/// One line of a list to choose from.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub value: String,
    pub label: String,
}

impl Choice {
    pub(crate) fn new(value: impl ToString, label: impl Into<String>) -> Self {
        Self { value: value.to_string(), label: label.into() }
    }
}

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub name: String,
    pub label: String,
    pub takes: Takes,
    pub value: String,
    pub hint: &'static str,
    pub is_optional: bool,
}

impl Field {
    pub(crate) fn new(name: impl Into<String>, label: impl Into<String>, takes: Takes) -> Self {
        let (name, label, value) = (name.into(), label.into(), String::new());
        Self { name, label, takes, value, hint: "", is_optional: false }
    }
    pub(crate) fn line(name: &str, label: &str) -> Self {
        Self::new(name, label, Takes::Line)
    }
    pub(crate) fn text(name: &str, label: &str) -> Self {
        Self::new(name, label, Takes::Text)
    }
    pub(crate) fn value(self, value: impl ToString) -> Self {
        Self { value: value.to_string(), ..self }
    }
    pub(crate) fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }
    pub(crate) fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }
    fn input_type(&self) -> &'static str {
        match self.takes {
            Takes::Moment => "datetime-local",
            _ => "text",
        }
    }
    /// An instant as an input of a browser takes it.
    pub(crate) fn moment(name: &str, label: &str, at: Option<jiff::Timestamp>) -> Self {
        let value = at.map(|at| crate::show::moment(at).replace(' ', "T")).unwrap_or_default();
        Self::new(name, label, Takes::Moment).value(value)
    }
    pub(crate) fn choice(name: &str, label: &str, from: Vec<Choice>) -> Self {
        Self::new(name, label, Takes::Choice(from))
    }
    pub(crate) fn money(name: &str, label: &str) -> Self {
        Self::new(name, label, Takes::Money)
    }
    fn rows(&self) -> usize {
        self.value.lines().count().clamp(3, 8)
    }
    fn is_ticked(ticked: &[String], choice: &Choice) -> bool {
        ticked.contains(&choice.value)
    }
}

/// A form before it is rendered.
pub(crate) struct FormPage {
    pub heading: &'static str,
    /// The page's way up: label and address.
    pub crumbs: Vec<(String, String)>,
    pub note: String,
    pub action: String,
    pub submit: &'static str,
    pub back: String,
    pub version: Option<i64>,
    pub fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "form.html")]
struct View<'a> {
    page: Page,
    form: &'a FormPage,
    errors: &'a FieldErrors,
    /// Errors of fields that the form does not show.
    others: Vec<&'a str>,
}

impl FormPage {
    /// The form as it is first shown.
    pub(crate) fn show(&self, ask: &Ask) -> Answer {
        self.render(ask, StatusCode::OK, &FieldErrors::new())
    }

    /// The form with what was typed and what is wrong with it.
    pub(crate) fn show_again(mut self, ask: &Ask, typed: &Form, errors: &FieldErrors) -> Answer {
        for field in &mut self.fields {
            if let Takes::Many(_, ticked) = &mut field.takes {
                *ticked = typed.all(&field.name).map(str::to_owned).collect();
            } else {
                typed.get(&field.name).clone_into(&mut field.value);
            }
        }
        if let Ok(version) = typed.get("version").parse() {
            self.version = Some(version);
        }
        self.render(ask, StatusCode::UNPROCESSABLE_ENTITY, errors)
    }

    fn render(&self, ask: &Ask, status: StatusCode, errors: &FieldErrors) -> Answer {
        let shown = |name: &str| self.fields.iter().any(|field| field.name == name);
        let others = errors.iter().filter(|(name, _)| !shown(name)).map(|(_, why)| why).collect();
        let page = ask.page(self.heading, "/campaigns");
        html_with(ask, status, &View { page, form: self, errors, others })
    }
}
