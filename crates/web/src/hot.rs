//! The hot lane: routes that a whole city calls at ten o'clock sharp.
//!
//! They stand in the same table, matrix and OpenAPI document as every route. What they leave out
//! is what they have no use for: cookies, forms, pages, compression, a line of log for each
//! answer. The caller is known by a signed token alone, which costs no question to the database.

use std::{
    net::IpAddr,
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody as _, to_bytes},
    extract::{Request, State as FromState},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use kernel::Actor;

use crate::{Access, Answer, Refused, State, client::Peer, refused::INCIDENT};

/// The largest body, in bytes: a few fields of JSON.
pub const BODY_LIMIT: usize = 4 << 10;
/// How long a body of that size may take.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// One call of a hot route.
pub struct Hot {
    /// What every handler can reach.
    pub state: State,
    /// A citizen, or nobody.
    pub actor: Actor,
    /// What stands for `{id}` in the path, as it was sent; empty when the path has none.
    pub id: String,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
    /// The other end of the connection.
    pub peer: Option<Peer>,
}

impl Hot {
    /// The address that asks, as far as it may be believed: what a trusted proxy says, else the
    /// other end itself.
    pub fn client(&self) -> Option<IpAddr> {
        let peer = self.peer?.0.ip();
        Some(self.state.site().proxies.client(peer, &self.headers))
    }
}

/// A handler of the hot lane.
pub trait HotHandler: Clone + Send + Sync + 'static {
    /// Answers one call.
    fn call(&self, hot: Hot) -> BoxFuture<'static, Answer>;
}

impl<F, Answered> HotHandler for F
where
    F: Fn(Hot) -> Answered + Clone + Send + Sync + 'static,
    Answered: Future<Output = Answer> + Send + 'static,
{
    fn call(&self, hot: Hot) -> BoxFuture<'static, Answer> {
        Box::pin(self(hot))
    }
}

/// What the table knows of a hot route before it is called.
#[derive(Clone, Copy)]
pub(crate) struct Lane {
    access: Access,
    /// Which segment of the path is `{id}`.
    place: Option<usize>,
}

impl Lane {
    pub(crate) fn new(access: Access, path: &str) -> Self {
        let place = path.split('/').position(|segment| segment.starts_with('{'));
        Self { access, place }
    }

    /// Answers one request of the hot lane.
    pub(crate) async fn answer(
        self,
        FromState(state): FromState<State>,
        request: Request,
        handler: impl HotHandler,
    ) -> Response {
        let run = AssertUnwindSafe(self.run(state, request, handler)).catch_unwind();
        let mut response = INCIDENT
            .scope(next_incident(), async {
                let answer = run.await.unwrap_or_else(|_| Err(Refused::fault(&"a panic")));
                answer.unwrap_or_else(|refused| refused.problem())
            })
            .await;
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }

    async fn run(self, state: State, request: Request, handler: impl HotHandler) -> Answer {
        let actor = match self.access {
            Access::Citizens => match state.doorman().citizen(&state, request.headers()) {
                Some(no) => Actor::Citizen { no },
                None => return self.strangers(&state, request).await,
            },
            _ => Actor::Anonymous,
        };
        let segment = |place| request.uri().path().split('/').nth(place);
        let id = self.place.and_then(segment).unwrap_or_default().to_owned();
        let (parts, body) = request.into_parts();
        let body = whole(body).await?;
        let peer = parts.extensions.get::<Peer>().copied();
        handler.call(Hot { state, actor, id, headers: parts.headers, body, peer }).await
    }

    /// Somebody with another kind of token is told that this is not for them; without any, to
    /// sign in.
    async fn strangers(self, state: &State, request: Request) -> Answer {
        let visitor = state.doorman().admit(state, request.headers()).await?;
        Err(match visitor.actor {
            Actor::Anonymous => Refused::SignIn(visitor.said),
            // A browser's cookie without the secret that our own pages send beside it.
            actor if self.access.allows(&actor) => Refused::StaleForm,
            _ => Refused::Forbidden,
        })
    }
}

async fn whole(body: Body) -> Result<Bytes, Refused> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let read = tokio::time::timeout(BODY_PATIENCE, to_bytes(body, BODY_LIMIT)).await;
    let read = read.map_err(|_| Refused::Stalled)?;
    read.map_err(|why| Refused::body(&why, BODY_LIMIT))
}

/// An incident's id must tell apart the incidents of a log, and cost nothing to the others.
fn next_incident() -> uuid::Uuid {
    static CALLS: AtomicU64 = AtomicU64::new(1);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    uuid::Uuid::from_u64_pair(call << 16, u64::from(std::process::id()))
}

/// The empty endpoint: what the lane itself costs, for `make bench` and for outside generators.
pub(crate) async fn empty(_: Hot) -> Answer {
    Ok(axum::http::StatusCode::NO_CONTENT.into_response())
}
