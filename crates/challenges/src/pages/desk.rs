//! `GET /challenges/{id}`: a challenge at the desk: its rules, its stations, how it goes.

use askama::Template;
use axum::extract::Path;
use db::Tx;
use kernel::Code as _;
use vouchers::batch_by_id;
use web::{Answer, Ask, Figure, Form, Page, filters, html};

use crate::{
    Challenge, ChallengeState, Figures, Reading, Station, Verdict, close_challenge, figures,
    figures::Which,
    open_challenge,
    pages::frame::{goal, id_of, limit, moment, reading, see, version_field},
};

struct Line {
    id: String,
    turn: i64,
    name: String,
    whose: String,
    hours: Option<String>,
    near: i64,
    closed: Option<String>,
    /// Accepted, reviewed, rejected; none where the reader may not look.
    visits: Option<[Figure; 3]>,
    may_show: bool,
}

#[derive(Template)]
#[template(path = "desk.html")]
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct View {
    page: Page,
    challenge: Challenge,
    name: String,
    about: String,
    campaign_name: String,
    state: &'static str,
    next: String,
    /// What is there to do first: words and address.
    tasks: Vec<(String, String)>,
    from: String,
    to: String,
    goal: String,
    limit: Option<String>,
    reward: Option<String>,
    is_early: bool,
    may_change: bool,
    may_open: bool,
    may_close: bool,
    walkers: Vec<(&'static str, Figure)>,
    visits: Vec<(&'static str, Figure)>,
    lines: Vec<Line>,
    is_public: bool,
}

/// Shows a challenge.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx, &id).await?;
    let one = &reading.challenge;
    let figures = figures(&mut tx, one.id).await?;
    let reward = match one.rules.reward {
        Some(id) => batch_by_id(&mut tx, id).await?.map(|batch| batch.terms.name),
        None => None,
    };
    let lines = lines(&ask, &mut tx, &reading, &figures).await?;
    let (walkers, visits) = if reading.oversees(&ask.cx) {
        (walker_figures(one, &figures), visit_figures(one, &figures))
    } else {
        (Vec::new(), Vec::new())
    };
    let runs = reading.runs();
    let tasks = tasks(&ask, &reading, &figures);
    let view = View {
        page: ask.page(&reading.event.name, "/campaigns"),
        name: reading.event.name.clone(),
        about: reading.event.about.clone(),
        campaign_name: reading.campaign.campaign.name.clone(),
        state: one.state.label(),
        next: next(&ask, &reading),
        tasks,
        from: moment(one.rules.from_at),
        to: moment(one.rules.to_at),
        goal: goal(&one.rules),
        limit: limit(&one.rules),
        reward,
        is_early: ask.cx.now < one.rules.to_at,
        may_change: runs && one.state != ChallengeState::Closed,
        may_open: runs && one.state == ChallengeState::Draft,
        may_close: runs && one.state == ChallengeState::Open,
        walkers,
        visits,
        lines,
        is_public: one.is_public(),
        challenge: one.clone(),
    };
    html(&ask, &view)
}

/// What has to happen next, in words.
fn next(ask: &Ask, reading: &Reading) -> String {
    let one = &reading.challenge;
    let standing = reading.stations.iter().filter(|one| one.stands()).count() as i64;
    match one.state {
        ChallengeState::Draft if standing < one.rules.need => {
            format!("再添 {} 个打卡点", one.rules.need - standing)
        }
        ChallengeState::Draft if one.rules.reward.is_none() => "选完成后发的券".into(),
        ChallengeState::Draft => "开始挑战".into(),
        ChallengeState::Open if ask.cx.now < one.rules.from_at => "等挑战开始".into(),
        ChallengeState::Open if ask.cx.now < one.rules.to_at => "市民打卡，有疑问的由你复核".into(),
        ChallengeState::Open => "结束挑战".into(),
        ChallengeState::Closed => {
            format!("{} 去掉参加者的编号", moment(one.forgets_at()))
        }
    }
}

/// What waits for the reader: visits to review; the code of their own stations.
pub(crate) fn tasks(ask: &Ask, reading: &Reading, figures: &Figures) -> Vec<(String, String)> {
    let one = &reading.challenge;
    let mut tasks = Vec::new();
    let waiting = figures.visits.reviewed;
    if reading.runs() && waiting > 0 {
        let href = format!("/challenges/{}/visits?verdict=reviewed", one.id);
        tasks.push((format!("有 {waiting} 次打卡等你复核"), href));
    }
    if one.state == ChallengeState::Open && ask.cx.now < one.rules.to_at && !reading.runs() {
        let own = reading.stations.iter().filter(|one| one.stands());
        for station in own.filter(|station| reading.shows(&ask.cx, station)) {
            let words = format!("给顾客看“{}”的打卡码", station.facts.name);
            tasks.push((words, format!("/challenge-stations/{}/code", station.id)));
        }
    }
    tasks
}

pub(crate) fn walker_figures(one: &Challenge, figures: &Figures) -> Vec<(&'static str, Figure)> {
    let figure = |which: &Which| {
        let count = match which {
            Which::Began => figures.began,
            Which::Completed => figures.completed,
            Which::Given => figures.given,
            Which::Unpaid => figures.unpaid,
        };
        let href = format!("/challenges/{}/walkers?which={which}", one.id);
        (which.label(), Figure::count(count, href))
    };
    Which::ALL.iter().map(figure).collect()
}

fn visit_figures(one: &Challenge, figures: &Figures) -> Vec<(&'static str, Figure)> {
    let figure = |verdict: &Verdict| {
        let href = format!("/challenges/{}/visits?verdict={verdict}", one.id);
        (verdict.label(), Figure::count(figures.visits.of(*verdict), href))
    };
    Verdict::ALL.iter().map(figure).collect()
}

async fn lines(ask: &Ask, tx: &mut Tx, reading: &Reading, figures: &Figures) -> Answer<Vec<Line>> {
    let names = merchants::names(tx).await?;
    let atlas = &reading.campaign.atlas;
    let is_on = reading.challenge.state == ChallengeState::Open;
    let line = |station: &Station| {
        let counts = figures.by_station.get(&station.id).copied().unwrap_or_default();
        let figure = |verdict: Verdict| {
            let list = format!("/challenges/{}/visits", station.challenge);
            let href = format!("{list}?verdict={verdict}&station={}", station.id);
            Figure::count(counts.of(verdict), href)
        };
        let merchant = station.facts.merchant.and_then(|id| names.get(&id).cloned());
        let place = atlas.path(station.facts.place);
        Line {
            id: station.id.to_string(),
            turn: station.turn,
            name: station.facts.name.clone(),
            whose: merchant.map_or(place.clone(), |merchant| format!("{merchant}（{place}）")),
            hours: station.facts.hours(),
            near: station.facts.near_minutes,
            closed: station.closed.as_ref().map(|(_, why)| why.clone()),
            visits: reading
                .reads(&ask.cx, station)
                .then(|| [Verdict::Accepted, Verdict::Reviewed, Verdict::Rejected].map(figure)),
            may_show: is_on && station.stands() && reading.shows(&ask.cx, station),
        }
    };
    Ok(reading.stations.iter().map(line).collect())
}

/// `POST /challenges/{id}/openings`
pub(crate) async fn open(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    open_challenge(&mut tx, &ask.cx, (id, version_field(&form))).await?;
    tx.commit().await?;
    Ok(see(format_args!("/challenges/{id}")))
}

/// `POST /challenges/{id}/closures`
pub(crate) async fn close(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    let read = (id, version_field(&form));
    close_challenge(&mut tx, &ask.cx, read, form.get("reason")).await?;
    tx.commit().await?;
    Ok(see(format_args!("/challenges/{id}")))
}
