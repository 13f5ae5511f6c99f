//! `tongpin template units`: an empty ledger to fill in.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use places::Atlas;

use crate::{Failure, clock::ClockKind, commands::print::say, config::Config, site};

/// `tongpin template …`
#[derive(Debug, Subcommand)]
pub enum TemplateCommand {
    /// 单位台账的空表：下拉、说明都在里面
    Units(TemplateArgs),
}

/// `tongpin template units …`
#[derive(Args, Debug)]
pub struct TemplateArgs {
    /// 写到哪里
    #[arg(long, value_name = "F.xlsx")]
    out: PathBuf,
    /// 时钟，与 serve 的一样；演示城市用 demo
    #[arg(long, value_name = "CLOCK", default_value = "real", env = "TONGPIN_CLOCK")]
    #[arg(hide_default_value = true, hide_env_values = true)]
    clock: ClockKind,
}

/// Writes the template.
///
/// # Errors
/// [`Failure::Cannot`] for what cannot be written.
pub async fn template(config: &Config, args: TemplateArgs) -> Result<(), Failure> {
    let cx = site::command_cx_at(args.clock, "template");
    let db = site::open(&config.database, &cx).await?;
    let mut tx = db.read().await?;
    let atlas = Atlas::load(&mut tx, cx.today()).await?;
    drop(tx);
    db.close().await;
    let book = organisations::template::units(&atlas, cx.today());
    let book = book.map_err(|why| Failure::cannot("模板没有生成", why))?;
    std::fs::write(&args.out, book)
        .map_err(|why| Failure::cannot(&format!("写不了 {}", args.out.display()), why))?;
    say(&format!("模板在 {}", args.out.display()))
}
