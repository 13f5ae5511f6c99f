//! Sums over records: gross, returns, net; how much of it is verified, and by source. Nothing of
//! this is stored anywhere.

use db::{Query, Result, Tx};
use kernel::Fen;

use crate::{Contest, Filter, Reading, SaleState, Side, Source};

/// The sum of one group of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// From this source.
    pub source: Source,
    /// In this state.
    pub state: SaleState,
    /// Sales or returns.
    pub side: Side,
    /// How much in all.
    pub amount: Fen,
    /// How many records.
    pub count: i64,
}

/// The sums of some records, by source, state and side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Every group that has a record.
    pub groups: Vec<Group>,
}

impl Totals {
    /// Asks the database for the sums of what a filter names, cut to what the reader sees.
    pub async fn of(
        tx: &mut Tx,
        reading: Option<&Reading>,
        filter: &Filter,
        contest: Option<&Contest>,
    ) -> Result<Self> {
        let query = Query::new(
            "SELECT sale.source, sale.state, sale.side, \
             CAST(SUM(sale.amount_fen) AS BIGINT), COUNT(*)",
        )
        .nested(filter.conditions(reading, contest))
        .part(" GROUP BY sale.source, sale.state, sale.side");
        let groups = tx.list(query, |row| {
            Ok(Group {
                source: row.code(0)?,
                state: row.code(1)?,
                side: row.code(2)?,
                amount: Fen(row.get(3)?),
                count: row.get(4)?,
            })
        });
        Ok(Self { groups: groups.await? })
    }

    fn sum(&self, fits: impl Fn(&Group) -> bool) -> Fen {
        let fitting = self.groups.iter().filter(|one| fits(one)).map(|one| one.amount);
        // A record holds a hundred million yuan at most: their sum fits for ages.
        Fen::checked_sum(fitting).unwrap_or(Fen(i64::MAX))
    }

    /// Sales before returns.
    pub fn gross(&self) -> Fen {
        self.sum(|one| one.side == Side::Sale)
    }
    /// What came back.
    pub fn returns(&self) -> Fen {
        self.sum(|one| one.side == Side::Return)
    }
    /// Sales without what came back.
    pub fn net(&self) -> Fen {
        Fen(self.gross().0 - self.returns().0)
    }
    /// The part of the net that is verified.
    pub fn verified_net(&self) -> Fen {
        self.only(|one| one.state == SaleState::Verified).net()
    }
    /// How many records.
    pub fn count(&self) -> i64 {
        self.groups.iter().map(|one| one.count).sum()
    }
    /// The groups that fit.
    #[must_use]
    pub fn only(&self, fits: impl Fn(&Group) -> bool) -> Self {
        Self { groups: self.groups.iter().copied().filter(fits).collect() }
    }
    /// From this source alone.
    #[must_use]
    pub fn from(&self, source: Source) -> Self {
        self.only(|one| one.source == source)
    }
    /// Of what is verified and what is not, which share of the gross is verified, from 0 to 1.
    pub fn verified_share(&self) -> Option<f64> {
        let gross = self.gross().0;
        let verified = self.only(|one| one.state == SaleState::Verified).gross().0;
        // Amounts beyond 2^53 分 do not occur, and a share is only shown.
        #[allow(clippy::cast_precision_loss, reason = "a share shown with one decimal")]
        let share = (gross > 0).then(|| verified as f64 / gross as f64);
        share
    }
}
