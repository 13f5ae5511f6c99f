//! Platforms' files: looked at, written once, taken back; two at once, half ones, wrong ones.

use std::fmt::Write as _;

use db::Query;
use kernel::Fen;
use sales::{
    BatchId, Filter, Outcome, SaleError, Totals, Written, map_batch, preview_batch, read_batch,
    undo_batch, verify_all, visible_batch, write_batch,
};
use testkit::TestDb;

use crate::fair::{Fair, keys};

testkit::on_both!(
    a_file_is_looked_at_written_and_taken_back,
    a_later_file_brings_what_came_back_since,
    wrong_files_leave_nothing,
    the_same_order_in_two_files_at_once_counts_once,
    the_same_file_confirmed_twice_is_written_once,
);

/// SQLite has one writer at a time: there is no such race to show.
#[test]
fn without_the_guard_it_would_count_twice_on_postgres() {
    testkit::run(testkit::Engine::Postgres, without_the_guard_it_would_count_twice);
}

const HEAD: &str = "子订单编号,店铺名称,商品名称,支付时间,实付金额,退款金额,订单状态\n";

/// An export of these orders: number, shop, yuan, yuan that came back.
fn export(rows: &[(&str, &str, &str, &str)]) -> String {
    let mut text = HEAD.to_owned();
    for (order, shop, yuan, back) in rows {
        let at = "2021-10-22 20:31:05";
        writeln!(text, "{order},{shop},礼盒,{at},{yuan},{back},已完成").unwrap();
    }
    text
}

/// Uploads a file through the site, and says that its columns are understood.
async fn upload(fair: &Fair, text: &str) -> BatchId {
    let browser = fair.app.browser("organiser").await;
    let campaign = fair.campaign.to_string();
    let fields = [("campaign", &*campaign), ("platform", "抖音")];
    let answer = browser.upload("/sale-batches", ("订单.csv", text.as_bytes()), &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let id = answer.location().strip_prefix("/sale-batches/").unwrap().parse().unwrap();
    let cx = fair.cx(&fair.organiser);
    let mut tx = fair.db().write().await.unwrap();
    let reading = sales::Reading::of(&mut tx, &cx).await.unwrap();
    let batch = visible_batch(&mut tx, &cx, &reading, id).await.unwrap();
    map_batch(&mut tx, &cx, (id, batch.version), batch.mapping).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Writes a batch in a transaction of its own.
async fn write(fair: &Fair, id: BatchId) -> Result<Written, SaleError> {
    let cx = fair.cx(&fair.organiser);
    let mut tx = fair.db().read().await.unwrap();
    let reading = sales::Reading::of(&mut tx, &cx).await.unwrap();
    let batch = visible_batch(&mut tx, &cx, &reading, id).await.unwrap();
    let rows = read_batch(&mut tx, &batch).await.unwrap();
    drop(tx);
    let mut tx = fair.db().write().await.unwrap();
    let written = write_batch(&mut tx, &cx, &keys(), (id, batch.version), rows).await?;
    tx.commit().await.unwrap();
    Ok(written)
}

async fn net(fair: &Fair) -> Fen {
    let mut tx = fair.db().read().await.unwrap();
    let filter = Filter::campaign(fair.campaign);
    Totals::of(&mut tx, None, &filter, None).await.unwrap().net()
}

async fn a_file_is_looked_at_written_and_taken_back(db: TestDb) {
    let fair = Fair::open(db).await;
    let text = export(&[
        ("482011223344001", "阳澄湖蟹庄", "298.00", "0"),
        ("482011223344002", "周庄糕团", "88.50", "18.50"),
        ("482011223344002", "周庄糕团", "88.50", "0"),
        ("482011223344003", "没有这家", "10", "0"),
        ("482011223344004", "奥灶馆", "十元", "0"),
    ]);
    let id = upload(&fair, &text).await;
    let cx = fair.cx(&fair.organiser);
    let mut tx = fair.db().read().await.unwrap();
    let reading = sales::Reading::of(&mut tx, &cx).await.unwrap();
    let batch = visible_batch(&mut tx, &cx, &reading, id).await.unwrap();
    let rows = read_batch(&mut tx, &batch).await.unwrap();
    let seen = preview_batch(&mut tx, &cx, &keys(), &reading, (&batch, rows)).await.unwrap();
    drop(tx);
    assert_eq!((seen.to_write(), seen.count(|one| matches!(one, Outcome::Wrong(_)))), (2, 3));
    assert_eq!((seen.gross(), seen.back()), (Fen(38_650), Fen(1_850)));
    assert_eq!(net(&fair).await, Fen(0), "nothing counts before it is written");
    let written = write(&fair, id).await.unwrap();
    assert_eq!(written, Written { sales: 2, returns: 1, lost: 0 });
    assert_eq!(net(&fair).await, Fen(36_800));
    // The same file again holds nothing new.
    let again = upload(&fair, &text).await;
    let refused = write(&fair, again).await;
    assert!(matches!(refused, Err(SaleError::FileWritten)), "{refused:?}");
    let mut tx = fair.db().write().await.unwrap();
    assert_eq!(undo_batch(&mut tx, &cx, id).await.unwrap(), 3);
    tx.commit().await.unwrap();
    assert_eq!(net(&fair).await, Fen(0));
    // Once taken back it may come again, and what was judged stays.
    assert_eq!(write(&fair, again).await.unwrap().sales, 2);
    let mut tx = fair.db().write().await.unwrap();
    let judge = fair.cx(&fair.judge);
    verify_all(&mut tx, &judge, &Filter::default()).await.unwrap();
    let judged = undo_batch(&mut tx, &cx, again).await;
    assert!(matches!(judged, Err(SaleError::BatchJudged(3))), "{judged:?}");
}

async fn a_later_file_brings_what_came_back_since(db: TestDb) {
    let fair = Fair::open(db).await;
    let first = export(&[("482011223344001", "阳澄湖蟹庄", "300", "0")]);
    write(&fair, upload(&fair, &first).await).await.unwrap();
    for (back, net_after) in [("100", 20_000), ("250", 5_000)] {
        let later = export(&[("482011223344001", "阳澄湖蟹庄", "300", back)]);
        let written = write(&fair, upload(&fair, &later).await).await.unwrap();
        assert_eq!(written, Written { sales: 0, returns: 1, lost: 0 });
        assert_eq!(net(&fair).await, Fen(net_after));
    }
    let same = export(&[("482011223344001", "阳澄湖蟹庄", "300", "250"), ("x", "y", "1", "0")]);
    let nothing = write(&fair, upload(&fair, &same).await).await;
    assert!(matches!(nothing, Err(SaleError::NothingToWrite)), "{nothing:?}");
}

async fn wrong_files_leave_nothing(db: TestDb) {
    let fair = Fair::open(db).await;
    let browser = fair.app.browser("organiser").await;
    let campaign = fair.campaign.to_string();
    let fields = [("campaign", &*campaign), ("platform", "抖音")];
    let whole = export(&[("482011223344001", "阳澄湖蟹庄", "300", "0")]);
    for bytes in [&b"%PDF-1.7"[..], b"", b"PK\x03\x04half a workbook", HEAD.as_bytes()] {
        let answer = browser.upload("/sale-batches", ("a.xlsx", bytes), &fields).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
    }
    let none = browser.upload("/sale-batches", ("a.csv", whole.as_bytes()), &fields[..1]).await;
    assert_eq!(none.status, 422, "a platform is needed: {}", none.body);
    // Cut off in the middle of a row: that row alone is wrong.
    let text = export(&[
        ("482011223344001", "阳澄湖蟹庄", "300", "0"),
        ("482011223344002", "阳澄湖蟹庄", "300", "0"),
    ]);
    let cut = &text[..text.len() - 40];
    let written = write(&fair, upload(&fair, cut).await).await.unwrap();
    assert_eq!(written.sales, 1);
    let foreign = fair.app.browser("keeper0").await;
    let refused = foreign.upload("/sale-batches", ("a.csv", whole.as_bytes()), &fields).await;
    assert_eq!(refused.status, 403, "a file of all merchants is the organisers' affair");
}

/// Two files with one order, written at the same time; answers how often the order counts.
async fn race(fair: &Fair) -> (Fen, usize) {
    let one = export(&[("482011223344001", "阳澄湖蟹庄", "300", "0")]);
    let other = export(&[
        ("482011223344001", "阳澄湖蟹庄", "300", "0"),
        ("482011223344002", "阳澄湖蟹庄", "50", "0"),
    ]);
    let (one, other) = (upload(fair, &one).await, upload(fair, &other).await);
    let cx = fair.cx(&fair.organiser);
    let mut rows = Vec::new();
    for id in [one, other] {
        let mut tx = fair.db().read().await.unwrap();
        let reading = sales::Reading::of(&mut tx, &cx).await.unwrap();
        let batch = visible_batch(&mut tx, &cx, &reading, id).await.unwrap();
        rows.push((batch.version, read_batch(&mut tx, &batch).await.unwrap()));
    }
    let (second_version, second_rows) = rows.pop().unwrap();
    let (version, first_rows) = rows.pop().unwrap();
    // The first has looked and written, and not committed when the second looks.
    let mut tx = fair.db().write().await.unwrap();
    write_batch(&mut tx, &cx, &keys(), (one, version), first_rows).await.unwrap();
    let second = async {
        let cx = fair.cx(&fair.organiser);
        let mut tx = fair.db().write().await.unwrap();
        let told = (other, second_version);
        let written = write_batch(&mut tx, &cx, &keys(), told, second_rows).await;
        tx.commit().await.unwrap();
        written.unwrap()
    };
    let first = async {
        // On SQLite there is nobody: the second cannot even begin.
        fair.db().until_one_waits().await;
        tx.commit().await.unwrap();
    };
    let (written, ()) = tokio::join!(second, first);
    (net(fair).await, written.lost)
}

async fn the_same_order_in_two_files_at_once_counts_once(db: TestDb) {
    let fair = Fair::open(db).await;
    let (net, lost) = race(&fair).await;
    assert_eq!(net, Fen(35_000));
    // SQLite's second writer begins after the first and knows the order before it writes.
    assert_eq!(lost, usize::from(fair.db().engine() == testkit::Engine::Postgres));
}

async fn without_the_guard_it_would_count_twice(db: TestDb) {
    let fair = Fair::open(db).await;
    let mut tx = fair.db().write().await.unwrap();
    tx.run_query(Query::new("DROP INDEX sale_one_order")).await.unwrap();
    tx.commit().await.unwrap();
    let (net, lost) = race(&fair).await;
    assert_eq!((net, lost), (Fen(65_000), 0), "the order counts twice without its index");
}

async fn the_same_file_confirmed_twice_is_written_once(db: TestDb) {
    let fair = Fair::open(db).await;
    let id = upload(&fair, &export(&[("482011223344001", "阳澄湖蟹庄", "300", "0")])).await;
    let (one, other) = tokio::join!(write(&fair, id), write(&fair, id));
    let refused = [&one, &other].into_iter().filter(|one| one.is_err()).count();
    assert_eq!(refused, 1, "{one:?} {other:?}");
    assert_eq!(net(&fair).await, Fen(30_000));
}
