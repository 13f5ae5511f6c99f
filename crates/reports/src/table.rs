//! The coverage table: four rates a row, what moved since the baseline, and why.

use db::{Result, Tx};
use jiff::civil::Date;
use kernel::Rate;
use organisations::{
    By, Change, Counts, Explained, Filter, Sight, Standing,
    change::{self, ChangeRow},
    coverage::explain,
};
use web::{Figure, Lang, RateBar};

/// A coverage table, ready to show.
pub struct Table {
    /// What its rows are.
    pub by: By,
    /// The whole.
    pub total: Line,
    /// The rows that have units, or had.
    pub rows: Vec<Line>,
    /// The baseline's date.
    pub from: Date,
    /// As of this day.
    pub at: Date,
    /// Version of the rule.
    pub definition: i64,
}

/// One row.
pub struct Line {
    /// Its name.
    pub name: String,
    /// Where the name leads: the same table one step deeper.
    pub href: String,
    /// Operating units.
    pub operating: Figure,
    /// Organisation coverage in per cent.
    pub rate: Figure,
    /// The same as a bar, with the baseline's notch.
    pub bar: RateBar,
    /// Units covered.
    pub covered: Figure,
    /// Separate rate in per cent.
    pub separate: Figure,
    /// Units covered separately.
    pub separate_count: Figure,
    /// Work coverage in per cent.
    pub work: Figure,
    /// Units covered by an organisation or by work.
    pub work_count: Figure,
    /// Should-establish completion in per cent.
    pub completion: Figure,
    /// Eligible units that are covered, of those eligible.
    pub completion_of: (Figure, Figure),
    /// Should have an organisation and has none.
    pub due: Figure,
    /// Change of organisation coverage in points.
    pub delta: Figure,
    /// Organisation coverage at the baseline, in per cent.
    pub before: Figure,
    /// What newly covered units brought, in points, and how many they are.
    pub established: (Figure, Figure),
    /// What units no longer covered took.
    pub lost: (Figure, Figure),
    /// What the denominator's change did, and its net size.
    pub denominator: (Figure, Figure),
    /// Units that came into the denominator, and left it.
    pub flow: (Figure, Figure),
    /// The three parts as one bar.
    pub mini: Mini,
    /// The counts, for words.
    pub counts: Counts,
}

/// The parts of a change as a bar: its length is what was newly established; black stayed, hollow
/// was diluted by the denominator, hatched was lost. In hundredths of the widest bar.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mini {
    /// What stayed.
    pub net: f64,
    /// What the denominator's growth diluted.
    pub diluted: f64,
    /// What was lost.
    pub lost: f64,
}

impl Mini {
    /// The three parts as SVG writes them: where each begins, and how wide it is.
    pub fn parts(&self) -> [(&'static str, String, String); 3] {
        let part = |class, x: f64, width: f64| (class, format!("{x:.1}"), format!("{width:.1}"));
        [
            part("net", 0.0, self.net),
            part("den", self.net, self.diluted),
            part("lost", self.net + self.diluted, self.lost),
        ]
    }
}

/// Reads the table for a filter at its date, with what changed since `from`.
pub async fn read(
    tx: &mut Tx,
    sight: &Sight,
    filter: &Filter,
    by: By,
    from: Date,
    lang: Lang,
) -> Result<Table> {
    let at = filter.at.unwrap_or(sight.today);
    let filter = filter.but(|filter| filter.at = Some(at));
    let changes = change::change(tx, sight, &filter, by, from).await?;
    let widest = changes
        .rows
        .iter()
        .map(|(_, row)| row)
        .chain([&changes.total])
        .filter_map(|row| explain(&row.before, &row.after, row.established, row.lost).established)
        .fold(0.0, f64::max);
    let deeper = if by == By::Town { By::Station } else { By::Town };
    let scale = Scale { from, deeper, widest, lang };
    let empty = |row: &ChangeRow| row.before.operating == 0 && row.after.operating == 0;
    let rows = changes
        .rows
        .iter()
        .filter(|(_, row)| !empty(row))
        .map(|(key, row)| line(by.name(key, &sight.atlas), row, &by.cut(&filter, key), scale));
    let rows = rows.collect();
    let total = line(String::new(), &changes.total, &filter, scale);
    let definition = filter.definition.unwrap_or(sight.definition.version);
    Ok(Table { by, total, rows, from, at, definition })
}

#[derive(Clone, Copy)]
struct Scale {
    from: Date,
    deeper: By,
    widest: f64,
    lang: Lang,
}

fn line(name: String, row: &ChangeRow, filter: &Filter, scale: Scale) -> Line {
    let counts = row.after;
    let parts = explain(&row.before, &row.after, row.established, row.lost);
    let moved = Moved::of(row, &parts, filter, scale);
    let list = |standing| filter.but(|filter| filter.status = Some(standing)).url("/units");
    let rate = |part, whole, standing| {
        Figure::percent(Rate::new(part, whole).value(), list(standing))
            .or_why(scale.lang.t("没有在营单位"))
    };
    Line {
        name,
        href: moved.table,
        operating: Figure::count(counts.operating, list(Standing::Operating)),
        rate: rate(counts.covered(), counts.operating, Standing::Covered),
        bar: RateBar { share: parts.after, baseline: parts.before, target: None },
        covered: Figure::count(counts.covered(), list(Standing::Covered)),
        separate: rate(counts.separate, counts.operating, Standing::Separate),
        separate_count: Figure::count(counts.separate, list(Standing::Separate)),
        work: rate(counts.work_covered, counts.operating, Standing::WorkCovered),
        work_count: Figure::count(counts.work_covered, list(Standing::WorkCovered)),
        completion: rate(counts.covered_eligible, counts.eligible, Standing::CoveredEligible)
            .or_why(scale.lang.t("没有应建单位")),
        completion_of: (
            Figure::count(counts.covered_eligible, list(Standing::CoveredEligible)),
            Figure::count(counts.eligible, list(Standing::Eligible)),
        ),
        due: Figure::count(counts.due(), list(Standing::Due)),
        delta: moved.delta,
        before: moved.before,
        established: moved.established,
        lost: moved.lost,
        denominator: moved.denominator,
        flow: moved.flow,
        mini: mini(&parts, scale.widest),
        counts,
    }
}

/// The half of a row that says what moved.
struct Moved {
    table: String,
    delta: Figure,
    before: Figure,
    established: (Figure, Figure),
    lost: (Figure, Figure),
    denominator: (Figure, Figure),
    flow: (Figure, Figure),
}

impl Moved {
    fn of(row: &ChangeRow, parts: &Explained, filter: &Filter, scale: Scale) -> Self {
        let Scale { from, deeper, .. } = scale;
        let list = |change| {
            let filter = filter.but(|filter| {
                filter.change = Some(change);
                filter.from = Some(from);
            });
            filter.url("/units")
        };
        let then = filter.but(|filter| {
            filter.at = Some(from);
            filter.status = Some(Standing::Covered);
        });
        let fields = [("by", deeper.to_string()), ("from", from.to_string())];
        let table = format!("/coverage?{}", with(filter, &fields));
        let points =
            |points, href| Figure::points(points, href).or_why(scale.lang.t("没有在营单位"));
        let count = |number, change| Figure::count(number, list(change));
        let change = parts.after.zip(parts.before).map(|(after, before)| after - before);
        Self {
            delta: points(change, table.clone()),
            before: Figure::percent(parts.before, then.url("/units")),
            established: (
                points(parts.established, list(Change::Established)),
                count(row.established, Change::Established),
            ),
            lost: (points(parts.lost, list(Change::Lost)), count(row.lost, Change::Lost)),
            denominator: (
                points(parts.denominator, table.clone()),
                Figure::signed(row.entered - row.left, table.clone()),
            ),
            flow: (count(row.entered, Change::Entered), count(row.left, Change::Left)),
            table,
        }
    }
}

fn mini(parts: &Explained, widest: f64) -> Mini {
    if widest <= 0.0 {
        return Mini::default();
    }
    let scale = |part: Option<f64>| part.unwrap_or_default() / widest * 92.0;
    let lost = -scale(parts.lost);
    let diluted = (-scale(parts.denominator)).max(0.0);
    Mini { net: (scale(parts.established) - lost - diluted).max(0.0), diluted, lost }
}

/// A filter's query with more fields before it.
pub fn with(filter: &Filter, more: &[(&str, String)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in more {
        query.append_pair(name, value);
    }
    for (name, value) in filter.pairs().into_iter().filter(|(name, _)| *name != "from") {
        query.append_pair(name, &value);
    }
    query.finish()
}
