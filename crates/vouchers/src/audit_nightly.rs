//! The audit that comes round by itself, and how an administrator learns that it failed: it is a
//! job then, which ends with those that gave up, where it is shown with its reason and asked for
//! anew.

use db::job;
use kernel::Cx;
use serde_json::{Value, json};
use web::State;

use crate::{Report, audit_all};

/// The job that recounts everything and fails where it does not add up.
pub const AUDIT: &str = "vouchers.audit";

/// Faults that one message names; the log has all of them.
const NAMED: usize = 20;
/// Jobs of a state that are looked through for one that says the same already.
const LOOKED_AT: i64 = 1_000;

/// Recounts everything. Where something does not hold it is logged and laid before an
/// administrator, once.
///
/// # Errors
/// When the database does not answer.
pub async fn audit_nightly(state: &State, cx: &Cx) -> db::Result<Report> {
    let report = audit_all(state.db(), None).await?;
    for fault in &report.faults {
        tracing::error!(fault, "the vouchers do not add up");
    }
    if report.faults.is_empty() {
        return Ok(report);
    }
    let mut tx = state.db().write().await?;
    let mut is_known = false;
    for of in ["waiting", "running", "dead"] {
        let jobs = job::list(&mut tx, of, LOOKED_AT).await?;
        is_known |= jobs.iter().any(|job| job.kind == AUDIT);
    }
    if !is_known {
        job::enqueue(&mut tx, cx, AUDIT, &json!({})).await?;
        tx.commit().await?;
    }
    Ok(report)
}

/// The job: fails with what does not hold, in words.
///
/// # Errors
/// What does not hold, or why it could not be found out.
pub async fn run_audit(state: State, _: Cx, _: Value) -> Result<(), String> {
    let report = audit_all(state.db(), None).await.map_err(|why| why.to_string())?;
    if report.faults.is_empty() {
        return Ok(());
    }
    let named = report.faults.iter().take(NAMED).cloned().collect::<Vec<_>>().join("；");
    let count = report.faults.len();
    Err(format!("消费券有 {count} 处对不上，什么也没有改：{named}"))
}
