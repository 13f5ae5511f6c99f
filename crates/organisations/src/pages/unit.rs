//! One unit: in the drawer beside its list, and on a page of its own with its states over time.

use askama::Template;
use axum::{extract::Path, http::HeaderMap};
use db::Tx;
use jiff::civil::Date;
use kernel::{Code as _, time::OPEN};
use places::Reach;
use web::{Answer, Ask, Page, Refused, filters, html};

use super::{
    sheet::{place_words, station_words},
    story::{Line, story},
    words::{Shown, cover, definition_words, fill, industry, masked, number, status},
};
use crate::{
    api::Asked,
    ledger,
    policy::{self, WRITERS},
    sight::Sight,
    unit::{Facts, Span, Unit, UnitId},
};

/// A unit in the drawer.
pub(crate) struct Card {
    pub(crate) id: UnitId,
    pub(crate) name: String,
    pub(crate) under: String,
    /// That it is due, and since when.
    pub(crate) due: Option<(String, String)>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) story: Vec<Line>,
    pub(crate) may_write: bool,
    /// Where the × leads.
    pub(crate) close: String,
}

/// Label and value.
pub(crate) struct Fact {
    pub(crate) label: String,
    pub(crate) words: String,
    /// Where it opens, when it opens somewhere.
    pub(crate) href: Option<String>,
    /// Takes the whole width.
    pub(crate) wide: bool,
    /// For the page alone: the drawer has no room, or the sheet beside it says it.
    on_page: bool,
}

/// Timeline entries in the drawer, and on the page.
const IN_DRAWER: i64 = 6;
const ON_PAGE: i64 = 200;

/// A unit that the reader sees, with its spans and what its facts are called.
struct Seen {
    unit: Unit,
    spans: Vec<Span>,
    may_write: bool,
    member_floor: i64,
}

async fn seen(ask: &Ask, tx: &mut Tx, sight: &Sight, id: UnitId) -> Answer<Option<Seen>> {
    let Some((unit, spans)) = ledger::find(tx, id).await? else { return Ok(None) };
    let newest =
        spans.last().filter(|span| policy::reaches(&sight.reach, &sight.atlas, &span.facts));
    let Some(newest) = newest else { return Ok(None) };
    let reach = Reach::of(&ask.cx.actor, &sight.atlas, WRITERS);
    let may_write = policy::reaches(&reach, &sight.atlas, &newest.facts);
    let member_floor = sight.definition.member_floor;
    Ok(Some(Seen { unit, spans, may_write, member_floor }))
}

/// The drawer's content; `None` when the reader does not see the unit.
pub(crate) async fn card(
    ask: &Ask,
    tx: &mut Tx,
    sight: &Sight,
    id: UnitId,
    close: String,
    is_today: bool,
) -> Answer<Option<Card>> {
    let Some(seen) = seen(ask, tx, sight, id).await? else { return Ok(None) };
    let Some(newest) = seen.spans.last() else { return Ok(None) };
    let facts = &newest.facts;
    let under = [
        place_words(&sight.atlas, facts),
        industry(ask, facts.industry).words,
        ask.t(facts.status.label()).to_owned(),
    ];
    let mut known = facts_of(ask, tx, sight, &seen.unit, facts).await?;
    known.retain(|fact| !fact.on_page);
    Ok(Some(Card {
        id,
        name: seen.unit.identity.name.clone(),
        under: under.join(" · "),
        due: due(ask, &seen, sight),
        facts: known,
        story: story(ask, tx, &sight.atlas, id, IN_DRAWER).await?,
        may_write: seen.may_write && is_today,
        close,
    }))
}

/// That the unit should have an organisation and has none, and for how long.
fn due(ask: &Ask, seen: &Seen, sight: &Sight) -> Option<(String, String)> {
    let is_due = |span: &&Span| {
        let facts = &span.facts;
        facts.operates() && !facts.is_covered() && facts.member_count >= seen.member_floor
    };
    let since = seen.spans.iter().rev().take_while(is_due).last()?.from_on;
    let members = seen.spans.last()?.facts.member_count;
    let days = (sight.today - since).get_days();
    let rule = definition_words(ask, sight.definition.version);
    let what = fill(ask.t("应建未建 {} 天"), &[&number(i64::from(days))]);
    let why = fill(
        ask.t("正式党员 {} 人，自 {} 起应建（{}），还没有组织覆盖。"),
        &[&number(members), &since.to_string(), &rule],
    );
    Some((what, why))
}

/// Everything that is known, in the order people ask for it.
async fn facts_of(
    ask: &Ask,
    tx: &mut Tx,
    sight: &Sight,
    unit: &Unit,
    facts: &Facts,
) -> Answer<Vec<Fact>> {
    let atlas = &sight.atlas;
    let organisation = match facts.organisation {
        Some(id) => sight.organisation_name(tx, id).await?,
        None => None,
    };
    let worker = match facts.worker {
        Some(id) => sight.worker_name(tx, id).await?,
        None => None,
    };
    let people = fill(
        ask.t("{} 人（只记人数） · 从业 {} 人"),
        &[&number(facts.member_count), &number(facts.headcount)],
    );
    let mut covered = ask.t(facts.cover.label()).to_owned();
    if let Some(name) = organisation {
        covered = format!("{covered} · {name}");
    }
    let ways: Vec<&str> = facts.work.ways().map(|way| ask.t(way.label())).collect();
    let body = facts.body.and_then(|id| atlas.body(id)).map(|one| one.name.clone());
    let mut list = vec![
        fact(ask.t("正式党员"), people),
        fact(ask.t("组建方式"), covered),
        fact(ask.t("工作覆盖"), ways.join("、")),
        fact(ask.t("工作站"), station_words(atlas, facts)),
        fact(ask.t("责任人"), masked(worker.as_ref())),
        fact(ask.t("行业党委"), body.unwrap_or_default()),
        on_page(ask.t("行业"), ask.t(facts.industry.label()).to_owned()),
        on_page(ask.t("信用代码"), unit.identity.uscc.as_str().to_owned()),
        on_page(ask.t("单位类型"), ask.t(unit.identity.kind.label()).to_owned()),
        on_page(ask.t("阵地类型"), facts.front.map_or("", |one| ask.t(one.label())).into()),
        Fact { wide: true, ..on_page(ask.t("地址"), unit.identity.address.clone()) },
    ];
    if let Some(place) = facts.place {
        let words = format!("{} · {}", atlas.path(place).replace('/', " "), atlas.name(facts.town));
        let href = Some(format!("/places/{place}"));
        list.insert(3, Fact { href, ..fact(ask.t("地点"), words) });
    } else {
        list.insert(3, fact(ask.t("区镇"), atlas.name(facts.town).to_owned()));
    }
    list.extend(why_out(ask, tx, facts).await?);
    if !unit.identity.note.is_empty() {
        list.push(Fact { wide: true, ..fact(ask.t("备注"), unit.identity.note.clone()) });
    }
    Ok(list)
}

/// Why it left the denominator, what shows it, and who approved; nothing while it operates.
async fn why_out(ask: &Ask, tx: &mut Tx, facts: &Facts) -> Answer<Vec<Fact>> {
    if facts.operates() {
        return Ok(Vec::new());
    }
    let mut list = vec![
        Fact { wide: true, ..fact(ask.t("移出理由"), facts.status_reason.clone()) },
        Fact { wide: true, ..fact(ask.t("移出依据"), facts.status_evidence.clone()) },
    ];
    if let Some(account) = facts.status_approved_by {
        let name = people::find_account(tx, account).await?.map(|one| one.display_name);
        list.push(fact(ask.t("批准人"), name.unwrap_or_default()));
    }
    Ok(list)
}

fn on_page(label: &str, words: String) -> Fact {
    Fact { on_page: true, ..fact(label, words) }
}

fn fact(label: &str, words: String) -> Fact {
    let words = if words.is_empty() { "—".to_owned() } else { words };
    Fact { label: label.to_owned(), words, href: None, wide: false, on_page: false }
}

#[derive(Template)]
#[template(path = "unit.html")]
struct UnitPage {
    page: Page,
    id: UnitId,
    name: String,
    status: Shown,
    cover: Shown,
    due: Option<(String, String)>,
    facts: Vec<Fact>,
    states: Vec<StateRow>,
    story: Vec<Line>,
    may_write: bool,
    done: Option<String>,
}

/// What held for a time.
struct StateRow {
    from: String,
    to: String,
    status: Shown,
    cover: Shown,
    organisation: String,
    headcount: String,
    members: String,
    place: String,
    station: String,
    worker: String,
    /// For setting this time right.
    edit: Option<String>,
}

#[derive(Template)]
#[template(path = "drawer.html")]
struct Drawer {
    card: Card,
}

/// `GET /units/{id}`, and `?part=drawer` for the drawer alone.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let id: UnitId = id.parse().map_err(|_| Refused::NotFound)?;
    let asked = Asked::new(Some(&ask.query));
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    if asked.get("part") == Some("drawer") {
        let close = list_behind(&headers);
        let found = card(&ask, &mut tx, &sight, id, close, true).await?;
        return html(&ask, &Drawer { card: found.ok_or(Refused::NotFound)? });
    }
    let seen = seen(&ask, &mut tx, &sight, id).await?.ok_or(Refused::NotFound)?;
    let newest = seen.spans.last().ok_or(Refused::NotFound)?.clone();
    let done = match asked.get("done") {
        Some("registered") => Some(ask.t("登记好了，今天起算进台账。")),
        Some("changed") => Some(ask.t("改好了，记入了时间线。")),
        Some("joined") => Some(ask.t("改好了，记入了时间线。你打开以后别人改的，也都留着。")),
        Some("same") => Some(ask.t("和原来一样，没有改动。")),
        _ => None,
    };
    let view = UnitPage {
        page: ask.page(&seen.unit.identity.name, "/units"),
        id,
        name: seen.unit.identity.name.clone(),
        status: status(&ask, newest.facts.status),
        cover: cover(&ask, &newest.facts, seen.member_floor),
        due: due(&ask, &seen, &sight),
        facts: facts_of(&ask, &mut tx, &sight, &seen.unit, &newest.facts).await?,
        states: states(&ask, &mut tx, &sight, &seen).await?,
        story: story(&ask, &mut tx, &sight.atlas, id, ON_PAGE).await?,
        may_write: seen.may_write,
        done: done.map(str::to_owned),
    };
    html(&ask, &view)
}

/// The list that the drawer was opened from, without what is open in it.
fn list_behind(headers: &HeaderMap) -> String {
    let url = headers.get("hx-current-url").and_then(|value| value.to_str().ok());
    let query = url.and_then(|url| {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        path.ends_with("/units").then_some(query)
    });
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let pairs = pairs.filter(|(name, _)| !matches!(name.as_ref(), "open" | "done"));
    let mut kept = form_urlencoded::Serializer::new(String::new());
    kept.extend_pairs(pairs);
    let kept = kept.finish();
    if kept.is_empty() { "/units".to_owned() } else { format!("/units?{kept}") }
}

/// The states from the newest back.
async fn states(ask: &Ask, tx: &mut Tx, sight: &Sight, seen: &Seen) -> Answer<Vec<StateRow>> {
    let mut rows = Vec::with_capacity(seen.spans.len());
    for span in seen.spans.iter().rev() {
        let facts = &span.facts;
        let organisation = match facts.organisation {
            Some(id) => sight.organisation_name(tx, id).await?.unwrap_or_default(),
            None => String::new(),
        };
        let worker = match facts.worker {
            Some(id) => sight.worker_name(tx, id).await?,
            None => None,
        };
        let edit = format!("/units/{}/edit?on={}", seen.unit.id, span.from_on);
        rows.push(StateRow {
            from: span.from_on.to_string(),
            to: until(ask, span.to_on),
            status: status(ask, facts.status),
            cover: cover(ask, facts, seen.member_floor),
            organisation,
            headcount: number(facts.headcount),
            members: number(facts.member_count),
            place: place_words(&sight.atlas, facts),
            station: station_words(&sight.atlas, facts),
            worker: masked(worker.as_ref()),
            edit: seen.may_write.then_some(edit),
        });
    }
    Ok(rows)
}

/// The last day of a span in words.
fn until(ask: &Ask, to_on: Date) -> String {
    if to_on == OPEN {
        return ask.t("至今").to_owned();
    }
    to_on.yesterday().unwrap_or(to_on).to_string()
}
