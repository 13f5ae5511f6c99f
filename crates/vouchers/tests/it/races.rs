//! What would happen without the guards: the verbs' steps, read first and written later, show the
//! harm; the audit sees it. With the guards the same order does none: see `tills`.

mod claiming;
mod editing;
mod money;
pub(crate) mod spending;
pub(crate) mod turns;

use db::{Query, ToValue as _};
use jiff::SignedDuration;
use serde_json::Value;
use testkit::{TestDb, on_both};
use vouchers::BatchId;

use crate::{festival::Festival, ground::terms};

async fn claim_one(one: &Festival, batch: BatchId) {
    let (_, script) = one.app.citizen("13812349999").await;
    let path = format!("/api/v1/voucher-batches/{batch}/claims");
    assert_eq!(script.post(&path, &Value::Null).await.status, 201);
}

async fn read_state(db: &TestDb) -> String {
    let mut tx = db.read().await.expect("a transaction");
    let query = Query::new("SELECT state FROM voucher_claim WHERE batch_no = 1 AND claim_no = 1");
    tx.list(query, |row| row.get(0)).await.expect("a read").remove(0)
}

async fn write(db: &TestDb, update: &'static str, values: [db::Value; 1]) -> u64 {
    let mut tx = db.write().await.expect("a transaction");
    let touched = tx.run_query(Query::default().with(update, values)).await.expect("a write");
    tx.commit().await.expect("it commits");
    touched
}

const SPEND: &str = "UPDATE voucher_claim SET redeemed_fen = redeemed_fen + ?, state = 'spent' \
                     WHERE batch_no = 1 AND claim_no = 1";
const SPEND_GUARDED: &str = "UPDATE voucher_claim SET redeemed_fen = redeemed_fen + ?, \
                             state = 'spent' WHERE batch_no = 1 AND claim_no = 1 \
                             AND state = 'held'";
const EXPIRE: &str = "UPDATE voucher_claim SET state = ? WHERE batch_no = 1 AND claim_no = 1";
const EXPIRE_GUARDED: &str = "UPDATE voucher_claim SET state = ? WHERE batch_no = 1 \
                              AND claim_no = 1 AND state = 'held'";

on_both!(two_tills_that_both_read_a_held_voucher_spend_it_twice_but_for_the_guard);
async fn two_tills_that_both_read_a_held_voucher_spend_it_twice_but_for_the_guard(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 10, 1)).await;
    claim_one(&one, batch).await;
    let db = &one.app.db;
    for (guarded, update) in [(true, SPEND_GUARDED), (false, SPEND)] {
        let both = (read_state(db).await, read_state(db).await);
        assert_eq!(both, ("held".into(), "held".into()), "both tills see it held");
        let first = write(db, update, [2_000_i64.to_value()]).await;
        let second = write(db, update, [2_000_i64.to_value()]).await;
        assert_eq!((first, second), (1, u64::from(!guarded)));
        let mut tx = db.read().await.expect("a transaction");
        let seen = vouchers::audit_batch(&mut tx, batch).await.expect("an audit");
        let over = seen.faults.iter().any(|fault| fault.contains("多于面额"));
        assert_eq!(over, !guarded, "{:?}", seen.faults);
        drop(tx);
        let back = "UPDATE voucher_claim SET redeemed_fen = ?, state = 'held' WHERE batch_no = 1";
        write(db, back, [0_i64.to_value()]).await;
    }
}

on_both!(an_expiry_that_read_a_held_voucher_takes_a_spent_one_but_for_the_guard);
async fn an_expiry_that_read_a_held_voucher_takes_a_spent_one_but_for_the_guard(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 10, 1)).await;
    claim_one(&one, batch).await;
    one.app.db.clock.advance(SignedDuration::from_hours(241));
    let db = &one.app.db;
    for (guarded, update) in [(true, EXPIRE_GUARDED), (false, EXPIRE)] {
        assert_eq!(read_state(db).await, "held", "the expiry sees it held");
        assert_eq!(write(db, SPEND_GUARDED, [2_000_i64.to_value()]).await, 1, "a till spends it");
        write(db, update, ["expired".to_value()]).await;
        let left = if guarded { "spent" } else { "expired" };
        assert_eq!(read_state(db).await, left, "without the guard the use is lost from sight");
        let back = "UPDATE voucher_claim SET redeemed_fen = ?, state = 'held' WHERE batch_no = 1";
        write(db, back, [0_i64.to_value()]).await;
    }
}
