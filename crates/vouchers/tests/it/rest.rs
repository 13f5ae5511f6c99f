//! What happens to a batch and its vouchers beside claims and tills: voids, ways back into the
//! stock, new terms, where a batch is taken, its end, and settlements that are disputed.

use jiff::SignedDuration;
use kernel::{Actor, CitizenNo};
use serde_json::json;
use testkit::{TestDb, on_both};
use vouchers::{
    BatchError, SettlementStep as Step, Terms, VoidError, VoucherId, VoucherNo, accept_at,
    change_terms, close_batch, draw_settlements, give_up, turn_settlement, void_voucher,
};

use crate::{festival::Festival, ground::terms};

fn number(voucher: &serde_json::Value) -> VoucherNo {
    let id: VoucherId = voucher["id"].as_str().expect("an id").parse().expect("a voucher's id");
    VoucherNo::of(id).expect("its numbers")
}

async fn no(one: &Festival, phone: &str) -> CitizenNo {
    one.app.citizen(phone).await.0
}

on_both!(a_voided_voucher_and_one_that_was_given_up_go_back_into_the_stock_once);
async fn a_voided_voucher_and_one_that_was_given_up_go_back_into_the_stock_once(db: TestDb) {
    let one = Festival::begin(db).await;
    let promised = Terms { restock: true, ..terms(&one.app.db.cx(), 2, 1) };
    let batch = one.batch(promised).await;
    let voided = one.holder(batch, "13812340011").await;
    let left = one.holder(batch, "13812340012").await;
    let run = one.cx("organiser").await;
    let (first, second) = (number(&voided.voucher().await), number(&left.voucher().await));
    let citizen = no(&one, "13812340012").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let unsaid = void_voucher(&mut tx, &run, first, " ").await;
    assert!(matches!(unsaid, Err(VoidError::BadReason)), "{unsaid:?}");
    void_voucher(&mut tx, &run, first, "重复发放").await.expect("voided");
    let twice = void_voucher(&mut tx, &run, first, "重复发放").await;
    assert!(matches!(twice, Err(VoidError::NotHeld)), "{twice:?}");
    let own = run.acting_as(Actor::Citizen { no: citizen });
    let stranger = run.acting_as(Actor::Citizen { no: CitizenNo(999_999) });
    let denied = give_up(&mut tx, &stranger, CitizenNo(999_999), second).await;
    assert!(matches!(denied, Err(VoidError::Denied(_))), "{denied:?}");
    give_up(&mut tx, &own, citizen, second).await.expect("given up");
    tx.commit().await.expect("it commits");
    assert_eq!(voided.voucher().await["state"], "voided");
    one.whole().await;
}

on_both!(new_terms_are_for_those_who_come_later_and_a_closed_batch_takes_none);
async fn new_terms_are_for_those_who_come_later_and_a_closed_batch_takes_none(db: TestDb) {
    let one = Festival::begin(db).await;
    let first = terms(&one.app.db.cx(), 100, 1);
    let batch = one.batch(first.clone()).await;
    let before = one.holder(batch, "13812340013").await;
    let run = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let dearer = Terms { budget: kernel::Fen(first.budget.0 * 2), ..first.clone() };
    let above = change_terms(&mut tx, &run, batch, 3, dearer).await;
    assert!(matches!(above, Err(BatchError::Terms(_))), "{above:?}");
    let fewer = Terms { quantity: 50, name: "改过的".into(), ..first.clone() };
    change_terms(&mut tx, &run, batch, 3, fewer.clone()).await.expect("changed");
    let old = change_terms(&mut tx, &run, batch, 3, fewer).await;
    assert!(matches!(old, Err(BatchError::Conflict)), "{old:?}");
    accept_at(&mut tx, &run, batch, 4, &[one.shop]).await.expect("accepted there");
    tx.commit().await.expect("it commits");
    let after = one.holder(batch, "13812340014").await;
    assert_eq!(before.voucher().await["name"], "满100减20");
    assert_eq!(after.voucher().await["name"], "改过的");
    let mut tx = one.app.db.write().await.expect("a transaction");
    close_batch(&mut tx, &run, batch, 5).await.expect("closed");
    let again = close_batch(&mut tx, &run, batch, 6).await;
    assert!(matches!(again, Err(BatchError::WrongState)), "{again:?}");
    tx.commit().await.expect("it commits");
    one.whole().await;
}

on_both!(a_disputed_settlement_is_answered_or_withdrawn_and_its_lines_can_be_drawn_again);
async fn a_disputed_settlement_is_answered_or_withdrawn_and_its_lines_can_be_drawn_again(
    db: TestDb,
) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let citizen = one.holder(batch, "13812340015").await;
    let body = json!({
        "merchant": one.shop, "code": citizen.code().await, "bill_no": "B1", "bill_fen": 12_000,
    });
    assert_eq!(one.take("cashier", body).await.status, 201);
    one.app.db.clock.advance(SignedDuration::from_hours(1));
    let (run, own) = (one.cx("organiser").await, one.cx("keeper").await);
    let mut tx = one.app.db.write().await.expect("a transaction");
    let drawn = draw_settlements(&mut tx, &run, one.campaign, run.now).await.expect("drawn");
    let id = drawn[0];
    let mut turn = async |cx, version, step, words| {
        turn_settlement(&mut tx, cx, (id, version), step, words).await
    };
    assert!(turn(&own, 1, Step::Dispute, "").await.is_err(), "a dispute says why");
    turn(&own, 1, Step::Dispute, "少一笔").await.expect("disputed");
    turn(&run, 2, Step::Answer, "已核对，没有少").await.expect("answered");
    turn(&own, 3, Step::Dispute, "还是少").await.expect("disputed again");
    turn(&run, 4, Step::Withdraw, "重新出").await.expect("withdrawn");
    let anew = draw_settlements(&mut tx, &run, one.campaign, run.now).await.expect("drawn");
    assert_eq!(anew.len(), 1, "the line is free again");
    tx.commit().await.expect("it commits");
    one.whole().await;
}

on_both!(a_batch_is_prolonged_after_vouchers_of_it_expired);
async fn a_batch_is_prolonged_after_vouchers_of_it_expired(db: TestDb) {
    let one = Festival::begin(db).await;
    let promised = Terms { restock: true, ..terms(&one.app.db.cx(), 2, 1) };
    let batch = one.batch(promised.clone()).await;
    let lapsed = one.holder(batch, "13812340015").await;
    // The uses end after 240 hours, what a refund gives back a week later.
    one.app.db.clock.advance(SignedDuration::from_hours(241 + 24 * 7));
    let cx = one.app.db.cx();
    assert_eq!(vouchers::expire_due(&one.app.state, &cx).await.expect("it runs"), 1);
    assert_eq!(lapsed.voucher().await["state"], "expired");
    let run = one.cx("organiser").await;
    let later = |hours| cx.now + SignedDuration::from_hours(hours);
    let longer = Terms { claim_until: later(24), use_until: later(48), ..promised };
    let mut tx = one.app.db.write().await.expect("a transaction");
    change_terms(&mut tx, &run, batch, 3, longer).await.expect("what came back is promised again");
    tx.commit().await.expect("it commits");
    // Both are there: the one that came back, and the one that nobody had taken.
    for phone in ["13812340016", "13812340017"] {
        assert_eq!(one.holder(batch, phone).await.voucher().await["state"], "held");
    }
    one.whole().await;
}
