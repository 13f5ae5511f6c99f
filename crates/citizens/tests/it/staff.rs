//! A phone number is shown to staff with a reason alone, and the journal keeps it.

use citizens::{RevealRefused, reveal_phone};
use kernel::{CitizenNo, Grant, Role, Scope};
use testkit::TestDb;

use crate::{PHONE, app, told};

testkit::on_both!(a_number_is_shown_with_a_reason_and_in_the_journal);

async fn a_number_is_shown_with_a_reason_and_in_the_journal(db: TestDb) {
    let app = app(db);
    let keys = app.state.site().keys.clone();
    let (no, _) = app.citizen(PHONE).await;
    let mut actors = Vec::new();
    for (name, role) in [("admin", Role::Administrator), ("chen", Role::Clerk)] {
        let id = app.account(name, &[Grant { role, scope: Scope::CITY }]).await;
        actors.push(app.actor(id).await);
    }
    let (admin, clerk) =
        (app.db.cx().acting_as(actors.remove(0)), app.db.cx().acting_as(actors.remove(0)));
    let mut tx = app.db.write().await.expect("a write");
    let shown = reveal_phone(&mut tx, &clerk, &keys, no, "市民来电核对").await;
    assert!(matches!(shown, Err(RevealRefused::Denied)));
    let shown = reveal_phone(&mut tx, &admin, &keys, no, " 看 ").await;
    assert!(matches!(shown, Err(RevealRefused::Reason)));
    let shown = reveal_phone(&mut tx, &admin, &keys, CitizenNo(77), "市民来电核对").await;
    assert!(matches!(shown, Err(RevealRefused::NoCitizen)));
    let shown = reveal_phone(&mut tx, &admin, &keys, no, "市民来电核对").await.expect("a number");
    assert_eq!(shown.expose(), PHONE);
    citizens::withdraw(&mut tx, &admin, no).await.expect("a withdrawal");
    let gone = reveal_phone(&mut tx, &admin, &keys, no, "市民来电核对").await;
    assert!(matches!(gone, Err(RevealRefused::NoCitizen)));
    tx.commit().await.expect("a commit");
    let told = told(&app).await;
    assert_eq!(told.matches("verb: \"citizen.phone_revealed\"").count(), 1);
    assert!(told.contains("市民来电核对") && !told.contains(PHONE));
}
