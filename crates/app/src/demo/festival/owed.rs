//! What funders owe the merchants: drawn, confirmed or disputed, approved, paid. Some of it is left
//! on each of these steps, as a visitor of the demo wants to see and take them.

use vouchers::{
    Settlement, SettlementId, SettlementState, SettlementStep, draw_settlements, settlement_by_id,
    turn_settlement,
};

use super::{Festival, Scene, Season, broke, moment};
use crate::{Failure, demo::ground::stopped};

/// A step with all settlements of a campaign.
#[derive(Clone, Copy, Debug)]
pub(super) enum OwedStep {
    Draw,
    /// Merchants confirm, or dispute.
    Confirm,
    /// The organiser answers the first dispute, and its merchant confirms.
    Answer,
    Approve,
    Pay,
}

/// The first that is disputed, and is answered.
const ANSWERED: usize = 2;
/// The one whose dispute stands.
const DISPUTED: usize = 4;
const WHY: &str = "6 月 18 日有一笔退款是别家的，请核对";
const ANSWER: &str = "查过了：那笔退款是本店收银台自己退的，单号已经发过去";
/// Of ten settlements the last ones: nobody has confirmed, approved, paid.
const UNCONFIRMED: usize = 9;
const UNAPPROVED: usize = 8;
const UNPAID: usize = 7;

impl Festival {
    pub(super) async fn settle(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
        step: OwedStep,
    ) -> Result<(), Failure> {
        let fair = self.fair(season)?;
        let (campaign, drawn) = (fair.id, fair.owed.clone());
        if let OwedStep::Draw = step {
            let cx = scene.cx(&self.cast.organiser);
            let until = moment(scene.at.on, 0, 0);
            let drawn = draw_settlements(scene.tx, &cx, campaign, until).await.map_err(broke)?;
            self.fair(season)?.owed = drawn;
            return Ok(());
        }
        for (turn, id) in drawn.into_iter().enumerate() {
            match (step, turn % 10) {
                (OwedStep::Confirm, UNCONFIRMED) => {}
                (OwedStep::Confirm, _) if turn == ANSWERED || turn == DISPUTED => {
                    self.turn_one(scene, id, SettlementStep::Dispute, WHY).await?;
                }
                (OwedStep::Confirm, _) => {
                    self.turn_one(scene, id, SettlementStep::Confirm, "").await?;
                }
                (OwedStep::Answer, _) if turn == ANSWERED => {
                    self.turn_one(scene, id, SettlementStep::Answer, ANSWER).await?;
                    self.turn_one(scene, id, SettlementStep::Confirm, "").await?;
                }
                (OwedStep::Approve, place) if place < UNAPPROVED && turn != DISPUTED => {
                    self.turn_one(scene, id, SettlementStep::Approve, "").await?;
                }
                (OwedStep::Pay, place) if place < UNPAID && turn != DISPUTED => {
                    let reference = format!("演示流水 20210720-{:04}", turn + 1);
                    self.turn_one(scene, id, SettlementStep::Pay, &reference).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes a step as whoever's step it is.
    async fn turn_one(
        &self,
        scene: &mut Scene<'_, '_>,
        id: SettlementId,
        step: SettlementStep,
        words: &str,
    ) -> Result<SettlementState, Failure> {
        let found: Option<Settlement> = settlement_by_id(scene.tx, id).await?;
        let one = found.ok_or_else(|| stopped("结算不见了"))?;
        let actor = match step {
            SettlementStep::Confirm | SettlementStep::Dispute => {
                let shop = self.shops.iter().find(|shop| shop.id == one.merchant);
                &shop.ok_or_else(|| stopped("结算的商户不见了"))?.owner
            }
            SettlementStep::Approve | SettlementStep::Pay => {
                let payer = self.cast.funders.iter().find(|payer| payer.id == one.funder);
                &payer.ok_or_else(|| stopped("结算的出资方不见了"))?.actor
            }
            SettlementStep::Answer | SettlementStep::Withdraw => &self.cast.organiser,
        };
        let cx = scene.cx(actor);
        turn_settlement(scene.tx, &cx, (id, one.version), step, words).await.map_err(broke)
    }
}
