//! SQL on `challenge_visit`.

use db::{Query, Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::{Code as _, actor::AccountId};

use crate::{
    ChallengeId, ChallengeStationId, Reason, Verdict, Visit, VisitId, WalkerId,
    judge::Before,
    policy::{Permit, Run, Walk},
};

fn read(row: &Row) -> Result<Visit> {
    Ok(Visit {
        id: row.get(0)?,
        challenge: row.get(1)?,
        station: row.get(2)?,
        walker: row.get(3)?,
        at: row.get(4)?,
        verdict: row.code(5)?,
        reason: row.maybe_code(6)?,
        said: row.get(7)?,
        judged_at: row.get(8)?,
    })
}

/// One visit.
pub(crate) async fn visit_by_id(tx: &mut Tx, id: VisitId) -> Result<Option<Visit>> {
    let select = sql!(
        "SELECT id, challenge_id, station_id, walker_id, visited_at, verdict, reason, said, \
         judged_at FROM challenge_visit WHERE id = $1"
    );
    tx.maybe(select, args![id], read).await
}

/// The visits of a walker, newest first.
pub(crate) async fn visits_of(tx: &mut Tx, walker: WalkerId) -> Result<Vec<Visit>> {
    let select = sql!(
        "SELECT id, challenge_id, station_id, walker_id, visited_at, verdict, reason, said, \
         judged_at FROM challenge_visit WHERE walker_id = $1 ORDER BY visited_at DESC, id DESC"
    );
    tx.all(select, args![walker], read).await
}

/// The visit of a walker at a station that counts, or that a person still looks at.
pub(crate) async fn standing_visit(
    tx: &mut Tx,
    walker: WalkerId,
    station: ChallengeStationId,
) -> Result<Option<Visit>> {
    let select = sql!(
        "SELECT id, challenge_id, station_id, walker_id, visited_at, verdict, reason, said, \
         judged_at FROM challenge_visit \
         WHERE station_id = $1 AND walker_id = $2 AND verdict <> 'rejected'"
    );
    tx.maybe(select, args![station, walker], read).await
}

/// Where and when a walker was before, as far as it counts or may.
pub(crate) async fn before(tx: &mut Tx, walker: WalkerId) -> Result<Vec<Before>> {
    let select = sql!(
        "SELECT station_id, visited_at FROM challenge_visit \
         WHERE walker_id = $1 AND verdict <> 'rejected' ORDER BY visited_at, id"
    );
    let one = |row: &Row| Ok(Before { station: row.get(0)?, at: row.get(1)? });
    tx.all(select, args![walker], one).await
}

/// How many of a walker's visits count.
pub(crate) async fn accepted(tx: &mut Tx, walker: WalkerId) -> Result<i64> {
    let select =
        sql!("SELECT COUNT(*) FROM challenge_visit WHERE walker_id = $1 AND verdict = 'accepted'");
    tx.scalar(select, args![walker]).await
}

/// Keeps a visit.
pub(crate) async fn insert_visit(tx: &mut Tx, _: &Permit<Walk>, one: &Visit) -> Result<()> {
    let insert = sql!(
        "INSERT INTO challenge_visit (id, challenge_id, station_id, walker_id, visited_at, \
         verdict, reason, said) VALUES ($1, $2, $3, $4, $5, $6, $7, '')"
    );
    let values = args![
        one.id,
        one.challenge,
        one.station,
        one.walker,
        one.at,
        one.verdict.code(),
        one.reason.map(Reason::code),
    ];
    tx.run(insert, values).await?;
    Ok(())
}

/// Keeps what a person decided; answers whether nobody had before.
pub(crate) async fn decide(
    tx: &mut Tx,
    _: &Permit<Run>,
    id: VisitId,
    (verdict, reason, said): (Verdict, Option<Reason>, &str),
    (by, at): (Option<AccountId>, Timestamp),
) -> Result<bool> {
    let update = sql!(
        "UPDATE challenge_visit SET verdict = $2, reason = $3, said = $4, judged_by = $5, \
         judged_at = $6 WHERE id = $1 AND verdict = 'reviewed'"
    );
    let values = args![id, verdict.code(), reason.map(Reason::code), said, by, at];
    Ok(tx.run(update, values).await? == 1)
}

/// Which visits of a challenge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) challenge: ChallengeId,
    /// Only at these stations; none for all.
    pub(crate) stations: Option<&'a [ChallengeStationId]>,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) walker: Option<WalkerId>,
}

fn filtered(query: Query, wanted: &Wanted<'_>) -> Query {
    let mut query = query.with(" WHERE challenge_id = ?", args![wanted.challenge]);
    if let Some(stations) = wanted.stations {
        query = query.part(" AND ").any_of("station_id", stations.iter().copied());
    }
    if let Some(verdict) = wanted.verdict {
        query = query.with(" AND verdict = ?", args![verdict.code()]);
    }
    if let Some(walker) = wanted.walker {
        query = query.with(" AND walker_id = ?", args![walker]);
    }
    query
}

/// How many visits are wanted.
pub(crate) async fn count_visits(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<i64> {
    let query = filtered(Query::new("SELECT COUNT(*) FROM challenge_visit"), wanted);
    let counts = tx.list(query, |row| row.get(0)).await?;
    Ok(counts.first().copied().unwrap_or(0))
}

/// The visits that are wanted, newest first, from this place on, at most so many.
pub(crate) async fn list_visits(
    tx: &mut Tx,
    wanted: &Wanted<'_>,
    (from, most): (i64, i64),
) -> Result<Vec<Visit>> {
    let select = Query::new(
        "SELECT id, challenge_id, station_id, walker_id, visited_at, verdict, reason, said, \
         judged_at FROM challenge_visit",
    );
    let query = filtered(select, wanted)
        .with(" ORDER BY visited_at DESC, id DESC LIMIT ? OFFSET ?", args![most, from]);
    tx.list(query, read).await
}
