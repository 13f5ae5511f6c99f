//! A running campaign with two member merchants, a third that is none, and the people at the tills.

use campaigns::{
    CampaignId, FunderId, NewFunder, NewSubEvent, Reply, SubEventKind, activate_members,
    add_sub_event, answer_invitation, approve_campaign, create_funder, draft_campaign,
    invite_merchants, start_campaign,
};
use jiff::SignedDuration;
use kernel::{Actor, Cx, Date, Fen, Grant, Role, Scope, actor::ScopeKind};
use merchants::{MerchantId, NewMerchant, register_merchant};
use places::{Atlas, Founding, Front, NewPlace, PlaceId, PlaceKind, create_place, found_city};
use testkit::{TestDb, app::TestApp};
use vouchers::{BatchDraft, BatchId, Terms};

/// The site and who is on it. Accounts: `organiser`, `payer`, `keeper` and `cashier` of the first
/// shop, `other` of the second, `guest` of the third, which is no member.
pub(crate) struct Festival {
    pub(crate) app: TestApp,
    pub(crate) campaign: CampaignId,
    pub(crate) funder: FunderId,
    pub(crate) shop: MerchantId,
    pub(crate) other: MerchantId,
    pub(crate) guest: MerchantId,
}

async fn place(db: &TestDb, tx: &mut db::Tx, town: PlaceId, name: &str) -> PlaceId {
    let new = NewPlace {
        kind: PlaceKind::Front,
        front: Some(Front::District),
        name: name.into(),
        address: String::new(),
        parent: town,
        from: Date::constant(2021, 1, 1),
    };
    create_place(tx, &db.cx(), new).await.expect("a place")
}

impl Festival {
    pub(crate) async fn begin(db: TestDb) -> Self {
        let app = TestApp::with(vouchers::routes().merge(campaigns::routes()), db);
        vouchers::install(&app.state);
        let (db, cx) = (&app.db, app.db.cx());
        let mut tx = db.write().await.expect("a transaction");
        let town = found_city(&mut tx, &cx, &Founding::kunshan()).await.expect("a city").towns[1];
        let mall = place(db, &mut tx, town, "万象汇").await;
        let mut shops = Vec::new();
        for name in ["拾光里", "南货铺", "路过店"] {
            let atlas = Atlas::load(&mut tx, cx.today()).await.expect("a tree");
            let new = NewMerchant { name: name.into(), uscc: None, place: mall };
            let shop = register_merchant(&mut tx, &cx, &atlas, new).await.expect("a merchant");
            shops.push(shop);
        }
        let new = NewFunder { name: "市商务局".into(), account: "6222 0000 1111 2345".into() };
        let keys = &app.state.site().keys;
        let funder = create_funder(&mut tx, &cx, keys, new).await.expect("a funder");
        tx.commit().await.expect("it commits");
        let on = |kind, id| Scope::on(kind, id);
        let at = |shop: MerchantId| on(ScopeKind::Merchant, shop.uuid());
        let grant = |role, scope| [Grant { role, scope }];
        app.account("organiser", &grant(Role::Organiser, Scope::CITY)).await;
        let fund = grant(Role::Funder, on(ScopeKind::Funder, funder.uuid()));
        app.account("payer", &fund).await;
        for (name, role, shop) in [
            ("keeper", Role::Merchant, 0),
            ("cashier", Role::Cashier, 0),
            ("other", Role::Merchant, 1),
            ("guest", Role::Merchant, 2),
        ] {
            app.account(name, &grant(role, at(shops[shop]))).await;
        }
        let mut one = Self {
            app,
            campaign: kernel::Id::from_uuid(uuid::Uuid::nil()),
            funder,
            shop: shops[0],
            other: shops[1],
            guest: shops[2],
        };
        one.campaign = one.run_campaign(mall).await;
        one
    }

    async fn run_campaign(&self, mall: PlaceId) -> CampaignId {
        let (run, pay) = (self.cx("organiser").await, self.cx("payer").await);
        let day = |day| Date::constant(2021, 10, day);
        let terms = campaigns::Terms {
            slug: "55-2021".into(),
            name: "五五购物节".into(),
            name_en: String::new(),
            about: "两家一起办。".into(),
            about_en: String::new(),
            phone: String::new(),
            from_on: day(1),
            last_on: day(31),
            places: vec![mall],
            sponsors: Vec::new(),
            pledges: vec![(self.funder, Fen(100_000_000))],
        };
        let event = NewSubEvent {
            kind: SubEventKind::GoodsFair,
            name: "好货展销".into(),
            name_en: String::new(),
            about: String::new(),
            about_en: String::new(),
            place: mall,
            from_at: run.now,
            to_at: run.now + SignedDuration::from_hours(24),
        };
        let members = [("keeper", self.shop), ("other", self.other)];
        let mut tx = self.app.db.write().await.expect("a transaction");
        let id = draft_campaign(&mut tx, &run, terms).await.expect("a draft");
        add_sub_event(&mut tx, &run, id, event).await.expect("a sub-event");
        approve_campaign(&mut tx, &pay, (id, 1)).await.expect("an approval");
        let shops = [self.shop, self.other];
        invite_merchants(&mut tx, &run, id, &shops).await.expect("invitations");
        tx.commit().await.expect("it commits");
        for (name, shop) in members {
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
        id
    }

    /// A context of an account.
    pub(crate) async fn cx(&self, name: &str) -> Cx {
        self.app.db.cx().acting_as(self.actor(name).await)
    }

    pub(crate) async fn actor(&self, name: &str) -> Actor {
        let mut tx = self.app.db.read().await.expect("a transaction");
        let found = people::find_account_by_name(&mut tx, name).await.expect("a read");
        self.app.actor(found.expect("an account").id).await
    }

    /// An open batch of these terms.
    pub(crate) async fn batch(&self, terms: Terms) -> BatchId {
        let (run, pay) = (self.cx("organiser").await, self.cx("payer").await);
        let draft = BatchDraft { campaign: self.campaign, funder: self.funder, terms };
        let mut tx = self.app.db.write().await.expect("a transaction");
        let id = vouchers::draft_batch(&mut tx, &run, draft).await.expect("a draft");
        vouchers::approve_batch(&mut tx, &pay, id, 1).await.expect("approved");
        vouchers::open_batch(&mut tx, &run, id, 2).await.expect("open");
        tx.commit().await.expect("it commits");
        id
    }
}
