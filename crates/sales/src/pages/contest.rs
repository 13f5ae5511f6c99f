//! Contests: the list, one with its published terms and standings, entering it, opening it.

use askama::Template;
use axum::extract::Path;
use merchants::{MerchantId, speaks_for};
use web::{Answer, Ask, Figure, Form, Page, filters, html};

use crate::{
    Contest, ContestId, Filter, Reading, SaleState, Standing, enter_contest, leave_contest,
    open_contest,
    pages::frame::{Names, id_of, reading, see, version_field},
    policy,
    show::moment,
    standings, store, visible_contest,
};

struct ListLine {
    name: String,
    href: String,
    campaign: String,
    cut_off: String,
    standing: &'static str,
}

#[derive(Template)]
#[template(path = "contests.html")]
struct ListView {
    page: Page,
    lines: Vec<ListLine>,
    campaign: Option<(String, String)>,
    may_draft: bool,
}

/// `GET /contests`
pub(crate) async fn list(ask: Ask) -> Answer {
    let filter = Filter::read(&Form::parse(ask.query.as_bytes()));
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx).await?;
    let mut lines = Vec::new();
    let wanted = |id| filter.campaign.is_none_or(|one| one == id);
    for campaign in reading.campaigns().iter().filter(|one| wanted(one.id)) {
        for contest in store::contests_of(&mut tx, campaign.id).await? {
            if visible_contest(&mut tx, &ask.cx, &reading, contest.id).await.is_err() {
                continue;
            }
            let now = standings(&mut tx, &ask.cx, &contest).await?;
            lines.push(ListLine {
                href: format!("/contests/{}", contest.id),
                campaign: campaign.name.clone(),
                cut_off: moment(contest.terms.cut_off_at),
                standing: if contest.is_open() { now.finality.label() } else { "没有公布" },
                name: contest.terms.name,
            });
        }
    }
    let named = filter.campaign.and_then(|id| reading.campaign(id));
    let may_draft = named.is_some_and(|one| policy::judges(&ask.cx.actor, &reading, one.id));
    let campaign = named.map(|one| (one.name.clone(), one.id.to_string()));
    let page = ask.page("大赛", "/campaigns");
    html(&ask, &ListView { page, lines, campaign, may_draft })
}

pub(crate) struct Place {
    pub rank: usize,
    pub is_tied: bool,
    pub name: String,
    pub points: String,
    pub net: Figure,
    pub live: Figure,
    pub orders: Figure,
    pub open: Figure,
}

/// A place with the records behind each measure; closed to who may not see them.
pub(crate) fn place(names: &Names, contest: &Contest, one: &Standing, may_open: bool) -> Place {
    let all = Filter { contest: Some(contest.id), ..Filter::default() };
    let own = all.merchant(one.measure.merchant);
    let verified = own.clone().state(SaleState::Verified);
    let live = Filter { live: true, ..verified.clone() };
    let kept = Filter { kept: true, ..verified.clone() };
    let show = |figure: Figure| if may_open { figure } else { figure.closed() };
    Place {
        rank: one.rank,
        is_tied: one.is_tied,
        name: names.of(one.measure.merchant),
        points: one.points(),
        net: show(Figure::text(one.measure.net.to_string(), verified.href())),
        live: show(Figure::text(one.measure.live.to_string(), live.href())),
        orders: show(Figure::count(one.measure.orders, kept.href())),
        open: show(Figure::count(one.measure.open_count, own.open().href())),
    }
}

/// The published terms in words.
pub(crate) struct Terms {
    pub from: String,
    pub cut_off: String,
    pub returns_until: String,
    pub measures: Vec<(&'static str, i64)>,
}

pub(crate) fn terms(contest: &Contest) -> Terms {
    let weights = contest.terms.weights;
    let all = [
        ("核实过的净销售额，每元", weights.net),
        ("其中直播卖的，每元另加", weights.live),
        ("没有整单退掉的订单，每单", weights.order),
    ];
    Terms {
        from: moment(contest.terms.from_at),
        cut_off: moment(contest.terms.cut_off_at),
        returns_until: moment(contest.terms.returns_until),
        measures: all.into_iter().filter(|(_, points)| *points > 0).collect(),
    }
}

#[derive(Template)]
#[template(path = "contest.html")]
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct View {
    page: Page,
    id: ContestId,
    version: i64,
    name: String,
    campaign: (String, String),
    terms: Terms,
    is_open: bool,
    opened_at: String,
    label: &'static str,
    why: String,
    is_final: bool,
    places: Vec<Place>,
    has_live: bool,
    has_orders: bool,
    may_run: bool,
    /// Merchants that the reader speaks for: name, id, whether it takes part.
    own: Vec<(String, String, bool)>,
    takes: bool,
}

/// `GET /contests/{id}`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: ContestId = id_of(&id)?;
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx).await?;
    let contest = visible_contest(&mut tx, &ask.cx, &reading, id).await?;
    let names = Names::load(&mut tx).await?;
    let now = standings(&mut tx, &ask.cx, &contest).await?;
    let may_open = |one: &Standing| reading.sees_records(contest.campaign, one.measure.merchant);
    let places = now.places.iter().map(|one| place(&names, &contest, one, may_open(one)));
    let campaign = reading.campaign(contest.campaign).map(|one| one.name.clone());
    let entrants: Vec<MerchantId> = now.places.iter().map(|one| one.measure.merchant).collect();
    let view = View {
        page: ask.page(&contest.terms.name, "/campaigns"),
        id,
        version: contest.version,
        campaign: (campaign.unwrap_or_default(), contest.campaign.to_string()),
        terms: terms(&contest),
        is_open: contest.is_open(),
        opened_at: contest.opened.map(|(at, _)| moment(at)).unwrap_or_default(),
        label: now.finality.label(),
        why: now.finality.why(),
        is_final: now.finality == crate::Finality::Final,
        places: places.collect(),
        has_live: contest.terms.weights.live > 0,
        has_orders: contest.terms.weights.order > 0,
        may_run: policy::judges(&ask.cx.actor, &reading, contest.campaign),
        own: own(&ask, &reading, &names, &entrants),
        takes: contest.takes_entrants(ask.cx.now),
        name: contest.terms.name,
    };
    html(&ask, &view)
}

fn own(
    ask: &Ask,
    reading: &Reading,
    names: &Names,
    entrants: &[MerchantId],
) -> Vec<(String, String, bool)> {
    let spoken = reading.own().iter().filter(|one| speaks_for(&ask.cx.actor, **one));
    spoken.map(|one| (names.of(*one), one.to_string(), entrants.contains(one))).collect()
}

/// `POST /contests/{id}/opening`
pub(crate) async fn open(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: ContestId = id_of(&id)?;
    let mut tx = ask.db().write().await?;
    open_contest(&mut tx, &ask.cx, (id, version_field(&form))).await?;
    tx.commit().await?;
    Ok(see(format_args!("/contests/{id}")))
}

/// `POST /contests/{id}/entries`: a merchant says yes, or no longer.
pub(crate) async fn enter(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: ContestId = id_of(&id)?;
    let merchant: MerchantId = id_of(form.get("merchant"))?;
    let mut tx = ask.db().write().await?;
    if form.get("to") == "out" {
        leave_contest(&mut tx, &ask.cx, (id, merchant)).await?;
    } else {
        enter_contest(&mut tx, &ask.cx, (id, merchant)).await?;
    }
    tx.commit().await?;
    Ok(see(format_args!("/contests/{id}")))
}
