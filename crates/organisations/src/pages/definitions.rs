//! 口径: every version of the rule, what the four rates are, and the case they are checked against.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use db::{Tx, args, sql};
use kernel::{Rate, actor::AccountId, time::civil_date};
use web::{Answer, Ask, FieldErrors, Figure, Form, Page, Refused, filters, html_with};

use super::words::fill;
use crate::{
    definition::{self, Definition},
    filter::Filter,
    policy::RULERS,
    sight::Sight,
    standing::Standing,
};

#[derive(Template)]
#[template(path = "definitions.html")]
struct DefinitionsPage {
    page: Page,
    shown: Version,
    is_newest: bool,
    others: Vec<Version>,
    golden: Golden,
    /// Today's sets under this version.
    sets: Vec<(String, Figure)>,
    may_publish: bool,
    form: Form,
    errors: FieldErrors,
}

struct Version {
    number: i64,
    name: String,
    floor: String,
    note: String,
    published: String,
    by: String,
}

/// 66 eligible of 2,866 surveyed, 28 covered; 28 more.
struct Golden {
    before: String,
    after: String,
}

/// `GET /definitions`: the newest.
pub(crate) async fn newest(ask: Ask) -> Answer {
    page(&ask, None, StatusCode::OK, Form::default(), FieldErrors::new()).await
}

/// `GET /definitions/{version}`
pub(crate) async fn show(ask: Ask, Path(version): Path<String>) -> Answer {
    let version: i64 = version.parse().map_err(|_| Refused::NotFound)?;
    page(&ask, Some(version), StatusCode::OK, Form::default(), FieldErrors::new()).await
}

async fn page(
    ask: &Ask,
    version: Option<i64>,
    status: StatusCode,
    form: Form,
    errors: FieldErrors,
) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let newest = sight.definition.version;
    let mut shown = None;
    let mut others = Vec::new();
    for one in definition::all(&mut tx).await? {
        let number = one.version;
        let line = line(ask, &mut tx, one).await?;
        if number == version.unwrap_or(newest) {
            shown = Some(line);
        } else {
            others.push(line);
        }
    }
    let shown = shown.ok_or(Refused::NotFound)?;
    let golden = |covered| Rate::new(covered, 66).to_string();
    let view = DefinitionsPage {
        page: ask.page("口径", "/units"),
        is_newest: shown.number == newest,
        sets: sets(ask, &mut tx, &sight, shown.number).await?,
        shown,
        others,
        golden: Golden { before: golden(28), after: golden(56) },
        may_publish: ask.cx.actor.has_citywide(RULERS),
        form,
        errors,
    };
    html_with(ask, status, &view)
}

async fn line(ask: &Ask, tx: &mut Tx, one: Definition) -> Answer<Version> {
    let select = sql!("SELECT published_by FROM definition WHERE version = $1");
    let by: Option<AccountId> =
        tx.maybe(select, args![one.version], |row| row.get(0)).await?.flatten();
    let (published, by) = match by {
        None => (String::new(), ask.t("系统自带").to_owned()),
        Some(account) => {
            let account = people::find_account(tx, account).await?;
            let name = account.map(|account| account.display_name).unwrap_or_default();
            (civil_date(one.published_at).to_string(), name)
        }
    };
    Ok(Version {
        number: one.version,
        name: one.name,
        floor: fill(ask.t("正式党员 {} 名以上的在营单位为应建"), &[&one.member_floor.to_string()]),
        note: one.note,
        published,
        by,
    })
}

/// The sets of today under a version, each opening to its units.
async fn sets(
    ask: &Ask,
    tx: &mut Tx,
    sight: &Sight,
    version: i64,
) -> Answer<Vec<(String, Figure)>> {
    let definition = (version != sight.definition.version).then_some(version);
    let mut sets = Vec::new();
    for (words, standing) in [
        (ask.t("在营单位"), Standing::Operating),
        (ask.t("单独组建"), Standing::Separate),
        (ask.t("联合组建"), Standing::Joint),
        (ask.t("组织或工作覆盖"), Standing::WorkCovered),
        (ask.t("应建"), Standing::Eligible),
        (ask.t("应建已建"), Standing::CoveredEligible),
    ] {
        let filter = Filter { status: Some(standing), definition, ..Filter::default() };
        let count = sight.count(tx, &filter).await?;
        sets.push((words.to_owned(), Figure::count(count, filter.url("/units"))));
    }
    Ok(sets)
}

/// `POST /definitions`
pub(crate) async fn publish(ask: Ask, form: Form) -> Answer {
    if !ask.cx.actor.has_citywide(RULERS) {
        return Err(Refused::Forbidden);
    }
    let mut errors = FieldErrors::new();
    let name = form.required("name", &mut errors);
    if name.chars().count() > 40 {
        errors.add("name", "名称太长，最多 40 个字");
    }
    let note = form.required("note", &mut errors);
    if note.chars().count() > 500 {
        errors.add("note", "依据太长，最多 500 个字");
    }
    let floor: Option<i64> = form.parsed("member_floor", "请填整数，例如 3", &mut errors);
    let floor = floor.filter(|floor| (1..=100).contains(floor));
    if floor.is_none() {
        errors.add("member_floor", "应在 1 到 100 之间");
    }
    let Some(floor) = floor.filter(|_| errors.is_empty()) else {
        return page(&ask, None, StatusCode::UNPROCESSABLE_ENTITY, form, errors).await;
    };
    let mut tx = crate::ledger::begin(ask.db()).await?;
    let version = definition::publish(&mut tx, &ask.cx, &name, floor, &note).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/definitions/{version}")).into_response())
}
