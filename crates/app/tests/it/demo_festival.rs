//! The demo city's festival: every figure of it opens to its records, nobody did what was another's
//! to do, and a visitor can go on where it stands.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Output},
};

use app::demo::{self, Plan};
use campaigns::{Campaign, CampaignState, MemberState, SubEventKind};
use db::{Engine, journal};
use kernel::{Code as _, Date, Fen, time::civil_date};
use merchants::Origin;
use sales::{Filter, Finality, Reading, SaleState, Show, Source, Totals};
use serde_json::{Value, json};
use testkit::{TestDb, app::TestApp, on_both};

use crate::site::site;

/// A demo city with its printed accounts: name, password.
struct City {
    app: TestApp,
    logins: Vec<(String, String)>,
}

async fn city(db: TestDb) -> City {
    city_of(db, demo::FEWEST).await
}

async fn city_of(db: TestDb, units: usize) -> City {
    let rules = people::Rules::cheap();
    let (plan, cx) = (Plan { units, seed: 1 }, db.cx());
    let keys = TestApp::site(Vec::new()).keys;
    let built = demo::build(&db, plan, &rules, (&cx, &keys), |_, _| {}).await;
    let logins = built.expect("an empty database takes a demo city");
    let logins = logins.into_iter().map(|one| (one.name, one.password)).collect();
    City { app: site(db), logins }
}

async fn campaigns_of(db: &TestDb) -> Vec<Campaign> {
    let mut tx = db.read().await.expect("it reads");
    let atlas = places::Atlas::load(&mut tx, db.cx().today()).await.expect("an atlas");
    let mut all = campaigns::campaigns(&mut tx, &db.cx(), &atlas).await.expect("campaigns");
    all.sort_by_key(|one| one.from_on);
    all
}

on_both!(the_festival_is_whole_and_its_figures_open_to_their_records);
async fn the_festival_is_whole_and_its_figures_open_to_their_records(db: TestDb) {
    let city = city(db).await;
    let db = &city.app.db;
    let all = campaigns_of(db).await;
    let states: Vec<CampaignState> = all.iter().map(|one| one.state).collect();
    let wanted = [CampaignState::Closed, CampaignState::Settling, CampaignState::Running];
    assert_eq!(states, wanted);
    for one in &all {
        agreed(db, one).await;
    }
    let [winter, summer, autumn] = &all[..] else { panic!("three campaigns") };
    assert_eq!(winter.from_on.month(), 2);
    assert_eq!((summer.from_on, summer.last_on), (june(1), june(30)));
    four_kinds(db, summer).await;
    four_kinds(db, autumn).await;
    members(db, summer).await;
    for one in [winter, summer] {
        show(&city.app, one).await;
    }
    judged(db, summer).await;
    standings(db, summer, true).await;
    standings(db, autumn, false).await;
    vouchers_hold(db).await;
    steps(db).await;
    goods(db).await;
}

/// A small city makes do with half of the merchants; this is how large the others' is.
#[tokio::test]
async fn a_large_city_has_twenty_to_thirty_members_in_every_state() {
    let city = city_of(TestDb::open(Engine::Sqlite).await, 3_000).await;
    let db = &city.app.db;
    let summer = campaigns_of(db).await.remove(1);
    members(db, &summer).await;
    let mut tx = db.read().await.expect("it reads");
    let all = campaigns::members(&mut tx, summer.id).await.expect("members");
    let count = |state| all.iter().filter(|one| one.state == state).count();
    assert!((20..=30).contains(&count(MemberState::Active)), "{}", count(MemberState::Active));
    assert_eq!(count(MemberState::Left), 1);
    drop(tx);
    show(&city.app, &summer).await;
    standings(db, &summer, true).await;
    vouchers_hold(db).await;
}

const fn june(day: i8) -> Date {
    Date::constant(2021, 6, day)
}

/// Every funder agreed, and not by who drafted; the budget is what they pledged.
async fn agreed(db: &TestDb, one: &Campaign) {
    assert!(one.pledges.iter().all(|pledge| pledge.agreed_at.is_some()), "{}", one.name);
    assert!(one.budget() > Fen::ZERO);
    let mut tx = db.read().await.expect("it reads");
    let steps = journal::of_subject(&mut tx, one.id.uuid(), 1_000).await;
    let steps = steps.expect("entries");
    let by = |verb: &str| -> BTreeSet<_> {
        steps.iter().filter(|step| step.verb == verb).filter_map(|step| step.actor).collect()
    };
    assert!(by("campaign.agreed").is_disjoint(&by("campaign.drafted")), "{}", one.name);
    // Each acceptance by an account of its own: nobody accepted for two.
    let accepted = steps.iter().filter(|step| step.verb == "campaign.accepted").count();
    assert_eq!(by("campaign.accepted").len(), accepted, "{}", one.name);
}

async fn four_kinds(db: &TestDb, one: &Campaign) {
    let mut tx = db.read().await.expect("it reads");
    let events = campaigns::sub_events(&mut tx, one.id).await.expect("sub-events");
    let kinds: BTreeSet<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds.len(), SubEventKind::ALL.len(), "{}", one.name);
    assert!(one.places.len() >= 5, "several malls");
    assert!(!campaigns::programme(&mut tx, one.id).await.expect("a programme").is_empty());
}

/// Each state that a page can show has a member.
async fn members(db: &TestDb, one: &Campaign) {
    let mut tx = db.read().await.expect("it reads");
    let members = campaigns::members(&mut tx, one.id).await.expect("members");
    let count = |state| members.iter().filter(|one| one.state == state).count();
    assert!(count(MemberState::Active) >= 8, "{members:?}");
    for state in
        [MemberState::Invited, MemberState::Accepted, MemberState::Declined, MemberState::Suspended]
    {
        assert!(count(state) > 0, "nobody is {}", state.label());
    }
}

async fn the_show(db: &TestDb, one: &Campaign) -> Show {
    let mut tx = db.read().await.expect("it reads");
    let shows = sales::shows_of(&mut tx, one.id).await.expect("shows");
    shows.into_iter().next().expect("a show")
}

/// R12: three days, over 100,000.00 yuan; the total is the sum of the records that it opens to.
async fn show(app: &TestApp, one: &Campaign) {
    let show = the_show(&app.db, one).await;
    let script = app.script_of("admin-city").await;
    let answer = script.get(&format!("/api/v1/shows/{}", show.id)).await.json();
    let total = &answer["total"];
    let (mut net, mut count, mut days) = (0, 0, BTreeSet::new());
    loop {
        let path = format!("/api/v1/sales?show={}&limit=100&skip={count}", show.id);
        let page = script.get(&path).await.json();
        let items = page["items"].as_array().expect("records");
        for item in items {
            let amount = item["amount_fen"].as_i64().expect("an amount");
            let at = item["sold_at"].as_str().and_then(|at| at.parse().ok()).expect("a time");
            if item["side"] == "sale" {
                net += amount;
                days.insert(civil_date(at));
            } else {
                net -= amount;
            }
        }
        count += items.len() as i64;
        if items.is_empty() {
            break;
        }
    }
    assert_eq!(total["net_fen"], net, "{}", one.name);
    assert_eq!(total["count"], count, "{}", one.name);
    assert!(net > 10_000_000, "{}: {net}", one.name);
    assert!(total["verified_net_fen"].as_i64().expect("a sum") > 10_000_000, "{total}");
    assert_eq!(days.len(), 3, "{days:?}");
    assert_eq!(show.slots.len(), 3);
}

/// Of the summer's records some are in every state that counts, and some are rejected; they come
/// from all three sources.
async fn judged(db: &TestDb, one: &Campaign) {
    let show = the_show(db, one).await;
    let mut tx = db.read().await.expect("it reads");
    let count = |state| Filter::show(show.id).state(state);
    for state in
        [SaleState::Verified, SaleState::Questioned, SaleState::Rejected, SaleState::Submitted]
    {
        let totals = Totals::of(&mut tx, None, &count(state), None).await.expect("sums");
        assert!(totals.count() > 0, "nothing is {}", state.label());
    }
    let totals = Totals::of(&mut tx, None, &Filter::show(show.id), None).await.expect("sums");
    for source in Source::ALL {
        assert!(totals.from(*source).count() > 0, "nothing from {}", source.label());
    }
    assert!(totals.returns() > Fen::ZERO);
}

/// The contest of a campaign, whose points are the verified net sales of its records.
async fn standings(db: &TestDb, one: &Campaign, is_final: bool) {
    let cx = db.cx();
    let mut tx = db.read().await.expect("it reads");
    let entries = journal::page(&mut tx, None, None, Some("contest.opened"), 10).await;
    let reading = Reading::of(&mut tx, &cx).await.expect("a reading");
    let mut seen = 0;
    for entry in entries.expect("entries") {
        let id = kernel::Id::from_uuid(entry.subject.expect("a contest"));
        let contest = sales::visible_contest(&mut tx, &cx, &reading, id).await.expect("it");
        if contest.campaign != one.id {
            continue;
        }
        seen += 1;
        let found = sales::standings(&mut tx, &cx, &contest).await.expect("standings");
        assert_eq!(found.finality == Finality::Final, is_final, "{:?}", found.finality);
        assert!(found.places.len() >= 3);
        for place in &found.places {
            let filter =
                Filter { contest: Some(id), ..Filter::default() }.merchant(place.measure.merchant);
            let totals = Totals::of(&mut tx, None, &filter, Some(&contest)).await.expect("sums");
            assert_eq!(place.measure.net, totals.verified_net());
        }
        assert!(found.places.iter().any(|place| place.measure.net > Fen::ZERO));
    }
    assert_eq!(seen, 1, "{}", one.name);
}

async fn vouchers_hold(db: &TestDb) {
    let report = vouchers::audit_all(db, None).await.expect("an audit");
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    assert_eq!(report.batches, 8);
    assert!(report.claims > 100, "{}", report.claims);
}

/// Each step of a voucher's and a settlement's way was taken by somebody.
async fn steps(db: &TestDb) {
    let mut tx = db.read().await.expect("it reads");
    for verb in [
        "batch.changed",
        "batch.closed",
        "voucher.claimed",
        "voucher.redeemed",
        "voucher.refunded",
        "voucher.voided",
        "voucher.expired",
        "settlement.drawn",
        "settlement.confirmed",
        "settlement.disputed",
        "settlement.answered",
        "settlement.approved",
        "settlement.paid",
        "founder.registered",
        "founder.trained",
        "founder.step_noted",
        "enquiry.closed",
        "sale.corrected",
        "sale.came_back",
        "challenge.opened",
        "challenge.visited",
        "challenge.rewarded",
        "challenge.forgotten",
    ] {
        let found = journal::page(&mut tx, None, None, Some(verb), 1).await.expect("entries");
        assert!(!found.is_empty(), "nobody did {verb}");
    }
}

/// R13: local products and those of partner regions, in both languages.
async fn goods(db: &TestDb) {
    let mut tx = db.read().await.expect("it reads");
    let all = merchants::listed(&mut tx).await.expect("products");
    for origin in Origin::ALL {
        let count = all.iter().filter(|(one, _)| one.facts.origin == *origin).count();
        assert!(count >= 3, "{}", origin.label());
    }
    for (one, _) in &all {
        assert!(!one.facts.name_en.is_empty() && one.facts.price.is_some(), "{one:?}");
    }
}

on_both!(a_visitor_claims_spends_and_refunds_at_once);
async fn a_visitor_claims_spends_and_refunds_at_once(db: TestDb) {
    let city = city(db).await;
    let app = &city.app;
    let autumn = campaigns_of(&app.db).await.pop().expect("a campaign");
    let mut tx = app.db.read().await.expect("it reads");
    let batches = vouchers::batches_of(&mut tx, autumn.id).await.expect("batches");
    let now = app.db.cx().now;
    let open = |one: &&vouchers::Batch| {
        one.terms.claim_from < now && now < one.terms.claim_until && one.remaining() > 10_000
    };
    let batch = batches.iter().find(open).expect("plenty of one batch").id;
    drop(tx);
    // The citizen whose phone is printed has something in the wallet already.
    let (_, citizen) = app.citizen(demo::CITIZEN_PHONE).await;
    let before = citizen.get("/api/v1/vouchers").await.json();
    let before = before["items"].as_array().expect("vouchers").len();
    assert!(before >= 2, "{before}");
    let path = format!("/api/v1/voucher-batches/{batch}/claims");
    let claimed = citizen.post(&path, &Value::Null).await;
    assert_eq!(claimed.status, 201, "{}", claimed.body);
    let wallet = citizen.get("/api/v1/vouchers").await.json();
    let code = wallet["items"][0]["code"].as_str().expect("a code").to_owned();
    for (name, password) in &city.logins {
        if name == "merchant" || name == "cashier" {
            assert_eq!(app.visitor().sign_in(name, password).await.status, 303, "{name}");
        }
    }
    let cashier = app.script_of("cashier").await;
    let merchant = own_merchant(app, "cashier").await;
    let bill = json!({ "merchant": merchant, "code": code, "bill_no": "1", "bill_fen": 9_000 });
    let taken = cashier.post("/api/v1/redemptions", &bill).await;
    assert_eq!(taken.status, 201, "{}", taken.body);
    let redemption = taken.json()["redemption"].clone();
    let back = json!({ "redemption": redemption, "reason": "顾客退货" });
    let refunded = cashier.post("/api/v1/refunds", &back).await;
    assert!(refunded.status < 300, "{}", refunded.body);
    let report = vouchers::audit_all(&app.db, None).await.expect("an audit");
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

/// The merchant at whose till an account stands.
async fn own_merchant(app: &TestApp, name: &str) -> String {
    let mut tx = app.db.read().await.expect("it reads");
    let account = people::find_account_by_name(&mut tx, name).await.expect("a read");
    let actor = app.actor(account.expect("an account").id).await;
    merchants::merchants_of(&actor)[0].to_string()
}

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tongpin"));
    command.env_remove("TONGPIN_DATABASE_URL").arg("--data").arg(folder.join("db"));
    command.args(words).output().expect("the binary runs")
}

#[test]
fn the_demo_is_audited_and_driven_from_the_command_line() {
    let folder = tempfile::TempDir::with_prefix("tongpin-demo-").expect("a temporary folder");
    let made = run(folder.path(), &["demo", "--no-serve", "--units", "200"]);
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(made.status.success(), "{said}{}", String::from_utf8_lossy(&made.stderr));
    for word in ["organiser", "funder", "merchant", "cashier", demo::CITIZEN_PHONE] {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
    let audited = run(folder.path(), &["campaigns", "audit"]);
    assert!(audited.status.success(), "{}", String::from_utf8_lossy(&audited.stdout));
    let kit = folder.path().join("kit");
    let out = kit.to_str().expect("a path of letters");
    let made = run(folder.path(), &["bench", "kit", "--citizens", "50", "--out", out]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let tokens = std::fs::read_to_string(kit.join("tokens")).expect("tokens");
    assert_eq!(tokens.lines().count(), 50);
}
