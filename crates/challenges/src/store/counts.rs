//! SQL that counts visits and walkers. A count and its list have the same conditions.

use db::{Query, Result, Row, Tx, args, sql};
use jiff::Timestamp;

use crate::{ChallengeId, ChallengeStationId, RewardState, Verdict, WalkerId, figures::Which};

/// How many visits there are, by station and verdict.
pub(crate) async fn visit_counts(
    tx: &mut Tx,
    challenge: ChallengeId,
) -> Result<Vec<(ChallengeStationId, Verdict, i64)>> {
    let select = sql!(
        "SELECT station_id, verdict, COUNT(*) FROM challenge_visit WHERE challenge_id = $1 \
         GROUP BY station_id, verdict ORDER BY station_id, verdict"
    );
    tx.all(select, args![challenge], |row| Ok((row.get(0)?, row.code(1)?, row.get(2)?))).await
}

/// A walker as a list shows it.
pub(crate) struct WalkerLine {
    pub(crate) id: WalkerId,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) reward: RewardState,
    /// How many of their visits count.
    pub(crate) accepted: i64,
}

fn wanted(query: Query, challenge: ChallengeId, which: Which) -> Query {
    let query = query.with(" WHERE w.challenge_id = ?", args![challenge]);
    query.part(match which {
        Which::Began => {
            " AND EXISTS (SELECT 1 FROM challenge_visit AS v WHERE v.walker_id = w.id \
             AND v.verdict <> 'rejected')"
        }
        Which::Completed => " AND w.completed_at IS NOT NULL",
        Which::Given => " AND w.reward = 'given'",
        Which::Unpaid => " AND w.completed_at IS NOT NULL AND w.reward <> 'given'",
    })
}

/// How many walkers there are of a sort.
pub(crate) async fn count_walkers(
    tx: &mut Tx,
    challenge: ChallengeId,
    which: Which,
) -> Result<i64> {
    let query = wanted(Query::new("SELECT COUNT(*) FROM challenge_walker AS w"), challenge, which);
    let counts = tx.list(query, |row| row.get(0)).await?;
    Ok(counts.first().copied().unwrap_or(0))
}

/// The walkers of a sort, by their ids, from this place on, at most so many. In no order that says
/// who was faster.
pub(crate) async fn list_walkers(
    tx: &mut Tx,
    (challenge, which): (ChallengeId, Which),
    (from, most): (i64, i64),
) -> Result<Vec<WalkerLine>> {
    let select = Query::new(
        "SELECT w.id, w.completed_at, w.reward, (SELECT COUNT(*) FROM challenge_visit AS v \
         WHERE v.walker_id = w.id AND v.verdict = 'accepted') FROM challenge_walker AS w",
    );
    let query =
        wanted(select, challenge, which).with(" ORDER BY w.id LIMIT ? OFFSET ?", args![most, from]);
    let line = |row: &Row| {
        Ok(WalkerLine {
            id: row.get(0)?,
            completed_at: row.get(1)?,
            reward: row.code(2)?,
            accepted: row.get(3)?,
        })
    };
    tx.list(query, line).await
}
