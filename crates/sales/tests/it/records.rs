//! Records: each order once, each step by who may, sums that open to what they count.

use kernel::Fen;
use sales::{
    Filter, Reading, SaleError, SaleState, Side, Source, Step, Totals, correct_sale,
    hand_in_return, judge_sale, lay_evidence, verify_all, visible_sale,
};
use testkit::TestDb;

use crate::fair::{Fair, at, day};

testkit::on_both!(
    an_order_counts_once_whatever_tells_of_it,
    nobody_verifies_their_own,
    a_question_is_answered_and_verified_by_another,
    no_more_comes_back_than_was_sold,
    what_proves_nothing_is_not_verified,
    a_record_that_is_not_seen_is_not_there,
    sums_are_those_of_the_list,
);

async fn totals(fair: &Fair, filter: &Filter) -> Totals {
    let mut tx = fair.db().read().await.unwrap();
    Totals::of(&mut tx, None, filter, None).await.unwrap()
}

async fn an_order_counts_once_whatever_tells_of_it(db: TestDb) {
    let fair = Fair::open(db).await;
    let first = fair.tell(fair.sale(0, "4820-1122-3344-0001", 29_800)).await.unwrap();
    let mut till = fair.sale(0, "482011223344 0001", 29_800);
    till.source = Source::Till;
    let again = fair.tell(till).await;
    assert!(matches!(again, Err(SaleError::OrderTaken)), "{again:?}");
    let other = fair.tell(fair.sale(1, "4820112233440001", 100)).await;
    assert!(matches!(other, Err(SaleError::OrderTaken)), "{other:?}");
    // A till's short number is its own.
    fair.tell(fair.sale(0, "0007", 100)).await.unwrap();
    fair.tell(fair.sale(1, "0007", 100)).await.unwrap();
    // What is not accepted leaves room for the truth.
    fair.judge(first, Step::Question).await.unwrap();
    fair.judge(first, Step::Reject).await.unwrap();
    fair.tell(fair.sale(0, "4820112233440001", 19_800)).await.unwrap();
    assert_eq!(totals(&fair, &Filter::campaign(fair.campaign)).await.net(), Fen(20_000));
}

async fn nobody_verifies_their_own(db: TestDb) {
    let fair = Fair::open(db).await;
    let id = fair.tell(fair.sale(0, "48201122334401", 500)).await.unwrap();
    let mut tx = fair.db().write().await.unwrap();
    let own = fair.cx(&fair.keepers[0]);
    let refused = judge_sale(&mut tx, &own, (id, 1), Step::Verify, "").await;
    assert!(matches!(refused, Err(SaleError::Denied(places::Denied::Forbidden))), "{refused:?}");
    // An organiser who is one of the merchant's people, too.
    let (
        kernel::Actor::Account { grants, .. },
        kernel::Actor::Account { id: who, name, grants: runs, .. },
    ) = (fair.keepers[0].clone(), fair.judge.clone())
    else {
        panic!("accounts")
    };
    let grants = grants.iter().chain(runs.iter()).copied().collect();
    let both = fair.cx(&kernel::Actor::Account { id: who, name, grants, token: None });
    let refused = judge_sale(&mut tx, &both, (id, 1), Step::Verify, "").await;
    assert!(matches!(refused, Err(SaleError::OwnRecord)), "{refused:?}");
    let (done, left) = verify_all(&mut tx, &both, &Filter::default()).await.unwrap();
    assert_eq!((done, left), (0, 1));
    tx.rollback().await.unwrap();
    fair.judge(id, Step::Verify).await.unwrap();
}

async fn a_question_is_answered_and_verified_by_another(db: TestDb) {
    let fair = Fair::open(db).await;
    let id = fair.tell(fair.sale(0, "48201122334401", 500)).await.unwrap();
    let mut tx = fair.db().write().await.unwrap();
    let judge = fair.cx(&fair.judge);
    let mute = judge_sale(&mut tx, &judge, (id, 1), Step::Question, " ").await;
    assert!(matches!(mute, Err(SaleError::NoReason)), "{mute:?}");
    judge_sale(&mut tx, &judge, (id, 1), Step::Question, "金额不对").await.unwrap();
    let outdated = judge_sale(&mut tx, &judge, (id, 1), Step::Verify, "").await;
    assert!(matches!(outdated, Err(SaleError::Conflict)), "{outdated:?}");
    let keeper = fair.cx(&fair.keepers[0]);
    let told = (Fen(450), at(day(10, 22), 13));
    correct_sale(&mut tx, &keeper, (id, 2), told, "少写了优惠").await.unwrap();
    let rival = fair.cx(&fair.keepers[1]);
    let refused = correct_sale(&mut tx, &rival, (id, 3), told, "x").await;
    assert!(matches!(refused, Err(SaleError::Denied(places::Denied::Invisible))), "{refused:?}");
    judge_sale(&mut tx, &judge, (id, 3), Step::Verify, "").await.unwrap();
    let reading = Reading::of(&mut tx, &judge).await.unwrap();
    let sale = visible_sale(&mut tx, &reading, id).await.unwrap();
    assert_eq!((sale.state, sale.amount), (SaleState::Verified, Fen(450)));
    let closed = correct_sale(&mut tx, &keeper, (id, 4), told, "再改").await;
    assert!(matches!(closed, Err(SaleError::WrongState { .. })), "{closed:?}");
}

async fn no_more_comes_back_than_was_sold(db: TestDb) {
    let fair = Fair::open(db).await;
    let id = fair.tell(fair.sale(0, "48201122334401", 500)).await.unwrap();
    let keeper = fair.cx(&fair.keepers[0]);
    let back = |fen| (Fen(fen), at(day(10, 23), 9));
    let told = (id, Source::Declaration);
    let mut tx = fair.db().write().await.unwrap();
    let early = hand_in_return(&mut tx, &keeper, told, (Fen(1), at(day(10, 22), 11))).await;
    assert!(matches!(early, Err(SaleError::Fields(_))), "{early:?}");
    let first = hand_in_return(&mut tx, &keeper, told, back(200)).await.unwrap();
    hand_in_return(&mut tx, &keeper, told, back(300)).await.unwrap();
    let more = hand_in_return(&mut tx, &keeper, told, back(1)).await;
    assert!(matches!(more, Err(SaleError::TooMuchBack)), "{more:?}");
    let of_return = hand_in_return(&mut tx, &keeper, (first, Source::Till), back(1)).await;
    assert!(of_return.is_err());
    let judge = fair.cx(&fair.judge);
    let early = judge_sale(&mut tx, &judge, (first, 1), Step::Verify, "").await;
    assert!(matches!(early, Err(SaleError::SaleFirst)), "{early:?}");
    let (done, left) = verify_all(&mut tx, &judge, &Filter::default()).await.unwrap();
    assert_eq!((done, left), (3, 0));
    tx.commit().await.unwrap();
    let sums = totals(&fair, &Filter::campaign(fair.campaign)).await;
    assert_eq!((sums.gross(), sums.returns(), sums.verified_net()), (Fen(500), Fen(500), Fen(0)));
    // A late doubt about the sale takes its returns along.
    fair.judge(id, Step::Question).await.unwrap();
    fair.judge(id, Step::Reject).await.unwrap();
    assert_eq!(totals(&fair, &Filter::campaign(fair.campaign)).await.count(), 0);
}

async fn what_proves_nothing_is_not_verified(db: TestDb) {
    let fair = Fair::open(db).await;
    let mut till = fair.sale(0, "", 500);
    till.source = Source::Till;
    assert!(matches!(fair.tell(till).await, Err(SaleError::Fields(_))));
    let id = fair.tell(fair.sale(0, "", 500)).await.unwrap();
    let bare = fair.judge(id, Step::Verify).await;
    assert!(matches!(bare, Err(SaleError::NoEvidence)), "{bare:?}");
    let keeper = fair.cx(&fair.keepers[0]);
    let mut tx = fair.db().write().await.unwrap();
    let file = ("小票.jpg", &b"a receipt"[..]);
    let kept = lay_evidence(&mut tx, &keeper, id, file).await.unwrap();
    let twice = lay_evidence(&mut tx, &keeper, id, file).await;
    assert!(matches!(twice, Err(SaleError::FileKnown)), "{twice:?}");
    tx.commit().await.unwrap();
    // The same bytes beside another record are kept once.
    let other = fair.tell(fair.sale(0, "", 700)).await.unwrap();
    let mut tx = fair.db().write().await.unwrap();
    assert_eq!(lay_evidence(&mut tx, &keeper, other, file).await.unwrap(), kept);
    tx.commit().await.unwrap();
    fair.judge(id, Step::Verify).await.unwrap();
}

async fn a_record_that_is_not_seen_is_not_there(db: TestDb) {
    let fair = Fair::open(db).await;
    let id = fair.tell(fair.sale(0, "48201122334401", 500)).await.unwrap();
    let mut tx = fair.db().write().await.unwrap();
    for actor in [&fair.keepers[1], &fair.stranger] {
        let cx = fair.cx(actor);
        let refused = judge_sale(&mut tx, &cx, (id, 1), Step::Verify, "").await;
        let gone = matches!(refused, Err(SaleError::Denied(places::Denied::Invisible)));
        assert!(gone, "{refused:?}");
        let reading = Reading::of(&mut tx, &cx).await.unwrap();
        let all = Filter::default();
        let seen = Totals::of(&mut tx, Some(&reading), &all, None).await.unwrap();
        assert_eq!(seen.count(), 0);
    }
    let foreign = fair.cx(&fair.keepers[1]);
    let new = fair.sale(0, "99", 1);
    let refused = sales::hand_in_sale(&mut tx, &foreign, &crate::fair::keys(), new).await;
    assert!(matches!(refused, Err(SaleError::Denied(_))), "{refused:?}");
}

async fn sums_are_those_of_the_list(db: TestDb) {
    let fair = Fair::open(db).await;
    for number in 0..24_u64 {
        let turn = (number % 3) as usize;
        let fen = 100 + (number * 7_919 % 5_000) as i64;
        let id = fair.tell(fair.sale(turn, &format!("48201122{number:06}"), fen)).await.unwrap();
        if number % 4 == 0 {
            let cx = fair.cx(&fair.keepers[turn]);
            let mut tx = fair.db().write().await.unwrap();
            let told = (Fen(fen / 2), at(day(10, 23), 9));
            hand_in_return(&mut tx, &cx, (id, Source::Till), told).await.unwrap();
            tx.commit().await.unwrap();
        }
        if number % 2 == 0 {
            fair.judge(id, Step::Verify).await.unwrap();
        }
    }
    let script = fair.app.script_of("judge").await;
    for (query, side, state) in [
        ("", None, None),
        ("side=sale", Some(Side::Sale), None),
        ("side=return", Some(Side::Return), None),
        ("state=verified", None, Some(SaleState::Verified)),
        ("source=till", None, None),
    ] {
        let answer = script.get(&format!("/api/v1/sales?limit=1000&{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let list = answer.json();
        let items = list["items"].as_array().unwrap();
        let net: i64 = items
            .iter()
            .map(|one| {
                let fen = one["amount_fen"].as_i64().unwrap();
                if one["side"] == "return" { -fen } else { fen }
            })
            .sum();
        assert!(!items.is_empty());
        assert_eq!(list["total"]["net_fen"].as_i64(), Some(net), "{query}");
        assert_eq!(list["total"]["count"].as_i64(), Some(items.len() as i64), "{query}");
        let filter = Filter { side, states: state.into_iter().collect(), ..Filter::default() };
        if query != "source=till" {
            assert_eq!(totals(&fair, &filter).await.net(), Fen(net), "{query}");
        }
    }
}
