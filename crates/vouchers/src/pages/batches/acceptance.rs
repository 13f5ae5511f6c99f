//! `/voucher-batches/{id}/acceptance`: which member merchants take the vouchers of a batch.

use std::collections::HashSet;

use askama::Template;
use axum::{extract::Path, http::StatusCode};
use campaigns::{Campaign, Member, MemberState};
use kernel::Code as _;
use merchants::MerchantId;
use web::{Answer, Ask, Form, Page, Refused, filters, html_with};

use crate::{
    BatchError, BatchId, accept_at,
    pages::{
        batches::{batch_of, version_field},
        frame::{id_of, see},
    },
    store,
};

struct Line {
    id: MerchantId,
    name: String,
    state: &'static str,
    is_active: bool,
    ticked: bool,
}

#[derive(Template)]
#[template(path = "batches/acceptance.html")]
struct View {
    page: Page,
    id: BatchId,
    campaign: Campaign,
    name: String,
    version: i64,
    lines: Vec<Line>,
    refused: Option<String>,
}

/// `GET /voucher-batches/{id}/acceptance`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    render(&ask, &id, None, None).await
}

async fn render(ask: &Ask, id: &str, sent: Option<&Form>, refused: Option<Refused>) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = batch_of(ask, &mut tx, id).await?.for_runners()?;
    let batch = sight.batch;
    let listed: HashSet<String> = match sent {
        Some(form) => form.all("merchant").map(str::to_owned).collect(),
        None => {
            let kept = store::batches::accepted_at(&mut tx, batch.no).await?;
            kept.iter().map(ToString::to_string).collect()
        }
    };
    let names = merchants::names(&mut tx).await?;
    let gone = |one: &Member| {
        matches!(one.state, MemberState::Declined | MemberState::Left)
            && !listed.contains(&one.merchant.to_string())
    };
    let members = campaigns::members(&mut tx, batch.campaign).await?;
    let line = |one: &Member| Line {
        id: one.merchant,
        name: names.get(&one.merchant).cloned().unwrap_or_default(),
        state: one.state.label(),
        is_active: one.state == MemberState::Active,
        ticked: listed.contains(&one.merchant.to_string()),
    };
    let mut lines: Vec<Line> = members.iter().filter(|one| !gone(one)).map(line).collect();
    lines.sort_by(|one, other| one.name.cmp(&other.name));
    let status = refused.as_ref().map_or(StatusCode::OK, Refused::status);
    let view = View {
        page: ask.page("在哪些商户用", "/campaigns"),
        id: batch.id,
        campaign: sight.campaign,
        name: batch.terms.name,
        version: batch.version,
        lines,
        refused: refused.map(|one| one.message()),
    };
    html_with(ask, status, &view)
}

/// `POST /voucher-batches/{id}/acceptance`: the ticked merchants; none is all of them.
pub(crate) async fn set(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let batch: BatchId = id_of(&id)?;
    let ticked = form.all("merchant").map(|one| one.parse().map_err(|_| Refused::NotFound));
    let ticked: Vec<MerchantId> = ticked.collect::<Answer<_>>()?;
    let mut tx = ask.db().write().await?;
    match accept_at(&mut tx, &ask.cx, batch, version_field(&form), &ticked).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(see(format_args!("/voucher-batches/{batch}#h-shops")))
        }
        Err(refused @ (BatchError::Denied(_) | BatchError::Fault(_))) => Err(refused.into()),
        Err(refused) => {
            tx.rollback().await?;
            render(&ask, &id, Some(&form), Some(refused.into())).await
        }
    }
}
