//! `/c/vouchers/{id}/line`: the place in the line before a batch, as it truly is. The address holds
//! the ticket, so whoever opens it again finds the same place, with a script or without.

use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
};
use web::{Answer, Ask, Form, Page, Refused, client::FromClient, filters, html_with};

use crate::{
    BatchId, ClaimDesks, ClaimRefused, Held,
    pages::{
        claiming::yuan,
        frame::{self, escaped, fresh_key, id_of, see},
    },
    store,
    waiting::{Stand, clock, look, queue, seconds_until},
};

#[derive(Template)]
#[template(path = "waiting.html", blocks = ["place"])]
struct View {
    page: Page,
    id: BatchId,
    name: String,
    face: String,
    /// Where this page stands, with the ticket.
    here: String,
    ticket: String,
    key: String,
    /// Before the draw, when nobody has a place.
    is_drawing: bool,
    is_admitted: bool,
    /// How many are let in before, or before the draw how many wait.
    people: String,
    /// Whether fewer vouchers are left than people are before.
    is_short: bool,
    opens: String,
    /// The moment of one's turn, and how long until then.
    at: String,
    wait: String,
    left: String,
    rate: String,
    /// Seconds until the page looks again; none when there is nothing to wait for.
    again: i64,
}

/// `GET /c/vouchers/{id}/line`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let citizen = frame::citizen(&ask)?;
    let id: BatchId = id_of(&id)?;
    let query = Form::parse(ask.query.as_bytes());
    match look(&ask.state, id, citizen, query.get("ticket"), ask.cx.now).await {
        Ok(Some(held)) => render(&ask, StatusCode::OK, id, held, query.get("part")).await,
        // No ticket, or somebody else's: the list of vouchers has the button that gives one.
        Ok(None) => Ok(see("/c/vouchers")),
        Err(refused) => over(refused),
    }
}

/// Nothing to wait for any more: the list says why, in the batch's own words.
fn over(refused: ClaimRefused) -> Answer {
    match refused {
        ClaimRefused::NotFound | ClaimRefused::Fault(_) => Err(refused.into()),
        _ => Ok(see("/c/vouchers")),
    }
}

/// `POST /c/vouchers/{id}/line`
pub(crate) async fn join(ask: Ask, Path(id): Path<String>, FromClient(from): FromClient) -> Answer {
    let citizen = frame::citizen(&ask)?;
    let id: BatchId = id_of(&id)?;
    let desks = ask.state.part::<ClaimDesks>();
    desks.limits.count(citizen, || from.map(|net| net.addr()), ask.cx.now)?;
    let held = queue(&ask.state, id, citizen, ask.cx.now).await?;
    Ok(see(address(id, &held.ticket)))
}

/// Where the holder of a ticket waits.
pub(crate) fn address(id: BatchId, ticket: &str) -> String {
    format!("/c/vouchers/{id}/line?ticket={}", escaped(ticket))
}

/// What who claims too soon sees: their place, under the status that says so.
pub(crate) async fn too_soon(ask: &Ask, id: BatchId, held: Held) -> Answer {
    let seconds = match held.stand {
        Stand::Waiting { at, .. } => seconds_until(at, held.now),
        _ => 1,
    };
    let mut response = render(ask, StatusCode::TOO_EARLY, id, held, "").await?;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

async fn render(ask: &Ask, status: StatusCode, id: BatchId, held: Held, part: &str) -> Answer {
    let mut tx = ask.db().read().await?;
    let batch = store::batch(&mut tx, id).await?.ok_or(Refused::NotFound)?;
    drop(tx);
    let (at, wait) = match held.stand {
        Stand::Waiting { at, .. } => (clock(at), spoken(seconds_until(at, held.now))),
        _ => (String::new(), String::new()),
    };
    let people = match held.stand {
        Stand::Drawing { waiting, .. } => waiting,
        Stand::Waiting { before, .. } => before,
        Stand::Admitted => 0,
    };
    let here = address(id, &held.ticket);
    let view = View {
        page: frame::phone(ask, "排队领券", &here),
        id,
        name: batch.terms.name,
        face: yuan(batch.terms.face),
        again: held.look_again(),
        ticket: held.ticket,
        key: fresh_key(ask),
        is_drawing: matches!(held.stand, Stand::Drawing { .. }),
        is_admitted: held.stand == Stand::Admitted,
        is_short: people >= held.room.left,
        people: filters::grouped(people),
        opens: clock(held.room.opens),
        at,
        wait,
        left: filters::grouped(held.room.left),
        rate: filters::grouped(held.room.rate),
        here,
    };
    if part == "place" && ask.fragment {
        return html_with(ask, status, &view.as_place());
    }
    html_with(ask, status, &view)
}

/// A wait in the words of a person who looks at a watch.
fn spoken(seconds: i64) -> String {
    match seconds {
        0..=89 => format!("{seconds} 秒"),
        90..=5_399 => format!("{} 分钟", (seconds + 59) / 60),
        _ => format!("{} 小时", (seconds + 3_599) / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn a_wait_is_never_said_shorter_than_it_is() {
        let said: Vec<_> = [0, 59, 89, 90, 121, 3_600, 5_400].map(spoken).into();
        assert_eq!(said, ["0 秒", "59 秒", "89 秒", "2 分钟", "3 分钟", "60 分钟", "2 小时"]);
    }
}
