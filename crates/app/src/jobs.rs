//! Which verb runs which kind of job, and the chores that come round by themselves.

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use kernel::Cx;
use serde_json::Value;
use web::State;

/// The verb behind a kind of job.
#[derive(Clone, Copy)]
pub struct JobRunner {
    /// As the job table names it: the domain, then the verb.
    pub kind: &'static str,
    /// Runs it; the error is kept with the job for the operator.
    pub run: fn(State, Cx, Value) -> BoxFuture<'static, Result<(), String>>,
}

/// Something small that is done again and again. Every node does it, so doing it twice must be
/// the same as doing it once.
#[derive(Clone, Copy)]
pub struct Chore {
    /// For the log.
    pub name: &'static str,
    /// How long after the last time; the first time is at start.
    pub every: SignedDuration,
    /// Does it.
    pub run: fn(State, Cx) -> BoxFuture<'static, Result<(), String>>,
}

/// Every kind of job of every domain.
pub fn all_jobs() -> Vec<JobRunner> {
    use organisations::import::{jobs, verbs};
    vec![
        JobRunner {
            kind: verbs::CHECK,
            run: |state, cx, asked| Box::pin(jobs::run_check(state, cx, asked)),
        },
        JobRunner {
            kind: verbs::WRITE,
            run: |state, cx, asked| Box::pin(jobs::run_write(state, cx, asked)),
        },
        JobRunner {
            kind: citizens::SEND,
            run: |state, cx, asked| Box::pin(citizens::send_code(state, cx, asked)),
        },
        JobRunner {
            kind: vouchers::AUDIT,
            run: |state, cx, asked| Box::pin(vouchers::run_audit(state, cx, asked)),
        },
    ]
}

/// Every chore.
pub fn all_chores() -> Vec<Chore> {
    house_chores().into_iter().chain(challenge_chores()).collect()
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What challenges leave to do.
fn challenge_chores() -> [Chore; 2] {
    [
        Chore {
            name: "give-rewards",
            every: SignedDuration::from_mins(1),
            run: |state, cx| Box::pin(give_rewards(state, cx)),
        },
        Chore {
            name: "forget-walkers",
            every: DAY,
            run: |state, cx| Box::pin(forget_walkers(state, cx)),
        },
    ]
}

fn house_chores() -> Vec<Chore> {
    vec![
        Chore { name: "forget-answers", every: DAY, run: |state, cx| Box::pin(forget(state, cx)) },
        Chore {
            name: "forget-sessions",
            every: DAY,
            run: |state, cx| Box::pin(forget_sessions(state, cx)),
        },
        Chore {
            name: "forget-addresses",
            every: SignedDuration::from_mins(1),
            run: |state, cx| {
                forget_addresses(&state, &cx);
                Box::pin(async { Ok(()) })
            },
        },
        Chore {
            name: "expire-vouchers",
            every: SignedDuration::from_mins(1),
            run: |state, cx| Box::pin(expire_vouchers(state, cx)),
        },
        Chore {
            name: "audit-vouchers",
            every: DAY,
            run: |state, cx| Box::pin(audit_vouchers(state, cx)),
        },
        Chore {
            name: "find-flags",
            every: SignedDuration::from_mins(1),
            run: |state, cx| Box::pin(find_flags(state, cx)),
        },
        Chore {
            name: "open-desks",
            every: SignedDuration::from_mins(1),
            run: |state, cx| Box::pin(open_desks(state, cx)),
        },
        Chore {
            name: "forget-citizens",
            every: SignedDuration::from_mins(10),
            run: |state, cx| Box::pin(forget_citizens(state, cx)),
        },
        Chore {
            name: "learn-revocations",
            every: SignedDuration::from_secs(5),
            run: |state, cx| Box::pin(learn_revocations(state, cx)),
        },
        Chore {
            name: "forget-enquiries",
            every: DAY,
            run: |state, cx| Box::pin(forget_enquiries(state, cx)),
        },
        Chore { name: "set-marks", every: DAY, run: |state, cx| Box::pin(set_marks(state, cx)) },
    ]
}

/// Answers kept for repeated keys are of use for two days.
async fn forget(state: State, cx: Cx) -> Result<(), String> {
    let forgotten = forget_answers(&state, &cx).await.map_err(|why| why.to_string())?;
    tracing::info!(forgotten, "kept answers forgotten");
    Ok(())
}

async fn forget_answers(state: &State, cx: &Cx) -> db::Result<u64> {
    let mut tx = state.db().write().await?;
    let forgotten = db::idempotency::forget_old(&mut tx, cx.now).await?;
    tx.commit().await?;
    Ok(forgotten)
}

/// Sessions that ended long ago are of use to nobody.
async fn forget_sessions(state: State, cx: Cx) -> Result<(), String> {
    let mut tx = state.db().write().await.map_err(|why| why.to_string())?;
    let forgotten = people::forget_old(&mut tx, &cx).await.map_err(|why| why.to_string())?;
    tx.commit().await.map_err(|why| why.to_string())?;
    tracing::info!(forgotten, "old sessions forgotten");
    Ok(())
}

/// Addresses of those who failed to sign in are kept for minutes.
fn forget_addresses(state: &State, cx: &Cx) {
    let forgotten = people::forget_addresses(state, cx);
    tracing::debug!(forgotten, "addresses forgotten");
}

/// Vouchers whose time is over expire by themselves.
async fn expire_vouchers(state: State, cx: Cx) -> Result<(), String> {
    let expired = vouchers::expire_due(&state, &cx).await.map_err(|why| why.to_string())?;
    tracing::debug!(expired, "vouchers expired");
    Ok(())
}

/// Recounts every batch and settlement; what does not hold stands with the jobs that gave up.
async fn audit_vouchers(state: State, cx: Cx) -> Result<(), String> {
    let report = vouchers::audit_nightly(&state, &cx).await.map_err(|why| why.to_string())?;
    let (batches, claims, settlements) = (report.batches, report.claims, report.settlements);
    tracing::info!(batches, claims, settlements, "vouchers recounted");
    Ok(())
}

/// What in the records somebody should look at.
async fn find_flags(state: State, cx: Cx) -> Result<(), String> {
    let found = vouchers::find_flags(&state, &cx).await.map_err(|why| why.to_string())?;
    tracing::debug!(found, "flags found");
    Ok(())
}

/// Who comes first at ten o'clock does not wait until the claims of before were read.
async fn open_desks(state: State, cx: Cx) -> Result<(), String> {
    vouchers::warm(&state, &cx).await.map_err(|why| why.to_string())
}

/// Codes, devices and phone numbers go when their time is over.
async fn forget_citizens(state: State, cx: Cx) -> Result<(), String> {
    let forgotten = citizens::forget_old(&state, &cx).await.map_err(|why| why.to_string())?;
    tracing::debug!(forgotten, "of citizens forgotten");
    Ok(())
}

/// Who asked a merchant, and what, goes when it is no longer needed.
async fn forget_enquiries(state: State, cx: Cx) -> Result<(), String> {
    let mut tx = state.db().write().await.map_err(|why| why.to_string())?;
    let forgotten = merchants::forget_enquiries(&mut tx, &cx).await;
    let forgotten = forgotten.map_err(|why| why.to_string())?;
    tx.commit().await.map_err(|why| why.to_string())?;
    tracing::info!(forgotten, "enquiries forgotten");
    Ok(())
}

/// Who completed a challenge gets the voucher that came back, or that a crash kept from them.
async fn give_rewards(state: State, cx: Cx) -> Result<(), String> {
    let given = challenges::give_rewards(&state, &cx).await.map_err(|why| why.to_string())?;
    tracing::debug!(given, "rewards given");
    Ok(())
}

/// Who took part in a challenge that is long over is forgotten.
async fn forget_walkers(state: State, cx: Cx) -> Result<(), String> {
    let mut tx = state.db().write().await.map_err(|why| why.to_string())?;
    let forgotten = challenges::forget_walkers(&mut tx, &cx).await;
    let forgotten = forgotten.map_err(|why| why.to_string())?;
    tx.commit().await.map_err(|why| why.to_string())?;
    tracing::info!(forgotten, "walkers of challenges forgotten");
    Ok(())
}

/// What other nodes revoked opens nothing here either.
async fn learn_revocations(state: State, cx: Cx) -> Result<(), String> {
    citizens::refresh_revoked(&state, &cx).await.map_err(|why| why.to_string())
}

/// The month's mark under the running sums of coverage. A write sets it too; this is for a month
/// that begins without one.
async fn set_marks(state: State, cx: Cx) -> Result<(), String> {
    let mut tx = state.db().write().await.map_err(|why| why.to_string())?;
    let set = organisations::sums::set_marks(&mut tx, cx.today()).await;
    set.map_err(|why| why.to_string())?;
    tx.commit().await.map_err(|why| why.to_string())
}
