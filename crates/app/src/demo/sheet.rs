//! A town's ledger as it comes by mail: other headers, a number column, slips. Uploaded through
//! the import's own verb, it waits on the imports page with its wrong rows.

use db::Db;
use jiff::civil::Date;
use kernel::{Code as _, Cx};
use office::{Export, ExportColumn, ExportSpec, Out, OutKind, WriteError};
use organisations::{Cover, import::verbs};
use places::{Industry, UnitKind};

use super::{
    ground::stopped,
    world::{Sim, World},
};
use crate::Failure;

/// The town whose clerk sends it, in the towns' order: 花桥.
const TOWN: usize = 2;
/// The day that its title names.
const ON: Date = Date::constant(2021, 10, 19);
/// The most rows; a small city has fewer.
const ROWS: usize = 260;
const FILE: &str = "花桥单位台账_202110.xlsx";
const TITLE: &str = "花桥经济开发区“两新”组织台账（截至2021年10月19日）";

/// The headers as that clerk writes them. 序号 is nothing that the register keeps.
const HEADERS: [(&str, f64, OutKind); 13] = [
    ("序号", 6.0, OutKind::Integer),
    ("企业名称", 36.0, OutKind::Text),
    ("统一社会信用代码", 22.0, OutKind::Text),
    ("单位性质", 14.0, OutKind::Text),
    ("所属行业", 20.0, OutKind::Text),
    ("区镇", 18.0, OutKind::Text),
    ("所在楼宇/园区", 26.0, OutKind::Text),
    ("员工人数", 10.0, OutKind::Text),
    ("党员数", 8.0, OutKind::Integer),
    ("经营状态", 10.0, OutKind::Text),
    ("组建方式", 12.0, OutKind::Text),
    ("党组织名称", 40.0, OutKind::Text),
    ("备注", 20.0, OutKind::Text),
];

/// One row before it is written.
struct Line {
    name: String,
    uscc: String,
    kind: UnitKind,
    industry: Industry,
    town: String,
    place: String,
    headcount: String,
    members: i64,
    cover: Cover,
    organisation: String,
    note: &'static str,
}

/// Uploads the sheet as the town's clerk. The check is a job: a serving worker runs it.
pub(super) async fn upload(db: &Db, cx: &Cx, world: &mut World<'_>) -> Result<(), Failure> {
    let mut lines = lines(world);
    spoil(&mut lines);
    let bytes = workbook(&lines).map_err(stopped)?;
    let mut tx = db.write().await?;
    verbs::upload(&mut tx, cx, FILE, &bytes, None).await.map_err(stopped)?;
    tx.commit().await?;
    Ok(())
}

/// Units of the town as they are, some counted anew, and a few that the register lacks.
fn lines(world: &mut World<'_>) -> Vec<Line> {
    let town = world.ground.towns[TOWN];
    let known = world.units.iter().enumerate();
    let here = known.filter(|(_, sim)| {
        sim.facts.town == town && sim.facts.operates() && sim.facts.place.is_some()
    });
    let mut here: Vec<usize> = here.map(|(turn, _)| turn).collect();
    let mut lines = Vec::new();
    while lines.len() < ROWS
        && let Some(unit) = world.dice.draw(&mut here)
    {
        let mut line = line(world, &world.units[unit]);
        if world.dice.chance(0.2) {
            let more = world.dice.between(1, 6);
            line.headcount = (world.units[unit].facts.headcount + more).to_string();
        }
        if world.dice.chance(0.06) {
            let fresh = fresh(world, &line);
            lines.push(fresh);
        }
        lines.push(line);
    }
    lines
}

fn line(world: &World<'_>, sim: &Sim) -> Line {
    let Sim { identity, facts, .. } = sim;
    let organisation = sim.organisation.map(|turn| world.organisations[turn].name.clone());
    Line {
        name: identity.name.clone(),
        uscc: identity.uscc.to_string(),
        kind: identity.kind,
        industry: facts.industry,
        town: world.atlas.name(facts.town).to_owned(),
        place: facts.place.map(|place| world.atlas.path(place)).unwrap_or_default(),
        headcount: facts.headcount.to_string(),
        members: facts.member_count,
        cover: facts.cover,
        organisation: organisation.unwrap_or_default(),
        note: "",
    }
}

/// A unit that opened beside this one and is not in the register.
fn fresh(world: &mut World<'_>, beside: &Line) -> Line {
    let (kind, industry) = (UnitKind::Enterprise, beside.industry);
    let name = world.naming.unit(&mut world.dice, kind, industry, "花桥");
    let uscc = world.naming.code(&mut world.dice, kind);
    Line {
        name,
        uscc: uscc.to_string(),
        kind,
        industry,
        town: beside.town.clone(),
        place: beside.place.clone(),
        headcount: world.dice.between(2, 30).to_string(),
        members: world.dice.between(0, 2),
        cover: Cover::None,
        organisation: String::new(),
        note: "新开业",
    }
}

/// The slips that such a sheet has: a wrong digit, O for 0, a code twice, a town misspelt, more
/// members than employees, a headcount in words.
fn spoil(lines: &mut [Line]) {
    let step = (lines.len() / 14).max(1);
    let mut first: Option<String> = None;
    for (turn, line) in lines.iter_mut().step_by(step).enumerate() {
        match turn {
            1 | 7 => {
                let last = line.uscc.pop().unwrap_or('0');
                line.uscc.push(if last == '1' { '2' } else { '1' });
            }
            2 | 9 => line.uscc = line.uscc.replacen('0', "O", 1),
            3 => first = Some(line.uscc.clone()),
            4 => "花桥经济开发曲".clone_into(&mut line.town),
            5 => {
                "2".clone_into(&mut line.headcount);
                line.members = 5;
            }
            6 => "约二十人".clone_into(&mut line.headcount),
            8 => line.uscc = first.take().unwrap_or_default(),
            10 => "-3".clone_into(&mut line.headcount),
            _ => {}
        }
    }
}

fn workbook(lines: &[Line]) -> Result<Vec<u8>, WriteError> {
    let column = |(header, width, kind): &(&str, f64, OutKind)| ExportColumn {
        header: (*header).to_owned(),
        width: *width,
        kind: *kind,
    };
    let mut export = Export::new(&ExportSpec {
        sheet: "花桥".into(),
        titles: vec![TITLE.into()],
        columns: HEADERS.iter().map(column).collect(),
        created: ON,
    })?;
    for (no, line) in (1..).zip(lines) {
        export.row(&[
            Out::Integer(no),
            Out::Text(&line.name),
            Out::Text(&line.uscc),
            Out::Text(line.kind.label()),
            Out::Text(line.industry.label()),
            Out::Text(&line.town),
            Out::Text(&line.place),
            Out::Text(&line.headcount),
            Out::Integer(line.members),
            Out::Text("在营"),
            Out::Text(line.cover.label()),
            maybe(&line.organisation),
            maybe(line.note),
        ])?;
    }
    export.finish()
}

fn maybe(text: &str) -> Out<'_> {
    if text.is_empty() { Out::Empty } else { Out::Text(text) }
}
