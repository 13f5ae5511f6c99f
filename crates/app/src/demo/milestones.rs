//! Dated events of the generated city besides its units: key sites are named, a building gets
//! another name, a worker leaves, empty shops close.

use std::collections::VecDeque;

use db::Tx;
use jiff::civil::Date;
use kernel::{Actor, Code as _};
use places::{
    Atlas, Closing, Front, Industry, Naming as KeySiteNaming, PlaceId, Renaming, close_place,
    name_key_site, rename_place,
};

use super::{
    days::Calendar,
    dice::Dice,
    ground::{Ground, SHOPS_TO_CLOSE, stopped},
    staff::{self, Staff},
};
use crate::Failure;

/// What happens on a day.
enum Event {
    KeySite { town: PlaceId, industry: Industry, place: PlaceId },
    Rename { place: PlaceId, name: String },
    Replace,
    Close { place: PlaceId },
}

/// The events that are still to come, in the order of their days.
pub(super) struct Milestones(VecDeque<(Date, Event)>);

/// Each town's key sites: which kind of front leads which industry.
const LEADING: [(Industry, Front, usize); 7] = [
    (Industry::Manufacturing, Front::Park, 0),
    (Industry::Software, Front::MakerSpace, 0),
    (Industry::Research, Front::MakerSpace, 1),
    (Industry::Trade, Front::District, 0),
    (Industry::Catering, Front::District, 1),
    (Industry::BusinessServices, Front::Building, 0),
    (Industry::CultureSports, Front::CharacteristicTown, 0),
];

impl Milestones {
    pub(super) fn plan(ground: &Ground, dice: &mut Dice) -> Self {
        let mut events = Vec::new();
        for (turn, town) in ground.towns.iter().enumerate() {
            for (month, (industry, front, place)) in (1_i8..).zip(LEADING) {
                let mut sites =
                    ground.sites.iter().filter(|site| site.town == turn && site.front == front);
                // A town with one front of the kind has no second key site there.
                if let Some(site) = sites.nth(place) {
                    let day = i8::try_from(dice.between(2, 24)).unwrap_or(2);
                    let on = Date::constant(2020, 3 + month, day);
                    let place = site.place;
                    events.push((on, Event::KeySite { town: *town, industry, place }));
                }
            }
        }
        events.push((Date::constant(2020, 9, 1), Event::Replace));
        let generated = ground.sites.iter().rfind(|site| site.front == Front::Building);
        if let Some(site) = generated {
            let name = format!("{}（改造后）", site.name);
            events.push((Date::constant(2020, 12, 7), Event::Rename { place: site.place, name }));
        }
        for shop in ground.shops.iter().rev().take(SHOPS_TO_CLOSE) {
            let on = Date::constant(2021, 5, 10);
            events.push((on, Event::Close { place: shop.place }));
        }
        events.sort_by_key(|(on, _)| *on);
        Self(events.into())
    }

    /// Lets everything up to this day happen, as the administrator.
    pub(super) async fn happen(
        &mut self,
        tx: &mut Tx,
        until: Date,
        calendar: &Calendar,
        administrator: &Actor,
        staff: &mut Staff,
        dice: &mut Dice,
    ) -> Result<(), Failure> {
        while let Some((on, event)) = self.0.pop_front_if(|(on, _)| *on <= until) {
            let cx = calendar.at(until, 16 * 60, administrator);
            match event {
                Event::KeySite { town, industry, place } => {
                    let reason = format!("{}集中，带动作用明显", industry.label());
                    let new = KeySiteNaming { town, industry, place, from: on, reason };
                    name_key_site(tx, &cx, new).await.map_err(stopped)?;
                }
                Event::Rename { place, name } => {
                    let (version, address) = seen(tx, place, until).await?;
                    let new = Renaming { place, name, address, on, version };
                    rename_place(tx, &cx, new).await.map_err(stopped)?;
                }
                Event::Replace => staff::replace(tx, &cx, staff, on, dice).await?,
                Event::Close { place } => {
                    let (version, _) = seen(tx, place, until).await?;
                    let reason = "撤柜，铺位并入走道".to_owned();
                    let closing = Closing { place, on, reason, version };
                    close_place(tx, &cx, closing).await.map_err(stopped)?;
                }
            }
        }
        Ok(())
    }
}

/// The version and address that a clerk would see.
async fn seen(tx: &mut Tx, place: PlaceId, on: Date) -> Result<(i64, String), Failure> {
    let atlas = Atlas::load(tx, on).await?;
    let found = atlas.place(place).ok_or_else(|| stopped("地点不见了"))?;
    Ok((found.version, found.address.clone()))
}
