//! `GET /challenges/{id}/visits`: the visits behind every figure; here the suspected ones are
//! decided.

use askama::Template;
use axum::extract::Path;
use kernel::Code as _;
use web::{Answer, Ask, Form, Page, Refused, filters, html};

use crate::{
    ChallengeStationId, Reading, Review, Verdict, VisitId, WalkerId, give_reward,
    pages::frame::{LINES, Turn, id_of, moment, page_of, reading, see},
    review_visit, store,
    store::Wanted,
    visit::mask,
};

struct Line {
    id: VisitId,
    walker: String,
    walker_href: Option<String>,
    station: String,
    at: String,
    verdict: Verdict,
    reason: Option<&'static str>,
    said: String,
    judged: Option<String>,
}

#[derive(Template)]
#[template(path = "visits.html")]
struct View {
    page: Page,
    href: String,
    name: String,
    campaign: String,
    campaign_name: String,
    /// Which part of the list it is, besides the verdict.
    of: Vec<String>,
    tabs: Vec<(&'static str, String, i64, bool)>,
    lines: Vec<Line>,
    turn: Turn,
    may_review: bool,
    /// Where a decision leads back to.
    back: String,
}

/// What a query asks for.
pub(crate) struct Asked {
    pub(crate) verdict: Option<Verdict>,
    pub(crate) walker: Option<WalkerId>,
    /// The stations that the reader may look at, of those that are asked for; none for all.
    pub(crate) stations: Option<Vec<ChallengeStationId>>,
}

impl Asked {
    /// The query, cut to what the reader may see; a station that they may not is not found.
    pub(crate) fn of(ask: &Ask, reading: &Reading, query: &Form) -> Answer<Self> {
        let station = query.optional("station").map(id_of).transpose()?;
        let walker = query.optional("walker").map(id_of).transpose()?;
        let own = reading.stations.iter().filter(|one| reading.reads(&ask.cx, one));
        let own: Vec<ChallengeStationId> = own.map(|one| one.id).collect();
        let all = reading.oversees(&ask.cx);
        if !all && own.is_empty() {
            return Err(Refused::NotFound);
        }
        let stations = match station {
            Some(one) if own.contains(&one) => Some(vec![one]),
            Some(_) => return Err(Refused::NotFound),
            None if all => None,
            None => Some(own),
        };
        // Who went from shop to shop is not for one of the shops to see.
        if walker.is_some() && !all {
            return Err(Refused::NotFound);
        }
        Ok(Self { verdict: Verdict::from_code(query.get("verdict")), walker, stations })
    }

    pub(crate) fn wanted<'a>(&'a self, reading: &Reading, verdict: Option<Verdict>) -> Wanted<'a> {
        Wanted {
            challenge: reading.challenge.id,
            stations: self.stations.as_deref(),
            verdict,
            walker: self.walker,
        }
    }
}

/// The list's address without the verdict, and in words which part of the whole it is.
fn part_of(reading: &Reading, asked: &Asked, query: &Form, href: &str) -> (String, Vec<String>) {
    let mut list = format!("{href}/visits?");
    for name in ["station", "walker"] {
        if let Some(value) = query.optional(name) {
            list = format!("{list}{name}={value}&");
        }
    }
    let station = query.optional("station").and_then(|id| id.parse().ok());
    let station = station.and_then(|id| reading.station(id)).map(|one| one.facts.name.clone());
    (list, station.into_iter().chain(asked.walker.map(mask)).collect())
}

/// Shows the list.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx, &id).await?;
    let asked = Asked::of(&ask, &reading, &query)?;
    let href = format!("/challenges/{}", reading.challenge.id);
    let (list, of) = part_of(&reading, &asked, &query, &href);
    let all = store::count_visits(&mut tx, &asked.wanted(&reading, None)).await?;
    let mut tabs = vec![("全部", format!("{list}verdict="), all, asked.verdict.is_none())];
    for verdict in Verdict::ALL {
        let count = store::count_visits(&mut tx, &asked.wanted(&reading, Some(*verdict))).await?;
        let to = format!("{list}verdict={verdict}");
        tabs.push((verdict.label(), to, count, asked.verdict == Some(*verdict)));
    }
    let count = tabs.iter().find(|tab| tab.3).map_or(all, |tab| tab.2);
    let place = page_of(&query);
    let part = ((place - 1) * LINES, LINES);
    let wanted = asked.wanted(&reading, asked.verdict);
    let visits = store::list_visits(&mut tx, &wanted, part).await?;
    let name_of = |id| reading.station(id).map(|one| one.facts.name.clone()).unwrap_or_default();
    let oversees = reading.oversees(&ask.cx);
    let line = |one: &crate::Visit| Line {
        id: one.id,
        walker: mask(one.walker),
        walker_href: oversees.then(|| format!("{href}/visits?walker={}", one.walker)),
        station: name_of(one.station),
        at: moment(one.at),
        verdict: one.verdict,
        reason: one.reason.map(kernel::Code::label),
        said: one.said.clone(),
        judged: one.judged_at.map(moment),
    };
    let verdict = asked.verdict.map(|one| one.to_string()).unwrap_or_default();
    let list = format!("{list}verdict={verdict}");
    let view = View {
        page: ask.page("打卡记录", "/campaigns"),
        name: reading.event.name.clone(),
        campaign: reading.challenge.campaign.to_string(),
        campaign_name: reading.campaign.campaign.name.clone(),
        of,
        tabs,
        lines: visits.iter().map(line).collect(),
        turn: Turn::of(&list, place, count),
        may_review: reading.runs(),
        back: verdict,
        href,
    };
    html(&ask, &view)
}

async fn decide(ask: &Ask, id: &str, form: &Form, review: Review) -> Answer {
    let visit: VisitId = id_of(id)?;
    let mut tx = ask.db().write().await?;
    let walker = review_visit(&mut tx, &ask.cx, visit, review).await?;
    tx.commit().await?;
    if walker.completed_at.is_some() {
        // Should this fail, the worker gives it a minute later: the decision stands.
        let _ = give_reward(&ask.state, &ask.cx, walker.id).await;
    }
    let back = Verdict::from_code(form.get("back")).map(|one| one.to_string()).unwrap_or_default();
    Ok(see(format_args!("/challenges/{}/visits?verdict={back}", walker.challenge)))
}

/// `POST /challenge-visits/{id}/acceptances`
pub(crate) async fn accept(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    decide(&ask, &id, &form, Review::Accept).await
}

/// `POST /challenge-visits/{id}/rejections`
pub(crate) async fn reject(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    decide(&ask, &id, &form, Review::Reject(form.get("reason").to_owned())).await
}
