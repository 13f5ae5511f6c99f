//! The waiting room for scripts: a ticket, the place that it has, and the answer to who claims
//! before their turn.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, json};
use web::{Answer, Hot, Refused};

use super::{
    admit::{Held, look, queue, seconds_until},
    line::Stand,
};
use crate::{BatchId, ClaimDesks};

/// The header that carries a ticket.
const HEADER: &str = "waiting-ticket";

/// Where somebody stands in the line of a batch.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TicketAnswer {
    /// Goes with the claim in the header `Waiting-Ticket`; of use to its citizen alone.
    ticket: String,
    /// `drawing` before the opening, when nobody has a place; `waiting`; or `admitted`: claim now.
    state: &'static str,
    /// How many are let in before; absent while nobody has a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<i64>,
    /// How many came so far; while nobody has a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<i64>,
    /// RFC 3339: the moment of one's turn; absent while nobody has a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    admitted_at: Option<String>,
    /// RFC 3339: when the first are let in.
    opens_at: String,
    /// How many are let in each second.
    admit_per_second: i64,
    /// How many vouchers are left.
    remaining: i64,
    /// Seconds after which to look again.
    look_again: i64,
}

impl TicketAnswer {
    fn of(held: Held) -> Self {
        let look_again = held.look_again();
        let (state, before, waiting, at) = match held.stand {
            Stand::Drawing { waiting, .. } => ("drawing", None, Some(waiting), None),
            Stand::Waiting { before, at } => ("waiting", Some(before), None, Some(at)),
            Stand::Admitted => ("admitted", Some(0), None, None),
        };
        Self {
            ticket: held.ticket,
            state,
            before,
            waiting,
            admitted_at: at.map(|at| at.to_string()),
            opens_at: held.room.opens.to_string(),
            admit_per_second: held.room.rate,
            remaining: held.room.left,
            look_again,
        }
    }

    fn response(self, status: StatusCode) -> Response {
        let text = serde_json::to_vec(&self).unwrap_or_default();
        let json = HeaderValue::from_static("application/json");
        (status, [(header::CONTENT_TYPE, json)], text).into_response()
    }
}

/// `POST /api/v1/voucher-batches/{id}/tickets`
pub(crate) async fn take_ticket(hot: Hot) -> Answer {
    let batch: BatchId = hot.id.parse().map_err(|_| Refused::NotFound)?;
    let citizen = hot.actor.citizen().ok_or(Refused::Forbidden)?;
    let now = hot.state.clock().now();
    hot.state.part::<ClaimDesks>().limits.count(citizen, || hot.client(), now)?;
    let held = queue(&hot.state, batch, citizen, now).await?;
    Ok(TicketAnswer::of(held).response(StatusCode::CREATED))
}

/// `GET /api/v1/voucher-batches/{id}/place`
pub(crate) async fn place(hot: Hot) -> Answer {
    let batch: BatchId = hot.id.parse().map_err(|_| Refused::NotFound)?;
    let citizen = hot.actor.citizen().ok_or(Refused::Forbidden)?;
    let now = hot.state.clock().now();
    let ticket = ticket_of(&hot).unwrap_or_default();
    let held = look(&hot.state, batch, citizen, ticket, now).await?;
    let held = held.ok_or_else(|| {
        Refused::unprocessable(
            "no-ticket",
            "Waiting-Ticket 里没有你在这一批的号，没有查到。请先取一个号。",
        )
    })?;
    Ok(TicketAnswer::of(held).response(StatusCode::OK))
}

/// The ticket that a request carries.
pub(crate) fn ticket_of(hot: &Hot) -> Option<&str> {
    hot.headers.get(HEADER)?.to_str().ok()
}

/// What who claims before their turn is told: their place, which is kept.
pub(crate) fn not_yet(held: &Held) -> Refused {
    let (before, at, retry_after) = match held.stand {
        Stand::Waiting { before, at } => (before, Some(at), at),
        Stand::Drawing { opens, waiting } => (waiting, None, opens),
        Stand::Admitted => (0, None, held.room.opens),
    };
    let words = at.map_or_else(String::new, clock);
    let message = format!(
        "还没轮到，没有领。前面还有 {before} 人，大约 {words} 轮到；位子留着，到时再领就行。"
    );
    let mut more = Map::new();
    more.insert("ticket".into(), json!(held.ticket));
    more.insert("before".into(), json!(before));
    more.insert("admitted_at".into(), json!(at.map(|at| at.to_string())));
    more.insert("remaining".into(), json!(held.room.left));
    let wait = seconds_until(retry_after, held.now);
    let retry_after = u32::try_from(wait.max(1)).unwrap_or(u32::MAX);
    Refused::NotYet { code: "waiting", message, retry_after, more }
}

/// A moment of the day, as the city's clocks show it.
pub(crate) fn clock(at: Timestamp) -> String {
    at.to_zoned(kernel::time::city_zone()).strftime("%H:%M:%S").to_string()
}
