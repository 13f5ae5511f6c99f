//! Live shows, sales records whose total is evidence, and contests on them.
//!
//! # Glossary
//! - **Show** 直播: sells on the air for a campaign, planned 计划中 › on air 直播中 › ended 已结束.
//! - **Record** 销售记录: a sale, or a return of one, told of by a platform's export, a till or a
//!   merchant's declaration; submitted 待核实 › verified 已核实 or questioned 有疑问 › corrected 已更正
//!   or rejected 不予认定; withdrawn 已撤回 with its file.
//! - **Gross** 销售额, **returns** 退货, **net** 净额: sums over the records that count, asked of the
//!   database each time.
//! - **Batch** 批次: a platform's export and the records that it became.
//! - **Contest** 大赛: entrants' verified net sales by published weights; **standings** 名次.
//!
//! # Invariants
//! - An order counts once, whatever file or source tells of it; its number is kept as a keyed hash.
//! - Nobody verifies what they handed in, nor what their own merchant did.
//! - No more comes back of a sale than was sold. What came back later is a record of its own.
//! - Every step of a record says who, when and why; nothing is erased.
//! - A figure and the list that it opens to are made of the same [`Filter`].
//! - A contest's terms are frozen at opening; only merchants that said yes take part.
//! - Standings are final only after the return window, with every record decided.

mod batch;
mod contest;
mod enter_contest;
mod filter;
mod hand_in_sale;
mod judge_sale;
mod lay_evidence;
mod pages;
mod plan_show;
mod policy;
mod preview;
mod reading;
mod refusal;
mod routes;
mod run_contest;
mod sale;
mod sheet;
mod show;
mod store;
mod totals;
mod turn_show;
mod upload_batch;
mod write_batch;

pub use batch::{Batch, BatchId, BatchState, Column, Mapping};
pub use contest::{
    Contest, ContestId, ContestTerms, Finality, Measure, Standing, Weights, rank, score,
};
pub use enter_contest::{Standings, enter_contest, leave_contest, standings};
pub use filter::Filter;
pub use hand_in_sale::{NewSale, hand_in_return, hand_in_sale, visible_sale};
pub use judge_sale::{TOGETHER, correct_sale, judge_sale, verify_all};
pub use lay_evidence::{EVIDENCE_LIMIT, lay_evidence};
pub use pages::section::install;
pub use plan_show::{ShowPlan, change_show, plan_show, visible_show};
pub use policy::{JUDGES, READERS, TELLERS};
pub use preview::{Judged, Outcome, Preview};
pub use reading::Reading;
pub use refusal::SaleError;
pub use routes::routes;
pub use run_contest::{change_contest, draft_contest, open_contest, visible_contest};
pub use sale::{AMOUNT_LIMIT, Sale, SaleId, SaleState, Side, Source, Step, order_hash};
pub use sheet::ROW_LIMIT;
pub use show::{Show, ShowId, ShowState, ShownProduct, Slot, read_slots};
pub use store::{show_by_id, shows_of};
pub use totals::{Group, Totals};
pub use turn_show::{close_wall, open_wall, turn_show};
pub use upload_batch::{
    NewBatch, abandon_batch, map_batch, remembered, upload_batch, visible_batch,
};
pub use write_batch::{BatchRows, Written, preview_batch, read_batch, undo_batch, write_batch};

/// The words for what this room's verbs write into the journal.
pub const VERBS: &[(&str, &str)] = &[
    ("show.planned", "计划了直播"),
    ("show.changed", "改了直播"),
    ("show.on_air", "开始了直播"),
    ("show.ended", "结束了直播"),
    ("show.wall_opened", "开了大屏链接"),
    ("show.wall_closed", "关了大屏链接"),
    ("sale.handed_in", "报了销售"),
    ("sale.came_back", "报了退货"),
    ("sale.verified", "核实了销售记录"),
    ("sale.questioned", "对销售记录提出疑问"),
    ("sale.corrected", "更正了销售记录"),
    ("sale.rejected", "不予认定销售记录"),
    ("sale.evidence_laid", "传了凭证"),
    ("sale_batch.uploaded", "上传了平台表格"),
    ("sale_batch.mapped", "确认了列的对应"),
    ("sale_batch.written", "写入了平台表格"),
    ("sale_batch.abandoned", "放弃了平台表格"),
    ("sale_batch.undone", "撤销了平台表格"),
    ("contest.drafted", "起草了大赛"),
    ("contest.changed", "改了大赛"),
    ("contest.opened", "公布了大赛"),
    ("contest.entered", "商户报名参加大赛"),
    ("contest.left", "商户退出大赛"),
];
