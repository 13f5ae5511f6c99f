//! The outbox: a job gives the message to the gateway, so that no request waits for it.

use db::Fault;
use jiff::Timestamp;
use kernel::{Cx, Phone};
use serde::Deserialize;
use serde_json::Value;
use web::State;

use crate::{
    code::{CodeId, Delivery},
    sealed::Sealer,
    settings::settings,
    sms::Unsent,
    store,
};

/// The kind of this crate's job.
pub const SEND: &str = "citizen.send_code";

/// What is sealed until the gateway was given it.
#[derive(Deserialize)]
struct Message {
    phone: String,
    code: String,
}

/// Gives the message of a code to the gateway. Only when the gateway was never reached is it worth
/// another try of the job; whatever else happens is kept with the code, and the person, who sees
/// it there, asks again.
///
/// # Errors
/// When the gateway could not be reached, or the database fails: in words that say neither the
/// number nor the code.
pub async fn send_code(state: State, cx: Cx, asked: Value) -> Result<(), String> {
    let id = asked["code"].as_str().and_then(|text| text.parse::<CodeId>().ok());
    let id = id.ok_or("the job names no code")?;
    let Some((phone, code)) = message(&state, &cx, id).await.map_err(|why| why.to_string())? else {
        return Ok(());
    };
    let (sms, context) = (settings(&state).sms.clone(), cx.clone());
    let sending = tokio::task::spawn_blocking(move || sms.send(&context, &phone, &code));
    let sent = sending.await.unwrap_or_else(|why| Err(Unsent::Unsure(why.to_string())));
    let how = match &sent {
        Ok(()) => Delivery::Taken,
        Err(Unsent::Unsure(_)) => Delivery::Unsure,
        Err(Unsent::Unreached(why)) => return Err(format!("the gateway was not reached: {why}")),
        Err(Unsent::Refused(_)) => Delivery::Refused,
    };
    if let Err(why) = sent {
        tracing::warn!(code = %id, %why, "a code was not sent for certain");
    }
    keep(&state, id, how).await.map_err(|why| why.to_string())
}

/// The message, unless it was sent, replaced by a newer one, or is of no use any more.
async fn message(state: &State, cx: &Cx, id: CodeId) -> Result<Option<(Phone, String)>, Fault> {
    let mut tx = state.db().read().await?;
    let Some((sealed, expires_at)) = store::code::message(&mut tx, id).await? else {
        return Ok(None);
    };
    if is_late(expires_at, cx.now) {
        drop(tx);
        keep(state, id, Delivery::Refused).await?;
        return Ok(None);
    }
    let text = Sealer::new(&state.site().keys).open_text(&sealed)?;
    let wrong = |_| Fault::Invariant("a sealed message is none".into());
    let message: Message = serde_json::from_str(&text).map_err(wrong)?;
    let phone = Phone::mobile(&message.phone);
    let phone = phone.map_err(|_| Fault::Invariant("a sealed phone is none".into()))?;
    Ok(Some((phone, message.code)))
}

/// A code that is about to expire would only confuse.
fn is_late(expires_at: Timestamp, now: Timestamp) -> bool {
    now.as_second() + 30 >= expires_at.as_second()
}

async fn keep(state: &State, id: CodeId, how: Delivery) -> Result<(), Fault> {
    let mut tx = state.db().write().await?;
    store::code::delivered(&mut tx, id, how).await?;
    tx.commit().await
}
