//! `tongpin import units`: a ledger from Excel into the register, with the words and exit codes
//! that scripts rely on.

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kernel::Date;
use organisations::import::{Imported, Meter, NotImported, Order, Report, import_now};

use crate::{Failure, clock::ClockKind, commands::print::say, config::Config, site};

/// `tongpin import …`
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// 导入单位台账（.xlsx .xls .ods .csv）：先核对，全对才写入，一次写完
    Units(ImportArgs),
}

/// `tongpin import units …`
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// 台账文件
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// 只核对，不写入
    #[arg(long)]
    dry_run: bool,
    /// 有错的行跳过，其余照写
    #[arg(long)]
    skip_wrong: bool,
    /// 把原表另存一份，错处标红、写明原因
    #[arg(long, value_name = "OUT.xlsx")]
    errors: Option<PathBuf>,
    /// 台账说的是哪一天的事 [默认: 标题里的“截至”日期，没有就是今天]
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// 结果打印成一个 JSON 对象
    #[arg(long)]
    json: bool,
    /// 时钟，与 serve 的一样；演示城市用 demo
    #[arg(long, value_name = "CLOCK", default_value = "real", env = "TONGPIN_CLOCK")]
    #[arg(hide_default_value = true, hide_env_values = true)]
    clock: ClockKind,
}

/// Exit code when rows are wrong and nothing, or not everything, was imported.
const ROWS_WRONG: u8 = 2;
/// How many wrong rows are listed for people; the workbook has them all.
const LISTED: usize = 20;
/// How often the bar is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// Imports a ledger. The exit code says what came of it: 0 imported (or nothing wrong in a dry
/// run), 2 rows wrong and not skipped, 1 cannot read.
///
/// # Errors
/// [`Failure::Cannot`] when the file or the database cannot be used.
pub async fn import(config: &Config, args: ImportArgs) -> Result<ExitCode, Failure> {
    let cx = site::command_cx_at(args.clock, "import");
    let db = site::open(&config.database, &cx).await?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let order = Order {
        path: args.file.clone(),
        name: name.unwrap_or_default(),
        on: args.on,
        dry_run: args.dry_run,
        skip_wrong: args.skip_wrong,
    };
    let meter = Arc::new(Meter::default());
    let bar = bar();
    let outcome = {
        let work = import_now(&db, &cx, &order, &meter);
        tokio::pin!(work);
        loop {
            tokio::select! {
                outcome = &mut work => break outcome,
                () = tokio::time::sleep(DRAW_EVERY) => draw(&bar, &meter),
                // Nothing was committed: the work ends at its next look at the meter.
                _ = tokio::signal::ctrl_c() => meter.stop(),
            }
        }
    };
    bar.finish_and_clear();
    let told = match outcome {
        Ok(imported) => tell(&args, &imported, cx.today()),
        Err(why) => cannot(&args, why),
    };
    db.close().await;
    told
}

fn bar() -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos} / {len} 行 {elapsed}");
    let bar = ProgressBar::with_draw_target(Some(0), target);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn draw(bar: &ProgressBar, meter: &Meter) {
    let (done, total) = meter.read();
    bar.set_message(if total == 0 { "正在读" } else { "正在核对和写入" });
    bar.set_length(u64::try_from(total.max(done)).unwrap_or_default());
    bar.set_position(u64::try_from(done).unwrap_or_default());
    bar.tick();
}

fn tell(args: &ImportArgs, imported: &Imported, today: Date) -> Result<ExitCode, Failure> {
    if !imported.said {
        eprintln!("标题里没有“截至”日期，也没有给 --on：按今天（{}）的情况记。", imported.on);
    }
    let report = &imported.report;
    if let Some(out) = &args.errors {
        write_errors(args, imported, out, today)?;
    }
    if args.json {
        json(report)?;
    } else {
        say(&words(args, report))?;
    }
    let left_out = report.wrong > 0 && !args.skip_wrong;
    Ok(if left_out { ExitCode::from(ROWS_WRONG) } else { ExitCode::SUCCESS })
}

fn write_errors(
    args: &ImportArgs,
    imported: &Imported,
    out: &Path,
    today: Date,
) -> Result<(), Failure> {
    let marked = imported
        .mark(&args.file, out, today)
        .map_err(|why| Failure::cannot("错误标注表没有写成", why))?;
    eprintln!("{}：{} 行标了错误原因，{} 格标红。", out.display(), marked.rows, marked.cells);
    Ok(())
}

fn json(report: &Report) -> Result<(), Failure> {
    let text = serde_json::to_string(report);
    say(&text.map_err(|why| Failure::cannot("结果写不出来", why))?)
}

fn words(args: &ImportArgs, report: &Report) -> String {
    let mut lines = vec![format!(
        "共 {} 行：新增 {}，有变 {}，相同 {}，有错 {}。",
        report.rows, report.new, report.changed, report.same, report.wrong
    )];
    for error in report.errors.iter().take(LISTED) {
        let row = error.row.map_or(String::new(), |row| format!("第 {row} 行 "));
        let column = error.column.map_or("", |column| column);
        let hint =
            error.suggestion.as_ref().map_or(String::new(), |hint| format!("（建议：{hint}）"));
        lines.push(format!("  {row}{column}：{}{hint}", error.message));
    }
    if report.errors.len() > LISTED {
        lines.push(format!("  …… 还有 {} 处，用 --errors 看全部", report.errors.len() - LISTED));
    }
    lines.push(match (&report.batch, args.dry_run) {
        (Some(batch), _) => {
            format!("已写入 {} 行，批次 {batch}，7 天内可以撤销。", report.imported)
        }
        (None, true) => "只核对，没有写入。".into(),
        (None, false) if report.wrong > 0 => {
            "没有写入。改好再来，或者加 --skip-wrong 跳过有错的行。".into()
        }
        (None, false) => "和台账一样，没有要写的。".into(),
    });
    lines.join("\n")
}

/// A file that cannot be taken still answers a script with the one object that it expects.
fn cannot(args: &ImportArgs, why: NotImported) -> Result<ExitCode, Failure> {
    let problem = match why {
        NotImported::File(problem) => problem,
        NotImported::Fault(fault) => return Err(fault.into()),
        NotImported::Stopped => {
            return Err(Failure::Cannot("停下了，一行也没有写入。要导入就再来一次".into()));
        }
        denied @ NotImported::Denied(_) => return Err(Failure::cannot("没有导入", denied)),
    };
    if args.json {
        json(&Report::of_file(problem.code, problem.message.clone()))?;
    }
    Err(Failure::Cannot(problem.message))
}
