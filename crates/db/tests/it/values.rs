//! Every kind of value comes back as it went in, and sorts alike on both engines.

use std::fmt::Debug;

use db::{FromColumn, ToValue, Tx, args, sql};
use kernel::{Date, Timestamp};
use testkit::{TestDb, on_both};

on_both!(
    every_kind_comes_back,
    nothing_comes_back_as_nothing,
    a_null_is_refused_where_a_value_was_promised,
    another_type_is_refused,
    instants_keep_whole_microseconds,
    instants_sort_by_time,
    dates_sort_by_time,
    text_sorts_by_code_point,
    ids_sort_by_their_bytes,
    a_flag_is_a_condition,
    nul_and_endless_numbers_are_refused,
);

/// One row with a column of every kind.
async fn probe(db: &TestDb) -> Tx {
    let mut tx = db.write().await.unwrap();
    let create = sql!(
        "CREATE TABLE probe (no BIGINT PRIMARY KEY, flag BOOLEAN, whole BIGINT, \
         part DOUBLE PRECISION, words TEXT, id UUID, bytes BYTEA, on_day DATE, at TIMESTAMPTZ)"
    );
    tx.run(create, args![]).await.unwrap();
    tx
}

macro_rules! round_trip {
    ($tx:expr, $column:literal, $values:expr) => {
        for (no, value) in $values.into_iter().enumerate() {
            let no = no as i64;
            $tx.run(sql!("DELETE FROM probe"), args![]).await.unwrap();
            let insert = sql!(concat!("INSERT INTO probe (no, ", $column, ") VALUES ($1, $2)"));
            $tx.run(insert, args![no, value.clone()]).await.unwrap();
            let select = sql!(concat!("SELECT ", $column, " FROM probe WHERE no = $1"));
            check(&mut $tx, select, no, value.clone()).await;
            let equal =
                sql!(concat!("SELECT COUNT(*) FROM probe WHERE no = $1 AND ", $column, " = $2"));
            let found: i64 = $tx.scalar(equal, args![no, value.clone()]).await.unwrap();
            assert_eq!(found, 1, "{value:?} does not equal itself in SQL");
        }
    };
}

async fn check<T: FromColumn + Debug + PartialEq>(
    tx: &mut Tx,
    select: &'static db::Statement,
    no: i64,
    wanted: T,
) {
    let read: T = tx.scalar(select, args![no]).await.unwrap();
    assert_eq!(read, wanted);
    let read: Option<T> = tx.scalar(select, args![no]).await.unwrap();
    assert_eq!(read, Some(wanted));
}

pub(crate) fn days() -> Vec<Date> {
    ["0001-01-01", "1949-10-01", "1999-12-31", "2000-01-01", "2021-10-20", "9999-12-31"]
        .map(|day| day.parse().unwrap())
        .into()
}

pub(crate) fn instants() -> Vec<Timestamp> {
    [
        "1900-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "1999-12-31T23:59:59.999999Z",
        "2000-01-01T00:00:00Z",
        "2021-10-20T00:00:00.000001Z",
        "2021-10-20T00:00:00.1Z",
        "2021-10-20T00:00:00.123456Z",
        "9999-12-30T00:00:00.999999Z",
    ]
    .map(|at| at.parse().unwrap())
    .into()
}

pub(crate) fn wholes() -> [i64; 6] {
    [i64::MIN, -1, 0, 1, 9_007_199_254_740_993, i64::MAX]
}

async fn every_kind_comes_back(db: TestDb) {
    let mut tx = probe(&db).await;
    round_trip!(tx, "flag", [true, false]);
    round_trip!(tx, "whole", wholes());
    round_trip!(tx, "whole", [0u32, u32::MAX]);
    round_trip!(tx, "part", [0.0, 0.1, -2.5, 0.848_484, 1e300, f64::MIN_POSITIVE, f64::MAX]);
    let words = ["", " ", "2021", "1e3", "昆山", "O'Neil \"x\" \\ \t\n", "👩‍👩‍👧", "2021-10-20"];
    round_trip!(tx, "words", words.map(String::from));
    let cx = db.cx();
    let id: kernel::Id<db::job::JobKind> = cx.new_id();
    round_trip!(tx, "id", [id]);
    round_trip!(tx, "bytes", [vec![], vec![0, 255, 0x27], cx.random::<300>().to_vec()]);
    round_trip!(tx, "on_day", days());
    round_trip!(tx, "at", instants());
}

async fn nothing_comes_back_as_nothing(db: TestDb) {
    let mut tx = probe(&db).await;
    let insert = sql!(
        "INSERT INTO probe (no, flag, whole, part, words, id, bytes, on_day, at) \
         VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let values = args![
        None::<bool>,
        None::<i64>,
        None::<f64>,
        None::<String>,
        None::<kernel::Id<db::job::JobKind>>,
        None::<Vec<u8>>,
        None::<Date>,
        None::<Timestamp>,
    ];
    tx.run(insert, values).await.unwrap();
    let select = sql!("SELECT flag, whole, part, words, id, bytes, on_day, at FROM probe");
    let empty = tx.one(select, args![], |row| {
        Ok(row.get::<Option<bool>>(0)?.is_none()
            && row.get::<Option<i64>>(1)?.is_none()
            && row.get::<Option<f64>>(2)?.is_none()
            && row.get::<Option<String>>(3)?.is_none()
            && row.get::<Option<kernel::Id<db::job::JobKind>>>(4)?.is_none()
            && row.get::<Option<Vec<u8>>>(5)?.is_none()
            && row.get::<Option<Date>>(6)?.is_none()
            && row.get::<Option<Timestamp>>(7)?.is_none()
            && row.maybe_code::<kernel::Role>(3)?.is_none())
    });
    assert!(empty.await.unwrap());
}

async fn a_null_is_refused_where_a_value_was_promised(db: TestDb) {
    let mut tx = probe(&db).await;
    tx.run(sql!("INSERT INTO probe (no) VALUES (1)"), args![]).await.unwrap();
    let select = sql!("SELECT flag, whole, part, words, id, bytes, on_day, at FROM probe");
    let wrongly_read = tx.one(select, args![], |row| {
        Ok([
            row.get::<bool>(0).is_ok(),
            row.get::<i64>(1).is_ok(),
            row.get::<f64>(2).is_ok(),
            row.get::<String>(3).is_ok(),
            row.get::<kernel::Id<db::job::JobKind>>(4).is_ok(),
            row.get::<Vec<u8>>(5).is_ok(),
            row.get::<Date>(6).is_ok(),
            row.get::<Timestamp>(7).is_ok(),
            row.code::<kernel::Role>(3).is_ok(),
        ])
    });
    assert_eq!(wrongly_read.await.unwrap(), [false; 9]);
}

async fn another_type_is_refused(db: TestDb) {
    let mut tx = probe(&db).await;
    let insert = sql!("INSERT INTO probe (no, whole, part, words) VALUES (1, 2, 2.5, '3')");
    tx.run(insert, args![]).await.unwrap();
    let select = sql!("SELECT whole, part, words FROM probe");
    let wrongly_read = tx.one(select, args![], |row| {
        Ok([
            row.get::<String>(0).is_ok(),
            row.get::<i64>(1).is_ok(),
            row.get::<bool>(1).is_ok(),
            row.get::<i64>(2).is_ok(),
            row.get::<f64>(2).is_ok(),
            row.get::<bool>(2).is_ok(),
        ])
    });
    assert_eq!(wrongly_read.await.unwrap(), [false; 6]);
}

async fn instants_keep_whole_microseconds(db: TestDb) {
    let mut tx = probe(&db).await;
    for (no, at) in
        ["2021-10-20T08:00:00.123456789Z", "1955-01-01T00:00:00.123456789Z"].into_iter().enumerate()
    {
        let at: Timestamp = at.parse().unwrap();
        let insert = sql!("INSERT INTO probe (no, at) VALUES ($1, $2)");
        tx.run(insert, args![no as i64, at]).await.unwrap();
        let select = sql!("SELECT at FROM probe WHERE no = $1");
        let read: Timestamp = tx.scalar(select, args![no as i64]).await.unwrap();
        assert_eq!(read, Timestamp::from_microsecond(at.as_microsecond()).unwrap());
    }
}

/// Writes them from last to first.
async fn backwards<T: ToValue>(tx: &mut Tx, insert: &'static db::Statement, values: Vec<T>) {
    for (no, value) in values.into_iter().enumerate().rev() {
        tx.run(insert, args![no as i64, value]).await.unwrap();
    }
    tx.run(sql!("INSERT INTO probe (no) VALUES (-1)"), args![]).await.unwrap();
}

async fn instants_sort_by_time(db: TestDb) {
    let mut tx = probe(&db).await;
    let insert = sql!("INSERT INTO probe (no, at) VALUES ($1, $2)");
    backwards(&mut tx, insert, instants()).await;
    let select = sql!("SELECT at FROM probe ORDER BY at NULLS LAST");
    let read = tx.all(select, args![], |row| row.get::<Option<Timestamp>>(0)).await.unwrap();
    let wanted: Vec<_> = instants().into_iter().map(Some).chain([None]).collect();
    assert_eq!(read, wanted);
    for (no, at) in instants().into_iter().enumerate() {
        let before = sql!("SELECT COUNT(*) FROM probe WHERE at < $1");
        assert_eq!(tx.scalar::<i64>(before, args![at]).await.unwrap(), no as i64, "{at}");
        let largest = sql!("SELECT MAX(at) FROM probe WHERE at <= $1");
        assert_eq!(tx.scalar::<Timestamp>(largest, args![at]).await.unwrap(), at);
    }
}

async fn dates_sort_by_time(db: TestDb) {
    let mut tx = probe(&db).await;
    let insert = sql!("INSERT INTO probe (no, on_day) VALUES ($1, $2)");
    backwards(&mut tx, insert, days()).await;
    let select = sql!("SELECT on_day FROM probe ORDER BY on_day NULLS FIRST");
    let read = tx.all(select, args![], |row| row.get::<Option<Date>>(0)).await.unwrap();
    let wanted: Vec<_> = [None].into_iter().chain(days().into_iter().map(Some)).collect();
    assert_eq!(read, wanted);
    for (no, day) in days().into_iter().enumerate() {
        let until = sql!("SELECT COUNT(*) FROM probe WHERE on_day <= $1");
        assert_eq!(tx.scalar::<i64>(until, args![day]).await.unwrap(), no as i64 + 1, "{day}");
    }
}

async fn text_sorts_by_code_point(db: TestDb) {
    let mut tx = probe(&db).await;
    let words = ["", "10", "9", "A", "Z", "_", "a", "a b", "aB", "ab", "z", "é", "一", "昆", "👩"];
    let insert = sql!("INSERT INTO probe (no, words) VALUES ($1, $2)");
    backwards(&mut tx, insert, words.to_vec()).await;
    let select = sql!("SELECT words FROM probe WHERE words IS NOT NULL ORDER BY words NULLS LAST");
    let read = tx.all(select, args![], |row| row.get::<String>(0)).await.unwrap();
    assert_eq!(read, words);
}

async fn ids_sort_by_their_bytes(db: TestDb) {
    let mut tx = probe(&db).await;
    let cx = db.cx();
    let mut ids: Vec<kernel::Id<db::job::JobKind>> = (0..50).map(|_| cx.new_id()).collect();
    ids.sort();
    let insert = sql!("INSERT INTO probe (no, id) VALUES ($1, $2)");
    backwards(&mut tx, insert, ids.clone()).await;
    let select = sql!("SELECT id FROM probe WHERE id >= $1 ORDER BY id NULLS LAST");
    let read: Vec<kernel::Id<db::job::JobKind>> =
        tx.all(select, args![ids[10]], |row| row.get(0)).await.unwrap();
    assert_eq!(read, ids[10..]);
}

async fn a_flag_is_a_condition(db: TestDb) {
    let mut tx = probe(&db).await;
    let insert = sql!("INSERT INTO probe (no, flag) VALUES ($1, $2)");
    backwards(&mut tx, insert, vec![true, false, true]).await;
    for (select, wanted) in [
        (sql!("SELECT COUNT(*) FROM probe WHERE flag"), 2),
        (sql!("SELECT COUNT(*) FROM probe WHERE NOT flag"), 1),
        (sql!("SELECT COUNT(*) FROM probe WHERE flag = TRUE"), 2),
        (sql!("SELECT COUNT(*) FROM probe WHERE flag IS NULL"), 1),
    ] {
        assert_eq!(tx.scalar::<i64>(select, args![]).await.unwrap(), wanted, "{select:?}");
    }
    let mixed = sql!("SELECT (whole IS NULL) AS empty FROM probe WHERE no = 0");
    assert!(tx.scalar::<bool>(mixed, args![]).await.unwrap());
}

async fn nul_and_endless_numbers_are_refused(db: TestDb) {
    let mut tx = probe(&db).await;
    let insert = sql!("INSERT INTO probe (no, words) VALUES (1, $1)");
    let why = tx.run(insert, args!["a\0b"]).await.unwrap_err().to_string();
    assert!(why.contains("NUL"), "{why}");
    let insert = sql!("INSERT INTO probe (no, part) VALUES (1, $1)");
    for endless in [f64::NAN, f64::INFINITY] {
        let why = tx.run(insert, args![endless]).await.unwrap_err().to_string();
        assert!(why.contains("finite"), "{why}");
    }
    // Refused before it reached the engine, so the transaction is still whole.
    tx.run(sql!("INSERT INTO probe (no) VALUES (1)"), args![]).await.unwrap();
}
