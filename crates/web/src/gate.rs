//! Before a handler: may this actor call it, does the form carry its secret, was this request
//! answered before.

use axum::{
    body::{Body as HttpBody, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use db::idempotency::{self, Answer};
use kernel::{Actor, Kind as _, actor::AccountKind};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{Access, Form, Refused, State, Visitor, routes::Body};

/// The largest form or JSON body, in bytes; files go by `Routes::upload`.
pub const FORM_LIMIT: usize = 2 << 20;
/// The largest answer that is kept for a repeated key, in bytes.
const ANSWER_LIMIT: usize = 1 << 20;
/// The longest idempotency key.
const KEY_LIMIT: usize = 128;

pub(crate) async fn pass(access: Access, body: Body, request: Request, next: Next) -> Response {
    match try_pass(access, body, request, next).await {
        Ok(response) => response,
        Err(refused) => refused.into_response(),
    }
}

async fn try_pass(
    access: Access,
    body: Body,
    request: Request,
    next: Next,
) -> Result<Response, Refused> {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let Some(visitor) = visitor else {
        return Err(Refused::fault(&"a route stands outside of the doorman"));
    };
    if !access.allows(&visitor.actor) {
        return Err(match visitor.actor {
            Actor::Anonymous => Refused::SignIn(visitor.said),
            _ => Refused::Forbidden,
        });
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe {
        return Ok(next.run(request).await);
    }
    if visitor.csrf.is_some() {
        same_site(request.headers())?;
    }
    if body == Body::Upload {
        return Ok(next.run(request).await);
    }
    let (parts, whole) = request.into_parts();
    let whole = to_bytes(whole, FORM_LIMIT).await.map_err(|_| Refused::TooLarge(FORM_LIMIT))?;
    let form = is_form(&parts.headers).then(|| Form::parse(&whole));
    if let Some(secret) = &visitor.csrf {
        let sent = parts.headers.get("x-csrf-token").and_then(|value| value.to_str().ok());
        let sent = sent.or_else(|| form.as_ref().map(|form| form.get("csrf_token")));
        if !sent.is_some_and(|sent| same_secret(sent, secret)) {
            return Err(Refused::StaleForm);
        }
    }
    let key = idempotency_key(&parts.headers, form.as_ref())?;
    let request = |whole: Bytes| Request::from_parts(parts.clone(), HttpBody::from(whole));
    let (Some(key), Some(state)) = (key, parts.extensions.get::<State>().cloned()) else {
        return Ok(next.run(request(whole)).await);
    };
    let body_sha256 = fingerprint(&parts.method, parts.uri.path(), form.as_ref(), &whole);
    let actor_key = actor_key(&visitor);
    once(&state, &actor_key, &key, body_sha256, next.run(request(whole))).await
}

/// Compares without telling by its time how much was right.
pub(crate) fn same_secret(sent: &str, secret: &str) -> bool {
    sent.as_bytes().ct_eq(secret.as_bytes()).into()
}

/// A browser says where a request comes from; another site's is refused before anything is read.
pub(crate) fn same_site(headers: &HeaderMap) -> Result<(), Refused> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return Err(Refused::StaleForm);
    }
    let (Some(origin), Some(host)) = (text("origin"), text("host")) else { return Ok(()) };
    let origin_host = origin.split_once("://").map_or(origin, |(_, host)| host);
    // "null" is what a sandboxed or file page sends, and what no page of ours does.
    if origin_host == host { Ok(()) } else { Err(Refused::StaleForm) }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|text| text.starts_with("application/x-www-form-urlencoded"))
}

fn idempotency_key(headers: &HeaderMap, form: Option<&Form>) -> Result<Option<String>, Refused> {
    let sent = headers.get("idempotency-key").map(|value| value.to_str().unwrap_or(""));
    let sent = sent.or_else(|| form.and_then(|form| form.optional("idempotency_key")));
    match sent {
        None => Ok(None),
        Some(key) if key.is_empty() || key.len() > KEY_LIMIT => Err(Refused::unprocessable(
            "bad-idempotency-key",
            "Idempotency-Key 要有 1 到 128 个字符。这次没有办，请换一个键再发。",
        )),
        Some(key) => Ok(Some(key.to_owned())),
    }
}

fn actor_key(visitor: &Visitor) -> String {
    match visitor.actor.account() {
        Some(id) => id.to_string(),
        None => format!("{}_anonymous", AccountKind::PREFIX),
    }
}

/// The request without what changes from page to page: the secret and the key itself.
fn fingerprint(method: &Method, path: &str, form: Option<&Form>, whole: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(method.as_str());
    hash.update([0]);
    hash.update(path);
    hash.update([0]);
    match form {
        Some(form) => {
            for (name, value) in
                form.pairs().filter(|(name, _)| !matches!(*name, "csrf_token" | "idempotency_key"))
            {
                hash.update((name.len() as u64).to_be_bytes());
                hash.update(name);
                hash.update((value.len() as u64).to_be_bytes());
                hash.update(value);
            }
        }
        None => hash.update(whole),
    }
    hash.finalize().to_vec()
}

/// Answers as before when this key was answered, otherwise runs and keeps the answer. The verb's
/// own guards (versions, unique codes, states) cover a crash between its commit and this record.
async fn once(
    state: &State,
    actor_key: &str,
    key: &str,
    body_sha256: Vec<u8>,
    run: impl Future<Output = Response>,
) -> Result<Response, Refused> {
    let mut tx = state.db().read().await?;
    let known = idempotency::find(&mut tx, actor_key, key).await?;
    drop(tx);
    if let Some(known) = known {
        if known.body_sha256 != body_sha256 {
            return Err(Refused::unprocessable(
                "idempotency-key-reused",
                "这个 Idempotency-Key 已经用在别的内容上。这次没有办，请换一个键。",
            ));
        }
        return Ok(replay(known));
    }
    let response = run.await;
    if response.status().is_server_error() || response.extensions().get::<Streaming>().is_some() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, ANSWER_LIMIT).await.map_err(|why| Refused::fault(&why))?;
    let text = |name| {
        let value = parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        value.map(str::to_owned)
    };
    // A refusal changed nothing: it is not kept, so that the mended form may use the same key.
    if parts.status.is_success() || parts.status.is_redirection() {
        let given = Answer {
            body_sha256,
            status: i64::from(parts.status.as_u16()),
            location: text(header::LOCATION),
            content_type: text(header::CONTENT_TYPE),
            answer: body.to_vec(),
        };
        let mut tx = state.db().write().await?;
        idempotency::keep(&mut tx, actor_key, key, &given, state.clock().now()).await?;
        tx.commit().await?;
    }
    Ok(Response::from_parts(parts, HttpBody::from(body)))
}

/// Marks an answer that is streamed and must not be gathered.
#[derive(Clone, Copy, Debug)]
pub struct Streaming;

fn replay(known: Answer) -> Response {
    let status = u16::try_from(known.status).ok().and_then(|code| StatusCode::from_u16(code).ok());
    let mut response = (status.unwrap_or(StatusCode::OK), known.answer).into_response();
    let mut put = |name, value: Option<String>| {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    };
    put(header::LOCATION, known.location);
    put(header::CONTENT_TYPE, known.content_type);
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}
