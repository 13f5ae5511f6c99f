//! Who spends a voucher while somebody else spends it, takes it back, lets it expire or refunds it.

use std::sync::Arc;

use db::{Query, args};
use jiff::SignedDuration;
use merchants::MerchantId;
use serde_json::{Value, json};
use testkit::{
    Clock, TestDb,
    app::{Answer, Script, TestApp},
    on_both,
};
use vouchers::{
    RefundAsk, Terms, VoidError, VoucherId, VoucherNo, expire_slice, refund, void_voucher,
};

use super::turns::{at_once, in_turn, left, number, state_of, system, write};
use crate::{festival::Festival, ground::terms};

on_both!(
    one_code_at_two_tills_of_two_nodes,
    one_key_with_two_bodies_takes_one_voucher,
    a_void_and_a_till,
    a_void_that_looked_before_a_till_gives_a_spent_voucher_out_again,
    an_expiry_and_a_till_whose_clock_is_slow,
    a_refund_and_a_till,
    a_refund_that_writes_what_it_read_loses_a_redemption
);

/// How often a race is run.
pub(crate) const ROUNDS: u32 = 6;

/// A till at one node.
#[derive(Clone)]
pub(crate) struct Till {
    script: Script,
    merchant: MerchantId,
}

impl Till {
    /// Sends as its own software does, on a task of its own.
    pub(crate) fn take(
        &self,
        code: &str,
        bill_no: &str,
        more: &Value,
    ) -> impl Future<Output = Answer> + Send + 'static {
        let mut body = json!({
            "merchant": self.merchant, "code": code, "bill_no": bill_no, "bill_fen": 20_000,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let script = self.script.clone();
        async move { script.post("/api/v1/redemptions", &body).await }
    }

    /// Takes what is asked for, and gets it; the record.
    pub(crate) async fn taken(&self, code: &str, bill_no: &str, fen: i64) -> Value {
        let answer = self.take(code, bill_no, &json!({ "amount_fen": fen })).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["redemption"].clone()
    }

    /// Refunds, on a task of its own.
    pub(crate) fn give_back(&self, body: Value) -> impl Future<Output = Answer> + Send + 'static {
        let script = self.script.clone();
        async move { script.post("/api/v1/refunds", &body).await }
    }
}

impl Festival {
    /// The till of the first shop, or of the second, at this node.
    pub(crate) async fn till_at(&self, node: &TestApp, name: &str) -> Till {
        let merchant = if name == "other" { self.other } else { self.shop };
        let token = self.app.token(name, 30).await;
        Till { script: node.script(&token), merchant }
    }

    /// A node whose clock tells this instant.
    pub(crate) async fn node(&self, clock: Option<jiff::Timestamp>) -> TestApp {
        let mut db = self.app.db.node().await;
        if let Some(now) = clock {
            db.clock = Arc::new(Clock::at(now));
        }
        TestApp::with(vouchers::routes(), db)
    }
}

/// A voucher that may be spent in parts.
pub(crate) fn in_parts(db: &TestDb) -> Terms {
    Terms { partial: true, refund_days: 7, ..terms(&db.cx(), 100, 3) }
}

fn phone(round: u32) -> String {
    format!("138{:08}", 12_350_000 + round)
}

fn number_of(voucher: &Value) -> VoucherNo {
    let id: VoucherId = voucher["id"].as_str().expect("an id").parse().expect("a voucher's");
    VoucherNo::of(id).expect("its numbers")
}

async fn one_code_at_two_tills_of_two_nodes(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let node = one.node(None).await;
    let (here, there) = (one.till_at(&one.app, "cashier").await, one.till_at(&node, "other").await);
    for round in 0..ROUNDS {
        let citizen = one.holder(batch, &phone(round)).await;
        let code = citizen.code().await;
        let (bill, more) = (format!("b{round}"), json!({}));
        let (a, b) = at_once(here.take(&code, &bill, &more), there.take(&code, &bill, &more)).await;
        let mut both = [a.status, b.status];
        both.sort_unstable();
        assert_eq!(both, [201, 409], "{} {}", a.body, b.body);
        let lost = if a.status == 409 { a } else { b };
        assert!(lost.has("核销过"), "the second is told where: {}", lost.body);
    }
    let count = Query::new("SELECT COUNT(*) FROM voucher_redemption");
    assert_eq!(number(&one.app.db, count).await, i64::from(ROUNDS));
    one.whole().await;
}

async fn one_key_with_two_bodies_takes_one_voucher(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(in_parts(&one.app.db)).await;
    let node = one.node(None).await;
    let (here, there) =
        (one.till_at(&one.app, "cashier").await, one.till_at(&node, "cashier").await);
    for round in 0..ROUNDS {
        let citizen = one.holder(batch, &phone(round)).await;
        let code = citizen.code().await;
        let bill = format!("b{round}");
        let body = |fen: i64| json!({ "amount_fen": fen, "key": bill.clone() });
        let (a, b) =
            at_once(here.take(&code, &bill, &body(500)), there.take(&code, &bill, &body(600)))
                .await;
        let mut both = [a.status, b.status];
        both.sort_unstable();
        assert_eq!(both, [201, 422], "{} {}", a.body, b.body);
        let lost = if a.status == 422 { &a } else { &b };
        assert!(lost.has("idempotency-key-reused"), "{}", lost.body);
        // The answer that was given is given again, at the other node too.
        let (fen, won) = if a.status == 201 { (500, &a) } else { (600, &b) };
        for till in [&here, &there] {
            let again = till.take(&code, &bill, &body(fen)).await;
            assert_eq!(again.status, 200, "{}", again.body);
            assert_eq!(again.json()["redemption"], won.json()["redemption"]);
        }
    }
    let long = json!({ "key": "k".repeat(129) });
    let refused = here.take("000000000000", "b", &long).await;
    assert!(refused.status == 422 && refused.has("bad-key"), "{}", refused.body);
    one.whole().await;
}

async fn a_void_and_a_till(db: TestDb) {
    let one = Festival::begin(db).await;
    let again = Terms { restock: true, ..terms(&one.app.db.cx(), 100, 1) };
    let batch = one.batch(again).await;
    let till = one.till_at(&one.app, "cashier").await;
    let citizen = one.holder(batch, &phone(90)).await;
    let (code, voucher) = (citizen.code().await, number_of(&citizen.voucher().await));
    let run = one.cx("organiser").await;
    let void = async |tx: &mut db::Tx| {
        void_voucher(tx, &run, voucher, "重复发放").await.expect("it is held");
    };
    let told = in_turn(&one.app.db, void, till.take(&code, "b", &json!({}))).await;
    assert!(told.status == 409 && told.has("已经作废"), "{}", told.body);
    assert_eq!(left(&one.app.db, 1).await, 100, "it went back");
    for round in 0..ROUNDS {
        let citizen = one.holder(batch, &phone(round)).await;
        let (code, voucher) = (citizen.code().await, number_of(&citizen.voucher().await));
        let (db, run) = (one.app.db.clone(), run.clone());
        let before = left(&db, 1).await;
        let voiding = async move {
            let mut tx = db.write().await.expect("a transaction");
            let told = void_voucher(&mut tx, &run, voucher, "重复发放").await;
            if told.is_ok() {
                tx.commit().await.expect("it commits");
            }
            told
        };
        let (told, taken) =
            at_once(voiding, till.take(&code, &format!("{round}"), &json!({}))).await;
        let back = left(&one.app.db, 1).await - before;
        let seen = (taken.status, &*state_of(&one.app.db, 1, voucher.claim).await, back);
        match told {
            Ok(()) => assert_eq!(seen, (409, "voided", 1), "{}", taken.body),
            Err(VoidError::NotHeld) => assert_eq!(seen, (201, "spent", 0), "{}", taken.body),
            Err(other) => panic!("{other:?}"),
        }
    }
    one.whole().await;
}

/// Off: both looked and found it held.
async fn a_void_that_looked_before_a_till_gives_a_spent_voucher_out_again(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(Terms { restock: true, ..terms(&one.app.db.cx(), 1, 1) }).await;
    let till = one.till_at(&one.app, "cashier").await;
    let first = one.holder(batch, &phone(1)).await;
    let db = &one.app.db;
    assert_eq!(state_of(db, 1, 1).await, "held", "the void sees it held");
    till.taken(&first.code().await, "b", 2_000).await;
    let void = Query::new("UPDATE voucher_claim SET state = 'voided' WHERE batch_no = 1");
    write(db, void).await.expect("nothing refuses it");
    let back = Query::new("UPDATE voucher_stock SET returned_count = 1 WHERE batch_no = 1");
    write(db, back).await.expect("nothing refuses it");
    let second = one.holder(batch, &phone(2)).await;
    till.taken(&second.code().await, "c", 2_000).await;
    let spent = Query::new("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM voucher_redemption");
    assert_eq!(number(db, spent).await, 4_000, "of a batch of one voucher of 2,000");
}

async fn an_expiry_and_a_till_whose_clock_is_slow(db: TestDb) {
    let one = Festival::begin(db).await;
    let promised = terms(&one.app.db.cx(), 100, 1);
    let end = promised.use_until;
    let batch = one.batch(promised).await;
    let (first, second) = (one.holder(batch, &phone(1)).await, one.holder(batch, &phone(2)).await);
    one.app.db.clock.set(end - SignedDuration::from_secs(1));
    let fast = one.node(Some(end)).await;
    let till = one.till_at(&one.app, "cashier").await;
    // Spent in the last second, then gone through by the node whose clock is ahead.
    till.taken(&first.code().await, "b1", 2_000).await;
    let code = second.code().await;
    let cx = system(&fast.db);
    let expire = async |tx: &mut db::Tx| {
        assert_eq!(expire_slice(tx, &cx).await.expect("it runs"), Some(1), "the other alone");
    };
    let told = in_turn(&one.app.db, expire, till.take(&code, "b2", &json!({}))).await;
    assert!(told.status == 409 && told.has("已经过期"), "{}", told.body);
    assert_eq!(vouchers::expire_due(&fast.state, &cx).await.expect("it runs"), 0, "once");
    assert_eq!(first.voucher().await["state"], "spent");
    assert_eq!(second.voucher().await["state"], "expired");
    one.whole().await;
}

async fn a_refund_and_a_till(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(in_parts(&one.app.db)).await;
    let till = one.till_at(&one.app, "cashier").await;
    let half_minute = SignedDuration::from_secs(30);
    for round in 0..ROUNDS {
        let citizen = one.holder(batch, &phone(round)).await;
        let record = till.taken(&citizen.code().await, &format!("a{round}"), 1_500).await;
        one.app.db.clock.advance(half_minute);
        let code = citizen.code().await;
        let body = json!({ "redemption": record, "reason": "顾客退货" });
        let rest = json!({ "amount_fen": 500 });
        let taking = till.take(&code, &format!("b{round}"), &rest);
        let (taken, back) = at_once(taking, till.give_back(body)).await;
        assert_eq!(taken.status, 201, "{}", taken.body);
        assert!(matches!(back.status, 201 | 409), "{}", back.body);
        let left = if back.status == 201 { 1_500 } else { 0 };
        let voucher = citizen.voucher().await;
        assert_eq!(voucher["left_fen"].as_i64().unwrap_or(0), left, "{voucher}");
    }
    // In turn: what the refund gives back is there for who asks after it.
    let citizen = one.holder(batch, &phone(80)).await;
    let record = till.taken(&citizen.code().await, "a80", 1_500).await;
    one.app.db.clock.advance(half_minute);
    let code = citizen.code().await;
    let cx = one.cx("cashier").await;
    let redemption = record.as_str().expect("an id").parse().expect("a redemption");
    let ask = RefundAsk { redemption, amount: None, reason: "顾客退货".into(), key: None };
    let back = async |tx: &mut db::Tx| {
        assert!(refund(tx, &cx, ask.clone()).await.expect("refunded").gives_back);
    };
    let rest = json!({ "amount_fen": 500 });
    let told = in_turn(&one.app.db, back, till.take(&code, "b80", &rest)).await;
    assert_eq!(told.status, 201, "{}", told.body);
    assert_eq!(citizen.voucher().await["left_fen"], 1_500);
    one.whole().await;
}

/// Off: the refund writes the voucher as it read it.
async fn a_refund_that_writes_what_it_read_loses_a_redemption(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(in_parts(&one.app.db)).await;
    let till = one.till_at(&one.app, "cashier").await;
    let citizen = one.holder(batch, &phone(1)).await;
    till.taken(&citizen.code().await, "a", 1_500).await;
    let db = &one.app.db;
    let read = Query::new("SELECT redeemed_fen FROM voucher_claim WHERE batch_no = 1");
    let read = number(db, read).await;
    db.clock.advance(SignedDuration::from_secs(30));
    till.taken(&citizen.code().await, "b", 500).await;
    let back = Query::new("UPDATE voucher_claim SET state = 'held', ");
    let back = back.with("redeemed_fen = ?, refunded_fen = 0 WHERE batch_no = 1", args![read]);
    write(db, back).await.expect("nothing refuses it");
    assert_eq!(citizen.voucher().await["left_fen"], 500, "to be spent a second time");
    let found = vouchers::audit_all(db, None).await.expect("an audit");
    assert!(found.faults.iter().any(|fault| fault.contains("对不上")), "{:?}", found.faults);
}
