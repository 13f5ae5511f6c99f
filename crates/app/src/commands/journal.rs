//! `tongpin journal verify`: recomputes the journal's chain from its beginning.

use crate::{Failure, commands::print::say, config::Config, site};

/// Says how many entries hold, or where the chain breaks.
///
/// # Errors
/// [`Failure::Cannot`] when it breaks, or when the database does not open.
pub async fn verify(config: &Config) -> Result<(), Failure> {
    let db = site::open_as_it_is(&config.database).await?;
    let outcome = db::journal::verify(&db).await?;
    db.close().await;
    match outcome {
        Ok(count) => say(&format!("日志完整，共 {count} 条")),
        Err(broken) => Err(Failure::Cannot(format!(
            "日志从第 {} 条起对不上（{}）。请保留现场，用最近一份备份核对",
            broken.seq, broken.why
        ))),
    }
}
