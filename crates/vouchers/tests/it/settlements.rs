//! Settlements over the verbs: drawn once, whoever draws; what came back later stands in the next;
//! steps have their own people.

use futures_util::future::join_all;
use jiff::SignedDuration;
use kernel::Fen;
use serde_json::{Value, json};
use testkit::{TestDb, on_both};
use vouchers::{
    BatchId, SettleError, Settlement, SettlementId, SettlementState, SettlementStep as Step,
    draw_settlements, settlement_by_id, turn_settlement,
};

use crate::{festival::Festival, ground::terms};

/// A festival with a batch that is open, and bills that were paid with its vouchers.
pub(crate) struct Fair {
    pub(crate) one: Festival,
    pub(crate) batch: BatchId,
}

impl Fair {
    pub(crate) async fn begin(db: TestDb) -> Self {
        let one = Festival::begin(db).await;
        let batch = one.batch(terms(&one.app.db.cx(), 1_000, 1)).await;
        Self { one, batch }
    }

    /// A citizen's voucher of 20 yuan on a bill at the first shop; answers the redemption.
    pub(crate) async fn spend(&self, phone: &str) -> String {
        self.spend_at("cashier", phone).await
    }

    pub(crate) async fn spend_at(&self, till: &str, phone: &str) -> String {
        let shop = if till == "other" { self.one.other } else { self.one.shop };
        let citizen = self.one.holder(self.batch, phone).await;
        let body = json!({
            "merchant": shop, "code": citizen.code().await, "bill_no": phone, "bill_fen": 12_000,
        });
        let answer = self.one.take(till, body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["redemption"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn refund(&self, redemption: &str, fen: i64) {
        let body = json!({ "redemption": redemption, "amount_fen": fen, "reason": "顾客退货" });
        let answer = self.one.app.script_of("cashier").await.post("/api/v1/refunds", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }

    /// Draws everything up to now, an hour later.
    pub(crate) async fn draw(&self) -> Vec<SettlementId> {
        self.one.app.db.clock.advance(SignedDuration::from_hours(1));
        let run = self.one.cx("organiser").await;
        let mut tx = self.one.app.db.write().await.expect("a transaction");
        let drawn = draw_settlements(&mut tx, &run, self.one.campaign, run.now).await;
        let drawn = drawn.expect("drawn");
        tx.commit().await.expect("it commits");
        drawn
    }

    pub(crate) async fn read(&self, id: SettlementId) -> Settlement {
        let mut tx = self.one.app.db.read().await.expect("a transaction");
        let found = settlement_by_id(&mut tx, id).await.expect("a read");
        found.expect("a settlement")
    }

    pub(crate) async fn turn(
        &self,
        who: &str,
        id: SettlementId,
        step: Step,
        words: &str,
    ) -> Result<SettlementState, SettleError> {
        let (cx, version) = (self.one.cx(who).await, self.read(id).await.version);
        let mut tx = self.one.app.db.write().await.expect("a transaction");
        let turned = turn_settlement(&mut tx, &cx, (id, version), step, words).await?;
        tx.commit().await.expect("it commits");
        Ok(turned)
    }

    /// Confirmed by the shop and approved by the funder.
    pub(crate) async fn approve(&self, id: SettlementId) {
        self.turn("keeper", id, Step::Confirm, "").await.expect("confirmed");
        self.turn("payer", id, Step::Approve, "").await.expect("approved");
    }
}

on_both!(who_draws_at_once_draws_each_line_once_and_none_without_lines);
async fn who_draws_at_once_draws_each_line_once_and_none_without_lines(db: TestDb) {
    let fair = Fair::begin(db).await;
    for phone in ["13812341001", "13812341002", "13812341003"] {
        fair.spend(phone).await;
    }
    fair.spend_at("other", "13812341004").await;
    fair.one.app.db.clock.advance(SignedDuration::from_hours(1));
    let run = fair.one.cx("organiser").await;
    let everybody = (0..8).map(|_| async {
        let mut tx = fair.one.app.db.write().await.expect("a transaction");
        let drawn = draw_settlements(&mut tx, &run, fair.one.campaign, run.now).await;
        let drawn = drawn.expect("drawn");
        tx.commit().await.expect("it commits");
        drawn
    });
    let drawn: Vec<_> = join_all(everybody).await.into_iter().flatten().collect();
    assert_eq!(drawn.len(), 2, "one for each of two merchants: {drawn:?}");
    let mut due = Vec::new();
    for id in drawn {
        due.push(fair.read(id).await.due());
    }
    due.sort_unstable();
    assert_eq!(due, [Fen(2_000), Fen(6_000)]);
    fair.one.whole().await;
}

on_both!(what_came_back_after_it_was_drawn_or_paid_stands_in_the_next);
async fn what_came_back_after_it_was_drawn_or_paid_stands_in_the_next(db: TestDb) {
    let fair = Fair::begin(db).await;
    let first = fair.spend("13812341011").await;
    let drawn = fair.draw().await;
    assert_eq!(drawn.len(), 1);
    fair.refund(&first, 500).await;
    assert_eq!(fair.read(drawn[0]).await.due(), Fen(2_000), "as it was confirmed");
    fair.approve(drawn[0]).await;
    fair.turn("payer", drawn[0], Step::Pay, "流水 9").await.expect("paid");
    fair.refund(&first, 300).await;
    // Nothing new was spent: what came back outweighs it, and waits.
    assert!(fair.draw().await.is_empty(), "nobody is asked for money back");
    fair.one.whole().await;
    fair.spend("13812341012").await;
    let next = fair.draw().await;
    assert_eq!(next.len(), 1);
    let next = fair.read(next[0]).await;
    assert_eq!((next.redemptions, next.refunds, next.due()), (1, 2, Fen(1_200)));
    let paid = fair.read(drawn[0]).await;
    assert_eq!((paid.due(), paid.state), (Fen(2_000), SettlementState::Paid));
    assert!(fair.draw().await.is_empty());
    fair.one.whole().await;
}

on_both!(what_a_merchant_owes_back_does_not_keep_a_campaign_from_its_end);
async fn what_a_merchant_owes_back_does_not_keep_a_campaign_from_its_end(db: TestDb) {
    let fair = Fair::begin(db).await;
    let spent = fair.spend("13812341061").await;
    let id = fair.draw().await[0];
    fair.refund(&spent, 500).await;
    fair.one.app.db.clock.advance(SignedDuration::from_hours(24 * 30));
    let state = &fair.one.app.state;
    while vouchers::expire_due(state, &fair.one.app.db.cx()).await.expect("it runs") > 0 {}
    let run = fair.one.cx("organiser").await;
    let mut tx = fair.one.app.db.write().await.expect("a transaction");
    vouchers::close_batch(&mut tx, &run, fair.batch, 3).await.expect("closed");
    let of = fair.one.campaign;
    campaigns::settle_campaign(&mut tx, &run, (of, 3), "").await.expect("settling");
    tx.commit().await.expect("it commits");
    let close = async || {
        let run = fair.one.cx("organiser").await;
        let mut tx = fair.one.app.db.write().await.expect("a transaction");
        let sections = state.part::<campaigns::SectionsPart>();
        let closed = campaigns::close_campaign(&mut tx, &run, &sections, (of, 4)).await;
        if closed.is_ok() {
            tx.commit().await.expect("it commits");
        }
        closed
    };
    let unpaid = close().await;
    assert!(matches!(unpaid, Err(campaigns::CampaignError::Unsettled(_))), "{unpaid:?}");
    fair.approve(id).await;
    fair.turn("payer", id, Step::Pay, "流水 3").await.expect("paid");
    assert!(fair.draw().await.is_empty(), "what came back waits for more that is never spent");
    close().await.expect("nothing that could be drawn is left");
    fair.one.whole().await;
}

on_both!(what_comes_out_at_zero_is_settled_without_a_bank);
async fn what_comes_out_at_zero_is_settled_without_a_bank(db: TestDb) {
    let fair = Fair::begin(db).await;
    let spent = fair.spend("13812341021").await;
    fair.refund(&spent, 2_000).await;
    let id = fair.draw().await[0];
    assert_eq!(fair.read(id).await.due(), Fen::ZERO);
    fair.approve(id).await;
    fair.turn("payer", id, Step::Pay, "").await.expect("paid without a reference");
    assert!(!fair.read(id).await.reference.is_empty());
    fair.one.whole().await;
}

on_both!(each_step_has_its_people_and_a_stranger_finds_nothing);
async fn each_step_has_its_people_and_a_stranger_finds_nothing(db: TestDb) {
    let fair = Fair::begin(db).await;
    fair.spend("13812341031").await;
    let id = fair.draw().await[0];
    let people = ["organiser", "payer", "keeper", "cashier", "other", "guest"];
    // In the order of `people`: who may not even see it is told that there is nothing.
    let tries = [
        (Step::Confirm, "", [false, false, true, false, false, false]),
        (Step::Approve, "", [false, true, false, false, false, false]),
        (Step::Pay, "流水", [false, true, false, false, false, false]),
    ];
    for (step, words, may) in tries {
        for (who, may) in people.iter().zip(may).filter(|(_, may)| !may) {
            let told = fair.turn(who, id, step, words).await;
            let is_denied = matches!(told, Err(SettleError::Denied(_)));
            assert!(is_denied, "{who} {step} {may}: {told:?}");
        }
        let who = people.iter().zip(may).find(|(_, may)| *may).expect("somebody may").0;
        fair.turn(who, id, step, words).await.expect("their step");
    }
    for who in ["cashier", "other", "guest"] {
        let told = fair.turn(who, id, Step::Dispute, "不对").await;
        let hidden = matches!(told, Err(SettleError::Denied(vouchers::Denied::Invisible)));
        assert!(hidden, "{who}: {told:?}");
    }
    fair.one.whole().await;
}

on_both!(an_answer_says_something_and_is_kept);
async fn an_answer_says_something_and_is_kept(db: TestDb) {
    let fair = Fair::begin(db).await;
    fair.spend("13812341041").await;
    let id = fair.draw().await[0];
    fair.turn("payer", id, Step::Dispute, "像是少了一笔").await.expect("disputed");
    let silent = fair.turn("organiser", id, Step::Answer, " ").await;
    assert!(matches!(silent, Err(SettleError::NoWords)), "{silent:?}");
    fair.turn("organiser", id, Step::Answer, "核对过，是退货").await.expect("answered");
    let one = fair.read(id).await;
    assert_eq!((one.state, &*one.reason), (SettlementState::Drawn, "核对过，是退货"));
    fair.one.whole().await;
}

on_both!(scripts_draw_list_page_and_step_and_the_same_key_does_it_once);
async fn scripts_draw_list_page_and_step_and_the_same_key_does_it_once(db: TestDb) {
    let fair = Fair::begin(db).await;
    let spent = fair.spend("13812341051").await;
    fair.spend_at("other", "13812341052").await;
    fair.refund(&spent, 500).await;
    fair.one.app.db.clock.advance(SignedDuration::from_hours(1));
    let now = fair.one.app.db.cx().now.to_string();
    let (run, own) =
        (fair.one.app.script_of("organiser").await, fair.one.app.script_of("keeper").await);
    let body = json!({ "campaign": fair.one.campaign, "until": now });
    assert_eq!(own.post("/api/v1/settlements", &body).await.status, 403);
    let keyed = |path: &str| {
        axum::http::Request::post(path.to_owned())
            .header("content-type", "application/json")
            .header("idempotency-key", "draw-1")
    };
    let first = run.send(keyed("/api/v1/settlements"), body.to_string().into()).await;
    let again = run.send(keyed("/api/v1/settlements"), body.to_string().into()).await;
    assert_eq!((first.status, again.status), (201, 201), "{}", again.body);
    assert_eq!(first.json(), again.json(), "the same answer");
    assert_eq!(first.json()["drawn"].as_array().map(Vec::len), Some(2));
    let other = json!({ "campaign": fair.one.campaign, "until": "2021-01-01T00:00:00Z" });
    let reused = run.send(keyed("/api/v1/settlements"), other.to_string().into()).await;
    assert_eq!(reused.status, 422, "{}", reused.body);
    let page = run.get("/api/v1/settlements?limit=1").await.json();
    assert_eq!((page["count"].as_i64(), page["due_fen"].as_i64()), (Some(2), Some(3_500)));
    let next = page["next_cursor"].as_str().expect("there is more");
    let rest = run.get(&format!("/api/v1/settlements?limit=1&cursor={next}")).await.json();
    assert!(rest["next_cursor"].is_null() && rest["items"][0]["id"] != page["items"][0]["id"]);
    let wrong = run.get("/api/v1/settlements?cursor=nothing").await;
    assert!(wrong.status == 422 && wrong.has("urn:tongpin:bad-cursor"), "{}", wrong.body);
    let mine = own.get("/api/v1/settlements?todo=confirm").await.json();
    assert_eq!(mine["count"], 1, "{mine}");
    let one = mine["items"][0].clone();
    let path = format!("/api/v1/settlements/{}", one["id"].as_str().expect("an id"));
    let whole = own.get(&format!("{path}?limit=1")).await.json();
    let cursor = whole["next_cursor"].as_str().expect("a second line");
    let second = own.get(&format!("{path}?cursor={cursor}")).await.json();
    let sum = |page: &Value| page["lines"][0]["amount_fen"].as_i64().expect("an amount");
    assert_eq!(Some(sum(&whole) + sum(&second)), one["due_fen"].as_i64());
    assert_eq!(fair.one.app.script_of("other").await.get(&path).await.status, 404);
    let step = json!({ "step": "confirm", "version": one["version"] });
    let done = own.post(&format!("{path}/steps"), &step).await;
    assert_eq!((done.status, &done.json()["state"]), (200, &json!("confirmed")), "{}", done.body);
    let old = own.post(&format!("{path}/steps"), &step).await;
    assert!(old.status == 409 && old.has("settlement-state"), "{}", old.body);
    fair.one.whole().await;
}
