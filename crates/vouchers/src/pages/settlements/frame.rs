//! What the pages of settlements share: names, choices, and lines as they are shown.

use std::collections::HashMap;

use campaigns::FunderId;
use db::Tx;
use kernel::Code as _;
use merchants::MerchantId;
use web::{Answer, Figure};

use crate::{Settlement, SettlementState, pages::frame::moment, store::settlements_read::Line};

/// Names of who pays and who is paid. Who sees the settlement sees them.
pub(crate) struct Names {
    funders: HashMap<FunderId, String>,
    merchants: HashMap<MerchantId, String>,
}

impl Names {
    pub(crate) async fn load(tx: &mut Tx) -> Answer<Self> {
        let funders = campaigns::funders(tx).await?;
        let funders = funders.into_iter().map(|one| (one.id, one.name)).collect();
        Ok(Self { funders, merchants: merchants::names(tx).await? })
    }
    pub(crate) fn funder(&self, id: FunderId) -> String {
        self.funders.get(&id).cloned().unwrap_or_default()
    }
    pub(crate) fn merchant(&self, id: MerchantId) -> String {
        self.merchants.get(&id).cloned().unwrap_or_default()
    }
}

/// One of a list to choose from.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

impl Choice {
    pub(super) fn new(value: impl ToString, label: impl Into<String>, is_chosen: bool) -> Self {
        Self { value: value.to_string(), label: label.into(), is_chosen }
    }
}

/// A redemption or a refund, as a row of a table.
pub(super) struct Shown {
    pub(super) href: String,
    pub(super) at: String,
    pub(super) is_refund: bool,
    pub(super) batch: String,
    pub(super) bill_no: String,
    pub(super) bill: String,
    pub(super) amount: String,
    pub(super) reason: String,
}

impl Shown {
    pub(super) fn of(line: &Line) -> Self {
        Self {
            // A refund stands on the page of what it takes back.
            href: format!("/redemptions/{}", line.redemption),
            at: moment(line.at),
            is_refund: line.refund.is_some(),
            batch: line.batch.clone(),
            bill_no: line.bill_no.clone(),
            bill: line.bill.to_string(),
            amount: line.signed().to_string(),
            reason: line.reason.clone(),
        }
    }
}

/// Lines on a page.
pub(super) const LINES: i64 = 100;

/// Which part of a long list is shown, and where it goes on.
pub(super) struct Turn {
    pub(super) total: i64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

impl Turn {
    /// Page `page`, from 1, of a list of `total` of which `shown` are on it; `href` has a query.
    pub(super) fn new(page: i64, shown: usize, total: i64, href: &str) -> Self {
        let first = (page - 1) * LINES;
        let last = first + shown as i64;
        let at = |page: i64| format!("{href}&page={page}#lines");
        Self {
            total,
            first: (first + 1).min(last),
            last,
            before: (page > 1).then(|| at(page - 1)),
            after: (last < total).then(|| at(page + 1)),
        }
    }
}

/// The page that an address asks for.
pub(super) fn page_of(text: &str) -> i64 {
    text.parse().unwrap_or(1).clamp(1, 1_000_000)
}

/// A settlement in a list.
pub(super) struct Row {
    pub(super) href: String,
    pub(super) campaign: String,
    pub(super) funder: String,
    pub(super) merchant: String,
    pub(super) until: String,
    pub(super) lines: Figure,
    pub(super) due: Figure,
    pub(super) state: &'static str,
    pub(super) is_paid: bool,
}

impl Row {
    pub(super) fn of(names: &Names, campaign: &str, one: &Settlement) -> Self {
        let href = format!("/settlements/{}", one.id);
        Self {
            campaign: campaign.to_owned(),
            funder: names.funder(one.funder),
            merchant: names.merchant(one.merchant),
            until: moment(one.until),
            lines: Figure::count(one.lines(), format!("{href}#lines")),
            due: Figure::text(one.due().to_string(), format!("{href}#lines")),
            href,
            state: one.state.label(),
            is_paid: one.state == SettlementState::Paid,
        }
    }
}
