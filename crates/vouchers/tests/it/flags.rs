//! What the chore finds, what a person decides, and that nobody is refused for it.

use jiff::SignedDuration;
use kernel::{Grant, Phone, Role, Scope, actor::ScopeKind};
use serde_json::{Value, json};
use testkit::{
    TestDb,
    app::{Browser, PASSWORD},
    on_both,
};
use vouchers::{BatchId, Terms, find_flags};

use crate::{festival::Festival, ground::terms};

impl Festival {
    /// Runs the chore, when all that happened is old enough to be looked at.
    async fn look(&self) -> i64 {
        self.app.db.clock.advance(SignedDuration::from_secs(61));
        vouchers::warm(&self.app.state, &self.app.db.cx()).await.expect("filed");
        find_flags(&self.app.state, &self.app.db.cx()).await.expect("it runs")
    }

    /// A new voucher of a citizen's, taken at the first shop's till, by the API.
    async fn spend(&self, batch: BatchId, phone: &str, bill: &str) {
        let (_, citizen) = self.app.citizen(phone).await;
        let path = format!("/api/v1/voucher-batches/{batch}/claims");
        assert_eq!(citizen.post(&path, &Value::Null).await.status, 201);
        let all = citizen.get("/api/v1/vouchers").await.json();
        let held = all["items"]
            .as_array()
            .expect("a list")
            .iter()
            .find_map(|one| one["code"].as_str().map(str::to_owned));
        let body = json!({
            "merchant": self.shop, "code": held, "bill_no": bill, "bill_fen": 12_000,
        });
        let answer = self.take("cashier", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }

    async fn tell_phone(&self, phone: &str) {
        let (cx, keys) = (self.cx("keeper").await, &self.app.state.site().keys);
        let phone = Phone::mobile(phone).expect("a mobile number");
        let mut tx = self.app.db.write().await.expect("a transaction");
        let atlas = places::Atlas::load(&mut tx, cx.today()).await.expect("a tree");
        let told = merchants::tell_phone(&mut tx, &cx, keys, &atlas, self.shop, Some(&phone));
        told.await.expect("told");
        tx.commit().await.expect("it commits");
    }
}

/// The address of the only flag that a page lists.
async fn only(browser: &Browser, query: &str) -> String {
    let page = browser.get(&format!("/voucher-flags{query}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let id = page.between("<a href=\"/voucher-flags/", "\"").to_owned();
    assert_eq!(page.body.matches("<a href=\"/voucher-flags/vfl_").count(), 1, "{}", page.body);
    format!("/voucher-flags/{id}")
}

/// A citizen who signs in on a browser that others signed in on before.
async fn sign_in_as(one: &Festival, browser: &Browser, phone: &str) {
    browser.get("/c/login").await;
    let asked = browser.post("/c/codes", &[("phone", phone), ("consent", "1")]).await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    browser.get(asked.location()).await;
    let code = one.app.newest_code(phone).await;
    let entered = browser.post("/c/login", &[("code", &code)]).await;
    assert_eq!(entered.status, 303, "{}", entered.body);
    browser.get("/c/me").await;
}

async fn leave(browser: &Browser) {
    assert_eq!(browser.post("/c/logout", &[]).await.status, 303);
}

on_both!(a_merchant_who_takes_a_voucher_of_their_own_phone_is_flagged_and_not_refused);
async fn a_merchant_who_takes_a_voucher_of_their_own_phone_is_flagged_and_not_refused(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    one.tell_phone("13812342001").await;
    one.spend(batch, "13812342001", "a").await;
    one.spend(batch, "13812342002", "b").await;
    assert_eq!(one.look().await, 1, "one of the two");
    assert_eq!(one.look().await, 0, "and once");
    let organiser = one.app.browser("organiser").await;
    let flag = only(&organiser, "").await;
    let page = organiser.get(&flag).await;
    assert!(page.has("收券商户留的电话") && page.has("/redemptions/vrd_"), "{}", page.body);
    let nothing = organiser.post(&format!("{flag}/verdicts"), &[("reason", "看过")]).await;
    assert!(nothing.status == 422 && nothing.has("value=\"看过\""), "what was typed is kept");
    let silent = organiser.post(&format!("{flag}/verdicts"), &[("verdict", "fine")]).await;
    assert_eq!(silent.status, 422, "{}", silent.body);
    let typed = [("verdict", "fine"), ("reason", "店主自己消费，有小票")];
    assert_eq!(organiser.post(&format!("{flag}/verdicts"), &typed).await.status, 303);
    let again = organiser.post(&format!("{flag}/verdicts"), &typed).await;
    assert!(again.status == 409, "{}", again.body);
    assert!(organiser.get("/voucher-flags").await.has("没有要看的异常"));
    assert!(organiser.get(&only(&organiser, "?state=fine").await).await.has("店主自己消费"));
    one.whole().await;
}

on_both!(a_cashier_on_whose_phone_the_citizen_signed_in_is_flagged);
async fn a_cashier_on_whose_phone_the_citizen_signed_in_is_flagged(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let phone = one.app.citizen_browser("13812342011").await;
    let claimed = phone.post(&format!("/c/vouchers/{batch}/claims"), &[("key", "k")]).await;
    assert_eq!(claimed.status, 303, "{}", claimed.body);
    let voucher = phone.get(claimed.location()).await;
    let digits = voucher.between("<p class=\"digits\">", "</p>").to_owned();
    leave(&phone).await;
    let signed_in = phone.sign_in("cashier", PASSWORD).await;
    assert_eq!(signed_in.status, 303, "{}", signed_in.body);
    phone.get("/till").await;
    let shop = one.shop.to_string();
    let typed =
        [("merchant", &*shop), ("code", &*digits), ("bill", "120"), ("bill_no", "1"), ("key", "1")];
    let done = phone.post("/till", &typed).await;
    assert_eq!(done.status, 303, "nobody is refused: {}", done.body);
    assert_eq!(one.look().await, 1);
    let organiser = one.app.browser("organiser").await;
    assert!(organiser.get(&only(&organiser, "").await).await.has("登录过同一部手机"));
    assert_eq!(phone.get("/voucher-flags").await.status, 403, "not for who stands at a till");
}

on_both!(many_numbers_on_one_phone_are_flagged_and_what_is_unused_can_be_taken_back);
async fn many_numbers_on_one_phone_are_flagged_and_what_is_unused_can_be_taken_back(db: TestDb) {
    let one = Festival::begin(db).await;
    let own = Terms { restock: true, ..terms(&one.app.db.cx(), 4, 1) };
    let batch = one.batch(own).await;
    let phone = one.app.visitor();
    for last in 1..=4 {
        sign_in_as(&one, &phone, &format!("1381234202{last}")).await;
        let claimed = phone.post(&format!("/c/vouchers/{batch}/claims"), &[("key", "k")]).await;
        assert_eq!(claimed.status, 303, "nobody is refused: {}", claimed.body);
        leave(&phone).await;
    }
    assert_eq!(one.look().await, 1);
    let organiser = one.app.browser("organiser").await;
    let flag = only(&organiser, "?kind=many_numbers").await;
    let page = organiser.get(&flag).await;
    assert!(page.has("4 个号") && page.body.matches(">vch_").count() == 4, "{}", page.body);
    let campaign = organiser.get(&format!("/campaigns/{}", one.campaign)).await;
    let figure = campaign.between("要看一看的异常</dt><dd><a class=\"fig\" href=\"", "</a>");
    let (href, count) = figure.split_once("\">").expect("a figure that opens");
    let list = organiser.get(href).await;
    assert_eq!((count, list.body.matches("<tr><th scope=\"row\">").count()), ("1", 1));
    assert!(list.has("还没看<b>1</b>"), "{}", list.body);
    let typed = [("verdict", "void"), ("reason", "四个号是同一个人")];
    assert_eq!(organiser.post(&format!("{flag}/verdicts"), &typed).await.status, 303);
    let page = organiser.get(&flag).await;
    assert_eq!(page.body.matches("已作废").count(), 4, "{}", page.body);
    assert_eq!(one.look().await, 0, "decided once, it stays decided");
    one.whole().await;
}

on_both!(a_till_that_takes_ten_whole_vouchers_in_a_minute_is_flagged_once_an_hour);
async fn a_till_that_takes_ten_whole_vouchers_in_a_minute_is_flagged_once_an_hour(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    for no in 0..12 {
        one.spend(batch, &format!("138123421{no:02}"), &format!("b{no}")).await;
    }
    assert_eq!(one.look().await, 1);
    for no in 20..30 {
        one.spend(batch, &format!("138123421{no:02}"), &format!("b{no}")).await;
    }
    assert_eq!(one.look().await, 0, "once an hour says enough");
    let organiser = one.app.browser("organiser").await;
    let page = organiser.get(&only(&organiser, "?kind=burst").await).await;
    assert!(page.has("12 张整券") && page.has("12 条"), "{}", page.body);
}

on_both!(a_purchase_on_three_bills_is_flagged);
async fn a_purchase_on_three_bills_is_flagged(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 3)).await;
    for bill in ["1", "2", "3"] {
        one.spend(batch, "13812342031", bill).await;
    }
    assert_eq!(one.look().await, 1);
    let organiser = one.app.browser("organiser").await;
    let page = organiser.get(&only(&organiser, "?kind=split_bill").await).await;
    assert!(page.has("用券 3 单") && page.has("3 条"), "{}", page.body);
}

on_both!(a_flag_is_seen_by_its_campaigns_organisers_and_not_decided_by_whom_it_is_about);
async fn a_flag_is_seen_by_its_campaigns_organisers_and_not_decided_by_whom_it_is_about(
    db: TestDb,
) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let shop = Scope::on(ScopeKind::Merchant, one.shop.uuid());
    let both = [
        Grant { role: Role::Organiser, scope: Scope::CITY },
        Grant { role: Role::Cashier, scope: shop },
    ];
    one.app.account("judge", &both).await;
    one.app.account("auditor", &[Grant { role: Role::Auditor, scope: Scope::CITY }]).await;
    one.tell_phone("13812342041").await;
    let citizen = one.holder(batch, "13812342041").await;
    let body = json!({
        "merchant": one.shop, "code": citizen.code().await, "bill_no": "1", "bill_fen": 12_000,
    });
    assert_eq!(one.take("judge", body).await.status, 201);
    assert_eq!(one.look().await, 1);
    let judge = one.app.browser("judge").await;
    let flag = only(&judge, "").await;
    let typed = [("verdict", "fine"), ("reason", "我自己的")];
    assert_eq!(judge.post(&format!("{flag}/verdicts"), &typed).await.status, 403);
    let auditor = one.app.browser("auditor").await;
    assert_eq!(auditor.get(&flag).await.status, 200, "an auditor reads");
    assert_eq!(auditor.post(&format!("{flag}/verdicts"), &typed).await.status, 403);
    for name in ["keeper", "cashier", "payer"] {
        let browser = one.app.browser(name).await;
        assert_eq!(browser.get(&flag).await.status, 403, "{name}");
    }
    assert_eq!(one.app.visitor().get(&flag).await.status, 303);
    let organiser = one.app.browser("organiser").await;
    organiser.set_cookie("lang", "en");
    let page = organiser.get(&flag).await;
    assert!(page.has("Own voucher") && page.has("the phone of the merchant"), "{}", page.body);
}
