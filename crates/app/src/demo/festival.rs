//! What the generated city sold together in 2021: three days of live shows in February, the
//! shopping festival of June, and a campaign that runs on the day the demo begins.
//!
//! Everything goes through the verbs of real work, each by an account that may: merchants accept
//! for themselves, nobody approves what they drafted, no total is typed in. It happens in between
//! the ledger's weeks, so that the journal tells one time.

mod cast;
mod challenge;
mod contests;
mod founders;
mod goods;
mod kinds;
mod members;
mod orders;
mod owed;
mod plan;
mod shops;
mod shows;
mod tickets;
mod timeline;

use std::collections::VecDeque;

use campaigns::{CampaignId, SubEventId, SubEventKind};
use challenges::ChallengeId;
use db::Tx;
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{Actor, CitizenNo, Cx, Keys, time::start_of};
use places::Atlas;
use sales::{ContestId, ShowId};

pub(super) use self::cast::Doors;
use self::{
    cast::Cast,
    goods::Good,
    shops::Shop,
    shows::Told,
    tickets::{Batch, Receipt},
    timeline::{Act, When, timeline},
};
use super::{Login, accounts::Actors, days::Calendar, dice::Dice, ground::stopped, world::World};
use crate::Failure;

/// The phone of a citizen who has some vouchers already. No operator gave numbers of this kind to
/// anybody in the demo's autumn.
pub const CITIZEN_PHONE: &str = "19200000000";

/// How large the festival is: a small city has a small one.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Citizens who come.
    citizens: usize,
    /// Orders of a live show.
    orders: usize,
    /// Whether it makes do with half of the merchants.
    is_small: bool,
}

impl Size {
    fn of(units: usize) -> Self {
        Self {
            citizens: (units / 4).clamp(60, 4_000),
            orders: (units / 20).clamp(60, 600),
            is_small: units < 3_000,
        }
    }
}

/// The campaigns, in the order in which they are drafted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Season {
    /// The three days of live shows.
    Winter,
    /// The festival.
    Summer,
    /// What runs when the demo begins.
    Autumn,
}

/// One campaign as it goes on.
struct Fair {
    id: CampaignId,
    events: Vec<(SubEventKind, SubEventId)>,
    /// The shops that take part, by their turn.
    members: Vec<usize>,
    show: Option<ShowId>,
    contest: Option<ContestId>,
    challenge: Option<ChallengeId>,
    /// Sales that were told of one by one.
    told: Vec<Told>,
    /// Settlements that were drawn.
    owed: Vec<vouchers::SettlementId>,
}

impl Fair {
    /// The sub-event of a kind, when it has one.
    fn event(&self, kind: SubEventKind) -> Option<SubEventId> {
        self.events.iter().find(|(one, _)| *one == kind).map(|(_, id)| *id)
    }
}

/// Everything that the festival knows of itself.
pub(super) struct Festival {
    size: Size,
    seed: u64,
    keys: Keys,
    /// Of its own: what is sold changes nothing of the ledger's history.
    dice: Dice,
    cast: Cast,
    doors: Doors,
    /// Accounts that are made on the way and printed.
    pub(super) logins: Vec<Login>,
    to_come: VecDeque<(When, Act)>,
    shops: Vec<Shop>,
    goods: Vec<Good>,
    founders: Vec<merchants::FounderId>,
    fairs: Vec<Fair>,
    citizens: Vec<CitizenNo>,
    batches: Vec<Batch>,
    receipts: Vec<Receipt>,
    /// Bills and orders are numbered through.
    serial: usize,
}

/// One act's place and time.
struct Scene<'s, 'w> {
    tx: &'s mut Tx,
    calendar: &'s Calendar,
    world: &'s mut World<'w>,
    at: When,
}

impl Scene<'_, '_> {
    /// A context of this moment, acted by somebody.
    fn cx(&self, actor: &Actor) -> Cx {
        self.calendar.at(self.at.on, self.at.minute, actor)
    }

    /// The tree of this day.
    async fn atlas(&mut self) -> Result<Atlas, Failure> {
        Ok(Atlas::load(self.tx, self.at.on).await?)
    }
}

/// A day at so many hours and minutes, on the city's clocks.
fn moment(on: Date, hour: i64, minute: i64) -> Timestamp {
    start_of(on) + SignedDuration::from_mins(hour * 60 + minute)
}

/// A verb of the festival refused: the tables contradict its rules, or the database failed.
fn broke(why: impl std::fmt::Debug) -> Failure {
    stopped(format!("{why:?}"))
}

impl Festival {
    /// Everything that is there before anything happens: who pays, who organises, who may sign in.
    pub(super) async fn prepare(
        tx: &mut Tx,
        cx: &Cx,
        (units, seed): (usize, u64),
        keys: &Keys,
        actors: &Actors,
        doors: Doors,
    ) -> Result<Self, Failure> {
        let mut dice = Dice::new(seed ^ 0x0055_2021);
        let mut logins = Vec::new();
        let cast = Cast::call(tx, cx, keys, actors, &doors, &mut dice, &mut logins).await?;
        Ok(Self {
            size: Size::of(units),
            seed,
            keys: keys.clone(),
            dice,
            cast,
            doors,
            logins,
            to_come: timeline(),
            shops: Vec::new(),
            goods: Vec::new(),
            founders: Vec::new(),
            fairs: Vec::new(),
            citizens: Vec::new(),
            batches: Vec::new(),
            receipts: Vec::new(),
            serial: 0,
        })
    }

    /// Lets everything before this moment happen.
    pub(super) async fn happen(
        &mut self,
        tx: &mut Tx,
        world: &mut World<'_>,
        calendar: &Calendar,
        before: Timestamp,
    ) -> Result<(), Failure> {
        while let Some((at, act)) = self.to_come.pop_front_if(|(at, _)| at.instant() < before) {
            let mut scene = Scene { tx: &mut *tx, calendar, world: &mut *world, at };
            self.act(&mut scene, act).await?;
        }
        Ok(())
    }

    async fn act(&mut self, scene: &mut Scene<'_, '_>, act: Act) -> Result<(), Failure> {
        match act {
            Act::Shops => self.open_shops(scene).await,
            Act::Goods => self.show_goods(scene).await,
            Act::Ask => self.ask_merchants(scene).await,
            Act::Founders(turn) => self.walk_with_founders(scene, turn).await,
            Act::Draft(season) => self.draft(scene, season).await,
            Act::Agree(season, funder) => self.agree(scene, season, funder).await,
            Act::Invite(season) => self.invite(scene, season).await,
            Act::Answer(season) => self.answer(scene, season).await,
            Act::Start(season) => self.start(scene, season).await,
            Act::Suspend => self.suspend_one(scene).await,
            Act::End(season) => self.end(scene, season).await,
            Act::Close(season) => self.close(scene, season).await,
            Act::Citizens => self.enrol(scene).await,
            Act::DraftBatches(season) => self.draft_batches(scene, season).await,
            Act::OpenBatches(season) => self.open_batches(scene, season).await,
            Act::Claim(batch, part) => self.claim(scene, batch, part).await,
            Act::Lengthen(batch) => self.lengthen(scene, batch).await,
            Act::Spend(season) => self.spend(scene, season).await,
            Act::GiveBack(season) => self.give_back(scene, season).await,
            Act::TakeBack(batch) => self.take_back(scene, batch).await,
            Act::Expire => self.expire(scene).await,
            Act::Owed(season, step) => self.settle(scene, season, step).await,
            Act::Show(season, step) => self.show(scene, season, step).await,
            Act::Contest(season, step) => self.contest(scene, season, step).await,
            Act::Challenge(season) => self.challenge(scene, season).await,
            Act::Walk(season) => self.walk(scene, season).await,
            Act::Reward(season) => self.reward(scene, season).await,
        }
    }

    /// A campaign that was drafted.
    fn fair(&mut self, season: Season) -> Result<&mut Fair, Failure> {
        self.fairs.get_mut(season as usize).ok_or_else(|| stopped("这次活动还没有起草"))
    }

    /// The actor who speaks for a shop.
    fn owner(&self, shop: usize) -> &Actor {
        &self.shops[shop].owner
    }
}
