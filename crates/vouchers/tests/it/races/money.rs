//! What a shop is owed: refunds at once, refunds sent again, and settlements drawn meanwhile.

use db::{Engine, Query, args};
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{TestDb, on_both};
use vouchers::{RefundAsk, SettlementId, draw_settlements, refund};

use super::{
    spending::{ROUNDS, Till, in_parts},
    turns::{at_once, in_turn, number, write},
};
use crate::{festival::Festival, tills::Citizen};

on_both!(
    two_refunds_at_once_but_for_the_guard,
    a_refund_that_is_sent_again_is_the_same_refund,
    two_draws_list_a_line_once_but_for_the_guard,
    a_draw_and_a_refund
);

struct Shop {
    one: Festival,
    batch: vouchers::BatchId,
    till: Till,
}

async fn shop(db: TestDb) -> Shop {
    let one = Festival::begin(db).await;
    let batch = one.batch(in_parts(&one.app.db)).await;
    let till = one.till_at(&one.app, "cashier").await;
    Shop { one, batch, till }
}

impl Shop {
    /// A citizen who spent a whole voucher, and the record.
    async fn sale(&self, turn: u32) -> (Citizen, Value) {
        let phone = format!("138{:08}", 22_350_000 + turn);
        let citizen = self.one.holder(self.batch, &phone).await;
        let record = self.till.taken(&citizen.code().await, &phone, 2_000).await;
        (citizen, record)
    }

    fn refund(
        &self,
        record: &Value,
        fen: i64,
        key: Option<&str>,
    ) -> impl Future<Output = testkit::app::Answer> + Send + 'static {
        let body =
            json!({ "redemption": record, "amount_fen": fen, "reason": "顾客退货", "key": key });
        self.till.give_back(body)
    }

    async fn refunded(&self) -> i64 {
        let sum = "SELECT COALESCE(CAST(SUM(amount_fen) AS BIGINT), 0) FROM voucher_refund";
        number(&self.one.app.db, Query::new(sum)).await
    }
}

/// Guards: which refund of the redemption it is, and what the voucher can still give back.
async fn two_refunds_at_once_but_for_the_guard(db: TestDb) {
    let shop = shop(db).await;
    for round in 0..ROUNDS {
        let (citizen, record) = shop.sale(round).await;
        let refund = || shop.refund(&record, 1_200, None);
        let (a, b) = at_once(refund(), refund()).await;
        let done = [&a, &b].iter().filter(|one| one.status == 201).count();
        assert_eq!(done, 1, "{} {}", a.body, b.body);
        assert_eq!(citizen.voucher().await["left_fen"], 1_200);
    }
    let (_, record) = shop.sale(50).await;
    let cx = shop.one.cx("cashier").await;
    let redemption = record.as_str().expect("an id").parse().expect("a redemption");
    let amount = Some(kernel::Fen(1_200));
    let ask = RefundAsk { redemption, amount, reason: "顾客退货".into(), key: None };
    let first = async |tx: &mut db::Tx| {
        refund(tx, &cx, ask.clone()).await.expect("refunded");
    };
    let db = &shop.one.app.db;
    let told = in_turn(db, first, shop.refund(&record, 1_200, None)).await;
    assert!(told.has("voucher-changed") || told.has("too-much"), "{}", told.body);
    shop.one.whole().await;

    // Off: both find nothing refunded yet.
    let (_, record) = shop.sale(51).await;
    let redemption: vouchers::RedemptionId = record.as_str().expect("an id").parse().expect("one");
    for turn in [1_i64, 2] {
        let id = db.cx().new_id::<()>();
        let insert = Query::new(
            "INSERT INTO voucher_refund (id, redemption_id, turn_no, amount_fen, gives_back, \
             reason, refunded_at) SELECT ",
        );
        let values = args![id, redemption, turn, 1_200_i64, true, "退货", db.cx().now];
        write(db, insert.with("?, ?, ?, ?, ?, ?, ?", values)).await.expect("nothing refuses it");
        let give = "UPDATE voucher_claim SET state = 'held', refunded_fen = refunded_fen + 1200 \
                    WHERE claim_no = (SELECT claim_no FROM voucher_redemption WHERE id = ";
        let give = Query::new(give).with("?)", args![redemption]);
        write(db, give).await.expect("nothing refuses it");
    }
    let found = vouchers::audit_all(db, None).await.expect("an audit");
    assert!(found.faults.iter().any(|fault| fault.contains("退的多于用的")), "{:?}", found.faults);
}

/// Guard: the refund's id is made of its key.
async fn a_refund_that_is_sent_again_is_the_same_refund(db: TestDb) {
    let shop = shop(db).await;
    for round in 0..ROUNDS {
        let (citizen, record) = shop.sale(round).await;
        let key = format!("back-{round}");
        let refund = |fen| shop.refund(&record, fen, Some(&key));
        let (a, b) = at_once(refund(500), refund(500)).await;
        let mut both = [a.status, b.status];
        both.sort_unstable();
        assert_eq!(both, [200, 201], "{} {}", a.body, b.body);
        assert_eq!(a.json()["refund"], b.json()["refund"]);
        let other = refund(600).await;
        assert!(other.status == 422 && other.has("idempotency-key-reused"), "{}", other.body);
        let (_, of_another) = shop.sale(100 + round).await;
        let other = shop.refund(&of_another, 500, Some(&key)).await;
        assert!(other.has("idempotency-key-reused"), "{}", other.body);
        assert_eq!(citizen.voucher().await["left_fen"], 500);
    }
    let once = shop.refunded().await;
    assert_eq!(once, 500 * i64::from(ROUNDS));
    // Off: without a key an answer that was lost on its way is paid out twice.
    let (_, record) = shop.sale(50).await;
    for _ in 0..2 {
        assert_eq!(shop.refund(&record, 500, None).await.status, 201);
    }
    assert_eq!(shop.refunded().await, once + 1_000);
    shop.one.whole().await;
}

/// What all settlements together owe.
async fn due(db: &TestDb) -> i64 {
    let sum = "SELECT COALESCE(CAST(SUM(COALESCE(r.amount_fen, 0) - COALESCE(f.amount_fen, 0)) \
               AS BIGINT), 0) FROM voucher_settlement_line AS l \
               LEFT JOIN voucher_redemption AS r ON r.id = l.redemption_id \
               LEFT JOIN voucher_refund AS f ON f.id = l.refund_id";
    number(db, Query::new(sum)).await
}

/// What was redeemed, less what was refunded.
async fn owed(db: &TestDb) -> i64 {
    let sum = "SELECT (SELECT COALESCE(CAST(SUM(amount_fen) AS BIGINT), 0) FROM voucher_redemption) \
               - (SELECT COALESCE(CAST(SUM(amount_fen) AS BIGINT), 0) FROM voucher_refund)";
    number(db, Query::new(sum)).await
}

impl Shop {
    /// Draws settlements of all before now, on a task of its own.
    async fn draw(&self) -> impl Future<Output = Vec<SettlementId>> + Send + 'static {
        let (db, campaign) = (self.one.app.db.clone(), self.one.campaign);
        let run = self.one.cx("organiser").await;
        async move {
            let mut tx = db.write().await.expect("a transaction");
            let drawn = draw_settlements(&mut tx, &run, campaign, run.now).await.expect("drawn");
            tx.commit().await.expect("it commits");
            drawn
        }
    }
}

/// Guard: a redemption stands in one line, and so does a refund.
async fn two_draws_list_a_line_once_but_for_the_guard(db: TestDb) {
    let shop = shop(db).await;
    let db = &shop.one.app.db;
    let mut settlements = 0;
    for round in 0..ROUNDS {
        shop.sale(round).await;
        db.clock.advance(SignedDuration::from_hours(1));
        let (one, other) = at_once(shop.draw().await, shop.draw().await).await;
        settlements += one.len() + other.len();
        assert_eq!(due(db).await, owed(db).await);
    }
    assert_eq!(settlements, ROUNDS as usize, "and none of them is empty");
    shop.one.whole().await;

    // Off: both read the lines that are in no settlement.
    let (_, record) = shop.sale(50).await;
    let redemption: vouchers::RedemptionId = record.as_str().expect("an id").parse().expect("one");
    let list = async || {
        let insert = Query::new(
            "INSERT INTO voucher_settlement_line (id, settlement_id, redemption_id) SELECT ",
        );
        let values = args![db.cx().new_id::<()>(), redemption];
        let insert = insert.with("?, id, ? FROM voucher_settlement LIMIT 1", values);
        write(db, insert).await
    };
    list().await.expect("the first lists it");
    let fault = list().await.expect_err("the table refuses the second");
    assert!(fault.is_unique_violation(), "{fault}");
    // The guard off, where it can be taken off: the funder pays one sale twice.
    if db.engine() == Engine::Postgres {
        let off = "ALTER TABLE voucher_settlement_line \
                   DROP CONSTRAINT voucher_settlement_line_redemption_id_key";
        write(db, Query::new(off)).await.expect("it is taken off");
        list().await.expect("nothing refuses it");
        assert_eq!(due(db).await, owed(db).await + 2_000);
    }
}

async fn a_draw_and_a_refund(db: TestDb) {
    let shop = shop(db).await;
    let db = &shop.one.app.db;
    for round in 0..ROUNDS {
        let (_, record) = shop.sale(2 * round).await;
        shop.sale(2 * round + 1).await;
        db.clock.advance(SignedDuration::from_hours(1));
        let (drawn, back) = at_once(shop.draw().await, shop.refund(&record, 700, None)).await;
        assert_eq!(back.status, 201, "{}", back.body);
        assert_eq!(drawn.len(), 1);
        // The refund is in this one or waits for the next; it is in one, and once.
        let missing = due(db).await - owed(db).await;
        assert!(missing == 0 || missing == 700, "{missing}");
    }
    shop.sale(90).await;
    db.clock.advance(SignedDuration::from_hours(1));
    shop.draw().await.await;
    assert_eq!(due(db).await, owed(db).await);
    shop.one.whole().await;
}
