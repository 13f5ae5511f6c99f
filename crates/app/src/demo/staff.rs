//! The full-time party-affairs workers of the generated city: at stations and at industry bodies.

use db::Tx;
use jiff::civil::Date;
use kernel::Cx;
use organisations::{
    WorkerId,
    worker::{Level, NewWorker, appoint, dismiss},
};
use places::{Atlas, StationId};

use super::{days::FIRST, dice::Dice, naming::person};
use crate::Failure;

/// Stations that have a third worker.
const THIRD: [usize; 2] = [0, 6];
/// Bodies that have two workers: 11 bodies, 15 workers.
const TWO: usize = 4;

/// Who works where.
pub(super) struct Staff {
    /// By station, in the stations' order.
    by_station: Vec<(StationId, Vec<WorkerId>)>,
    /// The third worker of a station, who leaves and is replaced.
    leaver: Option<(WorkerId, StationId)>,
}

impl Staff {
    /// One of the station's workers.
    pub(super) fn one_of(&self, station: StationId, dice: &mut Dice) -> Option<WorkerId> {
        let (_, workers) = self.by_station.iter().find(|(known, _)| *known == station)?;
        Some(*dice.pick(workers))
    }
}

/// Appoints 74 workers at 36 stations and 15 at 11 bodies.
pub(super) async fn appoint_all(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    stations: &[StationId],
    dice: &mut Dice,
) -> Result<Staff, Failure> {
    let mut by_station = Vec::new();
    let mut leaver = None;
    for (turn, station) in stations.iter().enumerate() {
        let mut workers = Vec::new();
        for place in 0..2 {
            // Of each pair one is the city's: city and towns employ them together.
            let level = if place == 0 { Level::Town } else { Level::City };
            workers.push(appoint(tx, cx, &new(dice, level, Some(*station), None, FIRST)).await?);
        }
        if THIRD.contains(&turn) {
            let third = new(dice, Level::Town, Some(*station), None, FIRST);
            leaver = Some((appoint(tx, cx, &third).await?, *station));
        }
        by_station.push((*station, workers));
    }
    for (turn, body) in atlas.bodies().iter().enumerate() {
        for _ in 0..if turn < TWO { 2 } else { 1 } {
            appoint(tx, cx, &new(dice, Level::City, None, Some(body.id), FIRST)).await?;
        }
    }
    Ok(Staff { by_station, leaver })
}

fn new(
    dice: &mut Dice,
    level: Level,
    station: Option<StationId>,
    body: Option<places::BodyId>,
    from_on: Date,
) -> NewWorker {
    NewWorker { name: person(dice), level, station, body, from_on }
}

/// A worker leaves, and another comes in their place.
pub(super) async fn replace(
    tx: &mut Tx,
    cx: &Cx,
    staff: &mut Staff,
    on: Date,
    dice: &mut Dice,
) -> Result<(), Failure> {
    if let Some((worker, station)) = staff.leaver.take() {
        // They were appointed here and nobody changed them since: the version is the first.
        dismiss(tx, cx, worker, 1, on).await?;
        appoint(tx, cx, &new(dice, Level::Town, Some(station), None, on)).await?;
    }
    Ok(())
}
