//! Members: every step from every state; nobody takes part who did not accept by themselves.

use campaigns::{
    CampaignError, CampaignId, Member, MemberState, MemberStep, Reply, activate_members,
    answer_invitation, invite_merchants, is_active_member, leave_campaign, members, resume_member,
    suspend_member,
};
use db::Tx;
use kernel::{Actor, Code as _};
use places::Denied;
use testkit::TestDb;

use crate::town::Town;

testkit::on_both!(
    every_step_of_a_member_leads_where_the_table_says,
    nobody_else_accepts_for_a_merchant,
    taking_part_is_known_for_any_instant,
    only_merchants_of_its_places_are_asked,
    an_old_invitation_is_not_accepted,
);

async fn the_member(tx: &mut Tx, id: CampaignId) -> Option<Member> {
    members(tx, id).await.expect("a read").into_iter().next()
}

async fn step(
    tx: &mut Tx,
    (db, town): (&TestDb, &Town),
    id: CampaignId,
    step: MemberStep,
) -> Result<(), CampaignError> {
    let version = the_member(tx, id).await.map_or(1, |one| one.version);
    let (run, own) = (Town::cx(db, &town.organiser), Town::cx(db, &town.keeper));
    let who = (id, town.shop);
    match step {
        MemberStep::Invite => {
            let asked = invite_merchants(tx, &run, id, &[town.shop]).await?;
            // Asking somebody who is asked already is no error, and changes nothing.
            if asked == 0 { Err(CampaignError::NotInvited) } else { Ok(()) }
        }
        MemberStep::Accept => answer_invitation(tx, &own, who, version, Reply::Accept).await,
        MemberStep::Decline => {
            answer_invitation(tx, &own, who, version, Reply::Decline("忙".into())).await
        }
        MemberStep::Activate => activate_members(tx, &run, id, &[town.shop]).await,
        MemberStep::Suspend => suspend_member(tx, &run, who, version, "证照过期").await,
        MemberStep::Resume => resume_member(tx, &run, who, version).await,
        MemberStep::Leave => leave_campaign(tx, &own, who, version, "装修").await,
    }
}

async fn every_step_of_a_member_leads_where_the_table_says(db: TestDb) {
    use MemberStep::{Accept, Activate, Decline, Invite, Leave, Suspend};
    let ways: [(MemberState, &[MemberStep]); 6] = [
        (MemberState::Invited, &[Invite]),
        (MemberState::Accepted, &[Invite, Accept]),
        (MemberState::Active, &[Invite, Accept, Activate]),
        (MemberState::Suspended, &[Invite, Accept, Activate, Suspend]),
        (MemberState::Declined, &[Invite, Decline]),
        (MemberState::Left, &[Invite, Accept, Leave]),
    ];
    for (state, way) in ways {
        for one in MemberStep::ALL {
            let mut tx = db.write().await.unwrap();
            let town = Town::build(&db, &mut tx).await;
            let id = town.approved(&db, &mut tx).await;
            for before in way {
                step(&mut tx, (&db, &town), id, *before).await.expect("the way there");
            }
            let done = step(&mut tx, (&db, &town), id, *one).await;
            let after = the_member(&mut tx, id).await.expect("a member").state;
            assert_eq!(done.is_ok(), state.after(*one).is_some(), "{state} {one}: {done:?}");
            assert_eq!(after, state.after(*one).unwrap_or(state), "{state} {one}");
            tx.rollback().await.unwrap();
        }
    }
}

async fn nobody_else_accepts_for_a_merchant(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let id = town.approved(&db, &mut tx).await;
    let run = Town::cx(&db, &town.organiser);
    invite_merchants(&mut tx, &run, id, &[town.shop, town.other_shop]).await.unwrap();
    let system = Actor::System { name: "test" };
    for actor in [&town.organiser, &town.admin, &system] {
        let who = (id, town.shop);
        let cx = Town::cx(&db, actor);
        let done = answer_invitation(&mut tx, &cx, who, 1, Reply::Accept).await;
        assert!(matches!(done, Err(CampaignError::Denied(Denied::Forbidden))), "{done:?}");
    }
    let other = (id, town.other_shop);
    let cx = Town::cx(&db, &town.keeper);
    let done = answer_invitation(&mut tx, &cx, other, 1, Reply::Accept).await;
    assert!(matches!(done, Err(CampaignError::Denied(Denied::Forbidden))), "{done:?}");
    let done = activate_members(&mut tx, &run, id, &[town.shop]).await;
    assert!(matches!(done, Err(CampaignError::WrongMember { .. })), "{done:?}");
}

async fn taking_part_is_known_for_any_instant(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let before = db.cx().now;
    db.clock.advance(jiff::SignedDuration::from_hours(1));
    let id = town.joined(&db, &mut tx).await;
    let joined = db.cx().now;
    db.clock.advance(jiff::SignedDuration::from_hours(1));
    step(&mut tx, (&db, &town), id, MemberStep::Suspend).await.unwrap();
    let suspended = db.cx().now;
    db.clock.advance(jiff::SignedDuration::from_hours(1));
    step(&mut tx, (&db, &town), id, MemberStep::Resume).await.unwrap();
    let resumed = db.cx().now;
    for (at, is) in [(before, false), (joined, true), (suspended, false), (resumed, true)] {
        assert_eq!(is_active_member(&mut tx, id, town.shop, at).await.unwrap(), is, "{at}");
        let all = campaigns::active_members(&mut tx, id, at).await.unwrap();
        assert_eq!(all.contains(&town.shop), is, "{at}");
    }
}

async fn only_merchants_of_its_places_are_asked(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let mut terms = town.terms();
    terms.places = vec![town.mall];
    let run = Town::cx(&db, &town.mall_organiser);
    let id = campaigns::draft_campaign(&mut tx, &run, terms).await.unwrap();
    let over = invite_merchants(&mut tx, &run, id, &[town.shop]).await;
    assert!(matches!(over, Err(CampaignError::Over(_))), "a draft asks nobody: {over:?}");
    let pay = Town::cx(&db, &town.payer);
    campaigns::approve_campaign(&mut tx, &pay, (id, 1)).await.unwrap();
    let other = invite_merchants(&mut tx, &run, id, &[town.shop, town.other_shop]).await;
    assert!(matches!(other, Err(CampaignError::Fields(_))), "{other:?}");
    assert_eq!(invite_merchants(&mut tx, &run, id, &[town.shop]).await.unwrap(), 1);
    assert_eq!(invite_merchants(&mut tx, &run, id, &[town.shop]).await.unwrap(), 0);
}

async fn an_old_invitation_is_not_accepted(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let id = town.joined(&db, &mut tx).await;
    let pay = Town::cx(&db, &town.payer);
    campaigns::send_back_campaign(&mut tx, &pay, (id, 2), "改金额").await.unwrap();
    campaigns::approve_campaign(&mut tx, &pay, (id, 3)).await.unwrap();
    let own = Town::cx(&db, &town.keeper);
    let old = answer_invitation(&mut tx, &own, (id, town.shop), 1, Reply::Accept).await;
    assert!(matches!(old, Err(CampaignError::Conflict)), "{old:?}");
}
