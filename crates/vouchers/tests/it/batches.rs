//! Batches at the desk, in browsers: from draft to closed, two editors at once, who may and who
//! does not find them, and what the campaign's own pages say.

use campaigns::{CampaignState, campaign_by_id, settle_campaign};
use jiff::SignedDuration;
use kernel::{Grant, Role, Scope, actor::ScopeKind};
use testkit::{TestDb, app::Browser, on_both};
use vouchers::BatchId;

use crate::{festival::Festival, ground::terms};

/// A field's name and what was typed into it.
type Typed<'a> = (&'a str, &'a str);

/// The fields of the form, with others instead of these.
fn fields<'a>(funder: &'a str, other: &[Typed<'a>]) -> Vec<Typed<'a>> {
    let usual = [
        ("funder", funder),
        ("name", "满100减20"),
        ("face", "20"),
        ("threshold", "100"),
        ("quantity", "10,000"),
        ("budget", ""),
        ("claim_from", "2021-10-01T10:00"),
        ("claim_until", "2021-10-31T00:00"),
        ("person_cap", "1"),
        ("day_cap", "1"),
        ("admit_per_second", "0"),
        ("use_from", "2021-10-01T10:00"),
        ("use_until", "2021-10-31T00:00"),
        ("partial", "no"),
        ("stacking", "alone"),
        ("refund_days", "7"),
        ("restock", "yes"),
    ];
    let instead = |name: &str| other.iter().find(|(one, _)| *one == name).map(|(_, value)| *value);
    let mut all: Vec<_> =
        usual.iter().map(|(name, value)| (*name, instead(name).unwrap_or(value))).collect();
    all.extend(other.iter().filter(|(name, _)| usual.iter().all(|(one, _)| one != name)));
    all
}

async fn act(browser: &Browser, path: &str, fields: &[(&str, &str)]) {
    let answer = browser.post(path, fields).await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.body);
}

impl Festival {
    /// An organiser of another town, who sees nothing of this festival.
    async fn stranger(&self) -> Browser {
        let mut tx = self.app.db.read().await.expect("a transaction");
        let atlas = places::Atlas::load(&mut tx, self.app.db.cx().today()).await.expect("a tree");
        let town = Scope::on(ScopeKind::Town, atlas.towns()[4].uuid());
        drop(tx);
        self.app.account("elsewhere", &[Grant { role: Role::Organiser, scope: town }]).await;
        self.app.browser("elsewhere").await
    }
}

on_both!(a_batch_goes_from_draft_to_closed_in_browsers);
async fn a_batch_goes_from_draft_to_closed_in_browsers(db: TestDb) {
    let one = Festival::begin(db).await;
    let (run, pay) = (one.app.browser("organiser").await, one.app.browser("payer").await);
    let list = format!("/campaigns/{}/vouchers", one.campaign);
    assert!(run.get(&list).await.has("一批券先起草"));
    let form = run.get(&format!("{list}/new")).await;
    assert!(form.has("市商务局，出资 1,000,000.00 元，还没排的 1,000,000.00 元"), "{}", form.body);
    let funder = one.funder.to_string();
    let made = run.post(&list, &fields(&funder, &[])).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let href = made.location().to_owned();
    let page = run.get(&href).await;
    assert!(page.has("等 市商务局 批准") && page.has("一单满 100 元，减 20 元"), "{}", page.body);
    assert!(page.has("200,000.00") && !page.has("批准这一批"), "{}", page.body);
    let own = run.post(&format!("{href}/approvals"), &[("version", "1")]).await;
    assert_eq!(own.status, 403, "not their money: {}", own.body);
    let early = run.post(&format!("{href}/openings"), &[("version", "1")]).await;
    assert!(early.status == 409 && early.has("状态不能这样办"), "{}", early.body);
    assert!(pay.get(&format!("/campaigns/{}", one.campaign)).await.has("“满100减20”等你批准"));
    assert!(pay.get(&href).await.has("批准这一批"));
    act(&pay, &format!("{href}/approvals"), &[("version", "1")]).await;
    assert!(run.get(&href).await.has("开始发放"));
    act(&run, &format!("{href}/openings"), &[("version", "2")]).await;
    let again = run.post(&format!("{href}/openings"), &[("version", "2")]).await;
    assert_eq!(again.status, 409, "{}", again.body);
    let open = run.get(&href).await;
    assert!(open.has("data-progress") && open.has("已发出 0 张，还剩 10,000 张"), "{}", open.body);
    let shop = one.shop.to_string();
    let to = format!("{href}/acceptance");
    assert!(run.get(&to).await.has("拾光里"));
    act(&run, &to, &[("version", "3"), ("merchant", &shop)]).await;
    let late = run.post(&to, &[("version", "3"), ("merchant", &shop)]).await;
    assert!(late.status == 409 && late.has(" checked"), "the tick stays: {}", late.body);
    let page = run.get(&href).await;
    assert!(page.has("拾光里") && !page.has("南货铺"), "{}", page.body);
    act(&run, &format!("{href}/closures"), &[("version", "4")]).await;
    let closed = run.get(&href).await;
    assert!(closed.has("发放已结束") && !closed.has("data-progress"), "{}", closed.body);
    let over = run.get(&format!("{href}/events")).await;
    assert!(over.has("event: done") && over.has("已发出 0 张"), "{}", over.body);
    one.whole().await;
}

on_both!(a_form_says_what_is_wrong_and_keeps_what_was_typed);
async fn a_form_says_what_is_wrong_and_keeps_what_was_typed(db: TestDb) {
    let one = Festival::begin(db).await;
    let run = one.app.browser("organiser").await;
    let list = format!("/campaigns/{}/vouchers", one.campaign);
    let funder = one.funder.to_string();
    let wrong = [("face", "二十"), ("day_cap", "3"), ("use_until", "2021-10-02T00:00")];
    let answer = run.post(&list, &fields(&funder, &wrong)).await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    for text in ["二十", "不是金额", "每日上限不能比它大", "你填的都还在"] {
        assert!(answer.has(text), "{text}: {}", answer.body);
    }
    let early = run.post(&list, &fields(&funder, &[("use_until", "2021-10-02T00:00")])).await;
    assert!(early.status == 422 && early.has("使用结束不能早于领取结束"), "{}", early.body);
    let poor = run.post(&list, &fields(&funder, &[("budget", "100")])).await;
    assert!(poor.status == 422 && poor.has("预算不够"), "{}", poor.body);
    let nobody = campaigns::FunderId::from_uuid(uuid::Uuid::from_u128(7)).to_string();
    let unknown = run.post(&list, &fields(&nobody, &[])).await;
    assert!(unknown.status == 422 && unknown.has("没有同意给这个活动出资"), "{}", unknown.body);
    // More than the pledge is drafted, and everybody is told.
    let many = run.post(&list, &fields(&funder, &[("quantity", "60000")])).await;
    assert_eq!(many.status, 303, "{}", many.body);
    let page = run.get(many.location()).await;
    assert!(page.has("比它的出资多 200,000.00 元"), "{}", page.body);
}

on_both!(two_editors_at_once_lose_nothing_of_what_they_typed);
async fn two_editors_at_once_lose_nothing_of_what_they_typed(db: TestDb) {
    let one = Festival::begin(db).await;
    let run = one.app.browser("organiser").await;
    let list = format!("/campaigns/{}/vouchers", one.campaign);
    let funder = one.funder.to_string();
    let href = run.post(&list, &fields(&funder, &[])).await.location().to_owned();
    let form = run.get(&format!("{href}/change")).await;
    assert_eq!(form.between("name=\"version\" value=\"", "\""), "1");
    let first = fields(&funder, &[("version", "1"), ("name", "满100减20，第一人")]);
    act(&run, &href, &first).await;
    let second = [("version", "1"), ("name", "满100减20，第二人")];
    let late = run.post(&href, &fields(&funder, &second)).await;
    assert_eq!(late.status, 409, "{}", late.body);
    assert!(late.has("value=\"满100减20，第二人\""), "typed: {}", late.body);
    assert!(late.has("别人写的：<b>满100减20，第一人"), "theirs: {}", late.body);
    let version = late.between("name=\"version\" value=\"", "\"").to_owned();
    assert_eq!(version, "2", "who was told may go on");
    act(&run, &href, &fields(&funder, &[("version", &version), ("name", "第二人")])).await;
    let page = run.get(&href).await;
    assert!(page.has("第二人") && page.has("第 3 版"), "{}", page.body);
}

on_both!(somebody_elses_batch_is_not_found);
async fn somebody_elses_batch_is_not_found(db: TestDb) {
    let one = Festival::begin(db).await;
    let stranger = one.stranger().await;
    let open = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let holder = one.holder(open, "13812350001").await;
    let voucher = holder.voucher().await["id"].as_str().expect("an id").to_owned();
    let run = one.app.browser("organiser").await;
    let list = format!("/campaigns/{}/vouchers", one.campaign);
    let funder = one.funder.to_string();
    let draft = run.post(&list, &fields(&funder, &[])).await.location().to_owned();
    let of_open = |rest: &str| format!("/voucher-batches/{open}{rest}");
    let mut all = vec![list.clone(), format!("{list}/new"), draft.clone()];
    all.extend(["", "/change", "/acceptance", "/claims", "/redemptions"].map(of_open));
    all.push(format!("/vouchers/{voucher}"));
    for path in &all {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        let answer = run.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    assert_eq!(stranger.get(&of_open("/events")).await.status, 404);
    let posts = [
        list.clone(),
        of_open(""),
        of_open("/openings"),
        of_open("/closures"),
        of_open("/acceptance"),
        format!("/vouchers/{voucher}/voids"),
        format!("/vouchers/{voucher}/phone"),
    ];
    for path in &posts {
        let typed = fields(&funder, &[("version", "3"), ("reason", "不是我的"), ("why", "看一看")]);
        let answer = stranger.post(path, &typed).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
    }
    assert_eq!(holder.voucher().await["state"], "held");
    one.whole().await;
}

on_both!(a_merchant_reads_what_is_given_out_and_nothing_of_who_took_it);
async fn a_merchant_reads_what_is_given_out_and_nothing_of_who_took_it(db: TestDb) {
    let one = Festival::begin(db).await;
    let open = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let holder = one.holder(open, "13812350002").await;
    let voucher = holder.voucher().await["id"].as_str().expect("an id").to_owned();
    let (run, shop) = (one.app.browser("organiser").await, one.app.browser("keeper").await);
    let list = format!("/campaigns/{}/vouchers", one.campaign);
    let funder = one.funder.to_string();
    let draft = run.post(&list, &fields(&funder, &[("name", "没批的")])).await;
    let draft = draft.location().to_owned();
    assert_eq!(shop.get(&draft).await.status, 404, "a draft is not theirs to read");
    let seen = shop.get(&list).await;
    assert!(seen.has("满100减20") && !seen.has("没批的"), "{}", seen.body);
    let page = shop.get(&format!("/voucher-batches/{open}")).await;
    assert!(page.status == 200 && page.has("一单满 100 元"), "{}", page.body);
    assert!(!page.has("/claims") && !page.has("领得多快"), "{}", page.body);
    for path in [
        format!("/voucher-batches/{open}/claims"),
        format!("/voucher-batches/{open}/redemptions"),
        format!("/voucher-batches/{open}/change"),
        format!("/vouchers/{voucher}"),
    ] {
        assert_eq!(shop.get(&path).await.status, 403, "{path}");
    }
    let guest = one.app.browser("guest").await;
    assert_eq!(guest.get(&list).await.status, 404, "never asked to the campaign");
}

on_both!(a_clerk_of_another_town_who_keeps_a_shop_sees_what_the_shop_sees);
async fn a_clerk_of_another_town_who_keeps_a_shop_sees_what_the_shop_sees(db: TestDb) {
    let one = Festival::begin(db).await;
    let open = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let holder = one.holder(open, "13812350006").await;
    let voucher = holder.voucher().await["id"].as_str().expect("an id").to_owned();
    let body = serde_json::json!({
        "merchant": one.shop, "code": holder.code().await, "bill_no": "1", "bill_fen": 12_000,
    });
    let taken = one.take("cashier", body).await;
    let redemption = taken.json()["redemption"].as_str().expect("an id").to_owned();
    let mut tx = one.app.db.read().await.expect("a transaction");
    let atlas = places::Atlas::load(&mut tx, one.app.db.cx().today()).await.expect("a tree");
    drop(tx);
    let town = Scope::on(ScopeKind::Town, atlas.towns()[4].uuid());
    let keeps = Scope::on(ScopeKind::Merchant, one.other.uuid());
    let shop = Grant { role: Role::Merchant, scope: keeps };
    one.app.account("afar", &[Grant { role: Role::Clerk, scope: town }, shop]).await;
    one.app.account("city", &[Grant { role: Role::Clerk, scope: Scope::CITY }]).await;
    let (afar, city) = (one.app.browser("afar").await, one.app.browser("city").await);
    let batch = format!("/voucher-batches/{open}");
    assert_eq!(afar.get(&batch).await.status, 200, "their shop takes part");
    for (path, refused) in [
        (format!("{batch}/claims"), 403),
        (format!("{batch}/redemptions"), 403),
        (format!("/vouchers/{voucher}"), 403),
        (format!("/redemptions/{redemption}"), 404),
    ] {
        assert_eq!(afar.get(&path).await.status, refused, "{path}");
        assert_eq!(city.get(&path).await.status, 200, "{path}");
    }
}

on_both!(the_campaigns_pages_tell_of_its_vouchers);
async fn the_campaigns_pages_tell_of_its_vouchers(db: TestDb) {
    let one = Festival::begin(db).await;
    let visitor = one.app.visitor();
    assert!(!visitor.get("/festival/55-2021").await.has("#vouchers"), "nothing to claim yet");
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    one.holder(batch, "13812350003").await;
    let page = visitor.get("/festival/55-2021").await;
    for text in ["#vouchers", "满100减20", "还剩 99 张", "/c/vouchers\"", "data-progress"] {
        assert!(page.has(text), "{text}: {}", page.body);
    }
    let run = one.app.browser("organiser").await;
    let desk = run.get(&format!("/campaigns/{}", one.campaign)).await;
    // 100 vouchers of 20 yuan are planned of a million.
    for text in ["已发出（张）", "所有批次", "批次计划用", "2,000.00"] {
        assert!(desk.has(text), "{text}: {}", desk.body);
    }
    let funder = format!("/campaigns/{}/vouchers?funder={}", one.campaign, one.funder);
    assert!(desk.has(&funder), "{}", desk.body);
    assert!(run.get(&funder).await.has("2,000.00"));
}

async fn close(one: &Festival, browser: &Browser) -> testkit::app::Answer {
    let mut tx = one.app.db.read().await.expect("a transaction");
    let campaign = campaign_by_id(&mut tx, one.campaign).await.expect("a read");
    let version = campaign.expect("a campaign").version.to_string();
    drop(tx);
    let path = format!("/campaigns/{}/closures", one.campaign);
    browser.post(&path, &[("version", &version)]).await
}

async fn end(one: &Festival, batch: BatchId) {
    let run = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    vouchers::close_batch(&mut tx, &run, batch, 3).await.expect("closed");
    tx.commit().await.expect("it commits");
}

on_both!(a_campaign_does_not_close_over_open_batches_or_vouchers_in_hand);
async fn a_campaign_does_not_close_over_open_batches_or_vouchers_in_hand(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    one.holder(batch, "13812350004").await;
    let used = one.holder(batch, "13812350005").await;
    let body = serde_json::json!({
        "merchant": one.shop, "code": used.code().await, "bill_no": "1", "bill_fen": 12_000,
    });
    assert_eq!(one.take("cashier", body).await.status, 201);
    let cx = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    settle_campaign(&mut tx, &cx, (one.campaign, 3), "台风").await.expect("an end");
    tx.commit().await.expect("it commits");
    let run = one.app.browser("organiser").await;
    let open = close(&one, &run).await;
    assert!(open.status == 422 && open.has("1 批券还没有结束发放"), "{}", open.body);
    end(&one, batch).await;
    let held = close(&one, &run).await;
    assert!(held.status == 422 && held.has("还有 1 张没有用，也没有过期"), "{}", held.body);
    // The uses end after 240 hours, what a refund gives back a week later.
    one.app.db.clock.advance(SignedDuration::from_hours(241 + 24 * 7));
    let cx = one.app.db.cx();
    assert_eq!(vouchers::expire_due(&one.app.state, &cx).await.expect("it runs"), 1);
    let run = one.app.browser("organiser").await;
    let owed = close(&one, &run).await;
    assert!(owed.status == 422 && owed.has("1 家商户用的券还没有开出结算"), "{}", owed.body);
    let cx = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    vouchers::draw_settlements(&mut tx, &cx, one.campaign, cx.now).await.expect("drawn");
    tx.commit().await.expect("it commits");
    let unpaid = close(&one, &run).await;
    assert!(unpaid.status == 422 && unpaid.has("1 份结算还没有付款"), "{}", unpaid.body);
    let mut tx = one.app.db.read().await.expect("a transaction");
    let campaign = campaign_by_id(&mut tx, one.campaign).await.expect("a read");
    assert_eq!(campaign.expect("a campaign").state, CampaignState::Settling);
}
