//! What an actor sees of settlements: those of campaigns that they run or oversee, those that
//! their funder pays, those that their merchant is paid.

use campaigns::{Campaign, CampaignId, FunderId, funds, runs};
use db::{Query, Result, Tx};
use kernel::{Actor, Cx, Role, actor::ScopeKind};
use merchants::MerchantId;
use places::{Atlas, Reach};

use crate::{Settlement, SettlementState, SettlementStep};

/// Roles that look at all settlements of the campaigns in their scope.
const OVERSEERS: &[Role] =
    &[Role::Administrator, Role::Organiser, Role::Clerk, Role::Viewer, Role::Auditor];

/// One actor's sight of settlements, as of today.
pub(crate) struct SettlementSight {
    seen: Vec<Campaign>,
    overseen: Vec<CampaignId>,
    run: Vec<CampaignId>,
    merchants: Vec<MerchantId>,
    funders: Vec<FunderId>,
    every_funder: bool,
}

impl SettlementSight {
    /// What the actor of this context sees.
    pub(crate) async fn of(tx: &mut Tx, cx: &Cx) -> Result<Self> {
        let (actor, atlas) = (&cx.actor, Atlas::load(tx, cx.today()).await?);
        let seen = campaigns::campaigns(tx, cx, &atlas).await?;
        let reach = Reach::of(actor, &atlas, OVERSEERS);
        let oversees = |one: &Campaign| {
            reach.all || one.places.iter().any(|place| reach.holds_place(&atlas, *place))
        };
        let ids = |fits: &dyn Fn(&Campaign) -> bool| {
            seen.iter().filter(|one| fits(one)).map(|one| one.id).collect()
        };
        Ok(Self {
            overseen: ids(&oversees),
            run: ids(&|one| runs(actor, &atlas, one)),
            merchants: spoken_for(actor),
            funders: decided_for(actor),
            every_funder: actor.has_citywide(&[Role::Funder]),
            seen,
        })
    }

    /// Whether the actor sees this one.
    pub(crate) fn sees(&self, one: &Settlement) -> bool {
        self.overseen.contains(&one.campaign)
            || self.merchants.contains(&one.merchant)
            || self.every_funder
            || self.funders.contains(&one.funder)
    }

    /// The campaigns that the actor sees at all, newest first.
    pub(crate) fn campaigns(&self) -> &[Campaign] {
        &self.seen
    }

    /// The name of a campaign that the actor sees.
    pub(crate) fn name(&self, id: CampaignId) -> &str {
        self.seen.iter().find(|one| one.id == id).map_or("", |one| &one.name)
    }

    /// Whether the actor runs this campaign.
    pub(crate) fn runs(&self, id: CampaignId) -> bool {
        self.run.contains(&id)
    }

    /// The same as a condition on `s`.
    pub(crate) fn condition(&self) -> Query {
        let mut query = Query::new("(").any_of("s.campaign_id", self.overseen.clone());
        query = query.part(" OR ").any_of("s.merchant_id", self.merchants.clone());
        query.part(" OR ").nested(self.pays()).part(")")
    }

    /// A condition on `s`: the settlements that wait for this step by the actor.
    pub(crate) fn waits_for(&self, step: SettlementStep) -> Query {
        let own = || Query::default().any_of("s.merchant_id", self.merchants.clone());
        let from = |state: SettlementState| {
            Query::new("(s.state = ").with("?", [db::Value::Text(state.to_string())])
        };
        // Who is paid does not pay: the same people may hold both.
        let pays = |query: Query| {
            let query = query.part(" AND ").nested(self.pays());
            query.part(" AND NOT ").nested(own())
        };
        let query = match step {
            SettlementStep::Confirm => from(SettlementState::Drawn).part(" AND ").nested(own()),
            SettlementStep::Approve => pays(from(SettlementState::Confirmed)),
            SettlementStep::Pay => pays(from(SettlementState::Approved)),
            SettlementStep::Answer => from(SettlementState::Disputed)
                .part(" AND ")
                .any_of("s.campaign_id", self.run.clone()),
            // Nobody has to.
            SettlementStep::Dispute | SettlementStep::Withdraw => Query::new("(FALSE"),
        };
        query.part(")")
    }

    fn pays(&self) -> Query {
        if self.every_funder {
            return Query::new("TRUE");
        }
        Query::default().any_of("s.funder_id", self.funders.clone())
    }
}

/// The merchants that the actor speaks for. A cashier does not: what is owed is the owner's.
fn spoken_for(actor: &Actor) -> Vec<MerchantId> {
    let scopes = actor.scopes(&[Role::Merchant]).into_iter();
    let own = scopes.filter(|scope| scope.kind == ScopeKind::Merchant).filter_map(|one| one.id);
    own.map(MerchantId::from_uuid).filter(|id| merchants::speaks_for(actor, *id)).collect()
}

/// The funders that the actor decides for by name.
fn decided_for(actor: &Actor) -> Vec<FunderId> {
    let scopes = actor.scopes(&[Role::Funder]).into_iter();
    let own = scopes.filter(|scope| scope.kind == ScopeKind::Funder).filter_map(|one| one.id);
    own.map(FunderId::from_uuid).filter(|id| funds(actor, *id)).collect()
}
