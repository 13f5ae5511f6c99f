//! `tongpin bench kit`: what an outside load generator needs to drive the claims of one batch.

use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use campaigns::{CampaignId, FunderId};
use clap::{Args, Subcommand};
use db::Db;
use jiff::SignedDuration;
use kernel::{Actor, CitizenNo, Cx, Fen, Id, Keys, Phone};
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use vouchers::{BatchDraft, BatchId, Stacking, Terms};

use crate::{
    Failure, clock::ClockKind, commands::print::say, config::Config, demo, real::SystemRng, secret,
    site,
};

/// `tongpin bench …`
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// 在演示城市里建一批消费券和许多市民，写出令牌和 wrk 脚本，给外面的压测工具用
    Kit(KitArgs),
}

/// `tongpin bench kit …`
#[derive(Args, Debug)]
pub struct KitArgs {
    /// 多少位市民
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    citizens: u32,
    /// 多少张券；不写就每人一张
    #[arg(long, value_name = "N")]
    quantity: Option<u32>,
    /// 写到这个文件夹
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// 时钟，与服务的一样 [默认: demo]
    #[arg(long, value_name = "CLOCK", default_value = "demo", hide_default_value = true)]
    clock: ClockKind,
}

/// Citizens are enrolled in transactions of so many.
const AT_ONCE: u32 = 20_000;

/// Makes the kit.
///
/// # Errors
/// [`Failure::WrongInput`] when the database is no demo city; [`Failure::Cannot`] when a file
/// cannot be written.
pub async fn kit(config: &Config, args: KitArgs) -> Result<(), Failure> {
    let clock = args.clock.start();
    let cx = Cx::new(&*clock, Arc::new(SystemRng), Actor::System { name: "bench kit" });
    let db = site::open(&config.database, &cx).await?;
    if demo::look(&db).await? != demo::Found::Demo {
        return Err(Failure::wrong(
            "这里不是演示城市：压测要造许多市民，不会写进真的台账。请先 tongpin demo --no-serve，\
             再用 --data 指给我",
        ));
    }
    let keys = secret::keys(&db, &cx, &config.secret_file).await?;
    let mut citizens = enrol(&db, &cx, &keys, args.citizens).await?;
    // As a city comes: in no order of theirs.
    citizens.shuffle(&mut StdRng::seed_from_u64(1));
    let quantity = i64::from(args.quantity.unwrap_or(args.citizens));
    let batch = open_batch(&db, &cx, quantity).await?;
    db.close().await;
    let out = args.out.clone();
    let tokens: Vec<String> =
        citizens.iter().map(|no| citizens::mint(&keys, *no, cx.now)).collect();
    let written = tokio::task::spawn_blocking(move || write(&out, batch, &tokens)).await;
    written
        .map_err(std::io::Error::other)
        .and_then(|written| written)
        .map_err(|why| Failure::cannot(&format!("写不了 {}", args.out.display()), why))?;
    let name = args.out.display();
    say(&format!(
        "{} 位市民，{quantity} 张券，批次 {batch}。启动 tongpin demo，再：\n  \
         KIT={name} wrk -t2 -c64 -d10s -s {name}/claims.lua http://127.0.0.1:8080",
        args.citizens
    ))
}

async fn enrol(db: &Db, cx: &Cx, keys: &Keys, most: u32) -> Result<Vec<CitizenNo>, Failure> {
    let mut all = Vec::with_capacity(most as usize);
    for first in (0..most).step_by(AT_ONCE as usize) {
        let phones: Result<Vec<Phone>, _> = (first..most.min(first + AT_ONCE))
            .map(|n| Phone::mobile(&format!("{}", 13_000_000_000_u64 + u64::from(n))))
            .collect();
        let phones = phones.map_err(|why| Failure::cannot("造不出手机号", why))?;
        let mut tx = db.write().await?;
        all.extend(citizens::enrol(&mut tx, cx, keys, &phones).await?);
        tx.commit().await?;
    }
    Ok(all)
}

async fn open_batch(db: &Db, cx: &Cx, quantity: i64) -> Result<BatchId, Failure> {
    let hours = |hours| cx.now + SignedDuration::from_hours(hours);
    let terms = Terms {
        name: "压测用券".into(),
        face: Fen(100),
        threshold: Fen(100),
        quantity,
        budget: Fen(100 * quantity),
        person_cap: 1,
        day_cap: 1,
        claim_from: hours(-1),
        claim_until: hours(24 * 365),
        use_from: hours(-1),
        use_until: hours(24 * 366),
        partial: false,
        stacking: Stacking::Alone,
        restock: false,
        refund_days: 0,
        admit_per_second: 0,
    };
    let campaign: CampaignId = Id::from_uuid(uuid::Uuid::nil());
    let funder: FunderId = Id::from_uuid(uuid::Uuid::nil());
    let mut tx = db.write().await?;
    let opened = async {
        let draft = BatchDraft { campaign, funder, terms };
        let id = vouchers::draft_batch(&mut tx, cx, draft).await?;
        vouchers::approve_batch(&mut tx, cx, id, 1).await?;
        vouchers::open_batch(&mut tx, cx, id, 2).await?;
        Ok::<_, vouchers::BatchError>(id)
    };
    let id = opened.await.map_err(|why| Failure::cannot("建不了压测用的批次", why))?;
    tx.commit().await?;
    Ok(id)
}

fn write(out: &Path, batch: BatchId, tokens: &[String]) -> std::io::Result<()> {
    std::fs::create_dir_all(out)?;
    // Each token is a citizen's key, generated ones too.
    let mut file = BufWriter::new(private(&out.join("tokens"))?);
    for token in tokens {
        writeln!(file, "{token}")?;
    }
    file.into_inner()?.sync_all()?;
    std::fs::write(out.join("batch"), format!("{batch}\n"))?;
    std::fs::write(out.join("claims.lua"), CLAIMS.replace("BATCH", &batch.to_string()))
}

fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Each thread of wrk takes every n-th token, from a place that `FIRST` moves on, so that several
/// runs never send a citizen twice.
const CLAIMS: &str = r#"-- Claims for wrk:
--   KIT=DIR [FIRST=0] [COUNT=N] wrk -t2 -c64 -d10s -s DIR/claims.lua http://HOST:PORT
local threads = 0
function setup(thread)
  thread:set("turn", threads)
  threads = threads + 1
end

function init(args)
  local turn, kit = tonumber(turn), os.getenv("KIT") or "."
  local step = tonumber(os.getenv("THREADS") or "2")
  local first, n = tonumber(os.getenv("FIRST") or "0"), 0
  local last = first + tonumber(os.getenv("COUNT") or "1e12")
  tokens = {}
  for token in io.lines(kit .. "/tokens") do
    if n >= last then break end
    if n >= first and n % step == turn then tokens[#tokens + 1] = token end
    n = n + 1
  end
  at = 0
  head = "POST /api/v1/voucher-batches/BATCH/claims HTTP/1.1\r\nHost: tongpin\r\n" ..
    "Content-Length: 0\r\nAuthorization: Bearer "
end

function request()
  at = at + 1
  local token = tokens[at]
  if token == nil then
    wrk.thread:stop()
    return head .. "none\r\n\r\n"
  end
  return head .. token .. "\r\n\r\n"
end

function done(summary, latency, requests)
  io.write(string.format("claims: %d in %.2f s, %.0f/s, not 2xx: %d, p50 %.1f ms, p99 %.1f ms\n",
    summary.requests, summary.duration / 1e6, summary.requests / (summary.duration / 1e6),
    summary.errors.status, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"#;
