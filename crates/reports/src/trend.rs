//! Organisation coverage month by month: a line drawn by the server, and the table that says the
//! same.

use std::fmt::Write as _;

use db::{Result, Tx};
use jiff::{Span, civil::Date};
use kernel::Rate;
use organisations::{By, Counts, Filter, Sight, Standing};
use web::{Figure, Lang};

/// A trend of one key, ready to show.
pub struct Trend {
    /// Whose.
    pub name: String,
    /// The newest point.
    pub now: Figure,
    /// Change since a year before, in points.
    pub year: Figure,
    /// The words that the chart's `aria-label` says.
    pub says: String,
    /// The path of the line.
    pub path: String,
    /// Horizontal lines with their labels.
    pub grid: Vec<(f64, String)>,
    /// Month labels under the axis.
    pub months: Vec<(f64, String)>,
    /// Where the newest point lies.
    pub end: (f64, f64),
    /// The same as a table.
    pub points: Vec<Point>,
}

/// One month.
pub struct Point {
    /// The day.
    pub on: Date,
    /// Share of operating units covered.
    pub rate: Figure,
    /// Units covered.
    pub covered: Figure,
    /// Operating units.
    pub operating: Figure,
    share: Option<f64>,
}

/// The chart's paper: 428 × 150, the plot from 28 to 416 and from 10 to 130.
const LEFT: f64 = 28.0;
const RIGHT: f64 = 416.0;
const TOP: f64 = 12.0;
const FLOOR: f64 = 130.0;

/// What is drawn.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// What the keys are of.
    pub by: By,
    /// Each gets a chart.
    pub keys: &'a [&'a str],
    /// How many month-ends.
    pub months: i32,
}

/// The last `months` month-ends and the filter's own date, for the keys that are asked for.
pub async fn read(
    tx: &mut Tx,
    sight: &Sight,
    filter: &Filter,
    wanted: Wanted<'_>,
    lang: Lang,
) -> Result<Vec<Trend>> {
    let Wanted { by, keys, months } = wanted;
    let at = filter.at.unwrap_or(sight.today);
    let mut days: Vec<Date> = (1..=months).rev().filter_map(|back| month_end(at, back)).collect();
    days.push(at);
    let mut tables = Vec::with_capacity(days.len());
    for day in &days {
        let filter = filter.but(|filter| filter.at = Some(*day));
        tables.push(sight.coverage(tx, &filter, by).await?);
    }
    let trend = |key: &&str| {
        let counts = |table: &std::sync::Arc<organisations::Coverage>| match *key {
            "all" => table.total,
            key => {
                let row = table.rows.iter().find(|row| row.key == key);
                row.map(|row| row.counts).unwrap_or_default()
            }
        };
        let cut = match *key {
            "all" => filter.clone(),
            key => by.cut(filter, key),
        };
        let points = days.iter().zip(&tables).map(|(day, table)| point(*day, counts(table), &cut));
        let name = if *key == "all" { String::new() } else { by.name(key, &sight.atlas) };
        draw(name, points.collect(), lang)
    };
    Ok(keys.iter().map(trend).collect())
}

/// In Chinese the number alone is enough between the first and the next January; an English month
/// has a name, and no number.
fn month(on: Date, is_first: bool, lang: Lang) -> String {
    let month = on.month();
    if lang == Lang::Zh && !is_first && month != 1 {
        return month.to_string();
    }
    lang.say(&format!("{month}月")).into_owned()
}

fn month_end(at: Date, back: i32) -> Option<Date> {
    let month = at.first_of_month().checked_sub(Span::new().months(back - 1)).ok()?;
    month.yesterday().ok()
}

fn point(on: Date, counts: Counts, filter: &Filter) -> Point {
    let list = |standing| {
        let filter = filter.but(|filter| {
            filter.at = Some(on);
            filter.status = Some(standing);
        });
        filter.url("/units")
    };
    let share = Rate::new(counts.covered(), counts.operating).value();
    Point {
        on,
        rate: Figure::percent(share, list(Standing::Covered)),
        covered: Figure::count(counts.covered(), list(Standing::Covered)),
        operating: Figure::count(counts.operating, list(Standing::Operating)),
        share,
    }
}

fn draw(name: String, points: Vec<Point>, lang: Lang) -> Trend {
    let known: Vec<(usize, f64)> = points
        .iter()
        .enumerate()
        .filter_map(|(turn, point)| Some((turn, point.share? * 100.0)))
        .collect();
    let (low, high, step) = range(&known);
    let last = points.len().saturating_sub(1).max(1) as f64;
    let x = |turn: usize| LEFT + (RIGHT - LEFT) * turn as f64 / last;
    let y = |percent: f64| FLOOR - (FLOOR - TOP) * (percent - low) / (high - low);
    let mut path = String::new();
    for (place, (turn, percent)) in known.iter().enumerate() {
        let letter = if place == 0 { 'M' } else { 'L' };
        // Writing to a String cannot fail.
        let _ = write!(path, "{letter}{:.1} {:.1}", x(*turn), y(*percent));
    }
    let mut grid = Vec::new();
    let mut level = low + step;
    while level < high {
        grid.push((y(level), format!("{level:.0}")));
        level += step;
    }
    let label = |(turn, point): (usize, &Point)| (x(turn), month(point.on, turn == 0, lang));
    let whole = points.len().saturating_sub(1);
    let months = points.iter().take(whole).enumerate().filter(|(turn, _)| turn % 2 == 0).map(label);
    let months = months.collect();
    let end = known.last().map_or((LEFT, FLOOR), |(turn, percent)| (x(*turn), y(*percent)));
    let said = |point: Option<&Point>| {
        let point = point.and_then(|point| Some((point.on, point.share? * 100.0)));
        point.map_or_else(|| "—".to_owned(), |(on, share)| format!("{on} {share:.1}"))
    };
    let says = format!("{}，{}", said(points.first()), said(points.last()));
    let newest = points.last();
    let a_year = points.len().checked_sub(13).and_then(|turn| points.get(turn));
    let change = newest.and_then(|point| point.share).zip(a_year.and_then(|point| point.share));
    let href = newest.and_then(|point| point.rate.href()).unwrap_or("/coverage").to_owned();
    Trend {
        name,
        now: newest.map_or_else(|| Figure::percent(None, ""), |point| point.rate.clone()),
        year: Figure::points(change.map(|(now, then)| now - then), href),
        says,
        path,
        grid,
        months,
        end,
        points,
    }
}

/// The lowest and highest level of the paper and the step of its lines, in per cent: the line
/// fills it, and levels are round numbers.
fn range(known: &[(usize, f64)]) -> (f64, f64, f64) {
    let low = known.iter().map(|(_, percent)| *percent).fold(f64::INFINITY, f64::min);
    let high = known.iter().map(|(_, percent)| *percent).fold(f64::NEG_INFINITY, f64::max);
    if !low.is_finite() {
        return (0.0, 100.0, 25.0);
    }
    let step = [1.0, 2.0, 5.0, 10.0, 25.0].into_iter().find(|step| (high - low) / step <= 3.0);
    let step = step.unwrap_or(25.0);
    let bottom = ((low / step).floor() * step).max(0.0);
    let top = ((high / step).floor() + 1.0) * step;
    (bottom, top, step)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use web::Lang;

    use super::{month, range};

    #[test]
    fn an_english_month_has_its_name() {
        let labels = |lang| [10, 12, 1].map(|no| month(date(2021, no, 31), no == 10, lang));
        assert_eq!(labels(Lang::Zh), ["10月", "12", "1月"]);
        assert_eq!(labels(Lang::En), ["Oct", "Dec", "Jan"]);
    }

    #[test]
    fn the_paper_holds_the_line() {
        for (low, high) in [(32.9, 39.6), (0.0, 0.0), (99.0, 100.0), (0.0, 100.0), (41.9, 41.9)] {
            let (bottom, top, step) = range(&[(0, low), (1, high)]);
            assert!(bottom <= low && high < top + 0.001 && step > 0.0, "{low}–{high}");
        }
    }
}
