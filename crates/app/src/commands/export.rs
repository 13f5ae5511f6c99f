//! `tongpin export units`: the ledger as a workbook that imports back unchanged.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kernel::Date;
use organisations::{Filter, Sight, Sort, export};

use crate::{Failure, clock::ClockKind, commands::print::say, config::Config, site};

/// `tongpin export …`
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// 导出单位台账，原样可以再导回来
    Units(ExportArgs),
}

/// `tongpin export units …`
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// 写到哪里
    #[arg(long, value_name = "F.xlsx")]
    out: PathBuf,
    /// 哪一天的台账 [默认: 今天]
    #[arg(long, value_name = "DATE")]
    at: Option<Date>,
    /// 只要这个区镇的
    #[arg(long, value_name = "NAME")]
    town: Option<String>,
    /// 时钟，与 serve 的一样；演示城市用 demo
    #[arg(long, value_name = "CLOCK", default_value = "real", env = "TONGPIN_CLOCK")]
    #[arg(hide_default_value = true, hide_env_values = true)]
    clock: ClockKind,
}

/// Exports.
///
/// # Errors
/// [`Failure::WrongInput`] for an unknown town, [`Failure::Cannot`] for what cannot be written.
pub async fn export(config: &Config, args: ExportArgs) -> Result<(), Failure> {
    let cx = site::command_cx_at(args.clock, "export");
    let db = site::open(&config.database, &cx).await?;
    let state = site::state(config, db.clone(), args.clock.start());
    let mut tx = db.read().await?;
    let sight = Sight::open(&mut tx, &state, &cx, args.at).await?;
    let mut filter = Filter { at: args.at, ..Filter::default() };
    if let Some(name) = &args.town {
        let town = sight.atlas.town_by_name(name);
        filter.town = Some(town.map_err(|_| Failure::wrong(format!("没有“{name}”这个区镇")))?);
    }
    let book = export::units(&mut tx, &cx, &sight, &filter, Sort::Number).await;
    let book = book.map_err(|why| Failure::cannot("没有导出", why))?;
    drop(tx);
    db.close().await;
    let out = args.out.clone();
    let written = tokio::task::spawn_blocking(move || std::fs::write(out, book)).await;
    written
        .map_err(std::io::Error::other)
        .and_then(|written| written)
        .map_err(|why| Failure::cannot(&format!("写不了 {}", args.out.display()), why))?;
    say(&format!("已导出到 {}", args.out.display()))
}
