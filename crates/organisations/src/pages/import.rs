//! One import: how far the check is, what it found, what writing it would bring about, and what
//! writing it did bring about.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use db::Tx;
use jiff::civil::Date;
use kernel::{Code as _, Rate};
use web::{Answer, Ask, Figure, Page, Refused, filters, html_with};

use super::{
    import_part::{Counted, Part, alike, part},
    imports::name_of,
    words::{fill, moment, number},
};
use crate::{
    coverage::By,
    filter::Filter,
    import::{
        BatchState, Column,
        batch::{Batch, BatchId, Layout, Outcome},
        meter::Meters,
        undo::NotUndone,
        verbs,
    },
    sight::Sight,
    standing::Standing,
};

/// Rows of each part on this page; a link leads to all of them.
const SHOWN: i64 = 20;
/// Wrong rows that are looked through for suggestions that fit many.
const LOOKED_THROUGH: i64 = 2_000;

#[derive(Template)]
#[template(path = "import.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that the page shows or not")]
struct ImportPage {
    page: Page,
    id: BatchId,
    label: String,
    state: BatchState,
    standing: &'static str,
    steps: [(&'static str, bool); 4],
    file: String,
    card: Option<Card>,
    bar: Option<Bar>,
    failure: Option<String>,
    refused: Option<String>,
    changed_since: Vec<(String, String)>,
    date: Option<DateForm>,
    tally: Counted,
    has_wrong: bool,
    has_same: bool,
    may_write: bool,
    parts: Vec<Part>,
    consequence: String,
    written: Option<Written>,
    may_mend: bool,
}

impl ImportPage {
    fn is(&self, state: BatchState) -> bool {
        self.state == state
    }
    fn is_checking(&self) -> bool {
        self.is(BatchState::Checking)
    }
    fn is_ready(&self) -> bool {
        self.is(BatchState::Ready)
    }
    fn is_writing(&self) -> bool {
        self.is(BatchState::Writing)
    }
    fn is_unreadable(&self) -> bool {
        self.is(BatchState::Unreadable)
    }
    /// Nothing more can be done with it.
    fn is_over(&self) -> bool {
        self.is_unreadable() || self.is(BatchState::Abandoned) || self.is(BatchState::Undone)
    }
    /// The check came to something that still matters.
    fn has_result(&self) -> bool {
        self.is_ready() || self.is_writing() || self.is(BatchState::Written)
    }
}

struct Card {
    sheet: String,
    columns: String,
    matched: Vec<(&'static str, Option<String>)>,
}

pub(crate) struct Bar {
    pub text: String,
    pub percent: i64,
}

struct DateForm {
    known: bool,
    value: String,
    today: String,
    from: &'static str,
}

struct Written {
    ends: Vec<End>,
    who: String,
    at: String,
    can_undo: bool,
}

/// Coverage at the end of one day.
struct End {
    on: Date,
    rate: Figure,
    covered: Figure,
    operating: Figure,
    due: Figure,
}

/// `GET /imports/{id}`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    shown(&ask, batch_id(&id)?, StatusCode::OK, None).await
}

/// The id in an address.
pub(crate) fn batch_id(text: &str) -> Answer<BatchId> {
    text.parse().map_err(|_| Refused::NotFound)
}

/// The page, with why an undoing was refused.
pub(crate) async fn shown(
    ask: &Ask,
    id: BatchId,
    status: StatusCode,
    refused: Option<&NotUndone>,
) -> Answer {
    let mut tx = ask.db().read().await?;
    let batch = verbs::open(&mut tx, &ask.cx, id).await?;
    let mut view = view(ask, &batch);
    if view.has_result() {
        view.parts = parts(&mut tx, ask, &batch).await?;
    }
    let stands = batch.state == BatchState::Written;
    if let Some(written_at) = batch.written_at.filter(|_| stands) {
        view.written = Some(Written {
            ends: match batch.holds_on {
                Some(on) => ends(&mut tx, ask, on).await?,
                None => Vec::new(),
            },
            who: name_of(&mut tx, batch.written_by).await?,
            at: moment(written_at, ask.cx.today()),
            can_undo: batch.undo_until().is_some_and(|until| ask.cx.now <= until),
        });
    }
    if let Some(NotUndone::Changed(count, named)) = refused {
        let sentence = ask.t("写入之后，其中 {} 家又改过，整批撤了会把后来的改动也抹掉。\
             台账没有动。请对照下面这些单位，单独改。");
        view.refused = Some(fill(sentence, &[&number(*count as i64)]));
        view.changed_since =
            named.iter().map(|(id, name)| (format!("/units/{id}"), name.clone())).collect();
    }
    html_with(ask, status, &view)
}

fn view(ask: &Ask, batch: &Batch) -> ImportPage {
    let state = batch.state;
    let today = ask.cx.today();
    let step = match state {
        BatchState::Checking | BatchState::Ready => 1,
        BatchState::Writing => 2,
        BatchState::Written | BatchState::Undone => 3,
        BatchState::Unreadable | BatchState::Abandoned => 0,
    };
    let steps = ["上传", "核对", "写入", "7 天内可撤"];
    let undo_by = today.saturating_add(jiff::Span::new().days(7)).strftime("%m-%d").to_string();
    let consequence = ask.t("有错的 {} 行不写入；整批可在 {} 前撤销，报表已冻结的数字不会变。");
    ImportPage {
        page: ask.page(&batch.label, "/imports"),
        id: batch.id,
        label: batch.label.clone(),
        state,
        standing: standing(state),
        steps: std::array::from_fn(|place| (steps[place], place == step)),
        file: batch.file_name.clone(),
        card: batch.layout.as_ref().map(|layout| card(ask, layout)),
        bar: batch.is_busy().then(|| bar(ask, batch)),
        failure: batch.failure.as_ref().map(|(_, message)| message.clone()),
        refused: None,
        changed_since: Vec::new(),
        date: (state == BatchState::Ready).then(|| date_form(batch, today)),
        tally: Counted::of(&batch.tally),
        has_wrong: batch.tally.wrong > 0,
        has_same: batch.tally.same > 0,
        may_write: batch.tally.to_write() > 0 && batch.holds_on.is_some(),
        parts: Vec::new(),
        consequence: fill(consequence, &[&number(batch.tally.wrong), &undo_by]),
        written: None,
        may_mend: state == BatchState::Ready,
    }
}

const fn standing(state: BatchState) -> &'static str {
    match state {
        BatchState::Checking | BatchState::Ready | BatchState::Unreadable => "还没有写入任何数据",
        BatchState::Writing => "正在写入，要么全写，要么全不写",
        BatchState::Written => "已写入",
        BatchState::Undone => "已撤销，台账和导入前一样",
        BatchState::Abandoned => "已放弃，没有写入任何数据",
    }
}

fn date_form(batch: &Batch, today: Date) -> DateForm {
    DateForm {
        known: batch.holds_on.is_some(),
        value: batch.holds_on.unwrap_or(today).to_string(),
        today: today.to_string(),
        from: match batch.holds_from.as_str() {
            "title" => "取自表的标题",
            "asked" => "你选的",
            _ => "还没有选",
        },
    }
}

fn card(ask: &Ask, layout: &Layout) -> Card {
    let mut sheet = String::new();
    if !layout.sheet.is_empty() {
        sheet.push_str(&fill(ask.t(" · 工作表“{}”"), &[&layout.sheet]));
    }
    if let Some(version) = &layout.template {
        sheet.push_str(&fill(ask.t(" · 模板第 {} 版"), &[version]));
    }
    let row = layout.header_row.to_string();
    sheet.push_str(&fill(ask.t(" · 表头在第 {} 行"), &[&row]));
    let all = (layout.columns.len() + layout.unknown.len()).to_string();
    let known = layout.columns.len().to_string();
    let mut columns = fill(ask.t("{} 列按列名认出 {} 列"), &[&all, &known]);
    if !layout.unknown.is_empty() {
        let unknown = layout.unknown.join("”“");
        columns.push_str(&fill(ask.t("，“{}”不认识，没有使用"), &[&unknown]));
    }
    columns.push('。');
    let header = |column: &Column| {
        let found = layout.columns.iter().find(|(one, _, _)| one == column);
        (column.label(), found.map(|(_, text, _)| text.clone()))
    };
    Card { sheet, columns, matched: Column::ALL.iter().map(header).collect() }
}

/// How far the work is: this process's meter when it does the work, else what is kept.
pub(crate) fn bar(ask: &Ask, batch: &Batch) -> Bar {
    let (done, total) = far(ask, batch);
    let text = bar_words(ask, batch.state, done, total);
    let percent = if total > 0 { (done * 100 / total).clamp(0, 100) } else { 0 };
    Bar { text, percent }
}

/// Rows done, and rows in all; zero in all while the file is still being read.
pub(crate) fn far(ask: &Ask, batch: &Batch) -> (i64, i64) {
    match ask.state.part::<Meters>().of(batch.id) {
        Some(meter) => meter.read(),
        None => (batch.done_count, batch.tally.rows),
    }
}

/// `正在核对 540 / 1,214 行`
pub(crate) fn bar_words(ask: &Ask, state: BatchState, done: i64, total: i64) -> String {
    let (done_words, total_words) = (number(done), number(total));
    match (state, total) {
        (BatchState::Writing, 0) => ask.t("正在准备写入").to_owned(),
        (BatchState::Writing, _) => {
            fill(ask.t("正在写入 {} / {} 行"), &[&done_words, &total_words])
        }
        (_, 0) if done == 0 => ask.t("正在读文件").to_owned(),
        (_, 0) => fill(ask.t("正在读，已读 {} 行"), &[&done_words]),
        _ => fill(ask.t("正在核对 {} / {} 行"), &[&done_words, &total_words]),
    }
}

async fn parts(tx: &mut Tx, ask: &Ask, batch: &Batch) -> db::Result<Vec<Part>> {
    let mut parts = Vec::new();
    for outcome in [Outcome::Wrong, Outcome::Changed, Outcome::New] {
        if super::import_part::total(outcome, &batch.tally) == 0 {
            continue;
        }
        let rows = verbs::rows(tx, batch.id, outcome, 0, SHOWN).await?;
        let mut one = part(ask, batch.id, outcome, &batch.tally, &rows);
        if outcome == Outcome::Wrong && batch.state == BatchState::Ready {
            let rows = verbs::rows(tx, batch.id, outcome, 0, LOOKED_THROUGH).await?;
            one.alike = alike(ask, &rows);
        }
        parts.push(one);
    }
    Ok(parts)
}

/// Coverage on the day before the facts of a batch hold, and on the day itself: two lists that
/// anybody can open, rather than a number from the moment of writing that nobody could check.
async fn ends(tx: &mut Tx, ask: &Ask, on: Date) -> Answer<Vec<End>> {
    let mut ends = Vec::new();
    for on in [on.yesterday().unwrap_or(on), on] {
        let sight = Sight::open(tx, &ask.state, &ask.cx, Some(on)).await?;
        let filter = Filter { at: Some(on), ..Filter::default() };
        let total = sight.coverage(tx, &filter, By::Town).await?.total;
        let list = |status| filter.but(|filter| filter.status = Some(status)).url("/units");
        let rate = Rate::new(total.covered(), total.operating).value();
        ends.push(End {
            on,
            rate: Figure::percent(rate, list(Standing::Covered)).or_why(ask.t("没有在营单位")),
            covered: Figure::count(total.covered(), list(Standing::Covered)),
            operating: Figure::count(total.operating, list(Standing::Operating)),
            due: Figure::count(total.due(), list(Standing::Due)),
        });
    }
    Ok(ends)
}
