//! The sign-in page, and the way out.

use askama::Template;
use axum::{
    extract::Query,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::Actor;
use serde::Deserialize;
use web::{
    Answer, Ask, Form, Page, Refused, client::FromClient, filters, html_with, site_routes::local,
};

use super::raw;
use crate::{
    FrontDoor,
    cookies::Cookie,
    end_session::sign_out_of,
    rules::settings,
    sign_in::{Attempt, SignInRefused, sign_in},
    tries::{AddressRules, Tries},
};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    name: String,
    back: String,
    /// What happened, and what to do.
    wrong: Option<(&'static str, String)>,
    /// Whether an own password must be chosen.
    own: bool,
}

#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    back: String,
}

/// `GET /login`
pub(crate) async fn show(
    ask: Ask,
    headers: HeaderMap,
    Query(Back { back }): Query<Back>,
) -> Answer {
    if ask.cx.actor.account().is_some() {
        return Ok(Redirect::to(local(&back)).into_response());
    }
    page(ask, &headers, StatusCode::OK, Form::of([("back", back)]), None, false)
}

/// Shows the form, and sees to it that the browser has the cookie which the form must match.
fn page(
    mut ask: Ask,
    headers: &HeaderMap,
    status: StatusCode,
    form: Form,
    wrong: Option<(&'static str, String)>,
    own: bool,
) -> Answer {
    let visit = FrontDoor::visit(&mut ask, headers);
    let mut frame = ask.page("登录", "");
    frame.nav.clear();
    let name = form.get("name").to_owned();
    let back = local(form.get("back")).to_owned();
    let view = LoginPage { page: frame, name, back, wrong, own };
    let mut response = html_with(&ask, status, &view)?;
    if let Some(visit) = visit {
        response.headers_mut().append(header::SET_COOKIE, visit);
    }
    Ok(response)
}

/// `POST /login`
pub(crate) async fn enter(
    ask: Ask,
    headers: HeaderMap,
    FromClient(from): FromClient,
    form: Form,
) -> Answer {
    let device = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let own_password = raw(&form, "own_password").filter(|own| !own.is_empty());
    let attempt = Attempt {
        name: form.get("name").to_owned(),
        password: raw(&form, "password").unwrap_or_default().to_owned(),
        own_password: own_password.map(str::to_owned),
        device: device.unwrap_or_default().to_owned(),
    };
    if own_password.is_some() && raw(&form, "own_password_again") != own_password {
        let wrong = ("两次填的新密码不一样", "没有登录，请再填一次。".to_owned());
        return page(ask, &headers, StatusCode::UNPROCESSABLE_ENTITY, form, Some(wrong), true);
    }
    let rules = settings(&ask.state).rules;
    let cx = ask.cx.acting_as(Actor::Anonymous);
    let tries = ask.state.part::<Tries>();
    let begun = from.map(|from| tries.begin(from, cx.now, rules.address)).transpose();
    let begun = begun.map_err(|seconds| too_many(rules.address, seconds))?;
    let signed_in = sign_in(ask.db(), &cx, &rules, attempt).await;
    if let (Some(begun), false) = (begun, matches!(signed_in, Err(SignInRefused::No))) {
        begun.was_right();
    }
    match signed_in {
        Ok(opened) => {
            end_former(&ask, &headers).await?;
            let mut response = Redirect::to(local(form.get("back"))).into_response();
            Cookie::Session.set(ask.state.site(), &opened.secret, &mut response);
            Ok(response)
        }
        Err(refused) => again(ask, &headers, form, refused),
    }
}

/// Everybody behind this address is told the same, whoever failed.
fn too_many(rules: AddressRules, retry_after: u32) -> Refused {
    let message = format!(
        "从这个网络连错了 {} 次，先停一停，账号和数据没有受影响。\
         请过 {} 分钟再登录；急的话，请打下面的电话。",
        rules.failures,
        retry_after.div_ceil(60)
    );
    Refused::TooMany { message, retry_after }
}

/// Whoever signs in once more in the same browser leaves the former session.
async fn end_former(ask: &Ask, headers: &HeaderMap) -> Result<(), Refused> {
    let former = Cookie::Session.read(ask.state.site(), headers);
    let Some(former) = former.filter(|_| ask.cx.actor.account().is_some()) else { return Ok(()) };
    let mut tx = ask.db().write().await?;
    sign_out_of(&mut tx, &ask.cx, &former).await?;
    Ok(tx.commit().await?)
}

fn again(ask: Ask, headers: &HeaderMap, form: Form, refused: SignInRefused) -> Answer {
    let lock = settings(&ask.state).rules.session;
    let (wrong, own) = match refused {
        SignInRefused::Fault(fault) => return Err(fault.into()),
        SignInRefused::No => {
            let words = format!(
                "没有登录成功，数据没有受影响。连错 {} 次会锁 {} 分钟；忘了密码，请打下面的电话。",
                lock.failures,
                lock.lock_for.as_mins()
            );
            (("账号或密码不对，或者账号暂时锁住了", words), false)
        }
        SignInRefused::ChooseOwn => {
            let words = "请再填一次一次性密码，并定一个只有自己知道的密码。".to_owned();
            (("这是一次性密码", words), true)
        }
        SignInRefused::Weak(weakness) => (("新密码还不行，请再填一次", weakness.to_string()), true),
    };
    page(ask, headers, StatusCode::UNPROCESSABLE_ENTITY, form, Some(wrong), own)
}

/// `POST /logout`
pub(crate) async fn leave(ask: Ask, headers: HeaderMap) -> Answer<Response> {
    let site = ask.state.site();
    if let Some(secret) = Cookie::Session.read(site, &headers) {
        let mut tx = ask.db().write().await?;
        sign_out_of(&mut tx, &ask.cx, &secret).await?;
        tx.commit().await?;
    }
    let mut response = Redirect::to("/login").into_response();
    Cookie::Session.clear(site, &mut response);
    Ok(response)
}
