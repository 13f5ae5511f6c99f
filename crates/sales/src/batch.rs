//! A platform's export on its way to records, and how its columns are understood.

use std::collections::BTreeMap;

use campaigns::{CampaignId, SubEventId};
use db::file::FileId;
use jiff::Timestamp;
use kernel::{Code as _, actor::AccountId, code_enum, id_kind};
use merchants::MerchantId;

use crate::ShowId;

id_kind!(BatchKind, BatchId, "sbt");

code_enum! {
    /// Where a batch stands.
    pub enum BatchState {
        Uploaded = "uploaded" "等你确认",
        Written = "written" "已写入",
        Abandoned = "abandoned" "已放弃",
        Undone = "undone" "已撤销",
    }
}

code_enum! {
    /// What we ask of a platform's export.
    pub enum Column {
        Order = "order" "订单号",
        SoldAt = "sold_at" "成交时间",
        Amount = "amount" "成交金额",
        Back = "back" "退款金额",
        Merchant = "merchant" "商户",
        Item = "item" "商品",
        Status = "status" "订单状态",
    }
}

impl Column {
    /// Without these a row is no record.
    pub const fn is_needed(self) -> bool {
        matches!(self, Self::Order | Self::SoldAt | Self::Amount)
    }

    /// The names under which platforms export it, the best first: the number of the part that was
    /// sold before the number of the whole cart, what was paid before what was asked.
    pub(crate) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Order => &[
                "子订单编号",
                "子订单号",
                "商品单号",
                "订单编号",
                "订单号",
                "主订单编号",
                "交易单号",
                "小票号",
                "order id",
                "order no",
            ],
            Self::SoldAt => &[
                "支付时间",
                "付款时间",
                "订单付款时间",
                "成交时间",
                "支付完成时间",
                "订单支付时间",
                "下单时间",
                "订单提交时间",
                "订单创建时间",
                "交易时间",
                "时间",
                "日期",
                "paid at",
            ],
            Self::Amount => &[
                "买家实付金额",
                "用户实付金额",
                "实付金额",
                "实际支付金额",
                "商家实收金额",
                "买家实际支付金额",
                "订单应付金额",
                "成交金额",
                "支付金额",
                "订单金额",
                "金额",
                "amount",
            ],
            Self::Back => &["退款金额", "已退款金额", "实际退款金额", "退货金额", "refund"],
            Self::Merchant => &["店铺名称", "商户名称", "商户", "店铺", "商家名称", "shop"],
            Self::Item => &["商品标题", "商品名称", "选购商品", "宝贝标题", "商品", "产品", "item"],
            Self::Status => &["订单状态", "交易状态", "状态", "status"],
        }
    }
}

/// Which header of a file each column stands under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    columns: BTreeMap<String, String>,
}

impl Mapping {
    /// The header of a column, when it has one.
    pub fn header(&self, column: Column) -> Option<&str> {
        self.columns.get(column.code()).map(String::as_str)
    }
    /// Sets the header of a column; an empty one takes it away.
    pub fn set(&mut self, column: Column, header: &str) {
        if header.trim().is_empty() {
            self.columns.remove(column.code());
        } else {
            self.columns.insert(column.code().to_owned(), header.trim().to_owned());
        }
    }
    /// The columns that have a header, in order.
    pub fn columns(&self) -> impl Iterator<Item = (Column, &str)> {
        Column::ALL.iter().filter_map(|one| Some((*one, self.header(*one)?)))
    }
    /// The columns that are needed and have none.
    pub fn missing(&self) -> Vec<Column> {
        let needed = Column::ALL.iter().copied().filter(|one| one.is_needed());
        needed.filter(|one| self.header(*one).is_none()).collect()
    }
    /// As it is stored.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(&self.columns).unwrap_or_default()
    }
    /// As it was stored; words that are none of ours are left out.
    pub(crate) fn from_json(text: &str) -> Self {
        let mut columns: BTreeMap<String, String> = serde_json::from_str(text).unwrap_or_default();
        columns.retain(|code, _| Column::from_code(code).is_some());
        Self { columns }
    }
}

/// An uploaded export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which.
    pub id: BatchId,
    /// For which campaign.
    pub campaign: CampaignId,
    /// For which sub-event.
    pub sub_event: Option<SubEventId>,
    /// What it sold, it sold in this show.
    pub show: Option<ShowId>,
    /// Whose sales all rows are; none when the file says so itself.
    pub merchant: Option<MerchantId>,
    /// The platform's name.
    pub platform: String,
    /// The file, which is the evidence too.
    pub file: FileId,
    /// The hash of its bytes.
    pub sha256: Vec<u8>,
    /// How its columns are understood.
    pub mapping: Mapping,
    /// Whether a person said so.
    pub is_mapped: bool,
    /// Where it stands.
    pub state: BatchState,
    /// Who uploaded it.
    pub uploaded_by: Option<AccountId>,
    /// When.
    pub uploaded_at: Timestamp,
    /// When it was written, abandoned or undone last.
    pub ended_at: Option<Timestamp>,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}
