//! The form for a new account, and its one-time password.

use askama::Template;
use axum::http::StatusCode;
use kernel::{Code as _, Grant, Role};
use web::{Answer, Ask, FieldErrors, Form, Page, filters, html_with};

use super::{
    once::{self, Once},
    shown::{Choice, role_choices, scope_choices, scope_in},
};
use crate::{
    CreateAccountRefused,
    create_account::{NewAccount, create_account},
    policy::manage,
    rules::settings,
};

#[derive(Template)]
#[template(path = "new_account.html")]
struct NewAccountPage {
    page: Page,
    form: Form,
    errors: FieldErrors,
    roles: Vec<Choice>,
    scopes: Vec<Choice>,
}

impl NewAccountPage {
    fn wrong(&self, field: &str) -> Option<&str> {
        self.errors.get(field)
    }
}

/// `GET /accounts/new`
pub(crate) async fn show(ask: Ask) -> Answer {
    manage(&ask.cx.actor)?;
    page(&ask, StatusCode::OK, Form::default(), FieldErrors::new()).await
}

async fn page(ask: &Ask, status: StatusCode, form: Form, errors: FieldErrors) -> Answer {
    let mut frame = ask.page("建账号", "/accounts");
    frame.here = "/accounts/new".into();
    let view = NewAccountPage {
        page: frame,
        roles: role_choices(form.get("role")),
        scopes: scope_choices(ask, form.get("scope")).await?,
        form,
        errors,
    };
    html_with(ask, status, &view)
}

/// `POST /accounts`
pub(crate) async fn create(ask: Ask, form: Form) -> Answer {
    manage(&ask.cx.actor)?;
    let mut errors = FieldErrors::new();
    let mut grants = Vec::new();
    if let Some(role) = form.optional("role") {
        let scope = scope_in(&ask, form.get("scope")).await?;
        match (Role::from_code(role), scope) {
            (Some(role), Some(scope)) => grants.push(Grant { role, scope }),
            _ => errors.add("scope", "权限的范围没有选对"),
        }
    }
    if errors.is_empty() {
        let (text, password) = settings(&ask.state).rules.one_time_password(&ask.cx).await?;
        let new = NewAccount {
            name: form.get("name").to_owned(),
            display_name: form.get("display_name").to_owned(),
            password,
            grants,
        };
        let mut tx = ask.db().write().await?;
        match create_account(&mut tx, &ask.cx, new).await {
            Ok(id) => {
                tx.commit().await?;
                return one_time(&ask, form.get("name"), &text, &format!("/accounts/{id}"));
            }
            Err(refused @ (CreateAccountRefused::Name | CreateAccountRefused::NameTaken)) => {
                errors.add("name", refused.to_string());
            }
            Err(refused @ CreateAccountRefused::DisplayName) => {
                errors.add("display_name", refused.to_string());
            }
            Err(refused) => return Err(refused.into()),
        }
    }
    page(&ask, StatusCode::UNPROCESSABLE_ENTITY, form, errors).await
}

/// Shows a one-time password this once.
pub(super) fn one_time(ask: &Ask, whose: &str, secret: &str, on: &str) -> Answer {
    let words = "这是一次性密码，只显示这一次，三天内有效。请当面或打电话告诉本人；\
                 第一次登录时，要换成自己的密码。";
    let once = Once { title: "一次性密码", words, whose, secret, on: (on, "告诉本人了") };
    once::show(ask, "/accounts", once)
}
