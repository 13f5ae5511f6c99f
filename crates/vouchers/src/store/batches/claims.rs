//! SQL of claims by their numbers: a range, and one.

use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::{CitizenNo, Code as _, Fen};

use crate::{VoucherNo, VoucherState};

/// A claim as a list shows it.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) voucher: VoucherNo,
    pub(crate) citizen: CitizenNo,
    pub(crate) terms_version: i64,
    pub(crate) at: Timestamp,
    pub(crate) state: VoucherState,
    pub(crate) redeemed: Fen,
    pub(crate) refunded: Fen,
}

fn claim(row: &Row) -> Result<Claim> {
    Ok(Claim {
        voucher: VoucherNo { batch: row.get(0)?, claim: row.get(1)? },
        citizen: super::super::claims::citizen(row.get(2)?)?,
        terms_version: row.get(3)?,
        at: row.get(4)?,
        state: row.code(5)?,
        redeemed: Fen(row.get(6)?),
        refunded: Fen(row.get(7)?),
    })
}

/// Claims with numbers in this range, both ends in it, in order, at most so many; of one state
/// when it is asked for.
pub(crate) async fn within(
    tx: &mut Tx,
    batch_no: i64,
    (first, last): (i64, i64),
    state: Option<VoucherState>,
    most: i64,
) -> Result<Vec<Claim>> {
    let select = sql!(
        "SELECT batch_no, claim_no, citizen_no, terms_version, claimed_at, state, redeemed_fen, \
         refunded_fen FROM voucher_claim WHERE batch_no = $1 AND claim_no >= $2 \
         AND claim_no <= $3 AND (state = $4 OR $4 IS NULL) ORDER BY claim_no LIMIT $5"
    );
    let state = state.map(VoucherState::code);
    tx.all(select, args![batch_no, first, last, state, most], claim).await
}

/// One claim.
pub(crate) async fn one(tx: &mut Tx, of: VoucherNo) -> Result<Option<Claim>> {
    let all = within(tx, of.batch, (of.claim, of.claim), None, 1).await?;
    Ok(all.into_iter().next())
}

/// How many claims of a range are in this state.
pub(crate) async fn count(
    tx: &mut Tx,
    batch_no: i64,
    (first, last): (i64, i64),
    state: VoucherState,
) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM voucher_claim \
         WHERE batch_no = $1 AND claim_no >= $2 AND claim_no <= $3 AND state = $4"
    );
    tx.scalar(select, args![batch_no, first, last, state.code()]).await
}

/// What is needed to halve a range: under which terms a number was claimed, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) terms_version: i64,
    pub(crate) at: Timestamp,
}

/// The mark of a number.
pub(crate) async fn mark(tx: &mut Tx, batch_no: i64, claim_no: i64) -> Result<Option<Mark>> {
    let select = sql!(
        "SELECT terms_version, claimed_at FROM voucher_claim \
         WHERE batch_no = $1 AND claim_no = $2"
    );
    tx.maybe(select, args![batch_no, claim_no], |row| {
        Ok(Mark { terms_version: row.get(0)?, at: row.get(1)? })
    })
    .await
}
