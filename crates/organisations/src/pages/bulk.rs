//! The page between ticking and changing: what will be done to which units.

use askama::Template;
use db::Tx;
use kernel::Code as _;
use web::{Answer, Ask, Form, Page, filters, html, site_routes::local};

use super::{
    chips::station_choices,
    sheet::{place_words, station_words},
    unit_fields::worker_choices,
    words::{Choice, choices, fill, masked, number},
};
use crate::{
    bulk::{Obstacle, Ticked, Verb},
    policy::KEEPERS,
    sight::Sight,
    unit::{Status, UnitId, WorkWay},
    worker,
};

#[derive(Template)]
#[template(path = "bulk.html")]
struct BulkPage {
    page: Page,
    heading: String,
    verb: Verb,
    /// What the value is called.
    label: &'static str,
    choices: Vec<Choice>,
    form: Form,
    back: String,
    rows: Vec<Row>,
    obstacles: Vec<Obstacle>,
    obstacle_words: String,
    submit: String,
    today: String,
}

struct Row {
    id: UnitId,
    version: i64,
    name: String,
    place: String,
    now: String,
}

impl BulkPage {
    fn is_status(&self) -> bool {
        self.verb == Verb::Status
    }
    fn get(&self, field: &str) -> &str {
        self.form.get(field)
    }
}

/// Shows the page; `obstacles` say why the last try changed nothing.
pub(crate) async fn confirm(
    ask: &Ask,
    tx: &mut Tx,
    sight: &Sight,
    verb: Verb,
    form: &Form,
    ticked: Vec<Ticked>,
    obstacles: Vec<Obstacle>,
) -> Answer {
    let workers = worker::in_office(tx, sight.today).await?;
    let value = form.get("value");
    let (label, mut choices) = match verb {
        Verb::Worker => ("责任人", worker_choices(&workers, value)),
        Verb::Work => ("加哪一种", choices::<WorkWay>(ask, value)),
        Verb::Station => ("归哪个工作站", station_choices(&sight.atlas, value)),
        Verb::Status | Verb::Export => ("改成", statuses(ask, value)),
    };
    match verb {
        Verb::Worker => choices.push(Choice::new("none", ask.t("不派"), value)),
        Verb::Station => choices.push(Choice::new("none", ask.t("不归工作站"), value)),
        _ => {}
    }
    let count = number(ticked.len() as i64);
    let what = ask.t(verb.label());
    let rows = ticked.iter().map(|one| row(ask, sight, verb, one)).collect();
    let view = BulkPage {
        page: ask.page("批量操作", "/units"),
        heading: fill(ask.t("给 {} 家单位{}"), &[&count, what]),
        verb,
        label,
        choices,
        form: form.clone(),
        back: match local(form.get("back")) {
            "/" => "/units".to_owned(),
            back => back.to_owned(),
        },
        rows,
        obstacle_words: fill(ask.t("都没有改：{} 家办不成。"), &[&number(obstacles.len() as i64)]),
        obstacles,
        submit: fill(ask.t("办这 {} 家"), &[&count]),
        today: sight.today.to_string(),
    };
    html(ask, &view)
}

fn statuses(ask: &Ask, value: &str) -> Vec<Choice> {
    let mut statuses = choices::<Status>(ask, value);
    let may_leave = ask.cx.actor.has_any(KEEPERS);
    statuses.retain(|one| may_leave || one.value == Status::Operating.code());
    statuses
}

/// A unit with what the verb is about, as it stands now.
fn row(ask: &Ask, sight: &Sight, verb: Verb, one: &Ticked) -> Row {
    let (unit, facts) = (&one.listed.unit, &one.listed.span.facts);
    let now = match verb {
        Verb::Worker => masked(one.listed.worker.as_ref()),
        Verb::Work => {
            let ways = facts.work.ways().map(|way| ask.t(way.label()));
            ways.collect::<Vec<_>>().join("、")
        }
        Verb::Station => station_words(&sight.atlas, facts),
        Verb::Status | Verb::Export => ask.t(facts.status.label()).to_owned(),
    };
    Row {
        id: unit.id,
        version: unit.version,
        name: unit.identity.name.clone(),
        place: place_words(&sight.atlas, facts),
        now: if now.is_empty() { "—".to_owned() } else { now },
    }
}
