//! A batch that is open, and citizens who come for it.

use campaigns::{CampaignId, FunderId};
use jiff::SignedDuration;
use kernel::{Actor, CitizenNo, Cx, Fen, Id};
use testkit::{TestDb, app::TestApp};
use uuid::Uuid;
use vouchers::{BatchDraft, BatchId, Stacking, Terms};

/// Terms that hold from an hour ago for three days: so many, each citizen at most so many.
pub(crate) fn terms(cx: &Cx, quantity: i64, cap: i64) -> Terms {
    let hours = |hours| cx.now + SignedDuration::from_hours(hours);
    Terms {
        name: "满100减20".into(),
        face: Fen(2_000),
        threshold: Fen(10_000),
        quantity,
        budget: Fen(2_000 * quantity),
        person_cap: cap,
        day_cap: cap,
        claim_from: hours(-1),
        claim_until: hours(72),
        use_from: hours(-1),
        use_until: hours(240),
        partial: false,
        stacking: Stacking::Alone,
        restock: false,
        refund_days: 7,
        admit_per_second: 0,
    }
}

/// A batch of these terms, drafted, approved and open.
pub(crate) async fn open(db: &TestDb, terms: Terms) -> BatchId {
    let cx = db.cx().acting_as(Actor::System { name: "test" });
    let campaign: CampaignId = Id::from_uuid(Uuid::from_u128(1));
    let funder: FunderId = Id::from_uuid(Uuid::from_u128(2));
    let mut tx = db.write().await.expect("a transaction");
    let draft = BatchDraft { campaign, funder, terms };
    let id = vouchers::draft_batch(&mut tx, &cx, draft).await.expect("a draft");
    vouchers::approve_batch(&mut tx, &cx, id, 1).await.expect("approved");
    vouchers::open_batch(&mut tx, &cx, id, 2).await.expect("open");
    tx.commit().await.expect("it commits");
    id
}

/// A site with this room's routes.
pub(crate) fn site(db: TestDb) -> TestApp {
    TestApp::with(vouchers::routes(), db)
}

/// A citizen's token, without a row: the hot lane asks nothing of the database.
pub(crate) fn token(app: &TestApp, no: u32) -> String {
    citizens::mint(&app.state.site().keys, CitizenNo(no), app.db.cx().now)
}
