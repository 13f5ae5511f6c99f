//! SQL of claims and of the stock that they go through.

use db::{Result, Row, Rows, SetStatement, Statement, Tx, Whole, args, set_sql, sql};
use jiff::Timestamp;
use kernel::CitizenNo;

use crate::{
    Terms,
    book::{Noted, Stock},
};

/// A claim that is about to be written.
pub(crate) struct NewClaim {
    pub(crate) claim: i64,
    pub(crate) citizen: CitizenNo,
    pub(crate) at: Timestamp,
    pub(crate) key_hash: Option<[u8; 16]>,
}

pub(crate) fn citizen(no: i64) -> Result<CitizenNo> {
    CitizenNo::from_stored(no).ok_or_else(|| db::Fault::Invariant(format!("citizen number {no}")))
}

/// The stock of a batch, as it is.
pub(crate) async fn stock(tx: &mut Tx, batch_no: i64) -> Result<Option<Stock>> {
    let select = sql!(
        "SELECT is_open, terms_version, claimed_count, returned_count, filed_count \
         FROM voucher_stock WHERE batch_no = $1"
    );
    tx.maybe(select, args![batch_no], |row| {
        Ok(Stock {
            is_open: row.get(0)?,
            terms_version: row.get(1)?,
            claimed: row.get(2)?,
            returned: row.get(3)?,
            filed: row.get(4)?,
        })
    })
    .await
}

/// Moves the stock on by so many claims, if it still is as it was seen; if not, it breaks a CHECK.
fn advance_guarded() -> &'static Statement {
    sql!(
        "UPDATE voucher_stock SET claimed_count = CASE WHEN claimed_count = $3 \
         AND returned_count = $4 AND terms_version = $5 AND is_open = $6 \
         THEN claimed_count + $2 ELSE -1 END WHERE batch_no = $1"
    )
}

fn advance_values(batch_no: i64, seen: &Stock, by: i64) -> [db::Value; 6] {
    args![batch_no, by, seen.claimed, seen.returned, seen.terms_version, seen.is_open]
}

/// Moves the stock on; answers whether it still was as it was seen. Whoever does holds the batch
/// until the commit; whoever does not has to begin anew.
pub(crate) async fn advance(tx: &mut Tx, batch_no: i64, seen: &Stock, by: i64) -> Result<bool> {
    match tx.run(advance_guarded(), advance_values(batch_no, seen, by)).await {
        Ok(touched) => Ok(touched == 1),
        Err(fault) if fault.is_check_violation() => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// The same as a guard: a stock that is no longer as it was seen refuses the whole transaction.
pub(crate) fn advance_whole(whole: &mut Whole, batch_no: i64, seen: &Stock, by: i64) {
    whole.run(advance_guarded(), advance_values(batch_no, seen, by));
}

fn insert_set() -> &'static SetStatement {
    set_sql!(
        "INSERT INTO voucher_claim (batch_no, claim_no, citizen_no, terms_version, claimed_at, \
         key_hash, state, redeemed_fen, refunded_fen) \
         SELECT batch_no, claim_no, citizen_no, terms_version, claimed_at, key_hash, 'held', 0, 0 \
         FROM {rows}",
        batch_no: Int, claim_no: Int, citizen_no: Int, terms_version: Int, claimed_at: Instant,
        key_hash: Bytes,
    )
}

fn rows_of(batch_no: i64, terms_version: i64, claims: &[NewClaim]) -> Rows {
    let mut rows = Rows::with_capacity(claims.len());
    for one in claims {
        let key = one.key_hash.map(Vec::from);
        let citizen = one.citizen.stored();
        rows.push(args![batch_no, one.claim, citizen, terms_version, one.at, key]);
    }
    rows
}

/// Writes claims, which are numbered on from the newest.
pub(crate) async fn insert(
    tx: &mut Tx,
    batch_no: i64,
    terms_version: i64,
    claims: &[NewClaim],
) -> Result<()> {
    tx.run_set(insert_set(), rows_of(batch_no, terms_version, claims)).await?;
    Ok(())
}

/// The same within a whole.
pub(crate) fn insert_whole(
    whole: &mut Whole,
    batch_no: i64,
    terms_version: i64,
    claims: &[NewClaim],
) {
    whole.run_set(insert_set(), rows_of(batch_no, terms_version, claims));
}

/// Claims with numbers above this one, in order, at most so many.
pub(crate) async fn after(
    tx: &mut Tx,
    batch_no: i64,
    claim_no: i64,
    most: i64,
) -> Result<Vec<Noted>> {
    let select = sql!(
        "SELECT claim_no, citizen_no, claimed_at FROM voucher_claim \
         WHERE batch_no = $1 AND claim_no > $2 ORDER BY claim_no LIMIT $3"
    );
    tx.all(select, args![batch_no, claim_no, most], |row| {
        Ok(Noted { claim: row.get(0)?, citizen: citizen(row.get(1)?)?, at: row.get(2)? })
    })
    .await
}

/// A claim of a citizen, as far as a repeated request needs it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) claim: i64,
    pub(crate) key_hash: Option<Vec<u8>>,
}

fn held(row: &Row) -> Result<Held> {
    Ok(Held { claim: row.get(0)?, key_hash: row.get(1)? })
}

/// A citizen's claims of a batch that are filed, oldest first.
pub(crate) async fn filed_of(tx: &mut Tx, citizen: CitizenNo, batch_no: i64) -> Result<Vec<Held>> {
    let select = sql!(
        "SELECT c.claim_no, c.key_hash FROM voucher_holder AS h \
         JOIN voucher_claim AS c ON c.batch_no = h.batch_no AND c.claim_no = h.claim_no \
         WHERE h.citizen_no = $1 AND h.batch_no = $2 ORDER BY c.claim_no"
    );
    tx.all(select, args![citizen.stored(), batch_no], held).await
}

/// One claim by its number.
pub(crate) async fn one(tx: &mut Tx, batch_no: i64, claim_no: i64) -> Result<Option<Held>> {
    let select = sql!(
        "SELECT claim_no, key_hash FROM voucher_claim \
         WHERE batch_no = $1 AND claim_no = $2"
    );
    tx.maybe(select, args![batch_no, claim_no], held).await
}

/// Files claims under their citizens, in the order of the citizens.
pub(crate) async fn file(tx: &mut Tx, batch_no: i64, of: &[(CitizenNo, i64)]) -> Result<()> {
    let mut rows = Rows::with_capacity(of.len());
    for (citizen, claim) in of {
        rows.push(args![citizen.stored(), batch_no, *claim]);
    }
    let insert = set_sql!(
        "INSERT INTO voucher_holder (citizen_no, batch_no, claim_no) \
         SELECT citizen_no, batch_no, claim_no FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING",
        citizen_no: Int, batch_no: Int, claim_no: Int,
    );
    tx.run_set(insert, rows).await?;
    Ok(())
}

/// Claims up to this number are filed.
pub(crate) async fn filed_up_to(tx: &mut Tx, batch_no: i64, claim_no: i64) -> Result<()> {
    let update =
        sql!("UPDATE voucher_stock SET filed_count = $2 WHERE batch_no = $1 AND filed_count < $2");
    tx.run(update, args![batch_no, claim_no]).await?;
    Ok(())
}

/// The terms of one version.
pub(crate) async fn terms(tx: &mut Tx, batch_no: i64, version: i64) -> Result<Option<Terms>> {
    let select = sql!(
        "SELECT name, face_fen, threshold_fen, quantity, budget_fen, person_cap, day_cap, \
         claim_from, claim_until, use_from, use_until, stacking, partial, restock, refund_days, \
         admit_per_second FROM voucher_terms WHERE batch_no = $1 AND version = $2"
    );
    tx.maybe(select, args![batch_no, version], |row| super::terms(row, 0)).await
}

/// The batches that are open, or of which claims are still to be filed.
pub(crate) async fn open_batches(tx: &mut Tx) -> Result<Vec<crate::BatchId>> {
    let select = sql!(
        "SELECT b.id FROM voucher_batch AS b JOIN voucher_stock AS s ON s.batch_no = b.no \
         WHERE b.state = 'open' OR s.claimed_count > s.filed_count ORDER BY b.no"
    );
    tx.all(select, args![], |row| Ok(crate::BatchId::from_uuid(row.get(0)?))).await
}

/// So many go back into the stock.
pub(crate) async fn return_to_stock(tx: &mut Tx, batch_no: i64, count: i64) -> Result<()> {
    let update =
        sql!("UPDATE voucher_stock SET returned_count = returned_count + $2 WHERE batch_no = $1");
    tx.run(update, args![batch_no, count]).await?;
    Ok(())
}

/// Whether the terms of a claim send it back into the stock.
pub(crate) async fn restocks(tx: &mut Tx, of: crate::VoucherNo) -> Result<bool> {
    let select = sql!(
        "SELECT t.restock FROM voucher_claim AS c JOIN voucher_terms AS t \
         ON t.batch_no = c.batch_no AND t.version = c.terms_version \
         WHERE c.batch_no = $1 AND c.claim_no = $2"
    );
    tx.scalar(select, args![of.batch, of.claim]).await
}

/// What there is of a batch, counted.
pub(crate) struct Counted {
    pub(crate) claims: i64,
    pub(crate) last: i64,
    pub(crate) citizens: i64,
    pub(crate) over_spent: i64,
}

/// Counts the claims of a batch.
pub(crate) async fn counted(tx: &mut Tx, batch_no: i64) -> Result<Counted> {
    let select = sql!(
        "SELECT COUNT(*), COALESCE(MAX(c.claim_no), 0), COUNT(DISTINCT c.citizen_no), \
         COUNT(CASE WHEN c.redeemed_fen - c.refunded_fen > t.face_fen \
         OR c.refunded_fen > c.redeemed_fen THEN 1 END) \
         FROM voucher_claim AS c \
         JOIN voucher_terms AS t ON t.batch_no = c.batch_no AND t.version = c.terms_version \
         WHERE c.batch_no = $1"
    );
    tx.one(select, args![batch_no], |row| {
        Ok(Counted {
            claims: row.get(0)?,
            last: row.get(1)?,
            citizens: row.get(2)?,
            over_spent: row.get(3)?,
        })
    })
    .await
}

/// How many citizens have more claims of a batch than the terms of any of these allowed.
pub(crate) async fn above_cap(tx: &mut Tx, batch_no: i64) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM (SELECT c.citizen_no FROM voucher_claim AS c \
         JOIN voucher_terms AS t ON t.batch_no = c.batch_no AND t.version = c.terms_version \
         WHERE c.batch_no = $1 GROUP BY c.citizen_no HAVING COUNT(*) > MAX(t.person_cap)) \
         AS greedy"
    );
    tx.scalar(select, args![batch_no]).await
}

/// Makes whoever changes, opens or closes a batch, and whoever claims of it, wait until this
/// transaction ends: what is counted in it stays so. In this order, as everybody takes them.
pub(crate) async fn hold(tx: &mut Tx, batch_no: i64) -> Result<()> {
    let batch = sql!("UPDATE voucher_batch SET version = version WHERE no = $1");
    tx.run(batch, args![batch_no]).await?;
    let stock = sql!("UPDATE voucher_stock SET quantity = quantity WHERE batch_no = $1");
    tx.run(stock, args![batch_no]).await?;
    Ok(())
}
