//! The merchants of the festival: where they stand, what they sell, who speaks for them.

use kernel::{Actor, Grant, Phone, Role, Scope, actor::ScopeKind};
use merchants::{MerchantId, NewMerchant, Payee, register_merchant, tell_payee, tell_phone};
use places::{Front, Industry, PlaceId, UnitKind};

use super::{
    Festival, Scene, broke,
    cast::{CASHIER, MERCHANT, account_of},
};
use crate::{
    Failure,
    demo::{
        ground::{Ground, MALL, SHOPS_TO_CLOSE, stopped},
        words::shops,
        world::World,
    },
};

/// What a merchant sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trade {
    Food,
    Goods,
    /// Farm produce of here and of partner regions.
    Farm,
}

impl Trade {
    const fn industry(self) -> Industry {
        match self {
            Self::Food => Industry::Catering,
            Self::Goods => Industry::Trade,
            Self::Farm => Industry::Agriculture,
        }
    }
}

/// A merchant.
pub(super) struct Shop {
    pub(super) id: MerchantId,
    pub(super) name: String,
    pub(super) trade: Trade,
    /// The front that it stands in.
    pub(super) site: PlaceId,
    /// Where exactly.
    pub(super) place: PlaceId,
    /// Speaks for it.
    pub(super) owner: Actor,
}

/// A front that takes part: one that the article names, or the first of a kind in a town.
#[derive(Clone, Copy)]
pub(super) enum Spot {
    Named(&'static str),
    First(usize, Front),
}

/// How many merchants of a trade stand where, in a large city and in a small one.
pub(super) const STALLS: [(Spot, Trade, usize, usize); 14] = [
    (Spot::Named(MALL), Trade::Food, 3, 2),
    (Spot::Named(MALL), Trade::Goods, 4, 2),
    (Spot::Named("昆城广场"), Trade::Food, 2, 1),
    (Spot::Named("昆城广场"), Trade::Goods, 2, 1),
    (Spot::Named("九方购物中心"), Trade::Goods, 2, 1),
    (Spot::Named("九方购物中心"), Trade::Food, 1, 0),
    (Spot::Named("欧尚超市"), Trade::Farm, 2, 1),
    (Spot::Named("欧尚超市"), Trade::Goods, 1, 0),
    (Spot::Named("万达广场商圈"), Trade::Food, 2, 1),
    (Spot::Named("万达广场商圈"), Trade::Goods, 3, 1),
    (Spot::First(2, Front::District), Trade::Goods, 2, 1),
    (Spot::First(6, Front::CharacteristicTown), Trade::Farm, 3, 1),
    (Spot::First(9, Front::CharacteristicTown), Trade::Farm, 2, 1),
    (Spot::First(9, Front::CharacteristicTown), Trade::Food, 1, 0),
];

impl Spot {
    /// The site's turn among the city's.
    pub(super) fn site(self, ground: &Ground) -> Result<usize, Failure> {
        let fits = |site: &crate::demo::ground::Site| match self {
            Self::Named(name) => site.name == name,
            Self::First(town, front) => site.town == town && site.front == front,
        };
        ground.sites.iter().position(fits).ok_or_else(|| stopped("没有这个商圈"))
    }
}

/// The fronts of the stalls, each once, in their order.
pub(super) fn fronts(ground: &Ground) -> Result<Vec<PlaceId>, Failure> {
    let mut all = Vec::new();
    for (spot, ..) in STALLS {
        let place = ground.sites[spot.site(ground)?].place;
        if !all.contains(&place) {
            all.push(place);
        }
    }
    Ok(all)
}

impl Festival {
    /// The city's clerk registers the merchants; each tells its own phone and account.
    pub(super) async fn open_shops(&mut self, scene: &mut Scene<'_, '_>) -> Result<(), Failure> {
        for (spot, trade, large, small) in STALLS {
            let site = spot.site(scene.world.ground)?;
            for _ in 0..if self.size.is_small { small } else { large } {
                self.open_shop(scene, site, trade).await?;
            }
        }
        Ok(())
    }

    async fn open_shop(
        &mut self,
        scene: &mut Scene<'_, '_>,
        site: usize,
        trade: Trade,
    ) -> Result<(), Failure> {
        let atlas = scene.atlas().await?;
        let (name, place) = self.stall(scene.world, site, trade);
        let uscc = scene.world.naming.code(&mut self.dice, UnitKind::SoleTrader);
        let cx = scene.cx(&self.cast.clerk);
        let new = NewMerchant { name: name.clone(), uscc: Some(uscc), place };
        let id = register_merchant(scene.tx, &cx, &atlas, new).await.map_err(broke)?;
        let turn = self.shops.len();
        let account =
            if turn == 0 { MERCHANT.to_owned() } else { format!("merchant-{:02}", turn + 1) };
        let owner = self.hire(scene, (account, Role::Merchant), (id, &name)).await?;
        if turn == 0 {
            self.hire(scene, (CASHIER.to_owned(), Role::Cashier), (id, &name)).await?;
        }
        let own = scene.cx(&owner);
        let phone = Phone::mobile_or_landline(&format!("0512-5555{turn:04}")).map_err(broke)?;
        let told = tell_phone(scene.tx, &own, &self.keys, &atlas, id, Some(&phone)).await;
        told.map_err(broke)?;
        let account = format!("6222 0000 5555 {turn:04}");
        let payee = Payee::read(&name, "演示银行昆山支行", &account).map_err(broke)?;
        let told = tell_payee(scene.tx, &own, &self.keys, &atlas, id, &payee).await;
        told.map_err(broke)?;
        let site = scene.world.ground.sites[site].place;
        self.shops.push(Shop { id, name, trade, site, place, owner });
        Ok(())
    }

    /// An account of a merchant's own.
    async fn hire(
        &mut self,
        scene: &mut Scene<'_, '_>,
        (account, role): (String, Role),
        (shop, name): (MerchantId, &str),
    ) -> Result<Actor, Failure> {
        let cx = scene.cx(&self.cast.administrator);
        let grant = Grant { role, scope: Scope::on(ScopeKind::Merchant, shop.uuid()) };
        let who = (account, grant, name);
        account_of(scene.tx, &cx, &self.doors, &mut self.dice, who, &mut self.logins).await
    }

    /// A name and a place: in the mall those of a shop that stays, elsewhere coined ones.
    fn stall(&mut self, world: &mut World<'_>, site: usize, trade: Trade) -> (String, PlaceId) {
        let ground = world.ground;
        if site == ground.mall {
            let stays = ground.shops.len() - SHOPS_TO_CLOSE;
            let free = ground.shops[..stays].iter().find(|one| {
                one.industry == trade.industry()
                    && self.shops.iter().all(|known| known.place != one.place)
            });
            if let Some(shop) = free {
                return (shop.name.clone(), shop.place);
            }
        }
        let name = world.naming.called(&mut self.dice, "", shops(trade.industry()));
        (name, *self.dice.pick(&ground.sites[site].spots))
    }
}
