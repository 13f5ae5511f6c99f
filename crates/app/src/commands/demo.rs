//! `tongpin demo`: builds the demo city where there is none, and serves it.

use std::{
    fmt::Write as _,
    fs,
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use db::Db;
use kernel::{Actor, Cx};
use people::{CreateTokenRefused, NewToken};

use crate::{
    Failure,
    cli::DemoArgs,
    clock::{ClockKind, DEMO_START},
    commands::print::say,
    config::{Config, Database},
    demo::{self, Found, Login, Plan},
    real::SystemRng,
    secret, serve, site,
};

/// The account whose token is written down.
const TOKEN_OF: &str = "admin-city";
/// A demo is short; its token is not the last.
const TOKEN_DAYS: i64 = 366;

/// Builds the city unless it is there, prints who may sign in, serves.
///
/// # Errors
/// [`Failure::WrongInput`] when the database holds anything but a whole demo city.
pub async fn demo(config: Config, args: DemoArgs) -> Result<(), Failure> {
    let folder = folder(&config.database);
    let clock = args.clock.start();
    let cx = Cx::new(&*clock, Arc::new(SystemRng), Actor::System { name: "demo" });
    let db = site::open(&config.database, &cx).await?;
    let mut is_new = false;
    match demo::look(&db).await? {
        Found::Demo => {}
        Found::Nothing => {
            is_new = true;
            let plan = Plan { units: args.units, seed: args.seed };
            // Before the first record: what is sealed opens with this secret alone.
            let keys = secret::keys(&db, &cx, &config.secret_file).await?;
            let (rules, secrets) = (config.rules(), (&cx, &keys));
            let logins = demo::build(&db, plan, &rules, secrets, progress()).await?;
            write_secret(&folder, ACCOUNTS_FILE, &table(&logins))?;
        }
        Found::Half => return Err(Failure::wrong(half(&config.database))),
        Found::Real => {
            return Err(Failure::wrong(
                "这里已经有一座城市的台账，不是演示数据，什么也没有动。\
                 请用 --data 另指一个文件夹来放演示城市",
            ));
        }
    }
    // Under the real clock a token of the demo's autumn has expired.
    if is_new || args.clock != ClockKind::From(DEMO_START) || !folder.join(TOKEN_FILE).exists() {
        issue_token(&db, &cx, &folder).await?;
    }
    db.close().await;
    introduce(&config, &folder, args.no_serve)?;
    if args.no_serve {
        return Ok(());
    }
    serve::serve(config, args.clock).await
}

const ACCOUNTS_FILE: &str = "demo-accounts";
const TOKEN_FILE: &str = "demo-token";

/// Where passwords and token lie: beside the records, or in a folder of their own.
fn folder(database: &Database) -> PathBuf {
    match database {
        Database::Folder(folder) => folder.clone(),
        Database::Server(_) => PathBuf::from("data/demo-server"),
    }
}

fn half(database: &Database) -> String {
    let what = match database {
        Database::Folder(folder) => format!("请删掉文件夹 {} 再来", folder.display()),
        Database::Server(_) => "请换一个空的库，或者把它清空再来".to_owned(),
    };
    format!("上次的演示城市只建到一半，不能用。{what}")
}

async fn issue_token(db: &Db, cx: &Cx, folder: &Path) -> Result<(), Failure> {
    let mut tx = db.write().await?;
    let account = people::find_account_by_name(&mut tx, TOKEN_OF).await?;
    let account = account.ok_or_else(|| Failure::Cannot("演示城市里没有管理员账号".into()))?.id;
    let new = NewToken { account, name: "演示".into(), days: TOKEN_DAYS };
    match people::create_token(&mut tx, cx, new).await {
        Ok(issued) => {
            tx.commit().await?;
            write_secret(folder, TOKEN_FILE, &format!("{}\n", issued.text))
        }
        // After many starts there are enough of them; the newest still works.
        Err(CreateTokenRefused::TooMany) => Ok(()),
        Err(why) => Err(Failure::cannot("令牌没有建成", why)),
    }
}

/// Writes a file that its owner alone may read.
fn write_secret(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let path = folder.join(name);
    let write = || {
        fs::create_dir_all(folder)?;
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        // One that was there keeps its mode otherwise.
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())
    };
    write().map_err(|why| Failure::cannot(&format!("写不了 {}", path.display()), why))
}

/// One line for each account: name, password, what it may; parted by tabs.
fn table(logins: &[Login]) -> String {
    let mut text = String::new();
    for login in logins {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}\t{}\t{}", login.name, login.password, login.role);
    }
    text
}

/// Tells the person at the terminal what there is and how to get in.
fn introduce(config: &Config, folder: &Path, no_serve: bool) -> Result<(), Failure> {
    let accounts = folder.join(ACCOUNTS_FILE);
    let mut text = String::from("演示城市（全部是生成的演示数据）\n\n账号\t密码\t权限\n");
    match fs::read_to_string(&accounts) {
        Ok(known) => text.push_str(&known),
        Err(_) => {
            let _ = writeln!(text, "（{} 不见了，密码查不到）", accounts.display());
        }
    }
    let sms = config.database.folder().join(serve::DEMO_SMS);
    let phone = demo::CITIZEN_PHONE;
    let _ = write!(text, "\n市民手机号 {phone}，验证码写在 {}", sms.display());
    let token = folder.join(TOKEN_FILE);
    let _ = write!(text, "\n管理员的令牌在 {}", token.display());
    if !no_serve {
        let _ = write!(text, "\n请打开 http://{}", config.web.addr);
    }
    say(&aligned(&text))
}

/// Columns that were parted by tabs, below each other.
fn aligned(text: &str) -> String {
    let pad = |cell: &str, width: usize| {
        let wide: usize = cell.chars().map(|one| if one.is_ascii() { 1 } else { 2 }).sum();
        format!("{cell}{}", " ".repeat(width.saturating_sub(wide)))
    };
    let line = |line: &str| match line.splitn(3, '\t').collect::<Vec<_>>()[..] {
        [name, password, role] => format!("{}{}{role}", pad(name, 14), pad(password, 22)),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Shows on a terminal how far it is; a log gets nothing.
fn progress() -> impl FnMut(usize, usize) {
    let shown = std::io::stderr().is_terminal();
    move |done, all| {
        if !shown {
            return;
        }
        let percent = done * 100 / all.max(1);
        let bar = "█".repeat(percent / 4);
        let end = if done == all { "\n" } else { "" };
        // A terminal that went away is no reason to stop.
        let _ = write!(std::io::stderr(), "\r正在建演示城市 {bar:<25} {percent:>3}%{end}");
    }
}
