//! The doorman: reads the session cookie or the token of every request, in one read each.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, header};
use kernel::{Actor, time::civil_date};
use web::{Doorman, Refused, State, Visitor};

use crate::{
    account::AccountState,
    cookies::Cookie,
    directory::BoxFuture,
    rules::settings,
    secret::Secret,
    session::{EndReason, Standing},
    store::{self, session::Holder},
    token::secret_in,
};

/// The product's [`Doorman`].
#[derive(Clone, Copy, Debug, Default)]
pub struct FrontDoor;

impl Doorman for FrontDoor {
    fn admit<'a>(
        &'a self,
        state: &'a State,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Visitor, Refused>> {
        Box::pin(admit(state, headers))
    }
}

async fn admit(state: &State, headers: &HeaderMap) -> Result<Visitor, Refused> {
    if let Some(text) = bearer(headers) {
        return with_token(state, text).await;
    }
    let site = state.site();
    let visit = Cookie::Visit.read(site, headers);
    match Cookie::Session.read(site, headers) {
        Some(secret) => with_session(state, &secret, visit).await,
        None => Ok(stranger(state, visit, None)),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, text) = sent.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim())
}

/// Somebody who is not signed in. Without a visit's cookie no form of theirs can be right, so
/// their secret is one that nobody knows.
fn stranger(state: &State, visit: Option<Secret>, said: Option<&'static str>) -> Visitor {
    let visit = visit.unwrap_or_else(|| Secret::new(&state.cx(Actor::Anonymous)));
    Visitor { actor: Actor::Anonymous, csrf: Some(visit.csrf()), said }
}

async fn with_session(
    state: &State,
    secret: &Secret,
    visit: Option<Secret>,
) -> Result<Visitor, Refused> {
    let mut tx = state.db().read().await?;
    let known = store::session::find(&mut tx, secret).await?;
    drop(tx);
    let Some(known) = known else { return Ok(stranger(state, visit, None)) };
    let now = state.clock().now();
    let standing = known.times.standing(&settings(state).rules.session, now);
    if standing != Standing::Open || known.holder.state == AccountState::Disabled {
        return Ok(stranger(state, visit, farewell(standing, known.holder.state)));
    }
    if known.times.should_note(now) {
        note(async {
            let mut tx = state.db().write().await?;
            store::session::seen(&mut tx, known.session, now).await?;
            tx.commit().await
        })
        .await;
    }
    let actor = actor(known.holder, None);
    Ok(Visitor { actor, csrf: Some(secret.csrf()), said: None })
}

/// What the sign-in page says to somebody whose session is over.
fn farewell(standing: Standing, state: AccountState) -> Option<&'static str> {
    if state == AccountState::Disabled {
        return Some("这个账号已停用。需要的话，请找管理员。");
    }
    match standing {
        Standing::Idle => Some("有一阵没有操作，已自动退出，存过的都在。请重新登录。"),
        Standing::Old => Some("登录时间太长，已自动退出，存过的都在。请重新登录。"),
        Standing::Ended(Some(EndReason::Revoked)) => Some("这次登录已在别处结束。请重新登录。"),
        Standing::Ended(Some(EndReason::PasswordChanged)) => Some("密码已经改了。请用新密码登录。"),
        Standing::Ended(_) | Standing::Open => None,
    }
}

async fn with_token(state: &State, text: &str) -> Result<Visitor, Refused> {
    let unknown = Refused::SignIn(Some("没有这个令牌，没有办。请核对后再发。"));
    let Some(secret) = secret_in(text) else { return Err(unknown) };
    let mut tx = state.db().read().await?;
    let known = store::token::find(&mut tx, &secret).await?;
    drop(tx);
    let Some(known) = known else { return Err(unknown) };
    let now = state.clock().now();
    let refused = if known.revoked_at.is_some() {
        Some("这个令牌已作废，没有办。请换一个新的。")
    } else if now >= known.expires_at {
        Some("这个令牌已到期，没有办。请换一个新的。")
    } else if known.holder.state == AccountState::Disabled {
        Some("令牌的账号已停用，没有办。请找管理员。")
    } else {
        None
    };
    if refused.is_some() {
        return Err(Refused::SignIn(refused));
    }
    let today = civil_date(now);
    if known.last_used_on.is_none_or(|on| on < today) {
        note(async {
            let mut tx = state.db().write().await?;
            store::token::used(&mut tx, known.token, today).await?;
            tx.commit().await
        })
        .await;
    }
    Ok(Visitor { actor: actor(known.holder, Some(known.token)), csrf: None, said: None })
}

fn actor(holder: Holder, token: Option<kernel::actor::TokenId>) -> Actor {
    Actor::Account {
        id: holder.id,
        name: Arc::from(holder.display_name),
        grants: Arc::from(holder.grants),
        token,
    }
}

/// How long a reader waits for the note of their visit. A long import holds the only writer of
/// the embedded database; the next request notes it then.
const PATIENCE: Duration = Duration::from_secs(1);

async fn note(write: impl Future<Output = db::Result<()>>) {
    match tokio::time::timeout(PATIENCE, write).await {
        Ok(Ok(())) => {}
        Ok(Err(why)) => tracing::warn!(%why, "a visit was not noted"),
        Err(_) => tracing::debug!("a visit was not noted: the database is busy writing"),
    }
}
