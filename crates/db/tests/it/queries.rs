//! Queries composed from parts keep their values in step with their numbers.

use db::{Query, Value, args, sql};
use testkit::{TestDb, on_both};

on_both!(conditions_compose, parts_may_differ, a_composed_statement_writes);

/// The numbers from 1 to 9, as `n`, in order.
fn numbers() -> Query {
    Query::new("SELECT n FROM probe_query WHERE TRUE")
}

async fn filled(db: &TestDb) -> db::Tx {
    let mut tx = db.write().await.unwrap();
    tx.run(sql!("CREATE TABLE probe_query (n BIGINT, word TEXT)"), args![]).await.unwrap();
    for n in 1..=9 {
        let insert = sql!("INSERT INTO probe_query (n, word) VALUES ($1, $2)");
        tx.run(insert, args![n, if n % 2 == 0 { "even" } else { "odd" }]).await.unwrap();
    }
    tx
}

async fn conditions_compose(db: TestDb) {
    let mut tx = filled(&db).await;
    let between = Query::new("(").with("n > ? AND n < ?", args![2, 8]).part(")");
    let twice = Query::new("").nested(between.clone()).part(" AND ").nested(between.clone());
    let cases = [
        (numbers(), vec![1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (numbers().with(" AND word = ?", args!["even"]), vec![2, 4, 6, 8]),
        (numbers().part(" AND ").any_of("n", [9, 1, 77]), vec![1, 9]),
        (numbers().part(" AND ").any_of("n", Vec::<i64>::new()), vec![]),
        (
            numbers().part(" AND NOT (").any_of("n", Vec::<i64>::new()).part(") AND n < 3"),
            vec![1, 2],
        ),
        (
            numbers()
                .with(" AND word = ?", args!["odd"])
                .part(" AND ")
                .nested(between)
                .with(" AND n <> ?", args![5]),
            vec![3, 7],
        ),
        (numbers().with(" AND word = ? AND ", args!["odd"]).nested(twice), vec![3, 5, 7]),
        // Past nine values a number has two digits.
        (numbers().part(" AND ").any_of("n", 3..20).with(" AND n < ?", args![5]), vec![3, 4]),
    ];
    run_cases(&mut tx, cases.into()).await;
}

async fn run_cases(tx: &mut db::Tx, cases: Vec<(Query, Vec<i64>)>) {
    for (query, wanted) in cases {
        let text = query.text(tx.engine()).to_owned();
        let query = query.part(" ORDER BY n");
        let read: Vec<i64> = tx.list(query, |row| row.get(0)).await.unwrap();
        assert_eq!(read, wanted, "{text}");
    }
}

async fn parts_may_differ(db: TestDb) {
    let mut tx = filled(&db).await;
    let odd = [Value::Text("odd".into()), Value::Int(3)].to_vec();
    let less = [Value::Int(3), Value::Text("odd".into())].to_vec();
    let differing = numbers()
        .with(" AND n < ?", args![9])
        .either([(" AND word = ? AND n > ?", odd)], [(" AND n > ? AND word = ?", less)])
        .with(" AND n <> ?", args![7]);
    let many: Vec<i64> = (5..70_000).collect();
    let cases = vec![
        (differing.clone(), vec![5]),
        (numbers().with(" AND n > ?", args![1]).part(" AND n IN (").nested(differing).part(")"), {
            vec![5]
        }),
        (numbers().part(" AND ").any_number("n", &many).with(" AND n < ?", args![7]), vec![5, 6]),
        (numbers().part(" AND ").any_number("n", &[]), vec![]),
        (numbers().part(" AND ").any_number("n", &[i64::MIN, 2, i64::MAX]), vec![2]),
    ];
    run_cases(&mut tx, cases).await;
}

async fn a_composed_statement_writes(db: TestDb) {
    let mut tx = filled(&db).await;
    let delete = Query::new("DELETE FROM probe_query WHERE ").any_of("word", ["even"]);
    assert_eq!(tx.run_query(delete).await.unwrap(), 4);
}

#[test]
fn a_nested_query_is_renumbered_and_a_lone_dollar_is_left() {
    let inner = Query::new("path = '$.a' AND ").with("b = ?", args![2]);
    let outer = Query::new("").with("a = ? AND ", args![1]).nested(inner);
    assert_eq!(outer.text(db::Engine::Sqlite), "a = $1 AND path = '$.a' AND b = $2");
}
