//! `GET /challenge-stations/{id}/code`: the code that a station shows, on the merchant's phone or a
//! screen. Renews itself, with a script or without.

use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderMap, header},
};
use campaigns::Qr;
use web::{Answer, Ask, Form, Page, Refused, filters, html};

use crate::{
    ChallengeState, ChallengeStationId, Reading, STEP_SECONDS,
    pages::frame::{id_of, phone, whole_address},
    policy, sight,
    station_code::StationCodes,
    store,
};

#[derive(Template)]
#[template(path = "code.html", blocks = ["code"])]
struct View {
    page: Page,
    id: ChallengeStationId,
    name: String,
    challenge: String,
    event: String,
    /// Why there is no code now.
    shut: Option<&'static str>,
    digits: String,
    qr: Option<Qr>,
    seconds: i64,
}

/// Shows the page; with `part=code` the code alone.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let id: ChallengeStationId = id_of(&id)?;
    let mut tx = ask.db().read().await?;
    let station = store::station_by_id(&mut tx, id).await?.ok_or(Refused::NotFound)?;
    // Phones ask every three seconds: what a merchant's own people may is known without the tree.
    if !policy::is_own(&ask.cx.actor, &station) {
        let found = Reading::of(&mut tx, &ask.cx, station.challenge).await?;
        let reading = found.ok_or(Refused::NotFound)?;
        if !reading.shows(&ask.cx, &station) {
            let seen = reading.oversees(&ask.cx);
            return Err(if seen { Refused::Forbidden } else { Refused::NotFound });
        }
    }
    let one = store::challenge_by_id(&mut tx, station.challenge).await?.ok_or(Refused::NotFound)?;
    let event = sight::event(&mut tx, &one).await?;
    drop(tx);
    let now = ask.cx.now;
    let shut = match one.state {
        _ if !station.stands() => Some("这个打卡点停了"),
        ChallengeState::Draft => Some("挑战还没有开始"),
        ChallengeState::Closed => Some("挑战已经结束"),
        ChallengeState::Open if now < one.rules.from_at => Some("挑战还没有开始"),
        ChallengeState::Open if now >= one.rules.to_at => Some("挑战已经结束"),
        ChallengeState::Open if !station.facts.is_open_at(now) => Some("现在不在开放时间"),
        ChallengeState::Open => None,
    };
    let code = StationCodes::new(&ask.state.site().keys).show(&station, now);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = format!("/c/challenges/{}/visits/new?code={}", one.id, code.bare());
    let open = shut.is_none();
    let view = View {
        page: phone(&ask, "打卡码", &format!("/challenge-stations/{id}/code")),
        id,
        name: station.facts.name.clone(),
        challenge: format!("/challenges/{}", one.id),
        event: event.name,
        shut,
        digits: if open { code.to_string() } else { String::new() },
        qr: Qr::of(&whole_address(host, &path), ask.t("给顾客扫的打卡码")).filter(|_| open),
        seconds: STEP_SECONDS - now.as_second().rem_euclid(STEP_SECONDS),
    };
    let is_part = Form::parse(ask.query.as_bytes()).get("part") == "code";
    if is_part && ask.fragment { html(&ask, &view.as_code()) } else { html(&ask, &view) }
}
