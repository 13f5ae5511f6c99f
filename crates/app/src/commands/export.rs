//! `tongpin export units`: the ledger as a workbook that imports back unchanged.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kernel::{Code as _, Date};
use organisations::{Filter, Or, Sight, Sort, export};
use places::Front;
use web::Form;

use crate::{Failure, clock::ClockKind, commands::print::say, config::Config, secret, site};

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
    /// 只要这类阵地的，如 building 或 商务楼宇
    #[arg(long, value_name = "FRONT")]
    front: Option<String>,
    /// 名称、信用代码或拼音首字母里有这些字的
    #[arg(long, value_name = "WORDS")]
    q: Option<String>,
    /// 其他条件：台账页网址里问号后面的那一段，或者整个网址
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
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
    let keys = secret::keys(&db, &cx, &config.secret_file).await?;
    let state = site::state(config, db.clone(), args.clock.start(), keys);
    let mut tx = db.read().await?;
    let mut filter = filter(&args)?;
    let sight = Sight::open(&mut tx, &state, &cx, filter.at).await?;
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

/// The conditions of the page's address, with those that were typed here on top.
fn filter(args: &ExportArgs) -> Result<Filter, Failure> {
    let query = args.query.as_deref().unwrap_or_default();
    let query = query.rsplit_once('?').map_or(query, |(_, query)| query);
    let mut filter = Filter::from_pairs(Form::parse(query.as_bytes()).pairs())
        .map_err(|wrong| Failure::wrong(format!("条件 {} 不对，请从网址里照抄", wrong.0)))?;
    if let Some(front) = &args.front {
        let known = Front::from_code(front).or_else(|| Front::from_label(front));
        filter.front = Some(Or::Is(known.ok_or_else(|| unknown_front(front))?));
    }
    filter.at = args.at.or(filter.at);
    filter.q = args.q.clone().or(filter.q);
    Ok(filter)
}

fn unknown_front(front: &str) -> Failure {
    let known = Front::ALL.iter().map(|one| format!("{}（{}）", one.code(), one.label()));
    let known = known.collect::<Vec<_>>().join("、");
    Failure::wrong(format!("没有“{front}”这类阵地，请写 {known}"))
}
