//! Who claims while the batch is changed: the stock holds, earlier claims keep their terms, and
//! the funder never owes more than was approved.

use db::{Query, args};
use futures_util::future::join_all;
use jiff::SignedDuration;
use kernel::Fen;
use testkit::{TestDb, app::TestApp, on_both};
use vouchers::{BatchError, BatchId, Terms, TermsFault, change_terms, close_batch};

use super::{
    claiming::{claim, take},
    turns::{
        faults, give, give_now, holds, in_turn, number, promised, system, take_the_checks_off,
        write,
    },
};
use crate::ground::{open, site, terms};

on_both!(
    fewer_than_were_given_but_for_the_guard,
    a_claim_at_the_old_face_but_for_the_guard,
    many_claims_and_many_edits_at_once,
    what_comes_back_is_promised_at_the_dearer_face,
    a_lower_cap_is_for_those_who_come_later,
    a_cap_of_the_day_counts_what_was_claimed_before_it,
    a_batch_that_is_closed_while_citizens_claim
);

async fn change(db: &TestDb, batch: BatchId, version: i64, to: Terms) -> Result<(), BatchError> {
    let mut tx = db.write().await?;
    change_terms(&mut tx, &system(db), batch, version, to).await?;
    Ok(tx.commit().await?)
}

/// The same on a task of its own.
fn changing(
    db: &TestDb,
    batch: BatchId,
    to: Terms,
) -> impl Future<Output = Result<(), BatchError>> + Send + 'static {
    let db = db.clone();
    async move { change(&db, batch, 3, to).await }
}

async fn count(db: &TestDb, what: &'static str, batch_no: i64) -> i64 {
    number(db, Query::new(what).with("?", args![batch_no])).await
}

/// Guard: the terms' version, which the stock must still have.
async fn fewer_than_were_given_but_for_the_guard(db: TestDb) {
    let first = terms(&db.cx(), 10, 1);
    let four = Terms { quantity: 4, ..first.clone() };
    let batch = open(&db, first.clone()).await;
    let app = site(db.clone());
    for citizen in 1..=4 {
        take(&app, batch, citizen).await;
    }
    // The desk knows of six more; the edit leaves none.
    let cx = system(&db);
    let edit = async |tx: &mut db::Tx| {
        change_terms(tx, &cx, batch, 3, four.clone()).await.expect("four were given");
    };
    let told = in_turn(&db, edit, claim(&app, batch, 5, None, "")).await;
    assert!(told.status == 409 && told.has("sold-out"), "{}", told.body);
    holds(&db, batch).await;

    // The other way round: a fifth was given when the edit gets its turn.
    let batch = open(&db, first).await;
    for citizen in 1..=4 {
        give_now(&db, (2, 1), citizen).await.expect("given");
    }
    let now = db.cx().now;
    let fifth = async |tx: &mut db::Tx| give(tx, (2, 1), 5, now).await.expect("given");
    let told = in_turn(&db, fifth, changing(&db, batch, four)).await;
    assert!(matches!(told, Err(BatchError::BelowGiven { given: 5 })), "{told:?}");
    holds(&db, batch).await;

    // Off: the edit looks at what was given, then a claim is written, then the edit.
    take_the_checks_off(&db).await;
    for less in [
        "UPDATE voucher_stock SET quantity = 4 WHERE batch_no = ",
        "UPDATE voucher_terms SET quantity = 4 WHERE batch_no = ",
    ] {
        write(&db, Query::new(less).with("?", args![2_i64])).await.expect("nothing refuses it");
    }
    let faults = faults(&db, batch).await;
    assert!(faults.iter().any(|fault| fault.contains("多于")), "{faults:?}");
}

/// Guards: the terms' version; and that an edit holds the stock before it counts.
async fn a_claim_at_the_old_face_but_for_the_guard(db: TestDb) {
    let first = terms(&db.cx(), 2, 1);
    let budget = first.budget.0;
    let half = Terms { face: Fen(1_000), quantity: 4, ..first.clone() };
    let batch = open(&db, first.clone()).await;
    let app = site(db.clone());
    vouchers::warm(&app.state, &db.cx()).await.expect("the desk is open");
    let cx = system(&db);
    let edit = async |tx: &mut db::Tx| {
        change_terms(tx, &cx, batch, 3, half.clone()).await.expect("four of half");
    };
    let told = in_turn(&db, edit, claim(&app, batch, 1, None, "")).await;
    assert_eq!(told.status, 201, "{}", told.body);
    let version = "SELECT terms_version FROM voucher_claim WHERE claim_no = 1 AND batch_no = ";
    assert_eq!(count(&db, version, 1).await, 2, "by the terms of then");
    assert!(promised(&db, 1).await <= budget);

    // The other way round: one was given at the old face when the edit gets its turn.
    let batch = open(&db, first).await;
    let now = db.cx().now;
    let old = async |tx: &mut db::Tx| give(tx, (2, 1), 1, now).await.expect("given");
    let told = in_turn(&db, old, changing(&db, batch, half.clone())).await;
    let too_dear = matches!(&told, Err(BatchError::Terms(why)) if why[..] == [TermsFault::Budget]);
    assert!(too_dear, "{told:?}");
    assert!(promised(&db, 2).await <= budget);

    // Off: decided by the old terms, written after the new ones.
    let batch = open(&db, terms(&db.cx(), 2, 1)).await;
    change(&db, batch, 3, half).await.expect("four of half");
    give_now(&db, (3, 1), 1).await.expect("nothing refuses it");
    assert!(promised(&db, 3).await > budget, "the funder owes more than was approved");
}

async fn version_of(db: &TestDb, batch: BatchId) -> i64 {
    let query = Query::new("SELECT version FROM voucher_batch WHERE id = ");
    number(db, query.with("?", args![batch])).await
}

async fn many_claims_and_many_edits_at_once(db: TestDb) {
    let first = terms(&db.cx(), 60, 1);
    let batch = open(&db, first.clone()).await;
    let app = site(db.clone());
    let editor = tokio::spawn({
        let db = db.clone();
        async move {
            let (mut done, mut quantity) = (0, 60);
            // As often as it takes: who was overtaken looks again.
            while done < 8 {
                quantity = if quantity == 60 { 55 } else { 60 };
                let to = Terms { quantity, name: format!("第 {done} 次改"), ..first.clone() };
                match change(&db, batch, version_of(&db, batch).await, to).await {
                    Ok(()) => done += 1,
                    Err(BatchError::BelowGiven { .. }) => quantity = 55,
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
    });
    let mut given = 0;
    for wave in 0..8_u32 {
        let ask = |one| tokio::spawn(claim(&app, batch, wave * 10 + one, None, ""));
        let answers = join_all((1..=10).map(ask)).await;
        for answer in answers {
            let answer = answer.expect("no panic");
            let expected = answer.status == 201 || answer.has("sold-out");
            assert!(expected, "{} {}", answer.status, answer.body);
            given += i64::from(answer.status == 201);
        }
    }
    editor.await.expect("eight edits");
    let claims = "SELECT COUNT(*) FROM voucher_claim WHERE batch_no = ";
    assert_eq!(count(&db, claims, 1).await, given, "each answer was kept, and none besides");
    assert!((55..=60).contains(&given), "{given}");
    let mixed = "SELECT COUNT(*) FROM voucher_claim AS one JOIN voucher_claim AS next \
                 ON next.batch_no = one.batch_no AND next.claim_no = one.claim_no + 1 \
                 AND next.terms_version < one.terms_version WHERE one.batch_no = ";
    assert_eq!(count(&db, mixed, 1).await, 0, "nobody after an edit has terms from before it");
    holds(&db, batch).await;
}

/// Two at 20 yuan, eight at 5: all of the budget. Where those eight may go back into the stock, at
/// 8 yuan they would come to more.
async fn what_comes_back_is_promised_at_the_dearer_face(db: TestDb) {
    for restock in [false, true] {
        let first = Terms { restock, ..terms(&db.cx(), 4, 1) };
        let batch = open(&db, first.clone()).await;
        let app = site(db.clone());
        take(&app, batch, 1).await;
        take(&app, batch, 2).await;
        let cheap = Terms { face: Fen(500), quantity: 10, ..first };
        change(&db, batch, 3, cheap.clone()).await.expect("eight at a quarter");
        for citizen in 3..=10 {
            take(&app, batch, citizen).await;
        }
        let told = change(&db, batch, 4, Terms { face: Fen(800), ..cheap.clone() }).await;
        let too_dear =
            matches!(&told, Err(BatchError::Terms(why)) if why[..] == [TermsFault::Budget]);
        assert_eq!(too_dear, restock, "{told:?}");
        let version = version_of(&db, batch).await;
        change(&db, batch, version, cheap).await.expect("as before");
        holds(&db, batch).await;
    }
}

async fn a_lower_cap_is_for_those_who_come_later(db: TestDb) {
    let first = terms(&db.cx(), 10, 3);
    let batch = open(&db, first.clone()).await;
    let app = site(db.clone());
    take(&app, batch, 1).await;
    take(&app, batch, 1).await;
    let one_each = Terms { person_cap: 1, day_cap: 1, ..first };
    change(&db, batch, 3, one_each).await.expect("changed");
    let told = claim(&app, batch, 1, None, "").await;
    assert!(told.status == 200 && told.has("already-yours"), "{}", told.body);
    take(&app, batch, 2).await;
    assert!(claim(&app, batch, 2, None, "").await.has("already-yours"));
    // Two by the terms of then is not too many.
    holds(&db, batch).await;
}

async fn a_cap_of_the_day_counts_what_was_claimed_before_it(db: TestDb) {
    let first = terms(&db.cx(), 10, 1);
    let batch = open(&db, first.clone()).await;
    let app = site(db.clone());
    take(&app, batch, 1).await;
    let one_a_day = Terms { person_cap: 3, day_cap: 1, ..first };
    change(&db, batch, 3, one_a_day).await.expect("changed");
    let told = claim(&app, batch, 1, None, "").await;
    assert!(told.status == 409 && told.has("day-cap"), "{}", told.body);
    db.clock.advance(SignedDuration::from_hours(24));
    take(&app, batch, 1).await;
    holds(&db, batch).await;
}

/// Asks until it is told otherwise; how many got one.
async fn claim_on(app: TestApp, batch: BatchId, from: u32) -> i64 {
    for (given, citizen) in (0..).zip(from..from + 400) {
        let answer = claim(&app, batch, citizen, None, "").await;
        if answer.status != 201 {
            assert!(answer.has("closed"), "{}", answer.body);
            return given;
        }
    }
    panic!("it was never closed");
}

async fn a_batch_that_is_closed_while_citizens_claim(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 10_000, 1)).await;
    let app = site(db.clone());
    take(&app, batch, 1).await;
    let asked = (1..=4).map(|turn| tokio::spawn(claim_on(app.clone(), batch, turn * 1_000)));
    let asked: Vec<_> = asked.collect();
    let mut tx = db.write().await.expect("a transaction");
    close_batch(&mut tx, &system(&db), batch, 3).await.expect("closed");
    tx.commit().await.expect("it commits");
    let mut given = 1;
    for one in asked {
        given += one.await.expect("no panic");
    }
    let claims = "SELECT COUNT(*) FROM voucher_claim WHERE batch_no = ";
    assert_eq!(count(&db, claims, 1).await, given);
    // Who has theirs is told so for as long as they ask.
    let again = claim(&app, batch, 1, None, "").await;
    assert!(again.status == 200 && again.has("already-yours"), "{}", again.body);
    holds(&db, batch).await;
}
