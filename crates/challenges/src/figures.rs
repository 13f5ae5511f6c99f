//! How a challenge goes, in numbers: each is counted when it is asked for.

use std::collections::HashMap;

use db::{Result, Tx};
use kernel::code_enum;

use crate::{ChallengeId, ChallengeStationId, Verdict, store};

code_enum! {
    /// Which walkers of a challenge.
    pub(crate) enum Which {
        Began = "began" "参加的人",
        Completed = "completed" "完成的人",
        Given = "given" "领到券的人",
        Unpaid = "unpaid" "完成了还没有券的人",
    }
}

/// How many visits of each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitCounts {
    /// That count.
    pub accepted: i64,
    /// That a person has to look at.
    pub reviewed: i64,
    /// That do not count.
    pub rejected: i64,
}

impl VisitCounts {
    /// The number of one verdict.
    pub const fn of(&self, verdict: Verdict) -> i64 {
        match verdict {
            Verdict::Accepted => self.accepted,
            Verdict::Reviewed => self.reviewed,
            Verdict::Rejected => self.rejected,
        }
    }

    fn add(&mut self, verdict: Verdict, count: i64) {
        match verdict {
            Verdict::Accepted => self.accepted += count,
            Verdict::Reviewed => self.reviewed += count,
            Verdict::Rejected => self.rejected += count,
        }
    }
}

/// The numbers of a challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Who have a visit that counts or may.
    pub began: i64,
    /// Who have enough visits that count.
    pub completed: i64,
    /// Who got their voucher.
    pub given: i64,
    /// Who completed it and have no voucher yet.
    pub unpaid: i64,
    /// Visits of all stations.
    pub visits: VisitCounts,
    /// Visits by station.
    pub by_station: HashMap<ChallengeStationId, VisitCounts>,
}

/// Counts a challenge, whoever asks.
pub async fn figures(tx: &mut Tx, challenge: ChallengeId) -> Result<Figures> {
    let mut figures = Figures {
        began: store::count_walkers(tx, challenge, Which::Began).await?,
        completed: store::count_walkers(tx, challenge, Which::Completed).await?,
        given: store::count_walkers(tx, challenge, Which::Given).await?,
        unpaid: store::count_walkers(tx, challenge, Which::Unpaid).await?,
        ..Figures::default()
    };
    for (station, verdict, count) in store::visit_counts(tx, challenge).await? {
        figures.visits.add(verdict, count);
        figures.by_station.entry(station).or_default().add(verdict, count);
    }
    Ok(figures)
}
