//! A running festival for tests: three merchants that take part, and the people around them.

use campaigns::{
    CampaignId, FunderId, NewFunder, NewSubEvent, Reply, SubEventId, SubEventKind, Terms,
    activate_members, add_sub_event, answer_invitation, approve_campaign, create_funder,
    draft_campaign, invite_merchants, start_campaign,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Cx, Date, Fen, Grant, Keys, Role, Scope, actor::ScopeKind, time::start_of};
use merchants::{MerchantId, NewMerchant, register_merchant};
use places::{Atlas, Founding, Front, NewPlace, PlaceId, PlaceKind, create_place, found_city};
use sales::{NewSale, SaleError, SaleId, Source, Step, hand_in_sale, judge_sale};
use testkit::{TestDb, app::TestApp};

/// A date of 2021.
pub const fn day(month: i8, day: i8) -> Date {
    Date::constant(2021, month, day)
}

/// So many hours after the beginning of a date.
pub fn at(on: Date, hours: i64) -> Timestamp {
    start_of(on) + SignedDuration::from_hours(hours)
}

/// The site, its festival, and an actor for each account.
pub struct Fair {
    pub app: TestApp,
    pub campaign: CampaignId,
    pub event: SubEventId,
    /// 阳澄湖蟹庄, 周庄糕团, 奥灶馆.
    pub shops: Vec<MerchantId>,
    /// Each speaks for the merchant of the same turn.
    pub keepers: Vec<Actor>,
    pub organiser: Actor,
    pub judge: Actor,
    pub stranger: Actor,
}

pub fn keys() -> Keys {
    Keys::new([7; 32])
}

async fn person(app: &TestApp, name: &str, role: Role, scope: Scope) -> Actor {
    let id = app.account(name, &[Grant { role, scope }]).await;
    app.actor(id).await
}

fn terms(mall: PlaceId, funder: FunderId) -> Terms {
    Terms {
        slug: "55-2021".into(),
        name: "五五购物节".into(),
        name_en: String::new(),
        about: String::new(),
        about_en: String::new(),
        phone: String::new(),
        from_on: day(10, 1),
        last_on: day(10, 31),
        places: vec![mall],
        sponsors: Vec::new(),
        pledges: vec![(funder, Fen(10_000_000))],
    }
}

fn farm_contest(mall: PlaceId) -> NewSubEvent {
    NewSubEvent {
        kind: SubEventKind::FarmContest,
        name: "助农销售大赛".into(),
        name_en: String::new(),
        about: String::new(),
        about_en: String::new(),
        place: mall,
        from_at: at(day(10, 21), 10),
        to_at: at(day(10, 24), 22),
    }
}

impl Fair {
    /// Everything committed; it is the morning of the 25th of October.
    pub async fn open(db: TestDb) -> Self {
        let routes = sales::routes().merge(campaigns::routes());
        let app = TestApp::with(routes, db);
        sales::install(&app.state);
        let db = &app.db;
        let cx = db.cx();
        let mut tx = db.write().await.unwrap();
        let town = found_city(&mut tx, &cx, &Founding::kunshan()).await.unwrap().towns[1];
        let new = NewPlace {
            parent: town,
            kind: PlaceKind::Front,
            front: Some(Front::District),
            name: "万象汇".into(),
            address: String::new(),
            from: day(1, 1),
        };
        let mall = create_place(&mut tx, &cx, new).await.unwrap();
        let atlas = Atlas::load(&mut tx, cx.today()).await.unwrap();
        let mut shops = Vec::new();
        for name in ["阳澄湖蟹庄", "周庄糕团", "奥灶馆"] {
            let new = NewMerchant { name: name.into(), uscc: None, place: mall };
            shops.push(register_merchant(&mut tx, &cx, &atlas, new).await.unwrap());
        }
        let new = NewFunder { name: "市商务局".into(), account: "6222000011112345".into() };
        let funder = create_funder(&mut tx, &cx, &keys(), new).await.unwrap();
        tx.commit().await.unwrap();
        let on = Scope::on;
        let organiser = person(&app, "organiser", Role::Organiser, Scope::CITY).await;
        let judge = person(&app, "judge", Role::Organiser, Scope::CITY).await;
        let far = on(ScopeKind::Town, town.uuid());
        let stranger = person(&app, "stranger", Role::Worker, far).await;
        let mut keepers = Vec::new();
        for (turn, shop) in shops.iter().enumerate() {
            let scope = on(ScopeKind::Merchant, shop.uuid());
            keepers.push(person(&app, &format!("keeper{turn}"), Role::Merchant, scope).await);
        }
        let terms = terms(mall, funder);
        let mut tx = db.write().await.unwrap();
        let run = cx.acting_as(organiser.clone());
        let campaign = draft_campaign(&mut tx, &run, terms).await.unwrap();
        let contest = farm_contest(mall);
        let event = add_sub_event(&mut tx, &run, campaign, contest).await.unwrap();
        // The system is no account, and so not the one that drafted it.
        approve_campaign(&mut tx, &cx, (campaign, 1)).await.unwrap();
        invite_merchants(&mut tx, &run, campaign, &shops).await.unwrap();
        for (shop, keeper) in shops.iter().zip(&keepers) {
            let own = cx.acting_as(keeper.clone());
            let told = (campaign, *shop);
            answer_invitation(&mut tx, &own, told, 1, Reply::Accept).await.unwrap();
        }
        activate_members(&mut tx, &run, campaign, &shops).await.unwrap();
        start_campaign(&mut tx, &run, (campaign, 2)).await.unwrap();
        tx.commit().await.unwrap();
        db.clock.set(at(day(10, 25), 8));
        Self { app, campaign, event, shops, keepers, organiser, judge, stranger }
    }

    pub fn db(&self) -> &TestDb {
        &self.app.db
    }

    pub fn cx(&self, actor: &Actor) -> Cx {
        self.db().cx_as(actor.clone())
    }

    /// A declaration of the shop of this turn.
    pub fn sale(&self, turn: usize, order: &str, fen: i64) -> NewSale {
        NewSale {
            campaign: self.campaign,
            sub_event: Some(self.event),
            show: None,
            merchant: self.shops[turn],
            source: Source::Declaration,
            platform: String::new(),
            order: order.into(),
            item: "大闸蟹礼盒".into(),
            amount: Fen(fen),
            sold_at: at(day(10, 22), 12),
        }
    }

    /// Hands a sale in by its merchant, and keeps it.
    pub async fn tell(&self, new: NewSale) -> Result<SaleId, SaleError> {
        let turn = self.shops.iter().position(|one| *one == new.merchant).unwrap();
        let mut tx = self.db().write().await.unwrap();
        let cx = self.cx(&self.keepers[turn]);
        let id = hand_in_sale(&mut tx, &cx, &keys(), new).await?;
        tx.commit().await.unwrap();
        Ok(id)
    }

    /// Takes a judging step, and keeps it.
    pub async fn judge(&self, id: SaleId, step: Step) -> Result<(), SaleError> {
        let cx = self.cx(&self.judge);
        let mut tx = self.db().write().await.unwrap();
        let reading = sales::Reading::of(&mut tx, &cx).await.unwrap();
        let version = sales::visible_sale(&mut tx, &reading, id).await?.version;
        judge_sale(&mut tx, &cx, (id, version), step, "和平台对过").await?;
        tx.commit().await.unwrap();
        Ok(())
    }
}
