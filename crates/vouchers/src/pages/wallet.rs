//! `/c/wallet`: the citizen's vouchers, and the code of each, which changes every half minute.

use askama::Template;
use axum::{
    Json,
    extract::Path,
    http::{HeaderMap, header},
};
use jiff::Timestamp;
use kernel::Code as _;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Ask, Form, Page, Refused, filters, html};

use crate::{
    VoucherId, VoucherNo, VoucherState,
    pages::{
        claiming::yuan,
        frame::{self, id_of, moment, see},
        qr,
    },
    store::{self, wallet::Held},
    till_code::{STEP_SECONDS, TillCode, TillCodes, step_of},
    void_voucher::give_up,
    wallet,
};

struct Line {
    href: String,
    name: String,
    face: String,
    threshold: String,
    until: String,
    state: &'static str,
    is_held: bool,
}

fn line(one: &Held) -> Line {
    Line {
        href: format!("/c/wallet/{}", one.voucher.id()),
        name: one.terms.name.clone(),
        face: yuan(one.left()),
        threshold: yuan(one.terms.threshold),
        until: moment(one.use_end()),
        state: one.state.label(),
        is_held: one.state == VoucherState::Held,
    }
}

#[derive(Template)]
#[template(path = "wallet.html")]
struct ListView {
    page: Page,
    held: Vec<Line>,
    past: Vec<Line>,
}

/// `GET /c/wallet`
pub(crate) async fn list(ask: Ask) -> Answer {
    let citizen = frame::citizen(&ask)?;
    let all = wallet::of_citizen(&ask.state, citizen).await?;
    let (held, past): (Vec<_>, Vec<_>) = all.iter().map(line).partition(|one| one.is_held);
    html(&ask, &ListView { page: frame::phone(&ask, "我的券", "/c/wallet"), held, past })
}

/// A use of the voucher, as its citizen sees it.
struct Use {
    at: String,
    merchant: String,
    amount: String,
    refunded: Option<String>,
}

#[derive(Template)]
#[template(path = "voucher.html", blocks = ["code"])]
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct View {
    page: Page,
    id: VoucherId,
    name: String,
    face: String,
    whole: String,
    threshold: String,
    state: &'static str,
    is_held: bool,
    is_early: bool,
    use_from: String,
    until: String,
    partial: bool,
    refund_days: i64,
    may_return: bool,
    digits: String,
    qr: String,
    seconds: i64,
    uses: Vec<Use>,
    voided: Option<String>,
    said: Option<&'static str>,
}

/// `GET /c/wallet/{id}`; with `part=code` the code and the state alone.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let citizen = frame::citizen(&ask)?;
    let id: VoucherId = id_of(&id)?;
    let voucher = VoucherNo::of(id).ok_or(Refused::NotFound)?;
    let mut tx = ask.db().read().await?;
    let held = wallet::own(&mut tx, citizen, voucher).await?.ok_or(Refused::NotFound)?;
    let redemptions = store::redemptions::of_voucher(&mut tx, voucher).await?;
    let mut uses = Vec::new();
    for one in &redemptions {
        let merchant = merchants::merchant(&mut tx, one.merchant).await?;
        uses.push(Use {
            at: moment(one.at),
            merchant: merchant.map(|one| one.name).unwrap_or_default(),
            amount: one.amount.to_string(),
            refunded: (one.refunded.0 > 0).then(|| one.refunded.to_string()),
        });
    }
    let voided = store::refunds::void_of(&mut tx, voucher).await?;
    drop(tx);
    let query = Form::parse(ask.query.as_bytes());
    let is_part = query.get("part") == "code";
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let view = view(&ask, &held, (uses, voided), &query, host);
    if is_part && ask.fragment { html(&ask, &view.as_code()) } else { html(&ask, &view) }
}

fn view(
    ask: &Ask,
    held: &Held,
    (uses, voided): (Vec<Use>, Option<(String, Timestamp)>),
    query: &Form,
    host: &str,
) -> View {
    let id = held.voucher.id();
    let (terms, now) = (&held.terms, ask.cx.now);
    let is_held = held.state == VoucherState::Held && now < held.use_end();
    let code = code_of(ask, held).filter(|_| is_held && now >= terms.use_from);
    let link = code.map(|code| format!("/till?code={}", code.bare())).unwrap_or_default();
    View {
        page: frame::phone(ask, "我的券", &format!("/c/wallet/{id}")),
        id,
        name: terms.name.clone(),
        face: yuan(held.left()),
        whole: yuan(terms.face),
        threshold: yuan(terms.threshold),
        state: held.state.label(),
        is_held,
        is_early: now < terms.use_from,
        use_from: moment(terms.use_from),
        until: moment(held.use_end()),
        partial: terms.partial,
        refund_days: terms.refund_days,
        may_return: is_held && terms.restock && held.redeemed.0 == 0,
        digits: code.map(|code| code.to_string()).unwrap_or_default(),
        qr: if link.is_empty() { String::new() } else { qr::path(&whole_address(host, &link)) },
        seconds: STEP_SECONDS - now.as_second().rem_euclid(STEP_SECONDS),
        uses,
        voided: voided.map(|(why, at)| format!("{} {why}", moment(at))),
        said: match (query.ticked("new"), query.ticked("had")) {
            (true, _) => Some("领到了。"),
            (_, true) => Some("这一批你已经领过，就是这张。"),
            _ => None,
        },
    }
}

/// An address that a phone opens: encrypted but on the machine itself.
fn whole_address(host: &str, path: &str) -> String {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let own = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    format!("{}://{host}{path}", if own { "http" } else { "https" })
}

fn code_of(ask: &Ask, held: &Held) -> Option<TillCode> {
    let codes = TillCodes::new(&ask.state.site().keys);
    codes.show(held.citizen, held.voucher, ask.cx.now)
}

/// `POST /c/wallet/{id}/returns`
pub(crate) async fn give_back(ask: Ask, Path(id): Path<String>) -> Answer {
    let citizen = frame::citizen(&ask)?;
    let id: VoucherId = id_of(&id)?;
    let voucher = VoucherNo::of(id).ok_or(Refused::NotFound)?;
    let mut tx = ask.db().write().await?;
    give_up(&mut tx, &ask.cx, citizen, voucher).await?;
    tx.commit().await?;
    Ok(see("/c/wallet"))
}

/// A voucher of one's own.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OwnVoucher {
    id: VoucherId,
    name: String,
    /// In fen.
    face_fen: kernel::Fen,
    /// What is left of it, in fen.
    left_fen: kernel::Fen,
    /// The least bill, in fen.
    threshold_fen: kernel::Fen,
    state: VoucherState,
    #[schemars(with = "String", extend("format" = "date-time"))]
    use_until: Timestamp,
    /// Twelve digits for the till, while it may be spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// When they change; they are taken for half a minute more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    code_until: Option<Timestamp>,
}

/// The vouchers of whoever asks, the newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OwnVouchers {
    items: Vec<OwnVoucher>,
}

/// `GET /api/v1/vouchers`
pub(crate) async fn own(ask: Ask) -> Answer<Json<OwnVouchers>> {
    let citizen = frame::citizen(&ask)?;
    let all = wallet::of_citizen(&ask.state, citizen).await?;
    let now = ask.cx.now;
    let item = |one: &Held| {
        let spendable =
            one.state == VoucherState::Held && now >= one.terms.use_from && now < one.use_end();
        let code = code_of(&ask, one).filter(|_| spendable);
        let end = (step_of(now) + 1) * STEP_SECONDS;
        OwnVoucher {
            id: one.voucher.id(),
            name: one.terms.name.clone(),
            face_fen: one.terms.face,
            left_fen: one.left(),
            threshold_fen: one.terms.threshold,
            state: one.state,
            use_until: one.use_end(),
            code_until: code.and_then(|_| Timestamp::from_second(end).ok()),
            code: code.map(TillCode::bare),
        }
    };
    Ok(Json(OwnVouchers { items: all.iter().map(item).collect() }))
}
