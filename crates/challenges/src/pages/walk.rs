//! `/c/challenges/{id}`: a challenge for citizens: the stations, how far one is, the code, the
//! reward. Anybody reads it; who signed in with their phone checks in.

use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode},
};
use campaigns::{Campaign, SubEvent, campaign_by_id};
use citizens::device_hint;
use db::Tx;
use kernel::Code as _;
use places::{Atlas, AtlasCache};
use vouchers::batch_by_id;
use web::{Answer, Ask, Form, Page, Refused, filters, html, html_with};

use crate::{
    Challenge, ChallengeId, ChallengeState, KEPT_DAYS, Progress, RewardState, Station, Verdict,
    Visit, VisitAsk, VisitRefused, ask_reward, check_in,
    judge::next,
    pages::frame::{goal, id_of, limit, moment, number, phone, pick, see},
    progress_of, sight,
    station_code::{Age, StationCode, StationCodes, typed},
    store,
};

struct Stop {
    name: String,
    place: String,
    hours: Option<String>,
    /// A word on where one is with it.
    state: &'static str,
    is_done: bool,
    is_next: bool,
    closed: Option<String>,
}

/// What was said of one's latest visit.
struct Said {
    /// The notice's class.
    sort: &'static str,
    station: String,
    words: &'static str,
    /// Why, and what to do.
    more: String,
}

/// A visit of one's own that does not count, or not yet.
struct Own {
    station: String,
    at: String,
    verdict: &'static str,
    reason: &'static str,
    said: String,
}

#[derive(Template)]
#[template(path = "walk.html")]
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct View {
    page: Page,
    id: ChallengeId,
    name: String,
    about: String,
    phone: String,
    festival: Option<(String, String)>,
    from: String,
    to: String,
    need: i64,
    goal: String,
    limit: Option<String>,
    reward_name: Option<String>,
    kept: String,
    /// Why nobody checks in now.
    shut: Option<&'static str>,
    close_reason: String,
    stops: Vec<Stop>,
    is_citizen: bool,
    done: i64,
    waiting: Option<String>,
    percent: i64,
    reward: RewardState,
    wallet: Option<String>,
    may_ask: bool,
    others: Vec<Own>,
    said: Option<Said>,
    code: String,
    refused: Option<String>,
}

/// Everything that the page is made of.
struct Seen {
    challenge: Challenge,
    event: SubEvent,
    campaign: Option<Campaign>,
    stations: Vec<Station>,
    progress: Option<Progress>,
    reward_name: Option<String>,
}

async fn look(ask: &Ask, tx: &mut Tx, id: ChallengeId) -> Answer<Seen> {
    let found = store::challenge_by_id(tx, id).await?.filter(Challenge::is_public);
    let challenge = found.ok_or(Refused::NotFound)?;
    let progress = match ask.cx.actor.citizen() {
        Some(citizen) => progress_of(tx, id, citizen).await?,
        None => None,
    };
    let reward_name = match challenge.rules.reward {
        Some(batch) => batch_by_id(tx, batch).await?.map(|batch| batch.terms.name),
        None => None,
    };
    Ok(Seen {
        event: sight::event(tx, &challenge).await?,
        campaign: campaign_by_id(tx, challenge.campaign).await?,
        stations: store::stations_of(tx, id).await?,
        challenge,
        progress,
        reward_name,
    })
}

/// `GET /c/challenges/{id}`; with `visit=` it says what that one came to.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    render(&ask, id_of(&id)?, StatusCode::OK, (query.get("visit"), "", None)).await
}

async fn render(
    ask: &Ask,
    id: ChallengeId,
    status: StatusCode,
    (visit, code, refused): (&str, &str, Option<String>),
) -> Answer {
    let mut tx = ask.db().read().await?;
    let seen = look(ask, &mut tx, id).await?;
    let atlas = ask.state.part::<AtlasCache>().at(&mut tx, ask.cx.today()).await?;
    drop(tx);
    let (challenge, rules) = (&seen.challenge, &seen.challenge.rules);
    let visits = seen.progress.as_ref().map(|one| one.visits.as_slice()).unwrap_or_default();
    let done = seen.progress.as_ref().map_or(0, |one| one.accepted);
    let walker = seen.progress.as_ref().map(|one| &one.walker);
    let reward = walker.map_or(RewardState::None, |walker| walker.reward);
    let latest = visits.iter().find(|one| one.id.to_string() == visit);
    let view = View {
        page: phone(ask, "打卡挑战", &format!("/c/challenges/{id}")),
        id,
        name: pick(ask, &seen.event.name, &seen.event.name_en).to_owned(),
        about: pick(ask, &seen.event.about, &seen.event.about_en).to_owned(),
        phone: number(ask, seen.campaign.as_ref()),
        festival: seen.campaign.as_ref().filter(|one| one.is_public()).map(|one| {
            (format!("/festival/{}", one.slug), pick(ask, &one.name, &one.name_en).to_owned())
        }),
        from: moment(rules.from_at),
        to: moment(rules.to_at),
        need: rules.need,
        goal: goal(rules),
        limit: limit(rules),
        reward_name: seen.reward_name.clone(),
        kept: format!(
            "只记编号、打卡点、时间和结果，不取位置。结束 {KEPT_DAYS} 天后自动去掉编号。"
        ),
        shut: shut(ask, &seen),
        close_reason: challenge.close_reason.clone(),
        stops: stops(ask, &atlas, &seen),
        is_citizen: ask.cx.actor.citizen().is_some(),
        done,
        waiting: waiting(visits),
        percent: (done * 100 / rules.need.max(1)).min(100),
        reward,
        wallet: walker.and_then(|one| one.voucher).map(|id| format!("/c/wallet/{id}")),
        may_ask: done >= rules.need && reward != RewardState::Given,
        others: others(ask, &seen, visits),
        said: latest.map(|one| said(ask, &seen, one)),
        code: code.to_owned(),
        refused,
    };
    html_with(ask, status, &view)
}

/// How many visits a person still waits for, in words.
fn waiting(visits: &[Visit]) -> Option<String> {
    let count = visits.iter().filter(|one| one.verdict == Verdict::Reviewed).count();
    (count > 0).then(|| format!("{count} 个等复核"))
}

fn shut(ask: &Ask, seen: &Seen) -> Option<&'static str> {
    let (one, now) = (&seen.challenge, ask.cx.now);
    match one.state {
        _ if !seen.event.stands() => Some("这个挑战取消了"),
        ChallengeState::Closed => Some("挑战已经结束"),
        _ if now < one.rules.from_at => Some("挑战还没有开始"),
        _ if now >= one.rules.to_at => Some("挑战已经结束"),
        _ => None,
    }
}

fn name_of(ask: &Ask, seen: &Seen, visit: &Visit) -> String {
    let found = seen.stations.iter().find(|one| one.id == visit.station);
    found.map(|one| pick(ask, &one.facts.name, &one.facts.name_en).to_owned()).unwrap_or_default()
}

fn stops(ask: &Ask, atlas: &Atlas, seen: &Seen) -> Vec<Stop> {
    let visits = seen.progress.as_ref().map(|one| one.visits.as_slice()).unwrap_or_default();
    let verdict_at = |station: &Station| {
        let stands = |one: &&Visit| one.verdict != Verdict::Rejected;
        visits.iter().filter(stands).find(|one| one.station == station.id).map(|one| one.verdict)
    };
    let visited = |id| visits.iter().any(|v| v.station == id && v.verdict != Verdict::Rejected);
    let next = next(&seen.stations, visited).filter(|_| seen.challenge.rules.in_order);
    let stop = |station: &Station| {
        let verdict = verdict_at(station);
        let is_next = next.is_some_and(|one| one.id == station.id);
        Stop {
            name: pick(ask, &station.facts.name, &station.facts.name_en).to_owned(),
            place: atlas.path(station.facts.place),
            hours: station.facts.hours(),
            state: match verdict {
                Some(Verdict::Accepted) => "打过了",
                Some(_) => "等复核",
                None if !station.stands() => "停了",
                None if is_next => "下一个",
                None => "还没打",
            },
            is_done: verdict == Some(Verdict::Accepted),
            is_next,
            closed: station.closed.as_ref().map(|(_, why)| why.clone()),
        }
    };
    let mine = |one: &&Station| one.stands() || verdict_at(one).is_some();
    seen.stations.iter().filter(mine).map(stop).collect()
}

fn others(ask: &Ask, seen: &Seen, visits: &[Visit]) -> Vec<Own> {
    let told = visits.iter().filter(|one| one.verdict != Verdict::Accepted);
    let own = told.map(|one| Own {
        station: name_of(ask, seen, one),
        at: moment(one.at),
        verdict: one.verdict.label(),
        reason: one.reason.map_or("", kernel::Code::label),
        said: one.said.clone(),
    });
    own.take(10).collect()
}

fn said(ask: &Ask, seen: &Seen, visit: &Visit) -> Said {
    let (sort, words) = match visit.verdict {
        Verdict::Accepted => ("ok", "打卡成功"),
        Verdict::Reviewed => ("warn", "记下了，等工作人员复核"),
        Verdict::Rejected => ("err", "这一次不算"),
    };
    Said {
        sort,
        station: name_of(ask, seen, visit),
        words,
        more: match visit.reason.filter(|_| visit.verdict != Verdict::Accepted) {
            Some(reason) => format!("{}。{}", reason.label(), reason.advice()),
            None => String::new(),
        },
    }
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmView {
    page: Page,
    id: ChallengeId,
    event: String,
    phone: String,
    /// The station, when the code is good.
    station: Option<String>,
    code: String,
}

/// `GET /c/challenges/{id}/visits/new?code=`: where a scanned code leads. It writes nothing: the
/// button does.
pub(crate) async fn confirm(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: ChallengeId = id_of(&id)?;
    let query = Form::parse(ask.query.as_bytes());
    let mut tx = ask.db().read().await?;
    let seen = look(&ask, &mut tx, id).await?;
    drop(tx);
    let code = typed(query.get("code"));
    let codes = StationCodes::new(&ask.state.site().keys);
    let station = code.and_then(|code| {
        let one = seen.stations.iter().find(|one| one.turn == code.turn())?;
        (codes.age(one.id, code, ask.cx.now) == Age::Fresh).then_some(one)
    });
    let name = |one: &Station| pick(&ask, &one.facts.name, &one.facts.name_en).to_owned();
    let view = ConfirmView {
        page: phone(&ask, "打卡", &format!("/c/challenges/{id}")),
        id,
        event: pick(&ask, &seen.event.name, &seen.event.name_en).to_owned(),
        phone: number(&ask, seen.campaign.as_ref()),
        station: station.map(name),
        code: code.map(StationCode::bare).unwrap_or_default(),
    };
    html(&ask, &view)
}

/// `POST /c/challenges/{id}/visits`
pub(crate) async fn visit(
    ask: Ask,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let id: ChallengeId = id_of(&id)?;
    let device = device_hint(&ask, &headers);
    let asked = VisitAsk { challenge: id, code: form.get("code"), device };
    match check_in(&ask.state, &ask.cx, asked).await {
        Ok(done) => Ok(see(format_args!("/c/challenges/{id}?visit={}", done.visit.id))),
        Err(refused @ (VisitRefused::NotFound | VisitRefused::Fault(_))) => Err(refused.into()),
        Err(refused) => {
            let refused = Refused::from(refused);
            let again = ("", form.get("code"), Some(refused.message()));
            render(&ask, id, refused.status(), again).await
        }
    }
}

/// `POST /c/challenges/{id}/rewards`
pub(crate) async fn reward(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: ChallengeId = id_of(&id)?;
    ask_reward(&ask.state, &ask.cx, id).await?;
    Ok(see(format_args!("/c/challenges/{id}#reward")))
}
