//! `tongpin campaigns audit`: recounts every batch of vouchers and every settlement from its
//! records.

use crate::{Failure, commands::print::say, config::Config, site};

/// Says that everything adds up, or what does not.
///
/// # Errors
/// [`Failure::Cannot`] when something does not, or when the database does not open.
pub async fn audit(config: &Config, json: bool) -> Result<(), Failure> {
    let db = site::open_as_it_is(&config.database).await?;
    let report = vouchers::audit_all(&db, None).await;
    db.close().await;
    let report = report.map_err(|why| Failure::cannot("没有核对成", why))?;
    if json {
        let text = serde_json::to_string(&report);
        say(&text.map_err(|why| Failure::cannot("写不出 JSON", why))?)?;
    } else if report.faults.is_empty() {
        say(&format!(
            "都对得上：{} 批券，{} 张；{} 份结算",
            report.batches, report.claims, report.settlements
        ))?;
    } else {
        for fault in &report.faults {
            say(fault)?;
        }
    }
    if report.faults.is_empty() {
        return Ok(());
    }
    let count = report.faults.len();
    Err(Failure::Cannot(format!("有 {count} 处对不上，什么也没有改。请保留现场，用记录逐条核对")))
}
