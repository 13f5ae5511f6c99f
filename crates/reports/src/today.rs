//! `/today`: a sentence that says how far and what moved, the table, the trend, what is to be
//! done, and who is missing.

use askama::Template;
use db::{Tx, args, sql};
use jiff::civil::{Date, Weekday};
use kernel::{Code as _, Role};
use organisations::{By, Filter, Sight, Standing, gap::Gap, policy::KEEPERS};
use web::{Answer, Ask, Figure, Page, filters, html};

use crate::{
    coverage_page::baseline,
    table::{self, Table},
    trend::{self, Trend},
};

#[derive(Template)]
#[template(path = "today.html")]
struct Today {
    page: Page,
    weekday: &'static str,
    clock: String,
    towns: usize,
    table: Table,
    /// The front that is furthest behind, by how many it still misses.
    behind: Option<(String, Figure)>,
    trends: Vec<Trend>,
    tasks: Vec<Task>,
    due: Figure,
    strip: Vec<(usize, String, String, Figure)>,
    gaps: Vec<GapLine>,
    export: String,
}

/// A time, a thing, a verb.
struct Task {
    when: String,
    late: bool,
    what: String,
    detail: String,
    verb: &'static str,
    href: String,
}

struct GapLine {
    href: String,
    name: String,
    place: String,
    members: i64,
    days: i64,
    next: String,
}

/// Rows in the two lists on the right: they fill the first screen of a desk and no more.
const TASKS: usize = 5;
const GAPS: usize = 6;
/// A unit that waits longer is said in red: establishing takes two months from the visit.
const LATE_DAYS: i64 = 60;

/// Shows it.
pub async fn show(ask: Ask) -> Answer {
    let at = ask.cx.today();
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let filter = Filter { at: Some(at), ..Filter::default() };
    let lang = ask.reader.lang;
    let table = table::read(&mut tx, &sight, &filter, By::Front, baseline(at), lang).await?;
    let wanted = trend::Wanted { by: By::Front, keys: &["building", "district"], months: 22 };
    let trends = trend::read(&mut tx, &sight, &filter, wanted, lang).await?;
    let gaps = sight.longest_due(&mut tx, &filter, GAPS).await?;
    let tasks = tasks(&mut tx, &ask).await?;
    let due = filter.but(|filter| filter.status = Some(Standing::Due));
    let most = table.rows.iter().max_by_key(|row| row.counts.due());
    let behind = most.filter(|row| row.counts.due() > 0);
    let now = ask.cx.now.to_zoned(kernel::time::city_zone());
    let view = Today {
        page: ask.page("今日", "/today"),
        weekday: weekday(at),
        clock: now.strftime("%H:%M").to_string(),
        towns: sight.atlas.towns().len(),
        behind: behind.map(|row| (row.name.clone(), row.due.clone())),
        trends,
        tasks,
        due: Figure::count(table.total.counts.due(), due.url("/units")),
        strip: strip(&table),
        gaps: gaps.iter().map(|gap| gap_line(gap, &sight, at)).collect(),
        export: filter.but(|filter| filter.status = Some(Standing::Operating)).url("/units.xlsx"),
        table,
    };
    html(&ask, &view)
}

fn weekday(on: Date) -> &'static str {
    match on.weekday() {
        Weekday::Monday => "星期一",
        Weekday::Tuesday => "星期二",
        Weekday::Wednesday => "星期三",
        Weekday::Thursday => "星期四",
        Weekday::Friday => "星期五",
        Weekday::Saturday => "星期六",
        Weekday::Sunday => "星期日",
    }
}

/// Where the due ones stand: each front's share of the strip, in 48ths, none too narrow to read.
fn strip(table: &Table) -> Vec<(usize, String, String, Figure)> {
    const WHOLE: i64 = 48;
    const LEAST: i64 = 7;
    let fronts: Vec<_> = table.rows.iter().filter(|row| row.counts.due() > 0).collect();
    let total: i64 = fronts.iter().map(|row| row.counts.due()).sum();
    if total == 0 {
        return Vec::new();
    }
    let free = WHOLE - LEAST * fronts.len() as i64;
    let mut widths: Vec<i64> =
        fronts.iter().map(|row| LEAST + row.counts.due() * free.max(0) / total).collect();
    let rest = WHOLE - widths.iter().sum::<i64>();
    if let Some(widest) = widths.iter_mut().max() {
        *widest += rest;
    }
    let wide = fronts.iter().zip(widths).map(|(row, width)| {
        let href = row.due.href().unwrap_or_default().to_owned();
        (usize::try_from(width).unwrap_or(1), href, row.name.clone(), row.due.clone())
    });
    wide.collect()
}

fn gap_line(gap: &Gap, sight: &Sight, at: Date) -> GapLine {
    let facts = &gap.listed.span.facts;
    let place = facts.place.unwrap_or(facts.town);
    let station = facts.station.and_then(|station| sight.atlas.station(station));
    GapLine {
        href: format!("/units/{}", gap.listed.unit.id),
        name: gap.listed.unit.identity.name.clone(),
        place: sight.atlas.path(place),
        members: facts.member_count,
        days: i64::from(gap.since.until(at).map_or(0, |span| span.get_days())),
        next: station.map(|station| station.name.clone()).unwrap_or_default(),
    }
}

/// What waits for this person: imports to check or to mend, jobs that failed.
async fn tasks(tx: &mut Tx, ask: &Ask) -> Answer<Vec<Task>> {
    let mut tasks = Vec::new();
    if ask.cx.actor.has_any(KEEPERS) {
        let select = sql!(
            "SELECT id, label, file_name, state, wrong_count, new_count, changed_count, created_at \
             FROM import_batch WHERE created_by = $1 AND state IN ('ready', 'unreadable') \
             ORDER BY created_at LIMIT 6"
        );
        let batches = tx
            .all(select, args![ask.cx.actor.account()], |row| {
                Ok((
                    row.get::<uuid::Uuid>(0)?,
                    row.get::<String>(2)?,
                    row.get::<String>(3)?,
                    row.get::<i64>(4)?,
                    row.get::<i64>(5)? + row.get::<i64>(6)?,
                    row.get::<jiff::Timestamp>(7)?,
                ))
            })
            .await?;
        for (id, file, state, wrong, writable, at) in batches {
            tasks.push(import_task(id, &file, &state, (wrong, writable), at));
        }
    }
    if ask.cx.actor.has_citywide(&[Role::Administrator]) {
        let dead: i64 =
            tx.scalar(sql!("SELECT COUNT(*) FROM job WHERE state = 'dead'"), args![]).await?;
        if dead > 0 {
            tasks.push(Task {
                when: "等人看".to_owned(),
                late: true,
                what: format!("{dead} 件后台的活没有办成"),
                detail: "试了五次都不行，看原因后再办".to_owned(),
                verb: "去看",
                href: "/jobs?state=dead".to_owned(),
            });
        }
    }
    tasks.truncate(TASKS);
    Ok(tasks)
}

fn import_task(
    id: uuid::Uuid,
    file: &str,
    state: &str,
    (wrong, writable): (i64, i64),
    at: jiff::Timestamp,
) -> Task {
    let id: organisations::import::BatchId = kernel::Id::from_uuid(id);
    let ready = state == "ready";
    let at = at.to_zoned(kernel::time::city_zone());
    Task {
        when: at.strftime("%m-%d").to_string(),
        late: !ready,
        what: if ready {
            format!("核对导入：{file}")
        } else {
            format!("读不了的表：{file}")
        },
        detail: if ready {
            format!("{writable} 行可写入，{wrong} 行有错")
        } else {
            "什么也没有写入".to_owned()
        },
        verb: if ready { "去核对" } else { "看原因" },
        href: format!("/imports/{id}"),
    }
}
