//! The journal: who did what, when; and whether its chain still holds.

use askama::Template;
use axum::extract::Query;
use db::journal::{self, Kept};
use kernel::{
    Actor, Code as _, Kind as _, Role,
    actor::{AccountId, AccountKind, ScopeKind},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use web::{
    Answer, Ask, Page, Refused,
    filters::{self, grouped},
    html,
};

use super::shown::{Choice, is_administrator, moment};
use crate::{rules::settings, session::EndReason, store};

/// This crate's verbs in words; the house's other verbs come from the directory.
const VERBS: &[(&str, &str)] = &[
    ("account.created", "建了账号"),
    ("account.disabled", "停用账号"),
    ("account.enabled", "启用账号"),
    ("account.locked", "账号锁了"),
    ("account.unlocked", "解了锁"),
    ("grant.given", "给了权限"),
    ("grant.revoked", "收回权限"),
    ("job.revived", "后台任务重新排队"),
    ("journal.verified", "校验了日志"),
    ("password.changed", "改了密码"),
    ("password.chosen", "换成了自己的密码"),
    ("password.refused", "改密码时填错了现在的密码"),
    ("password.reset", "换成一次性密码"),
    ("session.ended", "结束登录"),
    ("session.opened", "登录"),
    ("session.refused", "登录没有成功"),
    ("token.created", "建了令牌"),
    ("token.revoked", "作废令牌"),
];

#[derive(Template)]
#[template(path = "journal.html")]
struct JournalPage {
    page: Page,
    entries: Vec<Entry>,
    verbs: Vec<Choice>,
    /// Whether the page shows one town's entries alone.
    of_town: bool,
    /// Where older entries are.
    older: Option<String>,
    /// The outcome of checking the chain, when that was asked.
    checked: Option<Checked>,
    can_check: bool,
}

enum Checked {
    Whole(String),
    Broken(String),
}

/// An entry as a page shows it.
pub(super) struct Entry {
    pub(super) at: String,
    pub(super) instant: String,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) by_system: bool,
    pub(super) detail: String,
    pub(super) on: Option<On>,
}

/// What an entry is on.
pub(super) struct On {
    /// Empty when there is no page that the reader may open.
    pub(super) address: String,
    pub(super) words: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    verb: String,
    before: Option<i64>,
}

/// Entries on a page.
const LINES: usize = 50;

/// Which entries an actor may see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// Every one.
    All,
    /// Those of one town.
    Town(Uuid),
}

impl View {
    /// Administrators and auditors of the city see all, those of a town their town's.
    fn of(actor: &Actor) -> Result<Self, Refused> {
        let roles = &[Role::Administrator, Role::Auditor];
        if actor.has_citywide(roles) {
            return Ok(Self::All);
        }
        let scopes = actor.scopes(roles);
        let town = scopes.iter().find(|scope| scope.kind == ScopeKind::Town);
        town.and_then(|town| town.id).map(Self::Town).ok_or(Refused::Forbidden)
    }
    fn town(self) -> Option<Uuid> {
        match self {
            Self::All => None,
            Self::Town(town) => Some(town),
        }
    }
}

/// `GET /journal`
pub(crate) async fn show(ask: Ask, Query(asked): Query<Asked>) -> Answer {
    page(&ask, asked, None).await
}

async fn page(ask: &Ask, asked: Asked, checked: Option<Checked>) -> Answer {
    let town = View::of(&ask.cx.actor)?.town();
    let verb = Some(asked.verb.as_str()).filter(|verb| !verb.is_empty() && !verb.contains('\0'));
    let mut tx = ask.db().read().await?;
    let most = LINES as i64 + 1;
    let mut kept = journal::page(&mut tx, asked.before, town, verb, most).await?;
    drop(tx);
    let more = kept.len() > LINES;
    kept.truncate(LINES);
    let last = kept.last().filter(|_| more);
    let older = last.map(|last| match verb {
        Some(verb) => format!("/journal?verb={verb}&before={}", last.seq),
        None => format!("/journal?before={}", last.seq),
    });
    let mut frame = ask.page("操作日志", "/journal");
    if checked.is_some() {
        frame.here = "/journal".into();
    }
    let view = JournalPage {
        page: frame,
        entries: shown_entries(ask, kept).await?,
        verbs: verb_choices(ask, &asked.verb),
        of_town: town.is_some(),
        older,
        checked,
        can_check: town.is_none(),
    };
    html(ask, &view)
}

fn verb_choices(ask: &Ask, chosen: &str) -> Vec<Choice> {
    let directory = settings(&ask.state).directory;
    let verbs = VERBS.iter().chain(directory.verbs());
    let choice = |(verb, words): &(&str, &str)| Choice {
        value: (*verb).to_owned(),
        words: (*words).to_owned(),
        chosen: *verb == chosen,
    };
    verbs.map(choice).collect()
}

/// Entries in words.
pub(super) async fn shown_entries(ask: &Ask, kept: Vec<Kept>) -> Result<Vec<Entry>, Refused> {
    let subjects = kept.iter().filter(|one| one.subject_kind == AccountKind::PREFIX);
    let subjects: Vec<Uuid> = subjects.filter_map(|one| one.subject).collect();
    let mut tx = ask.db().read().await?;
    let people = store::account::display_names(&mut tx, subjects).await?;
    drop(tx);
    let directory = settings(&ask.state).directory;
    let words = |verb: &str| {
        let mut known = VERBS.iter().chain(directory.verbs());
        let known = known.find(|(one, _)| *one == verb);
        known.map_or_else(|| verb.to_owned(), |(_, words)| (*words).to_owned())
    };
    let on = |kept: &Kept| {
        let subject = kept.subject?;
        if kept.subject_kind == AccountKind::PREFIX {
            return Some(on_account(ask, AccountId::from_uuid(subject), &people));
        }
        let (address, words) = directory.subject(&kept.subject_kind, subject)?;
        Some(On { address, words: words.to_owned() })
    };
    let entry = |kept: Kept| Entry {
        at: moment(kept.at),
        instant: kept.at.to_string(),
        what: words(&kept.verb),
        on: on(&kept),
        who: kept.actor_name,
        by_system: kept.by_system,
        detail: detail_line(ask, &kept.detail),
    };
    Ok(kept.into_iter().map(entry).collect())
}

fn on_account(ask: &Ask, id: AccountId, people: &[(AccountId, String)]) -> On {
    let name = people.iter().find(|(one, _)| *one == id).map(|(_, name)| name.clone());
    let may_open = is_administrator(&ask.cx.actor);
    On {
        address: if may_open { format!("/accounts/{id}") } else { String::new() },
        words: name.unwrap_or_else(|| "账号".to_owned()),
    }
}

/// Most characters of what changed.
const LONGEST_DETAIL: usize = 200;

/// The words for what this crate notes; ids of sessions and tokens tell people nothing.
const FIELDS: &[(&str, &str)] = &[
    ("count", "个数"),
    ("device", "设备"),
    ("display_name", "姓名"),
    ("expires_at", "到期"),
    ("name", "名称"),
    ("one_time", "一次性密码"),
    ("reason", "原因"),
    ("role", "角色"),
    ("scope", "范围"),
    ("session", ""),
    ("token", ""),
    ("until", "锁到"),
];

/// The JSON object as `name value · name value`.
fn detail_line(ask: &Ask, detail: &str) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_str(detail) else { return String::new() };
    let part = |(name, value): (&String, &Value)| {
        let known = FIELDS.iter().find(|(one, _)| one == name).map(|(_, words)| *words);
        let words = known.map_or(name.as_str(), |words| ask.t(words));
        match value {
            _ if words.is_empty() => None,
            Value::Null | Value::Bool(false) => None,
            Value::Bool(true) => Some(words.to_owned()),
            Value::String(text) => Some(format!("{words} {}", value_words(ask, text))),
            other => Some(format!("{words} {other}")),
        }
    };
    let line = fields.iter().filter_map(part).collect::<Vec<_>>().join(" · ");
    if line.chars().count() <= LONGEST_DETAIL {
        return line;
    }
    line.chars().take(LONGEST_DETAIL).chain(['…']).collect()
}

/// A stored word or instant as people say it; anything else as it is.
fn value_words(ask: &Ask, text: &str) -> String {
    let role = Role::from_code(text).map(Role::label);
    let kind = || ScopeKind::from_code(text).map(ScopeKind::label);
    let reason = || EndReason::from_code(text).map(EndReason::label);
    match role.or_else(kind).or_else(reason) {
        Some(label) => ask.t(label).to_owned(),
        None => text.parse().map_or_else(|_| ask.t(text).to_owned(), moment),
    }
}

/// `POST /journal/verification`
pub(crate) async fn verify(ask: Ask) -> Answer {
    if View::of(&ask.cx.actor)? != View::All {
        return Err(Refused::Forbidden);
    }
    let (checked, detail) = match journal::verify(ask.db()).await? {
        Ok(count) => (Checked::Whole(grouped(count)), json!({ "whole": true, "count": count })),
        Err(journal::Broken { seq, .. }) => {
            (Checked::Broken(grouped(seq)), json!({ "whole": false, "broken_at": seq }))
        }
    };
    let mut tx = ask.db().write().await?;
    tx.journal(&ask.cx, db::Entry::of("journal.verified").detail(&detail));
    tx.commit().await?;
    page(&ask, Asked::default(), Some(checked)).await
}
