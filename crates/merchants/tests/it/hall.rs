//! A site over a small city, with a person of each sort.

use kernel::{Grant, Role, Scope, actor::ScopeKind};
use merchants::{MerchantId, ProductId, create_product, list_product};
use testkit::{TestDb, app::TestApp};

use crate::{
    city::{self, City, atlas},
    products::crab,
};

/// The site and what tests speak of.
pub struct Hall {
    pub app: TestApp,
    pub city: City,
    /// 拾光里, in the mall.
    pub shop: MerchantId,
    /// 云栈, in another town.
    pub other: MerchantId,
    /// A listed product of the shop.
    pub crab: ProductId,
}

/// Accounts: `admin`, `clerk` (of the shop's town), `stranger` (clerk of the other town), `viewer`,
/// `boss` and `till` (of the shop), `rival` (boss of the other).
pub async fn open(db: TestDb) -> Hall {
    let (cx, mut tx) = (db.cx(), db.write().await.expect("a transaction"));
    let city = City::build(&mut tx, &cx).await;
    let shop = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let other = city::merchant(&mut tx, &cx, "云栈", city.tower).await;
    let atlas = atlas(&mut tx, &cx).await;
    let crab = create_product(&mut tx, &cx, &atlas, shop, &crab()).await.expect("a product");
    list_product(&mut tx, &cx, &atlas, crab).await.expect("it is listed");
    tx.commit().await.expect("a city");
    let app = TestApp::with(merchants::routes(), db);
    let town = Scope::on(ScopeKind::Town, city.town.uuid());
    let far = Scope::on(ScopeKind::Town, city.other_town.uuid());
    let at = |id: MerchantId| Scope::on(ScopeKind::Merchant, id.uuid());
    for (name, role, scope) in [
        ("admin", Role::Administrator, Scope::CITY),
        ("clerk", Role::Clerk, town),
        ("stranger", Role::Clerk, far),
        ("viewer", Role::Viewer, town),
        ("boss", Role::Merchant, at(shop)),
        ("till", Role::Cashier, at(shop)),
        ("rival", Role::Merchant, at(other)),
    ] {
        app.account(name, &[Grant { role, scope }]).await;
    }
    Hall { app, city, shop, other, crab }
}
