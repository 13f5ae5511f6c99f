//! What can be typed: commands and their flags, all documented by `--help`.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    ArgAction, ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    parser::ValueSource,
};

use kernel::Role;

use crate::{
    Failure,
    clock::ClockKind,
    commands::{
        bench::BenchCommand, export::ExportCommand, import::ImportCommand, parse_role,
        template::TemplateCommand,
    },
    config::{
        CitySettings, Config, DatabaseSettings, LogSettings, RushSettings, SecretSettings,
        Settings, SignInSettings, SmsSettings, WebSettings,
    },
    demo,
};

const HELP: &str = "{about-with-newline}\n用法: {usage}\n\n{all-args}{after-help}";
const EXIT_CODES: &str = "\
每个选项也可以用环境变量（TONGPIN_…）或配置文件（--config）给；命令行优先，其次环境变量，再次文件。
退出码: 0 办成了；1 办不成（机器、网络、数据库的原因）；2 输入不对，照说明改了再来。";

/// 同频：商圈的一张账。数据在一个文件夹里，或者在 PostgreSQL 里。
#[derive(Debug, Parser)]
#[command(name = "tongpin", version, help_template = HELP, after_help = EXIT_CODES)]
#[command(subcommand_help_heading = "命令", subcommand_value_name = "命令")]
#[command(disable_help_subcommand = true, max_term_width = 100)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub struct Cli {
    /// 显示说明；-h 只显示要点
    #[arg(short, long, global = true, action = ArgAction::Help, help_heading = "其他")]
    help: Option<bool>,
    /// 显示版本
    #[arg(short = 'V', long, action = ArgAction::Version, help_heading = "其他")]
    version: Option<bool>,
    /// 配置文件（TOML），写法见 docs/configuration.md
    #[arg(long, global = true, value_name = "FILE", env = "TONGPIN_CONFIG")]
    #[arg(help_heading = "数据库（二选一）", hide_env_values = true)]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    secret: SecretSettings,
    #[command(flatten)]
    log: LogSettings,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 启动服务：网页、接口和后台任务
    #[command(help_template = HELP, after_help = EXIT_CODES)]
    Serve(Box<ServeArgs>),
    /// 建一座演示城市（全是生成的数据，默认放在 data/demo）并启动服务；建过了就直接启动
    #[command(help_template = HELP, after_help = EXIT_CODES)]
    Demo(Box<DemoArgs>),
    /// 建城市：区镇、行业党委和专委会（默认是昆山的）；已有的不动
    #[command(help_template = HELP)]
    Init(InitArgs),
    /// 账号：建一个、换密码
    #[command(subcommand, help_template = HELP, subcommand_help_heading = "命令")]
    Account(AccountCommand),
    /// 给脚本用的令牌
    #[command(subcommand, help_template = HELP, subcommand_help_heading = "命令")]
    Token(TokenCommand),
    /// 从 Excel 导入
    #[command(subcommand, help_template = HELP, subcommand_help_heading = "命令")]
    Import(ImportCommand),
    /// 导出成 Excel
    #[command(subcommand, help_template = HELP, subcommand_help_heading = "命令")]
    Export(ExportCommand),
    /// 填写用的空表
    #[command(subcommand, help_template = HELP, subcommand_help_heading = "命令")]
    Template(TemplateCommand),
    /// 压测：给外面的压测工具备料
    #[command(subcommand, help_template = HELP, subcommand_help_heading = "命令")]
    Bench(BenchCommand),
    /// 把数据库升到这个版本的样子（serve 启动时自动做）
    #[command(help_template = HELP)]
    Migrate,
    /// 核对操作日志的链条：有没有被改过、删过
    #[command(subcommand, help_template = HELP, subcommand_help_heading = "命令")]
    Journal(JournalCommand),
    /// 促销活动：核对消费券的账
    #[command(subcommand, help_template = HELP, subcommand_help_heading = "命令")]
    Campaigns(CampaignsCommand),
    /// 权限表：谁能用哪个网址
    #[command(subcommand, help_template = HELP, subcommand_help_heading = "命令")]
    Matrix(PrintCommand),
    /// 接口说明（OpenAPI 3.1，JSON）
    #[command(subcommand, help_template = HELP, subcommand_help_heading = "命令")]
    Openapi(PrintCommand),
}

/// `tongpin serve …`
#[derive(Args, Debug)]
pub struct ServeArgs {
    #[command(flatten)]
    web: WebSettings,
    #[command(flatten)]
    city: CitySettings,
    #[command(flatten)]
    sign_in: SignInSettings,
    #[command(flatten)]
    sms: SmsSettings,
    #[command(flatten)]
    rush: RushSettings,
    /// 时钟：real，或 demo（从 2021-10-20 08:00 走起），或一个时刻
    #[arg(long, value_name = "CLOCK", default_value = "real", env = "TONGPIN_CLOCK")]
    #[arg(help_heading = "城市", hide_default_value = true, value_parser = parse_clock)]
    pub clock: ClockKind,
}

/// `tongpin demo …`
#[derive(Args, Debug)]
pub struct DemoArgs {
    #[command(flatten)]
    web: WebSettings,
    /// 两年里登记过多少家单位 [默认: 12000]
    #[arg(long, value_name = "N", default_value_t = 12_000, help_heading = "演示城市")]
    #[arg(hide_default_value = true, value_parser = demo_units)]
    pub units: usize,
    /// 哪一座城市：同一个数建出同一座 [默认: 1]
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "演示城市")]
    #[arg(hide_default_value = true)]
    pub seed: u64,
    /// 只建，不启动服务
    #[arg(long, help_heading = "演示城市")]
    pub no_serve: bool,
    /// 时钟：demo（从 2021-10-20 08:00 走起），或 real [默认: demo]
    #[arg(long, value_name = "CLOCK", default_value = "demo", help_heading = "演示城市")]
    #[arg(hide_default_value = true, value_parser = parse_clock)]
    pub clock: ClockKind,
}

fn demo_units(text: &str) -> Result<usize, String> {
    let units = text.parse().ok().filter(|units| (demo::FEWEST..=demo::MOST).contains(units));
    units.ok_or_else(|| format!("请写 {} 到 {} 之间的数", demo::FEWEST, demo::MOST))
}

fn parse_clock(text: &str) -> Result<ClockKind, String> {
    text.parse()
}

/// `tongpin init …`
#[derive(Args, Debug)]
pub struct InitArgs {
    /// 城市名；不写就建昆山市
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// 区镇名；可以写几次，按先后排
    #[arg(long = "town", value_name = "NAME")]
    pub towns: Vec<String>,
    /// 从哪一天起就有这些区镇，要早于台账里最早的事 [默认: 2000-01-01]
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
}

/// `tongpin account …`
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// 建一个账号；第一位管理员：--role administrator --scope city
    #[command(help_template = HELP)]
    Create(CreateAccountArgs),
    /// 列出账号和各自的权限
    #[command(help_template = HELP)]
    List,
    /// 换密码，并结束这个账号在别处的登录
    #[command(help_template = HELP)]
    ResetPassword(ResetPasswordArgs),
}

/// `tongpin account create …`
#[derive(Args, Debug)]
pub struct CreateAccountArgs {
    /// 账号名，登录时用
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// 姓名，页面和日志上用
    #[arg(long, value_name = "NAME")]
    pub display: String,
    /// 角色：administrator、clerk、worker、viewer、auditor；可以写几次
    #[arg(long = "role", value_name = "ROLE", value_parser = parse_role)]
    pub roles: Vec<Role>,
    /// 角色的范围：city，或如 town:花桥经济开发区
    #[arg(long, value_name = "SCOPE", default_value = "city")]
    pub scope: String,
    /// 从标准输入读密码，不在终端上问
    #[arg(long)]
    pub password_stdin: bool,
}

/// `tongpin account reset-password …`
#[derive(Args, Debug)]
pub struct ResetPasswordArgs {
    /// 账号名
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// 从标准输入读密码，不在终端上问
    #[arg(long, conflicts_with = "one_time")]
    pub password_stdin: bool,
    /// 不问密码，给一个一次性的，打印出来
    #[arg(long)]
    pub one_time: bool,
}

/// `tongpin token …`
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// 建一个令牌；只打印令牌，别的什么也不打印
    #[command(help_template = HELP)]
    Create(CreateTokenArgs),
}

/// `tongpin token create …`
#[derive(Args, Debug)]
pub struct CreateTokenArgs {
    /// 账号名；令牌能做的和这个账号一样
    #[arg(long, value_name = "NAME")]
    pub account: String,
    /// 有效天数
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub days: i64,
    /// 令牌的名称，作废时认得出
    #[arg(long, value_name = "NAME", default_value = "命令行")]
    pub name: String,
}

/// `tongpin journal …`
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// 从头核对一遍；链条完整就说有多少条
    #[command(help_template = HELP)]
    Verify,
}

/// `tongpin campaigns …`
#[derive(Debug, Subcommand)]
pub enum CampaignsCommand {
    /// 从记录重新数一遍每批券：发放、核销、退款、过期、结算对不对得上；对不上就以 1 结束
    #[command(help_template = HELP)]
    Audit(AuditArgs),
}

/// `tongpin campaigns audit …`
#[derive(Args, Debug)]
pub struct AuditArgs {
    /// 只写一个 JSON，给脚本用
    #[arg(long)]
    pub json: bool,
}

/// `tongpin matrix …`, `tongpin openapi …`
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum PrintCommand {
    /// 打印到标准输出
    #[command(help_template = HELP)]
    Print,
}

/// Reads a command line.
///
/// # Errors
/// What clap says of a wrong one, or of `--help` and `--version`; it knows the exit code.
pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches_from(words)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    let source = |name| matches_source(&matches, name);
    let flag = Some(ValueSource::CommandLine);
    // A flag wins over the environment here too, though the two name different settings.
    if source("data") == flag && source("database_url") != flag {
        cli.database.database_url = None;
    } else if source("database_url") == flag && source("data") != flag {
        cli.database.data = None;
    }
    Ok(cli)
}

/// Where a global flag was given: before or after the command's name.
fn matches_source(matches: &ArgMatches, name: &str) -> Option<ValueSource> {
    let here = matches.value_source(name);
    let below = matches.subcommand().and_then(|(_, below)| matches_source(below, name));
    here.max(below)
}

impl Cli {
    /// Settles every setting of this command line.
    ///
    /// # Errors
    /// [`Failure::WrongInput`] when the file or a value is wrong.
    pub fn settle(&self) -> Result<Config, Failure> {
        let file = match &self.config {
            Some(file) => Settings::read(file)?,
            None => Settings::default(),
        };
        let mut flags = Settings {
            database: self.database.clone(),
            secret: self.secret.clone(),
            log: self.log.clone(),
            ..Settings::default()
        };
        if let Command::Serve(serve) = &self.command {
            flags.web = serve.web.clone();
            flags.city = serve.city.clone();
            flags.sign_in = serve.sign_in.clone();
            flags.sms = serve.sms.clone();
            flags.rush = serve.rush.clone();
        }
        if let Command::Demo(demo) = &self.command {
            flags.web = demo.web.clone();
            // Never by chance beside a real city's records, which are the default's.
            let nothing = DatabaseSettings::default();
            if flags.database == nothing && file.database == nothing {
                flags.database.data = Some(demo::DEFAULT_FOLDER.into());
            }
        }
        Config::settle(flags, file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Database;

    fn typed(line: &str) -> Result<Config, Failure> {
        let words = line.split(' ').map(OsString::from);
        read(words).map_err(|why| Failure::wrong(why.to_string()))?.settle()
    }

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_global_flag_may_stand_before_or_after_the_command() {
        for line in ["tongpin --data there serve", "tongpin serve --data there"] {
            let config = typed(line).expect("a good line");
            assert_eq!(config.database, Database::Folder("there".into()), "{line}");
        }
    }

    #[test]
    fn two_databases_are_refused() {
        assert!(typed("tongpin migrate --data there --database-url postgres://a/b").is_err());
    }

    #[test]
    fn the_help_says_the_true_defaults() {
        let config = typed("tongpin serve").expect("a good line");
        let mut command = Cli::command();
        let serve = command.find_subcommand_mut("serve").expect("serve is a command");
        let help = serve.render_long_help().to_string();
        let limits = config.web.limits;
        for default in [
            config.web.addr.to_string(),
            (config.web.upload_limit >> 20).to_string(),
            limits.connections.to_string(),
            limits.header.as_secs().to_string(),
            limits.stall.as_secs().to_string(),
            limits.request.as_secs().to_string(),
            limits.shutdown.as_secs().to_string(),
            config.city.name,
            config.city.phone,
            config.sign_in.failures.to_string(),
            config.sign_in.lock_minutes.to_string(),
            config.sign_in.idle_minutes.to_string(),
            config.sign_in.session_hours.to_string(),
            config.sign_in.password_length.to_string(),
        ] {
            assert!(help.contains(&format!("[默认: {default}]")), "{default} in {help}");
        }
    }
}
