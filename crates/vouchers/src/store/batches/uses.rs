//! SQL of a batch's redemptions: by the numbers of their vouchers, or by time at one merchant.

use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::Fen;
use merchants::MerchantId;

use crate::{RedemptionId, VoucherNo};

/// A redemption as a list shows it.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) id: RedemptionId,
    pub(crate) voucher: VoucherNo,
    pub(crate) merchant: MerchantId,
    pub(crate) bill_no: String,
    pub(crate) bill: Fen,
    pub(crate) amount: Fen,
    pub(crate) at: Timestamp,
    pub(crate) step: i64,
    pub(crate) refunded: Fen,
}

fn read(row: &Row) -> Result<Use> {
    Ok(Use {
        id: row.get(0)?,
        voucher: VoucherNo { batch: row.get(1)?, claim: row.get(2)? },
        merchant: row.get(3)?,
        bill_no: row.get(4)?,
        bill: Fen(row.get(5)?),
        amount: Fen(row.get(6)?),
        at: row.get(7)?,
        step: row.get(8)?,
        refunded: Fen(row.get(9)?),
    })
}

/// Which redemptions. All that are given hold together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) merchant: Option<MerchantId>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    /// Only those of which something was refunded.
    pub(crate) only_refunded: bool,
}

/// Redemptions of vouchers up to a number, in the order of the numbers, after this voucher and
/// code, at most so many.
pub(crate) async fn by_number(
    tx: &mut Tx,
    batch_no: i64,
    (claim, step): (i64, i64),
    last: i64,
    wanted: Wanted,
    most: i64,
) -> Result<Vec<Use>> {
    let select = sql!(
        "SELECT r.id, r.batch_no, r.claim_no, r.merchant_id, r.bill_no, r.bill_fen, r.amount_fen, \
         r.redeemed_at, r.code_step, COALESCE((SELECT CAST(SUM(f.amount_fen) AS BIGINT) \
         FROM voucher_refund AS f WHERE f.redemption_id = r.id), 0) \
         FROM voucher_redemption AS r WHERE r.batch_no = $1 AND r.claim_no >= $2 \
         AND (r.claim_no > $2 OR r.code_step > $3) AND r.claim_no <= $4 \
         AND (r.merchant_id = $5 OR $5 IS NULL) AND (r.redeemed_at >= $6 OR $6 IS NULL) \
         AND (r.redeemed_at < $7 OR $7 IS NULL) AND ($8 = FALSE OR EXISTS (SELECT 1 \
         FROM voucher_refund AS f WHERE f.redemption_id = r.id)) \
         ORDER BY r.claim_no, r.code_step LIMIT $9"
    );
    let Wanted { merchant, from, to, only_refunded } = wanted;
    let values = args![batch_no, claim, step, last, merchant, from, to, only_refunded, most];
    tx.all(select, values, read).await
}

/// What redemptions come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) count: i64,
    pub(crate) redeemed: Fen,
    pub(crate) refunded: Fen,
}

impl Sums {
    /// As a page says it.
    pub(crate) fn count_words(&self) -> String {
        web::filters::grouped(self.count)
    }
}

/// The sums of the redemptions that are wanted.
pub(crate) async fn sums(tx: &mut Tx, batch_no: i64, wanted: Wanted) -> Result<Sums> {
    let select = sql!(
        "SELECT COUNT(*), COALESCE(CAST(SUM(r.amount_fen) AS BIGINT), 0), \
         COALESCE(CAST(SUM((SELECT COALESCE(SUM(f.amount_fen), 0) FROM voucher_refund AS f \
         WHERE f.redemption_id = r.id)) AS BIGINT), 0) \
         FROM voucher_redemption AS r WHERE r.batch_no = $1 \
         AND (r.merchant_id = $2 OR $2 IS NULL) AND (r.redeemed_at >= $3 OR $3 IS NULL) \
         AND (r.redeemed_at < $4 OR $4 IS NULL) AND ($5 = FALSE OR EXISTS (SELECT 1 \
         FROM voucher_refund AS f WHERE f.redemption_id = r.id))"
    );
    let Wanted { merchant, from, to, only_refunded } = wanted;
    tx.one(select, args![batch_no, merchant, from, to, only_refunded], |row| {
        Ok(Sums { count: row.get(0)?, redeemed: Fen(row.get(1)?), refunded: Fen(row.get(2)?) })
    })
    .await
}
