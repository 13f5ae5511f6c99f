//! `tongpin migrate`: brings the database to this binary's shape, as `serve` does at start.

use crate::{Failure, commands::print::say, config::Config, site};

/// Runs what has not run yet.
///
/// # Errors
/// [`Failure::Cannot`] when the database does not open or is of another line.
pub async fn migrate(config: &Config) -> Result<(), Failure> {
    let db = site::open_as_it_is(&config.database).await?;
    let ran = db::migrate::migrate(&db, &site::command_cx("migrate")).await?;
    db.close().await;
    say(&match ran {
        0 => "数据库已经是这个版本的样子".to_owned(),
        ran => format!("升级了 {ran} 步"),
    })
}
