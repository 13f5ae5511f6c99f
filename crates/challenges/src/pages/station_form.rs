//! The form of a station, new and changed, and its end.

use axum::extract::Path;
use campaigns::active_members;
use db::Tx;
use places::{PlaceId, PlaceKind};
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    ChallengeId, ChallengeStationId, Reading, Station, StationFacts, add_station, change_station,
    close_station,
    pages::{
        form_page::{Choice, Field, FormPage, Takes},
        frame::{id_of, number_field, run, see, version_field},
    },
};

/// `GET /challenges/{id}/stations/new`
pub(crate) async fn new(ask: Ask, Path(id): Path<String>) -> Answer {
    new_form(&ask, &id).await?.show(&ask)
}

async fn new_form(ask: &Ask, id: &str) -> Answer<FormPage> {
    let mut tx = ask.db().read().await?;
    let reading = run(ask, &mut tx, id).await?;
    let action = format!("/challenges/{}/stations", reading.challenge.id);
    form_of(ask, &mut tx, &reading, None, action).await
}

/// `POST /challenges/{id}/stations`
pub(crate) async fn create(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let challenge: ChallengeId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let facts = read_facts(&form, None, &mut errors);
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        let read = (challenge, version_field(&form));
        match add_station(&mut tx, &ask.cx, read, facts).await {
            Ok(_) => {
                tx.commit().await?;
                return Ok(see(format_args!("/challenges/{challenge}#stations")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    new_form(&ask, &id).await?.show_again(&ask, &form, &errors)
}

/// The station of an address with its challenge, for who runs it.
async fn find(ask: &Ask, tx: &mut Tx, id: &str) -> Answer<(Reading, Station)> {
    let found = Reading::of_station(tx, &ask.cx, id_of(id)?).await?;
    let (reading, station) = found.ok_or(Refused::NotFound)?;
    if reading.runs() { Ok((reading, station)) } else { Err(Refused::Forbidden) }
}

/// `GET /challenge-stations/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    change_form(&ask, &id).await?.show(&ask)
}

async fn change_form(ask: &Ask, id: &str) -> Answer<FormPage> {
    let mut tx = ask.db().read().await?;
    let (reading, station) = find(ask, &mut tx, id).await?;
    let action = format!("/challenge-stations/{}", station.id);
    form_of(ask, &mut tx, &reading, Some(&station), action).await
}

/// `POST /challenge-stations/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let mut tx = ask.db().read().await?;
    let (reading, old) = find(&ask, &mut tx, &id).await?;
    drop(tx);
    let mut errors = FieldErrors::new();
    let facts = read_facts(&form, Some(&old), &mut errors);
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        let read = (old.id, version_field(&form));
        match change_station(&mut tx, &ask.cx, read, facts).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(see(format_args!("/challenges/{}#stations", reading.challenge.id)));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    change_form(&ask, &id).await?.show_again(&ask, &form, &errors)
}

/// `POST /challenge-stations/{id}/closures`
pub(crate) async fn close(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let station: ChallengeStationId = id_of(&id)?;
    let mut tx = ask.db().write().await?;
    let read = (station, version_field(&form));
    close_station(&mut tx, &ask.cx, read, form.get("reason")).await?;
    tx.commit().await?;
    let mut tx = ask.db().read().await?;
    let (reading, _) = find(&ask, &mut tx, &id).await?;
    Ok(see(format_args!("/challenges/{}#stations", reading.challenge.id)))
}

/// `10:00` of a minute of the day.
fn typed_clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The minute of the day in a field that must be filled in.
fn clock_field(form: &Form, name: &'static str, errors: &mut FieldErrors) -> i64 {
    let typed = form.required(name, errors);
    let minute = typed.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
        ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
    });
    if minute.is_none() {
        errors.add(name, "时间要写成 10:00 这样");
    }
    // Never used: the error above keeps the verb from being called.
    minute.unwrap_or(-1)
}

fn read_facts(form: &Form, old: Option<&Station>, errors: &mut FieldErrors) -> StationFacts {
    let merchant = form.parsed("merchant", "请从列表里选", errors);
    let place: Option<PlaceId> = form.parsed("place", "请从列表里选", errors);
    let kept = old.map(|old| old.facts.place).filter(|_| merchant.is_some());
    if merchant.is_none() && place.is_none() {
        errors.add("place", "没有商户的打卡点要选地点");
    }
    StationFacts {
        merchant,
        // A member's station is where the member is: the verb looks.
        place: kept.or(place).unwrap_or(const { PlaceId::from_uuid(uuid::Uuid::nil()) }),
        name: form.required("name", errors),
        name_en: form.get("name_en").into(),
        open_from: clock_field(form, "open_from", errors),
        open_to: clock_field(form, "open_to", errors),
        near_minutes: number_field(form, "near_minutes", errors),
    }
}

async fn form_of(
    ask: &Ask,
    tx: &mut Tx,
    reading: &Reading,
    old: Option<&Station>,
    action: String,
) -> Answer<FormPage> {
    let challenge = &reading.challenge;
    let mut merchants = vec![Choice::new("", "没有商户，由主办方看着")];
    let names = merchants::names(tx).await?;
    let mut members: Vec<_> = active_members(tx, challenge.campaign, ask.cx.now)
        .await?
        .into_iter()
        .chain(old.and_then(|old| old.facts.merchant))
        .map(|id| (names.get(&id).cloned().unwrap_or_default(), id))
        .collect();
    members.sort_unstable();
    members.dedup();
    merchants.extend(members.into_iter().map(|(name, id)| Choice::new(id, name)));
    let (text, facts) = (String::new(), old.map(|old| &old.facts));
    let up = format!("/challenges/{}", challenge.id);
    Ok(FormPage {
        heading: if old.is_some() { "改打卡点" } else { "添打卡点" },
        crumbs: vec![
            (reading.campaign.campaign.name.clone(), format!("/campaigns/{}", challenge.campaign)),
            (reading.event.name.clone(), up.clone()),
        ],
        note: "打卡码由商户的手机或屏幕显示，半分钟换一次，不用张贴。",
        action,
        back: up,
        version: Some(challenge.version),
        fields: vec![
            Field::new("name", "打卡点名称", Takes::Line)
                .value(facts.map_or(&text, |one| &one.name)),
            Field::new("name_en", "英文名称", Takes::Line)
                .value(facts.map_or(&text, |one| &one.name_en))
                .optional(),
            Field::new("merchant", "商户", Takes::Choice(merchants))
                .value(facts.and_then(|one| one.merchant).map(|id| id.to_string()).unwrap_or(text))
                .hint("只列确认参加了活动的商户；地点跟着商户走"),
            Field::new("place", "地点", Takes::Choice(place_choices(reading)))
                .value(facts.map(|one| one.place.to_string()).unwrap_or_default())
                .hint("没有商户的打卡点才要选"),
            Field::new("open_from", "从几点开放", Takes::Clock)
                .value(typed_clock(facts.map_or(600, |one| one.open_from))),
            Field::new("open_to", "到几点", Takes::Clock)
                .value(typed_clock(facts.map_or(1290, |one| one.open_to)))
                .hint("和开始一样就是全天"),
            Field::new("near_minutes", "走到最近的另一个打卡点，最快几分钟", Takes::Number)
                .value(facts.map_or(3, |one| one.near_minutes))
                .hint("走得比这还快的打卡，会请你复核，不会直接拒绝"),
        ],
    })
}

/// The campaign's places and everything in them but shops, after “none”.
fn place_choices(reading: &Reading) -> Vec<Choice> {
    let (campaign, atlas) = (&reading.campaign.campaign, &reading.campaign.atlas);
    let all = campaign.places.iter().flat_map(|place| atlas.subtree(*place));
    let is_wide = |id: &PlaceId| atlas.place(*id).is_some_and(|one| one.kind != PlaceKind::Shop);
    let label = |id: PlaceId| {
        let path = atlas.path(id);
        if path.is_empty() { atlas.name(id).to_owned() } else { path }
    };
    let none = std::iter::once(Choice::new("", "跟着商户"));
    none.chain(all.filter(is_wide).map(|id| Choice::new(id, label(id)))).collect()
}
