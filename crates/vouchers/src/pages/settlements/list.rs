//! `GET /settlements`: what a filter names, its sums above it, what is the reader's to do on top;
//! and the same as a workbook.

use std::collections::BTreeMap;

use askama::Template;
use campaigns::FunderId;
use db::Tx;
use jiff::Timestamp;
use kernel::{Code as _, Fen};
use merchants::MerchantId;
use web::{Answer, Ask, Cursor, Figure, Form, Page, Refused, filters, html};

use super::{
    file,
    frame::{Choice, Names, Row},
};
use crate::{
    Settlement, SettlementState, SettlementStep,
    settlement_book::{self, Named, NotWritten},
    settlement_filter::SettlementFilter,
    settlement_sight::SettlementSight,
    settlement_sums::{Sum, sums},
    store::settlements_read::{self, After},
};

/// Settlements on a page.
const LIMIT: usize = 50;
/// Groups of one funder and one merchant up to which all are shown; beyond it funders alone.
const GROUPS: usize = 60;
/// Settlements in one workbook.
const BOOK: i64 = 5_000;

/// What waits for the reader: words and how many.
struct Todo {
    words: &'static str,
    count: Figure,
    /// Where many are done at once.
    all_at: Option<&'static str>,
}

/// Settlements of one funder, or of one funder and one merchant, added up.
struct Group {
    funder: String,
    merchant: Option<String>,
    count: Figure,
    due: Figure,
    paid: Figure,
}

#[derive(Template)]
#[template(path = "settlements/list.html")]
struct View {
    page: Page,
    todos: Vec<Todo>,
    count: Figure,
    due: Figure,
    paid: Figure,
    groups: Vec<Group>,
    by_funder: bool,
    rows: Vec<Row>,
    campaign: Option<(String, String)>,
    campaigns: Vec<Choice>,
    funders: Vec<Choice>,
    merchants: Vec<Choice>,
    states: Vec<Choice>,
    todo: Option<&'static str>,
    draw: Option<String>,
    book: String,
    next: Option<String>,
    is_first: bool,
}

/// `GET /settlements`
pub(crate) async fn show(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let filter = SettlementFilter::read(&query);
    let after = query.optional("cursor").map(after).transpose()?;
    let mut tx = ask.db().read().await?;
    let sight = SettlementSight::of(&mut tx, &ask.cx).await?;
    let found =
        settlements_read::list(&mut tx, filter.condition(&sight), after, LIMIT as i64 + 1).await?;
    let sums = sums(&ask.state, &mut tx, filter.condition(&sight)).await?;
    let everything = SettlementFilter::default().condition(&sight);
    let pairs = settlements_read::pairs(&mut tx, everything).await?;
    let names = Names::load(&mut tx).await?;
    let todos = todos(&mut tx, &sight).await?;
    let seen = sight.campaigns();
    let shown = &found[..found.len().min(LIMIT)];
    let next = shown.last().filter(|_| found.len() > shown.len()).map(|last| {
        let join = if filter.pairs().is_empty() { '?' } else { '&' };
        format!("{}{join}cursor={}", filter.href(), cursor((last.drawn_at, last.id)))
    });
    let (groups, by_funder) = groups(&names, &filter, &sums);
    let chosen = filter.campaign.and_then(|id| seen.iter().find(|one| one.id == id));
    let may_draw = match chosen {
        Some(one) => sight.runs(one.id),
        None => seen.iter().any(|one| sight.runs(one.id)),
    };
    let row = |one: &Settlement| Row::of(&names, sight.name(one.campaign), one);
    let view = View {
        page: ask.page("结算", "/settlements"),
        todos,
        count: Figure::count(sums.iter().map(|one| one.count).sum(), filter.href()),
        due: money(&sums, |_| true, &filter),
        paid: money(&sums, is_paid, &filter.state(SettlementState::Paid)),
        groups,
        by_funder,
        rows: shown.iter().map(row).collect(),
        campaign: chosen.map(|one| (one.name.clone(), format!("/campaigns/{}", one.id))),
        campaigns: seen
            .iter()
            .map(|one| Choice::new(one.id, &one.name, filter.campaign == Some(one.id)))
            .collect(),
        funders: funder_choices(&names, &filter, &pairs),
        merchants: merchant_choices(&names, &filter, &pairs),
        states: SettlementState::ALL
            .iter()
            .map(|one| Choice::new(one, one.label(), filter.state == Some(*one)))
            .collect(),
        todo: filter.todo.map(waiting),
        draw: may_draw.then(|| {
            let of = chosen.map(|one| format!("?campaign={}", one.id));
            format!("/settlements/draw{}", of.unwrap_or_default())
        }),
        book: filter.at("/settlements.xlsx"),
        next,
        is_first: after.is_none(),
    };
    html(&ask, &view)
}

/// Where a list goes on, in a word.
pub(crate) fn cursor((at, id): After) -> String {
    Cursor(vec![at.to_string(), id.to_string()]).encode()
}

/// The same taken back.
pub(crate) fn after(text: &str) -> Answer<After> {
    let read = || {
        let Cursor(keys) = Cursor::decode(text)?;
        let [at, id] = &keys[..] else { return None };
        Some((at.parse::<Timestamp>().ok()?, id.parse().ok()?))
    };
    read().ok_or_else(torn_cursor)
}

/// For a cursor that no answer of ours ended with.
pub(crate) fn torn_cursor() -> Refused {
    Refused::unprocessable("bad-cursor", "cursor 不是上一页给的，什么也没有改。请从头再取。")
}

/// What a step is called while it waits for the reader.
const fn waiting(step: SettlementStep) -> &'static str {
    match step {
        SettlementStep::Confirm => "等你确认",
        SettlementStep::Approve => "等你批准",
        SettlementStep::Pay => "等你付款",
        SettlementStep::Answer => "等你答复异议",
        SettlementStep::Dispute | SettlementStep::Withdraw => "不等谁",
    }
}

async fn todos(tx: &mut Tx, sight: &SettlementSight) -> Answer<Vec<Todo>> {
    use SettlementStep as Step;
    let mut todos = Vec::new();
    for step in [Step::Confirm, Step::Approve, Step::Pay, Step::Answer] {
        let filter = SettlementFilter { todo: Some(step), ..SettlementFilter::default() };
        let count = settlements_read::count(tx, filter.condition(sight)).await?;
        if count > 0 {
            todos.push(Todo {
                words: waiting(step),
                count: Figure::count(count, filter.href()),
                all_at: (step == Step::Pay).then_some("/settlements/payments"),
            });
        }
    }
    Ok(todos)
}

fn is_paid(one: &Sum) -> bool {
    one.state == SettlementState::Paid
}

fn money(sums: &[Sum], fits: impl Fn(&Sum) -> bool, filter: &SettlementFilter) -> Figure {
    let due: i64 = sums.iter().filter(|one| fits(one)).map(|one| one.due.0).sum();
    Figure::text(Fen(due).to_string(), filter.href())
}

/// Whose settlements a group adds up.
type Key = (FunderId, Option<MerchantId>);

/// The groups, and whether they are of funders alone.
fn groups(names: &Names, filter: &SettlementFilter, sums: &[Sum]) -> (Vec<Group>, bool) {
    let mut by_pair: BTreeMap<Key, Vec<Sum>> = BTreeMap::new();
    for one in sums {
        by_pair.entry((one.funder, Some(one.merchant))).or_default().push(*one);
    }
    let by_funder = by_pair.len() > GROUPS;
    if by_funder {
        by_pair.clear();
        for one in sums {
            by_pair.entry((one.funder, None)).or_default().push(*one);
        }
    }
    let group = |((funder, merchant), sums): (Key, Vec<Sum>)| {
        let own = SettlementFilter {
            funder: Some(funder),
            merchant: merchant.or(filter.merchant),
            ..*filter
        };
        Group {
            funder: names.funder(funder),
            merchant: merchant.map(|id| names.merchant(id)),
            count: Figure::count(sums.iter().map(|one| one.count).sum(), own.href()),
            due: money(&sums, |_| true, &own),
            paid: money(&sums, is_paid, &own.state(SettlementState::Paid)),
        }
    };
    (by_pair.into_iter().map(group).collect(), by_funder)
}

type Pairs = [(FunderId, MerchantId)];

fn funder_choices(names: &Names, filter: &SettlementFilter, pairs: &Pairs) -> Vec<Choice> {
    let mut ids: Vec<_> = pairs.iter().map(|(funder, _)| *funder).collect();
    ids.dedup();
    let choice = |id| Choice::new(id, names.funder(id), filter.funder == Some(id));
    ids.into_iter().map(choice).collect()
}

fn merchant_choices(names: &Names, filter: &SettlementFilter, pairs: &Pairs) -> Vec<Choice> {
    let mut ids: Vec<_> = pairs.iter().map(|(_, merchant)| *merchant).collect();
    ids.sort_unstable();
    ids.dedup();
    let choice = |id| Choice::new(id, names.merchant(id), filter.merchant == Some(id));
    let mut choices: Vec<_> = ids.into_iter().map(choice).collect();
    choices.sort_by(|one, other| one.label.cmp(&other.label));
    choices
}

/// `GET /settlements.xlsx`: the settlements of the same query, and every line behind them.
pub(crate) async fn book(ask: Ask) -> Answer {
    let filter = SettlementFilter::read(&Form::parse(ask.query.as_bytes()));
    let mut tx = ask.db().read().await?;
    let sight = SettlementSight::of(&mut tx, &ask.cx).await?;
    let found = settlements_read::list(&mut tx, filter.condition(&sight), None, BOOK + 1).await?;
    if found.len() as i64 > BOOK {
        return Err(too_many(&format!("超过 {BOOK} 份结算")));
    }
    let names = Names::load(&mut tx).await?;
    let row = |one: Settlement| Named {
        campaign: sight.name(one.campaign).to_owned(),
        funder: names.funder(one.funder),
        merchant: names.merchant(one.merchant),
        one,
    };
    let all = found.into_iter().map(row).collect();
    write(&ask, &mut tx, all, "消费券结算").await
}

fn too_many(why: &str) -> Refused {
    Refused::unprocessable(
        "too-many-rows",
        format!("{why}，一个文件放不下，没有导出。请加条件，分几次导出。"),
    )
}

/// The workbook as an answer.
pub(super) async fn write(ask: &Ask, tx: &mut Tx, all: Vec<Named>, title: &str) -> Answer {
    let today = ask.cx.today();
    let book = settlement_book::workbook(tx, all, title, today).await;
    let book = book.map_err(|why| match why {
        NotWritten::Fault(fault) => fault.into(),
        NotWritten::Write(office::WriteError::Full) => too_many("明细太多"),
        NotWritten::Write(why) => Refused::fault(&why),
    })?;
    Ok(file::workbook(book, &format!("{title}_{}", file::day(today))))
}
