//! `tongpin account …`: the way in for the first administrator, and out of a forgotten password.

use std::io::{IsTerminal as _, Read as _};

use kernel::{Actor, Code as _, Cx, Grant, Role, Scope, actor::ScopeKind, fold};
use people::{
    CreateAccountRefused, Directory as _, NewAccount, PasswordRefused, ResetRefused, Rules,
};

use crate::{
    Failure,
    cli::{CreateAccountArgs, ResetPasswordArgs},
    commands::print::say,
    config::Config,
    directory::House,
    site,
};

/// `tongpin account create`: a new account, with its first grants.
///
/// # Errors
/// [`Failure::WrongInput`] when the name, password, role or scope is not good.
pub async fn create(config: &Config, args: CreateAccountArgs) -> Result<(), Failure> {
    let cx = site::command_cx("account create");
    let db = site::open(&config.database, &cx).await?;
    let mut grants = Vec::new();
    for role in &args.roles {
        grants.push(Grant { role: *role, scope: scope_named(&db, &args.scope).await? });
    }
    let password = new_password(&cx, &config.rules(), &args.name, args.password_stdin).await?;
    let new = NewAccount { name: args.name, display_name: args.display, password, grants };
    let mut tx = db.write().await?;
    people::create_account(&mut tx, &cx, new).await.map_err(|why| match why {
        CreateAccountRefused::Fault(fault) => fault.into(),
        refused => Failure::wrong(refused.to_string()),
    })?;
    tx.commit().await?;
    db.close().await;
    say("账号建好了")
}

/// `tongpin account list`: name, person, state and grants, a line each, with tabs between.
///
/// # Errors
/// [`Failure::Cannot`] when the database does not open.
pub async fn list(config: &Config) -> Result<(), Failure> {
    let db = site::open(&config.database, &site::command_cx("account list")).await?;
    let names = House.scopes(&db).await?;
    let mut tx = db.read().await?;
    let mut lines = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = people::list_accounts(&mut tx, "", after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(fold(&last.name));
        for one in page {
            let actor = people::actor_of(&mut tx, one.id).await?;
            let grants = actor.map(|actor| grants_of(&actor, &names)).unwrap_or_default();
            let (name, person, state) = (one.name, one.display_name, one.state.label());
            lines.push(format!("{name}\t{person}\t{state}\t{grants}"));
        }
    }
    drop(tx);
    db.close().await;
    if lines.is_empty() {
        return say("还没有账号。用 `tongpin account create` 建第一个");
    }
    say(&lines.join("\n"))
}

/// Accounts read at a time.
const PAGE: i64 = 200;

fn grants_of(actor: &Actor, names: &[(Scope, String)]) -> String {
    let Actor::Account { grants, .. } = actor else { return String::new() };
    let words = grants.iter().map(|grant| {
        let name = names.iter().find(|(scope, _)| *scope == grant.scope);
        let place = name.map_or(grant.scope.kind.label(), |(_, name)| name);
        format!("{}（{place}）", grant.role.label())
    });
    words.collect::<Vec<_>>().join("、")
}

/// `tongpin account reset-password`: an own password typed here, or a one-time one printed.
///
/// # Errors
/// [`Failure::WrongInput`] when there is no such account, or the password is not good.
pub async fn reset_password(config: &Config, args: ResetPasswordArgs) -> Result<(), Failure> {
    let cx = site::command_cx("account reset-password");
    let db = site::open(&config.database, &cx).await?;
    let mut tx = db.read().await?;
    let found = people::find_account_by_name(&mut tx, &args.name).await?;
    drop(tx);
    let account = found.ok_or_else(|| no_account(&args.name))?;
    let rules = config.rules();
    let (shown, password) = if args.one_time {
        let (text, password) = rules.one_time_password(&cx).await?;
        (Some(text), password)
    } else {
        (None, new_password(&cx, &rules, &account.name, args.password_stdin).await?)
    };
    let mut tx = db.write().await?;
    people::reset_password(&mut tx, &cx, account.id, &password).await.map_err(|why| match why {
        ResetRefused::Fault(fault) => fault.into(),
        refused => Failure::wrong(refused.to_string()),
    })?;
    tx.commit().await?;
    db.close().await;
    say(shown.as_deref().unwrap_or("密码改好了，这个账号在别处的登录都结束了"))
}

pub(super) fn no_account(name: &str) -> Failure {
    Failure::wrong(format!("没有叫“{name}”的账号。用 `tongpin account create` 建一个"))
}

async fn new_password(
    cx: &Cx,
    rules: &Rules,
    name: &str,
    from_stdin: bool,
) -> Result<people::NewPassword, Failure> {
    let typed = if from_stdin { read_stdin()? } else { prompt()? };
    rules.new_password(cx, name, &typed).await.map_err(|why| match why {
        PasswordRefused::Fault(fault) => fault.into(),
        PasswordRefused::Weak(weak) => Failure::wrong(weak.to_string()),
    })
}

/// One line, without its line break: what `echo` or a file gives.
fn read_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let mut input = std::io::stdin().lock().take(4096);
    input.read_to_string(&mut text).map_err(|why| Failure::cannot("读不到密码", why))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn prompt() -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::wrong(
            "这里不是终端，没法问密码。请加 --password-stdin，从标准输入给",
        ));
    }
    let ask =
        |words| rpassword::prompt_password(words).map_err(|why| Failure::cannot("读不到密码", why));
    let first = ask("密码（不会显示）: ")?;
    if ask("再输一遍: ")? != first {
        return Err(Failure::wrong("两遍不一样，账号没有改动。请再来一次"));
    }
    Ok(first)
}

/// `city`, or a kind and a name or id: `town:花桥经济开发区`.
async fn scope_named(db: &db::Db, text: &str) -> Result<Scope, Failure> {
    if text == ScopeKind::City.code() {
        return Ok(Scope::CITY);
    }
    let Some((kind, wanted)) = text.split_once(':') else { return Err(wrong_scope(text)) };
    let kind = ScopeKind::from_code(kind).ok_or_else(|| wrong_scope(text))?;
    let known = House.scopes(db).await?;
    let found = known.into_iter().find(|(scope, name)| {
        let is_id = scope.id.is_some_and(|id| id.simple().to_string() == wanted);
        scope.kind == kind && (name == wanted || is_id)
    });
    found.map(|(scope, _)| scope).ok_or_else(|| wrong_scope(text))
}

fn wrong_scope(text: &str) -> Failure {
    Failure::wrong(format!("范围“{text}”不对，请写 city，或类别加名称，如 town:花桥经济开发区"))
}

/// A role by its code, for the command line.
///
/// # Errors
/// The roles that there are.
pub fn parse_role(text: &str) -> Result<Role, String> {
    let known = || {
        let codes: Vec<String> =
            Role::ALL.iter().map(|role| format!("{}（{}）", role.code(), role.label())).collect();
        format!("请写 {}", codes.join("、"))
    };
    Role::from_code(text).ok_or_else(known)
}
