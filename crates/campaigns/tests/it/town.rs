//! A small town for tests: two malls of two owners, their merchants, the people around them.

use db::Tx;
use jiff::Timestamp;
use kernel::{Actor, Cx, Date, Fen, Grant, Keys, Role, Scope, actor::ScopeKind, time::start_of};
use merchants::{MerchantId, NewMerchant, register_merchant};
use places::{Atlas, Founding, Front, NewPlace, PlaceId, PlaceKind, create_place, found_city};
use testkit::TestDb;

use campaigns::{
    CampaignId, FunderId, NewFunder, NewSubEvent, Reply, SubEventId, SubEventKind, Terms,
    activate_members, add_sub_event, answer_invitation, approve_campaign, create_funder,
    draft_campaign, invite_merchants, start_campaign,
};

/// A date of 2021.
pub const fn day(month: i8, day: i8) -> Date {
    Date::constant(2021, month, day)
}

/// Ten in the morning of a date.
pub fn ten(on: Date) -> Timestamp {
    start_of(on) + jiff::SignedDuration::from_hours(10)
}

/// Places, merchants, a funder, and an actor of each role.
pub struct Town {
    /// 昆山高新区, in which both malls lie
    pub around: PlaceId,
    pub mall: PlaceId,
    pub other_mall: PlaceId,
    pub shop: MerchantId,
    pub other_shop: MerchantId,
    pub funder: FunderId,
    pub admin: Actor,
    /// Runs the whole town.
    pub organiser: Actor,
    /// Runs one mall alone.
    pub mall_organiser: Actor,
    pub payer: Actor,
    /// Speaks for `shop`.
    pub keeper: Actor,
}

/// Somebody with this role on this scope.
pub fn with(db: &TestDb, role: Role, scope: Scope) -> Actor {
    let grants = [Grant { role, scope }].into();
    Actor::Account { id: db.cx().new_id(), name: "王芳".into(), grants, token: None }
}

pub fn keys() -> Keys {
    Keys::new([7; 32])
}

impl Town {
    pub async fn build(db: &TestDb, tx: &mut Tx) -> Self {
        let cx = db.cx();
        let founded = found_city(tx, &cx, &Founding::kunshan()).await.expect("a city");
        let town = founded.towns[1];
        let mall = place(tx, &cx, town, PlaceKind::Front, "万象汇").await;
        let other_mall = place(tx, &cx, town, PlaceKind::Front, "九方购物中心").await;
        let shop = merchant(tx, &cx, mall, "拾光里").await;
        let other_shop = merchant(tx, &cx, other_mall, "南货铺").await;
        let new = NewFunder { name: "市商务局".into(), account: "6222 0000 1111 2345".into() };
        let funder = create_funder(tx, &cx, &keys(), new).await.expect("a funder");
        let on = |kind, id| Scope::on(kind, id);
        Self {
            around: town,
            mall,
            other_mall,
            shop,
            other_shop,
            funder,
            admin: with(db, Role::Administrator, Scope::CITY),
            organiser: with(db, Role::Organiser, on(ScopeKind::Town, town.uuid())),
            mall_organiser: with(db, Role::Organiser, on(ScopeKind::Place, mall.uuid())),
            payer: with(db, Role::Funder, on(ScopeKind::Funder, funder.uuid())),
            keeper: with(db, Role::Merchant, on(ScopeKind::Merchant, shop.uuid())),
        }
    }

    /// Terms that fit: both malls, all of October, 100,000 yuan.
    pub fn terms(&self) -> Terms {
        Terms {
            slug: "55-2021".into(),
            name: "五五购物节".into(),
            name_en: "Double Five Shopping Festival".into(),
            about: "两家商场一起办。".into(),
            about_en: String::new(),
            phone: String::new(),
            from_on: day(10, 1),
            last_on: day(10, 31),
            places: vec![self.mall, self.other_mall],
            sponsors: Vec::new(),
            pledges: vec![(self.funder, Fen(10_000_000))],
        }
    }

    pub fn fair(&self) -> NewSubEvent {
        NewSubEvent {
            kind: SubEventKind::GoodsFair,
            name: "好货展销".into(),
            name_en: "Goods fair".into(),
            about: String::new(),
            about_en: String::new(),
            place: self.mall,
            from_at: ten(day(10, 2)),
            to_at: ten(day(10, 5)),
        }
    }

    pub fn cx(db: &TestDb, actor: &Actor) -> Cx {
        db.cx().acting_as(actor.clone())
    }

    /// A draft by the organiser, with one sub-event.
    pub async fn drafted(&self, db: &TestDb, tx: &mut Tx) -> (CampaignId, SubEventId) {
        let cx = Self::cx(db, &self.organiser);
        let id = draft_campaign(tx, &cx, self.terms()).await.expect("a draft");
        let event = add_sub_event(tx, &cx, id, self.fair()).await.expect("a sub-event");
        (id, event)
    }

    /// Approved by the funder.
    pub async fn approved(&self, db: &TestDb, tx: &mut Tx) -> CampaignId {
        let (id, _) = self.drafted(db, tx).await;
        let cx = Self::cx(db, &self.payer);
        approve_campaign(tx, &cx, (id, 1)).await.expect("an approval");
        id
    }

    /// With `shop` taking part.
    pub async fn joined(&self, db: &TestDb, tx: &mut Tx) -> CampaignId {
        let id = self.approved(db, tx).await;
        let run = Self::cx(db, &self.organiser);
        invite_merchants(tx, &run, id, &[self.shop]).await.expect("an invitation");
        let own = Self::cx(db, &self.keeper);
        let answer = answer_invitation(tx, &own, (id, self.shop), 1, Reply::Accept).await;
        answer.expect("an acceptance");
        activate_members(tx, &run, id, &[self.shop]).await.expect("a member");
        id
    }

    /// Running.
    pub async fn running(&self, db: &TestDb, tx: &mut Tx) -> CampaignId {
        let id = self.joined(db, tx).await;
        let cx = Self::cx(db, &self.organiser);
        start_campaign(tx, &cx, (id, 2)).await.expect("a start");
        id
    }
}

async fn place(tx: &mut Tx, cx: &Cx, parent: PlaceId, kind: PlaceKind, name: &str) -> PlaceId {
    let new = NewPlace {
        parent,
        kind,
        front: Some(Front::District),
        name: name.into(),
        address: "昆山某路 1 号".into(),
        from: day(1, 1),
    };
    create_place(tx, cx, new).await.expect("a place")
}

pub async fn merchant(tx: &mut Tx, cx: &Cx, place: PlaceId, name: &str) -> MerchantId {
    let atlas = Atlas::load(tx, cx.today()).await.expect("an atlas");
    let new = NewMerchant { name: name.into(), uscc: None, place };
    register_merchant(tx, cx, &atlas, new).await.expect("a merchant")
}
