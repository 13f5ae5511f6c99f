//! Whole sets of rows in one statement: every kind, awkward text, no rows, very many rows.

use db::{Rows, Tx, args, set_sql, sql};
use kernel::{Cx, Date, Id, Timestamp};
use testkit::{TestDb, on_both};

use crate::values::{days, instants, wholes};

on_both!(
    every_kind_travels_in_a_set,
    awkward_text_travels_in_a_set,
    any_text_travels_in_a_set,
    nul_in_a_set_is_refused_clearly,
    an_empty_set_is_no_work,
    a_large_set_is_written_whole,
    a_set_can_be_asked_about,
    the_first_of_two_rows_stays,
    a_value_of_another_kind_is_refused,
);

type Id1 = Id<db::job::JobKind>;

async fn probe(db: &TestDb) -> Tx {
    let mut tx = db.write().await.unwrap();
    let create = sql!(
        "CREATE TABLE probe_set (no BIGINT PRIMARY KEY, flag BOOLEAN, whole BIGINT, \
         part DOUBLE PRECISION, words TEXT, id UUID, bytes BYTEA, on_day DATE, at TIMESTAMPTZ)"
    );
    tx.run(create, args![]).await.unwrap();
    tx
}

#[derive(Clone, Debug, PartialEq)]
struct Line {
    flag: Option<bool>,
    whole: Option<i64>,
    part: Option<f64>,
    words: Option<String>,
    id: Option<Id1>,
    bytes: Option<Vec<u8>>,
    on_day: Option<Date>,
    at: Option<Timestamp>,
}

fn lines(cx: &Cx) -> Vec<Line> {
    let parts = [0.1, -2.5, 1e300, f64::MAX, f64::MIN_POSITIVE, 1.0 / 3.0];
    let mut lines: Vec<Line> = (0..12)
        .map(|no| Line {
            flag: Some(no % 2 == 0),
            whole: wholes().get(no).copied(),
            part: parts.get(no).copied(),
            words: Some(format!("第 {no} 行")),
            id: Some(cx.new_id()),
            bytes: Some(cx.random::<33>()[..no * 3].to_vec()),
            on_day: days().get(no).copied(),
            at: instants().get(no).copied(),
        })
        .collect();
    let (words, id, bytes) = (None, None, None);
    let nothing = Line { flag: None, words, id, bytes, ..lines[11].clone() };
    lines.push(nothing);
    lines
}

async fn every_kind_travels_in_a_set(db: TestDb) {
    let mut tx = probe(&db).await;
    let insert = set_sql!(
        "INSERT INTO probe_set (no, flag, whole, part, words, id, bytes, on_day, at) \
         SELECT no, flag, whole, part, words, id, bytes, on_day, at FROM {rows}",
        no: Int, flag: Bool, whole: Int, part: Float, words: Text, id: Uuid, bytes: Bytes,
        on_day: Date, at: Instant,
    );
    let lines = lines(&db.cx());
    let mut rows = Rows::new();
    for (no, line) in lines.clone().into_iter().enumerate() {
        let Line { flag, whole, part, words, id, bytes, on_day, at } = line;
        rows.push(args![no as i64, flag, whole, part, words, id, bytes, on_day, at]);
    }
    assert_eq!(tx.run_set(insert, rows).await.unwrap(), 13);
    let select =
        sql!("SELECT flag, whole, part, words, id, bytes, on_day, at FROM probe_set ORDER BY no");
    let read = tx.all(select, args![], |row| {
        Ok(Line {
            flag: row.get(0)?,
            whole: row.get(1)?,
            part: row.get(2)?,
            words: row.get(3)?,
            id: row.get(4)?,
            bytes: row.get(5)?,
            on_day: row.get(6)?,
            at: row.get(7)?,
        })
    });
    assert_eq!(read.await.unwrap(), lines);
    // Bound one by one, each value finds the row that the set wrote.
    for line in lines {
        let find = sql!("SELECT COUNT(*) FROM probe_set WHERE on_day = $1 OR at = $2 OR id = $3");
        let found: i64 = tx.scalar(find, args![line.on_day, line.at, line.id]).await.unwrap();
        assert_eq!(found, i64::from(line.id.is_some()), "{line:?}");
    }
}

async fn keep_words(tx: &mut Tx, words: &[String]) -> db::Result<u64> {
    let insert = set_sql!(
        "INSERT INTO probe_set (no, words) SELECT no, words FROM {rows}", no: Int, words: Text,
    );
    let mut rows = Rows::with_capacity(words.len());
    for (no, one) in words.iter().enumerate() {
        rows.push(args![no as i64, one]);
    }
    tx.run_set(insert, rows).await
}

async fn read_words(tx: &mut Tx) -> Vec<String> {
    let select = sql!("SELECT words FROM probe_set ORDER BY no");
    tx.all(select, args![], |row| row.get(0)).await.unwrap()
}

async fn awkward_text_travels_in_a_set(db: TestDb) {
    let mut words: Vec<String> = [
        "",
        " ",
        "'",
        "''",
        "\"",
        "\\",
        "\\\\",
        "\\u0041",
        "\\N",
        "NULL",
        "null",
        "{}",
        "[1,2]",
        "{rows}",
        "$1",
        "?",
        "--",
        "'; DROP TABLE probe_set; --",
        "\r\n\t",
        "\u{7f}",
        "\u{85}\u{2028}\u{2029}\u{feff}",
        "👩‍👩‍👧‍👦",
        "𠮷野家",
        "e\u{301}",
        "１２３",
        "1",
        "1.50",
        "true",
    ]
    .map(String::from)
    .into();
    words.extend((1..32).map(|code| char::from(code).to_string()));
    let mut tx = probe(&db).await;
    keep_words(&mut tx, &words).await.unwrap();
    assert_eq!(read_words(&mut tx).await, words);
}

async fn any_text_travels_in_a_set(db: TestDb) {
    let cx = db.cx();
    let letter = || {
        // Half of them from the places where escaping could go wrong.
        let [kind, low, ..] = cx.random::<8>();
        let rare = u32::from_le_bytes(cx.random()) % 0x11_0000;
        let code = if kind % 2 == 0 { u32::from(low % 128) } else { rare };
        char::from_u32(code).filter(|letter| *letter != '\0').unwrap_or('"')
    };
    let words: Vec<String> = (0..400)
        .map(|_| {
            let length = cx.random::<1>()[0] % 24;
            (0..length).map(|_| letter()).collect()
        })
        .collect();
    let mut tx = probe(&db).await;
    keep_words(&mut tx, &words).await.unwrap();
    assert_eq!(read_words(&mut tx).await, words);
}

async fn nul_in_a_set_is_refused_clearly(db: TestDb) {
    let mut tx = probe(&db).await;
    let why = keep_words(&mut tx, &["fine".into(), "a\0b".into()]).await.unwrap_err();
    assert!(why.to_string().contains("NUL"), "{why}");
    assert!(read_words(&mut tx).await.is_empty());
}

async fn an_empty_set_is_no_work(db: TestDb) {
    let mut tx = probe(&db).await;
    assert_eq!(keep_words(&mut tx, &[]).await.unwrap(), 0);
    assert!(Rows::new().is_empty());
}

async fn a_large_set_is_written_whole(db: TestDb) {
    // Two full statements and one more row.
    let words: Vec<String> = (0..4_001).map(|no| no.to_string()).collect();
    let mut tx = probe(&db).await;
    assert_eq!(keep_words(&mut tx, &words).await.unwrap(), 4_001);
    assert_eq!(read_words(&mut tx).await, words);
}

async fn a_set_can_be_asked_about(db: TestDb) {
    let mut tx = probe(&db).await;
    let words: Vec<String> = (0..3_000).map(|no| format!("w{no}")).collect();
    keep_words(&mut tx, &words).await.unwrap();
    let ask = set_sql!(
        "SELECT rows.asked, probe_set.no FROM {rows} \
         JOIN probe_set ON probe_set.words = rows.asked", asked: Text,
    );
    let mut rows = Rows::new();
    for no in (0..6_000).step_by(2) {
        rows.push(args![format!("w{no}")]);
    }
    assert_eq!(rows.len(), 3_000);
    let found = tx.all_of_set(ask, rows, |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)));
    let found = found.await.unwrap();
    assert_eq!(found.len(), 1_500);
    assert!(found.iter().all(|(asked, no)| *asked == format!("w{no}")));
}

async fn the_first_of_two_rows_stays(db: TestDb) {
    let mut tx = probe(&db).await;
    let insert = set_sql!(
        "INSERT INTO probe_set (no, words) SELECT no, words FROM {rows} WHERE TRUE \
         ON CONFLICT (no) DO NOTHING", no: Int, words: Text,
    );
    let mut rows = Rows::new();
    for words in ["first", "second"] {
        rows.push(args![7, words]);
    }
    assert_eq!(tx.run_set(insert, rows).await.unwrap(), 1);
    assert_eq!(read_words(&mut tx).await, ["first"]);
}

async fn a_value_of_another_kind_is_refused(db: TestDb) {
    let mut tx = probe(&db).await;
    let insert = set_sql!(
        "INSERT INTO probe_set (no, whole) SELECT no, whole FROM {rows}", no: Int, whole: Int,
    );
    for row in [args![1, "not a number"], args![1, true]] {
        let mut rows = Rows::new();
        rows.push(row);
        let why = tx.run_set(insert, rows).await.unwrap_err();
        assert!(why.to_string().contains("whole"), "{why}");
    }
    let mut short = Rows::new();
    short.push(args![1]);
    assert!(tx.run_set(insert, short).await.is_err());
}
