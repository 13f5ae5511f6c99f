//! Stations are added, changed and closed.

use db::{Entry, Tx};
use kernel::Cx;
use places::Denied;
use serde_json::json;

use crate::{
    ChallengeError, ChallengeId, ChallengeState, ChallengeStationId, Reading, Station,
    StationFacts, challenge::MOST_STATIONS, close_challenge::fit_reason, store,
};

/// Adds a station behind the others. That harms nobody: it is no more that is needed.
pub async fn add_station(
    tx: &mut Tx,
    cx: &Cx,
    read: (ChallengeId, i64),
    facts: StationFacts,
) -> Result<ChallengeStationId, ChallengeError> {
    let (reading, permit) = Reading::to_run(tx, cx, read).await?;
    still_open(&reading)?;
    let facts = fit(tx, cx, &reading, None, facts).await?;
    let turn = reading.stations.iter().map(|one| one.turn).max().unwrap_or(0) + 1;
    if turn > MOST_STATIONS {
        return Err(ChallengeError::TooManyStations);
    }
    let challenge = reading.challenge.id;
    let one = Station { id: cx.new_id(), challenge, turn, facts, closed: None };
    store::insert_station(tx, &permit, &one).await?;
    store::raise_version(tx, &permit, challenge).await?;
    let detail = json!({ "station": one.id, "title": one.facts.name });
    tx.journal(cx, Entry::on("challenge.station_added", challenge).detail(&detail));
    Ok(one.id)
}

/// Changes what is known of a station. Once the challenge is open it may only become easier to
/// visit.
pub async fn change_station(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (ChallengeStationId, i64),
    facts: StationFacts,
) -> Result<(), ChallengeError> {
    let found = store::station_by_id(tx, id).await?.ok_or(Denied::Invisible)?;
    let (reading, permit) = Reading::to_run(tx, cx, (found.challenge, version)).await?;
    still_open(&reading)?;
    let old = standing(&reading, id)?.clone();
    let facts = fit(tx, cx, &reading, Some(&old), facts).await?;
    let one = Station { facts, ..old.clone() };
    store::update_station(tx, &permit, &one).await?;
    store::raise_version(tx, &permit, one.challenge).await?;
    let facts = |one: &Station| {
        json!({
            "name": one.facts.name, "place": one.facts.place, "merchant": one.facts.merchant,
            "open_from": one.facts.open_from, "open_to": one.facts.open_to,
            "near_minutes": one.facts.near_minutes,
        })
    };
    let detail = json!({
        "station": id, "title": one.facts.name, "before": facts(&old), "after": facts(&one),
    });
    tx.journal(cx, Entry::on("challenge.station_changed", one.challenge).detail(&detail));
    Ok(())
}

/// Closes a station with a reason, which its page tells. What was visited there counts; enough
/// others must be left for who has not been anywhere yet.
pub async fn close_station(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (ChallengeStationId, i64),
    reason: &str,
) -> Result<(), ChallengeError> {
    let found = store::station_by_id(tx, id).await?.ok_or(Denied::Invisible)?;
    let (reading, permit) = Reading::to_run(tx, cx, (found.challenge, version)).await?;
    still_open(&reading)?;
    let old = standing(&reading, id)?;
    let reason = fit_reason(reason)?;
    let stations = reading.stations.iter().filter(|one| one.stands()).count() as i64 - 1;
    let need = reading.challenge.rules.need;
    if reading.challenge.state == ChallengeState::Open && stations < need {
        return Err(ChallengeError::TooFewStations { stations, need });
    }
    store::end_station(tx, &permit, id, (cx.now, &reason)).await?;
    store::raise_version(tx, &permit, old.challenge).await?;
    let detail = json!({ "station": id, "title": old.facts.name, "reason": reason });
    tx.journal(cx, Entry::on("challenge.station_closed", old.challenge).detail(&detail));
    Ok(())
}

fn still_open(reading: &Reading) -> Result<(), ChallengeError> {
    match reading.challenge.state {
        ChallengeState::Closed => Err(ChallengeError::WrongState(ChallengeState::Closed)),
        ChallengeState::Draft | ChallengeState::Open => Ok(()),
    }
}

/// A station that was not closed, read again under the challenge's lock.
fn standing(reading: &Reading, id: ChallengeStationId) -> Result<&Station, ChallengeError> {
    let old = reading.station(id).ok_or(Denied::Invisible)?;
    if old.stands() { Ok(old) } else { Err(ChallengeError::StationOver) }
}

/// What was told of a station, checked. A member's station is where the member is.
async fn fit(
    tx: &mut Tx,
    cx: &Cx,
    reading: &Reading,
    old: Option<&Station>,
    mut facts: StationFacts,
) -> Result<StationFacts, ChallengeError> {
    facts.name = facts.name.trim().to_owned();
    facts.name_en = facts.name_en.trim().to_owned();
    let mut errors = facts.faults();
    let (campaign, atlas) = (&reading.campaign.campaign, &reading.campaign.atlas);
    // The merchant of a running challenge's station stays whoever it is now.
    let is_kept = old.is_some_and(|old| old.facts.merchant == facts.merchant);
    if let Some(id) = facts.merchant.filter(|_| !is_kept) {
        let merchant = merchants::merchant(tx, id).await?;
        let active = campaigns::is_active_member(tx, campaign.id, id, cx.now).await?;
        match merchant.filter(|_| active) {
            Some(merchant) => facts.place = merchant.place,
            None => errors.add("merchant", "请选一家确认参加了活动的商户"),
        }
    }
    if facts.merchant.is_none() && !campaigns::spans(atlas, campaign, facts.place) {
        errors.add("place", "请选活动地点里的一处");
    }
    let folded = kernel::fold_name(&facts.name);
    let mut others = reading.stations.iter().filter(|one| one.stands());
    let is_taken = others.any(|one| {
        old.is_none_or(|old| old.id != one.id) && kernel::fold_name(&one.facts.name) == folded
    });
    if is_taken {
        errors.add("name", "已经有同名的打卡点，请换一个名称");
    }
    if let Some(old) = old.filter(|_| reading.challenge.state == ChallengeState::Open) {
        for (field, why) in facts.harms(&old.facts).iter() {
            errors.add(field, why);
        }
    }
    if errors.is_empty() { Ok(facts) } else { Err(ChallengeError::Fields(errors)) }
}
