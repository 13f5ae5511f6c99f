//! `/till`: a cashier's phone. The twelve digits, the bill, and what comes off it.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use kernel::Fen;
use merchants::{MerchantId, merchants_of};
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html_with};

use crate::{
    RedeemAsk, RedeemError,
    flags::note_device,
    pages::frame::{self, fresh_key, moment, see},
    redeem, store,
};

struct Recent {
    at: String,
    amount: String,
    href: String,
    refunded: bool,
}

#[derive(Template)]
#[template(path = "till.html")]
struct View {
    page: Page,
    /// Id, name, whether it is chosen.
    merchants: Vec<(MerchantId, String, bool)>,
    code: String,
    bill: String,
    amount: String,
    bill_no: String,
    key: String,
    same_bill: bool,
    errors: FieldErrors,
    refused: Option<String>,
    recent: Vec<Recent>,
}

/// `GET /till`; a citizen's QR code leads here with its digits.
pub(crate) async fn show(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    render(&ask, StatusCode::OK, &query, FieldErrors::new(), None).await
}

async fn render(
    ask: &Ask,
    status: StatusCode,
    typed: &Form,
    errors: FieldErrors,
    refused: Option<String>,
) -> Answer {
    let own = merchants_of(&ask.cx.actor);
    let chosen = typed.get("merchant").parse().ok().filter(|one| own.contains(one));
    let chosen: Option<MerchantId> = chosen.or_else(|| own.first().copied());
    let mut tx = ask.db().read().await?;
    let mut merchants = Vec::new();
    for id in own {
        if let Some(one) = merchants::merchant(&mut tx, id).await? {
            merchants.push((id, one.name, chosen == Some(id)));
        }
    }
    let recent = match chosen {
        Some(merchant) => store::redemptions::of_merchant(&mut tx, merchant, 10).await?,
        None => Vec::new(),
    };
    drop(tx);
    let recent = recent.into_iter().map(|one| Recent {
        at: moment(one.at),
        amount: one.amount.to_string(),
        href: format!("/redemptions/{}", one.id),
        refunded: one.refunded.0 > 0,
    });
    let no = typed.optional("bill_no").map(str::to_owned);
    let view = View {
        page: frame::phone(ask, "收券", "/till"),
        merchants,
        code: typed.get("code").to_owned(),
        bill: typed.get("bill").to_owned(),
        amount: typed.get("amount").to_owned(),
        same_bill: no.is_some() && refused.is_none() && errors.is_empty(),
        bill_no: no.unwrap_or_else(|| fresh_key(ask)[..10].to_owned()),
        // The same key again asks for the same thing; what was refused was not written under it.
        key: typed.optional("key").map_or_else(|| fresh_key(ask), str::to_owned),
        errors,
        refused,
        recent: recent.collect(),
    };
    html_with(ask, status, &view)
}

fn money(form: &Form, name: &'static str, errors: &mut FieldErrors) -> Option<Fen> {
    match form.optional(name)?.parse::<Fen>() {
        Ok(fen) => Some(fen),
        Err(why) => {
            errors.add(name, why.message());
            None
        }
    }
}

/// `POST /till`
pub(crate) async fn take(ask: Ask, headers: HeaderMap, form: Form) -> Answer {
    let mut errors = FieldErrors::new();
    let code = form.required("code", &mut errors);
    form.required("bill", &mut errors);
    let (bill, wanted) = (money(&form, "bill", &mut errors), money(&form, "amount", &mut errors));
    let merchant: Option<MerchantId> = form.get("merchant").parse().ok();
    let (Some(merchant), Some(bill)) = (merchant, bill.filter(|_| errors.is_empty())) else {
        return render(&ask, StatusCode::UNPROCESSABLE_ENTITY, &form, errors, None).await;
    };
    let asked = RedeemAsk {
        merchant,
        code: &code,
        bill_no: form.get("bill_no"),
        bill,
        wanted,
        key: form.optional("key").filter(|key| key.len() <= 128),
    };
    match redeem(&ask.state, &ask.cx.actor, asked, ask.cx.now).await {
        Ok(done) => {
            note_device(&ask, &headers).await;
            Ok(see(format_args!("/redemptions/{}?new=1", done.redemption)))
        }
        Err(RedeemError::No(refused)) => {
            let message = refused.message();
            match Refused::from(refused) {
                gone @ (Refused::NotFound | Refused::Forbidden) => Err(gone),
                other => render(&ask, other.status(), &form, errors, Some(message)).await,
            }
        }
        Err(other) => Err(other.into()),
    }
}
