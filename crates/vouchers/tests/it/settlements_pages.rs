//! Settlements in browsers: from what would be drawn to the bank's file and its answer; every
//! number opens to what it counts.

use kernel::{Grant, Role, Scope, actor::ScopeKind};
use merchants::{Payee, tell_payee};
use office::{Header, Limits, read_table};
use testkit::{
    TestDb,
    app::{Answer, Browser},
    on_both,
};
use vouchers::{SettlementId, SettlementState, SettlementStep as Step};

use crate::settlements::Fair;

/// The numbers of a page that open to settlements or to lines: text and address.
fn figures(page: &Answer) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for piece in page.body.split("<a class=\"fig\" href=\"").skip(1) {
        let (href, rest) = piece.split_once("\">").expect("a whole link");
        let (text, _) = rest.split_once("</a>").expect("a whole link");
        found.push((text.to_owned(), href.replace("&#38;", "&")));
    }
    found
}

async fn act(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(path, fields).await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.body);
    answer.location().to_owned()
}

impl Fair {
    async fn tell_account(&self, shop: &str) {
        let (keys, cx) = (&self.one.app.state.site().keys, self.one.cx(shop).await);
        let merchant = if shop == "keeper" { self.one.shop } else { self.one.other };
        let payee = Payee::read("=拾光里, \"餐饮\"", "昆山农商行", "6222 0000 1111 2345 678");
        let mut tx = self.one.app.db.write().await.expect("a transaction");
        let atlas = places::Atlas::load(&mut tx, cx.today()).await.expect("a tree");
        let told = tell_payee(&mut tx, &cx, keys, &atlas, merchant, &payee.expect("a payee")).await;
        told.expect("told");
        tx.commit().await.expect("it commits");
    }

    /// Two settlements, each confirmed by its shop and approved.
    async fn two_approved(&self) -> [SettlementId; 2] {
        self.spend("13812343001").await;
        self.spend("13812343002").await;
        self.spend_at("other", "13812343003").await;
        let drawn = self.draw().await;
        let mut both = Vec::new();
        for (shop, who) in [(self.one.shop, "keeper"), (self.one.other, "other")] {
            for id in &drawn {
                if self.read(*id).await.merchant == shop {
                    self.turn(who, *id, Step::Confirm, "").await.expect("confirmed");
                    self.turn("payer", *id, Step::Approve, "").await.expect("approved");
                    both.push(*id);
                }
            }
        }
        both.try_into().expect("one of each shop")
    }
}

on_both!(a_settlement_goes_through_its_pages_and_every_number_opens);
async fn a_settlement_goes_through_its_pages_and_every_number_opens(db: TestDb) {
    let fair = Fair::begin(db).await;
    let spent = fair.spend("13812343011").await;
    fair.spend("13812343012").await;
    fair.refund(&spent, 500).await;
    fair.one.app.db.clock.advance(jiff::SignedDuration::from_hours(1));
    let (run, own) =
        (fair.one.app.browser("organiser").await, fair.one.app.browser("keeper").await);
    let campaign = fair.one.campaign;
    draw_in_browsers(&fair, &run, &own).await;
    let desk = run.get(&format!("/campaigns/{campaign}")).await;
    assert!(desk.has("所有结算") && desk.has(&format!("/settlements?campaign={campaign}")));
    let desk = own.get(&format!("/campaigns/{campaign}")).await;
    assert!(desk.has("1 份结算等你确认"), "{}", desk.body);
    let todo = own.get("/settlements").await;
    assert!(todo.has("等你确认"), "{}", todo.body);
    walk(&own, "/settlements").await;
    let here = todo.between("<th scope=\"row\" lang=\"zh-CN\"><a href=\"", "\"").to_owned();
    let page = own.get(&here).await;
    assert!(page.has("35.00") && page.has("顾客退货") && page.has(">确认</button>"));
    for (text, href) in figures(&page).into_iter().filter(|(text, _)| !text.contains('.')) {
        let lines = own.get(&href).await;
        let count = lines.body.matches("href=\"/redemptions/").count();
        assert_eq!(text, count.to_string(), "{href}");
    }
    let steps = format!("{here}/steps");
    let silent = [("step", "dispute"), ("version", "1"), ("words", " ")];
    let silent = own.post(&steps, &silent).await;
    assert!(silent.status == 422 && silent.has("1 到 200 个字"), "{}", silent.body);
    act(&own, &steps, &[("step", "confirm"), ("version", "1")]).await;
    let old = own.post(&steps, &[("step", "confirm"), ("version", "1")]).await;
    assert!(old.status == 409 && old.has("role=\"alert\""), "{}", old.body);
    let record = own.get(&format!("/redemptions/{spent}")).await;
    assert!(record.has(&format!("href=\"{here}\"")), "{}", record.body);
    let till = fair.one.app.browser("cashier").await;
    let record = till.get(&format!("/redemptions/{spent}")).await;
    assert!(record.status == 200 && !record.has("/settlements/"), "a cashier's end is the till");
    assert_eq!(till.get(&here).await.status, 403);
    for who in ["other", "guest"] {
        let stranger = fair.one.app.browser(who).await;
        for path in [here.clone(), format!("{here}/sheet.xlsx")] {
            assert_eq!(stranger.get(&path).await.status, 404, "{who}: {path}");
        }
        let list = stranger.get("/settlements").await;
        assert!(!list.has("拾光里"), "{}", list.body);
    }
}

/// Looks at what would be drawn, then draws it; who does not run the campaign may not.
async fn draw_in_browsers(fair: &Fair, run: &Browser, own: &Browser) {
    let empty = own.get("/settlements").await;
    assert!(empty.status == 200 && empty.has("没有这样的结算"), "{}", empty.body);
    let campaign = fair.one.campaign;
    let preview = format!("/settlements/draw?campaign={campaign}");
    let seen = run.get(&preview).await;
    assert!(seen.status == 200 && seen.has("35.00"), "{}", seen.body);
    for (text, href) in figures(&seen) {
        let lines = run.get(&href).await;
        let count = lines.body.matches("href=\"/redemptions/").count();
        if !text.contains('.') {
            assert_eq!(text, count.to_string(), "{href}");
        }
    }
    let wrong = run.get(&format!("{preview}&on=昨天")).await;
    assert!(wrong.status == 422 && wrong.has("昨天"), "{}", wrong.body);
    let until = seen.between("name=\"until\" value=\"", "\"").to_owned();
    let code = campaign.to_string();
    let fields = [("campaign", &*code), ("until", &until)];
    assert_eq!(own.post("/settlements/draws", &fields).await.status, 403);
    let list = act(run, "/settlements/draws", &fields).await;
    let nothing = act(run, "/settlements/draws", &fields).await;
    assert!(run.get(&nothing).await.has("没有可开的"));
    walk(run, &list).await;
}

/// Every number of a list opens to a list that says the same number.
async fn walk(browser: &Browser, path: &str) {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    let found = figures(&page);
    assert!(!found.is_empty(), "{path}");
    for (text, href) in found {
        let opened = browser.get(&href).await;
        assert_eq!(opened.status, 200, "{href}: {}", opened.body);
        let same = figures(&opened).iter().any(|(other, _)| *other == text);
        assert!(same || opened.has(&format!(">{text} ")), "{text} is not on {href}");
    }
}

on_both!(the_banks_file_names_who_has_no_account_and_pays_many_at_once);
async fn the_banks_file_names_who_has_no_account_and_pays_many_at_once(db: TestDb) {
    let fair = Fair::begin(db).await;
    let [first, second] = fair.two_approved().await;
    let pay = fair.one.app.browser("payer").await;
    let page = pay.get("/settlements/payments").await;
    assert!(page.status == 200 && page.has("60.00") && page.has("没有填"), "{}", page.body);
    assert!(!page.has("列入过付款文件"), "{}", page.body);
    walk(&pay, "/settlements/payments").await;
    let (one, two) = (format!("{first}.3"), format!("{second}.3"));
    let both = [("one", &*one), ("one", &*two)];
    fair.tell_account("keeper").await;
    let refused = pay.post("/settlements/bank-files", &both).await;
    assert!(refused.status == 422 && refused.has("南货铺"), "{}", refused.body);
    assert!(!refused.has("6222") && refused.has(&format!("value=\"{one}\"")), "nothing is lost");
    let mut tx = fair.one.app.db.read().await.expect("a transaction");
    let told = db::journal::of_subject(&mut tx, first.uuid(), 10).await.expect("a read");
    assert!(told.iter().all(|entry| entry.verb != "settlement.exported"), "no file, no entry");
    drop(tx);
    fair.tell_account("other").await;
    for (charset, begins) in [("utf-8", &b"\xef\xbb\xbf"[..]), ("gb18030", b"")] {
        let fields = [both[0], both[1], ("charset", charset)];
        let file = pay.post("/settlements/bank-files", &fields).await;
        assert_eq!(file.status, 200, "{}", file.body);
        assert!(
            file.bytes.starts_with(begins) && file.header("content-disposition").contains("csv")
        );
        let rows = table(&file.bytes, "bank.csv", &["收款户名", "收款账号", "金额（元）"]);
        assert_eq!(rows[0], ["'=拾光里, \"餐饮\"", "6222000011112345678", "40.00"]);
        assert_eq!(rows.len(), 2);
    }
    let again = pay.get("/settlements/payments").await;
    assert!(again.has("列入过付款文件") && again.has("不要付两次"), "{}", again.body);
    let mut tx = fair.one.app.db.read().await.expect("a transaction");
    let told = db::journal::of_subject(&mut tx, fair.one.shop.uuid(), 10).await.expect("a read");
    let opened = told.iter().filter(|entry| entry.verb == "merchant.payee_opened");
    // Once for the file that could not be made: it was taken back with everything else.
    assert_eq!(opened.count(), 2, "each look stands in the journal");
    drop(tx);
    let nameless = pay.post("/settlements/payments", &both).await;
    assert!(nameless.status == 422 && nameless.has("银行流水号"), "{}", nameless.body);
    let stale = [("one", &*one), ("one", "vst_0.1"), ("reference", "流水 77")];
    let old = format!("{second}.2");
    let stale_one = [stale[0], ("one", &*old), stale[2]];
    let refused = pay.post("/settlements/payments", &stale_one).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert_eq!(fair.read(first).await.state, SettlementState::Approved, "all or none");
    act(&pay, "/settlements/payments", &[both[0], both[1], stale[2]]).await;
    for id in [first, second] {
        let one = fair.read(id).await;
        assert_eq!((one.state, &*one.reference), (SettlementState::Paid, "流水 77"));
    }
    assert!(pay.get("/settlements/payments").await.has("没有等付款的结算"));
    fair.one.whole().await;
}

on_both!(nobody_else_pays_or_opens_an_account);
async fn nobody_else_pays_or_opens_an_account(db: TestDb) {
    let fair = Fair::begin(db).await;
    let [first, _] = fair.two_approved().await;
    fair.tell_account("keeper").await;
    let funder = [Grant {
        role: Role::Funder,
        scope: Scope::on(ScopeKind::Funder, uuid::Uuid::from_u128(7)),
    }];
    fair.one.app.account("stranger", &funder).await;
    // Who is paid does not pay, though they decide for the funder too.
    let own = Scope::on(ScopeKind::Merchant, fair.one.shop.uuid());
    let fund = Scope::on(ScopeKind::Funder, fair.one.funder.uuid());
    let both =
        [Grant { role: Role::Merchant, scope: own }, Grant { role: Role::Funder, scope: fund }];
    fair.one.app.account("both", &both).await;
    let one = format!("{first}.3");
    let fields = [("one", &*one), ("reference", "流水")];
    for (who, status) in [("stranger", 404), ("both", 403), ("organiser", 403), ("keeper", 403)] {
        let browser = fair.one.app.browser(who).await;
        for path in ["/settlements/bank-files", "/settlements/payments"] {
            assert_eq!(browser.post(path, &fields).await.status, status, "{who} {path}");
        }
    }
    let stranger = fair.one.app.browser("stranger").await;
    assert_eq!(stranger.get(&format!("/settlements/{first}")).await.status, 404);
    let payer = fair.one.app.browser("payer").await;
    let none = payer.post("/settlements/bank-files", &[]).await;
    assert!(none.status == 422 && none.has("一次要选"), "{}", none.body);
    assert_eq!(fair.read(first).await.state, SettlementState::Approved);
}

on_both!(a_workbook_has_the_settlements_and_every_line_with_codes_as_text);
async fn a_workbook_has_the_settlements_and_every_line_with_codes_as_text(db: TestDb) {
    let fair = Fair::begin(db).await;
    let [first, second] = fair.two_approved().await;
    let run = fair.one.app.browser("organiser").await;
    let campaign = fair.one.campaign;
    let book = run.get(&format!("/settlements.xlsx?campaign={campaign}")).await;
    assert_eq!(book.status, 200, "{}", book.body);
    let summary = table(&book.bytes, "book.xlsx", &["结算编号", "商户", "核销笔数", "应付金额"]);
    let mut ids = vec![first.to_string(), second.to_string()];
    ids.sort();
    let mut listed: Vec<_> = summary.iter().map(|row| row[0].clone()).collect();
    listed.sort();
    assert_eq!(listed, ids);
    let lines = table(&book.bytes, "book.xlsx", &["结算编号", "类别", "单号", "记录编号"]);
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|row| row[1] == "核销" && row[3].starts_with("vrd_")), "{lines:?}");
    assert!(lines.iter().any(|row| row[2] == "13812343001"), "{lines:?}");
    let own = fair.one.app.browser("keeper").await;
    let mine = own.get("/settlements.xlsx").await;
    let mine = table(&mine.bytes, "book.xlsx", &["结算编号", "商户", "核销笔数", "应付金额"]);
    assert_eq!(mine.len(), 1, "what they see and nothing else");
    let one = own.get(&format!("/settlements/{first}/sheet.xlsx")).await;
    let one = table(&one.bytes, "book.xlsx", &["结算编号", "类别", "单号", "记录编号"]);
    assert_eq!(one.len(), 2);
}

/// The rows of a file under these headers, as text.
fn table(bytes: &[u8], name: &str, headers: &[&str]) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("it is written");
    let header = |name: &&'static str| Header { name, aliases: &[], required: true };
    let leaked: Vec<&'static str> =
        headers.iter().map(|one| &*Box::leak((*one).to_owned().into_boxed_str())).collect();
    let wanted: Vec<_> = leaked.iter().map(header).collect();
    let read =
        read_table(
            &path,
            &wanted,
            &Limits::default(),
            &mut |_| std::ops::ControlFlow::Continue(()),
        );
    let rows = read.expect("a readable table").rows;
    rows.into_iter()
        .map(|row| row.cells.iter().map(|one| one.as_text().to_string()).collect())
        .collect()
}

on_both!(pages_of_settlements_are_english_for_who_reads_english);
async fn pages_of_settlements_are_english_for_who_reads_english(db: TestDb) {
    let fair = Fair::begin(db).await;
    let [first, _] = fair.two_approved().await;
    let browser = fair.one.app.browser("payer").await;
    browser.set_cookie("lang", "en");
    for path in
        ["/settlements".into(), "/settlements/payments".into(), format!("/settlements/{first}")]
    {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        let left = chinese(&page.body);
        assert!(left.is_empty(), "{path}: {left:?}");
    }
}

/// The Chinese of a page that stands in no element that says that it is Chinese.
fn chinese(body: &str) -> Vec<String> {
    let main = body.split_once("<main").map_or(body, |(_, main)| main);
    let mut left = Vec::new();
    let mut was_marked = false;
    for piece in main.split('<') {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let is_marked = tag.contains("lang=\"zh");
        // A link within a marked element is marked by it.
        let inherits = was_marked && tag.starts_with("a ");
        let is_chinese = text.chars().any(|one| matches!(one, '\u{3400}'..='\u{9fff}'));
        if is_chinese && !is_marked && !inherits {
            left.push(text.trim().to_owned());
        }
        was_marked = is_marked;
    }
    left
}
