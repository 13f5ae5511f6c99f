//! Settings, from four places: a flag wins over the environment, that over the file, that over
//! the default. Each setting is one field here, and flag, variable, file key and help come from it.

mod rush;
mod sms;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use axum::http::HeaderName;
use clap::Args;
use ipnet::IpNet;
use jiff::SignedDuration;
use serde::Deserialize;
use web::Proxies;

pub use self::{
    rush::RushSettings,
    sms::{SmsConfig, SmsSettings},
};
use crate::Failure;

/// `[database]`: where the records are.
#[derive(Args, Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[command(next_help_heading = "数据库（二选一）")]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// 数据放在这个文件夹（内置 SQLite，一台机器） [默认: data]
    #[arg(long, global = true, value_name = "DIR", env = "TONGPIN_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// 用 PostgreSQL，可以多台机器：postgres://用户@主机/库名
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "TONGPIN_DATABASE_URL",
        hide_env_values = true
    )]
    #[serde(rename = "url")]
    pub database_url: Option<String>,
}

/// `[secret]`: what the site signs and encrypts with.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[command(next_help_heading = "数据库（二选一）")]
#[serde(deny_unknown_fields)]
pub struct SecretSettings {
    /// 密钥文件，没有就生成一个；几台机器用同一个。丢了它，手机号就解不开 [默认: 数据文件夹里的 secret]
    #[arg(
        long = "secret-file",
        global = true,
        value_name = "FILE",
        env = "TONGPIN_SECRET_FILE",
        hide_env_values = true
    )]
    pub file: Option<PathBuf>,
}

/// `[web]`: how browsers reach it.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[command(next_help_heading = "网络")]
#[serde(deny_unknown_fields)]
pub struct WebSettings {
    /// 监听的地址；端口写 0 由系统挑一个 [默认: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT", env = "TONGPIN_ADDR")]
    pub addr: Option<SocketAddr>,
    /// Cookie 只走 HTTPS；前面有 HTTPS 反向代理时打开 [默认: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
        env = "TONGPIN_SECURE_COOKIES")]
    pub secure_cookies: Option<bool>,
    /// 前面的反向代理，IP 或网段，用逗号隔开；只信它们说的客户端地址 [默认: 没有]
    #[arg(
        long,
        value_name = "IP[/BITS],…",
        value_delimiter = ',',
        env = "TONGPIN_TRUSTED_PROXIES"
    )]
    pub trusted_proxies: Option<Vec<String>>,
    /// 反向代理把客户端地址写在哪个头里 [默认: x-forwarded-for]
    #[arg(long, value_name = "NAME", env = "TONGPIN_CLIENT_IP_HEADER")]
    pub client_ip_header: Option<String>,
    /// 上传文件的上限，MB [默认: 64]
    #[arg(long, value_name = "MB", env = "TONGPIN_UPLOAD_LIMIT_MB")]
    pub upload_limit_mb: Option<u32>,
    /// 同时最多多少个连接，再来的排队 [默认: 1024]
    #[arg(long, value_name = "N", env = "TONGPIN_MAX_CONNECTIONS")]
    pub max_connections: Option<u32>,
    /// 多少秒内要收完请求头；空闲的连接也这么久就断 [默认: 20]
    #[arg(long, value_name = "SECONDS", env = "TONGPIN_HEADER_SECONDS")]
    pub header_seconds: Option<u32>,
    /// 正文或答复停住多少秒就断 [默认: 20]
    #[arg(long, value_name = "SECONDS", env = "TONGPIN_STALL_SECONDS")]
    pub stall_seconds: Option<u32>,
    /// 一个请求最多办多少秒；上传文件不受这个限制 [默认: 60]
    #[arg(long, value_name = "SECONDS", env = "TONGPIN_REQUEST_SECONDS")]
    pub request_seconds: Option<u32>,
    /// 停机时最多等多少秒，让手上的事办完 [默认: 20]
    #[arg(long, value_name = "SECONDS", env = "TONGPIN_SHUTDOWN_SECONDS")]
    pub shutdown_seconds: Option<u32>,
}

/// `[city]`: whose city it is.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[command(next_help_heading = "城市")]
#[serde(deny_unknown_fields)]
pub struct CitySettings {
    /// 页头上的城市名 [默认: 昆山市]
    #[arg(long = "city", value_name = "NAME", env = "TONGPIN_CITY")]
    pub name: Option<String>,
    /// 每一页都有的电话 [默认: 12345]
    #[arg(long, value_name = "NUMBER", env = "TONGPIN_PHONE")]
    pub phone: Option<String>,
    /// 每一页都写明“演示数据” [默认: false]
    #[arg(long = "demo-label", value_name = "BOOL", num_args = 0..=1,
        default_missing_value = "true", env = "TONGPIN_DEMO_LABEL")]
    pub demo_label: Option<bool>,
}

/// `[sign_in]`: how strict the door is.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[command(next_help_heading = "登录")]
#[serde(deny_unknown_fields)]
pub struct SignInSettings {
    /// 连错多少次密码就锁住账号 [默认: 5]
    #[arg(long, value_name = "N", env = "TONGPIN_LOCK_FAILURES")]
    #[serde(rename = "failures")]
    pub lock_failures: Option<u32>,
    /// 锁住多少分钟 [默认: 15]
    #[arg(long, value_name = "MINUTES", env = "TONGPIN_LOCK_MINUTES")]
    pub lock_minutes: Option<u32>,
    /// 同一个地址连错多少次就先停一停；登录成功的不算 [默认: 30]
    #[arg(long, value_name = "N", env = "TONGPIN_ADDRESS_FAILURES")]
    pub address_failures: Option<u32>,
    /// 停多少分钟，从第一次错起算；地址只在内存里记这么久 [默认: 10]
    #[arg(long, value_name = "MINUTES", env = "TONGPIN_ADDRESS_MINUTES")]
    pub address_minutes: Option<u32>,
    /// 多少分钟没动就要重新登录 [默认: 30]
    #[arg(long, value_name = "MINUTES", env = "TONGPIN_IDLE_MINUTES")]
    pub idle_minutes: Option<u32>,
    /// 一次登录最长多少小时 [默认: 12]
    #[arg(long, value_name = "HOURS", env = "TONGPIN_SESSION_HOURS")]
    pub session_hours: Option<u32>,
    /// 密码至少多少个字符（还要有三种字符） [默认: 8]
    #[arg(long, value_name = "N", env = "TONGPIN_PASSWORD_LENGTH")]
    pub password_length: Option<u32>,
}

/// `[log]`: what is written to stderr.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[command(next_help_heading = "日志（写到 stderr）")]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// 怎么写 [默认: plain]
    #[arg(
        long = "log-format",
        global = true,
        value_name = "FORMAT",
        value_enum,
        env = "TONGPIN_LOG_FORMAT"
    )]
    pub format: Option<LogFormat>,
    /// error、warn、info、debug、trace，也可以分开写，如 info,web=debug [默认: info]
    #[arg(long = "log-level", global = true, value_name = "LEVEL", env = "TONGPIN_LOG_LEVEL")]
    pub level: Option<String>,
}

/// How a log line is written.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// 给人看
    #[default]
    Plain,
    /// 给机器收，一行一个对象
    Json,
}

/// What one place says: the flags and variables, or the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// `[database]`
    pub database: DatabaseSettings,
    /// `[secret]`
    pub secret: SecretSettings,
    /// `[web]`
    pub web: WebSettings,
    /// `[city]`
    pub city: CitySettings,
    /// `[sign_in]`
    pub sign_in: SignInSettings,
    /// `[sms]`
    pub sms: SmsSettings,
    /// `[rush]`
    pub rush: RushSettings,
    /// `[log]`
    pub log: LogSettings,
}

impl Settings {
    /// Reads a TOML file; an unknown key is an error that names it.
    ///
    /// # Errors
    /// [`Failure::WrongInput`] when the file is missing or not as it should be.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let name = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|why| Failure::wrong(format!("读不了配置文件 {name}：{why}")))?;
        Self::parse(&text).map_err(|why| {
            Failure::wrong(format!(
                "配置文件 {name} 不对，没有启动：{why}。请照 docs/configuration.md 改正再启动"
            ))
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|why: toml::de::Error| {
            let line = why.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let place = line.map(|line| format!("第 {line} 行：")).unwrap_or_default();
            format!("{place}{}", why.message())
        })
    }
}

/// Where the records are.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// Embedded SQLite in this folder.
    Folder(PathBuf),
    /// PostgreSQL at this address.
    Server(String),
}

impl Database {
    /// The folder of what this machine keeps beside the records.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::Server(_) => Path::new("data"),
        }
    }
}

/// An address holds a password: it is never written out.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::Server(_) => f.write_str("Server(…)"),
        }
    }
}

/// Bounds on connections and requests, so that slow clients cost little.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// From a connection's last answer, or its start, to the end of the next request's header.
    pub header: Duration,
    /// Without a byte in a body, or without one that the client takes.
    pub stall: Duration,
    /// For a handler to begin its answer.
    pub request: Duration,
    /// For what was begun, once the server was told to stop.
    pub shutdown: Duration,
}

/// How browsers reach it.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Whether cookies are only sent over HTTPS.
    pub secure_cookies: bool,
    /// The reverse proxies before it.
    pub proxies: Proxies,
    /// Largest upload, in bytes.
    pub upload_limit: usize,
    /// Bounds.
    pub limits: Limits,
}

/// Whose city it is.
#[derive(Clone, Debug)]
pub struct CityConfig {
    /// In the page's head.
    pub name: String,
    /// On every page.
    pub phone: String,
    /// Whether every page says that its contents are generated.
    pub demo_label: bool,
}

/// How strict the door is.
#[derive(Clone, Copy, Debug)]
pub struct SignInConfig {
    /// Wrong passwords in a row that lock an account.
    pub failures: u32,
    /// How long it stays locked.
    pub lock_minutes: u32,
    /// Failures from one address that close the door to it.
    pub address_failures: u32,
    /// How long an address is remembered.
    pub address_minutes: u32,
    /// A session that nobody used for so long has ended.
    pub idle_minutes: u32,
    /// No session lives longer.
    pub session_hours: u32,
    /// Fewest characters of a password.
    pub password_length: u32,
}

/// What is written to stderr.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// For people or machines.
    pub format: LogFormat,
    /// A level, or levels by module.
    pub level: String,
}

/// Everything settled.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the records are.
    pub database: Database,
    /// The file of the site's secret.
    pub secret_file: PathBuf,
    /// How browsers reach it.
    pub web: WebConfig,
    /// Whose city it is.
    pub city: CityConfig,
    /// How strict the door is.
    pub sign_in: SignInConfig,
    /// How codes reach citizens' phones.
    pub sms: SmsConfig,
    /// How often vouchers may be asked for.
    pub rush: vouchers::ClaimRules,
    /// What is logged.
    pub log: LogConfig,
}

impl Config {
    /// Settles each setting: `first` (flags and variables), else `second` (the file), else the
    /// default.
    ///
    /// # Errors
    /// [`Failure::WrongInput`] when a value cannot be meant.
    pub fn settle(first: Settings, second: Settings) -> Result<Self, Failure> {
        let database = settle_database(first.database, second.database)?;
        let secret_file = first.secret.file.or(second.secret.file);
        Ok(Self {
            secret_file: secret_file.unwrap_or_else(|| database.folder().join("secret")),
            database,
            web: settle_web(&first.web, &second.web)?,
            city: CityConfig {
                name: first.city.name.or(second.city.name).unwrap_or_else(|| "昆山市".into()),
                phone: first.city.phone.or(second.city.phone).unwrap_or_else(|| "12345".into()),
                demo_label: first.city.demo_label.or(second.city.demo_label).unwrap_or(false),
            },
            sign_in: settle_sign_in(&first.sign_in, &second.sign_in)?,
            sms: sms::settle(first.sms, second.sms)?,
            rush: rush::settle(&first.rush, &second.rush)?,
            log: LogConfig {
                format: first.log.format.or(second.log.format).unwrap_or_default(),
                level: first.log.level.or(second.log.level).unwrap_or_else(|| "info".into()),
            },
        })
    }
}

impl Config {
    /// The door's rules, as `people` takes them.
    pub fn rules(&self) -> people::Rules {
        let door = self.sign_in;
        let password = people::PasswordRules {
            least_length: door.password_length as usize,
            ..people::PasswordRules::default()
        };
        let session = people::SessionRules {
            failures: i64::from(door.failures),
            lock_for: SignedDuration::from_mins(i64::from(door.lock_minutes)),
            idle_for: SignedDuration::from_mins(i64::from(door.idle_minutes)),
            longest: SignedDuration::from_hours(i64::from(door.session_hours)),
        };
        let address = people::AddressRules {
            failures: door.address_failures,
            window: SignedDuration::from_mins(i64::from(door.address_minutes)),
        };
        let mut rules = people::Rules::new(password, session);
        rules.address = address;
        rules
    }
}

/// The first place that names a database decides alone, so that `--data` is not at odds with an
/// address in the file.
fn settle_database(first: DatabaseSettings, second: DatabaseSettings) -> Result<Database, Failure> {
    let chosen = if first == DatabaseSettings::default() { second } else { first };
    match (chosen.data, chosen.database_url) {
        (Some(_), Some(_)) => Err(Failure::wrong(
            "数据文件夹（data）和 PostgreSQL 地址（database-url）只能写一个，请去掉一个",
        )),
        (_, Some(address)) => Ok(Database::Server(address)),
        (Some(folder), None) => Ok(Database::Folder(folder)),
        (None, None) => Ok(Database::Folder(PathBuf::from("data"))),
    }
}

fn settle_web(first: &WebSettings, second: &WebSettings) -> Result<WebConfig, Failure> {
    let addr = first.addr.or(second.addr);
    let seconds = |name, one: Option<u32>, other: Option<u32>, default| {
        within(name, one.or(other).unwrap_or(default), 1, 3600)
            .map(|seconds| Duration::from_secs(u64::from(seconds)))
    };
    let megabytes = first.upload_limit_mb.or(second.upload_limit_mb).unwrap_or(64);
    let connections = first.max_connections.or(second.max_connections).unwrap_or(1024);
    Ok(WebConfig {
        addr: addr.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
        secure_cookies: first.secure_cookies.or(second.secure_cookies).unwrap_or(false),
        proxies: settle_proxies(first, second)?,
        upload_limit: within("upload_limit_mb", megabytes, 1, 1024)? as usize * (1 << 20),
        limits: Limits {
            connections: within("max_connections", connections, 1, 65_535)? as usize,
            header: seconds("header_seconds", first.header_seconds, second.header_seconds, 20)?,
            stall: seconds("stall_seconds", first.stall_seconds, second.stall_seconds, 20)?,
            request: seconds("request_seconds", first.request_seconds, second.request_seconds, 60)?,
            shutdown: seconds(
                "shutdown_seconds",
                first.shutdown_seconds,
                second.shutdown_seconds,
                20,
            )?,
        },
    })
}

fn settle_proxies(first: &WebSettings, second: &WebSettings) -> Result<Proxies, Failure> {
    let trusted = first.trusted_proxies.as_ref().or(second.trusted_proxies.as_ref());
    let trusted = trusted.into_iter().flatten().map(|text| {
        let net = text.trim().parse().or_else(|_| text.trim().parse::<IpAddr>().map(IpNet::from));
        net.map_err(|_| {
            let shape = "要写成 10.0.0.1 或 10.0.0.0/8 这样，请改正";
            Failure::wrong(format!("trusted_proxies 里的“{text}”不是 IP 或网段，{shape}"))
        })
    });
    let header = first.client_ip_header.as_ref().or(second.client_ip_header.as_ref());
    let header = header.map_or("x-forwarded-for", String::as_str);
    let header: HeaderName = header.parse().map_err(|_| {
        Failure::wrong(format!("client_ip_header 是“{header}”，不是一个头的名称，请改正"))
    })?;
    Ok(Proxies { trusted: trusted.collect::<Result<_, _>>()?, header: Some(header) })
}

fn settle_sign_in(
    first: &SignInSettings,
    second: &SignInSettings,
) -> Result<SignInConfig, Failure> {
    let settle = |name, one: Option<u32>, other: Option<u32>, default, most| {
        within(name, one.or(other).unwrap_or(default), 1, most)
    };
    let length = first.password_length.or(second.password_length).unwrap_or(8);
    Ok(SignInConfig {
        failures: settle("failures", first.lock_failures, second.lock_failures, 5, 100)?,
        lock_minutes: settle("lock_minutes", first.lock_minutes, second.lock_minutes, 15, 1440)?,
        address_failures: settle(
            "address_failures",
            first.address_failures,
            second.address_failures,
            30,
            10_000,
        )?,
        address_minutes: settle(
            "address_minutes",
            first.address_minutes,
            second.address_minutes,
            10,
            1440,
        )?,
        idle_minutes: settle("idle_minutes", first.idle_minutes, second.idle_minutes, 30, 1440)?,
        session_hours: settle("session_hours", first.session_hours, second.session_hours, 12, 168)?,
        // Fewer than eight would fall below 等保 2.0.
        password_length: within("password_length", length, 8, 64)?,
    })
}

fn within(name: &str, value: u32, least: u32, most: u32) -> Result<u32, Failure> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(Failure::wrong(format!("{name} 是 {value}，要在 {least} 到 {most} 之间，请改正")))
}

#[cfg(test)]
mod tests;
