//! A record is verified, questioned, set right or rejected: each with who, when and why.

use db::{Entry, Tx};
use jiff::Timestamp;
use kernel::{Cx, Fen, time::civil_date};
use serde_json::json;

use crate::{
    Filter, Reading, Sale, SaleError, SaleId, SaleState, Side, Source, Step,
    hand_in_sale::{takes_records, visible_sale},
    policy,
    refusal::fit_reason,
    sale::is_amount,
    store,
};

/// Takes a judging step with a record as it was read: verify, question or reject. A question and a
/// rejection need a reason, and take the returns of a sale along.
pub async fn judge_sale(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (SaleId, i64),
    step: Step,
    why: &str,
) -> Result<(), SaleError> {
    let reading = Reading::of(tx, cx).await?;
    store::lock_order(tx, id).await?;
    let sale = visible_sale(tx, &reading, id).await?;
    if sale.version != version {
        return Err(SaleError::Conflict);
    }
    let why = match step {
        Step::Question | Step::Reject => fit_reason(why)?,
        _ => why.trim(),
    };
    judge(tx, cx, &reading, sale, step, why).await
}

async fn judge(
    tx: &mut Tx,
    cx: &Cx,
    reading: &Reading,
    mut sale: Sale,
    step: Step,
    why: &str,
) -> Result<(), SaleError> {
    let permit = policy::judge(&cx.actor, reading, &sale)?;
    let before = sale.state;
    let wrong = SaleError::WrongState { state: before, step };
    let verb = match step {
        Step::Verify => "sale.verified",
        Step::Question => "sale.questioned",
        Step::Reject => "sale.rejected",
        Step::Correct | Step::Withdraw => return Err(wrong),
    };
    sale.state = before.after(step).ok_or(wrong)?;
    if step == Step::Verify {
        may_be_verified(tx, &sale).await?;
    } else if sale.side == Side::Sale {
        // What came back of a sale that is in doubt cannot stand by itself.
        for mut back in store::returns_of(tx, sale.id).await? {
            let follows = match step {
                Step::Question => back.state == SaleState::Verified,
                _ => back.state.counts(),
            };
            if follows {
                back.state = sale.state;
                store::write_step(tx, cx, &permit, &back, why).await?;
            }
        }
    }
    if !store::write_step(tx, cx, &permit, &sale, why).await? {
        return Err(SaleError::Conflict);
    }
    let told = json!({ "before": before, "after": sale.state, "reason": why });
    tx.journal(cx, Entry::on(verb, sale.id).detail(&told));
    Ok(())
}

/// A return after its sale; a declaration that names no order with something that proves it.
async fn may_be_verified(tx: &mut Tx, sale: &Sale) -> Result<(), SaleError> {
    if let Some((origin, _)) = sale.returns_of {
        let origin = store::sale_by_id(tx, origin).await?;
        if origin.is_none_or(|one| one.state != SaleState::Verified) {
            return Err(SaleError::SaleFirst);
        }
    } else if sale.order.is_none() && sale.source == Source::Declaration {
        let evidence = store::evidence_of(tx, sale.id).await?;
        if evidence.is_empty() {
            return Err(SaleError::NoEvidence);
        }
    }
    Ok(())
}

/// How many records one verification takes at most.
pub const TOGETHER: i64 = 500;

/// Verifies what a filter names and waits for it, as far as each may be verified by this actor,
/// sales before returns; answers how many were, and how many were left.
pub async fn verify_all(tx: &mut Tx, cx: &Cx, filter: &Filter) -> Result<(i64, i64), SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let waiting = [SaleState::Submitted, SaleState::Corrected];
    let filter = filter.clone().states(&waiting);
    let contest = match filter.contest {
        Some(id) => store::contest_by_id(tx, id).await?,
        None => None,
    };
    let sales = store::list_sales(tx, &reading, &filter, contest.as_ref(), (0, TOGETHER)).await?;
    let (mut done, mut left) = (0, 0);
    for side in [Side::Sale, Side::Return] {
        for sale in sales.iter().filter(|one| one.side == side) {
            match judge(tx, cx, &reading, sale.clone(), Step::Verify, "").await {
                Ok(()) => done += 1,
                Err(SaleError::Fault(fault)) => return Err(fault.into()),
                Err(_) => left += 1,
            }
        }
    }
    Ok((done, left))
}

/// Sets a questioned record right. It waits for somebody else to verify it then.
pub async fn correct_sale(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (SaleId, i64),
    (amount, sold_at): (Fen, Timestamp),
    why: &str,
) -> Result<(), SaleError> {
    let reading = Reading::of(tx, cx).await?;
    store::lock_order(tx, id).await?;
    let mut sale = visible_sale(tx, &reading, id).await?;
    let permit = policy::correct(&cx.actor, &reading, &sale)?;
    if sale.version != version {
        return Err(SaleError::Conflict);
    }
    let why = fit_reason(why)?;
    let (state, step) = (sale.state, Step::Correct);
    sale.state = state.after(step).ok_or(SaleError::WrongState { state, step })?;
    let campaign = policy::seen(&reading, sale.campaign)?;
    takes_records(campaign)?;
    if !is_amount(amount) {
        return Err(SaleError::field("amount", "金额要大于 0，小于一亿元"));
    }
    fits_its_order(tx, &sale, amount, sold_at).await?;
    let in_time = sale.side == Side::Return || campaign.lasts_on(civil_date(sold_at));
    if sold_at > cx.now || !in_time {
        return Err(SaleError::field("sold_at", "时间要在活动期间，不能晚于现在"));
    }
    let told = json!({
        "before": { "amount": sale.amount.to_string(), "at": sale.sold_at },
        "after": { "amount": amount.to_string(), "at": sold_at },
        "reason": why,
    });
    (sale.amount, sale.sold_at) = (amount, sold_at);
    sale.submitted_by = cx.actor.account();
    if !store::write_step(tx, cx, &permit, &sale, why).await? {
        return Err(SaleError::Conflict);
    }
    tx.journal(cx, Entry::on("sale.corrected", id).detail(&told));
    Ok(())
}

/// Less never came back than nothing, nor more than was sold; and nothing before it was.
async fn fits_its_order(
    tx: &mut Tx,
    sale: &Sale,
    amount: Fen,
    sold_at: Timestamp,
) -> Result<(), SaleError> {
    let origin = sale.returns_of.map_or(sale.id, |(origin, _)| origin);
    let whole = store::sale_by_id(tx, origin).await?.ok_or(SaleError::Conflict)?;
    let others = store::returns_of(tx, origin).await?;
    let others = others.iter().filter(|one| one.state.counts() && one.id != sale.id);
    let back: i64 = others.clone().map(|one| one.amount.0).sum();
    let (sold, back, sold_since) = match sale.side {
        Side::Sale => (amount.0, back, sold_at),
        Side::Return => (whole.amount.0, back + amount.0, whole.sold_at),
    };
    if back > sold {
        return Err(SaleError::TooMuchBack);
    }
    let early = others.map(|one| one.sold_at).any(|at| at < sold_since);
    if early || sold_at < sold_since {
        return Err(SaleError::field("sold_at", "退货时间要在销售以后"));
    }
    Ok(())
}
