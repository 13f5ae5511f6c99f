//! Approved settlements of one funder on their way to the bank: the lines of its file, and what
//! the bank then says for many at once.

use db::{Entry, Fault, Tx};
use kernel::{Cx, Fen, Keys};
use merchants::MerchantError;
use serde_json::json;
use web::Refused;

use crate::{
    Denied, SettleError, Settlement, SettlementId, SettlementState, SettlementStep,
    bank_file::Payment,
    policy::{self, Blocked},
    refund::fit_reason,
    settlement::{turn_in_sight, visible},
    settlement_sight::SettlementSight,
};

/// Settlements in one file, and in one step of paying. Banks take files of about as many.
pub(crate) const MOST: usize = 500;

/// Why nothing was paid and there is no file.
#[derive(Debug, thiserror::Error)]
#[error("no payment")]
pub(crate) enum PayError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// One of them is not as it was shown: which, and why.
    Settle(SettlementId, SettleError),
    /// None was named, or too many.
    Count,
    /// They are of more than one funder.
    TwoFunders,
    /// Nothing is due to any of them.
    NothingDue,
    /// These merchants have told no account.
    NoPayee(Vec<String>),
}

impl From<Blocked> for PayError {
    fn from(blocked: Blocked) -> Self {
        match blocked {
            Blocked::Denied(denied) => denied.into(),
            Blocked::Fault(fault) => fault.into(),
        }
    }
}

impl PayError {
    /// What happened, what is safe, what to do.
    pub(crate) fn message(self) -> Result<(u16, String), Refused> {
        let said = match self {
            Self::Denied(denied) => return Err(denied.into()),
            Self::Fault(fault) => return Err(fault.into()),
            Self::Settle(id, why) => {
                let why = Refused::from(why);
                if matches!(why, Refused::NotFound | Refused::Forbidden | Refused::Fault(_)) {
                    return Err(why);
                }
                let message = format!("{id}：{}其余的也都没有动。", why.message());
                return Ok((why.status().as_u16(), message));
            }
            Self::Count => {
                format!("一次要选 1 到 {MOST} 份，没有办，什么也没有改。请重新选。")
            }
            Self::TwoFunders => {
                "选的结算不是同一家出资的，没有办，什么也没有改。请按出资方分开办。".into()
            }
            Self::NothingDue => {
                "选的结算都相抵为零，不用付款，没有出文件。请直接记为已付款。".into()
            }
            Self::NoPayee(names) => {
                let names = names.join("、");
                format!(
                    "这些商户还没有填收款账户：{names}。没有出文件，结算没有改动。\
                     请商户负责人先填，或者先不选它。"
                )
            }
        };
        Ok((422, said))
    }
}

async fn approved(
    tx: &mut Tx,
    cx: &Cx,
    which: &[(SettlementId, i64)],
) -> Result<Vec<Settlement>, PayError> {
    if which.is_empty() || which.len() > MOST {
        return Err(PayError::Count);
    }
    let sight = SettlementSight::of(tx, cx).await?;
    let mut found: Vec<Settlement> = Vec::with_capacity(which.len());
    for (id, version) in which {
        let one = visible(tx, &sight, *id).await?;
        policy::turn(tx, cx, &one, SettlementStep::Pay).await?;
        let state = one.state;
        if state != SettlementState::Approved {
            let step = SettlementStep::Pay;
            return Err(PayError::Settle(*id, SettleError::WrongState { state, step }));
        }
        if one.version != *version || found.iter().any(|other| other.id == one.id) {
            return Err(PayError::Settle(*id, SettleError::Conflict));
        }
        if found.first().is_some_and(|first| first.funder != one.funder) {
            return Err(PayError::TwoFunders);
        }
        found.push(one);
    }
    Ok(found)
}

/// The lines of the bank's file for these settlements, by id and version. Each account that is
/// opened for it stands in the journal. What came out at zero is left out: nothing is to be paid.
pub(crate) async fn bank_payments(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    which: &[(SettlementId, i64)],
) -> Result<Vec<Payment>, PayError> {
    let found = approved(tx, cx, which).await?;
    let (mut payments, mut without) = (Vec::new(), Vec::new());
    for one in found.iter().filter(|one| one.due().0 > 0) {
        let reason = format!("付款，结算 {}", one.id);
        let payee = match merchants::open_payee(tx, cx, keys, one.merchant, &reason).await {
            Ok(payee) => payee,
            Err(MerchantError::NothingKept) => {
                let merchant = merchants::merchant(tx, one.merchant).await?;
                without.push(merchant.map_or_else(|| one.merchant.to_string(), |one| one.name));
                continue;
            }
            Err(MerchantError::Fault(fault)) => return Err(fault.into()),
            Err(other) => return Err(Fault::Invariant(other.to_string()).into()),
        };
        let campaign = campaigns::campaign_by_id(tx, one.campaign).await?;
        let campaign = campaign.map(|one| one.name).unwrap_or_default();
        payments.push(Payment {
            holder: payee.holder,
            account: payee.account,
            bank: payee.bank,
            amount: one.due(),
            purpose: format!("消费券结算 {campaign}"),
            reference: one.id.to_string(),
        });
        let told = json!({ "fen": one.due().0 });
        tx.journal(cx, Entry::on("settlement.exported", one.id).detail(&told));
    }
    without.sort();
    without.dedup();
    if !without.is_empty() {
        return Err(PayError::NoPayee(without));
    }
    if payments.is_empty() { Err(PayError::NothingDue) } else { Ok(payments) }
}

/// Marks them all as paid under the bank's reference, or none.
pub(crate) async fn pay_settlements(
    tx: &mut Tx,
    cx: &Cx,
    which: &[(SettlementId, i64)],
    reference: &str,
) -> Result<Fen, PayError> {
    let found = approved(tx, cx, which).await?;
    if let Some(one) = found.iter().find(|one| one.due().0 > 0)
        && fit_reason(reference).is_none()
    {
        return Err(PayError::Settle(one.id, SettleError::NoWords));
    }
    let sight = SettlementSight::of(tx, cx).await?;
    let step = SettlementStep::Pay;
    for one in &found {
        let which = (one.id, one.version);
        turn_in_sight(tx, cx, &sight, which, step, reference)
            .await
            .map_err(|why| PayError::Settle(one.id, why))?;
    }
    // Each is a sum of redemptions, which together are far below what an i64 holds.
    Ok(Fen(found.iter().map(|one| one.due().0).sum()))
}
