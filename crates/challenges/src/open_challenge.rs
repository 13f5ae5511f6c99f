//! A challenge is opened, and its reward's batch with it: from then on that batch is given to who
//! completes it, and to nobody else.

use campaigns::is_active_member;
use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;
use vouchers::{batch_by_id, open_batch, reserve_batch};
use web::FieldErrors;

use crate::{ChallengeError, ChallengeId, ChallengeState, Reading, challenge::check_reward, store};

/// Opens a draft with enough stations, each of a merchant that takes part, and with a batch that
/// its funder approved.
pub async fn open_challenge(
    tx: &mut Tx,
    cx: &Cx,
    read: (ChallengeId, i64),
) -> Result<(), ChallengeError> {
    let (reading, permit) = Reading::to_run(tx, cx, read).await?;
    let (one, campaign) = (&reading.challenge, &reading.campaign.campaign);
    if one.state != ChallengeState::Draft {
        return Err(ChallengeError::WrongState(one.state));
    }
    let is_late = cx.now >= one.rules.to_at;
    if !campaign.state.takes_members() || !reading.event.stands() || is_late {
        return Err(ChallengeError::NotNow);
    }
    let standing = reading.stations.iter().filter(|one| one.stands());
    let (stations, need) = (standing.clone().count() as i64, one.rules.need);
    if stations < need {
        return Err(ChallengeError::TooFewStations { stations, need });
    }
    for station in standing {
        let Some(merchant) = station.facts.merchant else { continue };
        if !is_active_member(tx, campaign.id, merchant, cx.now).await? {
            return Err(ChallengeError::NotAMember(station.facts.name.clone()));
        }
    }
    let reward = one.rules.reward.ok_or(ChallengeError::NoReward)?;
    let batch = batch_by_id(tx, reward).await?.ok_or(ChallengeError::NoReward)?;
    let mut errors = FieldErrors::new();
    check_reward(&one.rules, campaign.id, Some(&batch), false, &mut errors);
    if !errors.is_empty() {
        return Err(ChallengeError::Fields(errors));
    }
    reserve_batch(tx, cx, reward, batch.version).await?;
    open_batch(tx, cx, reward, batch.version + 1).await?;
    store::write_state(tx, &permit, one.id, (ChallengeState::Open, cx.now, "")).await?;
    let detail = json!({ "name": reading.event.name, "stations": stations, "need": need });
    tx.journal(cx, Entry::on("challenge.opened", one.id).detail(&detail));
    Ok(())
}
