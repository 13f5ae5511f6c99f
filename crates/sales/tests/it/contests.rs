//! Contests: frozen at opening, entered by consent, standings that are their records.

use std::collections::HashMap;

use kernel::Fen;
use sales::{
    Contest, ContestId, ContestTerms, Filter, Finality, SaleError, SaleState, Source, Standings,
    Step, Totals, Weights, change_contest, draft_contest, enter_contest, hand_in_return,
    leave_contest, open_contest, standings, visible_contest,
};
use testkit::TestDb;

use crate::fair::{Fair, at, day};

testkit::on_both!(
    terms_are_frozen_at_opening,
    only_who_said_yes_takes_part,
    standings_are_final_after_the_returns_with_all_decided,
    standings_open_to_their_records,
);

fn terms(weights: Weights) -> ContestTerms {
    ContestTerms {
        name: "助农销售大赛".into(),
        from_at: at(day(10, 21), 0),
        cut_off_at: at(day(10, 26), 0),
        returns_until: at(day(10, 29), 0),
        weights,
    }
}

async fn opened(fair: &Fair, weights: Weights) -> ContestId {
    let cx = fair.cx(&fair.organiser);
    let mut tx = fair.db().write().await.unwrap();
    let whose = (fair.campaign, Some(fair.event));
    let id = draft_contest(&mut tx, &cx, whose, terms(weights)).await.unwrap();
    open_contest(&mut tx, &cx, (id, 1)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn enter(fair: &Fair, id: ContestId, turn: usize) {
    let mut tx = fair.db().write().await.unwrap();
    let cx = fair.cx(&fair.keepers[turn]);
    let entrant = (id, fair.shops[turn]);
    enter_contest(&mut tx, &cx, entrant).await.unwrap();
    // Who thinks better of it and then comes back is in it once.
    leave_contest(&mut tx, &cx, entrant).await.unwrap();
    enter_contest(&mut tx, &cx, entrant).await.unwrap();
    tx.commit().await.unwrap();
}

async fn now(fair: &Fair, id: ContestId) -> (Contest, Standings) {
    let cx = fair.cx(&fair.judge);
    let mut tx = fair.db().read().await.unwrap();
    let reading = sales::Reading::of(&mut tx, &cx).await.unwrap();
    let contest = visible_contest(&mut tx, &cx, &reading, id).await.unwrap();
    let now = standings(&mut tx, &cx, &contest).await.unwrap();
    (contest, now)
}

async fn terms_are_frozen_at_opening(db: TestDb) {
    let fair = Fair::open(db).await;
    let cx = fair.cx(&fair.organiser);
    let mut tx = fair.db().write().await.unwrap();
    let whose = (fair.campaign, Some(fair.event));
    let id = draft_contest(&mut tx, &cx, whose, terms(Weights::NET)).await.unwrap();
    let nothing = Weights { net: 0, live: 0, order: 0 };
    let refused = change_contest(&mut tx, &cx, (id, 1), (None, terms(nothing))).await;
    assert!(matches!(refused, Err(SaleError::Fields(_))), "{refused:?}");
    let other = Weights { net: 2, live: 1, order: 5 };
    change_contest(&mut tx, &cx, (id, 1), (whose.1, terms(other))).await.unwrap();
    let keeper = fair.cx(&fair.keepers[0]);
    let draft = enter_contest(&mut tx, &keeper, (id, fair.shops[0])).await;
    assert!(matches!(draft, Err(SaleError::Denied(places::Denied::Invisible))), "{draft:?}");
    open_contest(&mut tx, &cx, (id, 2)).await.unwrap();
    for version in [2, 3] {
        let change = (whose.1, terms(Weights::NET));
        let late = change_contest(&mut tx, &cx, (id, version), change).await;
        assert!(matches!(late, Err(SaleError::Frozen)), "{late:?}");
    }
    let reading = sales::Reading::of(&mut tx, &cx).await.unwrap();
    let contest = visible_contest(&mut tx, &cx, &reading, id).await.unwrap();
    assert_eq!(contest.terms.weights, other);
}

async fn only_who_said_yes_takes_part(db: TestDb) {
    let fair = Fair::open(db).await;
    let id = opened(&fair, Weights::NET).await;
    for turn in [0, 1] {
        let sale = fair.tell(fair.sale(turn, &format!("4820112233440{turn}"), 900)).await.unwrap();
        fair.judge(sale, Step::Verify).await.unwrap();
    }
    assert!(now(&fair, id).await.1.places.is_empty());
    let mut tx = fair.db().write().await.unwrap();
    let organiser = fair.cx(&fair.organiser);
    let forced = enter_contest(&mut tx, &organiser, (id, fair.shops[1])).await;
    assert!(matches!(forced, Err(SaleError::Denied(_))), "{forced:?}");
    tx.rollback().await.unwrap();
    enter(&fair, id, 0).await;
    let places = now(&fair, id).await.1.places;
    assert_eq!(places.len(), 1);
    assert_eq!(places[0].measure.merchant, fair.shops[0]);
}

async fn standings_are_final_after_the_returns_with_all_decided(db: TestDb) {
    let fair = Fair::open(db).await;
    let id = opened(&fair, Weights::NET).await;
    enter(&fair, id, 0).await;
    enter(&fair, id, 1).await;
    let first = fair.tell(fair.sale(0, "48201122334401", 900)).await.unwrap();
    let other = fair.tell(fair.sale(1, "48201122334402", 900)).await.unwrap();
    fair.judge(first, Step::Verify).await.unwrap();
    let standing = now(&fair, id).await.1;
    assert_eq!(standing.finality, Finality::Selling);
    assert_eq!(standing.places[0].measure.merchant, fair.shops[0]);
    fair.db().clock.set(at(day(10, 27), 0));
    assert_eq!(now(&fair, id).await.1.finality, Finality::Returning);
    fair.db().clock.set(at(day(10, 29), 1));
    assert_eq!(now(&fair, id).await.1.finality, Finality::Questions(1));
    fair.judge(other, Step::Verify).await.unwrap();
    let standing = now(&fair, id).await.1;
    assert_eq!(standing.finality, Finality::Final);
    let ranks: Vec<_> = standing.places.iter().map(|one| (one.rank, one.is_tied)).collect();
    assert_eq!(ranks, [(1, true), (1, true)]);
    // What is told of too late, or came back too late, moves nothing.
    fair.tell(fair.sale(1, "48201122334403", 500)).await.unwrap();
    let mut tx = fair.db().write().await.unwrap();
    let cx = fair.cx(&fair.keepers[0]);
    let told = (Fen(100), at(day(10, 29), 0));
    hand_in_return(&mut tx, &cx, (first, Source::Till), told).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(now(&fair, id).await.1, standing);
}

async fn standings_open_to_their_records(db: TestDb) {
    let fair = Fair::open(db).await;
    let weights = Weights { net: 3, live: 0, order: 7 };
    let id = opened(&fair, weights).await;
    let mut expected: HashMap<_, (i64, i64)> = HashMap::new();
    for turn in 0..3 {
        enter(&fair, id, turn).await;
    }
    for number in 0..30_usize {
        let (turn, fen) = (number * 7 % 3, 200 + (number * 1_237 % 4_000) as i64);
        let mut new = fair.sale(turn, &format!("48201122{number:06}"), fen);
        // Some lie outside of the sub-event, some before the contest.
        let counts = number % 5 != 0 && number % 7 != 0;
        if number % 5 == 0 {
            new.sub_event = None;
        }
        if number % 7 == 0 {
            new.sold_at = at(day(10, 20), 12);
        }
        let sale = fair.tell(new).await.unwrap();
        if number % 3 == 1 {
            continue;
        }
        fair.judge(sale, Step::Verify).await.unwrap();
        let back = match number % 4 {
            0 => fen,
            1 => fen / 2,
            _ => 0,
        };
        if back > 0 {
            let mut tx = fair.db().write().await.unwrap();
            let cx = fair.cx(&fair.keepers[turn]);
            let told = (Fen(back), at(day(10, 24), 9));
            let id = hand_in_return(&mut tx, &cx, (sale, Source::Till), told).await.unwrap();
            tx.commit().await.unwrap();
            fair.judge(id, Step::Verify).await.unwrap();
        }
        if counts {
            let one = expected.entry(fair.shops[turn]).or_default();
            one.0 += fen - back;
            one.1 += i64::from(back < fen);
        }
    }
    let (contest, standing) = now(&fair, id).await;
    assert_eq!(standing.places.len(), 3);
    let mut tx = fair.db().read().await.unwrap();
    for place in &standing.places {
        let measure = place.measure;
        let (net, orders) = expected.get(&measure.merchant).copied().unwrap_or_default();
        assert_eq!((measure.net, measure.orders), (Fen(net), orders));
        assert_eq!(place.score, i128::from(net) * 3 + i128::from(orders) * 700);
        let all = Filter { contest: Some(id), ..Filter::default() };
        let all = all.merchant(measure.merchant).state(SaleState::Verified);
        let opened = Totals::of(&mut tx, None, &all, Some(&contest)).await.unwrap();
        assert_eq!(opened.net(), measure.net);
        let kept = Filter { kept: true, ..all };
        let opened = Totals::of(&mut tx, None, &kept, Some(&contest)).await.unwrap();
        assert_eq!(opened.count(), measure.orders);
    }
}
