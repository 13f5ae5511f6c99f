//! What races and crashes begin with and must leave behind: a small city with units, and what
//! holds of the register whatever happened.

use db::Query;
use jiff::civil::Date;
use kernel::{Actor, Cx, Grant, Role, Scope, Uscc};
use organisations::{By, Filter, UnitId, coverage, filter::Frame, ledger, sums};
use places::{Atlas, Founding, Front, NewPlace, NewStation, PlaceId, PlaceKind, Reach};
use serde_json::{Value, json};
use testkit::{
    TestDb,
    app::{Answer, Script, TestApp},
};

use crate::site::site;

/// Since when the test city stands.
const FIRST: Date = Date::constant(2020, 1, 1);

/// A small city, its administrator's script, and its places.
#[derive(Clone)]
pub(crate) struct Ground {
    pub app: TestApp,
    pub script: Script,
    pub towns: Vec<PlaceId>,
    /// A district front in the fourth town, with a station of its own.
    pub mall: PlaceId,
}

/// A valid code that ends in this number.
pub(crate) fn code(number: u32) -> Uscc {
    Uscc::with_check(&format!("91320583MA{number:07}")).expect("seventeen good characters")
}

/// Founds the city, and its mall with a station.
pub(crate) async fn found(db: &db::Db, cx: &Cx) -> (Vec<PlaceId>, PlaceId) {
    let mut tx = db.write().await.unwrap();
    let founded = places::found_city(&mut tx, cx, &Founding::kunshan()).await.unwrap();
    let town = founded.towns[3];
    let new = NewPlace {
        parent: town,
        kind: PlaceKind::Front,
        front: Some(Front::District),
        name: "万象汇".into(),
        address: String::new(),
        from: FIRST,
    };
    let mall = places::create_place(&mut tx, cx, new).await.unwrap();
    let new =
        NewStation { town, name: "万象汇工作站".into(), address: String::new(), on: FIRST };
    let station = places::open_station(&mut tx, cx, new).await.unwrap();
    places::cover_place(&mut tx, cx, station, mall, FIRST).await.unwrap();
    tx.commit().await.unwrap();
    (founded.towns, mall)
}

/// What the API is sent to register a unit.
pub(crate) fn unit(number: u32, place: PlaceId) -> Value {
    json!({
        "uscc": code(number).as_str(), "name": format!("昆山第{number}号贸易有限公司"),
        "kind": "enterprise", "industry": "trade", "place": place, "headcount": 20,
        "member_count": number % 6, "on": "2021-03-01",
    })
}

/// A ledger of these units in the fourth town, each with so many full members.
pub(crate) fn ledger_text(numbers: impl Iterator<Item = u32>, members: u32) -> String {
    let mut text = String::from(
        "昆山市单位台账（截至2021年10月15日）\n\
         单位名称,统一社会信用代码,单位类型,行业,区镇,阵地类型,所在阵地,地址,经营状态,职工人数,\
         正式党员数,组建方式,党组织名称,工作覆盖方式,责任人,备注\n",
    );
    for number in numbers {
        let code = code(number);
        let name = format!("昆山第{number}号贸易有限公司");
        let row =
            format!("{name},{code},企业,批发和零售业,张浦镇,,,,在营,20,{members},未组建,,,,\n");
        text.push_str(&row);
    }
    text
}

impl Ground {
    pub async fn lay(db: TestDb) -> Self {
        let (towns, mall) = found(&db, &db.cx()).await;
        let app = site(db);
        app.account("chen", &[Grant { role: Role::Administrator, scope: Scope::CITY }]).await;
        let script = app.script_of("chen").await;
        Self { app, script, towns, mall }
    }

    /// Registers a unit in the mall; its answer.
    pub async fn register(&self, number: u32) -> Value {
        let answer = self.script.post("/api/v1/units", &unit(number, self.mall)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    }

    /// A unit as it is now.
    pub async fn read(&self, id: &str) -> Value {
        let answer = self.script.get(&format!("/api/v1/units/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// Sends a form with the token.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = axum::http::Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded");
        self.script.send(request, body.into()).await
    }

    /// Uploads a ledger and has it checked; the batch's address.
    pub async fn upload(&self, text: &str) -> String {
        let answer = self.script.upload("/imports", ("台账.csv", text.as_bytes()), &[]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.work().await;
        answer.location().to_owned()
    }

    /// Where a batch stands.
    pub async fn state(&self, batch: &str) -> String {
        let answer = self.script.get(&format!("/api/v1{batch}")).await;
        answer.json()["state"].as_str().unwrap_or_default().to_owned()
    }

    /// Runs the jobs that are due, as a worker does.
    pub async fn work(&self) {
        let (state, now) = (&self.app.state, self.app.state.clock().now());
        while let Some(job) = db::job::take(state.db(), now).await.unwrap() {
            let runners = app::jobs::all_jobs();
            let runner = runners.iter().find(|one| one.kind == job.kind).expect("a known kind");
            let cx = state.cx(Actor::System { name: runner.kind });
            let asked = serde_json::from_str(&job.payload).unwrap();
            (runner.run)(state.clone(), cx, asked).await.unwrap();
            assert!(db::job::finish(state.db(), &job, now).await.unwrap());
        }
    }

    /// What must hold, holds.
    pub async fn holds(&self) {
        holds(self.app.state.db(), self.app.db.cx().today()).await;
    }
}

/// What holds of the register whatever happened: the journal is one chain, a unit's states follow
/// each other without gap or overlap, the running sums are what counting anew gives, and each unit
/// is in the search index. Answers how many units there are.
pub(crate) async fn holds(db: &db::Db, today: Date) -> usize {
    db::journal::require_whole(db).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let ids: Vec<UnitId> =
        tx.list(Query::new("SELECT id FROM unit ORDER BY no"), |row| row.get(0)).await.unwrap();
    let mut days = vec![today];
    for id in &ids {
        let (_, spans) = ledger::find(&mut tx, *id).await.unwrap().expect("it was listed");
        assert!(!spans.is_empty(), "{id} has no state");
        for pair in spans.windows(2) {
            assert_eq!(pair[0].to_on, pair[1].from_on, "{id}");
        }
        assert!(spans.iter().all(|span| span.from_on < span.to_on), "{id}: {spans:?}");
        assert_eq!(spans.last().map(|span| span.to_on), Some(kernel::time::OPEN), "{id}");
        days.extend(spans.iter().map(|span| span.from_on));
    }
    days.sort_unstable();
    days.dedup();
    let indexed = organisations::search::indexed(&mut tx).await.unwrap();
    assert_eq!(indexed, ids.len(), "units in the search index");
    let floor = organisations::definition::current(&mut tx).await.unwrap().member_floor;
    let atlas = Atlas::load(&mut tx, today).await.unwrap();
    let kept = tables(&mut tx, &atlas, &days, today, floor).await;
    sums::recount(&mut tx, floor).await.unwrap();
    assert_eq!(kept, tables(&mut tx, &atlas, &days, today, floor).await, "running sums");
    tx.rollback().await.unwrap();
    ids.len()
}

async fn tables(
    tx: &mut db::Tx,
    atlas: &Atlas,
    days: &[Date],
    today: Date,
    member_floor: i64,
) -> Vec<coverage::Coverage> {
    let reach = Reach::everything();
    let frame = Frame { atlas, reach: &reach, member_floor, today, found: None };
    let mut all = Vec::new();
    for day in days {
        let filter = Filter { at: Some(*day), ..Filter::default() };
        for by in [By::Station, By::Town] {
            all.push(coverage::coverage(tx, &filter, &frame, by).await.unwrap());
        }
    }
    all
}
