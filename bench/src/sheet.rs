//! A ledger as a clerk has it: an .xlsx of sixteen columns, written as Excel writes it.

use std::{error::Error, path::Path};

use kernel::Code as _;
use places::{Founding, Front, Industry};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use rust_xlsxwriter::Workbook;

use crate::{city, words};

const HEAD: [&str; 16] = [
    "单位名称",
    "统一社会信用代码",
    "单位类型",
    "行业",
    "区镇",
    "阵地类型",
    "所在阵地",
    "地址",
    "经营状态",
    "职工人数",
    "正式党员数",
    "组建方式",
    "党组织名称",
    "工作覆盖方式",
    "责任人",
    "备注",
];

/// Writes this many good rows.
pub fn write(rows: usize, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut dice = StdRng::seed_from_u64(23);
    let towns = Founding::kunshan().towns;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("两新组织台账")?;
    for (column, head) in (0..).zip(HEAD) {
        sheet.write(0, column, head)?;
    }
    for no in 0..rows {
        let row = u32::try_from(no + 1)?;
        let (words, headcount, members) = row_of(&mut dice, &towns, no);
        for (column, word) in (0..).zip(&words) {
            if !word.is_empty() {
                sheet.write(row, column, word)?;
            }
        }
        sheet.write(row, 9, headcount)?;
        sheet.write(row, 10, members)?;
    }
    book.save(out)?;
    Ok(())
}

fn row_of(dice: &mut StdRng, towns: &[String], no: usize) -> ([String; 16], u32, u32) {
    let who = words::named(dice, 2, no);
    let town = towns[dice.random_range(0..towns.len())].clone();
    let turn = dice.random_range(0..city::fronts());
    let stands = dice.random_bool(0.7);
    let front = if stands { Front::ALL[turn % Front::ALL.len()].label() } else { "" };
    let place = if stands { city::front_name(turn) } else { String::new() };
    let headcount = dice.random_range(8..200);
    let members = [0, 0, 0, 0, 1, 1, 2, 3, 4, 7][dice.random_range(0..10)];
    let (cover, body) = match (members >= 3, dice.random_bool(0.3)) {
        (true, _) => ("单独组建", format!("{}党支部", who.name)),
        (false, true) => ("联合组建", format!("第{}联合党支部", dice.random_range(1..1_500))),
        _ => ("未组建", String::new()),
    };
    let industry =
        Industry::from_code(who.industry).map_or("批发和零售业", |one| one.label());
    let kind = if no % 8 == 7 { "个体工商户" } else { "企业" };
    let work = ["", "党建指导员", "工会", "党建指导员、工会"][dice.random_range(0..4)];
    let mut words = [const { String::new() }; 16];
    words[0] = who.name;
    words[1] = who.uscc.as_str().to_owned();
    words[2] = kind.to_owned();
    words[3] = industry.to_owned();
    words[4] = town;
    words[5] = front.to_owned();
    words[6] = place;
    words[7] = who.address;
    words[8] = "在营".to_owned();
    words[11] = cover.to_owned();
    words[12] = body;
    words[13] = work.to_owned();
    words[15] = if no.is_multiple_of(10) { "已走访".to_owned() } else { String::new() };
    (words, headcount, members)
}
