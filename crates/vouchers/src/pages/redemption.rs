//! `/redemptions/{id}`: what was taken off a bill, its refunds, and the form for another.

use askama::Template;
use axum::{extract::Path, http::StatusCode};
use db::Tx;
use kernel::{Fen, mask_name};
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html_with};

use crate::{
    RedemptionId, RefundAsk, RefundError,
    pages::frame::{self, escaped, id_of, moment, see},
    policy, refund,
    settlement_sight::SettlementSight,
    store::{self, redemptions::Redemption},
};

struct Shown {
    at: String,
    amount: String,
    reason: String,
    gives_back: bool,
}

#[derive(Template)]
#[template(path = "redemption.html")]
struct View {
    page: Page,
    id: RedemptionId,
    amount: String,
    bill: String,
    rest: String,
    bill_no: String,
    at: String,
    merchant: String,
    settlement: Option<String>,
    cashier: String,
    voucher: String,
    refunds: Vec<Shown>,
    may_refund: bool,
    left: String,
    again: Option<String>,
    is_new: bool,
    typed_amount: String,
    typed_reason: String,
    refused: Option<String>,
}

/// `GET /redemptions/{id}`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    render(&ask, id_of(&id)?, StatusCode::OK, &Form::default(), None).await
}

async fn render(
    ask: &Ask,
    id: RedemptionId,
    status: StatusCode,
    typed: &Form,
    refused: Option<String>,
) -> Answer {
    let mut tx = ask.db().read().await?;
    let one = store::redemptions::one(&mut tx, id).await?.ok_or(Refused::NotFound)?;
    policy::see_redemption(&mut tx, &ask.cx, &one).await?;
    let may_refund = policy::refund(&mut tx, &ask.cx, &one).await.is_ok();
    let merchant = merchants::merchant(&mut tx, one.merchant).await?;
    let cashier = people::find_account(&mut tx, one.cashier).await?;
    let refunds = store::refunds::of_redemption(&mut tx, id).await?;
    let settlement = settled_in(&mut tx, ask, id).await?;
    drop(tx);
    let left = Fen(one.amount.0 - one.refunded.0);
    let own = policy::till(&ask.cx.actor, one.merchant).is_ok();
    let shown = |one: store::refunds::Refund| Shown {
        at: moment(one.at),
        amount: one.amount.to_string(),
        reason: one.reason,
        gives_back: one.gives_back,
    };
    let view = View {
        page: frame::phone(ask, "用券记录", &format!("/redemptions/{id}")),
        id,
        settlement,
        amount: one.amount.to_string(),
        bill: one.bill.to_string(),
        rest: Fen(one.bill.0 - one.amount.0).to_string(),
        again: own.then(|| again(&one)),
        at: moment(one.at),
        merchant: merchant.map(|one| one.name).unwrap_or_default(),
        cashier: mask_name(cashier.as_ref().map_or("", |one| &one.display_name)),
        voucher: one.voucher.id().to_string(),
        bill_no: one.bill_no,
        refunds: refunds.into_iter().map(shown).collect(),
        may_refund: may_refund && left.0 > 0,
        left: left.to_string(),
        is_new: Form::parse(ask.query.as_bytes()).ticked("new"),
        typed_amount: typed.get("amount").to_owned(),
        typed_reason: typed.get("reason").to_owned(),
        refused,
    };
    html_with(ask, status, &view)
}

/// The settlement that lists the redemption, for who sees it.
async fn settled_in(tx: &mut Tx, ask: &Ask, id: RedemptionId) -> Answer<Option<String>> {
    let Some(found) = store::settlements_read::of_redemption(tx, id).await? else {
        return Ok(None);
    };
    let sight = SettlementSight::of(tx, &ask.cx).await?;
    let one = store::settlements::one(tx, found).await?;
    Ok(one.filter(|one| sight.sees(one)).map(|one| format!("/settlements/{}", one.id)))
}

/// Where another voucher is taken on the same bill.
fn again(one: &Redemption) -> String {
    let (merchant, no) = (one.merchant, escaped(&one.bill_no));
    let bill = one.bill.to_string().replace(',', "");
    format!("/till?merchant={merchant}&bill={bill}&bill_no={no}")
}

/// `POST /redemptions/{id}/refunds`
pub(crate) async fn refund_some(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: RedemptionId = id_of(&id)?;
    let typed = form.optional("amount").map(str::parse::<Fen>).transpose();
    let amount = match typed {
        Ok(amount) => amount,
        Err(why) => {
            let mut errors = FieldErrors::new();
            errors.add("amount", why.message());
            let said = Some(why.message().to_owned());
            return render(&ask, id, StatusCode::UNPROCESSABLE_ENTITY, &form, said).await;
        }
    };
    let mut tx = ask.db().write().await?;
    let asked = RefundAsk {
        redemption: id,
        amount,
        reason: form.get("reason").to_owned(),
        key: form.optional("idempotency_key").map(str::to_owned),
    };
    match refund(&mut tx, &ask.cx, asked).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(see(format_args!("/redemptions/{id}")))
        }
        Err(refused @ (RefundError::Denied(_) | RefundError::Fault(_))) => Err(refused.into()),
        Err(refused) => {
            tx.rollback().await?;
            let said = Some(refused.message());
            let status = Refused::from(refused).status();
            render(&ask, id, status, &form, said).await
        }
    }
}
