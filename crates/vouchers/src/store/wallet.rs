//! SQL of the vouchers of one citizen.

use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use jiff::Timestamp;
use kernel::{CitizenNo, Fen};

use crate::{BatchId, Terms, VoucherNo, VoucherState};

/// A voucher in somebody's hand.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) voucher: VoucherNo,
    pub(crate) citizen: CitizenNo,
    pub(crate) state: VoucherState,
    pub(crate) redeemed: Fen,
    pub(crate) refunded: Fen,
    pub(crate) terms: Terms,
}

impl Held {
    /// What is left of its face.
    pub(crate) fn left(&self) -> Fen {
        Fen(self.terms.face.0 - self.redeemed.0 + self.refunded.0)
    }
    /// Until when it may be spent.
    pub(crate) fn use_end(&self) -> Timestamp {
        self.terms.use_end(self.refunded.0 > 0)
    }
}

/// Batches some of whose claims are not filed under their citizens yet, with the newest claim.
pub(crate) async fn batches_with_unfiled(tx: &mut Tx) -> Result<Vec<(BatchId, i64)>> {
    let select = sql!(
        "SELECT b.id, s.claimed_count FROM voucher_stock AS s \
         JOIN voucher_batch AS b ON b.no = s.batch_no \
         WHERE s.claimed_count > s.filed_count ORDER BY b.no"
    );
    tx.all(select, args![], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// The numbers of a citizen's vouchers that are filed.
pub(crate) async fn filed_of(tx: &mut Tx, citizen: CitizenNo) -> Result<Vec<VoucherNo>> {
    let select = sql!("SELECT batch_no, claim_no FROM voucher_holder WHERE citizen_no = $1");
    let read = |row: &Row| Ok(VoucherNo { batch: row.get(0)?, claim: row.get(1)? });
    tx.all(select, args![citizen.stored()], read).await
}

/// These vouchers with their terms, the newest first.
pub(crate) async fn held(tx: &mut Tx, of: &[VoucherNo]) -> Result<Vec<Held>> {
    let rows: Rows = of.iter().map(|one| args![one.batch, one.claim]).collect();
    let select = set_sql!(
        "SELECT t.name, t.face_fen, t.threshold_fen, t.quantity, t.budget_fen, t.person_cap, \
         t.day_cap, t.claim_from, t.claim_until, t.use_from, t.use_until, t.stacking, t.partial, \
         t.restock, t.refund_days, t.admit_per_second, c.batch_no, c.claim_no, \
         c.citizen_no, c.state, c.redeemed_fen, c.refunded_fen \
         FROM {rows} \
         JOIN voucher_claim AS c ON c.batch_no = rows.batch AND c.claim_no = rows.claim \
         JOIN voucher_terms AS t ON t.batch_no = c.batch_no AND t.version = c.terms_version \
         ORDER BY c.claimed_at DESC, c.batch_no, c.claim_no",
        batch: Int, claim: Int,
    );
    tx.all_of_set(select, rows, read_held).await
}

pub(crate) fn read_held(row: &Row) -> Result<Held> {
    Ok(Held {
        terms: super::terms(row, 0)?,
        voucher: VoucherNo { batch: row.get(16)?, claim: row.get(17)? },
        citizen: super::claims::citizen(row.get(18)?)?,
        state: row.code(19)?,
        redeemed: Fen(row.get(20)?),
        refunded: Fen(row.get(21)?),
    })
}
