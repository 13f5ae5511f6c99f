//! `/c/vouchers`: what can be claimed now, how many are left, and the button. Works without a
//! script; with one, the count is live.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use jiff::{SignedDuration, Timestamp};
use kernel::Actor;
use web::{
    Answer, Ask, Form, Page, Refused, State,
    client::FromClient,
    filters, html_with,
    live::{Progress, follow},
};

use crate::{
    Batch, BatchId, BatchState, ClaimAsk, ClaimDesks, ClaimRefused, Claimed,
    pages::{
        frame::{self, fresh_key, id_of, moment, see},
        waiting,
    },
    store,
    waiting::{DOORS, claim_in_turn},
};

/// A batch as anybody sees it.
pub(crate) struct Offer {
    pub(crate) id: BatchId,
    pub(crate) name: String,
    pub(crate) face: String,
    pub(crate) threshold: String,
    pub(crate) per_person: i64,
    pub(crate) left: i64,
    pub(crate) left_words: String,
    /// Per cent that are gone.
    pub(crate) given: i64,
    pub(crate) quantity: String,
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) use_until: String,
    pub(crate) is_early: bool,
    pub(crate) is_late: bool,
    pub(crate) key: String,
    /// Whether one may come and wait for it now, before it begins.
    pub(crate) has_line: bool,
}

/// Whole yuan without decimals: `20`, or `12.50`.
pub(crate) fn yuan(fen: kernel::Fen) -> String {
    let text = fen.to_string();
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

impl Offer {
    pub(crate) fn of(ask: &Ask, batch: &Batch) -> Self {
        let terms = &batch.terms;
        let doors = terms.claim_from.checked_sub(DOORS).unwrap_or(Timestamp::MIN);
        Self {
            id: batch.id,
            name: terms.name.clone(),
            face: yuan(terms.face),
            threshold: yuan(terms.threshold),
            per_person: terms.person_cap,
            left: batch.remaining(),
            given: (terms.quantity - batch.remaining()) * 100 / terms.quantity.max(1),
            left_words: filters::grouped(batch.remaining()),
            quantity: filters::grouped(terms.quantity),
            from: moment(terms.claim_from),
            until: moment(terms.claim_until),
            use_until: moment(terms.use_until),
            is_early: ask.cx.now < terms.claim_from,
            is_late: ask.cx.now >= terms.claim_until,
            key: fresh_key(ask),
            has_line: terms.admit_per_second > 0 && ask.cx.now >= doors,
        }
    }
}

#[derive(Template)]
#[template(path = "offers.html")]
struct View {
    page: Page,
    offers: Vec<Offer>,
    is_citizen: bool,
    refused: Option<String>,
}

/// `GET /c/vouchers`
pub(crate) async fn show(ask: Ask) -> Answer {
    render(&ask, StatusCode::OK, None).await
}

async fn render(ask: &Ask, status: StatusCode, refused: Option<String>) -> Answer {
    let mut tx = ask.db().read().await?;
    let open = store::open_ones(&mut tx).await?;
    drop(tx);
    let view = View {
        page: frame::phone(ask, "消费券", "/c/vouchers"),
        offers: open.iter().map(|one| Offer::of(ask, one)).collect(),
        is_citizen: matches!(ask.cx.actor, Actor::Citizen { .. }),
        refused,
    };
    html_with(ask, status, &view)
}

/// `POST /c/vouchers/{id}/claims`
pub(crate) async fn take(
    ask: Ask,
    Path(id): Path<String>,
    FromClient(from): FromClient,
    form: Form,
) -> Answer {
    let citizen = frame::citizen(&ask)?;
    let batch: BatchId = id_of(&id)?;
    let key = form.optional("key").filter(|key| key.len() <= 128);
    let asked = ClaimAsk { batch, key, body: b"" };
    let (desks, ticket) = (ask.state.part::<ClaimDesks>(), form.optional("ticket"));
    desks.limits.count(citizen, || from.map(|net| net.addr()), ask.cx.now)?;
    match claim_in_turn(&ask.state, &desks, citizen, ticket, asked, ask.cx.now).await {
        Ok(Claimed::Yours { voucher, .. }) => {
            Ok(see(format_args!("/c/wallet/{}?new=1", voucher.id())))
        }
        Ok(Claimed::AlreadyYours { voucher }) => {
            Ok(see(format_args!("/c/wallet/{}?had=1", voucher.id())))
        }
        Err(ClaimRefused::Waiting(held)) => waiting::too_soon(&ask, batch, *held).await,
        Err(refused) => {
            let refused = Refused::from(refused);
            match refused {
                Refused::Conflict { .. } | Refused::Busy { .. } => {
                    render(&ask, refused.status(), Some(refused.message())).await
                }
                other => Err(other),
            }
        }
    }
}

/// Counts that were read a moment ago serve everybody who watches.
#[derive(Default)]
struct Lefts(Mutex<HashMap<BatchId, (Timestamp, Option<Batch>)>>);

const FRESH_FOR: SignedDuration = SignedDuration::from_millis(200);

pub(crate) async fn newest(state: &State, id: BatchId) -> Answer<Option<Batch>> {
    let now = state.clock().now();
    let part = state.part::<Lefts>();
    let known = part.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
    if let Some((at, batch)) = known.filter(|(at, _)| *at <= now && now < *at + FRESH_FOR) {
        let _ = at;
        return Ok(batch);
    }
    let mut tx = state.db().read().await?;
    let batch = store::batch(&mut tx, id).await?;
    let mut all = part.0.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|_, (at, _)| now < *at + SignedDuration::from_secs(60));
    all.insert(id, (now, batch.clone()));
    Ok(batch)
}

/// `GET /c/vouchers/{id}/events`: how many are left, as it changes.
pub(crate) async fn events(ask: Ask, Path(id): Path<String>) -> Answer<Response> {
    let id: BatchId = id_of(&id)?;
    let public = |batch: &Batch| matches!(batch.state, BatchState::Open | BatchState::Closed);
    if !newest(&ask.state, id).await?.is_some_and(|batch| public(&batch)) {
        return Err(Refused::NotFound);
    }
    let (state, lang) = (ask.state.clone(), ask.reader.lang);
    Ok(follow(move || {
        let state = state.clone();
        async move {
            let batch = newest(&state, id).await?.ok_or(Refused::NotFound)?;
            let left = batch.remaining();
            Ok(Progress {
                done: batch.terms.quantity - left,
                total: Some(batch.terms.quantity),
                phase: "left".into(),
                text: lang.say(&format!("还剩 {left} 张")).into_owned(),
                // The same count is on the campaign's page: each page reads itself again.
                url: (batch.state == BatchState::Closed).then(String::new),
            })
        }
    }))
}
