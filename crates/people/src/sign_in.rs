//! Signs somebody in: by name and password, with the same words and the same work for everybody
//! who is refused.

use db::{Db, Entry, Fault, Tx};
use kernel::{Actor, Cx, actor::AccountId};
use serde_json::json;
use uuid::Uuid;

use crate::{
    account::plain_line,
    password::{NewPassword, PasswordHash, PasswordRefused, Weakness},
    rules::Rules,
    secret::Secret,
    session::{SessionId, device_name},
    store,
};

/// What somebody typed at the door.
#[derive(Clone, Default)]
pub struct Attempt {
    /// The account's name.
    pub name: String,
    /// Its password.
    pub password: String,
    /// The own password that shall replace a one-time one.
    pub own_password: Option<String>,
    /// What the browser says of itself.
    pub device: String,
}

/// Somebody is in.
pub struct Opened {
    /// Whose session it is.
    pub account: AccountId,
    /// Which.
    pub session: SessionId,
    pub(crate) secret: Secret,
}

/// Why nobody is in.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// Name or password are wrong, or the account is locked or disabled, or its one-time password
    /// is too old: which of these, is nobody's business who does not get in.
    #[error("账号或密码不对，或者账号暂时锁住了")]
    No,
    /// The password is right, but a one-time one: an own one must be chosen with it.
    #[error("这是一次性密码，请换成自己的密码")]
    ChooseOwn,
    /// The own password is not good enough.
    #[error(transparent)]
    Weak(Weakness),
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Opens a session, in transactions of its own: the slow hashing happens between them.
pub async fn sign_in(
    db: &Db,
    cx: &Cx,
    rules: &Rules,
    attempt: Attempt,
) -> Result<Opened, SignInRefused> {
    let mut tx = db.read().await?;
    let known = store::account::password_by_name(&mut tx, &attempt.name).await?;
    drop(tx);
    let kept = known.as_ref().map(|(_, kept)| kept);
    let is_right = rules.hasher.verify(&attempt.password, kept).await?;
    let Some((account, kept)) = known else { return refuse_nobody(db, cx, rules).await };
    if !is_right {
        return refuse(db, cx, rules, account).await;
    }
    let own = own_password(cx, rules, &attempt).await?;
    let mut tx = db.write().await?;
    if !store::account::let_in(&mut tx, account, &kept, cx.now).await? {
        drop(tx);
        return refuse(db, cx, rules, account).await;
    }
    if let Err(refused) = settle_one_time(&mut tx, cx, (account, &kept), own).await? {
        // Whatever was noted of this attempt is taken back: nobody came in.
        tx.rollback().await?;
        return match refused {
            SignInRefused::No => refuse(db, cx, rules, account).await,
            other => Err(other),
        };
    }
    let opened = open(&mut tx, cx, account, &attempt.device).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Hashes the own password, when one came along and is good enough.
async fn own_password(
    cx: &Cx,
    rules: &Rules,
    attempt: &Attempt,
) -> Result<Option<Result<NewPassword, Weakness>>, Fault> {
    let Some(own) = &attempt.own_password else { return Ok(None) };
    match rules.new_password(cx, &attempt.name, own).await {
        Ok(new) => Ok(Some(Ok(new))),
        Err(PasswordRefused::Weak(weakness)) => Ok(Some(Err(weakness))),
        Err(PasswordRefused::Fault(fault)) => Err(fault),
    }
}

/// Lets an own password pass; replaces a one-time one, which opens nothing by itself.
async fn settle_one_time(
    tx: &mut Tx,
    cx: &Cx,
    (account, kept): (AccountId, &PasswordHash),
    own: Option<Result<NewPassword, Weakness>>,
) -> Result<Result<(), SignInRefused>, Fault> {
    let found = store::account::get(tx, account).await?;
    let Some(until) = found.and_then(|found| found.one_time_until) else { return Ok(Ok(())) };
    if until <= cx.now {
        return Ok(Err(SignInRefused::No));
    }
    let new = match own {
        None => return Ok(Err(SignInRefused::ChooseOwn)),
        Some(Err(weakness)) => return Ok(Err(SignInRefused::Weak(weakness))),
        Some(Ok(new)) => new,
    };
    if !store::account::replace_password(tx, account, kept, &new).await? {
        return Ok(Err(SignInRefused::No));
    }
    let cx = acting(tx, cx, account).await?;
    tx.journal(&cx, Entry::on("password.chosen", account));
    Ok(Ok(()))
}

/// The context in which the account itself acts, now that it is in.
async fn acting(tx: &mut Tx, cx: &Cx, account: AccountId) -> Result<Cx, Fault> {
    let actor = store::grant::actor_of(tx, account).await?;
    Ok(cx.acting_as(actor.unwrap_or(Actor::Anonymous)))
}

async fn open(tx: &mut Tx, cx: &Cx, account: AccountId, device: &str) -> Result<Opened, Fault> {
    let (session, secret): (SessionId, _) = (cx.new_id(), Secret::new(cx));
    let device: String = device.chars().take(300).collect();
    let device = plain_line(&device, 300).unwrap_or_default();
    store::session::insert(tx, session, account, &secret, &device, cx.now).await?;
    let cx = acting(tx, cx, account).await?;
    let detail = json!({ "session": session.to_string(), "device": device_name(&device) });
    tx.journal(&cx, Entry::on("session.opened", account).detail(&detail));
    Ok(Opened { account, session, secret })
}

/// A wrong password is counted; enough of them lock the account.
async fn refuse(
    db: &Db,
    cx: &Cx,
    rules: &Rules,
    account: AccountId,
) -> Result<Opened, SignInRefused> {
    let mut tx = db.write().await?;
    let limits = (rules.session.failures, rules.session.lock_for);
    let locked = store::account::count_failure(&mut tx, account, cx.now, limits).await?;
    let cx = cx.acting_as(Actor::Anonymous);
    tx.journal(&cx, Entry::on("session.refused", account));
    if let Some(until) = locked {
        let detail = json!({ "until": until.to_string() });
        tx.journal(&cx, Entry::on("account.locked", account).detail(&detail));
    }
    tx.commit().await?;
    Err(SignInRefused::No)
}

/// There is no such account. The name is not kept: it may be a password in the wrong field. The
/// same writes are made as for an account that is there.
async fn refuse_nobody(db: &Db, cx: &Cx, rules: &Rules) -> Result<Opened, SignInRefused> {
    let mut tx = db.write().await?;
    let limits = (rules.session.failures, rules.session.lock_for);
    // The nil id is never an account's.
    let nobody = AccountId::from_uuid(Uuid::nil());
    store::account::count_failure(&mut tx, nobody, cx.now, limits).await?;
    tx.journal(&cx.acting_as(Actor::Anonymous), Entry::of("session.refused"));
    tx.commit().await?;
    Err(SignInRefused::No)
}
