//! A small city for tests: Kunshan's towns, a mall with a shop, a tower in another town.

use db::Tx;
use kernel::{Actor, Cx, Date, Grant, Role, Scope, actor::ScopeKind};
use merchants::{MerchantId, NewMerchant, register_merchant};
use places::{
    Atlas, Founding, Front, NewPlace, PlaceId, PlaceKind, TreeError, create_place, found_city,
};

/// A date of 2021.
pub const fn day(month: i8, day: i8) -> Date {
    Date::constant(2021, month, day)
}

/// The date on which everything in [`City`] began.
const BEGAN: Date = day(1, 1);

/// Places that tests speak of.
pub struct City {
    /// 昆山高新区
    pub town: PlaceId,
    /// 花桥经济开发区
    pub other_town: PlaceId,
    /// 万象汇, a district in `town`
    pub mall: PlaceId,
    /// 一层 of the mall
    pub floor: PlaceId,
    /// A shop on `floor`
    pub shop: PlaceId,
    /// 花桥国际创新港, a building in `other_town`
    pub tower: PlaceId,
}

impl City {
    pub async fn build(tx: &mut Tx, cx: &Cx) -> Self {
        let founded = found_city(tx, cx, &Founding::kunshan()).await.expect("a city");
        let (town, other_town) = (founded.towns[1], founded.towns[2]);
        let mall = front(tx, cx, town, "万象汇", Front::District).await.expect("a mall");
        let floor = below(tx, cx, mall, PlaceKind::Area, "一层").await.expect("a floor");
        let shop = below(tx, cx, floor, PlaceKind::Shop, "拾光里").await.expect("a shop");
        let tower = front(tx, cx, other_town, "花桥国际创新港", Front::Building).await;
        let tower = tower.expect("a tower");
        Self { town, other_town, mall, floor, shop, tower }
    }
}

/// Today's tree.
pub async fn atlas(tx: &mut Tx, cx: &Cx) -> Atlas {
    Atlas::load(tx, cx.today()).await.expect("a tree")
}

/// A merchant of this name at a place.
pub async fn merchant(tx: &mut Tx, cx: &Cx, name: &str, place: PlaceId) -> MerchantId {
    let atlas = atlas(tx, cx).await;
    let new = NewMerchant { name: name.into(), uscc: None, place };
    register_merchant(tx, cx, &atlas, new).await.expect("a merchant")
}

/// Somebody with this role on this scope.
pub fn with(cx: &Cx, role: Role, scope: Scope) -> Actor {
    let grants = [Grant { role, scope }].into();
    Actor::Account { id: cx.new_id(), name: "王小明".into(), grants, token: None }
}

/// A clerk of one town.
pub fn clerk_of(cx: &Cx, town: PlaceId) -> Actor {
    with(cx, Role::Clerk, Scope::on(ScopeKind::Town, town.uuid()))
}

/// Somebody with this role on a merchant.
pub fn at(cx: &Cx, role: Role, merchant: MerchantId) -> Actor {
    with(cx, role, Scope::on(ScopeKind::Merchant, merchant.uuid()))
}

async fn front(
    tx: &mut Tx,
    cx: &Cx,
    town: PlaceId,
    name: &str,
    front: Front,
) -> Result<PlaceId, TreeError> {
    let new = NewPlace {
        parent: town,
        kind: PlaceKind::Front,
        front: Some(front),
        name: name.into(),
        address: "昆山某路 1 号".into(),
        from: BEGAN,
    };
    create_place(tx, cx, new).await
}

async fn below(
    tx: &mut Tx,
    cx: &Cx,
    parent: PlaceId,
    kind: PlaceKind,
    name: &str,
) -> Result<PlaceId, TreeError> {
    let (name, address) = (name.into(), String::new());
    create_place(tx, cx, NewPlace { parent, kind, front: None, name, address, from: BEGAN }).await
}
