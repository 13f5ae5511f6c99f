//! One form page for this room's many small forms: fields in a row, what is wrong beside each.

use askama::Template;
use axum::http::StatusCode;
use web::{Answer, Ask, FieldErrors, Form, Page, filters, html_with};

/// What a field takes.
#[derive(Clone, Debug)]
pub(crate) enum Takes {
    Line,
    Phone,
    Date,
    Text,
    Choice(Vec<Choice>),
    /// A box, never ticked at first: the words beside it are the field's label.
    Tick,
    /// Several boxes under one name.
    Many(Vec<Choice>),
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
    /// Of several boxes, those that are ticked.
    pub ticked: Vec<String>,
    pub hint: &'static str,
    pub is_optional: bool,
}

impl Field {
    pub(crate) fn new(name: &'static str, label: &'static str, takes: Takes) -> Self {
        let (value, ticked) = (String::new(), Vec::new());
        Self { name, label, takes, value, ticked, hint: "", is_optional: false }
    }
    pub(crate) fn line(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Takes::Line)
    }
    pub(crate) fn text(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Takes::Text)
    }
    pub(crate) fn date(name: &'static str, label: &'static str, first: kernel::Date) -> Self {
        Self::new(name, label, Takes::Date).value(first)
    }
    pub(crate) fn choice(name: &'static str, label: &'static str, from: Vec<Choice>) -> Self {
        Self::new(name, label, Takes::Choice(from))
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
    /// What describes the field to who cannot see it: what is wrong, else the hint.
    fn described(&self, wrong: bool) -> String {
        let (name, hint) = (self.name, self.hint);
        match (wrong, hint.is_empty()) {
            (true, _) => {
                format!(" aria-invalid=\"true\" aria-describedby=\"f-{name}-err\"")
            }
            (false, false) => format!(" aria-describedby=\"f-{name}-hint\""),
            (false, true) => String::new(),
        }
    }
}

/// A form before it is rendered.
pub(crate) struct FormPage {
    pub heading: &'static str,
    /// The entry of the main navigation that it stands under.
    pub under: &'static str,
    /// The way up: label and address; names stay as they are.
    pub crumbs: Vec<(String, String)>,
    /// What the person should know before filling it in.
    pub note: String,
    pub action: String,
    pub submit: &'static str,
    pub back: String,
    pub version: Option<i64>,
    pub fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "merchant_form_page.html")]
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
            field.ticked = typed.all(field.name).map(str::to_owned).collect();
        }
        if let Ok(version) = typed.get("version").parse() {
            self.version = Some(version);
        }
        self.render(ask, StatusCode::UNPROCESSABLE_ENTITY, errors)
    }

    fn render(&self, ask: &Ask, status: StatusCode, errors: &FieldErrors) -> Answer {
        let shown = |name: &str| self.fields.iter().any(|field| field.name == name);
        let others = errors.iter().filter(|(name, _)| !shown(name)).map(|(_, why)| why).collect();
        let page = ask.page(self.heading, self.under);
        html_with(ask, status, &View { page, form: self, errors, others })
    }
}
