//! What each row of a file would become, as things stand now: the same for the preview and for
//! the writing.

use std::collections::HashMap;

use campaigns::{Campaign, is_active_member};
use db::Tx;
use jiff::Timestamp;
use kernel::{Cx, Fen, Keys, fold_name, time::civil_date};
use merchants::MerchantId;

use crate::{
    Batch, SaleError, Show,
    sale::order_hash,
    sheet::{Line, ReadRow},
    store::{self, Found},
};

/// What a row would become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A sale; with what came back of it by then, a return too.
    New {
        /// By whom.
        merchant: MerchantId,
        /// How much of it came back.
        back: Fen,
    },
    /// The sale is on record; so much more came back since.
    CameBack(Fen),
    /// This batch wrote it.
    Written,
    /// All of it is on record; the words say by whom, or what differs.
    Known(String),
    /// An order that was not paid, with its status.
    NoSale(String),
    /// Something is wrong with it, in words.
    Wrong(Vec<String>),
}

/// A row and what it would become.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The sheet's own number of the row.
    pub number: u32,
    /// What it would become.
    pub outcome: Outcome,
    pub(crate) line: Option<Line>,
    pub(crate) order: Vec<u8>,
    pub(crate) found: Option<Found>,
}

/// A file's rows and what they would become.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// In the order of the file.
    pub rows: Vec<Judged>,
}

impl Preview {
    /// How many rows fit.
    pub fn count(&self, fits: impl Fn(&Outcome) -> bool) -> usize {
        self.rows.iter().filter(|row| fits(&row.outcome)).count()
    }
    /// How many would be written.
    pub fn to_write(&self) -> usize {
        self.count(|one| matches!(one, Outcome::New { .. } | Outcome::CameBack(_)))
    }
    /// The gross of what would be written.
    pub fn gross(&self) -> Fen {
        let new = self.rows.iter().filter(|row| matches!(row.outcome, Outcome::New { .. }));
        Fen(new.filter_map(|row| row.line.as_ref()).map(|line| line.amount.0).sum())
    }
    /// What would be written as having come back.
    pub fn back(&self) -> Fen {
        let back = |row: &Judged| match row.outcome {
            Outcome::New { back, .. } | Outcome::CameBack(back) => back.0,
            _ => 0,
        };
        Fen(self.rows.iter().map(back).sum())
    }
}

/// What all rows are looked at with.
struct Checker<'a> {
    cx: &'a Cx,
    keys: &'a Keys,
    batch: &'a Batch,
    campaign: &'a Campaign,
    show: Option<Show>,
    by_name: HashMap<String, Vec<MerchantId>>,
    was_member: HashMap<(MerchantId, Timestamp), bool>,
}

/// Looks at every row.
pub(crate) async fn judge_rows(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    (batch, campaign): (&Batch, &Campaign),
    rows: Vec<ReadRow>,
) -> Result<Preview, SaleError> {
    let show = match batch.show {
        Some(id) => store::show_by_id(tx, id).await?,
        None => None,
    };
    let names = merchants::names(tx).await?;
    let mut by_name: HashMap<String, Vec<MerchantId>> = HashMap::new();
    for member in campaigns::members(tx, campaign.id).await? {
        if let Some(name) = names.get(&member.merchant) {
            by_name.entry(fold_name(name)).or_default().push(member.merchant);
        }
    }
    let was_member = HashMap::new();
    let mut checker = Checker { cx, keys, batch, campaign, show, by_name, was_member };
    let mut judged = Vec::with_capacity(rows.len());
    for row in rows {
        judged.push(checker.first_look(tx, row).await?);
    }
    mark_twins(&mut judged);
    let orders: Vec<Vec<u8>> = judged
        .iter()
        .filter(|row| matches!(row.outcome, Outcome::New { .. }))
        .map(|row| row.order.clone())
        .collect();
    let found = store::sales_of_orders(tx, &orders).await?;
    let found: HashMap<Vec<u8>, Found> =
        found.into_iter().map(|one| (one.order.clone(), one)).collect();
    for row in &mut judged {
        if let Some(found) = found.get(&row.order) {
            second_look(row, found, batch);
        }
    }
    Ok(Preview { rows: judged })
}

impl Checker<'_> {
    /// Everything but what is on record.
    async fn first_look(&mut self, tx: &mut Tx, row: ReadRow) -> Result<Judged, SaleError> {
        let blank = |number, outcome| Judged {
            number,
            outcome,
            line: None,
            order: Vec::new(),
            found: None,
        };
        let line = match row {
            ReadRow::Sold(line) => line,
            ReadRow::NoSale(number, status) => return Ok(blank(number, Outcome::NoSale(status))),
            ReadRow::Wrong(number, why) => return Ok(blank(number, Outcome::Wrong(why))),
        };
        let merchant = match self.merchant(&line) {
            Ok(merchant) => merchant,
            Err(why) => return Ok(blank(line.number, Outcome::Wrong(vec![why]))),
        };
        let mut wrong = self.when(&line);
        let key = (merchant, line.sold_at);
        if !self.was_member.contains_key(&key) {
            let was = is_active_member(tx, self.campaign.id, merchant, line.sold_at).await?;
            self.was_member.insert(key, was);
        }
        if wrong.is_empty() && self.was_member.get(&key) != Some(&true) {
            wrong.push("那个时间商户不在活动里".to_owned());
        }
        if self.show.as_ref().is_some_and(|show| !show.merchants.contains(&merchant)) {
            wrong.push("这场直播不卖这家商户的商品".to_owned());
        }
        let Some(order) = order_hash(self.keys, merchant, &line.order) else {
            wrong.push("没有订单号".to_owned());
            return Ok(blank(line.number, Outcome::Wrong(wrong)));
        };
        if !wrong.is_empty() {
            return Ok(blank(line.number, Outcome::Wrong(wrong)));
        }
        let (number, outcome) = (line.number, Outcome::New { merchant, back: line.back });
        Ok(Judged { number, outcome, line: Some(line), order, found: None })
    }

    fn merchant(&self, line: &Line) -> Result<MerchantId, String> {
        let named = self.by_name.get(&fold_name(&line.merchant)).map(Vec::as_slice);
        match (self.batch.merchant, named) {
            // A file of one merchant with a row of another one is not that merchant's.
            (Some(whose), Some(named)) if !named.contains(&whose) => {
                Err(format!("这一行是“{}”的，不是这家商户的", line.merchant))
            }
            (Some(whose), _) => Ok(whose),
            (None, Some([one])) => Ok(*one),
            (None, Some(_)) => Err(format!("有几家商户都叫“{}”，请分开导入", line.merchant)),
            (None, None) => Err(format!("活动里没有叫“{}”的商户", line.merchant)),
        }
    }

    fn when(&self, line: &Line) -> Vec<String> {
        if line.sold_at > self.cx.now {
            return vec!["成交时间在将来".to_owned()];
        }
        if !self.campaign.lasts_on(civil_date(line.sold_at)) {
            return vec!["成交时间不在活动期间".to_owned()];
        }
        Vec::new()
    }
}

/// An order stands in a file once; what comes later is wrong, whatever it says.
fn mark_twins(rows: &mut [Judged]) {
    let mut first: HashMap<Vec<u8>, u32> = HashMap::new();
    for row in rows.iter_mut().filter(|row| row.line.is_some()) {
        match first.get(&row.order) {
            Some(number) => {
                let why = format!("和第 {number} 行是同一个订单号，只算一次");
                row.outcome = Outcome::Wrong(vec![why]);
                (row.line, row.order) = (None, Vec::new());
            }
            None => {
                first.insert(row.order.clone(), row.number);
            }
        }
    }
}

/// What is on record decides what is new of a row.
fn second_look(row: &mut Judged, found: &Found, batch: &Batch) {
    let (Outcome::New { merchant, back }, Some(line)) = (&row.outcome, &row.line) else { return };
    let sale = &found.sale;
    let is_theirs = sale.merchant == *merchant && sale.campaign == batch.campaign;
    row.outcome = if !is_theirs {
        Outcome::Wrong(vec!["这个订单已经记在别的商户或别的活动里，请核对".to_owned()])
    } else if *back > sale.amount {
        Outcome::Wrong(vec!["退款比记着的销售还多，请核对".to_owned()])
    } else if *back > found.back {
        Outcome::CameBack(Fen(back.0 - found.back.0))
    } else if sale.batch == Some(batch.id) {
        Outcome::Written
    } else if sale.amount == line.amount {
        Outcome::Known("已经记过，不重复算".to_owned())
    } else {
        Outcome::Known(format!("已经记过，金额是 {}，不重复算", sale.amount))
    };
    row.found = Some(found.clone());
}
