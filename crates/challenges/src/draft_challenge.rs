//! The rules of a challenge are drafted, and changed.

use campaigns::{CampaignId, Sight, SubEventId};
use db::{Entry, Tx};
use kernel::Cx;
use places::Denied;
use serde_json::{Value, json};
use vouchers::batch_by_id;
use web::FieldErrors;

use crate::{
    Challenge, ChallengeError, ChallengeId, ChallengeState, Reading, Rules,
    challenge::check_reward, policy, sight, store,
};

/// Drafts the challenge of a sub-event; a sub-event has one.
pub async fn draft_challenge(
    tx: &mut Tx,
    cx: &Cx,
    (campaign, event): (CampaignId, SubEventId),
    rules: Rules,
) -> Result<ChallengeId, ChallengeError> {
    let sight = Sight::of(tx, cx, campaign).await?.ok_or(Denied::Invisible)?;
    let permit = policy::run(&sight)?;
    if !sight.campaign.state.is_open() {
        return Err(ChallengeError::NotNow);
    }
    let Some(event) = sight::sub_event(tx, campaign, event).await? else {
        let mut errors = FieldErrors::new();
        errors.add("sub_event", "请从列表里选");
        return Err(ChallengeError::Fields(errors));
    };
    let one = Challenge {
        id: cx.new_id(),
        campaign,
        sub_event: event.id,
        state: ChallengeState::Draft,
        rules,
        opened_at: None,
        closed_at: None,
        close_reason: String::new(),
        forgotten_at: None,
        version: 1,
    };
    let mut errors = rules.faults(&event);
    check_batch(tx, &one, &rules, &mut errors).await?;
    if !errors.is_empty() {
        return Err(ChallengeError::Fields(errors));
    }
    if !store::insert_challenge(tx, &permit, &one, cx.now).await? {
        errors.add("sub_event", "这个子活动已经有打卡挑战了，请去改那一个");
        return Err(ChallengeError::Fields(errors));
    }
    tx.journal(cx, Entry::on("challenge.drafted", one.id).detail(&told(&event.name, &rules)));
    Ok(one.id)
}

/// Changes the rules. Once it is open, nothing may be taken away from who began.
pub async fn change_challenge(
    tx: &mut Tx,
    cx: &Cx,
    read: (ChallengeId, i64),
    rules: Rules,
) -> Result<(), ChallengeError> {
    let (reading, permit) = Reading::to_run(tx, cx, read).await?;
    let old = &reading.challenge;
    let mut errors = rules.faults(&reading.event);
    match old.state {
        ChallengeState::Closed => return Err(ChallengeError::WrongState(old.state)),
        ChallengeState::Open => {
            for (field, why) in rules.harms(&old.rules).iter() {
                errors.add(field, why);
            }
        }
        ChallengeState::Draft => {}
    }
    check_batch(tx, old, &rules, &mut errors).await?;
    if !errors.is_empty() {
        return Err(ChallengeError::Fields(errors));
    }
    store::write_rules(tx, &permit, old.id, &rules).await?;
    if old.state == ChallengeState::Open {
        // Who has enough now has completed it; the worker gives them their vouchers.
        store::complete_all(tx, &permit, (old.id, rules.need), cx.now).await?;
    }
    let name = &reading.event.name;
    let detail = json!({
        "name": name, "before": told(name, &old.rules), "after": told(name, &rules),
    });
    tx.journal(cx, Entry::on("challenge.changed", old.id).detail(&detail));
    Ok(())
}

/// Notes what is wrong with the reward that somebody chose.
async fn check_batch(
    tx: &mut Tx,
    one: &Challenge,
    rules: &Rules,
    errors: &mut FieldErrors,
) -> Result<(), ChallengeError> {
    let Some(id) = rules.reward else { return Ok(()) };
    let batch = batch_by_id(tx, id).await?;
    let is_open = one.state == ChallengeState::Open;
    check_reward(rules, one.campaign, batch.as_ref(), is_open, errors);
    if store::is_promised(tx, id, one.id).await? {
        errors.add("reward", "这批券是另一个打卡挑战的奖励，请换一批");
    }
    Ok(())
}

fn told(name: &str, rules: &Rules) -> Value {
    json!({
        "name": name, "in_order": rules.in_order, "need": rules.need,
        "day_limit": rules.day_limit, "reward": rules.reward,
        "from_at": rules.from_at.to_string(), "to_at": rules.to_at.to_string(),
    })
}
