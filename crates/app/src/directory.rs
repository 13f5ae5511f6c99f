//! What the domains call their things, for the pages of `people`: scopes, verbs, addresses.

use std::sync::LazyLock;

use db::{Db, Result, Tx};
use kernel::{Actor, Date, Scope, actor::ScopeKind};
use people::{BoxFuture, Directory};
use places::{Atlas, PlaceKind};
use uuid::Uuid;

/// The house's own directory.
#[derive(Clone, Copy, Debug, Default)]
pub struct House;

/// The last date on which everything that has not ended still stands.
const STILL: Date = Date::constant(9999, 12, 30);

impl Directory for House {
    fn scopes<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, Result<Vec<(Scope, String)>>> {
        Box::pin(async move {
            let mut tx = db.read().await?;
            let atlas = Atlas::load(&mut tx, STILL).await?;
            let mut scopes = scopes_of(&atlas);
            scopes.extend(merchant_scopes(&mut tx, &atlas).await?);
            let funders = campaigns::funders(&mut tx).await?.into_iter();
            scopes
                .extend(funders.map(|one| (Scope::on(ScopeKind::Funder, one.id.uuid()), one.name)));
            Ok(scopes)
        })
    }
    fn verbs(&self) -> &'static [(&'static str, &'static str)] {
        &VERBS
    }
    fn subject(&self, kind: &str, id: Uuid) -> Option<(String, &'static str)> {
        subject(kind, id)
    }
}

/// Towns, then stations, bodies and fronts, as the pages list them.
fn scopes_of(atlas: &Atlas) -> Vec<(Scope, String)> {
    let towns = atlas
        .towns()
        .iter()
        .map(|town| (Scope::on(ScopeKind::Town, town.uuid()), atlas.name(*town).to_owned()));
    let stations = atlas
        .stations()
        .iter()
        .map(|station| (Scope::on(ScopeKind::Station, station.id.uuid()), station.name.clone()));
    let bodies = atlas
        .bodies()
        .iter()
        .map(|body| (Scope::on(ScopeKind::Body, body.id.uuid()), body.name.clone()));
    let fronts = atlas.towns().iter().flat_map(|town| atlas.subtree(*town)).filter_map(|id| {
        let is_front = atlas.place(id).is_some_and(|place| place.kind == PlaceKind::Front);
        is_front.then(|| (Scope::on(ScopeKind::Place, id.uuid()), atlas.path(id)))
    });
    towns.chain(stations).chain(bodies).chain(fronts).collect()
}

/// Merchants by name, each with where it stands: a chain has one at many places.
async fn merchant_scopes(tx: &mut Tx, atlas: &Atlas) -> Result<Vec<(Scope, String)>> {
    let all_seeing = Actor::System { name: "directory" };
    let mut all = merchants::visible(tx, &all_seeing, atlas).await?;
    all.retain(|one| one.state != merchants::MerchantState::Closed);
    let named = |one: &merchants::Merchant| {
        let words = format!("{}（{}）", one.name, atlas.path(one.place));
        (Scope::on(ScopeKind::Merchant, one.id.uuid()), words)
    };
    Ok(all.iter().map(named).collect())
}

/// The journal's verbs of every domain but `people`, in words: each room's own, and those of the
/// rooms that keep no list.
static VERBS: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let rooms = [campaigns::VERBS, vouchers::VERBS, sales::VERBS, challenges::VERBS];
    REST.iter().chain(rooms.into_iter().flatten()).copied().collect()
});

/// Verbs whose words in the whole journal are not those of a record's own timeline, and those of
/// rooms without one.
const REST: &[(&str, &str)] = &[
    ("city.founded", "建了全市"),
    ("place.created", "建了地点"),
    ("place.renamed", "改了地点名称"),
    ("place.moved", "移动了地点"),
    ("place.closed", "关闭了地点"),
    ("place.merged", "并入别的地点"),
    ("place.received", "并进了别的地点"),
    ("place.split", "拆分了地点"),
    ("place.split_off", "从别的地点拆出"),
    ("station.opened", "设了工作站"),
    ("station.changed", "改了工作站"),
    ("station.closed", "撤了工作站"),
    ("station.covered", "工作站开始覆盖"),
    ("station.uncovered", "工作站不再覆盖"),
    ("body.created", "建了行业党委"),
    ("body.changed", "改了行业党委"),
    ("key_site.named", "定了重点"),
    ("key_site.ended", "取消了重点"),
    ("demo.begun", "开始生成演示城市"),
    ("demo.completed", "演示城市建成"),
    ("unit.registered", "登记了单位"),
    ("unit.changed", "改了单位"),
    ("unit.withdrawn", "撤回了单位"),
    ("import.uploaded", "上传了台账"),
    ("import.refused", "台账读不了"),
    ("import.dated", "定了台账的日期"),
    ("import.mended", "采用了建议"),
    ("import.confirmed", "确认写入"),
    ("import.written", "写入了台账"),
    ("import.stopped", "停下了导入"),
    ("import.abandoned", "放弃了导入"),
    ("import.undone", "撤回了导入"),
    ("organisation.established", "成立了党组织"),
    ("worker.appointed", "配了党务工作者"),
    ("worker.dismissed", "党务工作者离任"),
    ("merchant.registered", "登记了商户"),
    ("merchant.changed", "改了商户"),
    ("merchant.suspended", "暂停了商户"),
    ("merchant.resumed", "恢复了商户"),
    ("merchant.closed", "商户退出"),
    ("merchant.phone_told", "记了商户的电话"),
    ("merchant.phone_forgotten", "删了商户的电话"),
    ("merchant.phone_revealed", "看了商户的完整电话"),
    ("merchant.payee_told", "记了收款账户"),
    ("merchant.payee_opened", "付款时看了收款账户"),
    ("product.created", "建了产品"),
    ("product.changed", "改了产品"),
    ("product.listed", "产品上架"),
    ("product.withdrawn", "产品下架"),
    ("product.picture_added", "加了产品图片"),
    ("product.picture_removed", "删了产品图片"),
    ("enquiry.asked", "收到询问"),
    ("enquiry.phone_revealed", "看了询问人的电话"),
    ("enquiry.closed", "办结了询问"),
    ("enquiry.forgotten", "到期删除了询问"),
    ("founder.registered", "登记了从业者"),
    ("founder.changed", "改了从业者"),
    ("founder.withdrawn", "从业者撤回同意"),
    ("founder.phone_revealed", "看了从业者的电话"),
    ("founder.trained", "记了一次培训"),
    ("founder.step_noted", "记了从业者的一件事"),
    ("founder.step_struck", "划去了从业者的一件事"),
    ("definition.published", "发布了口径"),
    ("citizen.code_asked", "要了验证码"),
    ("citizen.enrolled", "登记了市民"),
    ("citizen.signed_in", "市民登录"),
    ("citizen.signed_out", "市民退出所有手机"),
    ("citizen.withdrew", "市民撤回同意"),
    ("citizen.forgotten", "到期删除了手机号"),
    ("citizen.phone_revealed", "查看了市民手机号"),
];

/// Where a journal entry's subject is shown, and what it is.
fn subject(kind: &str, id: Uuid) -> Option<(String, &'static str)> {
    let (path, word) = match kind {
        "unt" => (format!("/units/{}", organisations::UnitId::from_uuid(id)), "单位"),
        "plc" => (format!("/places/{}", places::PlaceId::from_uuid(id)), "地点"),
        "cmp" => (format!("/campaigns/{}", campaigns::CampaignId::from_uuid(id)), "活动"),
        "mch" => (format!("/merchants/{}", merchants::MerchantId::from_uuid(id)), "商户"),
        "prd" => (format!("/products/{}/edit", merchants::ProductId::from_uuid(id)), "产品"),
        "fnd" => (format!("/founders/{}", merchants::FounderId::from_uuid(id)), "从业者"),
        "vbt" => (format!("/voucher-batches/{}", vouchers::BatchId::from_uuid(id)), "一批券"),
        "vch" => (format!("/vouchers/{}", vouchers::VoucherId::from_uuid(id)), "一张券"),
        "shw" => (format!("/shows/{}", sales::ShowId::from_uuid(id)), "直播"),
        "sal" => (format!("/sales/{}", sales::SaleId::from_uuid(id)), "销售记录"),
        "sbt" => (format!("/sale-batches/{}", sales::BatchId::from_uuid(id)), "平台表格"),
        "chl" => (format!("/challenges/{}", challenges::ChallengeId::from_uuid(id)), "打卡挑战"),
        "cts" => (format!("/contests/{}", sales::ContestId::from_uuid(id)), "大赛"),
        "vfl" => (format!("/voucher-flags/{}", vouchers::FlagId::from_uuid(id)), "异常"),
        "vst" => (format!("/settlements/{}", vouchers::SettlementId::from_uuid(id)), "结算"),
        "stn" => (format!("/stations/{}", places::StationId::from_uuid(id)), "工作站"),
        _ => return None,
    };
    Some((path, word))
}
