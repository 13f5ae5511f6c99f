//! Before a handler: may this actor call it, does the form carry its secret, was this request
//! answered before.

use std::convert::Infallible;

use axum::{
    body::{Body as HttpBody, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use db::idempotency::{self, Answer, Claim};
use kernel::Actor;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{
    Access, Form, Refused, State, Visitor,
    routes::Body,
    upload::{Received, Upload},
};

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
    no_nul(request.uri().path())?;
    no_nul(request.uri().query().unwrap_or_default())?;
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe {
        return Ok(next.run(request).await);
    }
    if visitor.csrf.is_some() {
        same_site(request.headers())?;
    }
    if body == Body::Upload {
        return pass_file(&visitor, request, next).await;
    }
    let (parts, whole) = request.into_parts();
    let whole = to_bytes(whole, FORM_LIMIT).await;
    let whole = whole.map_err(|why| Refused::body(&why, FORM_LIMIT))?;
    let form = is_form(&parts.headers).then(|| Form::parse(&whole));
    match &form {
        Some(form) if form.pairs().any(|(_, value)| value.contains('\0')) => return Err(nul()),
        None if escapes_nul(&whole) => return Err(nul()),
        _ => {}
    }
    if let Some(secret) = visitor.csrf.as_ref().filter(|_| !is_strangers_json(&visitor, &parts)) {
        let sent = parts.headers.get("x-csrf-token").and_then(|value| value.to_str().ok());
        let sent = sent.or_else(|| form.as_ref().map(|form| form.get("csrf_token")));
        if !sent.is_some_and(|sent| same_secret(sent, secret)) {
            return Err(Refused::StaleForm);
        }
    }
    let key = idempotency_key(&parts.headers, form.as_ref())?;
    let request = |whole: Bytes| Request::from_parts(parts.clone(), HttpBody::from(whole));
    let state = parts.extensions.get::<State>().cloned();
    // Somebody without an account has no name to keep a key under; signing in is such a form.
    let (Some(key), Some(state), Some(account)) = (key, state, visitor.actor.account()) else {
        return Ok(next.run(request(whole)).await);
    };
    let body_sha256 = fingerprint(&parts.method, parts.uri.path(), form.as_ref(), &whole);
    once(&state, &account.to_string(), &key, body_sha256, next.run(request(whole))).await
}

/// Takes a file in whole, as it is fingerprinted whole; the handler finds it ready.
async fn pass_file(visitor: &Visitor, request: Request, next: Next) -> Result<Response, Refused> {
    let state = request.extensions().get::<State>().cloned();
    let Some(state) = state else {
        return Err(Refused::fault(&"a route stands outside of the site"));
    };
    let (parts, body) = request.into_parts();
    let sent = Request::from_parts(parts.clone(), body);
    let file = Upload::receive(sent, &state).await?;
    let key = idempotency_key(&parts.headers, Some(&file.form))?;
    let body_sha256 = file.fingerprint(&parts.method, parts.uri.path());
    let mut request = Request::from_parts(parts, HttpBody::empty());
    request.extensions_mut().insert(Received::of(file));
    let run = next.run(request);
    match (key, visitor.actor.account()) {
        (Some(key), Some(account)) => {
            once(&state, &account.to_string(), &key, body_sha256, run).await
        }
        _ => Ok(run.await),
    }
}

/// No text of ours has the character NUL, and neither engine stores it.
fn no_nul(escaped: &str) -> Result<(), Refused> {
    if escaped.contains("%00") { Err(nul()) } else { Ok(()) }
}

/// Whether a JSON text escapes the character NUL: `\u0000` after an even number of backslashes.
fn escapes_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.windows(2).position(|pair| pair[0] == b'\\') {
        if rest[at..].starts_with(b"\\u0000") {
            return true;
        }
        rest = &rest[at + 2..];
    }
    false
}

/// The refusal of a text that has the character NUL in it.
pub(crate) fn nul() -> Refused {
    Refused::unprocessable(
        "nul-character",
        "内容里有看不见的空字符（U+0000），没有办，什么也没有改。请删掉它再发。",
    )
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

/// A script that nobody signed in for: behind such a call there is no cookie that another site's
/// page could ride on, and no such page can send JSON here without asking first.
fn is_strangers_json(visitor: &Visitor, parts: &Parts) -> bool {
    let media_type = parts.headers.get(header::CONTENT_TYPE);
    let is_json = media_type.is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    is_json && parts.uri.path().starts_with("/api/") && matches!(visitor.actor, Actor::Anonymous)
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
        Some(key)
            if (1..=KEY_LIMIT).contains(&key.len())
                && key.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            Ok(Some(key.to_owned()))
        }
        Some(_) => Err(Refused::unprocessable(
            "bad-idempotency-key",
            "Idempotency-Key 要有 1 到 128 个可见的 ASCII 字符。这次没有办，请换一个键再发。",
        )),
    }
}

/// The request without what changes from page to page: the secret and the key itself.
fn fingerprint(method: &Method, path: &str, form: Option<&Form>, whole: &[u8]) -> Vec<u8> {
    let mut hash = begun(method, path);
    match form {
        Some(form) => add_fields(&mut hash, form),
        None => hash.update(whole),
    }
    hash.finalize().to_vec()
}

/// A fingerprint of where a request goes, to go on with.
pub(crate) fn begun(method: &Method, path: &str) -> Sha256 {
    let mut hash = Sha256::new();
    hash.update(method.as_str());
    hash.update([0]);
    hash.update(path);
    hash.update([0]);
    hash
}

/// Adds the fields that a person filled in.
pub(crate) fn add_fields(hash: &mut Sha256, form: &Form) {
    let kept = |name: &str| !matches!(name, "csrf_token" | "idempotency_key");
    for (name, value) in form.pairs().filter(|(name, _)| kept(name)) {
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        hash.update((value.len() as u64).to_be_bytes());
        hash.update(value);
    }
}

/// Answers as before when this key was answered; otherwise claims the key, runs, and keeps the
/// answer, so that of two clicks at once one runs. A refusal changed nothing: its key is free
/// again, and the mended form may use it. The verb's own guards (versions, unique codes, states)
/// cover a crash between its commit and this record.
async fn once(
    state: &State,
    actor_key: &str,
    key: &str,
    body_sha256: Vec<u8>,
    run: impl Future<Output = Response>,
) -> Result<Response, Refused> {
    let mut tx = state.db().write().await?;
    let claim =
        idempotency::claim(&mut tx, actor_key, key, &body_sha256, state.clock().now()).await?;
    tx.commit().await?;
    match claim {
        Claim::Fresh => {}
        Claim::Answered(known) if known.body_sha256 == body_sha256 => {
            // Refused anew rather than replayed, so that the edge dresses it for who asks.
            return match known.status {
                SHOWN_ONCE => Err(shown_once()),
                TOO_LONG => Err(too_long()),
                _ => Ok(replay(known)),
            };
        }
        Claim::Answered(_) => {
            return Err(Refused::unprocessable(
                "idempotency-key-reused",
                "这个 Idempotency-Key 已经用在别的内容上。这次没有办，请换一个键。",
            ));
        }
        Claim::Running => {
            return Err(Refused::conflict(
                "still-running",
                "同样的请求正在办，没有再办一次。请等几秒，再看结果。",
            ));
        }
    }
    let response = with_signs(run, signs(state, actor_key, key)).await;
    let done = response.status().is_success() || response.status().is_redirection();
    let (response, given) = if done {
        let (response, given) = gather(response, body_sha256).await?;
        (response, Some(given))
    } else {
        (response, None)
    };
    let mut tx = state.db().write().await?;
    match given {
        Some(given) => {
            idempotency::keep(&mut tx, actor_key, key, &given, state.clock().now()).await?;
        }
        None => idempotency::release(&mut tx, actor_key, key).await?,
    }
    tx.commit().await?;
    Ok(response)
}

/// Gives a sign of life every so often, so that whoever sends a long request again is told that
/// it runs for as long as it does.
async fn signs(state: &State, actor_key: &str, key: &str) -> Infallible {
    loop {
        tokio::time::sleep(idempotency::RENEW_EVERY.unsigned_abs()).await;
        if let Err(why) = renew(state, actor_key, key).await {
            tracing::warn!(%why, "a running request's key could not be renewed");
        }
    }
}

async fn renew(state: &State, actor_key: &str, key: &str) -> db::Result<()> {
    let mut tx = state.db().write().await?;
    idempotency::renew(&mut tx, actor_key, key, state.clock().now()).await?;
    tx.commit().await
}

/// Runs to the end, and beside it what has none: a request that waits for the one writer goes on
/// while its sign waits for it too.
async fn with_signs<T>(run: impl Future<Output = T>, signs: impl Future<Output = Infallible>) -> T {
    tokio::select! {
        done = run => done,
        never = signs => match never {},
    }
}

/// The response whole, and what is kept of it for a client that asks again.
async fn gather(response: Response, body_sha256: Vec<u8>) -> Result<(Response, Answer), Refused> {
    if response.extensions().get::<ShownOnce>().is_some() {
        return Ok((response, wordless(body_sha256, SHOWN_ONCE)));
    }
    let (parts, body) = response.into_parts();
    // What was done is done: its answer is given, however long it is.
    let body = to_bytes(body, usize::MAX).await.map_err(|why| Refused::fault(&why))?;
    if body.len() > ANSWER_LIMIT {
        let response = Response::from_parts(parts, HttpBody::from(body));
        return Ok((response, wordless(body_sha256, TOO_LONG)));
    }
    let text = |name| {
        let value = parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        value.map(str::to_owned)
    };
    let answer = Answer {
        body_sha256,
        status: i64::from(parts.status.as_u16()),
        location: text(header::LOCATION),
        content_type: text(header::CONTENT_TYPE),
        answer: body.to_vec(),
    };
    Ok((Response::from_parts(parts, HttpBody::from(body)), answer))
}

/// The status under which it is kept that an answer was given whose words are not.
const SHOWN_ONCE: i64 = 409;
/// The same for an answer that is too long to be kept, such as a list of a million errors.
const TOO_LONG: i64 = 413;

/// What is kept of an answer without its words.
fn wordless(body_sha256: Vec<u8>, status: i64) -> Answer {
    Answer { body_sha256, status, location: None, content_type: None, answer: Vec::new() }
}

fn too_long() -> Refused {
    Refused::conflict(
        "answer-too-long",
        "这件事已经办过，没有再办一次；答复太长，没有留底。\
         请换一个 Idempotency-Key 再发，或者直接看结果。",
    )
}

fn shown_once() -> Refused {
    Refused::conflict(
        "shown-once",
        "已经办好了，里面的密钥只显示一次，不再显示。没有看到的话，请作废它，再建一个。",
    )
}

/// Marks an answer that holds a secret: it is never kept for a repeated key.
#[derive(Clone, Copy, Debug)]
pub struct ShownOnce;

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

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn a_long_request_gives_signs_until_it_is_done() {
        let given = Semaphore::new(0);
        let signs = async {
            loop {
                given.add_permits(1);
                tokio::task::yield_now().await;
            }
        };
        // It ends only after three signs, so without them it never does.
        let long = async { given.acquire_many(3).await.is_ok() };
        assert!(super::with_signs(long, signs).await);
    }
}
