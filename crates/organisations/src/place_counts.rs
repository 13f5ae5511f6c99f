//! Figures beside places: how many units operate in a place and everything below it, and how many
//! of them are due. Counted in one statement, added up along the tree.

use std::collections::HashMap;

use db::{Query, Result, Tx, args};
use futures_util::future::BoxFuture;
use jiff::civil::Date;
use kernel::{Cx, time::OPEN};
use places::{Atlas, PlaceCounts, PlaceFigures, PlaceId, PlaceKind, Reach, Restated, StationId};

use crate::{
    definition,
    filter::{Filter, Frame, Shape},
    relocation,
    standing::Standing,
    worker,
};

/// Counts units for the pages of places.
#[derive(Debug)]
pub struct UnitCounts;

impl PlaceCounts for UnitCounts {
    fn counts<'a>(
        &'a self,
        tx: &'a mut Tx,
        atlas: &'a Atlas,
        reach: &'a Reach,
        on: Date,
    ) -> BoxFuture<'a, Result<HashMap<PlaceId, PlaceFigures>>> {
        Box::pin(count(tx, atlas, reach, on))
    }

    fn workers<'a>(
        &'a self,
        tx: &'a mut Tx,
        on: Date,
    ) -> BoxFuture<'a, Result<HashMap<StationId, (i64, String)>>> {
        Box::pin(async move {
            let found = worker::count_by_station(tx, on).await?;
            let opened = |(station, count)| {
                (station, (count, format!("/workers?station={station}&at={on}")))
            };
            Ok(found.into_iter().map(opened).collect())
        })
    }

    fn restate<'a>(
        &'a self,
        tx: &'a mut Tx,
        cx: &'a Cx,
        restated: &'a Restated,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { relocation::follow(tx, cx, restated).await.map(|_| ()) })
    }
}

/// Town, place, operating, due.
type Row = (PlaceId, Option<PlaceId>, i64, i64);
/// Operating and due.
type Pair = (i64, i64);

async fn count(
    tx: &mut Tx,
    atlas: &Atlas,
    reach: &Reach,
    on: Date,
) -> Result<HashMap<PlaceId, PlaceFigures>> {
    let member_floor = definition::current(tx).await?.member_floor;
    // Without a clock every day is counted as a past one, which is right for today too.
    let frame = Frame { atlas, reach, member_floor, today: OPEN, found: None };
    let filter = Filter { at: Some(on), ..Filter::default() };
    let (due, _) = Standing::Due.condition();
    let (operating, _) = Standing::Operating.condition();
    let columns = Query::new("s.town_id, s.place_id, CAST(SUM(CASE WHEN ")
        .part(operating)
        .part(" THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN ")
        .with(due, args![member_floor])
        .part(" THEN 1 ELSE 0 END) AS BIGINT)");
    let query = filter.select_query(columns, &frame, Shape::States);
    let query = query.part(" GROUP BY s.town_id, s.place_id");
    let rows: Vec<Row> =
        tx.list(query, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).await?;
    let mut sums: HashMap<PlaceId, Pair> = HashMap::new();
    let mut add = |place: PlaceId, (operating, due): Pair| {
        let sum = sums.entry(place).or_default();
        *sum = (sum.0 + operating, sum.1 + due);
    };
    for (town, place, operating, due) in rows {
        let pair = (operating, due);
        // A town's and the city's figures count by the unit's own town, as their lists do.
        add(town, pair);
        if let Some(city) = atlas.city() {
            add(city, pair);
        }
        let below_town = |id: &PlaceId| {
            let kind = atlas.place(*id).map(|place| place.kind);
            !matches!(kind, None | Some(PlaceKind::City | PlaceKind::Town))
        };
        let way = place.into_iter().flat_map(|id| std::iter::once(id).chain(atlas.ancestors(id)));
        for id in way.filter(below_town) {
            add(id, pair);
        }
    }
    Ok(sums.into_iter().map(|(place, sum)| (place, figures(atlas, place, sum, on))).collect())
}

fn figures(atlas: &Atlas, place: PlaceId, (operating, due): Pair, on: Date) -> PlaceFigures {
    let list = |status: Standing| {
        let mut filter = Filter { status: Some(status), at: Some(on), ..Filter::default() };
        match atlas.place(place).map(|place| place.kind) {
            Some(PlaceKind::City) => {}
            Some(PlaceKind::Town) => filter.town = Some(place),
            _ => filter.place = Some(place),
        }
        filter.url("/units")
    };
    PlaceFigures {
        operating,
        operating_href: list(Standing::Operating),
        due,
        due_href: list(Standing::Due),
    }
}
