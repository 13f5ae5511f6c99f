//! A running campaign with a challenge of three stations: two member merchants' and the mall's own.

use campaigns::{
    CampaignId, FunderId, NewFunder, NewSubEvent, Reply, SubEventId, SubEventKind,
    activate_members, add_sub_event, answer_invitation, approve_campaign, create_funder,
    draft_campaign, invite_merchants, start_campaign,
};
use challenges::{
    ChallengeId, Rules, Station, StationFacts, add_station, challenge_by_id, code_now,
    draft_challenge, open_challenge, stations_of,
};
use jiff::SignedDuration;
use kernel::{Actor, Cx, Date, Fen, Grant, Role, Scope, actor::ScopeKind};
use merchants::{MerchantId, NewMerchant, register_merchant};
use places::{Atlas, Founding, Front, NewPlace, PlaceId, PlaceKind, create_place, found_city};
use serde_json::json;
use testkit::{
    TestDb,
    app::{Answer, Script, TestApp},
};
use vouchers::{BatchDraft, BatchId, Stacking, Terms};

/// The site and who is on it. Accounts: `organiser`, `payer`, `viewer`, `keeper` and `cashier` of
/// the first shop, `other` of the second, `guest` of the third, which is no member.
pub(crate) struct Trail {
    pub(crate) app: TestApp,
    pub(crate) campaign: CampaignId,
    pub(crate) funder: FunderId,
    pub(crate) event: SubEventId,
    pub(crate) mall: PlaceId,
    pub(crate) shop: MerchantId,
    pub(crate) other: MerchantId,
    pub(crate) guest: MerchantId,
    pub(crate) batch: BatchId,
    pub(crate) challenge: ChallengeId,
    pub(crate) stations: Vec<Station>,
}

/// How a challenge differs from the usual one: two of three stations, in any order, three minutes
/// apart, a hundred vouchers.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) need: i64,
    pub(crate) in_order: bool,
    pub(crate) day_limit: i64,
    pub(crate) near: i64,
    pub(crate) vouchers: i64,
}

pub(crate) const USUAL: Shape =
    Shape { need: 2, in_order: false, day_limit: 0, near: 3, vouchers: 100 };

/// The routes of a site with challenges.
pub(crate) fn site(db: TestDb) -> TestApp {
    let routes = challenges::routes().merge(vouchers::routes()).merge(campaigns::routes());
    let app = TestApp::with(routes, db);
    challenges::install(&app.state);
    app
}

pub(crate) fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

impl Trail {
    /// Open, and running.
    pub(crate) async fn open(db: TestDb, shape: Shape) -> Self {
        let one = Self::drafted(db, shape).await;
        let run = one.cx("organiser").await;
        let mut tx = one.app.db.write().await.expect("a transaction");
        let version = one.version(&mut tx).await;
        open_challenge(&mut tx, &run, (one.challenge, version)).await.expect("open");
        tx.commit().await.expect("it commits");
        one
    }

    /// All but open.
    pub(crate) async fn drafted(db: TestDb, shape: Shape) -> Self {
        let mut one = Self::festival(db).await;
        let run = one.cx("organiser").await;
        one.batch = one.approved_batch(shape.vouchers).await;
        let rules = Rules { reward: Some(one.batch), ..one.rules(shape) };
        let mut tx = one.app.db.write().await.expect("a transaction");
        let of = (one.campaign, one.event);
        one.challenge = draft_challenge(&mut tx, &run, of, rules).await.expect("a draft");
        for (name, merchant) in
            [("拾光里", Some(one.shop)), ("南货铺", Some(one.other)), ("服务台", None)]
        {
            let facts = StationFacts { merchant, ..one.facts(name, shape.near) };
            let read = (one.challenge, one.version(&mut tx).await);
            add_station(&mut tx, &run, read, facts).await.expect("a station");
        }
        one.stations = stations_of(&mut tx, one.challenge).await.expect("stations");
        tx.commit().await.expect("it commits");
        one
    }

    pub(crate) fn facts(&self, name: &str, near_minutes: i64) -> StationFacts {
        StationFacts {
            merchant: None,
            place: self.mall,
            name: name.into(),
            name_en: format!("{name} in English"),
            open_from: 0,
            open_to: 0,
            near_minutes,
        }
    }

    pub(crate) fn rules(&self, shape: Shape) -> Rules {
        let now = self.app.db.cx().now;
        Rules {
            in_order: shape.in_order,
            need: shape.need,
            day_limit: shape.day_limit,
            reward: None,
            from_at: now - minutes(60),
            to_at: now + minutes(72 * 60),
        }
    }

    pub(crate) async fn version(&self, tx: &mut db::Tx) -> i64 {
        let found = challenge_by_id(tx, self.challenge).await.expect("a read");
        found.expect("a challenge").version
    }

    async fn festival(db: TestDb) -> Self {
        let app = site(db);
        let (db, cx) = (&app.db, app.db.cx());
        let mut tx = db.write().await.expect("a transaction");
        let town = found_city(&mut tx, &cx, &Founding::kunshan()).await.expect("a city").towns[1];
        let new = NewPlace {
            kind: PlaceKind::Front,
            front: Some(Front::District),
            name: "万象汇".into(),
            address: String::new(),
            parent: town,
            from: Date::constant(2021, 1, 1),
        };
        let mall = create_place(&mut tx, &cx, new).await.expect("a place");
        let mut shops = Vec::new();
        for name in ["拾光里", "南货铺", "路过店"] {
            let atlas = Atlas::load(&mut tx, cx.today()).await.expect("a tree");
            let new = NewMerchant { name: name.into(), uscc: None, place: mall };
            shops.push(register_merchant(&mut tx, &cx, &atlas, new).await.expect("a merchant"));
        }
        let new = NewFunder { name: "市商务局".into(), account: "6222 0000 1111 2345".into() };
        let keys = &app.state.site().keys;
        let funder = create_funder(&mut tx, &cx, keys, new).await.expect("a funder");
        tx.commit().await.expect("it commits");
        let at = |shop: MerchantId| Scope::on(ScopeKind::Merchant, shop.uuid());
        for (name, role, scope) in [
            ("organiser", Role::Organiser, Scope::CITY),
            ("viewer", Role::Viewer, Scope::CITY),
            ("payer", Role::Funder, Scope::on(ScopeKind::Funder, funder.uuid())),
            ("keeper", Role::Merchant, at(shops[0])),
            ("cashier", Role::Cashier, at(shops[0])),
            ("other", Role::Merchant, at(shops[1])),
            ("guest", Role::Merchant, at(shops[2])),
        ] {
            app.account(name, &[Grant { role, scope }]).await;
        }
        let nil = uuid::Uuid::nil();
        let mut one = Self {
            app,
            campaign: kernel::Id::from_uuid(nil),
            funder,
            event: kernel::Id::from_uuid(nil),
            mall,
            shop: shops[0],
            other: shops[1],
            guest: shops[2],
            batch: kernel::Id::from_uuid(nil),
            challenge: kernel::Id::from_uuid(nil),
            stations: Vec::new(),
        };
        one.run_campaign().await;
        one
    }

    async fn run_campaign(&mut self) {
        let (run, pay) = (self.cx("organiser").await, self.cx("payer").await);
        let terms = campaigns::Terms {
            slug: "55-2021".into(),
            name: "五五购物节".into(),
            name_en: "Double Five".into(),
            about: "两家一起办。".into(),
            about_en: String::new(),
            phone: "0512-5555 0123".into(),
            from_on: Date::constant(2021, 10, 1),
            last_on: Date::constant(2021, 10, 31),
            places: vec![self.mall],
            sponsors: Vec::new(),
            pledges: vec![(self.funder, Fen(100_000_000))],
        };
        let event = NewSubEvent {
            kind: SubEventKind::CheckInChallenge,
            name: "逛吃打卡".into(),
            name_en: "Walk and eat".into(),
            about: "走走看看。".into(),
            about_en: String::new(),
            place: self.mall,
            from_at: run.now - minutes(120),
            to_at: run.now + minutes(96 * 60),
        };
        let shops = [self.shop, self.other];
        let mut tx = self.app.db.write().await.expect("a transaction");
        let id = draft_campaign(&mut tx, &run, terms).await.expect("a draft");
        self.event = add_sub_event(&mut tx, &run, id, event).await.expect("a sub-event");
        approve_campaign(&mut tx, &pay, (id, 1)).await.expect("an approval");
        invite_merchants(&mut tx, &run, id, &shops).await.expect("invitations");
        tx.commit().await.expect("it commits");
        for (name, shop) in [("keeper", self.shop), ("other", self.other)] {
            let own = self.cx(name).await;
            let mut tx = self.app.db.write().await.expect("a transaction");
            let reply = answer_invitation(&mut tx, &own, (id, shop), 1, Reply::Accept).await;
            reply.expect("an acceptance");
            tx.commit().await.expect("it commits");
        }
        let mut tx = self.app.db.write().await.expect("a transaction");
        activate_members(&mut tx, &run, id, &shops).await.expect("members");
        start_campaign(&mut tx, &run, (id, 2)).await.expect("a start");
        tx.commit().await.expect("it commits");
        self.campaign = id;
    }

    /// A batch that its funder approved, of so many vouchers that go back when they are given up.
    pub(crate) async fn approved_batch(&self, quantity: i64) -> BatchId {
        let (run, pay) = (self.cx("organiser").await, self.cx("payer").await);
        let hours = |hours| run.now + SignedDuration::from_hours(hours);
        let terms = Terms {
            name: "打卡满30减10".into(),
            face: Fen(1_000),
            threshold: Fen(3_000),
            quantity,
            budget: Fen(1_000 * quantity),
            person_cap: 1,
            day_cap: 1,
            claim_from: hours(-1),
            claim_until: hours(72),
            use_from: hours(-1),
            use_until: hours(240),
            partial: false,
            stacking: Stacking::Alone,
            restock: true,
            refund_days: 7,
            admit_per_second: 0,
        };
        let draft = BatchDraft { campaign: self.campaign, funder: self.funder, terms };
        let mut tx = self.app.db.write().await.expect("a transaction");
        let id = vouchers::draft_batch(&mut tx, &run, draft).await.expect("a draft");
        vouchers::approve_batch(&mut tx, &pay, id, 1).await.expect("approved");
        tx.commit().await.expect("it commits");
        id
    }

    /// A context of an account.
    pub(crate) async fn cx(&self, name: &str) -> Cx {
        let mut tx = self.app.db.read().await.expect("a transaction");
        let found = people::find_account_by_name(&mut tx, name).await.expect("a read");
        drop(tx);
        let actor = self.app.actor(found.expect("an account").id).await;
        self.app.db.cx().acting_as(actor)
    }

    /// A citizen's context.
    pub(crate) async fn walker(&self, phone: &str) -> (Cx, Script) {
        let (no, script) = self.app.citizen(phone).await;
        (self.app.db.cx().acting_as(Actor::Citizen { no }), script)
    }

    /// What the station shows now.
    pub(crate) fn code(&self, station: usize) -> String {
        code_now(&self.app.state.site().keys, &self.stations[station], self.app.db.cx().now)
    }

    /// Sends the code that the station shows now.
    pub(crate) async fn visit(&self, citizen: &Script, station: usize) -> Answer {
        self.send(citizen, &self.code(station)).await
    }

    pub(crate) async fn send(&self, citizen: &Script, code: &str) -> Answer {
        let path = format!("/api/v1/challenges/{}/visits", self.challenge);
        citizen.post(&path, &json!({ "code": code })).await
    }

    /// How far the citizen is.
    pub(crate) async fn progress(&self, citizen: &Script) -> serde_json::Value {
        let path = format!("/api/v1/challenges/{}/progress", self.challenge);
        citizen.get(&path).await.json()
    }

    /// So much later.
    pub(crate) fn later(&self, by: SignedDuration) {
        self.app.db.clock.advance(by);
    }

    /// How many vouchers were given out, after everything was recounted.
    pub(crate) async fn given(&self) -> i64 {
        let mut tx = self.app.db.read().await.expect("a transaction");
        let seen = vouchers::audit_batch(&mut tx, self.batch).await.expect("an audit");
        assert!(seen.faults.is_empty(), "{:?}", seen.faults);
        seen.claims
    }
}
