//! A platform's export becomes rows: which headers it has, and what stands under the mapped ones.
//! Blocking work is run where blocking is allowed.

use std::{io::Write as _, ops::ControlFlow};

use jiff::{Timestamp, civil::DateTime};
use kernel::{
    Code as _, Fen,
    time::{city_zone, start_of},
};
use office::{Cell, Header, Limits, Table, read_table};

use crate::{Column, Mapping, SaleError, sale::is_amount};

/// The most rows of one export: a platform cuts its own at about as many.
pub const ROW_LIMIT: u64 = 20_000;
/// Status words of orders that were never paid or were closed before: no sale.
const NO_SALE: &[&str] =
    &["未付款", "待付款", "待支付", "未支付", "已关闭", "交易关闭", "已取消", "订单取消", "unpaid"];

const NO_HEADER: &str = "没有找到表头，什么也没有写入。至少要有两列的名称认得出，如订单号、\
    支付时间、实付金额；请核对是不是平台导出的原表。";

fn limits() -> Limits {
    Limits { rows: ROW_LIMIT, unpacked_bytes: 256 << 20, held_bytes: 64 << 20, ..Limits::default() }
}

/// The headers of a file, and a guess at what stands under them: what was confirmed for the
/// platform before, else the names that platforms use.
pub(crate) async fn guess(
    bytes: Vec<u8>,
    before: Option<Mapping>,
) -> Result<(Mapping, Vec<String>), SaleError> {
    let names: Vec<(Column, String)> = wanted_names(before.as_ref());
    let table = {
        let names: Vec<String> = names.iter().map(|(_, name)| name.clone()).collect();
        read(bytes, names, &[]).await?
    };
    let mut mapping = Mapping::default();
    let mut taken = Vec::new();
    for found in &table.columns {
        let Some((column, _)) = names.get(found.wanted) else { continue };
        // Wanted names stand in order of preference, and so do the columns found.
        if mapping.header(*column).is_none() && !taken.contains(&found.column) {
            mapping.set(*column, &found.text);
            taken.push(found.column);
        }
    }
    // A file that has all of what was confirmed is understood as it was, no more and no less.
    if let Some(before) = before.filter(|before| before.missing().is_empty()) {
        let same = |(column, header): (Column, &str)| mapping.header(column) == Some(header);
        if before.columns().all(same) {
            mapping = before;
        }
    }
    let mut headers: Vec<String> = table.columns.iter().map(|one| one.text.clone()).collect();
    headers.extend(table.unknown);
    let mut seen = std::collections::HashSet::new();
    headers.retain(|header| seen.insert(header.clone()));
    Ok((mapping, headers))
}

fn wanted_names(before: Option<&Mapping>) -> Vec<(Column, String)> {
    let mut names: Vec<(Column, String)> = Vec::new();
    let mut add = |column: Column, name: &str| {
        let folded = office::fold_header(name);
        if !names.iter().any(|(_, known)| office::fold_header(known) == folded) {
            names.push((column, name.to_owned()));
        }
    };
    if let Some(before) = before {
        for (column, header) in before.columns() {
            add(column, header);
        }
    }
    for column in Column::ALL {
        for name in column.names() {
            add(*column, name);
        }
    }
    names
}

/// Reads the columns under these headers.
async fn read(bytes: Vec<u8>, names: Vec<String>, needed: &[usize]) -> Result<Table, SaleError> {
    let needed = needed.to_vec();
    let work = move || -> std::io::Result<Result<Table, office::Unreadable>> {
        let mut file = tempfile::NamedTempFile::with_prefix("tongpin-sales-")?;
        file.write_all(&bytes)?;
        let header = |(turn, name): (usize, &String)| (turn, name.clone());
        let numbered: Vec<(usize, String)> = names.iter().enumerate().map(header).collect();
        let headers: Vec<Header<'_>> = numbered
            .iter()
            .map(|(turn, name)| Header { name, aliases: &[], required: needed.contains(turn) })
            .collect();
        let mut go_on = |_| ControlFlow::Continue(());
        Ok(read_table(file.path(), &headers, &limits(), &mut go_on))
    };
    let done = tokio::task::spawn_blocking(work).await;
    let lost = |why: String| db::Fault::Invariant(format!("reading an export ended early: {why}"));
    let done = done.map_err(|why| lost(why.to_string()))?.map_err(|why| lost(why.to_string()))?;
    done.map_err(|why| match why {
        // Its own words would list every name that any platform uses.
        office::Unreadable::NoHeader { .. } => SaleError::Unreadable(NO_HEADER.to_owned()),
        other => SaleError::Unreadable(other.explain().to_string()),
    })
}

/// One row as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The sheet's own number of the row.
    pub number: u32,
    /// The order's number, which is not kept.
    pub order: String,
    /// What the merchant's column says.
    pub merchant: String,
    /// What was sold.
    pub item: String,
    /// For how much.
    pub amount: Fen,
    /// How much of it came back until the export.
    pub back: Fen,
    /// When.
    pub sold_at: Timestamp,
}

/// What a row is before anything on record is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadRow {
    /// A sale.
    Sold(Line),
    /// An order that was not paid, with its status.
    NoSale(u32, String),
    /// Something is wrong with it, in words.
    Wrong(u32, Vec<String>),
}

/// Every row under a mapping.
pub(crate) async fn rows(bytes: Vec<u8>, mapping: &Mapping) -> Result<Vec<ReadRow>, SaleError> {
    let columns: Vec<(Column, String)> =
        mapping.columns().map(|(column, header)| (column, header.to_owned())).collect();
    let needed: Vec<usize> = columns
        .iter()
        .enumerate()
        .filter(|(_, (column, _))| column.is_needed())
        .map(|(turn, _)| turn)
        .collect();
    let names = columns.iter().map(|(_, header)| header.clone()).collect();
    let table = read(bytes, names, &needed).await?;
    let place = |column: Column| columns.iter().position(|(one, _)| *one == column);
    let places: Vec<Option<usize>> = Column::ALL.iter().map(|one| place(*one)).collect();
    Ok(table.rows.iter().map(|row| read_row(row, &places)).collect())
}

fn read_row(row: &office::Row, places: &[Option<usize>]) -> ReadRow {
    let cell = |column: Column| {
        let turn = Column::ALL.iter().position(|one| *one == column);
        let place = turn.and_then(|turn| places.get(turn).copied().flatten());
        place.and_then(|place| row.cells.get(place)).unwrap_or(&Cell::Empty)
    };
    let status = cell(Column::Status).folded();
    let no_sale = NO_SALE.iter().any(|word| status.contains(word));
    let back = read_amount(cell(Column::Back));
    // A closed order that something came back of was sold before.
    if no_sale && !matches!(back, Ok(Some(back)) if back > Fen::ZERO) {
        return ReadRow::NoSale(row.number, status);
    }
    let mut wrong = Vec::new();
    let order = cell(Column::Order);
    let number = order.folded().trim_start_matches(['\'', '’', '`']).to_owned();
    if number.is_empty() {
        wrong.push("没有订单号".to_owned());
    } else if order.has_lost_digits() {
        wrong.push("订单号被表格软件改成了数字，后几位丢了；请按文本导出".to_owned());
    }
    let amount = match read_amount(cell(Column::Amount)) {
        Ok(Some(amount)) if is_amount(amount) => amount,
        Ok(Some(_)) => note(&mut wrong, "金额要大于 0，小于一亿元".to_owned()),
        Ok(None) => note(&mut wrong, "没有填金额".to_owned()),
        Err(why) => note(&mut wrong, format!("金额看不懂：{why}")),
    };
    let back = match back {
        Ok(back) => back.unwrap_or(Fen::ZERO),
        Err(why) => note(&mut wrong, format!("退款金额看不懂：{why}")),
    };
    if back < Fen::ZERO || back > amount && wrong.is_empty() {
        wrong.push("退款金额比成交金额大".to_owned());
    }
    let sold_at = read_time(cell(Column::SoldAt));
    if sold_at.is_none() {
        wrong.push("成交时间看不懂，要写成 2021-06-18 20:31".to_owned());
    }
    match sold_at.filter(|_| wrong.is_empty()) {
        Some(sold_at) => ReadRow::Sold(Line {
            number: row.number,
            order: number,
            merchant: cell(Column::Merchant).folded(),
            item: cell(Column::Item).folded().chars().take(80).collect(),
            amount,
            back,
            sold_at,
        }),
        None => ReadRow::Wrong(row.number, wrong),
    }
}

fn note(wrong: &mut Vec<String>, why: String) -> Fen {
    wrong.push(why);
    Fen::ZERO
}

/// An amount in yuan; nothing for an empty cell or a dash.
fn read_amount(cell: &Cell) -> Result<Option<Fen>, &'static str> {
    let text = match cell {
        // Two decimals: what a spreadsheet adds behind them is how it stores fractions.
        Cell::Number { value, exact: true } => {
            let fen = value * 100.0;
            if (fen - fen.round()).abs() > 1e-4 {
                return Err("金额最多两位小数（到分）");
            }
            format!("{value:.2}")
        }
        other => other.folded(),
    };
    if text.is_empty() || ["-", "--", "/", "无"].contains(&text.as_str()) {
        return Ok(None);
    }
    text.parse::<Fen>().map(Some).map_err(|why| why.message())
}

/// An instant; a day alone is its beginning.
fn read_time(cell: &Cell) -> Option<Timestamp> {
    if let Cell::Text(_) = cell {
        let text = cell.folded().replace(['/', '.'], "-").replace('T', " ");
        let (day, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let padded: Vec<String> = day.split('-').map(|part| format!("{part:0>2}")).collect();
        let time: Vec<String> = rest.split(':').map(|part| format!("{part:0>2}")).collect();
        if !rest.is_empty() {
            let civil = format!("{} {}", padded.join("-"), time.join(":"));
            let civil: Option<DateTime> = civil.parse().ok();
            let zoned = civil.and_then(|civil| civil.to_zoned(city_zone()).ok());
            return zoned.map(|zoned| zoned.timestamp());
        }
    }
    match cell.as_date()? {
        office::WrittenDate::Day(day) => Some(start_of(day)),
        office::WrittenDate::Month(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::moment;

    const CSV: &str = "昆山好货直播间 订单导出\n\
        主订单编号,子订单编号,店铺名称,选购商品,订单应付金额,支付时间,退款金额,订单状态\n\
        9001,482011223344001,阳澄湖蟹庄,大闸蟹礼盒,298.00,2021-06-18 20:31:05,0,已完成\n\
        9001,482011223344002,阳澄湖蟹庄,周庄万三蹄,88.5,2021/6/18 20:31,88.50,已完成\n\
        9002,482011223344003,阳澄湖蟹庄,奥灶面,25,,0,已完成\n\
        9003,482011223344004,阳澄湖蟹庄,袜底酥,19.9,2021-06-18 21:00,,待付款\n\
        9004,4.82011E+14,阳澄湖蟹庄,袜底酥,-3,2021-06-18 21:00,,已完成\n";

    #[tokio::test]
    async fn an_export_is_understood_by_its_headers() {
        let (mapping, headers) = guess(CSV.as_bytes().to_vec(), None).await.unwrap();
        assert_eq!(mapping.header(Column::Order), Some("子订单编号"));
        assert_eq!(mapping.header(Column::SoldAt), Some("支付时间"));
        assert_eq!(mapping.missing(), []);
        assert!(headers.contains(&"主订单编号".to_owned()));
        let rows = rows(CSV.as_bytes().to_vec(), &mapping).await.unwrap();
        let ReadRow::Sold(first) = &rows[0] else { panic!("{:?}", rows[0]) };
        assert_eq!((first.amount, first.back), (Fen(29_800), Fen(0)));
        let ReadRow::Sold(second) = &rows[1] else { panic!("{:?}", rows[1]) };
        assert_eq!((second.amount, second.back), (Fen(8_850), Fen(8_850)));
        assert_eq!(moment(second.sold_at), "2021-06-18 20:31");
        assert!(matches!(&rows[2], ReadRow::Wrong(5, why) if why.len() == 1));
        assert!(matches!(&rows[3], ReadRow::NoSale(6, _)));
        assert!(matches!(&rows[4], ReadRow::Wrong(7, why) if why.len() == 2), "{:?}", rows[4]);
    }

    #[tokio::test]
    async fn what_was_confirmed_before_comes_first() {
        let mut before = Mapping::default();
        before.set(Column::Order, "主订单编号");
        let (mapping, _) = guess(CSV.as_bytes().to_vec(), Some(before)).await.unwrap();
        assert_eq!(mapping.header(Column::Order), Some("主订单编号"));
    }

    #[tokio::test]
    async fn what_is_no_table_is_refused_in_words() {
        for bytes in [&b"%PDF-1.7 nothing"[..], b"", b"\xff\xfe\x00\x01", b"a,b\n1,2\n"] {
            let refused = guess(bytes.to_vec(), None).await;
            assert!(matches!(refused, Err(SaleError::Unreadable(_))), "{refused:?}");
        }
    }
}
