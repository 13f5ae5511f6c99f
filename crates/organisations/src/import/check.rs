//! Checks rows of a sheet, one after another: what a row says of a unit, or everything that is
//! wrong with it. Pure: the desk and the sheet come in as values.

use std::collections::HashMap;

use kernel::{Code as _, Uscc, UsccError};
use office::{Cell, Row};
use places::{Front, Industry, PlaceId, UnitKind};

use super::{
    columns::Column,
    desk::Desk,
    draft::{Doubt, Draft, Wish, Wrong},
    problem::Problem,
    read_cells::{count, text},
    where_is::Where,
    words::{self, Words},
};
use crate::unit::{Cover, Status, WorkerId};

/// Checks the rows of one sheet, in order; it remembers the codes that it saw.
pub(super) struct Checker<'a> {
    pub(super) desk: &'a Desk,
    present: [bool; 16],
    kinds: HashMap<String, Option<UnitKind>>,
    industries: HashMap<String, Option<Industry>>,
    statuses: HashMap<String, Option<Status>>,
    covers: HashMap<String, Option<Cover>>,
    fronts: HashMap<String, Option<Front>>,
    pub(super) towns: HashMap<String, Result<PlaceId, Option<String>>>,
    pub(super) places: HashMap<(Option<PlaceId>, String), Result<Where, Box<Problem>>>,
    seen: HashMap<Uscc, u32>,
}

/// Longest texts, in characters: a name has to stand in a line, a note in a cell.
const NAME_LIMIT: usize = 120;
const TEXT_LIMIT: usize = 500;

/// The cells of the row under check, and what was found wrong so far.
pub(super) struct Reading<'r> {
    cells: &'r [Cell],
    fixes: Option<&'r HashMap<Column, String>>,
    present: [bool; 16],
    pub(super) problems: Vec<Problem>,
}

impl Reading<'_> {
    /// Whether the sheet has the column.
    pub(super) fn has(&self, column: Column) -> bool {
        self.present[column.place()]
    }
    /// The cell, or what a person took over in its place.
    pub(super) fn cell(&self, column: Column) -> std::borrow::Cow<'_, Cell> {
        if let Some(fix) = self.fixes.and_then(|fixes| fixes.get(&column)) {
            return std::borrow::Cow::Owned(Cell::text(fix));
        }
        let cell = self.cells.get(column.place()).unwrap_or(&Cell::Empty);
        std::borrow::Cow::Borrowed(cell)
    }
    /// The cell's text, cleaned.
    pub(super) fn text(&self, column: Column) -> String {
        text(&self.cell(column))
    }
    /// Notes what is wrong.
    pub(super) fn wrong(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

impl<'a> Checker<'a> {
    /// For a sheet that has these columns.
    pub fn new(desk: &'a Desk, columns: &[office::ColumnMatch]) -> Self {
        let mut present = [false; 16];
        for found in columns {
            present[found.wanted] = true;
        }
        Self {
            desk,
            present,
            kinds: HashMap::new(),
            industries: HashMap::new(),
            statuses: HashMap::new(),
            covers: HashMap::new(),
            fronts: HashMap::new(),
            towns: HashMap::new(),
            places: HashMap::new(),
            seen: HashMap::new(),
        }
    }

    /// Checks one row, with the cells that a person mended.
    pub fn check(
        &mut self,
        row: &Row,
        fixes: Option<&HashMap<Column, String>>,
    ) -> Result<Draft, Wrong> {
        let present = self.present;
        let mut reading = Reading { cells: &row.cells, fixes, present, problems: Vec::new() };
        let uscc = self.uscc(&mut reading, row.number);
        let draft = self.read(&mut reading, row.number, uscc);
        if let (Some(draft), true) = (draft, reading.problems.is_empty()) {
            return Ok(draft);
        }
        let (name, uscc) = (reading.text(Column::Name), reading.text(Column::Uscc));
        let problems = reading.problems;
        Err(Wrong { row: row.number, name, uscc, problems, unit: None })
    }

    fn read(&mut self, row: &mut Reading<'_>, number: u32, uscc: Option<Uscc>) -> Option<Draft> {
        let name = name(row);
        let kind = self.kind(row);
        let industry = self.industry(row);
        let mut doubts = Vec::new();
        let (town, place) = self.town_and_place(row);
        let front = self.front(row, place.asked().copied().flatten(), &mut doubts);
        let address = long_text(row, Column::Address);
        let status = self.status(row);
        let headcount = count(row, Column::Headcount);
        let members = count(row, Column::Members);
        if let (Wish::Be(all), Wish::Be(some)) = (&headcount, &members) {
            members_fit(row, *all, *some);
        }
        let cover = self.cover(row);
        let organisation = organisation(row, &cover, &mut doubts);
        let work = work(row);
        let worker = self.worker(row, &town, &place, &mut doubts);
        let note = long_text(row, Column::Note);
        Some(Draft {
            row: number,
            uscc: uscc?,
            name,
            kind,
            industry,
            town,
            front,
            place,
            address,
            status,
            headcount,
            members,
            cover,
            organisation,
            work,
            worker,
            note,
            doubts,
        })
    }

    fn uscc(&mut self, row: &mut Reading<'_>, number: u32) -> Option<Uscc> {
        let cell = row.cell(Column::Uscc).into_owned();
        let read = if cell.has_lost_digits() {
            Err(UsccError::LooksLikeNumber)
        } else {
            cell.as_text().parse::<Uscc>()
        };
        match read {
            Ok(code) => {
                if let Some(other) = self.seen.get(&code) {
                    let message = format!("与第 {other} 行同一代码：同一单位在表里出现两次");
                    row.wrong(
                        Problem::at(Column::Uscc, "uscc-duplicate-in-file", code.as_str(), message)
                            .advise(format!("对照第 {other} 行，两行留一行")),
                    );
                    return None;
                }
                self.seen.insert(code, number);
                Some(code)
            }
            Err(why) => {
                let problem =
                    Problem::at(Column::Uscc, code_of(&why), &shown(&cell), why.message());
                row.wrong(problem.advise(why.advice()).fixed_by(why.suggestion()));
                None
            }
        }
    }

    fn kind(&mut self, row: &mut Reading<'_>) -> Wish<UnitKind> {
        let known = &mut self.kinds;
        let problem = |text: &str| {
            Problem::at(Column::Kind, "kind-unknown", text, "不是能识别的单位类型")
                .advise(format!("可选：{}", labels::<UnitKind>()))
                .fixed_by(words::suggest_kind(text))
        };
        one_of(row, Column::Kind, known, UnitKind::recognise, problem)
    }

    fn industry(&mut self, row: &mut Reading<'_>) -> Wish<Industry> {
        let problem = |text: &str| {
            Problem::at(Column::Industry, "industry-unknown", text, "不是能识别的行业")
                .advise("请从模板的下拉里选一个行业门类")
                .fixed_by(words::suggest_industry(text))
        };
        one_of(row, Column::Industry, &mut self.industries, Industry::recognise, problem)
    }

    fn status(&mut self, row: &mut Reading<'_>) -> Wish<Status> {
        let problem = |text: &str| {
            Problem::at(Column::Status, "status-unknown", text, "不是能识别的经营状态")
                .advise(format!("可选：{}", Status::listed()))
                .fixed_by(Status::suggest(text))
        };
        one_of(row, Column::Status, &mut self.statuses, Status::recognise, problem)
    }

    fn cover(&mut self, row: &mut Reading<'_>) -> Wish<Cover> {
        let problem = |text: &str| {
            let message = format!("不在可选项里：{}", Cover::listed());
            Problem::at(Column::Cover, "cover-unknown", text, message)
                .advise("请从可选项里选一个")
                .fixed_by(Cover::suggest(text))
        };
        one_of(row, Column::Cover, &mut self.covers, Cover::recognise, problem)
    }

    /// The front; it follows from the place, and must not contradict it.
    fn front(
        &mut self,
        row: &mut Reading<'_>,
        place: Option<PlaceId>,
        doubts: &mut Vec<Doubt>,
    ) -> Wish<Option<Front>> {
        let from_place = place.and_then(|place| self.desk.tree_of(place).front_of(place));
        let text = row.text(Column::Front);
        if !row.has(Column::Front) || words::means_none(&text) {
            // Without a place, an empty cell in the column says that there is no front.
            let says_none = row.has(Column::Front) && place.is_none();
            return match from_place {
                Some(front) => Wish::Be(Some(front)),
                None if says_none => Wish::Be(None),
                None => Wish::Keep,
            };
        }
        let problem = |text: &str| {
            Problem::at(Column::Front, "front-unknown", text, "不是能识别的阵地类型")
                .advise(format!("可选：{}", Front::listed()))
                .fixed_by(Front::suggest(text))
        };
        let front = one_of(row, Column::Front, &mut self.fronts, Front::recognise, problem);
        let Wish::Be(front) = front else { return Wish::Keep };
        if let Some(other) = from_place.filter(|other| *other != front) {
            let message = format!("所在阵地是{}，不是{}", other.label(), front.label());
            doubts.push(Doubt::Where(
                Problem::at(Column::Front, "front-place-mismatch", &text, message)
                    .advise("请核对阵地类型和所在阵地")
                    .fixed_by(Some(other.label())),
            ));
        }
        Wish::Be(Some(front))
    }

    fn worker(
        &self,
        row: &mut Reading<'_>,
        town: &Wish<PlaceId>,
        place: &Wish<Option<PlaceId>>,
        doubts: &mut Vec<Doubt>,
    ) -> Wish<Option<WorkerId>> {
        use super::desk::WorkerMiss;
        if !row.has(Column::Worker) {
            return Wish::Keep;
        }
        let text = row.text(Column::Worker);
        if words::means_none(&text) {
            return Wish::Be(None);
        }
        let town = town.asked().copied();
        let at = place.asked().copied().flatten().or(town);
        let station = at.and_then(|place| self.desk.tree_of(place).station_of(place));
        match self.desk.worker(&text, town, station) {
            Ok(worker) => {
                if !self.desk.serves(worker) {
                    doubts.push(Doubt::Worker(
                        Problem::at(
                            Column::Worker,
                            "worker-left",
                            &text,
                            "这位党务工作者那天不在岗",
                        )
                        .advise("请改成在岗的党务工作者，或者留空"),
                    ));
                }
                Wish::Be(Some(worker.id))
            }
            Err(WorkerMiss::Unknown(suggestion)) => {
                row.wrong(
                    Problem::at(
                        Column::Worker,
                        "worker-unknown",
                        &text,
                        "没有叫这个名字的党务工作者",
                    )
                    .advise("请对照党务工作者名册，或者留空")
                    .fixed_by(suggestion),
                );
                Wish::Keep
            }
            Err(WorkerMiss::Ambiguous(labels)) => {
                let message = format!("有 {} 位党务工作者叫这个名字", labels.len());
                row.wrong(
                    Problem::at(Column::Worker, "worker-ambiguous", &text, message)
                        .advise(format!("请写清是哪一位：{}", labels.join("、"))),
                );
                Wish::Keep
            }
        }
    }
}

fn labels<T: kernel::Code>() -> String {
    T::ALL.iter().map(|one| one.label()).collect::<Vec<_>>().join("、")
}

fn code_of(why: &UsccError) -> &'static str {
    match why {
        UsccError::Empty => "uscc-empty",
        UsccError::WrongLength { .. } => "uscc-length",
        UsccError::ForbiddenLetter { .. } => "uscc-letter",
        UsccError::BadCheckDigit { .. } => "uscc-check-digit",
        UsccError::LooksLikeNumber => "uscc-number",
    }
}

/// A long number as a sheet shows it, so that the person finds the cell.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Number { value, exact: false } => format!("{value:E}").replace('E', "E+"),
        other => other.as_text().into_owned(),
    }
}

/// A cell that names one of a closed set; empty keeps what was.
fn one_of<T: Copy>(
    row: &mut Reading<'_>,
    column: Column,
    known: &mut HashMap<String, Option<T>>,
    recognise: impl Fn(&str) -> Option<T>,
    problem: impl Fn(&str) -> Problem,
) -> Wish<T> {
    let text = row.text(column);
    if text.is_empty() {
        return Wish::Keep;
    }
    let found = match known.get(&text) {
        Some(found) => *found,
        None => *known.entry(text.clone()).or_insert_with(|| recognise(&text)),
    };
    match found {
        Some(one) => Wish::Be(one),
        None => {
            row.wrong(problem(&text));
            Wish::Keep
        }
    }
}

fn name(row: &mut Reading<'_>) -> String {
    let name = row.text(Column::Name);
    if name.is_empty() {
        let problem = Problem::at(Column::Name, "name-empty", "", "没有填写单位名称");
        row.wrong(problem.advise("请照营业执照填全称"));
    } else if name.chars().nth(NAME_LIMIT).is_some() {
        let message = format!("单位名称超过 {NAME_LIMIT} 个字");
        row.wrong(Problem::at(Column::Name, "name-too-long", &name, message).advise("请改短"));
    }
    name
}

fn long_text(row: &mut Reading<'_>, column: Column) -> Wish<String> {
    if !row.has(column) {
        return Wish::Keep;
    }
    let text = row.text(column);
    if text.chars().nth(TEXT_LIMIT).is_some() {
        let message = format!("{}超过 {TEXT_LIMIT} 个字", column.label());
        row.wrong(Problem::at(column, "text-too-long", &text, message).advise("请改短"));
    }
    Wish::Be(text)
}

/// Notes when there are more full members than employees.
pub(super) fn members_problem(all: i64, some: i64) -> Option<Problem> {
    (some > all).then(|| {
        let message = format!("正式党员 {some} 人，多于职工 {all} 人");
        Problem::at(Column::Members, "members-more-than-headcount", &some.to_string(), message)
            .advise("请核对正式党员数和职工人数")
    })
}

fn members_fit(row: &mut Reading<'_>, all: i64, some: i64) {
    if let Some(problem) = members_problem(all, some) {
        row.wrong(problem);
    }
}

fn organisation(
    row: &mut Reading<'_>,
    cover: &Wish<Cover>,
    doubts: &mut Vec<Doubt>,
) -> Wish<String> {
    if !row.has(Column::Organisation) {
        return Wish::Keep;
    }
    let text = row.text(Column::Organisation);
    let text = if words::means_none(&text) { String::new() } else { text };
    if text.chars().nth(NAME_LIMIT).is_some() {
        let message = format!("党组织名称超过 {NAME_LIMIT} 个字");
        row.wrong(
            Problem::at(Column::Organisation, "text-too-long", &text, message).advise("请改短"),
        );
    }
    match cover.asked() {
        Some(Cover::None) if !text.is_empty() => {
            row.wrong(
                Problem::at(
                    Column::Organisation,
                    "organisation-not-covered",
                    &text,
                    "写了党组织名称，组建方式却是“未组建”",
                )
                .advise("请核对：组建了就把组建方式改成单独组建或联合组建，没组建就清空这一格"),
            );
        }
        Some(Cover::Separate | Cover::Joint) if text.is_empty() => {
            doubts.push(Doubt::Organisation(
                Problem::at(
                    Column::Organisation,
                    "organisation-missing",
                    "",
                    "组建了，却没有写党组织名称",
                )
                .advise("请写覆盖这家单位的党组织全称"),
            ));
        }
        _ => {}
    }
    Wish::Be(text)
}

fn work(row: &mut Reading<'_>) -> Wish<crate::unit::Work> {
    use crate::unit::WorkWay;
    if !row.has(Column::Work) {
        return Wish::Keep;
    }
    match words::work(&row.text(Column::Work)) {
        Ok(ways) => Wish::Be(ways),
        Err(word) => {
            let message = format!("“{word}”不是能识别的工作覆盖方式");
            let problem =
                Problem::at(Column::Work, "work-unknown", &row.text(Column::Work), message)
                    .advise(format!("可选：{}；几种用“、”隔开", WorkWay::listed()))
                    .fixed_by(mended_work(&row.text(Column::Work), &word));
            row.wrong(problem);
            Wish::Keep
        }
    }
}

/// The whole cell with the unknown word put right, when that makes it readable.
fn mended_work(text: &str, word: &str) -> Option<String> {
    use crate::unit::WorkWay;
    let mended = text.replace(word, WorkWay::suggest(word)?);
    words::work(&mended).ok().map(crate::unit::Work::label)
}
