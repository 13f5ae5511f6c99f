//! The life of a campaign: every step from every state, and each step's guard.

use campaigns::{
    Campaign, CampaignError, CampaignId, CampaignState, SectionsPart, Step, approve_campaign,
    campaign, campaign_by_id, cancel_campaign, cancel_sub_event, change_campaign, close_campaign,
    send_back_campaign, settle_campaign, start_campaign, suspend_member,
};
use db::Tx;
use kernel::{Code as _, Cx, Fen, time::start_of};
use places::Denied;
use testkit::TestDb;

use crate::town::{Town, day};

testkit::on_both!(
    every_step_leads_where_the_table_says,
    who_drafted_does_not_approve,
    every_funder_has_to_agree,
    a_changed_draft_is_agreed_to_anew,
    it_starts_on_its_days_with_something_to_show,
    an_early_end_needs_a_reason,
    nothing_unsettled_may_stay,
    who_may_not_see_it_does_not_find_it,
    the_second_of_two_changes_nothing,
);

async fn now(tx: &mut Tx, id: CampaignId) -> Campaign {
    campaign_by_id(tx, id).await.expect("a read").expect("a campaign")
}

/// Takes a step as whoever may.
async fn step(
    tx: &mut Tx,
    (db, town): (&TestDb, &Town),
    id: CampaignId,
    step: Step,
) -> Result<(), CampaignError> {
    let read = (id, now(tx, id).await.version);
    let (run, pay) = (Town::cx(db, &town.organiser), Town::cx(db, &town.payer));
    match step {
        Step::Change => change_campaign(tx, &run, read, town.terms()).await,
        Step::Approve => approve_campaign(tx, &pay, read).await.map(|_| ()),
        Step::SendBack => send_back_campaign(tx, &pay, read, "日期改一下").await,
        Step::Start => start_campaign(tx, &run, read).await,
        Step::Settle => settle_campaign(tx, &run, read, "台风").await,
        Step::Close => close_campaign(tx, &run, &SectionsPart::default(), read).await,
        Step::Cancel => cancel_campaign(tx, &run, read, "台风").await,
    }
}

/// A campaign in this state, made by verbs alone.
async fn in_state(db: &TestDb, tx: &mut Tx, state: CampaignState) -> (Town, CampaignId) {
    let town = Town::build(db, tx).await;
    let id = match state {
        CampaignState::Draft => town.drafted(db, tx).await.0,
        CampaignState::Approved => town.joined(db, tx).await,
        CampaignState::Cancelled => {
            let id = town.drafted(db, tx).await.0;
            step(tx, (db, &town), id, Step::Cancel).await.expect("a cancellation");
            id
        }
        CampaignState::Running | CampaignState::Settling | CampaignState::Closed => {
            town.running(db, tx).await
        }
    };
    if matches!(state, CampaignState::Settling | CampaignState::Closed) {
        step(tx, (db, &town), id, Step::Settle).await.expect("an end");
    }
    if state == CampaignState::Closed {
        step(tx, (db, &town), id, Step::Close).await.expect("a closing");
    }
    assert_eq!(now(tx, id).await.state, state);
    (town, id)
}

async fn every_step_leads_where_the_table_says(db: TestDb) {
    for state in CampaignState::ALL {
        for one in Step::ALL {
            // Nothing is committed, so each round begins with nothing.
            let mut tx = db.write().await.unwrap();
            let (town, id) = in_state(&db, &mut tx, *state).await;
            let done = step(&mut tx, (&db, &town), id, *one).await;
            let after = now(&mut tx, id).await.state;
            match state.after(*one) {
                Some(next) => {
                    assert!(done.is_ok(), "{state} {one}: {done:?}");
                    assert_eq!(after, next, "{state} {one}");
                }
                None => {
                    let refused = matches!(&done, Err(CampaignError::WrongState { .. }));
                    assert!(refused, "{state} {one}: {done:?}");
                    assert_eq!(after, *state, "{state} {one}");
                }
            }
            tx.rollback().await.unwrap();
        }
    }
}

async fn who_drafted_does_not_approve(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let (id, _) = town.drafted(&db, &mut tx).await;
    // One person with both roles.
    let kernel::Actor::Account { id: account, name, grants, .. } = town.organiser.clone() else {
        panic!("an account")
    };
    let kernel::Actor::Account { grants: pays, .. } = town.payer.clone() else {
        panic!("an account")
    };
    let grants = grants.iter().chain(pays.iter()).copied().collect();
    let both = kernel::Actor::Account { id: account, name, grants, token: None };
    let own = approve_campaign(&mut tx, &Town::cx(&db, &both), (id, 1)).await;
    assert!(matches!(own, Err(CampaignError::OwnDraft)), "{own:?}");
    for actor in [&town.organiser, &town.admin] {
        let other = approve_campaign(&mut tx, &Town::cx(&db, actor), (id, 1)).await;
        assert!(matches!(other, Err(CampaignError::Denied(Denied::Forbidden))), "{other:?}");
    }
    assert!(approve_campaign(&mut tx, &Town::cx(&db, &town.payer), (id, 1)).await.is_ok());
}

async fn every_funder_has_to_agree(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let new = campaigns::NewFunder { name: "商圈联盟".into(), account: "12345678".into() };
    let cx = db.cx();
    let other = campaigns::create_funder(&mut tx, &cx, &crate::town::keys(), new).await.unwrap();
    let mut terms = town.terms();
    terms.pledges.push((other, Fen(5_000_000)));
    let run = Town::cx(&db, &town.organiser);
    let id = campaigns::draft_campaign(&mut tx, &run, terms).await.unwrap();
    assert_eq!(now(&mut tx, id).await.budget(), Fen(15_000_000));
    let pay = Town::cx(&db, &town.payer);
    let first = approve_campaign(&mut tx, &pay, (id, 1)).await.unwrap();
    assert_eq!(first, CampaignState::Draft);
    let again = approve_campaign(&mut tx, &pay, (id, 2)).await;
    assert!(matches!(again, Err(CampaignError::AlreadyAgreed)), "{again:?}");
    let scope = kernel::Scope::on(kernel::actor::ScopeKind::Funder, other.uuid());
    let second = crate::town::with(&db, kernel::Role::Funder, scope);
    let done = approve_campaign(&mut tx, &Town::cx(&db, &second), (id, 2)).await.unwrap();
    assert_eq!(done, CampaignState::Approved);
    assert!(now(&mut tx, id).await.is_public());
}

async fn a_changed_draft_is_agreed_to_anew(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let id = town.joined(&db, &mut tx).await;
    let pay = Town::cx(&db, &town.payer);
    send_back_campaign(&mut tx, &pay, (id, 2), "日期改一下").await.unwrap();
    let one = now(&mut tx, id).await;
    assert!(one.pledges.iter().all(|pledge| pledge.agreed_at.is_none()) && !one.is_public());
    let member = campaigns::members(&mut tx, id).await.unwrap().remove(0);
    assert_eq!(member.state, campaigns::MemberState::Invited);
    assert!(campaigns::active_members(&mut tx, id, db.cx().now).await.unwrap().is_empty());
}

async fn it_starts_on_its_days_with_something_to_show(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let run = |db: &TestDb| Town::cx(db, &town.organiser);
    let id = town.joined(&db, &mut tx).await;
    db.clock.set(start_of(day(9, 30)));
    let early = start_campaign(&mut tx, &run(&db), (id, 2)).await;
    assert!(matches!(early, Err(CampaignError::TooEarly(_))), "{early:?}");
    db.clock.set(start_of(day(11, 1)));
    let late = start_campaign(&mut tx, &run(&db), (id, 2)).await;
    assert!(matches!(late, Err(CampaignError::TooLate(_))), "{late:?}");
    db.clock.set(start_of(day(10, 21)));
    let version = campaigns::members(&mut tx, id).await.unwrap()[0].version;
    suspend_member(&mut tx, &run(&db), (id, town.shop), version, "证照过期").await.unwrap();
    let alone = start_campaign(&mut tx, &run(&db), (id, 2)).await;
    assert!(matches!(alone, Err(CampaignError::NoMember)), "{alone:?}");
    campaigns::resume_member(&mut tx, &run(&db), (id, town.shop), version + 1).await.unwrap();
    let event = campaigns::sub_events(&mut tx, id).await.unwrap().remove(0);
    cancel_sub_event(&mut tx, &run(&db), (event.id, event.version), "下雨").await.unwrap();
    let empty = start_campaign(&mut tx, &run(&db), (id, 2)).await;
    assert!(matches!(empty, Err(CampaignError::NoSubEvent)), "{empty:?}");
}

async fn an_early_end_needs_a_reason(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let id = town.running(&db, &mut tx).await;
    let early = settle_campaign(&mut tx, &Town::cx(&db, &town.organiser), (id, 3), " ").await;
    assert!(matches!(early, Err(CampaignError::NoReason)), "{early:?}");
    db.clock.set(start_of(day(11, 1)));
    let cx = Town::cx(&db, &town.organiser);
    settle_campaign(&mut tx, &cx, (id, 3), "").await.expect("the days are over");
}

/// Somebody who is owed.
struct Owed;

impl campaigns::Section for Owed {
    fn unsettled<'a>(
        &'a self,
        _: &'a mut Tx,
        _: &'a Campaign,
    ) -> futures_util::future::BoxFuture<'a, db::Result<Option<String>>> {
        Box::pin(async { Ok(Some("3 家商户还没有付款".to_owned())) })
    }
}

async fn nothing_unsettled_may_stay(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let (town, id) = in_state(&db, &mut tx, CampaignState::Settling).await;
    let sections = SectionsPart::default();
    sections.add(std::sync::Arc::new(Owed));
    let cx = Town::cx(&db, &town.organiser);
    let owed = close_campaign(&mut tx, &cx, &sections, (id, 4)).await;
    let Err(CampaignError::Unsettled(matter)) = owed else { panic!("{owed:?}") };
    assert_eq!(matter, "3 家商户还没有付款");
}

async fn who_may_not_see_it_does_not_find_it(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let id = town.approved(&db, &mut tx).await;
    let sees = async |tx: &mut Tx, cx: &Cx| campaign(tx, cx, id).await.unwrap().is_some();
    for actor in [&town.organiser, &town.mall_organiser, &town.payer, &town.admin] {
        assert!(sees(&mut tx, &Town::cx(&db, actor)).await, "{actor:?}");
    }
    assert!(!sees(&mut tx, &Town::cx(&db, &town.keeper)).await, "not asked yet");
    // One mall's organiser sees what two malls run together, and does not run it.
    let one_mall = Town::cx(&db, &town.mall_organiser);
    let done = cancel_campaign(&mut tx, &one_mall, (id, 2), "台风").await;
    assert!(matches!(done, Err(CampaignError::Denied(Denied::Forbidden))), "{done:?}");
    let done = cancel_campaign(&mut tx, &Town::cx(&db, &town.keeper), (id, 2), "台风").await;
    assert!(matches!(done, Err(CampaignError::Denied(Denied::Invisible))), "{done:?}");
}

async fn the_second_of_two_changes_nothing(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let (id, _) = town.drafted(&db, &mut tx).await;
    tx.commit().await.unwrap();
    let cx = Town::cx(&db, &town.organiser);
    let change = async |name: &str| {
        let mut tx = db.write().await.unwrap();
        let mut terms = town.terms();
        terms.name = name.into();
        let done = change_campaign(&mut tx, &cx, (id, 1), terms).await;
        if done.is_ok() {
            tx.commit().await.unwrap();
        }
        done.is_ok()
    };
    let (one, other) = tokio::join!(change("甲"), change("乙"));
    assert!(one != other, "exactly one of two that read the same version writes");
    let mut tx = db.read().await.unwrap();
    let kept = now(&mut tx, id).await;
    assert_eq!((kept.name.as_str(), kept.version), (if one { "甲" } else { "乙" }, 2));
}
