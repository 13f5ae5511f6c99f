//! A running campaign with two shops and a batch, citizens with tokens, and what must hold of all
//! that whatever happened.

use campaigns::{
    CampaignId, FunderId, NewFunder, Reply, activate_members, answer_invitation, approve_campaign,
    create_funder, draft_campaign, invite_merchants, start_campaign,
};
use db::{Db, Query, Tx};
use jiff::SignedDuration;
use kernel::{
    CitizenNo, Cx, Date, Fen, Grant, Keys, Phone, Role, Scope,
    actor::{AccountId, ScopeKind},
};
use merchants::{MerchantId, NewMerchant, register_merchant};
use people::{NewAccount, NewToken, Rules};
use places::{Atlas, PlaceId};
use serde_json::{Value, json};
use testkit::wire::Ask;
use vouchers::{BatchDraft, BatchId, Stacking, Terms};

use super::house::{House, SECRET};

/// The fair, as its clients know it.
pub(super) struct Fair {
    /// The shops, each with a token of its till.
    pub shops: [(MerchantId, String); 2],
    campaign: CampaignId,
    funder: FunderId,
    citizens: Vec<String>,
}

/// Who does what, before there are tokens.
struct People {
    run: Cx,
    pay: Cx,
    keepers: [(Cx, AccountId); 2],
}

impl Fair {
    /// Sets the fair up in the house, with so many citizens.
    pub fn open(house: &House, citizens: u32) -> Self {
        let mall = house.mall;
        house.block_on(async |db| set_up(db, mall, citizens).await)
    }

    /// How many citizens there are.
    pub fn citizens(&self) -> usize {
        self.citizens.len()
    }

    /// An open batch of so many vouchers, which may be spent in parts.
    pub fn batch(&self, house: &House, quantity: i64) -> BatchId {
        let draft = BatchDraft {
            campaign: self.campaign,
            funder: self.funder,
            terms: terms(&testkit::cx(), quantity),
        };
        house.block_on(async |db| {
            let cx = testkit::cx();
            let mut tx = db.write().await.unwrap();
            let id = vouchers::draft_batch(&mut tx, &cx, draft).await.expect("a draft");
            vouchers::approve_batch(&mut tx, &cx, id, 1).await.expect("approved");
            vouchers::open_batch(&mut tx, &cx, id, 2).await.expect("open");
            tx.commit().await.unwrap();
            id
        })
    }

    fn of_citizen(&self, ask: Ask, citizen: usize) -> Ask {
        ask.with("Authorization", &format!("Bearer {}", self.citizens[citizen]))
    }

    /// A citizen claims; the key is theirs for this batch.
    pub fn claim(&self, batch: BatchId, citizen: usize) -> Ask {
        let path = format!("/api/v1/voucher-batches/{batch}/claims");
        let ask = Ask::json("POST", path, &json!({})).with("Idempotency-Key", &format!("c{batch}"));
        self.of_citizen(ask, citizen)
    }

    /// A citizen looks at their vouchers and codes.
    pub fn wallet(&self, citizen: usize) -> Ask {
        self.of_citizen(Ask::get("/api/v1/vouchers"), citizen)
    }

    /// A till takes a part of a voucher.
    pub fn redeem(&self, shop: usize, code: &str, bill_no: &str, fen: i64) -> Ask {
        let body = json!({
            "merchant": self.shops[shop].0, "code": code, "bill_no": bill_no, "bill_fen": 12_000,
            "amount_fen": fen, "key": bill_no,
        });
        self.of_shop(shop, Ask::json("POST", "/api/v1/redemptions", &body))
    }

    /// A till refunds a part of a redemption.
    pub fn refund(&self, shop: usize, redemption: &Value, key: &str, fen: i64) -> Ask {
        let body = json!({
            "redemption": redemption, "amount_fen": fen, "reason": "顾客退货", "key": key,
        });
        self.of_shop(shop, Ask::json("POST", "/api/v1/refunds", &body))
    }

    fn of_shop(&self, shop: usize, ask: Ask) -> Ask {
        ask.with("Authorization", &format!("Bearer {}", self.shops[shop].1))
    }
}

/// The code of a citizen's newest voucher, as their page shows it.
pub(super) fn code(wallet: &Value) -> String {
    let code = wallet["items"][0]["code"].as_str();
    code.unwrap_or_else(|| panic!("no code: {wallet}")).to_owned()
}

fn terms(cx: &Cx, quantity: i64) -> Terms {
    let hours = |hours| cx.now + SignedDuration::from_hours(hours);
    Terms {
        name: "满100减20".into(),
        face: Fen(2_000),
        threshold: Fen(10_000),
        quantity,
        budget: Fen(2_000 * quantity),
        person_cap: 2,
        day_cap: 2,
        claim_from: hours(-1),
        claim_until: hours(72),
        use_from: hours(-1),
        use_until: hours(240),
        partial: true,
        stacking: Stacking::Free,
        restock: false,
        refund_days: 7,
        admit_per_second: 0,
    }
}

async fn account(tx: &mut Tx, cx: &Cx, name: &str, role: Role, scope: Scope) -> (Cx, AccountId) {
    let password = Rules::cheap().new_password(cx, name, "Kunshan-2021-fair").await;
    let new = NewAccount {
        name: name.into(),
        display_name: name.into(),
        password: password.expect("a good password"),
        grants: vec![Grant { role, scope }],
    };
    let id = people::create_account(tx, cx, new).await.expect("a new account");
    let actor = people::actor_of(tx, id).await.expect("a read").expect("an enabled account");
    (cx.acting_as(actor), id)
}

async fn set_up(db: &Db, mall: PlaceId, count: u32) -> Fair {
    let (cx, keys) = (testkit::cx(), Keys::new([SECRET; 32]));
    let mut tx = db.write().await.unwrap();
    let atlas = Atlas::load(&mut tx, cx.today()).await.unwrap();
    let mut shops = Vec::new();
    for name in ["拾光里", "南货铺"] {
        let new = NewMerchant { name: name.into(), uscc: None, place: mall };
        shops.push(register_merchant(&mut tx, &cx, &atlas, new).await.expect("a merchant"));
    }
    let new = NewFunder { name: "市商务局".into(), account: "6222 0000 1111 2345".into() };
    let funder = create_funder(&mut tx, &cx, &keys, new).await.expect("a funder");
    let at = |shop: MerchantId| Scope::on(ScopeKind::Merchant, shop.uuid());
    let pays = Scope::on(ScopeKind::Funder, funder.uuid());
    let people = People {
        run: account(&mut tx, &cx, "organiser", Role::Organiser, Scope::CITY).await.0,
        pay: account(&mut tx, &cx, "payer", Role::Funder, pays).await.0,
        keepers: [
            account(&mut tx, &cx, "keeper", Role::Merchant, at(shops[0])).await,
            account(&mut tx, &cx, "other", Role::Merchant, at(shops[1])).await,
        ],
    };
    let campaign = run_campaign(&mut tx, &people, (funder, &shops), mall).await;
    let mut tokens = Vec::new();
    for (_, account) in &people.keepers {
        let new = NewToken { account: *account, name: "till".into(), days: 30 };
        tokens.push(people::create_token(&mut tx, &cx, new).await.expect("a token").text);
    }
    let phones: Vec<Phone> = (0..count)
        .map(|n| Phone::mobile(&format!("{}", 13_000_000_000_u64 + u64::from(n))).expect("mobile"))
        .collect();
    let nos: Vec<CitizenNo> =
        citizens::enrol(&mut tx, &cx, &keys, &phones).await.expect("citizens");
    tx.commit().await.unwrap();
    let mut tills = shops.into_iter().zip(tokens);
    Fair {
        shops: std::array::from_fn(|_| tills.next().expect("two shops")),
        campaign,
        funder,
        citizens: nos.iter().map(|no| citizens::mint(&keys, *no, cx.now)).collect(),
    }
}

async fn run_campaign(
    tx: &mut Tx,
    people: &People,
    (funder, shops): (FunderId, &[MerchantId]),
    mall: PlaceId,
) -> CampaignId {
    let People { run, pay, keepers } = people;
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
        pledges: vec![(funder, Fen(10_000_000_000))],
    };
    let id = draft_campaign(tx, run, terms).await.expect("a draft");
    let event = campaigns::NewSubEvent {
        kind: campaigns::SubEventKind::GoodsFair,
        name: "好货展销".into(),
        name_en: String::new(),
        about: String::new(),
        about_en: String::new(),
        place: mall,
        from_at: run.now,
        to_at: run.now + SignedDuration::from_hours(24),
    };
    campaigns::add_sub_event(tx, run, id, event).await.expect("a sub-event");
    approve_campaign(tx, pay, (id, 1)).await.expect("an approval");
    invite_merchants(tx, run, id, shops).await.expect("invitations");
    for ((own, _), shop) in keepers.iter().zip(shops) {
        answer_invitation(tx, own, (id, *shop), 1, Reply::Accept).await.expect("an acceptance");
    }
    activate_members(tx, run, id, shops).await.expect("members");
    start_campaign(tx, run, (id, 2)).await.expect("a start");
    id
}

/// Every voucher that was given: its number and whose it is.
pub(super) async fn claims(db: &Db, batch_no: i64) -> Vec<(i64, i64)> {
    let query = Query::new("SELECT claim_no, citizen_no FROM voucher_claim WHERE batch_no = ");
    let query = query.with("? ORDER BY claim_no", db::args![batch_no]);
    let mut tx = db.read().await.unwrap();
    tx.list(query, |row| Ok((row.get(0)?, row.get(1)?))).await.unwrap()
}

/// Ids and amounts of all redemptions, or of all refunds.
pub(super) async fn sums(db: &Db, table: Table) -> Vec<(String, i64)> {
    let mut tx = db.read().await.unwrap();
    match table {
        Table::Redemptions => {
            let query = Query::new("SELECT id, amount_fen FROM voucher_redemption");
            let read = |row: &db::Row| {
                Ok((row.get::<vouchers::RedemptionId>(0)?.to_string(), row.get(1)?))
            };
            tx.list(query, read).await.unwrap()
        }
        Table::Refunds => {
            let query = Query::new("SELECT id, amount_fen FROM voucher_refund");
            let read =
                |row: &db::Row| Ok((row.get::<vouchers::RefundId>(0)?.to_string(), row.get(1)?));
            tx.list(query, read).await.unwrap()
        }
    }
}

/// What [`sums`] lists.
#[derive(Clone, Copy)]
pub(super) enum Table {
    Redemptions,
    Refunds,
}

/// Everything adds up, and the journal is one chain.
pub(super) async fn adds_up(db: &Db) {
    db::journal::require_whole(db).await.unwrap();
    let report = vouchers::audit_all(db, None).await.unwrap();
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}
