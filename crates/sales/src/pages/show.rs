//! Shows: the list, one with its running total, its turns, and the events that move the total.

use askama::Template;
use axum::{extract::Path, response::Response};
use kernel::{Code as _, Date, time::civil_date};
use web::{Answer, Ask, Figure, Form, Page, Refused, State, filters, html, live};

use crate::{
    Filter, Reading, SaleError, Show, ShowId, ShowState, Totals, close_wall, open_wall,
    pages::frame::{Names, Sums, id_of, reading, see, sums, version_field},
    policy, shows_of, turn_show, visible_show,
};

struct ListLine {
    title: String,
    href: String,
    host: String,
    platform: String,
    when: String,
    state: &'static str,
    is_on_air: bool,
    net: Figure,
}

#[derive(Template)]
#[template(path = "shows.html")]
struct ListView {
    page: Page,
    lines: Vec<ListLine>,
    campaign: Option<(String, String)>,
    may_plan: bool,
}

/// `GET /shows`
pub(crate) async fn list(ask: Ask) -> Answer {
    let filter = Filter::read(&Form::parse(ask.query.as_bytes()));
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx).await?;
    let mut lines = Vec::new();
    let wanted = |id| filter.campaign.is_none_or(|one| one == id);
    for campaign in reading.campaigns().iter().filter(|one| wanted(one.id)) {
        for show in shows_of(&mut tx, campaign.id).await? {
            lines.push(list_line(&mut tx, &reading, show).await?);
        }
    }
    let named = filter.campaign.and_then(|id| reading.campaign(id));
    let may_plan = named.is_some_and(|one| policy::judges(&ask.cx.actor, &reading, one.id));
    let campaign = named.map(|one| (one.name.clone(), one.id.to_string()));
    let page = ask.page("直播", "/campaigns");
    html(&ask, &ListView { page, lines, campaign, may_plan })
}

async fn list_line(tx: &mut db::Tx, reading: &Reading, show: Show) -> Answer<ListLine> {
    let filter = Filter::show(show.id);
    let totals = Totals::of(tx, Some(reading), &filter, None).await?;
    Ok(ListLine {
        href: format!("/shows/{}", show.id),
        when: show.slots.first().map(crate::Slot::words).unwrap_or_default(),
        state: show.state.label(),
        is_on_air: show.state == ShowState::OnAir,
        net: Figure::text(totals.net().to_string(), filter.href()),
        title: show.title,
        host: show.host,
        platform: show.platform,
    })
}

struct Day {
    on: Date,
    net: Figure,
    verified: Figure,
}

#[derive(Template)]
#[template(path = "show.html")]
struct View {
    page: Page,
    id: ShowId,
    version: i64,
    title: String,
    host: String,
    platform: String,
    campaign: (String, String),
    state: &'static str,
    is_on_air: bool,
    next: Option<(&'static str, &'static str)>,
    slots: Vec<String>,
    merchants: Vec<(String, Figure)>,
    products: Vec<(String, Option<String>)>,
    sums: Sums,
    live: live::Progress,
    days: Vec<Day>,
    may_run: bool,
    may_change: bool,
    wall: Option<String>,
}

impl View {
    fn events(&self) -> String {
        format!("/shows/{}/events", self.id)
    }
    fn percent(&self) -> i64 {
        super::wall::percent(&self.live)
    }
}

/// `GET /shows/{id}`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: ShowId = id_of(&id)?;
    let mut tx = ask.db().read().await?;
    let show = visible_show(&mut tx, &ask.cx, id).await?;
    let reading = reading(&ask, &mut tx).await?;
    let filter = Filter::show(id);
    let names = Names::load(&mut tx).await?;
    let mut merchants = Vec::new();
    for one in &show.merchants {
        let filter = filter.clone().merchant(*one);
        let net = Totals::of(&mut tx, Some(&reading), &filter, None).await?.net();
        let seen = reading.sees_records(show.campaign, *one);
        let figure = Figure::text(net.to_string(), filter.href());
        merchants.push((names.of(*one), if seen { figure } else { hidden() }));
    }
    let campaign = reading.campaign(show.campaign).map(|one| one.name.clone());
    let may_run = policy::judges(&ask.cx.actor, &reading, show.campaign);
    let whole = reading.oversees(show.campaign).then_some(());
    let view = View {
        page: ask.page(&show.title, "/campaigns"),
        id,
        version: show.version,
        campaign: (campaign.unwrap_or_default(), show.campaign.to_string()),
        state: show.state.label(),
        is_on_air: show.state == ShowState::OnAir && whole.is_some(),
        next: show.state.next().map(next_words),
        slots: show.slots.iter().map(crate::Slot::words).collect(),
        products: show
            .products
            .iter()
            .map(|one| (one.title.clone(), one.product.map(|id| format!("/products/{id}"))))
            .collect(),
        sums: sums(&mut tx, &reading, &filter).await?,
        live: look(&mut tx, &show, whole.is_none().then_some(&reading)).await?,
        days: days(&mut tx, &reading, &show).await?,
        may_run,
        may_change: may_run && show.state != ShowState::Ended,
        wall: show.wall_code.as_ref().filter(|_| may_run).map(|code| format!("/wall/{code}")),
        title: show.title,
        host: show.host,
        platform: show.platform,
        merchants,
    };
    html(&ask, &view)
}

/// What another merchant sold is nobody else's affair.
fn hidden() -> Figure {
    Figure::percent(None, "").or_why("只有这家商户和主办方能看")
}

fn next_words(state: ShowState) -> (&'static str, &'static str) {
    let words = if state == ShowState::OnAir { "开播" } else { "下播" };
    (state.code(), words)
}

/// The net of each day on which it is on the air.
async fn days(tx: &mut db::Tx, reading: &Reading, show: &Show) -> Answer<Vec<Day>> {
    let planned = show.slots.iter().flat_map(|slot| [slot.from_at, slot.to_at]);
    let mut dates: Vec<Date> = planned.map(civil_date).collect();
    dates.dedup();
    let mut days = Vec::new();
    for day in dates {
        let (from, to) = (Some(day), Some(day));
        let filter = Filter { from, to, ..Filter::show(show.id) };
        let totals = Totals::of(tx, Some(reading), &filter, None).await?;
        let verified = filter.clone().state(crate::SaleState::Verified);
        days.push(Day {
            on: day,
            net: Figure::text(totals.net().to_string(), filter.href()),
            verified: Figure::text(totals.verified_net().to_string(), verified.href()),
        });
    }
    Ok(days)
}

/// The running total at this moment: how much of it is verified is how far the bar is.
pub(crate) async fn look(
    tx: &mut db::Tx,
    show: &Show,
    reading: Option<&Reading>,
) -> Answer<live::Progress> {
    let totals = Totals::of(tx, reading, &Filter::show(show.id), None).await?;
    let (net, verified) = (totals.net(), totals.verified_net());
    Ok(live::Progress {
        done: verified.0.max(0),
        total: Some(net.0.max(0)),
        phase: show.state.code().to_owned(),
        text: format!("合计 {net} 元，已核实 {verified} 元"),
        url: None,
    })
}

/// Follows the total of a show until it ends; each look sees what is committed by then.
pub(crate) fn follow(ask: &Ask, id: ShowId, page: String, code: Option<String>) -> Response {
    let (state, lang): (State, _) = (ask.state.clone(), ask.reader.lang);
    live::follow(move || {
        let (state, page, code) = (state.clone(), page.clone(), code.clone());
        async move {
            let mut tx = state.db().read().await?;
            let show = crate::show_by_id(&mut tx, id).await?.ok_or(Refused::NotFound)?;
            // An address that was taken away shows nothing more.
            if code.is_some() && show.wall_code != code {
                return Err(Refused::NotFound);
            }
            let mut now = look(&mut tx, &show, None).await?;
            now.text = lang.say(&now.text).into_owned();
            now.url = (show.state == ShowState::Ended).then_some(page);
            Ok(now)
        }
    })
}

/// `GET /shows/{id}/events`: for who may see the whole total.
pub(crate) async fn events(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: ShowId = id_of(&id)?;
    let mut tx = ask.db().read().await?;
    let show = visible_show(&mut tx, &ask.cx, id).await?;
    let reading = reading(&ask, &mut tx).await?;
    if !reading.oversees(show.campaign) {
        return Err(Refused::Forbidden);
    }
    Ok(follow(&ask, id, format!("/shows/{id}"), None))
}

/// `POST /shows/{id}/turns`
pub(crate) async fn turn(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: ShowId = id_of(&id)?;
    let to = ShowState::from_code(form.get("to"));
    let to = to.ok_or_else(|| Refused::from(SaleError::ShowState))?;
    let mut tx = ask.db().write().await?;
    turn_show(&mut tx, &ask.cx, (id, version_field(&form)), to).await?;
    tx.commit().await?;
    Ok(see(format_args!("/shows/{id}")))
}

/// `POST /shows/{id}/wall`: a new address for the wall screen, or none.
pub(crate) async fn wall(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: ShowId = id_of(&id)?;
    let told = (id, version_field(&form));
    let mut tx = ask.db().write().await?;
    if form.get("to") == "closed" {
        close_wall(&mut tx, &ask.cx, told).await?;
    } else {
        open_wall(&mut tx, &ask.cx, told).await?;
    }
    tx.commit().await?;
    Ok(see(format_args!("/shows/{id}")))
}
