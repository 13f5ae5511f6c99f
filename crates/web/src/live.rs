//! Server-sent events: progress of long work, read from where every node can see it.

use std::{convert::Infallible, time::Duration};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use serde::Serialize;

use crate::{Answer, Refused, gate::Streaming};

/// How far a long piece of work is.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Progress {
    /// Rows done.
    pub done: i64,
    /// Rows in all, when known.
    pub total: Option<i64>,
    /// A stable word for the phase.
    pub phase: String,
    /// The line that a person reads.
    pub text: String,
    /// Where to go, once it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// How often the record is looked at; a person does not see steps shorter than this.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A stream ends after this many looks, and the browser asks again: no stream lives for ever.
const LOOKS: usize = 1200;

/// Follows a piece of work: `look` reads how far it is. Sends `progress` events when something
/// changed, one `done` event when it is over, and then ends.
pub fn follow<F, Fut>(look: F) -> Response
where
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = Answer<Progress>> + Send + 'static,
{
    let sse = Sse::new(events(look)).keep_alive(KeepAlive::default());
    let mut response = sse.into_response();
    response.extensions_mut().insert(Streaming);
    response
}

fn events<F, Fut>(look: F) -> impl Stream<Item = Result<Event, Infallible>>
where
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = Answer<Progress>> + Send + 'static,
{
    let begin = (look, None::<Progress>, 0_usize, false);
    stream::unfold(begin, |(look, mut before, mut looks, over)| async move {
        if over {
            return None;
        }
        while looks < LOOKS {
            if looks > 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            looks += 1;
            let now = match look().await {
                Ok(now) => now,
                Err(Refused::Fault(_)) => continue,
                Err(_) => return None,
            };
            if before.as_ref() == Some(&now) {
                continue;
            }
            let over = now.url.is_some();
            let name = if over { "done" } else { "progress" };
            let event = Event::default().event(name).json_data(&now).unwrap_or_default();
            before = Some(now);
            return Some((Ok(event), (look, before, looks, over)));
        }
        None
    })
}
