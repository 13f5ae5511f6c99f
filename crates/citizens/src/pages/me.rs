//! The citizen's own page: what is kept and for how long, and every way out.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use kernel::CitizenNo;
use web::{Answer, Ask, Page, Refused, State, filters, html};

use super::{Kept, edition, frame, moment};
use crate::{
    CONSENT_VERSION, citizen,
    cookies::Cookie,
    revoked::{learn, sign_out_everywhere},
    withdraw::withdraw,
};

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    page: Page,
    /// Masked.
    phone: String,
    verified: String,
    edition: String,
    kept: Kept,
}

fn own(ask: &Ask) -> Answer<CitizenNo> {
    ask.cx.actor.citizen().ok_or(Refused::SignIn(None))
}

/// `GET /c/me`
pub(crate) async fn show(ask: Ask) -> Answer {
    let no = own(&ask)?;
    let mut tx = ask.db().read().await?;
    let found = citizen::find(&mut tx, &ask.state.site().keys, no).await?;
    drop(tx);
    let citizen = found.ok_or(Refused::SignIn(None))?;
    let view = MePage {
        page: frame(&ask, "我的手机号", "/c/me"),
        phone: citizen.phone.to_string(),
        verified: moment(citizen.verified_at),
        edition: edition(citizen.consent_version),
        kept: Kept::now(),
    };
    html(&ask, &view)
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage {
    page: Page,
    edition: String,
    kept: Kept,
}

/// `GET /c/consent`
pub(crate) async fn consent(ask: Ask) -> Answer {
    let view = ConsentPage {
        page: frame(&ask, "同意说明", "/c/consent"),
        edition: edition(CONSENT_VERSION),
        kept: Kept::now(),
    };
    html(&ask, &view)
}

/// `POST /c/logout`
pub(crate) async fn leave(ask: Ask) -> Answer {
    Ok(gone(&ask.state, "/c/login?done=left"))
}

/// `POST /c/sign-outs`
pub(crate) async fn leave_everywhere(ask: Ask) -> Answer {
    let no = own(&ask)?;
    let mut tx = ask.db().write().await?;
    sign_out_everywhere(&mut tx, &ask.cx, no).await?;
    tx.commit().await?;
    learn(&ask.state, &ask.cx).await;
    Ok(gone(&ask.state, "/c/login?done=everywhere"))
}

/// `POST /c/withdrawals`
pub(crate) async fn take_back(ask: Ask) -> Answer {
    let no = own(&ask)?;
    let mut tx = ask.db().write().await?;
    withdraw(&mut tx, &ask.cx, no).await?;
    tx.commit().await?;
    learn(&ask.state, &ask.cx).await;
    Ok(gone(&ask.state, "/c/login?done=withdrawn"))
}

fn gone(state: &State, to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    Cookie::Token.clear(state.site(), &mut response);
    response
}
