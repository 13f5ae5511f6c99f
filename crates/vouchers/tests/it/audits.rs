//! The audit finds what was broken behind the verbs, and an administrator learns of it.

use db::{Db, Query, job};
use serde_json::json;
use testkit::{TestDb, on_both};
use vouchers::{SettlementStep as Step, VoucherState, audit_all, audit_nightly, run_audit};

use crate::settlements::Fair;

/// Changes the database as no verb does.
async fn behind(db: &Db, statements: &[&'static str]) {
    let mut tx = db.write().await.expect("a transaction");
    for statement in statements {
        tx.run_query(Query::new(statement)).await.expect("it runs");
    }
    tx.commit().await.expect("it commits");
}

/// A batch with a voucher that is held, one that is spent and settled, one that is spent and in
/// part refunded, one that is voided; all of it whole.
async fn whole(db: TestDb) -> Fair {
    let fair = Fair::begin(db).await;
    fair.one.holder(fair.batch, "13812342001").await;
    let citizen = fair.one.holder(fair.batch, "13812342002").await;
    let voided = citizen.voucher().await["id"].as_str().expect("an id").to_owned();
    let voided = vouchers::VoucherNo::of(voided.parse().expect("an id")).expect("its numbers");
    let run = fair.one.cx("organiser").await;
    let mut tx = fair.one.app.db.write().await.expect("a transaction");
    vouchers::void_voucher(&mut tx, &run, voided, "重复").await.expect("voided");
    tx.commit().await.expect("it commits");
    fair.spend("13812342003").await;
    let back = fair.spend("13812342004").await;
    fair.refund(&back, 500).await;
    let id = fair.draw().await[0];
    fair.turn("keeper", id, Step::Confirm, "").await.expect("confirmed");
    fair.one.whole().await;
    assert_eq!(VoucherState::Voided.to_string(), citizen.voucher().await["state"]);
    fair
}

/// Breaks what holds; the audit must say so in these words.
async fn finds(db: TestDb, statements: &[&'static str], said: &str) {
    let fair = whole(db).await;
    behind(&fair.one.app.db, statements).await;
    let report = audit_all(&fair.one.app.db, None).await.expect("an audit");
    let found = report.faults.iter().any(|fault| fault.contains(said));
    assert!(found, "“{said}” is not among {:?}", report.faults);
    assert_eq!((report.batches, report.settlements), (1, 1));
}

on_both!(more_issued_than_there_are);
async fn more_issued_than_there_are(db: TestDb) {
    finds(db, &["UPDATE voucher_terms SET quantity = 2"], "发出 4，多于 2 张").await;
}

on_both!(a_claim_that_is_gone);
async fn a_claim_that_is_gone(db: TestDb) {
    finds(db, &["DELETE FROM voucher_claim WHERE claim_no = 1"], "实有 3 张").await;
}

on_both!(more_redeemed_than_its_face);
async fn more_redeemed_than_its_face(db: TestDb) {
    let more = "UPDATE voucher_claim SET redeemed_fen = 2001 WHERE claim_no = 3";
    finds(db, &[more], "1 张用掉的多于面额").await;
}

on_both!(sums_that_are_not_those_of_the_records);
async fn sums_that_are_not_those_of_the_records(db: TestDb) {
    let less = "UPDATE voucher_claim SET refunded_fen = 400 WHERE claim_no = 4";
    finds(db, &[less], "1 张券的用额同核销、退款记录对不上").await;
}

on_both!(a_claim_in_none_of_the_states);
async fn a_claim_in_none_of_the_states(db: TestDb) {
    // The same table without its rules, as a hand at the database would have to make it.
    let statements = [
        "CREATE TABLE kept AS SELECT * FROM voucher_claim",
        "DROP TABLE voucher_claim",
        "ALTER TABLE kept RENAME TO voucher_claim",
        "UPDATE voucher_claim SET state = 'lent' WHERE claim_no = 1",
    ];
    finds(db, &statements, "未用、已用、过期、作废共 3 张，实有 4 张").await;
}

on_both!(a_state_that_is_not_what_was_done);
async fn a_state_that_is_not_what_was_done(db: TestDb) {
    let held = "UPDATE voucher_claim SET state = 'held' WHERE claim_no = 2";
    finds(db, &[held], "1 张券的状态同用额、作废记录对不上").await;
}

on_both!(more_back_in_the_stock_than_came_back);
async fn more_back_in_the_stock_than_came_back(db: TestDb) {
    let back = "UPDATE voucher_stock SET returned_count = 2";
    finds(db, &[back], "记着退回 2 张，过期和作废只有 1 张").await;
}

on_both!(a_redemption_without_its_voucher);
async fn a_redemption_without_its_voucher(db: TestDb) {
    let astray = "UPDATE voucher_redemption SET claim_no = 99 WHERE claim_no = 3";
    finds(db, &[astray], "1 笔核销没有券").await;
}

on_both!(a_settlement_of_another_merchant);
async fn a_settlement_of_another_merchant(db: TestDb) {
    // Any other id is as wrong as another merchant's.
    let wrong = "UPDATE voucher_settlement SET merchant_id = funder_id";
    finds(db, &[wrong], "3 条结算明细不属于它的商户或出资方").await;
}

on_both!(a_withdrawn_settlement_that_kept_its_lines);
async fn a_withdrawn_settlement_that_kept_its_lines(db: TestDb) {
    let withdrawn = "UPDATE voucher_settlement SET state = 'withdrawn'";
    finds(db, &[withdrawn], "已撤回，还占着 3 条明细").await;
}

on_both!(a_line_in_two_settlements);
async fn a_line_in_two_settlements(db: TestDb) {
    let statements = [
        "CREATE TABLE kept AS SELECT * FROM voucher_settlement_line",
        "DROP TABLE voucher_settlement_line",
        "ALTER TABLE kept RENAME TO voucher_settlement_line",
        "INSERT INTO voucher_settlement_line SELECT settlement_id, settlement_id, redemption_id, \
         refund_id FROM voucher_settlement_line WHERE refund_id IS NULL",
    ];
    finds(db, &statements, "2 笔核销或退款列在不止一份结算里").await;
}

on_both!(a_settlement_that_is_no_longer_what_was_confirmed);
async fn a_settlement_that_is_no_longer_what_was_confirmed(db: TestDb) {
    let gone = "DELETE FROM voucher_settlement_line WHERE refund_id IS NOT NULL";
    finds(db, &[gone], "明细合计 40.00 元，日志里办理时是 35.00 元").await;
}

on_both!(a_settlement_without_lines);
async fn a_settlement_without_lines(db: TestDb) {
    finds(db, &["DELETE FROM voucher_settlement_line"], "没有明细").await;
}

on_both!(a_payment_without_the_banks_reference);
async fn a_payment_without_the_banks_reference(db: TestDb) {
    finds(db, &["UPDATE voucher_settlement SET state = 'paid'"], "没有银行流水号").await;
}

on_both!(a_failed_audit_is_laid_before_an_administrator_once);
async fn a_failed_audit_is_laid_before_an_administrator_once(db: TestDb) {
    let fair = whole(db).await;
    let (state, db) = (&fair.one.app.state, &fair.one.app.db);
    let jobs = async || {
        let mut tx = db.read().await.expect("a transaction");
        job::list(&mut tx, "waiting", 10).await.expect("the jobs").len()
    };
    audit_nightly(state, &db.cx()).await.expect("it runs");
    assert_eq!(jobs().await, 0, "all is whole: there is nothing to look at");
    run_audit(state.clone(), db.cx(), json!({})).await.expect("whole");
    behind(db, &["UPDATE voucher_stock SET returned_count = 2"]).await;
    for _ in 0..3 {
        let report = audit_nightly(state, &db.cx()).await.expect("it runs");
        assert_eq!(report.faults.len(), 1, "{:?}", report.faults);
    }
    assert_eq!(jobs().await, 1, "one letter, however many nights");
    let why = run_audit(state.clone(), db.cx(), json!({})).await.expect_err("it fails");
    assert!(why.contains("1 处对不上") && why.contains("记着退回 2 张"), "{why}");
}
