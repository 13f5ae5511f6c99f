//! The doorman: reads the session cookie or the token of every request, in one read each; when
//! nothing was written since the last, in none.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, header};
use jiff::{Timestamp, civil::Date};
use kernel::{Actor, time::civil_date};
use web::{Doorman, Refused, State, Visitor};

use crate::{
    account::AccountState,
    cookies::Cookie,
    directory::BoxFuture,
    known::Lately,
    rules::settings,
    secret::{Purpose, Secret},
    session::{EndReason, Standing, Times},
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
    let (lately, hash) = (state.part::<Sessions>(), secret.hash(Purpose::Session));
    let version = state.db().version().await?;
    let now = state.clock().now();
    let rules = &settings(state).rules.session;
    if let Some(known) = lately.get(version, &hash)
        && known.times.standing(rules, now) == Standing::Open
        && !known.times.should_note(now)
    {
        return Ok(Visitor { actor: known.actor.clone(), csrf: Some(secret.csrf()), said: None });
    }
    let mut tx = state.db().read().await?;
    let known = store::session::find(&mut tx, secret).await?;
    drop(tx);
    let Some(known) = known else { return Ok(stranger(state, visit, None)) };
    let standing = known.times.standing(rules, now);
    if standing != Standing::Open || known.holder.state == AccountState::Disabled {
        return Ok(stranger(state, visit, farewell(standing, known.holder.state)));
    }
    let mut times = known.times;
    if times.should_note(now) {
        note(async {
            let mut tx = state.db().write().await?;
            store::session::seen(&mut tx, known.session, now).await?;
            tx.commit().await?;
            times.last_seen_at = now;
            Ok(())
        })
        .await;
    }
    let actor = actor(known.holder, None);
    let kept = Arc::new(OpenSession { times, actor: actor.clone() });
    lately.keep(version, hash, kept);
    Ok(Visitor { actor, csrf: Some(secret.csrf()), said: None })
}

/// A session that was open, of an account that may be used.
struct OpenSession {
    times: Times,
    actor: Actor,
}

/// A token that was in force, of an account that may be used.
struct TokenInForce {
    expires_at: Timestamp,
    used_on: Date,
    actor: Actor,
}

type Sessions = Lately<OpenSession>;
type Tokens = Lately<TokenInForce>;

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
    let (lately, hash) = (state.part::<Tokens>(), secret.hash(Purpose::Token));
    let version = state.db().version().await?;
    let now = state.clock().now();
    let today = civil_date(now);
    if let Some(known) = lately.get(version, &hash)
        && now < known.expires_at
        && known.used_on == today
    {
        return Ok(Visitor { actor: known.actor.clone(), csrf: None, said: None });
    }
    let mut tx = state.db().read().await?;
    let known = store::token::find(&mut tx, &secret).await?;
    drop(tx);
    let Some(known) = known else { return Err(unknown) };
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
    let mut used_on = known.last_used_on;
    if used_on.is_none_or(|on| on < today) {
        note(async {
            let mut tx = state.db().write().await?;
            store::token::used(&mut tx, known.token, today).await?;
            tx.commit().await?;
            used_on = Some(today);
            Ok(())
        })
        .await;
    }
    let (expires_at, actor) = (known.expires_at, actor(known.holder, Some(known.token)));
    if let Some(used_on) = used_on {
        let kept = Arc::new(TokenInForce { expires_at, used_on, actor: actor.clone() });
        lately.keep(version, hash, kept);
    }
    Ok(Visitor { actor, csrf: None, said: None })
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
