//! Whatever happens to the tree, what stood before it happened stands.

use std::collections::BTreeMap;

use db::Tx;
use kernel::{Cx, Date, time::start_of};
use places::{
    Atlas, Closing, Merging, Moving, Part, PlaceId, Renaming, Splitting, close_place, merge_places,
    move_place, rename_place, split_place,
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use testkit::TestDb;

use crate::city::{City, day};

testkit::on_both!(any_changes_leave_the_past_as_it_was);

/// One change: what, of which place, with which other one, how many days ago.
#[derive(Clone, Debug)]
struct Step {
    what: u8,
    place: prop::sample::Index,
    other: prop::sample::Index,
    days_ago: i32,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<prop::sample::Index>;
    let step = (0_u8..8, index(), index(), 0_i32..4);
    let step =
        step.prop_map(|(what, place, other, days_ago)| Step { what, place, other, days_ago });
    prop::collection::vec(step, 10)
}

/// A tree as pages show it: what hangs where, under which name.
type Picture = BTreeMap<PlaceId, (Option<PlaceId>, String)>;

async fn picture(tx: &mut Tx, on: Date) -> Picture {
    let atlas = Atlas::load(tx, on).await.expect("an atlas");
    let all = atlas.subtree(atlas.city().expect("a city"));
    // No circle, no orphan: everything that stands is found from the top, once.
    assert_eq!(all.len(), atlas.len(), "on {on}");
    let shown: Picture = all
        .iter()
        .filter_map(|id| atlas.place(*id))
        .map(|place| (place.id, (place.parent, place.name.clone())))
        .collect();
    let mut names: Vec<_> = shown.values().collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all.len(), "two siblings of one name on {on}");
    shown
}

async fn any_changes_leave_the_past_as_it_was(db: TestDb) {
    let mut runner = TestRunner::deterministic();
    let mut done = 0;
    for _ in 0..12 {
        let steps = steps().new_tree(&mut runner).expect("steps").current();
        let mut tx = db.write().await.expect("a transaction");
        db.clock.set(start_of(day(3, 1)));
        City::build(&mut tx, &db.cx()).await;
        let mut today = day(3, 1);
        for step in &steps {
            today = today.tomorrow().expect("a day");
            db.clock.set(start_of(today));
            let days: Vec<Date> = day(2, 25)
                .series(jiff::Span::new().days(1))
                .take_while(|on| *on <= today)
                .collect();
            let mut before = Vec::new();
            for on in &days {
                before.push(picture(&mut tx, *on).await);
            }
            let on = today.checked_sub(jiff::Span::new().days(step.days_ago)).expect("a day");
            done += u32::from(take(&mut tx, &db.cx(), step, on).await);
            for (past, before) in days.iter().zip(before) {
                let now = picture(&mut tx, *past).await;
                assert!(*past >= on || now == before, "{step:?} on {on} changed {past}\n{steps:?}");
            }
        }
        tx.rollback().await.expect("nothing is kept");
    }
    assert!(done > 20, "only {done} changes were legal: this test tries too little");
}

/// Tries a change in a way that leaves nothing when it is refused; answers whether it was done.
async fn take(tx: &mut Tx, cx: &Cx, step: &Step, on: Date) -> bool {
    let atlas = Atlas::load(tx, cx.today()).await.expect("an atlas");
    let all = atlas.subtree(atlas.city().expect("a city"));
    // Fronts and what is in them, after the city and eleven towns.
    let inner: Vec<PlaceId> =
        all.iter().copied().filter(|id| atlas.front_of(*id).is_some()).collect();
    let place = *step.place.get(&inner);
    let other = *step.other.get(&all);
    let version = atlas.place(place).expect("it stands").version;
    let reason = "试".to_owned();
    match step.what {
        0..=3 => move_place(tx, cx, Moving { place, parent: other, on, version }).await.is_ok(),
        4 => {
            let name = format!("改{}", atlas.name(place));
            let renaming = Renaming { place, name, address: String::new(), on, version };
            rename_place(tx, cx, renaming).await.is_ok()
        }
        5 => merge_places(tx, cx, Merging { from: place, into: other, on, reason, version })
            .await
            .is_ok(),
        6 => {
            let children = atlas.children(place).iter().copied().take(1).collect();
            let part = Part { name: format!("新{on}"), address: String::new(), children };
            let split = Splitting { place, parts: vec![part], on, reason, version };
            split_place(tx, cx, split).await.is_ok()
        }
        _ => close_place(tx, cx, Closing { place, on, reason, version }).await.is_ok(),
    }
}
