//! `/coverage`: the table for any scope, by front, town, industry or station, on any day.

use askama::Template;
use axum::extract::RawQuery;
use jiff::civil::Date;
use kernel::Code as _;
use organisations::{By, Filter, Sight, api::Asked};
use web::{Answer, Ask, Page, Refused, filters, html};

use crate::table::{self, Table, with};

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage {
    page: Page,
    table: Table,
    scope: Vec<Chip>,
    tabs: Vec<(&'static str, String, bool)>,
    kept: Vec<(&'static str, String)>,
    today: Date,
}

struct Chip {
    label: &'static str,
    value: String,
    without: String,
}

/// Shows it.
pub async fn show(ask: Ask, RawQuery(query): RawQuery) -> Answer {
    let asked = Asked::new(query.as_deref());
    let today = ask.cx.today();
    let filter = asked.filter()?;
    let at = filter.at.unwrap_or(today);
    let from = asked.parsed::<Date>("from")?.unwrap_or_else(|| baseline(at));
    if at > today || from > at {
        return Err(Refused::BadQuery(if at > today { "at" } else { "from" }));
    }
    let by = asked.parsed("by")?.unwrap_or(By::Front);
    let filter = Filter {
        at: Some(at),
        town: filter.town,
        front: filter.front,
        industry: filter.industry,
        station: filter.station,
        place: filter.place,
        definition: filter.definition,
        ..Filter::default()
    };
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, Some(at)).await?;
    let table = table::read(&mut tx, &sight, &filter, by, from, ask.reader.lang).await?;
    let tabs = By::ALL.iter().map(|one| {
        let query = with(&filter, &[("by", one.to_string()), ("from", from.to_string())]);
        (one.label(), format!("/coverage?{query}"), *one == by)
    });
    let view = CoveragePage {
        page: ask.page("覆盖", "/today"),
        scope: chips(&sight, &filter, by, from),
        tabs: tabs.collect(),
        kept: filter.pairs().into_iter().filter(|(name, _)| *name != "at").collect(),
        table,
        today,
    };
    html(&ask, &view)
}

/// The last day of the year before: what a year's change is counted from.
pub fn baseline(at: Date) -> Date {
    Date::new(at.year() - 1, 12, 31).unwrap_or(at)
}

fn chips(sight: &Sight, filter: &Filter, by: By, from: Date) -> Vec<Chip> {
    let mut chips = Vec::new();
    let mut put = |label, value: Option<String>, without: Filter| {
        if let Some(value) = value {
            let query = with(&without, &[("by", by.to_string()), ("from", from.to_string())]);
            chips.push(Chip { label, value, without: format!("/coverage?{query}") });
        }
    };
    let name = |by: By, key: Option<String>| key.map(|key| by.name(&key, &sight.atlas));
    put(
        "区镇",
        name(By::Town, filter.town.map(|one| one.to_string())),
        filter.but(|filter| filter.town = None),
    );
    put(
        "阵地",
        name(By::Front, filter.front.map(|one| one.to_string())),
        filter.but(|filter| filter.front = None),
    );
    put(
        "行业",
        name(By::Industry, filter.industry.map(|one| one.to_string())),
        filter.but(|filter| filter.industry = None),
    );
    put(
        "工作站",
        name(By::Station, filter.station.map(|one| one.to_string())),
        filter.but(|filter| filter.station = None),
    );
    put(
        "地点",
        filter.place.map(|place| sight.atlas.path(place)),
        filter.but(|filter| filter.place = None),
    );
    chips
}
