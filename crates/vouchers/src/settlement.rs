//! What a funder owes a merchant, from the lines that it lists to the day it is paid.

use campaigns::{CampaignId, FunderId};
use db::{Entry, Fault, Tx};
use jiff::Timestamp;
use kernel::{Code as _, Cx, Fen, code_enum, id_kind};
use merchants::MerchantId;
use serde_json::json;
use web::Refused;

use crate::{Denied, policy, refund::fit_reason, settlement_sight::SettlementSight, store};

id_kind!(SettlementKind, SettlementId, "vst");

code_enum! {
    /// Where a settlement stands.
    pub enum SettlementState {
        Drawn = "drawn" "等商户确认",
        Confirmed = "confirmed" "等出资方批准",
        Approved = "approved" "等付款",
        Paid = "paid" "已付款",
        Disputed = "disputed" "有异议",
        Withdrawn = "withdrawn" "已撤回",
    }
}

code_enum! {
    /// What can be done with a settlement.
    pub enum SettlementStep {
        Confirm = "confirm" "确认",
        Approve = "approve" "批准",
        Pay = "pay" "记为已付款",
        Dispute = "dispute" "提出异议",
        Answer = "answer" "答复异议，重新确认",
        Withdraw = "withdraw" "撤回",
    }
}

impl SettlementState {
    /// Where a step leads; `None` where it cannot be taken.
    pub const fn after(self, step: SettlementStep) -> Option<Self> {
        use SettlementStep as Step;
        match (self, step) {
            (Self::Drawn, Step::Confirm) => Some(Self::Confirmed),
            (Self::Confirmed, Step::Approve) => Some(Self::Approved),
            (Self::Approved, Step::Pay) => Some(Self::Paid),
            (Self::Drawn | Self::Confirmed, Step::Dispute) => Some(Self::Disputed),
            (Self::Disputed, Step::Answer) => Some(Self::Drawn),
            (Self::Drawn | Self::Disputed, Step::Withdraw) => Some(Self::Withdrawn),
            _ => None,
        }
    }
}

/// A settlement; its amounts are sums over its lines, read with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Which.
    pub id: SettlementId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Who pays.
    pub funder: FunderId,
    /// Who is paid.
    pub merchant: MerchantId,
    /// Of what was written before this instant.
    pub until: Timestamp,
    /// Where it stands.
    pub state: SettlementState,
    /// Why it is disputed or was withdrawn, or what answered a dispute; else empty.
    pub reason: String,
    /// The bank's reference, once it is paid; else empty.
    pub reference: String,
    /// For two people at once.
    pub version: i64,
    /// How many redemptions it lists.
    pub redemptions: i64,
    /// Their sum.
    pub redeemed: Fen,
    /// How many refunds it lists.
    pub refunds: i64,
    /// Their sum.
    pub refunded: Fen,
    /// When it was drawn.
    pub drawn_at: Timestamp,
}

impl Settlement {
    /// What is owed.
    pub fn due(&self) -> Fen {
        Fen(self.redeemed.0 - self.refunded.0)
    }

    /// How many lines it has.
    pub fn lines(&self) -> i64 {
        self.redemptions + self.refunds
    }

    /// Whether a step needs words: a reason, an answer, or the bank's reference. Where nothing is
    /// due, the bank has nothing to refer to.
    pub fn asks_words(&self, step: SettlementStep) -> bool {
        match step {
            SettlementStep::Dispute | SettlementStep::Answer | SettlementStep::Withdraw => true,
            SettlementStep::Pay => self.due().0 != 0,
            SettlementStep::Confirm | SettlementStep::Approve => false,
        }
    }
}

/// Why a settlement stays as it was.
#[derive(Debug, thiserror::Error)]
#[error("the settlement stays as it was")]
pub enum SettleError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// From this state the step cannot be taken.
    WrongState {
        /// Where it stands.
        state: SettlementState,
        /// What was tried.
        step: SettlementStep,
    },
    /// No reason, or no reference of the bank.
    NoWords,
    /// Somebody else changed it meanwhile.
    Conflict,
}

impl From<SettleError> for Refused {
    fn from(error: SettleError) -> Self {
        match error {
            SettleError::Denied(denied) => denied.into(),
            SettleError::Fault(fault) => fault.into(),
            SettleError::WrongState { state, step } => Self::conflict(
                "settlement-state",
                format!(
                    "这份结算现在是“{}”，不能“{}”，没有改动。请刷新看看。",
                    state.label(),
                    step.label()
                ),
            ),
            SettleError::NoWords => Self::unprocessable(
                "no-words",
                "要写 1 到 200 个字：异议和撤回写原因，答复写答复，付款写银行流水号。没有改动。",
            ),
            SettleError::Conflict => Self::conflict(
                "settlement-changed",
                "这份结算刚被别人改过，没有改动。请刷新，看过再办。",
            ),
        }
    }
}

/// Stands for the bank's reference where what was spent came back to the last fen.
const NOTHING_DUE: &str = "相抵为零，不用付款";

/// Draws a settlement for each merchant and funder of a campaign, of everything before an instant
/// that stands in none yet. Where more was refunded than redeemed nothing is drawn: the lines wait
/// for the next time. Nor is one without lines, when somebody else drew them a moment before.
pub async fn draw_settlements(
    tx: &mut Tx,
    cx: &Cx,
    campaign: CampaignId,
    until: Timestamp,
) -> Result<Vec<SettlementId>, SettleError> {
    let permit = policy::run(tx, cx, campaign).await?;
    let until = until.min(cx.now);
    let mut drawn = Vec::new();
    for open in store::settlements_read::unsettled(tx, campaign, until).await? {
        let id: SettlementId = cx.new_id();
        let (of, lines) = ((campaign, open.funder, open.merchant), (until, id));
        let one = store::settlements::draw(tx, &permit, cx, of, lines).await?;
        let Some(one) = one.filter(|one| one.lines() > 0 && one.due().0 >= 0) else {
            store::settlements::undraw(tx, &permit, id).await?;
            continue;
        };
        let told = json!({ "merchant": one.merchant, "funder": one.funder, "fen": one.due().0 });
        tx.journal(cx, Entry::on("settlement.drawn", id).detail(&told));
        drawn.push(id);
    }
    Ok(drawn)
}

/// A settlement, if it is in sight.
pub(crate) async fn visible(
    tx: &mut Tx,
    sight: &SettlementSight,
    id: SettlementId,
) -> Result<Settlement, policy::Blocked> {
    let one = store::settlements::one(tx, id).await?.ok_or(Denied::Invisible)?;
    policy::see_settlement(sight, &one)?;
    Ok(one)
}

/// Takes a step with a settlement: the merchant confirms, the funder approves and pays, either
/// disputes, who runs the campaign answers or withdraws.
pub async fn turn_settlement(
    tx: &mut Tx,
    cx: &Cx,
    which: (SettlementId, i64),
    step: SettlementStep,
    words: &str,
) -> Result<SettlementState, SettleError> {
    let sight = SettlementSight::of(tx, cx).await?;
    turn_in_sight(tx, cx, &sight, which, step, words).await
}

/// The same for who takes a step with many.
pub(crate) async fn turn_in_sight(
    tx: &mut Tx,
    cx: &Cx,
    sight: &SettlementSight,
    (id, version): (SettlementId, i64),
    step: SettlementStep,
    words: &str,
) -> Result<SettlementState, SettleError> {
    let one = visible(tx, sight, id).await?;
    let permit = policy::turn(tx, cx, &one, step).await?;
    let state = one.state;
    let next = state.after(step).ok_or(SettleError::WrongState { state, step })?;
    let words = match fit_reason(words) {
        words if one.asks_words(step) => words.ok_or(SettleError::NoWords)?,
        words if step == SettlementStep::Pay => words.unwrap_or_else(|| NOTHING_DUE.into()),
        _ => String::new(),
    };
    let turn = (version, step, next);
    if !store::settlements::turn(tx, &permit, cx, &one, turn, &words).await? {
        return Err(SettleError::Conflict);
    }
    if step == SettlementStep::Withdraw {
        // Its lines are free for the next one.
        store::settlements::free_lines(tx, &permit, id).await?;
    }
    let verb = match step {
        SettlementStep::Confirm => "settlement.confirmed",
        SettlementStep::Approve => "settlement.approved",
        SettlementStep::Pay => "settlement.paid",
        SettlementStep::Dispute => "settlement.disputed",
        SettlementStep::Answer => "settlement.answered",
        SettlementStep::Withdraw => "settlement.withdrawn",
    };
    let told = json!({ "fen": one.due().0, "words": words });
    tx.journal(cx, Entry::on(verb, id).detail(&told));
    Ok(next)
}

#[cfg(test)]
mod tests {
    use kernel::Code as _;

    use super::*;

    #[test]
    fn what_is_paid_or_withdrawn_stays_so_and_nothing_is_paid_without_both() {
        for step in SettlementStep::ALL {
            assert_eq!(SettlementState::Paid.after(*step), None);
            assert_eq!(SettlementState::Withdrawn.after(*step), None);
        }
        for state in SettlementState::ALL {
            let paid = state.after(SettlementStep::Pay);
            assert_eq!(paid.is_some(), *state == SettlementState::Approved);
        }
    }
}
