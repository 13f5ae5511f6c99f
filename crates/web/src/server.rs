//! The layers that every request passes, outermost first: an id and a log line, security headers,
//! compression, the doorman, and the dressing of refusals.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{
    Router,
    extract::{Request, State as FromState},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt as _;
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate,
        predicate::{NotForContentType, SizeAbove},
    },
};

use crate::{
    Ask, Lang, Refused, Routes, State, Visitor,
    ask::Reader,
    openapi,
    refused::INCIDENT,
    routes::Route,
    site_routes::{self, Document},
};

/// The site as two routers: the hot lane, and everything else behind every layer.
pub struct Lanes {
    /// A few routes with nothing around them; see [`crate::hot`].
    pub hot: Router,
    /// Every other route, and what is not found.
    pub rest: Router,
}

impl Lanes {
    /// One router: what is not of the hot lane falls through to the rest.
    pub fn join(self) -> Router {
        self.hot.fallback_service(self.rest)
    }
}

/// The whole site: the domains' routes and the site's own.
pub fn router(state: State, routes: Routes) -> Router {
    lanes(state, routes).join()
}

/// The same in two, for who lays layers of their own around the rest.
pub fn lanes(state: State, routes: Routes) -> Lanes {
    let (domains, hot, table) = routes.merge(site_routes::routes()).into_parts();
    // A second router over the same state has the same routes.
    state.part::<Document>().0.get_or_init(|| openapi::document(&table));
    let large_enough = SizeAbove::new(512).and(NotForContentType::SSE);
    let rest = domains
        .fallback(|| async { Refused::NotFound })
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .with_state(state.clone())
        .layer(middleware::from_fn_with_state(state.clone(), admit))
        .layer(compression().compress_when(large_enough))
        .layer(middleware::from_fn_with_state(state.clone(), enter));
    let wrong_method = || async { plain_problem(StatusCode::METHOD_NOT_ALLOWED, Lang::Zh) };
    Lanes { hot: hot.method_not_allowed_fallback(wrong_method).with_state(state), rest }
}

/// At the quickest level: a page is sent once and then forgotten, and the best level cost more of
/// the processor than making the page did, for a sixth less to send.
fn compression() -> CompressionLayer {
    CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest)
}

/// The table of every route of the site, for the matrix.
pub fn table(routes: Routes) -> Vec<Route> {
    routes.merge(site_routes::routes()).into_parts().2
}

/// Gives the request its id, logs it once, and turns a panic into an incident.
async fn enter(FromState(state): FromState<State>, mut request: Request, next: Next) -> Response {
    let id = state.cx(kernel::Actor::Anonymous).request;
    request.extensions_mut().insert(id);
    request.extensions_mut().insert(state.clone());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let here = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let for_script = path.starts_with("/api/");
    let headers = request.headers().clone();
    let begun = state.clock().now();
    let response = INCIDENT
        .scope(id, async {
            let run = AssertUnwindSafe(next.run(request)).catch_unwind().await;
            let response = run.unwrap_or_else(|_| Refused::fault(&"a panic").into_response());
            dress(&state, id, &headers, &here, for_script, response)
        })
        .await;
    let micros = state.clock().now().duration_since(begun).as_micros();
    let status = response.status().as_u16();
    tracing::info!(%method, path, status, micros, request = %id.simple(), "answered");
    guard(response)
}

/// A refusal becomes problem details for a script, a page for a person.
fn dress(
    state: &State,
    id: uuid::Uuid,
    headers: &HeaderMap,
    here: &str,
    for_script: bool,
    response: Response,
) -> Response {
    let lang = Reader::of(headers).lang;
    let refused = response.extensions().get::<Arc<Refused>>().cloned();
    let refused = match (refused, response.status()) {
        (Some(refused), _) => refused,
        // What the framework itself refuses: a path or query that does not parse, a wrong method.
        (None, status) if for_script && status.is_client_error() && !is_problem(&response) => {
            return plain_problem(status, lang);
        }
        (None, _) => return response,
    };
    let wants_json = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json") && !accept.contains("html"));
    if for_script || wants_json {
        return refused.problem_in(lang);
    }
    if let Refused::SignIn(_) = *refused {
        if headers.contains_key("hx-request") {
            let mut response = StatusCode::UNAUTHORIZED.into_response();
            let reload = HeaderValue::from_static("true");
            response.headers_mut().insert("hx-refresh", reload);
            return response;
        }
        return Refused::to_sign_in(here);
    }
    let visitor = response.extensions().get::<Visitor>().cloned();
    let actor = visitor.map_or(kernel::Actor::Anonymous, |visitor| visitor.actor);
    let mut cx = state.cx(actor);
    cx.request = id;
    let ask = Ask {
        state: state.clone(),
        cx,
        reader: Reader::of(headers),
        csrf: String::new(),
        path: here.to_owned(),
        query: String::new(),
        fragment: false,
        said: None,
    };
    site_routes::error_page(&ask, &refused)
}

fn is_problem(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|value| value.as_bytes().starts_with(b"application/problem"))
}

fn plain_problem(status: StatusCode, lang: Lang) -> Response {
    let code = match status {
        StatusCode::METHOD_NOT_ALLOWED => "method-not-allowed",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported-media-type",
        StatusCode::NOT_FOUND => "not-found",
        _ => "malformed-request",
    };
    let message = "请求的格式不对，没有办。请对照 /api/openapi.json 再发。";
    let mut response = Refused::unprocessable(code, message).problem_in(lang);
    *response.status_mut() = status;
    response
}

/// Learns who came in, before any route is looked at.
async fn admit(FromState(state): FromState<State>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let visitor = if path.starts_with("/assets/") || path == "/healthz" {
        // Nobody's name is needed for these, and they must answer when the database does not.
        Ok(Visitor { actor: kernel::Actor::Anonymous, csrf: None, said: None })
    } else {
        state.doorman().admit(&state, request.headers()).await
    };
    match visitor {
        Ok(visitor) => {
            request.extensions_mut().insert(visitor.clone());
            let mut response = next.run(request).await;
            response.extensions_mut().insert(visitor);
            response
        }
        Err(refused) => refused.into_response(),
    }
}

/// The headers that every answer carries.
fn guard(mut response: Response) -> Response {
    const HEADERS: &[(&str, &str)] = &[
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
             connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ];
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
