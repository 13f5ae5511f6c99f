//! The life of a batch through its pages: upload, check, day, suggestions, confirmation, writing,
//! undoing; with whatever can come between.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll},
};

use jiff::SignedDuration;
use kernel::{Grant, Role, Scope};
use organisations::{
    import::{jobs, meter::Meters, routes, verbs},
    ledger as register, timeline,
};
use serde_json::json;
use testkit::{TestDb, app::TestApp, on_both};

use super::{code, counts, found, good, ledger, report};

on_both!(
    from_upload_to_undoing,
    a_ledger_without_a_day_asks_for_it,
    a_suggestion_is_taken_over,
    undoing_spares_what_changed_since,
    undoing_ends_after_a_week,
    who_edits_meanwhile_is_not_overwritten,
    a_killed_writing_leaves_nothing,
    a_stop_leaves_nothing,
    an_unreadable_file_says_so
);

/// The site, and a browser of a citywide clerk.
pub(super) struct Desk {
    pub app: TestApp,
    pub browser: testkit::app::Browser,
}

impl Desk {
    pub async fn open(db: &TestDb) -> Self {
        found(db).await;
        let app = TestApp::with(organisations::routes(), db.clone());
        app.account("chen", &[Grant { role: Role::Clerk, scope: Scope::CITY }]).await;
        let browser = app.browser("chen").await;
        Self { app, browser }
    }

    /// Uploads, and has the check run. The batch's address.
    pub async fn upload(&self, text: &str) -> String {
        let answer = self.browser.upload("/imports", ("台账.csv", text.as_bytes()), &[]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.work().await;
        answer.location().to_owned()
    }

    /// Presses a button of the batch's page, and has the jobs run.
    pub async fn press(&self, batch: &str, verb: &str, fields: &[(&str, &str)]) -> u16 {
        let status = self.browser.post(&format!("{batch}/{verb}"), fields).await.status;
        self.work().await;
        status
    }

    /// Runs the jobs that are due, as the worker does.
    pub async fn work(&self) {
        let (db, now) = (self.app.state.db(), self.app.state.clock().now());
        while let Some(job) = db::job::take(db, now).await.unwrap() {
            let asked = serde_json::from_str(&job.payload).unwrap();
            let cx = self.app.db.cx();
            let state = self.app.state.clone();
            match job.kind.as_str() {
                verbs::CHECK => jobs::run_check(state, cx, asked).await.unwrap(),
                verbs::WRITE => jobs::run_write(state, cx, asked).await.unwrap(),
                other => panic!("no job of this room: {other}"),
            }
            assert!(db::job::finish(db, &job, now).await.unwrap());
        }
    }

    /// Where the batch stands, over the API.
    pub async fn state(&self, batch: &str) -> serde_json::Value {
        self.browser.get(&format!("/api/v1{batch}")).await.json()
    }
}

async fn members(db: &TestDb, number: u32) -> Option<i64> {
    let mut tx = db.read().await.unwrap();
    let found = register::find_by_uscc(&mut tx, &[code(number)]).await.unwrap();
    let spans = &found.get(&code(number))?.1;
    Some(timeline::on(spans, db.cx().today())?.facts.member_count)
}

async fn from_upload_to_undoing(db: TestDb) {
    let desk = Desk::open(&db).await;
    report(&db, &ledger(&[good(1), good(2)])).await;
    let changed = good(1).replace(",20,2,", ",20,3,");
    let text = ledger(&[changed, good(2), good(3), good(4).replace("张浦镇", "张铺镇")]);
    let batch = desk.upload(&text).await;
    let page = desk.browser.get(&batch).await;
    for words in ["转为应建，缺口 +1", "town-unknown", "张铺镇", "分母 +1，正式党员 2，不应建"]
    {
        let shown = words != "town-unknown";
        assert_eq!(page.has(words), shown, "{words}");
    }
    assert!(page.has("写入 <b>2</b>"), "{}", page.body);
    assert_eq!(members(&db, 1).await, Some(2), "nothing is written before somebody confirms");
    // Of two confirmations one wins.
    let confirm = format!("{batch}/confirmation");
    assert_eq!(desk.browser.post(&confirm, &[]).await.status, 303);
    assert_eq!(desk.browser.post(&confirm, &[]).await.status, 409);
    desk.work().await;
    let stands = desk.state(&batch).await;
    assert_eq!(stands["state"], "written", "{stands}");
    assert_eq!((members(&db, 1).await, members(&db, 3).await), (Some(3), Some(2)));
    let page = desk.browser.get(&batch).await;
    assert!(page.has("已写入") && page.has("撤销整批") && page.has("组织覆盖率"), "{}", page.body);
    moved_and_same(&desk, &batch, &page).await;
    // Taken back, everything stands as before, and the file can come again.
    assert_eq!(desk.press(&batch, "undoing", &[]).await, 303);
    assert_eq!((members(&db, 1).await, members(&db, 3).await), (Some(2), None));
    assert_eq!(desk.press(&batch, "undoing", &[]).await, 409);
    assert_eq!(counts(&report(&db, &ledger(&[good(1), good(2)])).await), [0, 0, 2, 0, 0]);
    db::journal::require_whole(&db).await.unwrap();
    sums_hold(&db).await;
}

/// Every figure of before and after is the length of its list; the row that is the same is shown.
async fn moved_and_same(desk: &Desk, batch: &str, page: &testkit::app::Answer) {
    let moved = page.between("id=\"h-moved\"", "</section>");
    let figures = moved.split("<a class=\"fig\" href=\"").skip(1).map(|one| {
        let (href, rest) = one.split_once("\">").unwrap();
        (href.replace("&#38;", "&"), rest.split_once('<').unwrap().0.to_owned())
    });
    let figures: Vec<_> = figures.collect();
    for on in ["2021-10-14", "2021-10-15"] {
        assert!(figures.iter().any(|(href, _)| href.contains(&format!("at={on}"))), "{moved}");
    }
    let counts = figures.iter().filter(|(_, words)| !words.contains('.'));
    for (href, words) in counts {
        let list = desk.browser.get(&format!("/api/v1{href}")).await.json();
        assert_eq!(list["total"].to_string(), *words, "{href}");
    }
    let same = desk.browser.get(&format!("{batch}/rows?outcome=same")).await;
    assert_eq!((same.status, same.body.matches("<td class=\"rowno\">").count()), (200, 1));
    assert!(same.has("昆山第2号贸易有限公司") && same.has("href=\"/units/unt_"), "{}", same.body);
}

/// The running sums are what counting the spans anew gives.
async fn sums_hold(db: &TestDb) {
    use organisations::{By, Filter, Sight};
    let app = TestApp::with(routes(), db.clone());
    let mut tx = db.write().await.unwrap();
    let cx = db.cx();
    let sight = Sight::open(&mut tx, &app.state, &cx, None).await.unwrap();
    let before = sight.coverage(&mut tx, &Filter::default(), By::Town).await.unwrap().total;
    organisations::sums::recount(&mut tx, 3).await.unwrap();
    let other = TestApp::with(routes(), db.clone());
    let sight = Sight::open(&mut tx, &other.state, &cx, None).await.unwrap();
    let after = sight.coverage(&mut tx, &Filter::default(), By::Town).await.unwrap().total;
    assert_eq!(before, after);
}

async fn a_ledger_without_a_day_asks_for_it(db: TestDb) {
    let desk = Desk::open(&db).await;
    let text = ledger(&[good(1)]);
    let batch = desk.upload(text.split_once('\n').unwrap().1).await;
    assert!(desk.browser.get(&batch).await.has("这张表说的是哪一天的事"));
    assert_eq!(desk.press(&batch, "confirmation", &[]).await, 422);
    assert_eq!(desk.press(&batch, "date", &[("on", "2021-12-01")]).await, 422);
    assert_eq!(desk.press(&batch, "date", &[("on", "2021-09-30")]).await, 303);
    assert_eq!(desk.state(&batch).await["on"], "2021-09-30");
    assert_eq!(desk.press(&batch, "confirmation", &[]).await, 303);
    assert_eq!(desk.state(&batch).await["state"], "written");
    let mut tx = db.read().await.unwrap();
    let found = register::find_by_uscc(&mut tx, &[code(1)]).await.unwrap();
    assert_eq!(found[&code(1)].1[0].from_on.to_string(), "2021-09-30");
}

async fn a_suggestion_is_taken_over(db: TestDb) {
    let desk = Desk::open(&db).await;
    let bad = |number| good(number).replace("张浦镇", "张铺镇");
    let odd = good(3).replace(",20,2,", ",20,约 2,");
    let batch = desk.upload(&ledger(&[bad(1), bad(2), odd, good(4)])).await;
    assert_eq!(desk.state(&batch).await["wrong"], 3);
    let one = [("row", "3"), ("column", "town")];
    assert_eq!(desk.press(&batch, "adoptions", &one).await, 303);
    assert_eq!(desk.state(&batch).await["wrong"], 2);
    let page = desk.browser.get(&format!("{batch}/rows?outcome=wrong")).await;
    assert!(page.has("约 2") && page.has("采用"), "{}", page.body);
    let marked = desk.browser.get(&format!("{batch}/errors.xlsx")).await;
    assert_eq!(marked.status, 200);
    reread(&marked.bytes);
    assert_eq!(desk.press(&batch, "adoptions", &[("row", "9"), ("column", "town")]).await, 409);
    let all = [("column", "members"), ("code", "members-not-number")];
    assert_eq!(desk.press(&batch, "adoptions", &all).await, 303);
    assert_eq!(desk.press(&batch, "confirmation", &[]).await, 303);
    assert_eq!((members(&db, 1).await, members(&db, 3).await), (Some(2), Some(2)));
    assert_eq!(members(&db, 2).await, None, "what stays wrong is not written");
}

/// The person's own workbook, with the reasons in its last column.
fn reread(bytes: &[u8]) {
    let kept = super::file(bytes);
    let wanted = [
        office::Header { name: "单位名称", aliases: &[], required: true },
        office::Header { name: "错误原因", aliases: &[], required: true },
    ];
    let mut go = |_| std::ops::ControlFlow::Continue(());
    let table = office::read_table(kept.path(), &wanted, &office::Limits::default(), &mut go);
    let table = table.unwrap();
    let reasons: Vec<String> = table.rows.iter().map(|row| row.cells[1].folded()).collect();
    assert_eq!(reasons.iter().filter(|reason| !reason.is_empty()).count(), 2, "{reasons:?}");
    assert!(reasons[1].contains("没有这个区镇"), "{reasons:?}");
}

async fn undoing_spares_what_changed_since(db: TestDb) {
    let desk = Desk::open(&db).await;
    let batch = desk.upload(&ledger(&[good(1), good(2)])).await;
    desk.press(&batch, "confirmation", &[]).await;
    report(&db, &ledger(&[good(1).replace(",20,2,", ",20,5,")])).await;
    let refused = desk.browser.post(&format!("{batch}/undoing"), &[]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.has("昆山第1号贸易有限公司") && !refused.has(">昆山第2号贸易有限公司</a>"));
    assert_eq!((members(&db, 1).await, members(&db, 2).await), (Some(5), Some(2)));
    assert_eq!(desk.state(&batch).await["state"], "written");
}

async fn undoing_ends_after_a_week(db: TestDb) {
    let desk = Desk::open(&db).await;
    let batch = desk.upload(&ledger(&[good(1)])).await;
    desk.press(&batch, "confirmation", &[]).await;
    db.clock.advance(SignedDuration::from_hours(7 * 24 + 1));
    let browser = desk.app.browser("chen").await;
    assert!(!browser.get(&batch).await.has("撤销整批"));
    assert_eq!(browser.post(&format!("{batch}/undoing"), &[]).await.status, 422);
    assert_eq!(members(&db, 1).await, Some(2));
}

async fn who_edits_meanwhile_is_not_overwritten(db: TestDb) {
    let desk = Desk::open(&db).await;
    report(&db, &ledger(&[good(1)])).await;
    let batch = desk.upload(&ledger(&[good(1).replace(",20,2,", ",20,3,")])).await;
    // Another changes the very cell that was shown as 2 → 3.
    report(&db, &ledger(&[good(1).replace(",20,2,", ",20,7,")])).await;
    assert_eq!(desk.press(&batch, "confirmation", &[]).await, 303);
    assert_eq!(desk.state(&batch).await["state"], "ready");
    assert_eq!(members(&db, 1).await, Some(7));
    let page = desk.browser.get(&batch).await;
    assert!(page.has("有人改了台账，1 行"), "{}", page.body);
    assert!(page.has(r#"<span class="cell-old">7</span>"#), "the check is fresh");
    assert_eq!(desk.press(&batch, "confirmation", &[]).await, 303);
    assert_eq!(members(&db, 1).await, Some(3));
}

/// Polls a future so many times and then drops it, as a killed process does.
async fn at_most<F: Future>(polls: usize, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(move |cx: &mut Context<'_>| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

async fn a_killed_writing_leaves_nothing(db: TestDb) {
    let desk = Desk::open(&db).await;
    let batch = desk.upload(&ledger(&[good(1), good(2), good(3)])).await;
    assert_eq!(desk.browser.post(&format!("{batch}/confirmation"), &[]).await.status, 303);
    let id = batch.rsplit('/').next().unwrap();
    let asked = json!({ "batch": id, "by": null });
    let mut polls = 1;
    loop {
        let work = jobs::run_write(desk.app.state.clone(), db.cx(), asked.clone());
        let outcome = at_most(polls, work).await;
        let there = [members(&db, 1).await, members(&db, 2).await, members(&db, 3).await];
        let count = there.iter().flatten().count();
        assert!(count == 0 || count == 3, "all or nothing after {polls} polls: {there:?}");
        match outcome {
            Some(done) => {
                done.unwrap();
                break;
            }
            None => polls += 3,
        }
    }
    assert_eq!(desk.state(&batch).await["state"], "written");
    // The job that was asked for finds it done.
    desk.work().await;
    db::journal::require_whole(&db).await.unwrap();
}

async fn a_stop_leaves_nothing(db: TestDb) {
    let desk = Desk::open(&db).await;
    let batch = desk.upload(&ledger(&[good(1)])).await;
    assert_eq!(desk.browser.post(&format!("{batch}/confirmation"), &[]).await.status, 303);
    assert_eq!(desk.browser.post(&format!("{batch}/stop"), &[]).await.status, 303);
    desk.work().await;
    assert_eq!(desk.state(&batch).await["state"], "ready");
    assert_eq!(members(&db, 1).await, None);
    assert!(desk.app.state.part::<Meters>().of(batch[9..].parse().unwrap()).is_none());
    assert_eq!(desk.press(&batch, "abandonment", &[]).await, 303);
    assert_eq!(desk.press(&batch, "confirmation", &[]).await, 409);
    assert_eq!(desk.state(&batch).await["state"], "abandoned");
}

async fn an_unreadable_file_says_so(db: TestDb) {
    let desk = Desk::open(&db).await;
    let batch = desk.upload("%PDF-1.7 nothing").await;
    let stands = desk.state(&batch).await;
    assert_eq!(stands["state"], "unreadable", "{stands}");
    assert!(desk.browser.get(&batch).await.has("不是能识别的电子表格"));
    assert!(desk.browser.get("/imports").await.has("读不了"));
    assert_eq!(desk.browser.get("/imports/new").await.status, 200);
}
