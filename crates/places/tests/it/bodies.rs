//! Which industry body takes a unit.

use kernel::{Role, Scope};
use places::{
    Atlas, BodyDraft, BodyKind, BodyRule, ChangeError, Denied, Founding, Front, Industry, UnitKind,
    change_body, create_body, found_city,
};
use testkit::TestDb;

use crate::{actors::with, city::City};

testkit::on_both!(the_first_rule_that_fits_takes_the_unit, a_body_is_changed_once_at_a_time);

async fn the_first_rule_that_fits_takes_the_unit(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    found_city(&mut tx, &cx, &Founding::kunshan()).await.unwrap();
    let atlas = Atlas::load(&mut tx, cx.today()).await.unwrap();
    let name = |kind, industry, front| {
        let body = atlas.body_for(kind, industry, front)?;
        Some(atlas.body(body)?.name.as_str())
    };
    let (firm, trade) = (UnitKind::Enterprise, Industry::Trade);
    let cases = [
        ((UnitKind::LawFirm, Industry::BusinessServices, None), Some("律师协会行业党委")),
        ((UnitKind::SocialGroup, Industry::PublicAdministration, None), Some("社会组织行业党委")),
        ((UnitKind::PrivateNonprofit, Industry::Health, None), Some("社会组织行业党委")),
        ((UnitKind::PrivateClinic, Industry::Health, None), Some("民办医疗机构行业党委")),
        ((UnitKind::SoleTrader, trade, Some(Front::District)), Some("个私协会行业党委")),
        ((firm, trade, Some(Front::District)), Some("商圈市场党建专委会")),
        ((firm, Industry::RealEstate, Some(Front::District)), Some("物业服务党建专委会")),
        ((firm, Industry::Software, Some(Front::MakerSpace)), Some("人才科创党建专委会")),
        ((firm, Industry::CultureSports, None), Some("文化体育党建专委会")),
        ((firm, Industry::Manufacturing, Some(Front::Park)), None),
    ];
    for ((kind, industry, front), expected) in cases {
        assert_eq!(name(kind, industry, front), expected, "{kind} {industry} {front:?}");
    }
}

async fn a_body_is_changed_once_at_a_time(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let draft = |name: &str, rules: Vec<BodyRule>| BodyDraft {
        kind: BodyKind::SpecialCommittee,
        name: name.into(),
        lead_unit: "某局".into(),
        sort_no: None,
        rules,
    };
    let taken = create_body(&mut tx, &cx, draft("商会 行业党委", vec![])).await;
    assert!(matches!(taken, Err(ChangeError::NameTaken { .. })), "{taken:?}");
    let empty = create_body(&mut tx, &cx, draft("甲", vec![BodyRule::default()])).await;
    assert!(matches!(empty, Err(ChangeError::EmptyRule)), "{empty:?}");
    let parks = BodyRule { front: Some(Front::Park), ..BodyRule::default() };
    let body = create_body(&mut tx, &cx, draft("园区党建专委会", vec![parks])).await.unwrap();
    let software = BodyRule { industry: Some(Industry::Software), ..parks };
    let renamed = draft("软件园党建专委会", vec![software]);
    change_body(&mut tx, &cx, body, 1, renamed.clone()).await.unwrap();
    let stale = change_body(&mut tx, &cx, body, 1, renamed.clone()).await;
    assert!(matches!(stale, Err(ChangeError::Conflict)), "{stale:?}");
    let atlas = Atlas::load(&mut tx, cx.today()).await.unwrap();
    let kept = atlas.body(body).unwrap();
    assert_eq!((kept.rules.as_slice(), kept.sort_no), ([software].as_slice(), 12));
    let clerk = db.cx_as(with(&db, Role::Clerk, Scope::CITY));
    let denied = change_body(&mut tx, &clerk, body, 2, renamed).await;
    assert!(matches!(denied, Err(ChangeError::Denied(Denied::Forbidden))), "{denied:?}");
    assert!(atlas.place(city.mall).is_some());
}
