//! A campaign from its draft to its end, and the merchants that take part in it.

use campaigns::{
    CampaignId, Member, MemberState, Reply, SectionsPart, activate_members, add_programme_item,
    add_sub_event, answer_invitation, approve_campaign, campaign_by_id, close_campaign,
    draft_campaign, invite_merchants, leave_campaign, settle_campaign, start_campaign,
    suspend_member,
};
use merchants::MerchantId;
use sales::{Filter, Totals};

use super::{Fair, Festival, Scene, Season, broke, plan, shops::Trade};
use crate::{Failure, demo::ground::stopped};

/// What becomes of a merchant that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Takes,
    Declines,
    /// Never answers.
    Waits,
    /// Accepts, and is not confirmed.
    Accepts,
}

/// Of the shops that sell goods, counted from the last: what the summer brings them. The others
/// take part.
const OF_GOODS: [Part; 4] = [Part::Declines, Part::Waits, Part::Accepts, Part::Waits];

impl Festival {
    /// Drafts a campaign with its sub-events and programme.
    pub(super) async fn draft(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let cx = scene.cx(&self.cast.organiser);
        let terms = plan::terms(season, scene.world.ground, &self.cast.funders)?;
        let id = draft_campaign(scene.tx, &cx, terms).await.map_err(broke)?;
        let mut events = Vec::new();
        for new in plan::sub_events(season, scene.world.ground)? {
            let kind = new.kind;
            events.push((kind, add_sub_event(scene.tx, &cx, id, new).await.map_err(broke)?));
        }
        for item in plan::programme(season, &events) {
            add_programme_item(scene.tx, &cx, id, item).await.map_err(broke)?;
        }
        self.fairs.push(Fair {
            id,
            events,
            members: Vec::new(),
            show: None,
            contest: None,
            challenge: None,
            told: Vec::new(),
            owed: Vec::new(),
        });
        Ok(())
    }

    /// A funder agrees, by its own account.
    pub(super) async fn agree(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
        funder: usize,
    ) -> Result<(), Failure> {
        let id = self.fair(season)?.id;
        let version = version(scene, id).await?;
        let cx = scene.cx(&self.cast.funders[funder].actor);
        approve_campaign(scene.tx, &cx, (id, version)).await.map_err(broke)?;
        Ok(())
    }

    /// What becomes of each shop that is asked.
    fn parts(&self, season: Season) -> Vec<(usize, Part)> {
        let mall = self.shops.first().map(|one| one.site);
        let all = (0..self.shops.len())
            .filter(|turn| season != Season::Winter || Some(self.shops[*turn].site) == mall);
        let mut parts: Vec<(usize, Part)> = all.map(|turn| (turn, Part::Takes)).collect();
        let odd = match season {
            Season::Winter => 0,
            Season::Summer if self.size.is_small => 3,
            Season::Summer => OF_GOODS.len(),
            Season::Autumn => 2,
        };
        let goods = parts.iter_mut().rev().filter(|(turn, _)| {
            self.shops[*turn].trade == Trade::Goods && Some(self.shops[*turn].site) != mall
        });
        for ((_, part), odd) in goods.zip(OF_GOODS).take(odd) {
            *part = odd;
        }
        parts
    }

    /// The organiser asks.
    pub(super) async fn invite(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let id = self.fair(season)?.id;
        let all = self.parts(season);
        let all: Vec<MerchantId> = all.iter().map(|(turn, _)| self.shops[*turn].id).collect();
        let cx = scene.cx(&self.cast.organiser);
        invite_merchants(scene.tx, &cx, id, &all).await.map_err(broke)?;
        Ok(())
    }

    /// Each merchant answers by its own account; the organiser confirms who accepted.
    pub(super) async fn answer(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let id = self.fair(season)?.id;
        let mut members = Vec::new();
        for (turn, part) in self.parts(season) {
            let reply = match part {
                Part::Waits => continue,
                Part::Declines => Reply::Decline("店面正在装修，这次不参加".into()),
                Part::Takes | Part::Accepts => Reply::Accept,
            };
            let shop = &self.shops[turn];
            let cx = scene.cx(&shop.owner);
            let whose = (id, shop.id);
            answer_invitation(scene.tx, &cx, whose, 1, reply).await.map_err(broke)?;
            if part == Part::Takes {
                members.push(turn);
            }
        }
        let ids: Vec<MerchantId> = members.iter().map(|turn| self.shops[*turn].id).collect();
        let cx = scene.cx(&self.cast.organiser);
        activate_members(scene.tx, &cx, id, &ids).await.map_err(broke)?;
        self.fair(season)?.members = members;
        Ok(())
    }

    pub(super) async fn start(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let id = self.fair(season)?.id;
        let version = version(scene, id).await?;
        let cx = scene.cx(&self.cast.organiser);
        start_campaign(scene.tx, &cx, (id, version)).await.map_err(broke)
    }

    /// One of the summer's members is suspended, and in a large city another one leaves.
    pub(super) async fn suspend_one(&mut self, scene: &mut Scene<'_, '_>) -> Result<(), Failure> {
        let fair = self.fair(Season::Summer)?;
        let (id, members) = (fair.id, fair.members.clone());
        let goods = |turn: &&usize| self.shops[**turn].trade == Trade::Goods;
        let last: Vec<usize> = members.iter().rev().filter(goods).copied().take(2).collect();
        if let Some(turn) = last.first() {
            let whose = (id, self.shops[*turn].id);
            let version = member(scene, whose).await?.version;
            let cx = scene.cx(&self.cast.organiser);
            let why = "收银机故障，核销对不上账，先停几天";
            suspend_member(scene.tx, &cx, whose, version, why).await.map_err(broke)?;
        }
        if let (Some(turn), false) = (last.get(1), self.size.is_small) {
            let whose = (id, self.shops[*turn].id);
            let version = member(scene, whose).await?.version;
            let cx = scene.cx(self.owner(*turn));
            let why = "搬到别的商场去了";
            leave_campaign(scene.tx, &cx, whose, version, why).await.map_err(broke)?;
        }
        let gone = if self.size.is_small { 1 } else { 2 };
        let gone = &last[..gone.min(last.len())];
        self.fair(Season::Summer)?.members.retain(|turn| !gone.contains(turn));
        Ok(())
    }

    /// The campaign is over for visitors, and with it the claims of its vouchers.
    pub(super) async fn end(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let id = self.fair(season)?.id;
        self.close_batches(scene, season).await?;
        let version = version(scene, id).await?;
        let cx = scene.cx(&self.cast.organiser);
        settle_campaign(scene.tx, &cx, (id, version), "").await.map_err(broke)
    }

    /// A campaign without vouchers is closed when every record of it is decided.
    pub(super) async fn close(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let id = self.fair(season)?.id;
        // What a served site asks of each room is asked of the only one that has anything here.
        let open = Filter::campaign(id).open();
        let open = Totals::of(scene.tx, None, &open, None).await.map_err(broke)?.count();
        if open > 0 {
            return Err(stopped(format!("还有 {open} 条销售记录没有核实完")));
        }
        let version = version(scene, id).await?;
        let cx = scene.cx(&self.cast.organiser);
        let nothing = SectionsPart::default();
        close_campaign(scene.tx, &cx, &nothing, (id, version)).await.map_err(broke)
    }
}

/// The campaign's version, as somebody would read it on its page.
async fn version(scene: &mut Scene<'_, '_>, id: CampaignId) -> Result<i64, Failure> {
    let found = campaign_by_id(scene.tx, id).await?;
    found.map(|one| one.version).ok_or_else(|| stopped("活动不见了"))
}

async fn member(
    scene: &mut Scene<'_, '_>,
    (campaign, merchant): (CampaignId, MerchantId),
) -> Result<Member, Failure> {
    let all = campaigns::members(scene.tx, campaign).await?;
    let found = all.into_iter().find(|one| one.merchant == merchant);
    let active = found.filter(|one| one.state == MemberState::Active);
    active.ok_or_else(|| stopped("商户不在活动里"))
}
