//! `GET /vouchers/{id}`: one voucher with its whole history, for who runs, pays for or oversees its
//! campaign; taking it back, and looking its citizen's number up, each with a reason.

use askama::Template;
use axum::{extract::Path, http::StatusCode};
use campaigns::Campaign;
use citizens::RevealRefused;
use db::Tx;
use jiff::Timestamp;
use kernel::{Code as _, Fen, Phone, Role};
use web::{Answer, Ask, Figure, Form, Page, Refused, filters, html_with};

use crate::{
    BatchId, VoidError, VoucherId, VoucherNo, VoucherState,
    batch_sight::BatchSight,
    pages::{
        batches::{
            second,
            words::{edition, words},
        },
        frame::{id_of, moment, see},
    },
    store::{self, batches::claims::Claim},
    void_voucher,
};

/// One thing that happened to a voucher.
struct Told {
    at: Timestamp,
    when: String,
    what: &'static str,
    amount: Option<Fen>,
    /// A name or a reason, and where it leads.
    note: String,
    href: Option<String>,
    more: &'static str,
}

impl Told {
    fn new(at: Timestamp, what: &'static str) -> Self {
        let (note, href) = (String::new(), None);
        Self { at, when: second(at), what, amount: None, note, href, more: "" }
    }
}

#[derive(Template)]
#[template(path = "batches/voucher.html")]
struct View {
    page: Page,
    id: VoucherId,
    nth: String,
    campaign: Campaign,
    batch: BatchId,
    name: String,
    state: &'static str,
    is_held: bool,
    phone: String,
    shown: Option<String>,
    version: Figure,
    left: Fen,
    terms: Vec<(&'static str, String)>,
    until: String,
    told: Vec<Told>,
    may_void: bool,
    may_reveal: bool,
    typed: Form,
    void_refused: Option<String>,
    reveal_refused: Option<String>,
}

/// What a page is shown with: again after a refusal, or once with the number.
#[derive(Default)]
struct Again {
    typed: Form,
    void_refused: Option<String>,
    reveal_refused: Option<String>,
    phone: Option<Phone>,
}

/// `GET /vouchers/{id}`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    render(&ask, &id, StatusCode::OK, Again::default()).await
}

fn number(id: &str) -> Answer<VoucherNo> {
    let id: VoucherId = id_of(id)?;
    VoucherNo::of(id).ok_or(Refused::NotFound)
}

async fn render(ask: &Ask, id: &str, status: StatusCode, again: Again) -> Answer {
    let voucher = number(id)?;
    let mut tx = ask.db().read().await?;
    let sight = BatchSight::of_voucher(&mut tx, &ask.cx, voucher).await?;
    let claim = store::batches::claims::one(&mut tx, voucher).await?.ok_or(Refused::NotFound)?;
    let version = store::claims::terms(&mut tx, voucher.batch, claim.terms_version).await?;
    let terms = version.ok_or(Refused::NotFound)?;
    let told = told(&mut tx, &claim, terms.use_end(claim.refunded.0 > 0)).await?;
    let keys = &ask.state.site().keys;
    let phones = citizens::masked_phones(&mut tx, keys, &[claim.citizen]).await?;
    drop(tx);
    let phone = phones.get(&claim.citizen).cloned();
    let batch = sight.batch.id;
    let href = format!("/voucher-batches/{batch}/claims?terms={}", claim.terms_version);
    let is_held = claim.state == VoucherState::Held;
    let may_reveal = ask.cx.actor.has_citywide(&[Role::Administrator, Role::Organiser]);
    let view = View {
        page: ask.page("一张券", "/campaigns"),
        id: voucher.id(),
        nth: format!("第 {} 张", filters::grouped(voucher.claim)),
        batch,
        name: terms.name.clone(),
        state: claim.state.label(),
        is_held,
        may_reveal: may_reveal && phone.is_some() && again.phone.is_none(),
        phone: phone.unwrap_or_else(|| "已撤回同意".into()),
        shown: again.phone.map(|phone| phone.expose().to_owned()),
        version: Figure::text(ask.say(&edition(claim.terms_version)).into_owned(), href),
        left: Fen(if is_held { terms.face.0 - claim.redeemed.0 + claim.refunded.0 } else { 0 }),
        until: moment(terms.use_end(claim.refunded.0 > 0)),
        terms: words(&terms),
        told,
        may_void: sight.runs && is_held,
        typed: again.typed,
        void_refused: again.void_refused,
        reveal_refused: again.reveal_refused,
        campaign: sight.campaign,
    };
    html_with(ask, status, &view)
}

/// All that happened to a voucher, oldest first.
async fn told(tx: &mut Tx, claim: &Claim, use_end: Timestamp) -> Answer<Vec<Told>> {
    let mut all = vec![Told::new(claim.at, "领取")];
    for used in store::redemptions::of_voucher(tx, claim.voucher).await? {
        let merchant = merchants::merchant(tx, used.merchant).await?;
        let href = format!("/redemptions/{}", used.id);
        all.push(Told {
            amount: Some(used.amount),
            note: merchant.map(|one| one.name).unwrap_or_default(),
            href: Some(href.clone()),
            ..Told::new(used.at, "用券")
        });
        for refund in store::refunds::of_redemption(tx, used.id).await? {
            all.push(Told {
                amount: Some(refund.amount),
                note: refund.reason,
                href: Some(href.clone()),
                more: if refund.gives_back {
                    "券退给了顾客"
                } else {
                    "券已过期，不再退给顾客"
                },
                ..Told::new(refund.at, "退货")
            });
        }
    }
    if let Some((reason, at)) = store::refunds::void_of(tx, claim.voucher).await? {
        all.push(Told { note: reason, ..Told::new(at, "作废") });
    }
    if claim.state == VoucherState::Expired {
        all.push(Told::new(use_end, "过期"));
    }
    all.sort_by_key(|one| one.at);
    Ok(all)
}

/// `POST /vouchers/{id}/voids`
pub(crate) async fn void(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let voucher = number(&id)?;
    let mut tx = ask.db().write().await?;
    // Whoever may not see the claim is not told by a refusal that it is there.
    BatchSight::of_voucher(&mut tx, &ask.cx, voucher).await?;
    store::batches::claims::one(&mut tx, voucher).await?.ok_or(Refused::NotFound)?;
    match void_voucher(&mut tx, &ask.cx, voucher, form.get("reason")).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(see(format_args!("/vouchers/{id}")))
        }
        Err(refused @ (VoidError::Denied(_) | VoidError::Fault(_))) => Err(refused.into()),
        Err(refused) => {
            tx.rollback().await?;
            let refused = Refused::from(refused);
            let void_refused = Some(refused.message());
            let again = Again { typed: form, void_refused, ..Again::default() };
            render(&ask, &id, refused.status(), again).await
        }
    }
}

/// `POST /vouchers/{id}/phone`: shows the whole number once; that it was shown is in the journal.
pub(crate) async fn reveal(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let voucher = number(&id)?;
    let mut tx = ask.db().write().await?;
    BatchSight::of_voucher(&mut tx, &ask.cx, voucher).await?;
    let claim = store::batches::claims::one(&mut tx, voucher).await?.ok_or(Refused::NotFound)?;
    let keys = &ask.state.site().keys;
    let reason = form.get("why");
    match citizens::reveal_phone(&mut tx, &ask.cx, keys, claim.citizen, reason).await {
        Ok(phone) => {
            tx.commit().await?;
            let again = Again { phone: Some(phone), ..Again::default() };
            render(&ask, &id, StatusCode::OK, again).await
        }
        Err(RevealRefused::Fault(fault)) => Err(fault.into()),
        Err(RevealRefused::Denied) => Err(Refused::Forbidden),
        Err(refused) => {
            tx.rollback().await?;
            let reveal_refused = Some(refused.to_string());
            let again = Again { typed: form, reveal_refused, ..Again::default() };
            render(&ask, &id, StatusCode::UNPROCESSABLE_ENTITY, again).await
        }
    }
}
