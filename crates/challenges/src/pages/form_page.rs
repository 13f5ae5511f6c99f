//! One form page for this room's forms: fields one below the other, what is wrong beside each.

use askama::Template;
use axum::http::StatusCode;
use web::{Answer, Ask, FieldErrors, Form, Page, filters, html_with};

/// What a field takes.
#[derive(Clone, Debug)]
pub(crate) enum Takes {
    Line,
    Number,
    Clock,
    Moment,
    Choice(Vec<Choice>),
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
    pub name: &'static str,
    pub label: &'static str,
    pub takes: Takes,
    pub value: String,
    pub hint: &'static str,
    pub is_optional: bool,
}

impl Field {
    pub(crate) fn new(name: &'static str, label: &'static str, takes: Takes) -> Self {
        Self { name, label, takes, value: String::new(), hint: "", is_optional: false }
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
            Takes::Clock => "time",
            _ => "text",
        }
    }
}

/// A form before it is rendered.
pub(crate) struct FormPage {
    pub heading: &'static str,
    /// The page's way up: label and address.
    pub crumbs: Vec<(String, String)>,
    pub note: &'static str,
    pub action: String,
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
            typed.get(field.name).clone_into(&mut field.value);
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
