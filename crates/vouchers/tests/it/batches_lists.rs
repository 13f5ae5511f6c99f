//! Figures of batches and the lists that they open; terms that earlier claims keep; one voucher
//! with its history.

use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{
    TestDb,
    app::{Answer, Browser},
    on_both,
};
use vouchers::{BatchId, Terms, change_terms};

use crate::{festival::Festival, ground::terms, tills::Citizen};

/// The figure that leads to this address: its number as the page shows it.
fn figure(page: &Answer, href: &str) -> String {
    let escaped = href.replace('&', "&#38;");
    let number = page.between(&format!("<a class=\"fig\" href=\"{escaped}\">"), "</a>");
    assert!(!number.is_empty(), "no figure leads to {href}: {}", page.body);
    number.to_owned()
}

/// Lines of a list, over all of its pages.
async fn lines(browser: &Browser, href: &str) -> usize {
    let (mut path, mut count) = (href.to_owned(), 0);
    loop {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        count += page.body.matches("<tr><th scope=\"row\">").count();
        let Some((before, _)) = page.body.split_once("\" rel=\"next\"") else { return count };
        path = before.rsplit("<a href=\"").next().unwrap_or_default().replace("&#38;", "&");
    }
}

async fn spend(one: &Festival, citizen: &Citizen, bill: &str) -> Value {
    let body = json!({
        "merchant": one.shop, "code": citizen.code().await, "bill_no": bill, "bill_fen": 12_000,
    });
    let taken = one.take("cashier", body).await;
    assert_eq!(taken.status, 201, "{}", taken.body);
    taken.json()["redemption"].clone()
}

async fn refund(one: &Festival, redemption: &Value, fen: i64) {
    let script = one.app.script_of("cashier").await;
    let body = json!({ "redemption": redemption, "amount_fen": fen, "reason": "顾客退货" });
    let answer = script.post("/api/v1/refunds", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

/// A batch of which nine were claimed, in three minutes: two were spent, one of them came back
/// whole and one in part, one was taken back, the rest is in hand.
async fn busy(one: &Festival) -> (BatchId, Vec<Citizen>) {
    let batch = one.batch(Terms { restock: true, ..terms(&one.app.db.cx(), 100, 1) }).await;
    let mut holders = Vec::new();
    for turn in 0..9 {
        if turn % 3 == 0 {
            one.app.db.clock.advance(SignedDuration::from_secs(60));
        }
        holders.push(one.holder(batch, &format!("1381236000{turn}")).await);
    }
    spend(one, &holders[0], "B0").await;
    let whole = spend(one, &holders[1], "B1").await;
    refund(one, &whole, 2_000).await;
    let part = spend(one, &holders[2], "B2").await;
    refund(one, &part, 500).await;
    let run = one.app.browser("organiser").await;
    let voucher = holders[3].voucher().await["id"].as_str().expect("an id").to_owned();
    run.get(&format!("/vouchers/{voucher}")).await;
    let voided = run.post(&format!("/vouchers/{voucher}/voids"), &[("reason", "重复发放")]).await;
    assert_eq!(voided.status, 303, "{}", voided.body);
    (batch, holders)
}

on_both!(every_figure_is_the_length_of_the_list_that_it_opens);
async fn every_figure_is_the_length_of_the_list_that_it_opens(db: TestDb) {
    let one = Festival::begin(db).await;
    let (batch, _) = busy(&one).await;
    let run = one.app.browser("organiser").await;
    let href = format!("/voucher-batches/{batch}");
    let page = run.get(&href).await;
    let mut of_states = 0;
    for (to, wanted) in [
        ("/claims", 9),
        ("/claims?state=held", 7),
        ("/claims?state=spent", 1),
        ("/claims?state=expired", 0),
        ("/claims?state=voided", 1),
    ] {
        let list = format!("{href}{to}");
        assert_eq!(figure(&page, &list), wanted.to_string(), "{to}");
        assert_eq!(lines(&run, &list).await, wanted, "{to}");
        let total = run.get(&list).await;
        assert!(total.has(&format!("\">{wanted}</a> 张")), "{to}: {}", total.body);
        of_states += if to == "/claims" { 0 } else { wanted };
    }
    assert_eq!(of_states, 9, "each stands in one state");
    assert_eq!(figure(&page, &format!("{href}#stock")), "92", "one came back into the stock");
    assert_eq!(figure(&page, &format!("{href}/redemptions")), "60.00");
    assert_eq!(figure(&page, &format!("{href}/redemptions?refunded=1")), "25.00");
    let uses = run.get(&format!("{href}/redemptions")).await;
    assert!(uses.has("<b>3</b> 笔") && uses.has("<b>60.00</b>"), "{}", uses.body);
    assert_eq!(lines(&run, &format!("{href}/redemptions")).await, 3);
    let back = run.get(&format!("{href}/redemptions?refunded=1")).await;
    assert!(back.has("<b>2</b> 笔") && back.has("<b>25.00</b>"), "{}", back.body);
    let shops = [(one.shop, 3), (one.other, 0)];
    for (shop, wanted) in shops {
        assert_eq!(lines(&run, &format!("{href}/redemptions?merchant={shop}")).await, wanted);
    }
    let day = one.app.db.cx().today();
    assert_eq!(lines(&run, &format!("{href}/redemptions?day={day}")).await, 3);
    assert_eq!(lines(&run, &format!("{href}/redemptions?day=2021-01-01")).await, 0);
    one.whole().await;
}

on_both!(a_campaign_adds_its_batches_up);
async fn a_campaign_adds_its_batches_up(db: TestDb) {
    let one = Festival::begin(db).await;
    let (first, _) = busy(&one).await;
    let second = one.batch(terms(&one.app.db.cx(), 10, 1)).await;
    one.holder(second, "13812361000").await;
    let run = one.app.browser("organiser").await;
    let list = format!("/campaigns/{}/vouchers", one.campaign);
    let page = run.get(&list).await;
    assert_eq!(figure(&page, &format!("/voucher-batches/{first}/claims")), "9");
    assert_eq!(figure(&page, &format!("/voucher-batches/{second}/claims")), "1");
    let sums = page.between("<tfoot>", "</tfoot>");
    let shown: Vec<&str> = sums
        .split("<a class=\"fig\"")
        .skip(1)
        .filter_map(|one| one.split_once('>')?.1.split_once('<').map(|(number, _)| number))
        .collect();
    let (shown, planned) = shown.split_at(8);
    assert_eq!(shown, ["10", "101", "8", "1", "0", "1", "60.00", "25.00"], "{sums}");
    assert_eq!(planned, ["2,200.00"], "110 of 20 yuan: {sums}");
    let desk = run.get(&format!("/campaigns/{}", one.campaign)).await;
    for number in shown {
        let figure = format!("<a class=\"fig\" href=\"{list}\">{number}</a>");
        assert!(desk.has(&figure), "{number}: {}", desk.body);
    }
}

on_both!(the_pace_opens_to_the_numbers_that_it_counts);
async fn the_pace_opens_to_the_numbers_that_it_counts(db: TestDb) {
    let one = Festival::begin(db).await;
    let (batch, _) = busy(&one).await;
    let run = one.app.browser("organiser").await;
    let page = run.get(&format!("/voucher-batches/{batch}")).await;
    assert!(page.has("每分钟"), "{}", page.body);
    for (first, last) in [(1, 3), (4, 6), (7, 9)] {
        let list = format!("/voucher-batches/{batch}/claims?first={first}&last={last}");
        assert_eq!(figure(&page, &list), "3");
        assert_eq!(lines(&run, &list).await, 3);
    }
    let day = one.app.db.cx().today();
    assert_eq!(lines(&run, &format!("/voucher-batches/{batch}/claims?day={day}")).await, 9);
    let before = format!("/voucher-batches/{batch}/claims?day=2021-01-01");
    assert!(run.get(&before).await.has("这里没有这样的券"));
    let odd = run.get(&format!("/voucher-batches/{batch}/claims?state=gone")).await;
    assert_eq!(odd.status, 400, "{}", odd.body);
}

on_both!(who_claimed_before_a_change_keeps_the_terms);
async fn who_claimed_before_a_change_keeps_the_terms(db: TestDb) {
    let one = Festival::begin(db).await;
    let promised = terms(&one.app.db.cx(), 100, 1);
    let batch = one.batch(promised.clone()).await;
    let early = one.holder(batch, "13812362001").await;
    let run = one.app.browser("organiser").await;
    let cx = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let less = Terms { face: kernel::Fen(1_000), name: "满100减10".into(), ..promised };
    change_terms(&mut tx, &cx, batch, 3, less).await.expect("changed");
    tx.commit().await.expect("it commits");
    let late = one.holder(batch, "13812362002").await;
    let later = one.holder(batch, "13812362003").await;
    assert_eq!(early.voucher().await["face_fen"], 2_000);
    assert_eq!(late.voucher().await["face_fen"], 1_000);
    let page = run.get(&format!("/voucher-batches/{batch}")).await;
    assert!(page.has("一单满 100 元，减 10 元") && page.has("第 2 版"), "{}", page.body);
    for (version, wanted) in [(1, 1), (2, 2)] {
        let list = format!("/voucher-batches/{batch}/claims?terms={version}");
        assert_eq!(figure(&page, &list), wanted.to_string());
        assert_eq!(lines(&run, &list).await, wanted);
    }
    let old = early.voucher().await["id"].as_str().expect("an id").to_owned();
    let own = run.get(&format!("/vouchers/{old}")).await;
    assert!(own.has("一单满 100 元，减 20 元"), "{}", own.body);
    let new = later.voucher().await["id"].as_str().expect("an id").to_owned();
    assert!(run.get(&format!("/vouchers/{new}")).await.has("一单满 100 元，减 10 元"));
    one.whole().await;
}

on_both!(a_voucher_tells_its_whole_history_and_is_taken_back_with_a_reason);
async fn a_voucher_tells_its_whole_history_and_is_taken_back_with_a_reason(db: TestDb) {
    let one = Festival::begin(db).await;
    let (batch, holders) = busy(&one).await;
    let run = one.app.browser("organiser").await;
    let id = |voucher: &Value| voucher["id"].as_str().expect("an id").to_owned();
    let refunded = run.get(&format!("/vouchers/{}", id(&holders[1].voucher().await))).await;
    for text in ["领取", "用券", "拾光里", "退货", "顾客退货", "券退给了顾客", "138****0001"]
    {
        assert!(refunded.has(text), "{text}: {}", refunded.body);
    }
    let voided = run.get(&format!("/vouchers/{}", id(&holders[3].voucher().await))).await;
    assert!(voided.has("重复发放") && !voided.has("/voids\""), "{}", voided.body);
    let held = format!("/vouchers/{}", id(&holders[4].voucher().await));
    let unsaid = run.post(&format!("{held}/voids"), &[("reason", " ")]).await;
    assert!(unsaid.status == 422 && unsaid.has("请写一句为什么"), "{}", unsaid.body);
    assert_eq!(holders[4].voucher().await["state"], "held");
    let twice = format!("/vouchers/{}/voids", id(&holders[3].voucher().await));
    let again = run.post(&twice, &[("reason", "再来一次")]).await;
    assert!(again.status == 409 && again.has("已经用掉、过期或作废"), "{}", again.body);
    let pay = one.app.browser("payer").await;
    assert!(!pay.get(&held).await.has("作废这张券"), "the funder looks on");
    let denied = pay.post(&format!("{held}/voids"), &[("reason", "我不付")]).await;
    assert_eq!(denied.status, 403);
    // Looking the number up asks for a reason, shows it once, and is in the journal.
    let bare = run.post(&format!("{held}/phone"), &[("why", "")]).await;
    assert!(bare.status == 422 && !bare.has("13812360004"), "{}", bare.body);
    let shown = run.post(&format!("{held}/phone"), &[("why", "核对投诉")]).await;
    assert!(shown.status == 200 && shown.has("13812360004"), "{}", shown.body);
    assert!(!run.get(&held).await.has("13812360004"));
    let mut tx = one.app.db.read().await.expect("a transaction");
    let told = db::journal::page(&mut tx, None, None, Some("citizen.phone_revealed"), 5).await;
    assert_eq!(told.expect("a read").len(), 1);
    drop(tx);
    let nobody = vouchers::VoucherNo { batch: 999, claim: 1 }.id();
    assert_eq!(run.get(&format!("/vouchers/{nobody}")).await.status, 404);
    assert!(run.get(&format!("/voucher-batches/{batch}/claims")).await.has("138****0004"));
}
