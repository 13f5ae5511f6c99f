//! Settlements as a workbook: a sheet of them, and a sheet with every line behind them.

use db::{Fault, Tx};
use jiff::{Timestamp, civil::Date};
use kernel::{Code as _, Fen, time::city_zone};
use office::{Export, ExportColumn, ExportSpec, Out, OutKind, WriteError};

use crate::{
    Settlement,
    store::settlements_read::{self, Line, Sort},
};

/// Lines read from the database at once.
const SET: i64 = 5_000;
/// Sets that wait for the writer; bounds memory when reading is faster.
const WAITING: usize = 2;

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotWritten {
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The sheet is full, or the writer failed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A settlement with the names that its row says.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) one: Settlement,
    pub(crate) campaign: String,
    pub(crate) funder: String,
    pub(crate) merchant: String,
}

/// A workbook of these settlements and of all their lines, in their order.
pub(crate) async fn workbook(
    tx: &mut Tx,
    all: Vec<Named>,
    title: &str,
    created: Date,
) -> Result<Vec<u8>, NotWritten> {
    let (to_writer, mut from_reader) = tokio::sync::mpsc::channel::<(usize, Vec<Line>)>(WAITING);
    let (summary, title) = (all.clone(), title.to_owned());
    let writer = tokio::task::spawn_blocking(move || {
        let mut export = Export::new(&summary_spec(&title, &summary, created))?;
        for named in &summary {
            write_summary(&mut export, named)?;
        }
        let mut export = export.next_sheet(&lines_spec(&title, created))?;
        while let Some((of, set)) = from_reader.blocking_recv() {
            for line in &set {
                write_line(&mut export, &summary[of], line)?;
            }
        }
        export.finish()
    });
    'all: for (of, named) in all.iter().enumerate() {
        let mut skip = 0;
        loop {
            let set = settlements_read::lines(tx, named.one.id, Sort::All, (skip, SET)).await?;
            let is_last = (set.len() as i64) < SET;
            skip += SET;
            if to_writer.send((of, set)).await.is_err() {
                // The writer ended early; its own words say why.
                break 'all;
            }
            if is_last {
                break;
            }
        }
    }
    drop(to_writer);
    let written = writer.await.map_err(|why| Fault::Invariant(format!("workbook: {why}")))?;
    Ok(written?)
}

fn columns<const N: usize>(of: [(&str, f64, OutKind); N]) -> Vec<ExportColumn> {
    let column = |(header, width, kind): (&str, f64, OutKind)| ExportColumn {
        header: header.to_owned(),
        width,
        kind,
    };
    of.into_iter().map(column).collect()
}

fn summary_spec(title: &str, all: &[Named], created: Date) -> ExportSpec {
    use OutKind::{Decimal, Integer, Text};
    let due = Fen(all.iter().map(|named| named.one.due().0).sum());
    ExportSpec {
        sheet: "汇总".into(),
        titles: vec![title.into(), format!("共 {} 份，应付 {due} 元", all.len())],
        columns: columns([
            ("结算编号", 32.0, Text),
            ("活动", 24.0, Text),
            ("出资方", 20.0, Text),
            ("商户", 24.0, Text),
            ("结到", 18.0, Text),
            ("状态", 16.0, Text),
            ("核销笔数", 10.0, Integer),
            ("核销金额", 14.0, Decimal),
            ("退款笔数", 10.0, Integer),
            ("退款金额", 14.0, Decimal),
            ("应付金额", 14.0, Decimal),
            ("银行流水号", 24.0, Text),
        ]),
        created,
    }
}

fn lines_spec(title: &str, created: Date) -> ExportSpec {
    use OutKind::{Decimal, Text};
    ExportSpec {
        sheet: "明细".into(),
        titles: vec![title.into()],
        columns: columns([
            ("结算编号", 32.0, Text),
            ("商户", 24.0, Text),
            ("类别", 8.0, Text),
            ("时间", 18.0, Text),
            ("券", 20.0, Text),
            ("券号", 32.0, Text),
            ("单号", 16.0, Text),
            ("账单金额", 14.0, Decimal),
            ("金额", 14.0, Decimal),
            ("原因", 24.0, Text),
            ("记录编号", 32.0, Text),
        ]),
        created,
    }
}

fn moment(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Yuan as a sheet counts them.
fn yuan(amount: Fen) -> Out<'static> {
    #[allow(clippy::cast_precision_loss, reason = "sums of bills lie far below 2^53")]
    Out::Number(amount.0 as f64 / 100.0)
}

fn write_summary(export: &mut Export, named: &Named) -> Result<(), WriteError> {
    let one = &named.one;
    export.row(&[
        Out::Text(&one.id.to_string()),
        Out::Text(&named.campaign),
        Out::Text(&named.funder),
        Out::Text(&named.merchant),
        Out::Text(&moment(one.until)),
        Out::Text(one.state.label()),
        Out::Integer(one.redemptions),
        yuan(one.redeemed),
        Out::Integer(one.refunds),
        yuan(one.refunded),
        yuan(one.due()),
        Out::Text(&one.reference),
    ])
}

fn write_line(export: &mut Export, named: &Named, line: &Line) -> Result<(), WriteError> {
    let (sort, record) = match line.refund {
        Some(refund) => ("退款", refund.to_string()),
        None => ("核销", line.redemption.to_string()),
    };
    export.row(&[
        Out::Text(&named.one.id.to_string()),
        Out::Text(&named.merchant),
        Out::Text(sort),
        Out::Text(&moment(line.at)),
        Out::Text(&line.batch),
        Out::Text(&line.voucher.id().to_string()),
        Out::Text(&line.bill_no),
        yuan(line.bill),
        yuan(line.signed()),
        Out::Text(&line.reason),
        Out::Text(&record),
    ])
}
