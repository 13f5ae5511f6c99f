//! Two people at one form: nothing is lost, and only what both changed is asked.

use organisations::Unit;
use testkit::{TestDb, app::Browser};

use crate::{
    form::{Fields, form_of, get, pairs, set},
    town_hall::{self, TownHall, uncovered},
};

testkit::on_both!(
    what_only_one_changed_is_kept_from_both,
    what_both_changed_is_chosen,
    a_choice_that_was_not_made_is_asked_again,
    a_way_and_its_organisation_are_chosen_together
);

/// A unit, its address, and two browsers that have its form open.
async fn two_at_one_form(hall: &TownHall) -> (Unit, [(Browser, Fields); 2]) {
    let unit = hall.unit_where(uncovered).await;
    let path = format!("/units/{}/edit", unit.id);
    let (one, other) = (hall.browser("clerk").await, hall.browser("admin").await);
    let first = form_of(&one.get(&path).await.body);
    let second = form_of(&other.get(&path).await.body);
    (unit, [(one, first), (other, second)])
}

async fn what_only_one_changed_is_kept_from_both(db: TestDb) {
    let hall = town_hall::open(db).await;
    let (unit, [(one, mut first), (other, mut second)]) = two_at_one_form(&hall).await;
    let path = format!("/units/{}", unit.id);
    set(&mut first, "headcount", "61");
    set(&mut first, "address", "前进路 1 号");
    set(&mut second, "note", "我写的备注");
    set(&mut second, "address", "前进路 1 号");
    let saved = one.post(&path, &pairs(&first)).await;
    assert_eq!(saved.location(), format!("{path}?done=changed"));
    let joined = other.post(&path, &pairs(&second)).await;
    assert_eq!(joined.location(), format!("{path}?done=joined"), "{}", joined.body);
    let now = form_of(&other.get(&format!("{path}/edit")).await.body);
    for (field, value) in [("headcount", "61"), ("note", "我写的备注"), ("address", "前进路 1 号")]
    {
        assert_eq!(get(&now, field), value);
    }
    // Sending what is saved already changes nothing.
    let answer = one.post(&path, &pairs(&now)).await;
    assert_eq!(answer.location(), format!("{path}?done=same"));
}

async fn what_both_changed_is_chosen(db: TestDb) {
    let hall = town_hall::open(db).await;
    for (choice, theirs, mine) in [("theirs", "61", "62"), ("mine", "63", "64")] {
        let (unit, [(one, mut first), (other, mut second)]) = two_at_one_form(&hall).await;
        let path = format!("/units/{}", unit.id);
        let was = get(&first, "headcount").to_owned();
        set(&mut first, "headcount", theirs);
        set(&mut first, "note", "别人的备注");
        set(&mut second, "headcount", mine);
        set(&mut second, "address", "前进路 9 号");
        assert_eq!(one.post(&path, &pairs(&first)).await.status, 303);
        let torn = other.post(&path, &pairs(&second)).await;
        assert_eq!(torn.status, 409);
        // Both, and what it was; and nothing that only one of them changed.
        let table = torn.between("<table class=\"table list stack torn\">", "</table>");
        for value in [was.as_str(), theirs, mine] {
            assert!(table.contains(&format!("<span>{value}</span>")), "{table}");
        }
        assert_eq!(table.matches("<tr>").count(), 2, "{table}");
        let mut kept = form_of(&torn.body);
        assert_eq!(get(&kept, "headcount"), mine);
        assert_eq!(get(&kept, "address"), "前进路 9 号");
        assert_eq!(get(&kept, "note"), "别人的备注");
        kept.push(("keep_headcount".into(), choice.into()));
        let done = other.post(&path, &pairs(&kept)).await;
        assert_eq!(done.location(), format!("{path}?done=changed"), "{}", done.body);
        let now = form_of(&other.get(&format!("{path}/edit")).await.body);
        let stands = if choice == "mine" { mine } else { theirs };
        assert_eq!(get(&now, "headcount"), stands);
        assert_eq!((get(&now, "address"), get(&now, "note")), ("前进路 9 号", "别人的备注"));
    }
}

async fn a_choice_that_was_not_made_is_asked_again(db: TestDb) {
    let hall = town_hall::open(db).await;
    let (unit, [(one, mut first), (other, mut second)]) = two_at_one_form(&hall).await;
    let path = format!("/units/{}", unit.id);
    let was = get(&first, "headcount").to_owned();
    set(&mut first, "headcount", "61");
    set(&mut second, "headcount", "62");
    set(&mut second, "note", "我写的备注");
    assert_eq!(one.post(&path, &pairs(&first)).await.status, 303);
    let torn = other.post(&path, &pairs(&second)).await;
    let again = other.post(&path, &pairs(&form_of(&torn.body))).await;
    assert_eq!(again.status, 409);
    assert!(again.has(&format!("<span>{was}</span>")), "what it was is still said");
    assert_eq!(hall.facts_on(unit.id, hall.app.db.cx().today()).await.headcount, 61);
    // Meanwhile a third change: what was chosen stands against it, or is asked anew.
    let mut third = form_of(&one.get(&format!("{path}/edit")).await.body);
    set(&mut third, "headcount", "63");
    assert_eq!(one.post(&path, &pairs(&third)).await.status, 303);
    let mut mine = form_of(&again.body);
    mine.push(("keep_headcount".into(), "mine".into()));
    let anew = other.post(&path, &pairs(&mine)).await;
    assert!(anew.status == 409 && anew.has("<span>63</span>"), "{}", anew.body);
    // A form that does not say what it began with overwrites nothing.
    let bare: Fields = second.into_iter().filter(|(name, _)| !name.starts_with("base_")).collect();
    let bare = other.post(&path, &pairs(&bare)).await;
    assert!(bare.status == 409 && bare.has("<span>62</span>"), "{}", bare.body);
}

async fn a_way_and_its_organisation_are_chosen_together(db: TestDb) {
    let hall = town_hall::open(db).await;
    let (unit, [(one, mut first), (other, mut second)]) = two_at_one_form(&hall).await;
    let path = format!("/units/{}", unit.id);
    for (fields, cover, organisation) in
        [(&mut first, "separate", "甲党支部"), (&mut second, "joint", "乙联合党支部")]
    {
        set(fields, "cover", cover);
        set(fields, "organisation", organisation);
    }
    assert_eq!(one.post(&path, &pairs(&first)).await.status, 303);
    let torn = other.post(&path, &pairs(&second)).await;
    assert!(torn.has("<span>联合组建 · 乙联合党支部</span>"), "{}", torn.body);
    let mut kept = form_of(&torn.body);
    kept.push(("keep_cover".into(), "theirs".into()));
    assert_eq!(other.post(&path, &pairs(&kept)).await.location(), format!("{path}?done=same"));
    let now = form_of(&other.get(&format!("{path}/edit")).await.body);
    assert_eq!((get(&now, "cover"), get(&now, "organisation")), ("separate", "甲党支部"));
}
