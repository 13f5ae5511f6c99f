//! Tills over the real router: the code, the rules, two at once, and what a refund gives back.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{
    TestDb,
    app::{Answer, Script},
    on_both,
};
use vouchers::{BatchId, Terms};

use crate::{festival::Festival, ground::terms};

pub(crate) struct Citizen(Script);

impl Festival {
    /// A citizen with one voucher of the batch.
    pub(crate) async fn holder(&self, batch: BatchId, phone: &str) -> Citizen {
        let (_, script) = self.app.citizen(phone).await;
        let path = format!("/api/v1/voucher-batches/{batch}/claims");
        let answer = script.post(&path, &Value::Null).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        Citizen(script)
    }

    pub(crate) async fn take(&self, name: &str, body: Value) -> Answer {
        let script = self.app.script_of(name).await;
        script.post("/api/v1/redemptions", &body).await
    }

    pub(crate) async fn whole(&self) {
        let found = vouchers::audit_all(&self.app.db, None).await.expect("an audit");
        assert!(found.faults.is_empty(), "{:?}", found.faults);
    }
}

impl Citizen {
    /// The newest voucher, as the citizen sees it.
    pub(crate) async fn voucher(&self) -> Value {
        let answer = self.0.get("/api/v1/vouchers").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["items"][0].clone()
    }
    pub(crate) async fn code(&self) -> String {
        let voucher = self.voucher().await;
        voucher["code"].as_str().unwrap_or_else(|| panic!("no code: {voucher}")).to_owned()
    }
}

fn partial(db: &TestDb) -> Terms {
    Terms { partial: true, ..terms(&db.cx(), 100, 3) }
}

on_both!(a_voucher_is_taken_once_and_the_second_till_is_told_where);
async fn a_voucher_is_taken_once_and_the_second_till_is_told_where(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let citizen = one.holder(batch, "13812340001").await;
    let code = citizen.code().await;
    let tills = (0..20).map(|turn| {
        let (name, shop) = if turn % 2 == 0 { ("cashier", one.shop) } else { ("other", one.other) };
        let body = json!({
            "merchant": shop, "code": code, "bill_no": format!("b{turn}"), "bill_fen": 12_000,
        });
        one.take(name, body)
    });
    let answers = join_all(tills).await;
    let taken: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(taken.len(), 1, "one till wins");
    assert_eq!(taken[0].json()["amount_fen"], 2_000);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert!(answer.status == 409 && answer.has("核销过"), "{}", answer.body);
    }
    assert_eq!(citizen.voucher().await["state"], "spent");
    one.whole().await;
}

on_both!(rules_are_said_and_nothing_is_written);
async fn rules_are_said_and_nothing_is_written(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let citizen = one.holder(batch, "13812340002").await;
    let code = citizen.code().await;
    let body =
        |shop, fen: i64| json!({ "merchant": shop, "code": code, "bill_no": "1", "bill_fen": fen });
    let small = one.take("cashier", body(one.shop, 9_999)).await;
    assert!(small.status == 422 && small.has("below-threshold"), "{}", small.body);
    let guest = one.take("guest", body(one.guest, 12_000)).await;
    assert!(guest.status == 422 && guest.has("not-a-member"), "{}", guest.body);
    let not_theirs = one.take("cashier", body(one.other, 12_000)).await;
    assert_eq!(not_theirs.status, 404, "{}", not_theirs.body);
    let no_cashier = one.take("payer", body(one.shop, 12_000)).await;
    assert_eq!(no_cashier.status, 403, "{}", no_cashier.body);
    one.app.db.clock.advance(SignedDuration::from_secs(61));
    let old = one.take("cashier", body(one.shop, 12_000)).await;
    assert!(old.status == 422 && old.has("unknown-code"), "{}", old.body);
    assert_eq!(citizen.voucher().await["state"], "held");
    one.whole().await;
}

on_both!(the_same_key_gets_the_same_answer_and_another_body_is_refused);
async fn the_same_key_gets_the_same_answer_and_another_body_is_refused(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(partial(&one.app.db)).await;
    let citizen = one.holder(batch, "13812340003").await;
    let code = citizen.code().await;
    let body = |fen: i64| {
        json!({ "merchant": one.shop, "code": code, "bill_no": "7", "bill_fen": 12_000,
            "amount_fen": fen, "key": "till-7" })
    };
    let answers = join_all((0..10).map(|_| one.take("cashier", body(500)))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "written once");
    let first = answers[0].json()["redemption"].clone();
    assert!(answers.iter().all(|answer| answer.json()["redemption"] == first), "one answer");
    // A minute later the code is old, and the answer is still the same.
    one.app.db.clock.advance(SignedDuration::from_secs(90));
    let again = one.take("cashier", body(500)).await;
    assert_eq!((again.status, again.json()["redemption"].clone()), (200, first));
    let other = one.take("cashier", body(600)).await;
    assert!(other.status == 422 && other.has("idempotency-key-reused"), "{}", other.body);
    assert_eq!(citizen.voucher().await["left_fen"], 1_500);
    one.whole().await;
}

on_both!(a_refund_gives_back_what_was_redeemed_and_never_more);
async fn a_refund_gives_back_what_was_redeemed_and_never_more(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let citizen = one.holder(batch, "13812340004").await;
    let code = citizen.code().await;
    let body = json!({ "merchant": one.shop, "code": code, "bill_no": "9", "bill_fen": 12_000 });
    let taken = one.take("cashier", body).await;
    let redemption = taken.json()["redemption"].clone();
    let script = one.app.script_of("cashier").await;
    let refund = |fen: i64| {
        let body = json!({ "redemption": redemption, "amount_fen": fen, "reason": "顾客退货" });
        let script = &script;
        async move { script.post("/api/v1/refunds", &body).await }
    };
    let answers = join_all((0..10).map(|_| refund(800))).await;
    let given = answers.iter().filter(|answer| answer.status == 201).count();
    assert!((1..=2).contains(&given), "of 2,000 at most two refunds of 800: {given}");
    let too_much = refund(2_000).await;
    assert!(too_much.status == 422 && too_much.has("too-much"), "{}", too_much.body);
    let stranger = one.app.script_of("other").await;
    let body = json!({ "redemption": redemption, "reason": "不是我的" });
    let answer = stranger.post("/api/v1/refunds", &body).await;
    assert!(answer.status == 403 || answer.status == 404, "{}", answer.body);
    let voucher = citizen.voucher().await;
    assert_eq!(voucher["state"], "held");
    assert_eq!(voucher["left_fen"].as_i64(), Some(800 * given as i64));
    one.whole().await;
}

on_both!(what_is_not_used_expires_once_and_goes_back_into_the_stock);
async fn what_is_not_used_expires_once_and_goes_back_into_the_stock(db: TestDb) {
    let one = Festival::begin(db).await;
    let own = Terms { restock: true, ..terms(&one.app.db.cx(), 5, 1) };
    let batch = one.batch(own).await;
    let spent = one.holder(batch, "13812340005").await;
    let kept = one.holder(batch, "13812340006").await;
    let body = json!({
        "merchant": one.shop, "code": spent.code().await, "bill_no": "1", "bill_fen": 12_000,
    });
    assert_eq!(one.take("cashier", body).await.status, 201);
    let cx = one.app.db.cx();
    assert_eq!(vouchers::expire_due(&one.app.state, &cx).await.expect("it runs"), 0);
    one.app.db.clock.advance(SignedDuration::from_hours(241));
    let cx = one.app.db.cx();
    let both = tokio::join!(
        vouchers::expire_due(&one.app.state, &cx),
        vouchers::expire_due(&one.app.state, &cx),
    );
    assert_eq!(both.0.expect("it runs") + both.1.expect("it runs"), 1, "once");
    assert_eq!(kept.voucher().await["state"], "expired");
    assert_eq!(spent.voucher().await["state"], "spent");
    one.whole().await;
}

on_both!(a_settlement_is_confirmed_approved_and_paid_by_three_and_lists_a_line_once);
async fn a_settlement_is_confirmed_approved_and_paid_by_three_and_lists_a_line_once(db: TestDb) {
    use vouchers::{SettlementStep as Step, draw_settlements, turn_settlement};
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    for phone in ["13812340007", "13812340008"] {
        let citizen = one.holder(batch, phone).await;
        let body = json!({
            "merchant": one.shop, "code": citizen.code().await, "bill_no": phone,
            "bill_fen": 12_000,
        });
        assert_eq!(one.take("cashier", body).await.status, 201);
    }
    one.app.db.clock.advance(SignedDuration::from_hours(1));
    let (run, own, pay) =
        (one.cx("organiser").await, one.cx("keeper").await, one.cx("payer").await);
    let mut tx = one.app.db.write().await.expect("a transaction");
    let drawn = draw_settlements(&mut tx, &run, one.campaign, run.now).await.expect("drawn");
    assert_eq!(drawn.len(), 1);
    let again = draw_settlements(&mut tx, &run, one.campaign, run.now).await.expect("drawn");
    assert!(again.is_empty(), "each line stands in one settlement");
    let id = drawn[0];
    let mut turn = async |cx, version, step, words| {
        turn_settlement(&mut tx, cx, (id, version), step, words).await
    };
    assert!(turn(&pay, 1, Step::Approve, "").await.is_err(), "not before the merchant confirms");
    assert!(turn(&pay, 1, Step::Confirm, "").await.is_err(), "not by the funder");
    turn(&own, 1, Step::Confirm, "").await.expect("confirmed");
    assert!(turn(&own, 2, Step::Approve, "").await.is_err(), "not by the merchant");
    turn(&pay, 2, Step::Approve, "").await.expect("approved");
    assert!(turn(&pay, 2, Step::Pay, "流水 1").await.is_err(), "an old version");
    turn(&pay, 3, Step::Pay, "流水 1").await.expect("paid");
    tx.commit().await.expect("it commits");
    one.whole().await;
}

on_both!(pages_carry_a_voucher_from_the_offer_to_the_till);
async fn pages_carry_a_voucher_from_the_offer_to_the_till(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let visitor = one.app.visitor();
    let offers = visitor.get("/c/vouchers").await;
    assert!(offers.status == 200 && offers.has("满100减20"), "{}", offers.body);
    let citizen = one.holder(batch, "13812340009").await;
    let id = citizen.voucher().await["id"].as_str().expect("an id").to_owned();
    let page = citizen.0.get(&format!("/c/wallet/{id}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let digits = page.between("<p class=\"digits\">", "</p>").to_owned();
    let (_, stranger) = one.app.citizen("13812340010").await;
    assert_eq!(stranger.get(&format!("/c/wallet/{id}")).await.status, 404, "not theirs");
    let till = one.app.browser("cashier").await;
    let shop = one.shop.to_string();
    assert_eq!(till.get("/till").await.status, 200);
    let typed = [
        ("merchant", shop.as_str()),
        ("code", &digits),
        ("bill", "120.00"),
        ("bill_no", "A1"),
        ("key", "k1"),
    ];
    let done = till.post("/till", &typed).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let record = till.get(done.location()).await;
    assert!(record.has("收好了") && record.has("100.00"), "{}", record.body);
    let other = one.app.browser("other").await;
    assert_eq!(other.get(done.location()).await.status, 404, "another merchant's");
    let again = till.post("/till", &[("bill", "120"), ("merchant", &shop)]).await;
    assert!(again.status == 422 && again.has("这一项要填"), "{}", again.body);
    let page = citizen.0.get(&format!("/c/wallet/{id}")).await;
    assert!(page.has("已使用") && page.has("拾光里"), "{}", page.body);
    assert_eq!(visitor.get("/till").await.status, 303, "signs in first");
}
