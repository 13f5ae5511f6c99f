//! Signing in by phone: the number, then the code. Works without a script.

use askama::Template;
use axum::{
    extract::Query,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Actor, Phone};
use people::FrontDoor;
use serde::Deserialize;
use web::{Answer, Ask, Form, Page, client::FromClient, filters, html_with, site_routes::local};

use super::{edition, frame};
use crate::{
    CONSENT_VERSION, Sms,
    ask_code::{AskCodeRefused, CodeAsk, ask_code},
    code::{CodeId, Delivery},
    confirm::{Confirmed, NotConfirmed, confirm},
    cookies::{Cookie, add},
    device::known_device,
    networks::{Crowd, Networks},
    question::{Answered, CHOICES, Question},
    sealed::Sealer,
    settings::settings,
    store::{self, code::Pending},
};

/// Whether the page can let anybody in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Gate {
    Open,
    /// No gateway is set.
    Off,
    /// This browser is signed in with this account.
    Account(String),
}

/// What is wrong, and with which field; none for the form as a whole.
#[derive(Clone, Debug)]
struct Wrong {
    field: &'static str,
    words: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    gate: Gate,
    phone: String,
    consent: bool,
    version: i64,
    edition: String,
    back: String,
    question: Option<Question>,
    wrong: Option<Wrong>,
}

impl LoginPage {
    fn is_wrong(&self, field: &str) -> bool {
        self.wrong.as_ref().is_some_and(|wrong| wrong.field == field)
    }
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    back: String,
    #[serde(default)]
    done: String,
}

/// `GET /c/login`
pub(crate) async fn show(
    mut ask: Ask,
    headers: HeaderMap,
    FromClient(from): FromClient,
    Query(asked): Query<Asked>,
) -> Answer {
    if ask.cx.actor.citizen().is_some() {
        return Ok(Redirect::to(home(&asked.back)).into_response());
    }
    ask.said = match asked.done.as_str() {
        "withdrawn" => Some("已经撤回同意，手机号已删除，所有手机上的登录都已结束。"),
        "everywhere" => Some("所有手机上的登录都已结束。"),
        "left" => Some("这部手机已退出。"),
        _ => ask.said,
    };
    let (networks, rules) = (ask.state.part::<Networks>(), settings(&ask.state).networks);
    let crowd = from.map_or(Crowd::Few, |from| networks.look(from, ask.cx.now, rules));
    let filled = Filled { back: asked.back, ..Filled::default() };
    let question = crowd == Crowd::Many;
    page(ask, &headers, StatusCode::OK, filled, question, None)
}

/// Where somebody goes who is in.
fn home(back: &str) -> &str {
    if back.is_empty() { "/c/me" } else { local(back) }
}

/// What was filled in.
#[derive(Default)]
struct Filled {
    phone: String,
    consent: bool,
    back: String,
}

/// Shows the form, and sees to it that the browser has the cookie which the form must match.
fn page(
    mut ask: Ask,
    headers: &HeaderMap,
    status: StatusCode,
    filled: Filled,
    with_question: bool,
    wrong: Option<Wrong>,
) -> Answer {
    let visit = FrontDoor::visit(&mut ask, headers);
    let gate = match (&ask.cx.actor, &settings(&ask.state).sms) {
        (Actor::Account { name, .. }, _) => Gate::Account(name.to_string()),
        (_, Sms::Off) => Gate::Off,
        _ => Gate::Open,
    };
    let keys = &ask.state.site().keys;
    let view = LoginPage {
        question: with_question.then(|| Question::new(keys, &ask.cx)),
        page: frame(&ask, "手机号登录", "/c/login"),
        gate,
        phone: filled.phone,
        consent: filled.consent,
        version: CONSENT_VERSION,
        edition: edition(CONSENT_VERSION),
        back: filled.back,
        wrong,
    };
    let mut response = html_with(&ask, status, &view)?;
    add(&mut response, visit);
    Ok(response)
}

/// `POST /c/codes`
pub(crate) async fn ask(
    ask: Ask,
    headers: HeaderMap,
    FromClient(from): FromClient,
    form: Form,
) -> Answer {
    let again = if form.ticked("again") { pending(&ask, &headers).await? } else { None };
    let filled = Filled {
        phone: match &again {
            Some((_, pending)) => sealer(&ask).open(&pending.phone_sealed)?.expose().to_owned(),
            None => form.get("phone").to_owned(),
        },
        // Whoever asks again gave it minutes ago.
        consent: again.is_some() || form.ticked("consent"),
        back: form.get("back").to_owned(),
    };
    let phone = match Phone::mobile(&filled.phone) {
        Ok(phone) => phone,
        Err(why) => {
            let wrong = Wrong { field: "phone", words: why.message() };
            let with_question = form.optional("question").is_some();
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return page(ask, &headers, status, filled, with_question, Some(wrong));
        }
    };
    let consent = match (filled.consent, again.is_some()) {
        (true, true) => Some(CONSENT_VERSION),
        (true, false) => form.get("consent").parse().ok(),
        _ => None,
    };
    let answered = form.optional("question").map(|id| Answered {
        id: id.to_owned(),
        choice: form.get("choice").parse().ok().filter(|choice| *choice < CHOICES),
    });
    let asked = CodeAsk { phone, consent, answered, from };
    let cx = ask.cx.acting_as(Actor::Anonymous);
    match ask_code(&ask.state, &cx, asked).await {
        Ok(id) => {
            let mut response = Redirect::to(&code_path(&filled.back)).into_response();
            Cookie::Code.set(ask.state.site(), &id.to_string(), &mut response);
            Ok(response)
        }
        Err(refused) => not_sent(ask, &headers, filled, refused),
    }
}

fn code_path(back: &str) -> String {
    if back.is_empty() {
        return "/c/login/code".into();
    }
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("/c/login/code?back={back}")
}

fn not_sent(ask: Ask, headers: &HeaderMap, filled: Filled, refused: AskCodeRefused) -> Answer {
    let words = refused.to_string();
    let with_question = matches!(refused, AskCodeRefused::Question | AskCodeRefused::WrongAnswer);
    let field = match refused {
        AskCodeRefused::Fault(fault) => return Err(fault.into()),
        AskCodeRefused::TooOften { retry_after, .. } => {
            let wrong = Some(Wrong { field: "", words });
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut response = page(ask, headers, status, filled, false, wrong)?;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
            return Ok(response);
        }
        AskCodeRefused::NotSetUp => "",
        AskCodeRefused::Consent => "consent",
        AskCodeRefused::Question | AskCodeRefused::WrongAnswer => "choice",
    };
    let wrong = Some(Wrong { field, words });
    page(ask, headers, StatusCode::UNPROCESSABLE_ENTITY, filled, with_question, wrong)
}

fn sealer(ask: &Ask) -> Sealer {
    Sealer::new(&ask.state.site().keys)
}

/// The code that this browser asked for, as long as it is its phone's newest and unused.
async fn pending(ask: &Ask, headers: &HeaderMap) -> db::Result<Option<(CodeId, Pending)>> {
    let id = Cookie::Code.read(ask.state.site(), headers);
    let Some(id) = id.and_then(|text| text.parse::<CodeId>().ok()) else { return Ok(None) };
    let mut tx = ask.db().read().await?;
    Ok(store::code::pending(&mut tx, id).await?.map(|pending| (id, pending)))
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    page: Page,
    /// Masked.
    phone: String,
    back: String,
    delivery: Delivery,
    /// Where the demo city's codes are.
    demo: Option<String>,
    /// What is wrong with the code.
    wrong: Option<String>,
    /// Whether this code can still be typed.
    open: bool,
}

/// `GET /c/login/code`
pub(crate) async fn show_code(ask: Ask, headers: HeaderMap, Query(asked): Query<Asked>) -> Answer {
    if ask.cx.actor.citizen().is_some() {
        return Ok(Redirect::to(home(&asked.back)).into_response());
    }
    let Some((_, pending)) = pending(&ask, &headers).await? else {
        return Ok(Redirect::to("/c/login").into_response());
    };
    code_page(ask, StatusCode::OK, pending, asked.back, None)
}

fn code_page(
    ask: Ask,
    status: StatusCode,
    pending: Pending,
    back: String,
    wrong: Option<NotConfirmed>,
) -> Answer {
    let phone = sealer(&ask).open(&pending.phone_sealed)?;
    let over = crate::code::has_expired(pending.asked_at, pending.expires_at, ask.cx.now);
    let wrong = wrong.or(over.then_some(NotConfirmed::Expired));
    let demo = match &settings(&ask.state).sms {
        Sms::Demo(file) => Some(file.display().to_string()),
        _ => None,
    };
    let view = CodePage {
        page: frame(&ask, "填验证码", &code_path(&back)),
        phone: phone.to_string(),
        back,
        delivery: pending.delivery,
        demo,
        wrong: wrong.map(|why| why.to_string()),
        open: !over && pending.try_count < crate::code::TRIES,
    };
    html_with(&ask, status, &view)
}

/// `POST /c/login`
pub(crate) async fn enter(ask: Ask, headers: HeaderMap, form: Form) -> Answer<Response> {
    let back = form.get("back").to_owned();
    let Some((_, pending_code)) = pending(&ask, &headers).await? else {
        let filled = Filled { back, ..Filled::default() };
        let wrong = Some(Wrong { field: "", words: NotConfirmed::None.to_string() });
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return page(ask, &headers, status, filled, false, wrong);
    };
    let cx = ask.cx.acting_as(Actor::Anonymous);
    let (device, new_device) = known_device(&ask, &headers);
    let (keys, typed) = (&ask.state.site().keys, form.get("code"));
    let mut tx = ask.db().write().await?;
    let whose = &pending_code.phone_hash;
    let confirmed = confirm(&mut tx, &cx, keys, whose, typed, Some(device)).await?;
    tx.commit().await?;
    match confirmed {
        Confirmed::In(token) => {
            let mut response = Redirect::to(home(&back)).into_response();
            Cookie::Token.set(ask.state.site(), &token, &mut response);
            Cookie::Code.clear(ask.state.site(), &mut response);
            add(&mut response, new_device);
            Ok(response)
        }
        Confirmed::Not(why) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let left = pending(&ask, &headers).await?;
            let Some((_, pending)) = left else {
                let filled = Filled { back, ..Filled::default() };
                let wrong = Some(Wrong { field: "", words: why.to_string() });
                return page(ask, &headers, status, filled, false, wrong);
            };
            code_page(ask, status, pending, back, Some(why))
        }
    }
}
