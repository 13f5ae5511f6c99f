//! One's own account: what was granted, which browsers and scripts are in, the password.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect},
};
use kernel::actor::AccountId;
use serde::Deserialize;
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html_with};

use super::{
    once::{self, Once},
    raw,
    shown::{ShownGrant, moment, shown_grants},
};
use crate::{
    ChangePasswordRefused, CreateTokenRefused,
    change_password::change_password,
    cookies::Cookie,
    create_token::{NewToken, create_token},
    end_session::{end_others, end_session},
    revoke_token::revoke_token,
    rules::settings,
    secret::Secret,
    session::{Session, device_name},
    store,
    token::Token,
};

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    page: Page,
    name: String,
    grants: Vec<ShownGrant>,
    sessions: Vec<ShownSession>,
    tokens: Vec<ShownToken>,
    /// What was typed in a form that came back.
    form: Form,
    errors: FieldErrors,
}

impl MePage {
    fn wrong(&self, field: &str) -> Option<&str> {
        self.errors.get(field)
    }
}

struct ShownSession {
    id: String,
    device: &'static str,
    agent: String,
    opened: String,
    seen: String,
    is_this: bool,
}

struct ShownToken {
    id: String,
    name: String,
    expires: String,
    used: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

/// `GET /me`
pub(crate) async fn show(
    ask: Ask,
    headers: HeaderMap,
    Query(Done { done }): Query<Done>,
) -> Answer {
    let said = match done.as_str() {
        "password" => Some("密码已改，其他设备上的登录已结束。"),
        "session" => Some("已经结束，那台设备要重新登录。"),
        "token" => Some("令牌已作废，用它的脚本马上停用。"),
        _ => None,
    };
    page(ask, &headers, StatusCode::OK, said, Form::default(), FieldErrors::new()).await
}

async fn page(
    ask: Ask,
    headers: &HeaderMap,
    status: StatusCode,
    said: Option<&'static str>,
    form: Form,
    errors: FieldErrors,
) -> Answer {
    let account = own(&ask)?;
    let this = this_session(&ask, headers);
    let mut tx = ask.db().read().await?;
    let found = store::account::get(&mut tx, account).await?.ok_or(Refused::NotFound)?;
    let rules = settings(&ask.state).rules.session;
    let since = (ask.cx.now - rules.longest, ask.cx.now - rules.idle_for);
    let sessions = store::session::open_of(&mut tx, account, since, this.as_ref()).await?;
    let tokens = store::token::of_account(&mut tx, account, ask.cx.now).await?;
    let held = store::grant::of_account(&mut tx, account).await?;
    drop(tx);
    let mut frame = ask.page("我的账户", "/me");
    frame.said = said.or(frame.said);
    // After a form came back, the switches lead to the page, not to where the form was sent.
    frame.here = "/me".into();
    let view = MePage {
        page: frame,
        name: found.name,
        grants: shown_grants(&ask, held).await?,
        sessions: sessions.into_iter().map(shown_session).collect(),
        tokens: tokens.into_iter().map(shown_token).collect(),
        form,
        errors,
    };
    html_with(&ask, status, &view)
}

fn shown_session(session: Session) -> ShownSession {
    ShownSession {
        id: session.id.to_string(),
        device: device_name(&session.device),
        opened: moment(session.opened_at),
        seen: moment(session.last_seen_at),
        is_this: session.is_this,
        agent: session.device,
    }
}

fn shown_token(token: Token) -> ShownToken {
    ShownToken {
        id: token.id.to_string(),
        name: token.name,
        expires: moment(token.expires_at),
        used: token.last_used_on.map(|on| on.to_string()),
    }
}

fn own(ask: &Ask) -> Answer<AccountId> {
    ask.cx.actor.account().ok_or(Refused::SignIn(None))
}

fn this_session(ask: &Ask, headers: &HeaderMap) -> Option<Secret> {
    Cookie::Session.read(ask.state.site(), headers)
}

/// `POST /me/password`
pub(crate) async fn password(ask: Ask, headers: HeaderMap, form: Form) -> Answer {
    let account = own(&ask)?;
    let typed = |name| raw(&form, name).unwrap_or_default();
    let (present, new) = (typed("present"), typed("new"));
    let mut errors = FieldErrors::new();
    if new == typed("again") {
        let rules = settings(&ask.state).rules;
        let this = this_session(&ask, &headers);
        let (cx, this) = (&ask.cx, this.as_ref());
        match change_password(ask.db(), cx, &rules, account, (present, new), this).await {
            Ok(()) => return Ok(Redirect::to("/me?done=password").into_response()),
            Err(refused @ ChangePasswordRefused::WrongPassword) => {
                errors.add("present", refused.to_string());
            }
            Err(refused @ (ChangePasswordRefused::Weak(_) | ChangePasswordRefused::Same)) => {
                errors.add("new", refused.to_string());
            }
            Err(refused) => return Err(refused.into()),
        }
    } else {
        errors.add("again", "两次填的新密码不一样");
    }
    page(ask, &headers, StatusCode::UNPROCESSABLE_ENTITY, None, Form::default(), errors).await
}

/// `POST /me/sessions/{id}/revocations`
pub(crate) async fn end_one(ask: Ask, Path(id): Path<String>) -> Answer<Redirect> {
    let id = id.parse().map_err(|_| Refused::NotFound)?;
    let mut tx = ask.db().write().await?;
    end_session(&mut tx, &ask.cx, own(&ask)?, id).await?;
    tx.commit().await?;
    Ok(Redirect::to("/me?done=session"))
}

/// `POST /me/sessions/revocations`
pub(crate) async fn end_the_others(ask: Ask, headers: HeaderMap) -> Answer<Redirect> {
    let this = this_session(&ask, &headers);
    let mut tx = ask.db().write().await?;
    end_others(&mut tx, &ask.cx, own(&ask)?, this.as_ref()).await?;
    tx.commit().await?;
    Ok(Redirect::to("/me?done=session"))
}

/// `POST /me/tokens`
pub(crate) async fn make_token(ask: Ask, headers: HeaderMap, form: Form) -> Answer {
    let account = own(&ask)?;
    let mut errors = FieldErrors::new();
    let days = form.parsed("days", "有效天数要填整数", &mut errors).unwrap_or(0);
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        let new = NewToken { account, name: form.get("name").to_owned(), days };
        match create_token(&mut tx, &ask.cx, new).await {
            Ok(issued) => {
                tx.commit().await?;
                let once = Once {
                    title: "新令牌",
                    words: "这个令牌只显示这一次，请现在就抄到脚本里。丢了可以作废再建。",
                    whose: form.get("name"),
                    secret: &issued.text,
                    on: ("/me", "抄好了"),
                };
                return once::show(&ask, "/me", once);
            }
            Err(refused @ CreateTokenRefused::Name) => errors.add("name", refused.to_string()),
            Err(refused @ (CreateTokenRefused::Days | CreateTokenRefused::TooMany)) => {
                errors.add("days", refused.to_string());
            }
            Err(refused) => return Err(refused.into()),
        }
    }
    page(ask, &headers, StatusCode::UNPROCESSABLE_ENTITY, None, form, errors).await
}

/// `POST /me/tokens/{id}/revocations`
pub(crate) async fn drop_token(ask: Ask, Path(id): Path<String>) -> Answer<Redirect> {
    let id = id.parse().map_err(|_| Refused::NotFound)?;
    let mut tx = ask.db().write().await?;
    revoke_token(&mut tx, &ask.cx, own(&ask)?, id).await?;
    tx.commit().await?;
    Ok(Redirect::to("/me?done=token"))
}
